// What giving a rating is called: people rate with stars or on a slider, and like where there are only clicks. No DOM here.

import { kindOf } from "./stars.js";

/** @typedef {{rate: string, rating: string, each: string}} Giving The verb, the noun, and what moves the list. */

/** @type {Record<import("./stars.js").Kind, Giving>} */
const WORDS = {
  like: { rate: "like", rating: "like", each: "like" },
  stars: { rate: "rate", rating: "rating", each: "star" },
  slider: { rate: "rate", rating: "rating", each: "rating" },
};

/**
 * @param {import("./stars.js").Scaled} model
 * @returns {Giving}
 */
export const giving = (model) => WORDS[kindOf(model)];

/**
 * @param {import("./stars.js").Scaled} model
 * @returns {string} What stands behind a predicted rating.
 */
export const markOf = (model) => (kindOf(model) === "stars" ? "★" : "");

/**
 * @param {string} word
 * @returns {string} With a capital letter.
 */
export const capital = (word) => word[0].toUpperCase() + word.slice(1);
