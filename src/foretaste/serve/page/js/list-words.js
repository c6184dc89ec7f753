// What is said around the list: from how much it was made, how it is sorted, why it is empty and where it ends. No DOM here.

import { giving } from "./giving.js";
import { counted, worded } from "./things.js";
import { count, familiarity } from "./words.js";

/**
 * @typedef {import("./question.js").Wishes} Wishes
 * @typedef {{given: number, told: number, considered: number, wishes: Wishes, model: Record<string, any>}} Made
 *   How many ratings somebody has given, how many of them the model was told, and how many films could have been listed.
 */

/**
 * @param {Made} made
 * @returns {string} Under the title of the list.
 */
export function noteOf({ given, told, considered, wishes, model }) {
  const { rating } = giving(model);
  const lean = wishes.adventure ? `; ${familiarity(wishes.adventure)}` : "";
  if (!given) return `Nobody is known yet, so these suit many${lean}. One ${rating}, and the list is yours.`;
  const few =
    told < given ? `${told.toLocaleString("en")} of your ${count(given, rating)}` : `${count(given, rating)} of yours`;
  return `From ${few}${considered ? `, among ${counted(considered)}` : ""}${lean}.`;
}

/**
 * @param {Record<string, any>[]} items
 * @param {Wishes} wishes
 * @param {Record<string, any>} model
 * @returns {string} How the list is sorted, where its stars alone do not say it; else nothing.
 */
export function sortingOf(items, wishes, model) {
  if (wishes.sure && model.interval_levels) return "sorted by the lower ends of the bands";
  if (model.model === "two_heads") return "one model orders the list, another one predicts the stars";
  const falls = items.every((film, place) => !place || film.predicted <= items[place - 1].predicted);
  return falls || wishes.adventure ? "" : worded("{many} that few people know stand lower");
}

/**
 * @param {Made} made
 * @param {number} excluded How many films somebody does not want to see.
 * @returns {string} In the place of a list that is empty.
 */
export function emptyOf({ given, considered, wishes, model }, excluded) {
  if (considered) return "There is nothing to list.";
  if (wishes.genres.length || wishes.from !== null || wishes.to !== null)
    return worded("No {one} passes these filters. Take one away and the list comes back.");
  const done = giving(model).rate === "like" ? "liked" : "rated";
  if (given && excluded) return `Everything here is ${done} or left out by you.`;
  return given ? `You have ${done} everything here.` : "You have left out everything here.";
}

/**
 * @param {number} shown
 * @param {number} most Lines that a list has at most.
 * @param {Made} made
 * @returns {string} Below a list that does not go on; else nothing.
 */
export function endOf(shown, most, { considered, model }) {
  if (!shown) return "";
  if (shown >= considered) return `That is all: ${counted(considered)}.`;
  if (shown < most) return "";
  return `The list ends at ${most}. More ${giving(model).rating}s, or other genres and years, bring up others.`;
}
