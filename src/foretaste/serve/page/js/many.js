// A taste of thousands of ratings: looked up and added to at once, where one by one would take the page away. No DOM here.

import { Breath } from "./breath.js";
import { keyOf, rated } from "./taste.js";

/**
 * @typedef {import("./taste.js").Taste} Taste
 * @typedef {import("./taste.js").Film} Film
 */

/** @type {WeakMap<Taste, Map<string, number>>} */
const indexes = new WeakMap();

/**
 * @param {Taste} taste
 * @param {import("./taste.js").ItemId} item
 * @returns {number | null} What was given, or null; the first question about a taste makes an index of it.
 */
export function ratingIn(taste, item) {
  let index = indexes.get(taste);
  if (!index) indexes.set(taste, (index = new Map(taste.ratings.map((one) => [keyOf(one.item), one.rating]))));
  return index.get(keyOf(item)) ?? null;
}

/**
 * Make what is kept of ratings, in pieces.
 * @param {{film: Film, rating: number}[]} given Of different films.
 * @param {number} at Milliseconds since 1970.
 * @returns {Promise<Map<string, import("./taste.js").Rating>>} By key, in their order.
 */
export async function records(given, at) {
  const nobody = { ratings: [], excluded: [] };
  const made = new Map(),
    breath = new Breath();
  for (const { film, rating } of given) {
    made.set(keyOf(film.item), rated(nobody, film, rating, at).ratings[0]);
    if (breath.due) await breath.take();
  }
  return made;
}

/**
 * @param {Taste} taste
 * @param {Map<string, import("./taste.js").Rating>} made From `records`.
 * @returns {Taste} With all of them, in the places of older ones, the new ones first.
 */
export function allRated(taste, made) {
  const old = new Set(taste.ratings.map((one) => keyOf(one.item)));
  return {
    ratings: [
      ...[...made].filter(([key]) => !old.has(key)).map(([, one]) => one),
      ...taste.ratings.map((one) => made.get(keyOf(one.item)) ?? one),
    ],
    excluded: taste.excluded.filter((one) => !made.has(keyOf(one.item))),
  };
}
