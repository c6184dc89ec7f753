// How the taste map is moved: drag, wheel, two fingers, arrow keys; a tap or a click opens what lies under it.

const STILL = 5;
const KEY_STEP = 60;

export class MapMoves {
  /** @type {Map<number, {left: number, top: number}>} */
  #fingers = new Map();
  #moved = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./map-view.js").MapView} map
   */
  constructor(canvas, map) {
    this.canvas = canvas;
    this.map = map;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.#fingers.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => !this.#fingers.size && map.point(null));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { left: event.clientX - box.left, top: event.clientY - box.top };
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, this.place(event));
    this.#moved = this.#fingers.size > 1 ? Infinity : 0;
  }

  move(event) {
    const now = this.place(event),
      old = this.#fingers.get(event.pointerId);
    if (!old) return this.map.point(this.map.at(now.left, now.top)?.key ?? null);
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.#fingers.set(event.pointerId, now);
    this.#moved += Math.hypot(now.left - old.left, now.top - old.top);
    if (others.length) {
      const [other] = others;
      const apart = (one) => Math.hypot(one.left - other.left, one.top - other.top) || 1;
      this.map.zoom(apart(now) / apart(old), (now.left + other.left) / 2, (now.top + other.top) / 2);
    } else if (this.#moved > STILL) this.map.pan(now.left - old.left, now.top - old.top);
  }

  up(event) {
    this.#fingers.delete(event.pointerId);
    if (this.#moved > STILL) return;
    const { left, top } = this.place(event);
    this.map.show(this.map.at(left, top));
  }

  wheel(event) {
    if (!event.ctrlKey && !this.canvas.matches(":focus, :active")) return this.map.hint(); // the page scrolls on
    event.preventDefault();
    const { left, top } = this.place(event);
    this.map.zoom(Math.exp(-event.deltaY / 400), left, top);
  }

  key(event) {
    const moves = {
      ArrowLeft: [KEY_STEP, 0],
      ArrowRight: [-KEY_STEP, 0],
      ArrowUp: [0, KEY_STEP],
      ArrowDown: [0, -KEY_STEP],
    };
    if (event.key in moves) this.map.pan(...moves[event.key]);
    else if (["+", "="].includes(event.key)) this.map.zoom(1.6);
    else if (event.key === "-") this.map.zoom(1 / 1.6);
    else return;
    event.preventDefault();
  }
}
