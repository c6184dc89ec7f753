// The taste map: the catalogue as a field, with what was rated and what is suggested on it; and the same as lists of words.

import { say } from "./announce.js";
import { ask } from "./api.js";
import { h, icon, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { hueOf } from "./genres.js";
import { drawMap } from "./map-draw.js";
import { fieldOf, regionsOf } from "./map-field.js";
import { making } from "./map-making.js";
import { nearestTo, panned, project, wholeView, zoomed } from "./map-plan.js";
import { MapMoves } from "./map-moves.js";
import { tellMap } from "./map-words.js";
import { shown } from "./stars.js";
import { keeper, studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { isDark } from "./theme.js";
import { counted } from "./things.js";
import { spoken, yearOf } from "./words.js";

const GENRES_SHOWN = 12;
const REACH = 18;
const LONG = 34;
const HINT_MS = 2500;

export class MapView {
  view = wholeView();
  /** @type {import("./map-draw.js").Scene} */
  scene = {
    spots: [],
    rated: new Map(),
    listed: new Map(),
    lit: null,
    near: null,
    field: { cells: [], size: 1 },
    regions: [],
  };
  #seen = [];
  #version = null;
  #asked = false;
  #frame = 0;

  /** @param {import("./listing.js").Listing} listing */
  constructor(listing) {
    this.listing = listing;
    this.canvas = one("#map-canvas");
    this.tip = one("#map-tip");
    this.card = one("#map-card");
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
    if (this.#asked) return; // it is on its way
    this.#asked = true;
    const note = one("#map-note");
    const sheet = this.canvas.parentElement;
    const skeleton = making();
    sheet.append(skeleton);
    sheet.setAttribute("aria-busy", "true");
    note.textContent = "The catalogue as the model sees it.";
    try {
      const { name, version } = studio.model;
      const answer = await ask(`v1/map?${new URLSearchParams({ model: name })}`);
      this.#version = version;
      this.#take(answer);
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
    skeleton.remove();
    sheet.removeAttribute("aria-busy");
    this.#asked = false;
  }

  #take(answer) {
    const most = Math.max(1, ...(answer.n_ratings ?? []));
    const spots = answer.items.map((item, place) => this.#spot(answer, item, place, most));
    const field = fieldOf(spots);
    Object.assign(this.scene, { spots, field, regions: regionsOf(spots, field), lit: null });
    this.#hideCard();
  }

  #spot(answer, item, place, most) {
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
      known: (answer.n_ratings?.[place] ?? 0) / most,
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
    const { ratings } = keeper.taste;
    this.scene.rated = new Map(ratings.map((rating) => [keyOf(rating.item), shown(rating.rating)]));
    const items = this.listing.answer?.items ?? [];
    this.scene.listed = new Map(
      items.map((film, place) => [keyOf(film.item), place + 1]).filter(([key]) => !this.scene.rated.has(key)),
    );
    const spots = new Map(this.scene.spots.map((spot) => [spot.key, spot]));
    tellMap(items, ratings, spots, { show: (spot) => this.show(spot), point: (key) => this.point(key) });
    this.draw();
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
      const half = this.tip.offsetWidth / 2 + 4; // it is as wide as its words, and none of them is cut off at the edge
      this.tip.style.left = `${Math.min(Math.max(left, half), this.paper.width - half)}px`;
      this.tip.style.top = `${top}px`;
      this.tip.dataset.below = String(top < 60);
    }
    this.draw();
  }

  /** Open a spot's card on the sheet, where it does not lie on the spot, to be rated there. */
  show(spot) {
    if (!spot) return;
    this.point(spot.key);
    const [, top] = project(this.view, this.paper, spot.x, spot.y);
    const close = { click: () => this.#hideCard(), keydown: (event) => event.stopPropagation() };
    this.card.replaceChildren(
      h("button", { type: "button", class: "round", "aria-label": "Close this card", on: close }, icon("close")),
      h("h2", {}, spot.title),
      h("p", { class: "meta" }, [spot.film.year, spot.genre].filter(Boolean).join(" · ")),
      ratingOfFilm(spot.film),
    );
    this.card.dataset.at = top > this.paper.height / 2 ? "top" : "bottom";
    this.card.hidden = false;
    this.tip.hidden = true;
    say(`${spot.title}, on the map.`);
  }

  #hideCard() {
    const inside = this.card.contains(document.activeElement);
    this.card.hidden = true;
    if (inside) this.canvas.focus();
  }

  /** Say how the map is zoomed, to whoever turned the wheel over it in vain. */
  hint() {
    const place = one("#map-hint");
    place.dataset.loud = "true";
    clearTimeout(this.hinted);
    this.hinted = setTimeout(() => delete place.dataset.loud, HINT_MS);
  }
}

/** A name short enough for a map: what stands in brackets behind it is left out. */
function named(film) {
  const bare = spoken(film).replace(/(.)\s+\(.*$/, "$1");
  return bare.length > LONG ? `${bare.slice(0, LONG - 1).trimEnd()}…` : bare;
}

const sentence = (by) => (by ? `${by[0].toUpperCase()}${by.slice(1).replace(/\.?$/, ".")}` : "");
