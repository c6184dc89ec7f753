// Asks the service. What goes wrong comes back as a Trouble that says in words what happened and whether to try again.

/** @typedef {"away" | "busy" | "refused" | "broken"} TroubleKind */

export class Trouble extends Error {
  /**
   * @param {TroubleKind} kind
   * @param {string} words
   * @param {{hint?: string | null, status?: number, afterS?: number}} [more]
   */
  constructor(kind, words, { hint = null, status = 0, afterS = 0 } = {}) {
    super(words);
    this.kind = kind;
    this.hint = hint;
    this.status = status;
    this.afterS = afterS;
  }
}

/**
 * @param {string} path Relative to the page: the service may live under any prefix.
 * @param {{body?: unknown, signal?: AbortSignal}} [with_] A body makes it a POST.
 * @returns {Promise<any>}
 * @throws {Trouble} And AbortError where the signal said so.
 */
export async function ask(path, { body, signal } = {}) {
  const options = { signal, headers: { accept: "application/json" } };
  if (body !== undefined) {
    options.method = "POST";
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("away", "The service does not answer.");
  }
  const value = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return null;
  });
  if (answer.ok && value !== null) return value;
  throw troubleOf(answer, value);
}

function troubleOf(answer, value) {
  const told = value?.error ?? {};
  const more = {
    hint: told.hint ?? null,
    status: answer.status,
    afterS: Number(answer.headers.get("retry-after")) || 0,
  };
  if (answer.status === 429) return new Trouble("busy", "That was a little fast for the service.", more);
  if ([502, 503, 504].includes(answer.status))
    return new Trouble("away", told.message ?? "The service is not ready.", more);
  if (answer.status >= 500 || !told.message) return new Trouble("broken", "The service could not answer this.", more);
  return new Trouble("refused", told.message, more);
}

/** Lets only the newest of several calls live: an older one is aborted when the next starts. */
export class Newest {
  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} call
   * @returns {Promise<T | undefined>} Undefined where a newer call took its place.
   */
  async run(call) {
    this.stop();
    const own = (this.control = new AbortController());
    try {
      const value = await call(own.signal);
      return own.signal.aborted ? undefined : value;
    } catch (error) {
      if (error.name === "AbortError" || own.signal.aborted) return undefined;
      throw error;
    }
  }

  stop() {
    this.control?.abort();
  }
}

/**
 * @param {() => void} call
 * @param {number} ms
 * @returns {() => void} The same, once it has not been called for so long.
 */
export function settled(call, ms) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, ms);
  };
}
