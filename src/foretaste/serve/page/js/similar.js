// Films like a film, fetched when somebody asks for them, each to be rated on the spot.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { hueOf, real } from "./genres.js";
import { worded } from "./things.js";
import { spoken } from "./words.js";

const SHOWN = 6;

/**
 * @param {import("./taste.js").Film} film
 * @returns {HTMLElement} Fills itself when the answer has come.
 */
export function similarTo(film) {
  const place = h(
    "div",
    { class: "similar", "aria-busy": "true" },
    h("p", { class: "meta" }, worded("Looking for {many} like it…")),
  );
  fill(place, film);
  return place;
}

async function fill(place, film) {
  try {
    const answer = await ask(`v1/items/${encodeURIComponent(String(film.item))}/similar?k=${SHOWN}`);
    place.replaceChildren(
      h("h4", {}, worded("Similar {many}")),
      h("ul", { class: "small-films" }, ...answer.items.map(smallFilm)),
      answer.by ? h("p", { class: "meta" }, `Similar: ${answer.by}`) : "",
    );
  } catch (trouble) {
    const again = () => place.replaceWith(similarTo(film));
    place.replaceChildren(
      h("p", {}, trouble.message),
      h("button", { type: "button", class: "button", on: { click: again } }, "Try again"),
    );
  }
  place.removeAttribute("aria-busy");
}

/** @param {import("./taste.js").Film} film */
function smallFilm(film) {
  const genre = real(film.genres)[0];
  return h(
    "li",
    { css: { "--hue": String(hueOf(genre)) } },
    h("span", { class: "small-title" }, spoken(film)),
    h("span", { class: "meta" }, [film.year, genre].filter(Boolean).join(" · ")),
    ratingOfFilm(film),
  );
}
