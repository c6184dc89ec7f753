// The shelf: films that many people know, to be rated right there. Where a visit starts.

import { ask } from "./api.js";
import { h, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { hueOf, real } from "./genres.js";
import { say } from "./announce.js";
import { spoken } from "./words.js";

const SHOWN = 8;
const MOST = 120;

export class Shelf {
  #offset = 0;

  constructor() {
    this.place = one("#shelf");
    this.more = one("#shelf-more");
    this.more.addEventListener("click", () => this.turn());
  }

  /** Fill the shelf with the films that come next. */
  async load() {
    const answer = await ask(`v1/items?${new URLSearchParams({ limit: SHOWN, offset: this.#offset, spread: "true" })}`);
    if (!answer.items.length && this.#offset) {
      this.#offset = 0;
      return this.load();
    }
    this.place.replaceChildren(...answer.items.map(card));
    this.place.scrollLeft = 0;
    this.more.hidden = answer.total <= SHOWN;
  }

  async turn() {
    this.#offset = (this.#offset + SHOWN) % MOST;
    await this.load().catch((trouble) => say(trouble.message));
    one("film-rating", this.place)?.focusInput();
  }
}

/** @param {import("./taste.js").Film} film */
function card(film) {
  const genres = real(film.genres),
    title = spoken(film);
  return h(
    "li",
    { class: "card", css: { "--hue": String(hueOf(genres[0])) } },
    h("span", { class: "card-letter", "aria-hidden": "true" }, [...title.replace(/^(The|A|An) /, "")][0] ?? ""),
    h("h3", { class: "card-title", title: title.length > 40 ? title : null }, title),
    h("p", { class: "meta" }, [film.year, ...genres.slice(0, 2)].filter(Boolean).join(" · ")),
    ratingOfFilm(film),
  );
}
