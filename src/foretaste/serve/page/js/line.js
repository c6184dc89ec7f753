// One line of the list: rank, title, prediction on its scale, reason, and what can be done with it.

import { notice } from "./announce.js";
import { h, icon } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { gauge } from "./gauge.js";
import { hueOf, real } from "./genres.js";
import { allReasons, headReason } from "./reasons.js";
import { similarTo } from "./similar.js";
import { keeper, studio } from "./studio.js";
import { excluded, included, keyOf } from "./taste.js";
import { worded } from "./things.js";
import { expectation, spoken } from "./words.js";

let made = 0;

export class Line {
  /** @param {import("./taste.js").Film} film */
  constructor(film) {
    this.film = film;
    this.details = `details-${made++}`;
    const genres = real(film.genres),
      title = spoken(film);
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
      "Why and similar",
      icon("more"),
    );
    const hide = h(
      "button",
      { type: "button", class: "quiet", "aria-label": `Not interested in ${title}`, on: { click: () => this.hide() } },
      icon("hide"),
      "Not interested",
    );
    this.more = h("div", { class: "details", id: this.details, hidden: true });
    this.element = h(
      "li",
      { class: "line", css: { "--hue": String(hueOf(genres[0])) } },
      h("div", { class: "place" }, this.rank, this.move),
      h(
        "div",
        { class: "what" },
        h("h3", {}, title),
        h(
          "p",
          { class: "meta" },
          h("span", { class: "dot", "aria-hidden": "true" }),
          [film.year, ...genres.slice(0, 3)].filter(Boolean).join(" · "),
        ),
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
    const arrow = fresh ? "new" : moved ? `${moved > 0 ? "↑" : "↓"}${Math.abs(moved)}` : "";
    this.move.textContent = arrow;
    this.move.dataset.way = fresh ? "new" : moved > 0 ? "up" : "down";
    const { model } = studio;
    const bar = gauge(said, model.scale, level);
    const mark = model.scale[1] <= 10 ? "★" : "";
    this.scale.replaceChildren(
      ...(bar ? [bar, h("span", { class: "number" }, said.predicted.toFixed(1), h("small", {}, mark))] : []),
    );
    this.why.replaceChildren(...[headReason(said.because, model)].filter(Boolean));
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
            h("p", { class: "meta" }, "Each bar: what the prediction would lose, or gain, without that rating."),
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

function nothingSaid(model) {
  if (!model.explains) return "This model cannot say which of your ratings did it.";
  return "With no rating of yours to go by, it stands here because of what everybody rated.";
}
