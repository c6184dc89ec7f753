// Keeps somebody's taste in the browser. Every change starts from what is stored at that moment, so tabs add to each other.

import { nothing, parsed } from "./taste.js";

const PLACE = "foretaste.taste";

/** @typedef {import("./taste.js").Taste} Taste */

export class Keeper extends EventTarget {
  /** @param {Storage | null} storage Null, or one that refuses, keeps the taste for this visit only. */
  constructor(storage) {
    super();
    this.storage = storage;
    /** @type {boolean} Whether what is rated survives a refresh. */
    this.lasting = storage !== null;
    /** @type {Taste} */
    this.taste = storage === null ? nothing() : this.#read();
    globalThis.addEventListener?.("storage", (event) => {
      if (event.key !== PLACE && event.key !== null) return;
      this.taste = parsed(event.newValue);
      this.#tell("another tab");
    });
  }

  /**
   * @param {(taste: Taste) => Taste} by
   * @param {string} why In words, for whoever listens.
   * @returns {Taste} What was there before.
   */
  change(by, why) {
    const before = this.lasting ? this.#read() : this.taste;
    this.taste = by(before);
    this.#write();
    this.#tell(why);
    return before;
  }

  #read() {
    try {
      return parsed(this.storage.getItem(PLACE));
    } catch {
      this.lasting = false;
      return this.taste ?? nothing();
    }
  }

  #write() {
    if (!this.lasting) return;
    try {
      this.storage.setItem(PLACE, JSON.stringify(this.taste));
    } catch {
      this.lasting = false;
      this.dispatchEvent(new Event("full"));
    }
  }

  #tell(why) {
    this.dispatchEvent(new CustomEvent("change", { detail: why }));
  }
}

/** @returns {Storage | null} The browser's storage, where it lets pages have one. */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
