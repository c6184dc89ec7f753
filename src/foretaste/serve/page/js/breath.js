// Long work in short pieces: between them the page answers whoever uses it. No DOM here.

const PIECE_MS = 30;

/** Keeps the time since the page last had its turn. */
export class Breath {
  #since = performance.now();

  /** @returns {boolean} Whether it is time to let the page have its turn. */
  get due() {
    return performance.now() - this.#since > PIECE_MS;
  }

  /** Let the page have its turn, and go on after it. */
  async take() {
    await (globalThis.scheduler?.yield?.() ?? new Promise((done) => setTimeout(done)));
    this.#since = performance.now();
  }
}
