// The taste map in words, beside the drawing: what is suggested and what it lies near, and what was rated.

import { h, one } from "./dom.js";
import { shown } from "./stars.js";
import { keyOf } from "./taste.js";
import { count, spoken } from "./words.js";

const MOST = 50;

/** @typedef {import("./taste.js").Film} Film */

/**
 * @param {Film[]} items What is suggested now, the first first.
 * @param {import("./taste.js").Rating[]} ratings
 * @param {Map<string, Record<string, any>>} spots By key.
 * @param {{show: (spot: any) => void, point: (key: string) => void}} does What a row does when chosen, and when reached.
 */
export function tellMap(items, ratings, spots, does) {
  const own = ratings.filter((rating) => spots.has(keyOf(rating.item)));
  const stars = own.map((rating) => spots.get(keyOf(rating.item)));
  const listed = items.map((film, place) => [film, place + 1]).filter(([film]) => spots.has(keyOf(film.item)));
  one("#map-listed").replaceChildren(
    ...listed.map(([film, place]) => {
      const nearby = nearest(spots.get(keyOf(film.item)), stars);
      return row(film, [`place ${place}`, nearby && `nearest of yours: ${nearby.title}`], spots, does);
    }),
  );
  one("#map-rated").replaceChildren(
    ...own.slice(0, MOST).map((rating) => row(rating, [shown(rating.rating)], spots, does)),
    ...(own.length > MOST ? [h("li", { class: "meta" }, `and ${(own.length - MOST).toLocaleString("en")} more`)] : []),
  );
  const off = items.length - listed.length;
  one("#map-off").textContent = off
    ? `${count(off, "suggestion")} of ${items.length} ${off === 1 ? "is" : "are"} too little known for the map.`
    : "";
  one("#map-empty").hidden = ratings.length > 0;
}

function row(film, words, spots, { show, point }) {
  const key = keyOf(film.item);
  const on = { click: () => show(spots.get(key)), focus: () => point(key) };
  return h(
    "li",
    {},
    h("button", { type: "button", class: "quiet", on }, spoken(film)),
    h("span", { class: "meta" }, words.filter(Boolean).join(", ")),
  );
}

function nearest(spot, stars) {
  const far = (star) => (spot.x - star.x) ** 2 + (spot.y - star.y) ** 2;
  return stars.reduce((best, star) => (best === null || far(star) < far(best) ? star : best), null);
}
