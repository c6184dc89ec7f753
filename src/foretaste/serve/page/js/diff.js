// What changed between two lists: for the eye as moves, for the ear as a sentence. No DOM here.

import { keyOf } from "./taste.js";
import { counted } from "./things.js";
import { spoken } from "./words.js";

/**
 * @typedef {import("./taste.js").Film} Film
 * @typedef {{entered: Set<string>, left: Set<string>, moves: Map<string, number>}} Changes Moves: places up, signed.
 */

/**
 * @param {Film[]} before
 * @param {Film[]} after
 * @returns {Changes}
 */
export function changes(before, after) {
  const old = new Map(before.map((film, place) => [keyOf(film.item), place]));
  const now = new Map(after.map((film, place) => [keyOf(film.item), place]));
  const moves = new Map();
  for (const [key, place] of now) if (old.has(key) && old.get(key) !== place) moves.set(key, old.get(key) - place);
  return {
    entered: new Set([...now.keys()].filter((key) => !old.has(key))),
    left: new Set([...old.keys()].filter((key) => !now.has(key))),
    moves,
  };
}

/**
 * @param {Film[]} before
 * @param {Film[]} after
 * @returns {string} What changed, in a sentence or two, for a live region.
 */
export function inWords(before, after) {
  const changed = changes(before, after);
  if (!after.length) return "The list is empty now.";
  const first = `First is ${spoken(after[0])}.`;
  const fresh = changed.entered.size;
  if (!fresh && !changed.moves.size && !changed.left.size) return "The list is the same as before.";
  if (fresh === after.length) return `A list of ${counted(after.length)}. ${first}`;
  const moved = changed.moves.size;
  const parts = [fresh && counted(fresh, "new"), moved && `${moved} moved`].filter(Boolean);
  return `The list changed: ${parts.join(", ") || `${changed.left.size} gone`}. ${first}`;
}

/**
 * Two lists side by side.
 * @param {Film[]} one
 * @param {Film[]} other
 * @returns {{both: number, only: [number, number], moves: Map<string, number>}} Moves: places up in the other list, signed.
 */
export function sideBySide(one, other) {
  const first = new Map(one.map((film, place) => [keyOf(film.item), place]));
  const moves = new Map();
  other.forEach((film, place) => {
    const key = keyOf(film.item);
    if (first.has(key)) moves.set(key, first.get(key) - place);
  });
  return { both: moves.size, only: [one.length - moves.size, other.length - moves.size], moves };
}
