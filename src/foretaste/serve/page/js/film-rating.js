// <film-rating>: where a film is rated, in any part of the page. It shows what is kept and changes with it.

import { h, icon, s } from "./dom.js";
import { ratingIn } from "./many.js";
import { fractionOf, kindOf, moved, nearest, rowsOf, said, shown, stepOf, valueAt } from "./stars.js";
import { keeper, studio } from "./studio.js";
import { rated, unrated } from "./taste.js";
import { spoken } from "./words.js";

const WHOLE = 24;
const STAR = "M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.5l-5.9 3.1 1.2-6.5L2.5 9.5l6.6-.9z";

class FilmRating extends HTMLElement {
  /** @type {import("./taste.js").Film} */
  film;

  connectedCallback() {
    if (!this.firstChild) this.build();
    keeper.addEventListener("change", this.show);
    this.show();
  }

  disconnectedCallback() {
    keeper.removeEventListener("change", this.show);
  }

  build() {
    const kind = kindOf(studio.model);
    this.dataset.kind = kind;
    this.clear = h(
      "button",
      { type: "button", class: "round clear", on: { click: () => this.take(null) } },
      icon("close"),
    );
    this.clear.setAttribute("aria-label", `Clear your rating of ${spoken(this.film)}`);
    this.input = { stars: () => this.stars(), slider: () => this.slider(), like: () => this.like() }[kind]();
    this.append(this.input, ...(kind === "like" ? [] : [this.clear]));
  }

  stars() {
    const rows = rowsOf(studio.model);
    const drawn = (name, n) =>
      s(
        "svg",
        { viewBox: `0 0 ${WHOLE * rows[0]} ${WHOLE}`, class: name, "aria-hidden": "true" },
        ...Array.from({ length: n }, (_, place) => s("path", { d: STAR, transform: `translate(${WHOLE * place} 0)` })),
      );
    const input = h(
      "span",
      { class: "stars", role: "slider", tabindex: "0", css: { "--n": String(rows[0]) } },
      ...rows.map((n) => h("span", { class: "stars-row" }, drawn("off", n), drawn("on", n))),
    );
    const at = (event) => {
      const box = input.getBoundingClientRect();
      const row = Math.floor((rows.length * (event.clientY - box.top)) / box.height);
      const before = rows[0] * Math.min(Math.max(row, 0), rows.length - 1);
      const star = before + (rows[0] * (event.clientX - box.left)) / box.width;
      return valueAt(star / studio.model.scale[1], studio.model);
    };
    input.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.draw(at(event), true));
    input.addEventListener("pointerleave", () => this.show());
    input.addEventListener("click", (event) => this.take(at(event)));
    input.addEventListener("keydown", (event) => this.key(event));
    return input;
  }

  slider() {
    const [min, max] = studio.model.scale;
    const input = h("input", { type: "range", min, max, step: stepOf(studio.model) });
    this.out = h("output", {});
    input.addEventListener("input", () => (this.out.textContent = shown(Number(input.value))));
    input.addEventListener("change", () => this.take(Number(input.value)));
    input.addEventListener("keydown", (event) => ["Delete", "Backspace"].includes(event.key) && this.take(null));
    return h("span", { class: "slide" }, input, this.out);
  }

  like() {
    const toggle = () => this.take(ratingIn(keeper.taste, this.film.item) === null ? studio.model.scale[1] : null);
    return h("button", { type: "button", class: "like", on: { click: toggle } }, icon("heart"), h("span", {}, "Like"));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const value = ratingIn(keeper.taste, this.film.item);
    const [low, high] = studio.model.scale;
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    let next;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps) next = moved(value, steps, studio.model);
    else if (event.key === "Home") next = low;
    else if (event.key === "End") next = high;
    else if (["Delete", "Backspace"].includes(event.key)) next = null;
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= high) next = nearest(Number(event.key), studio.model);
    else return;
    event.preventDefault();
    this.take(next);
  }

  /** @param {number | null} value Null takes the rating back. */
  take(value) {
    const { film } = this;
    if (value === ratingIn(keeper.taste, film.item)) return;
    const words =
      value === null ? `${spoken(film)} is no longer rated.` : `${spoken(film)}: ${said(value, studio.model)}.`;
    studio.unknown.delete(String(film.item));
    keeper.change(
      (taste) => (value === null ? unrated(taste, film.item) : rated(taste, film, value, Date.now())),
      words,
    );
    this.dispatchEvent(new CustomEvent("rated", { bubbles: true, detail: { film, value } }));
    if (value === null && this.isConnected) this.focusInput();
  }

  focusInput() {
    (this.dataset.kind === "slider" ? this.input.firstChild : this.input)?.focus({ preventScroll: true });
  }

  show = () => this.draw(ratingIn(keeper.taste, this.film.item), false);

  draw(value, trying) {
    if (this.drawn === value && !trying) return; // thousands of them may be told of each change
    this.drawn = trying ? undefined : value;
    const { scale } = studio.model;
    const label = `Your rating of ${spoken(this.film)}`;
    this.classList.toggle("given", value !== null && !trying);
    this.clear.hidden = ratingIn(keeper.taste, this.film.item) === null;
    if (this.dataset.kind === "like") {
      this.input.setAttribute("aria-pressed", String(value !== null));
      this.input.setAttribute("aria-label", `Like ${spoken(this.film)}`);
      this.input.lastChild.textContent = value === null ? "Like" : "Liked";
      return;
    }
    const field = this.dataset.kind === "slider" ? this.input.firstChild : this.input;
    field.setAttribute("aria-label", label);
    if (this.dataset.kind === "slider") {
      field.value = String(value ?? (scale[0] + scale[1]) / 2);
      this.out.textContent = value === null ? "–" : shown(value);
      field.setAttribute("aria-valuetext", value === null ? "not rated" : said(value, studio.model));
      return;
    }
    this.input.classList.toggle("trying", trying);
    const rows = rowsOf(studio.model);
    [...this.input.children].forEach((row, place) => {
      const fill = fractionOf(value ?? 0, [place * rows[0], (place + 1) * rows[0]]);
      row.style.setProperty("--fill", `${100 * fill}%`);
    });
    if (trying) return;
    this.input.setAttribute("aria-valuemin", String(scale[0]));
    this.input.setAttribute("aria-valuemax", String(scale[1]));
    this.input.setAttribute("aria-valuenow", String(value ?? scale[0]));
    this.input.setAttribute("aria-valuetext", value === null ? "not rated" : said(value, studio.model));
  }
}

customElements.define("film-rating", FilmRating);

/**
 * @param {import("./taste.js").Film} film
 * @returns {FilmRating}
 */
export function ratingOfFilm(film) {
  const made = /** @type {FilmRating} */ (document.createElement("film-rating"));
  made.film = film;
  return made;
}
