// Finds a film as its name is typed, and offers its stars at once: the ARIA combobox with a list, by mouse, touch or keys.

import { Newest, ask, settled } from "./api.js";
import { h, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { real } from "./genres.js";
import { say } from "./announce.js";
import { keeper } from "./studio.js";
import { ratingOf } from "./taste.js";
import { shown } from "./stars.js";
import { counted, worded } from "./things.js";
import { spoken } from "./words.js";

const SHOWN = 8;
const WAIT_MS = 90;

export class Search {
  #newest = new Newest();
  #found = [];
  #active = -1;

  constructor() {
    this.box = one("#search");
    this.input = one("#search-input");
    this.list = one("#search-list");
    this.picked = one("#search-picked");
    const look = settled(() => this.look(), WAIT_MS);
    this.input.addEventListener("input", look);
    this.input.addEventListener("focus", () => this.input.value.trim() && this.look());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps its focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.pick(Number(option.dataset.place));
    });
    this.box.addEventListener("focusout", (event) => !this.box.contains(event.relatedTarget) && this.close());
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && !this.picked.hidden && this.back());
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [role=slider]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.input.focus();
      }
    });
  }

  async look() {
    const text = this.input.value.trim();
    if (!text) return this.close();
    try {
      const path = `v1/items?${new URLSearchParams({ q: text, limit: String(SHOWN) })}`;
      const answer = await this.#newest.run((signal) => ask(path, { signal }));
      if (answer && document.activeElement === this.input) this.show(answer.items, text);
    } catch (trouble) {
      this.tell(trouble.kind === "busy" ? "One moment, and type on." : `${trouble.message} Your ratings are safe.`);
    }
  }

  show(items, text) {
    this.#found = items;
    this.#active = -1;
    this.picked.hidden = true;
    if (!items.length) return this.tell(`${worded("No {one}")} is called “${text}”. Fewer letters find more.`);
    this.list.replaceChildren(
      ...items.map((film, place) => {
        const own = ratingOf(keeper.taste, film.item);
        return h(
          "li",
          { role: "option", id: `found-${place}`, "data-place": place, "aria-selected": "false" },
          h("span", { class: "found-title" }, spoken(film)),
          h("span", { class: "meta" }, [film.year, ...real(film.genres).slice(0, 2)].filter(Boolean).join(" · ")),
          own === null ? null : h("span", { class: "found-own" }, `you: ${shown(own)}`),
        );
      }),
    );
    this.open(true);
    say(`${counted(items.length)} found.`);
  }

  tell(words) {
    this.#found = [];
    this.list.replaceChildren(h("li", { class: "found-none", role: "option", "aria-disabled": "true" }, words));
    this.open(true);
    say(words);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (steps) {
      event.preventDefault();
      if (this.list.hidden) this.look();
      else this.point(this.#active + steps);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!this.list.hidden && this.#found.length) this.pick(Math.max(this.#active, 0));
      else this.look();
    } else if (event.key === "Escape") {
      if (this.list.hidden) this.input.value = "";
      else this.close();
    }
  }

  point(place) {
    const n = this.#found.length;
    if (!n) return;
    this.#active = ((place % n) + n) % n;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#active)));
    this.input.setAttribute("aria-activedescendant", `found-${this.#active}`);
    this.list.children[this.#active].scrollIntoView({ block: "nearest" });
  }

  pick(place) {
    const film = this.#found[place];
    if (!film) return;
    this.open(false);
    const stars = ratingOfFilm(film);
    this.picked.replaceChildren(
      h("p", { class: "picked-title" }, spoken(film)),
      h("p", { class: "meta" }, [film.year, ...real(film.genres)].filter(Boolean).join(" · ")),
      stars,
      h("button", { type: "button", class: "button", on: { click: () => this.back() } }, "Done"),
    );
    this.picked.hidden = false;
    stars.focusInput();
    if (stars.dataset.kind !== "slider") stars.input.addEventListener("click", () => this.back());
  }

  back() {
    this.input.value = "";
    this.input.focus();
    this.close();
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
    if (!yes) this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.#newest.stop();
    this.open(false);
    this.picked.hidden = true;
  }
}
