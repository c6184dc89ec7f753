// What the service is asked: the request body for a taste, wishes and a model. No DOM here.

import { keyOf } from "./taste.js";

/**
 * @typedef {{adventure: number, sure: boolean, genres: string[], from: number | null, to: number | null}} Wishes
 * @typedef {import("./taste.js").Taste} Taste
 */

const LEVEL = 0.8;
/** Ratings that a question may hold. */
const MOST_RATINGS = 2000;
const MOST_EXCLUDED = 1000;
const LAST_YEAR = 9999;

/** @returns {Wishes} */
export const noWishes = () => ({ adventure: 0, sure: false, genres: [], from: null, to: null });

/**
 * Read wishes that were kept as text; what cannot be read is as if it had not been wished.
 * @param {string | null} text
 * @returns {Wishes}
 */
export function parsedWishes(text) {
  let value;
  try {
    value = JSON.parse(text ?? "null");
  } catch {
    return noWishes();
  }
  const { adventure, sure, genres, from, to } = value ?? {};
  const year = (one) => (Number.isInteger(one) && one >= 0 && one <= LAST_YEAR ? one : null);
  return inOrder({
    adventure: Number.isFinite(adventure) ? Math.min(Math.max(adventure, -1), 1) : 0,
    sure: sure === true,
    genres: Array.isArray(genres) ? genres.filter((genre) => typeof genre === "string") : [],
    from: year(from),
    to: year(to),
  });
}

/**
 * @param {Wishes} wishes
 * @returns {Wishes} With the earlier year first.
 */
export function inOrder(wishes) {
  const { from, to } = wishes;
  return from !== null && to !== null && from > to ? { ...wishes, from: to, to: from } : wishes;
}

/**
 * The ratings that a model can be told: of films that it knows, on its scale, the newest where there are too many.
 * @param {Taste} taste
 * @param {{scale: [number, number]}} model
 * @param {Set<string>} unknown Keys of items that the model does not know.
 * @returns {{item: number | string, rating: number}[]}
 */
export function told(taste, model, unknown = new Set()) {
  const [low, high] = model.scale;
  return taste.ratings
    .filter((one) => !unknown.has(keyOf(one.item)) && (low === high || (one.rating >= low && one.rating <= high)))
    .slice(0, MOST_RATINGS)
    .map(({ item, rating }) => ({ item, rating }));
}

/**
 * What no list may show: what nobody wants to see, and films that are rated though the model is not told of it.
 * @param {Taste} taste
 * @param {{item: number | string}[]} ratings Those that the model is told.
 * @param {Set<string>} unknown Keys of items that the model does not know.
 * @returns {(number | string)[]}
 */
function unwanted(taste, ratings, unknown = new Set()) {
  const keys = new Set(ratings.map((one) => keyOf(one.item)));
  const silent = taste.ratings.filter((one) => !keys.has(keyOf(one.item)) && !unknown.has(keyOf(one.item)));
  return [...taste.excluded, ...silent].slice(0, MOST_EXCLUDED).map((one) => one.item);
}

/**
 * @param {Taste} taste
 * @param {Wishes} wishes
 * @param {Record<string, any>} model From /v1/model.
 * @param {{k: number, unknown?: Set<string>, name?: string, visitor?: string}} more `name` asks one model of several; a
 *   `visitor` is given one.
 * @returns {Record<string, any>} For POST /v1/recommendations.
 */
export function question(taste, wishes, model, { k, unknown, name, visitor }) {
  const levels = model.interval_levels ?? [];
  const body = { ratings: told(taste, model, unknown), k: Math.min(k, model.items ?? k) };
  const exclude = unwanted(taste, body.ratings, unknown);
  if (exclude.length) body.exclude = exclude;
  if (wishes.genres.length) body.genres = wishes.genres;
  if (wishes.from !== null || wishes.to !== null) {
    body.years = {};
    if (wishes.from !== null) body.years.from = wishes.from;
    if (wishes.to !== null) body.years.to = wishes.to;
  }
  if (wishes.adventure) body.adventure = wishes.adventure;
  if (levels.length) {
    body.intervals = true;
    body.level = levels.includes(LEVEL) ? LEVEL : levels[0];
    if (wishes.sure) body.sure = true;
  }
  if (model.explains && body.ratings.length) body.explain = true;
  if (name) body.model = name;
  else if (visitor) body.visitor = visitor;
  return body;
}
