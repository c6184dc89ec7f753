// Your ratings: all that were given, each to be changed or taken back; files out and in; clear all, with a way back.

import { notice, say } from "./announce.js";
import { Breath } from "./breath.js";
import { h, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { arrange } from "./flip.js";
import { hueOf, real } from "./genres.js";
import { giving } from "./giving.js";
import { keeper, studio } from "./studio.js";
import { included, keyOf, nothing, restored } from "./taste.js";
import { counted } from "./things.js";
import { count, spoken } from "./words.js";

const FIRST = 50;
const MORE = 1000;

export class Mine {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #shown = FIRST;

  constructor() {
    this.list = one("#mine-list");
    keeper.addEventListener("change", () => this.show());
    keeper.addEventListener("full", () =>
      notice("This browser keeps nothing more for this page. Export your ratings to be sure of them.", {
        stays: true,
        kind: "trouble",
      }),
    );
    studio.addEventListener("model", () => {
      this.#rows = new Map(); // another scale may have other stars
      this.show();
    });
    this.all = one("#mine-all");
    this.all.addEventListener("click", () => this.#showMore());
    one("#mine-clear").addEventListener("click", () => this.clear());
  }

  show() {
    const { ratings, excluded } = keeper.taste;
    const drawn = studio.model ? ratings.slice(0, this.#shown) : [];
    const rows = drawn.map((rating) => this.#row(rating));
    this.#rows = new Map(drawn.map((rating, place) => [keyOf(rating.item), rows[place]]));
    arrange(this.list, rows);
    this.list.classList.toggle("long", rows.length > FIRST);
    this.#offer();
    one("#mine-count").textContent = ratings.length ? String(ratings.length) : "";
    one("#mine-empty").hidden = ratings.length > 0;
    one("#mine-clear").hidden = one("#mine-export").hidden = !ratings.length && !excluded.length;
    one("#mine-export").disabled = !ratings.length;
    one("#mine-lasting").textContent = keeper.lasting
      ? "Kept in this browser only."
      : "This browser keeps nothing: export before you leave.";
    this.#left(excluded);
  }

  #offer() {
    const more = keeper.taste.ratings.length - this.#shown;
    this.all.hidden = more <= 0;
    const all = `Show all ${keeper.taste.ratings.length.toLocaleString("en")}`;
    this.all.textContent = more > MORE ? `Show ${MORE.toLocaleString("en")} more` : all;
  }

  /** Draw the rest, or the next thousand of it, in pieces, so that the page is never held. */
  async #showMore() {
    const next = this.#shown;
    this.#shown += MORE;
    this.#offer();
    this.list.classList.add("long");
    const breath = new Breath();
    for (const rating of keeper.taste.ratings.slice(next, this.#shown)) {
      const key = keyOf(rating.item);
      if (this.#rows.has(key)) continue; // a change meanwhile has drawn it
      const row = this.#row(rating);
      this.#rows.set(key, row);
      this.list.append(row);
      if (breath.due) await breath.take();
    }
    one("film-rating", this.list.children[next] ?? this.list)?.focusInput();
  }

  #row(rating) {
    const key = keyOf(rating.item);
    const row = this.#rows.get(key) ?? this.#newRow(rating);
    const odd = one(".odd", row);
    odd.hidden = !studio.unknown.has(key) && this.#fits(rating);
    odd.textContent = studio.unknown.has(key) ? "not known to this model" : "not on this model's scale";
    return row;
  }

  #newRow(rating) {
    const genre = real(rating.genres)[0];
    const stars = ratingOfFilm(rating);
    return h(
      "li",
      { css: { "--hue": String(hueOf(genre)) } },
      h("span", { class: "small-title" }, spoken(rating)),
      h(
        "span",
        { class: "meta" },
        [rating.year, genre].filter(Boolean).join(" · "),
        " ",
        h("span", { class: "odd", hidden: true }),
      ),
      stars,
    );
  }

  #fits({ rating }) {
    const [low, high] = studio.model.scale;
    return low === high || (rating >= low && rating <= high);
  }

  #left(excluded) {
    one("#left-out").hidden = !excluded.length;
    one("#left-count").textContent = counted(excluded.length);
    one("#left-list").replaceChildren(
      ...excluded.map((film) =>
        h(
          "li",
          {},
          h("span", { class: "small-title" }, spoken(film)),
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              "aria-label": `List ${spoken(film)} again`,
              on: { click: () => this.#back(film) },
            },
            "Bring back",
          ),
        ),
      ),
    );
  }

  #back(film) {
    keeper.change((taste) => included(taste, film.item), `${spoken(film)} may be listed again.`);
    one("#mine-title").focus();
  }

  clear() {
    const before = keeper.change(nothing, `All ${giving(studio.model).rating}s are cleared.`);
    const back = () => {
      keeper.change((now) => restored(now, before), `Your ${giving(studio.model).rating}s are back.`);
      say(`Your ${giving(studio.model).rating}s are back.`);
    };
    notice(`${count(before.ratings.length, giving(studio.model).rating)} cleared.`, {
      label: "Undo",
      run: back,
      stays: true,
    });
    one("#mine-title").focus();
  }
}
