// The taste map: the catalogue as a field, with what was rated and what is suggested on it; and the same as lists of words.

import { say } from "./announce.js";
import { ask } from "./api.js";
import { h, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { hueOf } from "./genres.js";
import { drawMap } from "./map-draw.js";
import { nearestTo, panned, project, wholeView, zoomed } from "./map-plan.js";
import { MapMoves } from "./map-moves.js";
import { shown } from "./stars.js";
import { keeper, studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { isDark } from "./theme.js";
import { counted } from "./things.js";
import { count, spoken, yearOf } from "./words.js";

const GENRES_SHOWN = 12;
const REACH = 18;
const LONG = 34;

export class MapView {
  view = wholeView();
  scene = { spots: [], rated: new Map(), listed: new Map(), lit: null, near: null };
  #seen = [];
  #version = null;
  #frame = 0;

  /** @param {import("./listing.js").Listing} listing */
  constructor(listing) {
    this.listing = listing;
    this.canvas = one("#map-canvas");
    this.tip = one("#map-tip");
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    new MapMoves(this.canvas, this);
    keeper.addEventListener("change", () => this.mark());
    listing.addEventListener("answer", () => this.mark());
    one("#map-in").addEventListener("click", () => this.zoom(1.6));
    one("#map-out").addEventListener("click", () => this.zoom(1 / 1.6));
    one("#map-whole").addEventListener("click", () => this.look(wholeView()));
  }

  get paper() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return { width, height, margin: Math.min(width, height) * 0.06 };
  }

  /** Fetch the map of the model that answers now, where it is not here yet. */
  async open() {
    if (!studio.model || this.#version === studio.model.version) return this.mark();
    const note = one("#map-note");
    note.textContent = "Drawing the catalogue. The first time that takes some seconds.";
    this.canvas.parentElement.setAttribute("aria-busy", "true");
    try {
      const answer = await ask("v1/map");
      this.#version = studio.model.version;
      this.scene.spots = answer.items.map((item, place) => this.#spot(answer, item, place));
      note.textContent = `${counted(this.scene.spots.length)}, the best known. ${sentence(answer.by)}`;
      this.#legend();
      this.mark();
    } catch (trouble) {
      const again = h("button", { type: "button", class: "button", on: { click: () => this.open() } }, "Try again");
      note.replaceChildren(
        `${trouble.message}${trouble.status === 404 || trouble.status === 422 ? "" : " The map is drawn when it is back."} `,
        again,
      );
    }
    this.canvas.parentElement.removeAttribute("aria-busy");
  }

  #spot(answer, item, place) {
    const title = answer.titles[place];
    const film = { item, title, year: yearOf(title), genres: answer.genre[place] ? [answer.genre[place]] : [] };
    return {
      key: keyOf(item),
      film,
      title: named(film),
      genre: answer.genre[place],
      x: answer.x[place],
      y: answer.y[place],
      n: answer.n_ratings?.[place] ?? 0,
    };
  }

  #legend() {
    const sizes = new Map();
    for (const { genre } of this.scene.spots) if (genre) sizes.set(genre, (sizes.get(genre) ?? 0) + 1);
    const most = [...sizes]
      .toSorted((first, other) => other[1] - first[1])
      .slice(0, GENRES_SHOWN)
      .map(([genre]) => genre)
      .toSorted();
    one("#map-genres").replaceChildren(
      ...most.map((genre) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": "false",
            css: { "--hue": String(hueOf(genre)) },
            on: { click: (event) => this.#light(genre, event) },
          },
          genre,
        ),
      ),
    );
  }

  #light(genre, event) {
    this.scene.lit = this.scene.lit === genre ? null : genre;
    for (const chip of one("#map-genres").children)
      chip.setAttribute("aria-pressed", String(chip === event.currentTarget && this.scene.lit !== null));
    this.draw();
  }

  /** Take over what is rated and what is listed now. */
  mark() {
    if (one("#view-map").hidden) return;
    this.scene.rated = new Map(keeper.taste.ratings.map((rating) => [keyOf(rating.item), rating.rating]));
    const items = this.listing.answer?.items ?? [];
    this.scene.listed = new Map(
      items.map((film, place) => [keyOf(film.item), place + 1]).filter(([key]) => !this.scene.rated.has(key)),
    );
    this.#words(items);
    this.draw();
  }

  #words(items) {
    const spots = new Map(this.scene.spots.map((spot) => [spot.key, spot]));
    const own = keeper.taste.ratings.filter((rating) => spots.has(keyOf(rating.item)));
    const close = (spot) =>
      own
        .map((rating) => spots.get(keyOf(rating.item)))
        .toSorted((first, other) => far(spot, first) - far(spot, other))[0];
    const row = (film, words) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            on: { click: () => this.show(spots.get(keyOf(film.item))), focus: () => this.point(keyOf(film.item)) },
          },
          spoken(film),
        ),
        h("span", { class: "meta" }, words),
      );
    const listed = items.filter((film) => spots.has(keyOf(film.item)));
    one("#map-listed").replaceChildren(
      ...listed.map((film) => {
        const nearby = close(spots.get(keyOf(film.item)));
        return row(
          film,
          [`place ${this.scene.listed.get(keyOf(film.item)) ?? "–"}`, nearby && `nearest of yours: ${nearby.title}`]
            .filter(Boolean)
            .join(", "),
        );
      }),
    );
    one("#map-rated").replaceChildren(...own.map((rating) => row(rating, `${shown(rating.rating)}`)));
    const off = items.length - listed.length;
    one("#map-off").textContent = off
      ? `${count(off, "suggestion")} of ${items.length} are too little known for the map.`
      : "";
    one("#map-empty").hidden = keeper.taste.ratings.length > 0;
  }

  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (!this.canvas.clientWidth) return;
      const style = getComputedStyle(document.documentElement);
      this.#seen = drawMap(this.canvas, this.scene, this.view, this.paper, { dark: isDark(), style });
    });
  }

  look(view) {
    this.view = view;
    this.tip.hidden = true;
    this.draw();
  }

  zoom(by, left = this.paper.width / 2, top = this.paper.height / 2) {
    this.look(zoomed(this.view, this.paper, by, left, top));
  }

  pan(right, down) {
    this.look(panned(this.view, this.paper, right, down));
  }

  /** @returns {Record<string, any> | null} The spot under a pixel. */
  at(left, top) {
    const place = nearestTo(this.#seen, left, top, REACH);
    return place < 0 ? null : this.#seen[place].spot;
  }

  /** @param {string | null} key Ring a spot and name it. */
  point(key) {
    const spot = this.scene.spots.find((each) => each.key === key) ?? null;
    this.scene.near = spot?.key ?? null;
    this.tip.hidden = !spot;
    if (spot) {
      const [left, top] = project(this.view, this.paper, spot.x, spot.y);
      this.tip.textContent = [spoken(spot.film), spot.film.year, spot.genre].filter(Boolean).join(" · ");
      this.tip.style.left = `${Math.min(Math.max(left, 70), this.paper.width - 70)}px`;
      this.tip.style.top = `${top}px`;
      this.tip.dataset.below = String(top < 60);
    }
    this.draw();
  }

  /** Open a spot's card, where it can be rated. */
  show(spot) {
    if (!spot) return;
    this.point(spot.key);
    one("#map-card").replaceChildren(
      h("h2", {}, spot.title),
      h("p", { class: "meta" }, [spot.film.year, spot.genre].filter(Boolean).join(" · ")),
      ratingOfFilm(spot.film),
    );
    say(`${spot.title}, on the map.`);
  }
}

/** A name short enough for a map: what stands in brackets behind it is left out. */
function named(film) {
  const bare = spoken(film).replace(/(.)\s+\(.*$/, "$1");
  return bare.length > LONG ? `${bare.slice(0, LONG - 1).trimEnd()}…` : bare;
}

const far = (one_, other) => (one_.x - other.x) ** 2 + (one_.y - other.y) ** 2;
const sentence = (by) => (by ? `${by[0].toUpperCase()}${by.slice(1).replace(/\.?$/, ".")}` : "");
