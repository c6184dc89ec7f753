// The list on the page: lines move to their new places, and what changed is said politely.

import { say } from "./announce.js";
import { changes, inWords } from "./diff.js";
import { h, one } from "./dom.js";
import { arrange, flip } from "./flip.js";
import { Line } from "./line.js";
import { keeper, studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { counted, worded } from "./things.js";
import { chance, count } from "./words.js";

const STEP = 10;
const MOST = 100;

export class ListView {
  /** @type {Map<string, Line>} */
  #lines = new Map();
  #items = [];
  #reason = "";

  /** @param {import("./listing.js").Listing} listing */
  constructor(listing) {
    this.listing = listing;
    this.list = one("#list");
    this.more = one("#list-more");
    this.more.addEventListener("click", () => {
      listing.k = Math.min(listing.k + STEP, MOST);
      listing.refresh();
    });
    keeper.addEventListener("change", (event) => (this.#reason = event.detail));
    listing.addEventListener("asked", () => this.list.setAttribute("aria-busy", "true"));
    listing.addEventListener("trouble", () => this.list.setAttribute("aria-busy", "false"));
    listing.addEventListener("answer", () => this.show(listing.answer));
  }

  show({ items, level, considered }) {
    const before = this.#items,
      changed = changes(before, items);
    const first = !before.length;
    const focus = this.#focused();
    const lines = items.map((said, place) => {
      const key = keyOf(said.item);
      const line = this.#lines.get(key) ?? new Line(said);
      line.update(said, {
        place,
        level,
        moved: changed.moves.get(key) ?? 0,
        fresh: !first && changed.entered.has(key),
      });
      return line;
    });
    this.#lines = new Map(lines.map((line) => [line.key, line]));
    this.#items = items;
    flip(this.list, () =>
      arrange(
        this.list,
        lines.map((line) => line.element),
      ),
    );
    if (focus !== null && document.activeElement === document.body) this.#refocus(focus, lines);
    this.list.setAttribute("aria-busy", "false");
    this.more.hidden = items.length < this.listing.k || items.length >= Math.min(considered, MOST);
    this.#head(items, level, considered);
    if (!first) say(`${this.#reason} ${inWords(before, items)}`.trim());
    this.#reason = "";
  }

  /** @returns {{place: number, stars: boolean} | null} */
  #focused() {
    const element = document.activeElement?.closest?.("#list > li");
    return element
      ? { place: [...this.list.children].indexOf(element), stars: !!document.activeElement.closest("film-rating") }
      : null;
  }

  #refocus({ place, stars }, lines) {
    const line = lines[Math.min(place, lines.length - 1)];
    if (!line) return;
    if (stars) one("film-rating", line.element).focusInput();
    else line.open.focus({ preventScroll: true });
  }

  #head(items, level, considered) {
    const n = keeper.taste.ratings.length,
      { model } = studio;
    one("#list-title").textContent = n ? "Your list" : "A list for a newcomer";
    one("#list-note").textContent = n
      ? `From ${count(n, "rating")} of yours, among ${counted(considered)}.`
      : "Nobody is known yet, so these suit many. One rating, and the list is yours.";
    const legend = one("#list-legend");
    legend.hidden = !items.length || model.task !== "rating";
    legend.replaceChildren(
      ...(level
        ? [
            h("span", { class: "key-dot" }),
            "expected rating ",
            h("span", { class: "key-band" }),
            `where ${chance(level)} such ratings fall`,
          ]
        : [h("span", { class: "key-dot" }), "expected rating"]),
    );
    const empty = one("#list-empty");
    empty.hidden = items.length > 0;
    if (!items.length)
      empty.textContent = considered
        ? "There is nothing to list."
        : worded("No {one} passes these filters. Take one away and the list comes back.");
  }
}
