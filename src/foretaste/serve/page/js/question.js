// What the service is asked: the request body for a taste, wishes and a model. No DOM here.

import { keyOf } from "./taste.js";

/**
 * @typedef {{adventure: number, sure: boolean, genres: string[], from: number | null, to: number | null}} Wishes
 * @typedef {import("./taste.js").Taste} Taste
 */

const LEVEL = 0.8;
const MOST_RATINGS = 2000;
const MOST_EXCLUDED = 1000;

/** @returns {Wishes} */
export const noWishes = () => ({ adventure: 0, sure: false, genres: [], from: null, to: null });

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
 * @param {Taste} taste
 * @param {Wishes} wishes
 * @param {Record<string, any>} model From /v1/model.
 * @param {{k: number, unknown?: Set<string>, name?: string}} more `name` asks one model of several.
 * @returns {Record<string, any>} For POST /v1/recommendations.
 */
export function question(taste, wishes, model, { k, unknown, name }) {
  const levels = model.interval_levels ?? [];
  const body = { ratings: told(taste, model, unknown), k: Math.min(k, model.items ?? k) };
  if (taste.excluded.length) body.exclude = taste.excluded.slice(0, MOST_EXCLUDED).map((one) => one.item);
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
  return body;
}
