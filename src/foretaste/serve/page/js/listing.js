// Keeps the list up to date: asks again whenever the taste, the wishes or the model change, and copes when nobody answers.

import { hideNotice, notice } from "./announce.js";
import { Newest, ask } from "./api.js";
import { question } from "./question.js";
import { keeper, studio } from "./studio.js";

const WAIT_MS = 40;
const FIRST_RETRY_S = 2;
const LAST_RETRY_S = 30;

export class Listing extends EventTarget {
  /** @type {Record<string, any> | null} The last answer. */
  answer = null;
  k = 10;
  #newest = new Newest();
  #failures = 0;
  #timer;
  #retry;

  /** @param {import("./wishes.js").WishesForm} form */
  constructor(form) {
    super();
    this.form = form;
    keeper.addEventListener("change", () => this.refresh());
    form.addEventListener("change", () => this.refresh());
    addEventListener("online", () => this.refresh());
  }

  /** Ask soon; several reasons at once make one question. */
  refresh() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    clearTimeout(this.#retry);
    this.dispatchEvent(new Event("asked"));
    try {
      const first = studio.model === null;
      if (first) await studio.load();
      const body = question(keeper.taste, this.form.wishes, studio.model, { k: this.k, unknown: studio.unknown });
      const answer = await this.#newest.run((signal) => ask("v1/recommendations", { body, signal }));
      if (answer) await this.#take(answer);
    } catch (trouble) {
      this.#fail(trouble);
    }
  }

  async #take(answer) {
    const swapped = answer.model.version !== studio.model.version;
    if (this.#failures) hideNotice();
    this.#failures = 0;
    if (swapped) {
      await studio.load(answer.model.name);
      notice("A new model answers now. The list and what is said about the model are fresh.");
      if (studio.model.version === answer.model.version) return this.refresh();
    }
    this.answer = answer;
    this.dispatchEvent(new Event("answer"));
  }

  #fail(trouble) {
    if (!trouble.kind) throw trouble;
    this.#failures++;
    this.dispatchEvent(new CustomEvent("trouble", { detail: trouble }));
    if (trouble.kind === "refused") {
      const hint = trouble.hint ? ` ${trouble.hint[0].toUpperCase()}${trouble.hint.slice(1)}.` : "";
      return notice(`The service refused this: ${trouble.message}.${hint}`, { stays: true, kind: "trouble" });
    }
    const wait = trouble.afterS || Math.min(FIRST_RETRY_S * 2 ** (this.#failures - 1), LAST_RETRY_S);
    this.#retry = setTimeout(() => this.#ask(), wait * 1000);
    const words =
      trouble.kind === "busy"
        ? `${trouble.message} It goes on by itself in a moment.`
        : `${trouble.message} Your ratings are kept in this browser, and the list comes back when the service does.`;
    notice(words, { label: "Try now", run: () => this.#ask(), stays: true, kind: "trouble" });
  }
}
