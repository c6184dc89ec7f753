// Keeps the list up to date: asks again whenever the taste, the wishes or the model change, and copes when nobody answers.

import { hideNotice, notice } from "./announce.js";
import { Newest, ask } from "./api.js";
import { question } from "./question.js";
import { keeper, studio, visitor } from "./studio.js";

const WAIT_MS = 40;
const FIRST_RETRY_S = 2;
const LAST_RETRY_S = 30;

export class Listing extends EventTarget {
  /** @type {Record<string, any> | null} The last answer. */
  answer = null;
  k = 10;
  #newest = new Newest();
  #failures = 0;
  #renewed = false;
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
    this.dispatchEvent(new Event("asked")); // from here on what stands there is not the last word
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    clearTimeout(this.#retry);
    this.dispatchEvent(new Event("asked"));
    try {
      const first = studio.model === null;
      if (first) await this.#load();
      const more = { k: this.k, unknown: studio.unknown, visitor };
      const body = question(keeper.taste, this.form.wishes, studio.model, more);
      const answer = await this.#newest.run((signal) => ask("v1/recommendations", { body, signal }));
      if (answer) await this.#take(answer);
    } catch (trouble) {
      await this.#fail(trouble);
    }
  }

  async #take(answer) {
    const swapped = answer.model.version !== studio.model.version;
    if (this.#failures) hideNotice();
    this.#failures = 0;
    this.#renewed = false;
    if (swapped) {
      await this.#load(answer.model.name);
      if (studio.model.version === answer.model.version) return this.refresh();
    }
    this.answer = answer;
    this.dispatchEvent(new Event("answer"));
  }

  async #load(name) {
    const before = studio.model?.version;
    await studio.load(name);
    if (before && before !== studio.model.version)
      notice("A new model answers now. The list and what is said about the model are fresh.");
  }

  /** What is refused may have been meant for a model that is gone: what answers now is looked up, and asked once more. */
  async #renew() {
    this.#renewed = true;
    try {
      await this.#load();
      await this.#ask();
    } catch (trouble) {
      await this.#fail(trouble);
    }
  }

  async #fail(trouble) {
    if (!trouble.kind) throw trouble;
    if (trouble.kind === "refused" && !this.#renewed) return this.#renew();
    this.#failures++;
    this.dispatchEvent(new CustomEvent("trouble", { detail: trouble }));
    if (trouble.kind === "refused")
      return notice(`The service refused this: ${trouble.message}.`, { stays: true, kind: "trouble" });
    const wait = trouble.afterS || Math.min(FIRST_RETRY_S * 2 ** (this.#failures - 1), LAST_RETRY_S);
    this.#retry = setTimeout(() => this.#ask(), wait * 1000);
    const words =
      trouble.kind === "busy"
        ? `${trouble.message} It goes on by itself in a moment.`
        : `${trouble.message} Your ratings are kept in this browser, and the list comes back when the service does.`;
    notice(words, { label: "Try now", run: () => this.#ask(), stays: true, kind: "trouble" });
  }
}
