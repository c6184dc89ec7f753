// The list on the page: lines move to their new places, and what changed is said politely.

import { say } from "./announce.js";
import { changes, inWords } from "./diff.js";
import { h, one } from "./dom.js";
import { arrange, flip, glow } from "./flip.js";
import { capital } from "./giving.js";
import { Line } from "./line.js";
import { emptyOf, endOf, noteOf, sortingOf } from "./list-words.js";
import { told } from "./question.js";
import { keeper, studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { chance } from "./words.js";

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
    studio.addEventListener("model", () => this.#forget());
  }

  /** Another model has other scales and maybe other films: lines are made anew. */
  #forget() {
    this.#lines = new Map();
    this.#items = [];
  }

  show({ items: all, level, considered, fallback }) {
    const { ratings } = keeper.taste,
      { model, unknown } = studio;
    const own = new Set(ratings.map((rating) => keyOf(rating.item)).filter((key) => !unknown.has(key)));
    const items = all.filter((film) => !own.has(keyOf(film.item))); // of very many ratings the service is told not all
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
    if (!first) for (const line of lines) if (line.way) glow(line.element, line.way);
    if (focus !== null && document.activeElement === document.body) this.#refocus(focus, lines);
    this.list.setAttribute("aria-busy", "false");
    this.more.hidden = all.length < this.listing.k || all.length >= Math.min(considered, MOST);
    const made = { given: ratings.length, told: told(keeper.taste, model, unknown).length, considered, model };
    this.#head(items, level, { ...made, wishes: this.listing.form.wishes }, fallback);
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

  /** @param {import("./list-words.js").Made} made */
  #head(items, level, made, fallback) {
    const { model } = studio;
    one("#list-title").textContent = made.given ? "Your list" : "A list for a newcomer";
    one("#list-note").textContent = noteOf(made);
    const legend = one("#list-legend");
    legend.hidden = !items.length || model.task !== "rating";
    if (!legend.hidden) legend.replaceChildren(...keys(level, sortingOf(items, made.wishes, model)));
    this.#tell("#list-fallback", fallback && made.given ? sentence(fallback) : "");
    this.#tell("#list-empty", items.length ? "" : emptyOf(made, keeper.taste.excluded.length));
    this.#tell("#list-end", this.more.hidden ? endOf(items.length, MOST, made) : "");
  }

  #tell(selector, words) {
    const place = one(selector);
    place.hidden = !words;
    place.textContent = words;
  }
}

function keys(level, sorting) {
  return [
    h("span", { class: "key-dot" }),
    "expected rating",
    ...(level ? [h("span", { class: "key-band" }), `where ${chance(level)} such ratings fall`] : []),
    ...(sorting ? [h("span", { class: "sorting" }, sorting)] : []),
  ];
}

const sentence = (words) => `${capital(words).replace(/\.?$/, ".")}`;
