// The top of the list at a glance: a bar at the foot of narrow screens while the list itself is out of sight.

import { h, icon, one } from "./dom.js";
import { glow } from "./flip.js";
import { markOf } from "./giving.js";
import { studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { spoken } from "./words.js";

const SHOWN = 3;
const COVERED = "-120px 0px -110px";

export class Glance {
  /** @type {string[]} Keys of what the bar shows. */
  #shown = [];

  /** @param {import("./listing.js").Listing} listing */
  constructor(listing) {
    this.bar = one("#glance");
    this.list = one("#list");
    this.bar.addEventListener("click", () => {
      one("#list-title").scrollIntoView({ behavior: "smooth", block: "start" });
      one("#list .open")?.focus({ preventScroll: true });
    });
    this.watch = new IntersectionObserver(([seen]) => (this.bar.hidden = seen.isIntersecting), { rootMargin: COVERED });
    listing.addEventListener("answer", () => this.show(listing.answer.items));
  }

  /** @param {Record<string, any>[]} items The list. */
  show(items) {
    const top = items.slice(0, SHOWN);
    const before = this.#shown;
    this.#shown = top.map((film) => keyOf(film.item));
    const films = top.map((film, place) => entry(film, place));
    this.bar.replaceChildren(...films, icon("more"));
    this.bar.setAttribute("aria-label", `To the list. ${top.map((film) => spoken(film)).join(", ")} come first.`);
    if (before.length) films.forEach((film, place) => before[place] !== this.#shown[place] && glow(film, "new"));
    this.watch.disconnect();
    const [first] = this.list.children;
    this.bar.hidden = true;
    if (first) this.watch.observe(first);
  }
}

function entry(film, place) {
  const number =
    film.predicted === null
      ? null
      : h("span", { class: "number" }, film.predicted.toFixed(1), h("small", {}, markOf(studio.model)));
  return h(
    "span",
    { class: "glance-film" },
    h("span", { class: "rank" }, String(place + 1)),
    h("span", { class: "glance-title" }, spoken(film)),
    number,
  );
}
