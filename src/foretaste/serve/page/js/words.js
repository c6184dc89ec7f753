// Sentences that say numbers: chances, intervals, effects, tastes. No DOM here.

import { shown } from "./stars.js";
import { worded } from "./things.js";

const FAMILIARITY = [
  [-0.75, "well-known {many} first"],
  [-0.25, "a little more familiar"],
  [0.25, "balanced, as it was measured"],
  [0.75, "a little more adventurous"],
  [Infinity, "little-known {many} first"],
];

const ARTICLES = "The|An?|La|Les?|L['’]|Une?|Una|Il|I|Lo|Gli|El|Los|Las|Der|Die|Das|De[nt]?|Eine?|En|O|Os";
const ARTICLE_BEHIND = new RegExp(`^(\\s*)(.+), (${ARTICLES})(\\s*)$`, "u");

/**
 * @param {number} level 0 to 1.
 * @returns {string} "8 in 10".
 */
export function chance(level) {
  const tens = level * 10;
  if (Math.abs(tens - Math.round(tens)) < 1e-9) return level === 0.5 ? "half" : `${Math.round(tens)} in 10`;
  return `${Math.round(level * 100)} in 100`;
}

/**
 * @param {{predicted: number | null, low: number | null, high: number | null}} line
 * @param {number | null} level
 * @returns {string} What a prediction and its interval mean.
 */
export function expectation(line, level) {
  if (line.predicted === null) return "This model says what comes first, not how much you would like it.";
  const expected = `The model expects you to give ${line.predicted.toFixed(1)}.`;
  if (line.low === null || level === null) return expected;
  return `${expected} Of predictions like this one, ${chance(level)} are met by a rating from ${line.low.toFixed(1)} to ${line.high.toFixed(1)}.`;
}

/**
 * @param {number} effect
 * @returns {string} Signed, with the minus that typography knows.
 */
export function signed(effect) {
  const digits = Math.abs(effect).toFixed(2);
  return Number(digits) === 0 ? "±0.00" : `${effect > 0 ? "+" : "−"}${digits}`;
}

/**
 * @param {{title: string, rating: number, effect: number}} reason
 * @param {boolean} stars Whether effects are in stars.
 * @returns {string}
 */
export function effectInWords(reason, stars) {
  const what = stars ? "the expected rating" : "its score";
  const way = reason.effect >= 0 ? "lower" : "higher";
  return `Without your ${shown(reason.rating)} for ${spokenTitle(reason.title)}, ${what} would be ${Math.abs(reason.effect).toFixed(2)} ${way}.`;
}

/**
 * @param {number} adventure -1 to 1.
 * @returns {string}
 */
export const familiarity = (adventure) => worded(FAMILIARITY.find(([end]) => adventure <= end)[1]);

/**
 * @param {number} n
 * @param {string} one
 * @param {string} many
 * @returns {string}
 */
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/**
 * A title without the year that stands beside it anyway.
 * @param {{title: string, year?: number | null}} film
 * @returns {string} With the articles in front that catalogues put behind, in brackets too.
 */
export function spoken(film) {
  const bare = film.year ? film.title.replace(new RegExp(`\\s*\\(${film.year}\\)\\s*$`), "") : film.title;
  return bare.replace(/[^()]+/g, turned) || film.title;
}

/**
 * The same for a title that comes without its year.
 * @param {string} title
 * @returns {string}
 */
export const spokenTitle = (title) => spoken({ title, year: yearOf(title) });

/**
 * @param {string} title
 * @returns {number | null} The year at its end.
 */
export const yearOf = (title) => Number(/\((\d{4})\)\s*$/.exec(title)?.[1]) || null;

function turned(part) {
  const [, before, name, article, after] = ARTICLE_BEHIND.exec(part) ?? [];
  return name ? `${before}${article}${/['’]$/.test(article) ? "" : " "}${name}${after}` : part;
}
