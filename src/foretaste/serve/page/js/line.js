// One line of the list: rank, title, prediction on its scale, reason, and what can be done with it.

import { notice } from "./announce.js";
import { h, icon } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { gauge } from "./gauge.js";
import { hueOf, real } from "./genres.js";
import { giving, markOf } from "./giving.js";
import { allReasons, headReason, inStars } from "./reasons.js";
import { similarTo } from "./similar.js";
import { keeper, studio } from "./studio.js";
import { excluded, included, keyOf } from "./taste.js";
import { worded } from "./things.js";
import { expectation, spoken } from "./words.js";

const LONG = 60;
/** Ratings that the service names for a film, at most. */
const NAMED = 3;
let made = 0;

export class Line {
  /** @param {import("./taste.js").Film} film */
  constructor(film) {
    this.film = film;
    this.details = `details-${made++}`;
    const genres = real(film.genres),
      title = spoken(film),
      kind = [film.year, ...genres.slice(0, 3)].filter(Boolean).join(" · ");
    this.rank = h("span", { class: "rank" });
    this.move = h("span", { class: "move", "aria-hidden": "true" });
    this.scale = h("div", { class: "expected" });
    this.why = h("div", { class: "why" });
    this.open = h(
      "button",
      {
        type: "button",
        class: "quiet open",
        "aria-expanded": "false",
        "aria-controls": this.details,
        "aria-label": `Why ${title}, ${worded("and similar {many}")}`,
        on: { click: () => this.toggle() },
      },
      "Why?",
      icon("more"),
    );
    const hide = h(
      "button",
      {
        type: "button",
        class: "quiet hide",
        title: "Not interested",
        "aria-label": `Not interested in ${title}`,
        on: { click: () => this.hide() },
      },
      icon("hide"),
    );
    this.more = h("div", { class: "details", id: this.details, hidden: true });
    this.element = h(
      "li",
      { class: "line", css: { "--hue": String(hueOf(genres[0])) } },
      h("div", { class: "place" }, this.rank, this.move),
      h(
        "div",
        { class: "what" },
        h("h3", { title: title.length > LONG ? title : null }, title),
        kind ? h("p", { class: "meta" }, h("span", { class: "dot", "aria-hidden": "true" }), kind) : null,
        this.why,
      ),
      this.scale,
      h("div", { class: "acts" }, ratingOfFilm(film), hide, this.open),
      this.more,
    );
  }

  /**
   * @param {Record<string, any>} said The line as the service gives it.
   * @param {{place: number, level: number | null, moved: number, fresh: boolean}} shown Place from 0; `moved` places up.
   */
  update(said, { place, level, moved, fresh }) {
    this.said = said;
    this.level = level;
    this.rank.textContent = String(place + 1);
    this.element.setAttribute("aria-label", `${place + 1}. ${spoken(this.film)}`);
    /** @type {"up" | "down" | "new" | null} What happened to it, for the eye. */
    this.way = fresh ? "new" : moved ? (moved > 0 ? "up" : "down") : null;
    const arrow = fresh ? "new" : moved ? `${moved > 0 ? "↑" : "↓"}${Math.abs(moved)}` : "";
    this.move.textContent = arrow;
    this.move.dataset.way = this.way ?? "";
    const { model } = studio;
    const bar = gauge(said, model.scale, level);
    this.scale.replaceChildren(
      ...(bar ? [bar, h("span", { class: "number" }, said.predicted.toFixed(1), h("small", {}, markOf(model)))] : []),
    );
    this.why.replaceChildren(...[headReason(said, model)].filter(Boolean));
    if (!this.more.hidden) this.fillReasons();
  }

  toggle() {
    const opens = this.more.hidden;
    this.more.hidden = !opens;
    this.open.setAttribute("aria-expanded", String(opens));
    if (!opens) return;
    this.reasons = h("div", { class: "why-all" });
    this.more.replaceChildren(this.reasons, similarTo(this.film));
    this.fillReasons();
  }

  fillReasons() {
    const { model } = studio;
    const because = this.said.because ?? [];
    this.reasons.replaceChildren(
      h("h4", {}, worded("Why this {one}")),
      h("p", {}, expectation(this.said, this.level)),
      ...(because.length
        ? [
            allReasons(because, model),
            h(
              "p",
              { class: "meta" },
              `Each bar: what ${inStars(model) ? "the prediction" : "its score"} would lose, or gain, without that ${giving(model).rating}.`,
            ),
            ...othersDid(keeper.taste.ratings.length - because.length, because, model),
          ]
        : [h("p", { class: "meta" }, nothingSaid(model))]),
    );
  }

  hide() {
    const { film } = this;
    keeper.change((taste) => excluded(taste, film, Date.now()), `${spoken(film)} is left out.`);
    const back = () => keeper.change((taste) => included(taste, film.item), `${spoken(film)} may be listed again.`);
    notice(`${spoken(film)} is left out of your lists.`, { label: "Undo", run: back });
  }

  /** @returns {string} */
  get key() {
    return keyOf(this.film.item);
  }
}

/** Of the rest of somebody's ratings, that they did less, or nothing where there was room to name them. */
function othersDid(n, because, model) {
  if (n <= 0) return [];
  const { rating } = giving(model);
  const less = because.length < NAMED ? "did nothing to it" : "did less, or nothing";
  return [
    h("p", { class: "meta" }, `Your other ${n === 1 ? rating : `${n.toLocaleString("en")} ${rating}s`} ${less}.`),
  ];
}

function nothingSaid(model) {
  if (!model.explains) return "This model cannot say which of your ratings did it.";
  return keeper.taste.ratings.length
    ? "Nothing that you gave moved it: it stands here because of what everybody likes."
    : "With nothing of yours to go by, it stands here because of what everybody likes.";
}
