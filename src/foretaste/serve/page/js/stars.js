// What a scale of ratings means for whoever rates: stars, a like, or a slider; and the steps between its ends. No DOM here.

/**
 * @typedef {{scale: [number, number], step?: number | null}} Scaled What /v1/model says of ratings.
 * @typedef {"like" | "stars" | "slider"} Kind
 */

const MOST_STARS = 10;
const LONGEST_ROW = 6;
const LIKED = 0.6;

/**
 * How ratings on a scale are given.
 * @param {Scaled} model
 * @returns {Kind} A like where there is one value only; stars where the scale can be counted in them; else a slider.
 */
export function kindOf(model) {
  const [low, high] = model.scale;
  if (low === high) return "like";
  return low >= 0 && high <= MOST_STARS && Number.isInteger(high) ? "stars" : "slider";
}

/**
 * The rows that stars stand in: two where one would be too wide for a card.
 * @param {Scaled} model
 * @returns {number[]} Stars of each row, the first the longest.
 */
export function rowsOf({ scale: [, high] }) {
  if (high <= LONGEST_ROW) return [high];
  const first = Math.ceil(high / 2);
  return [first, high - first];
}

/**
 * The step between two ratings; a sensible one where the model names none.
 * @param {Scaled} model
 * @returns {number}
 */
export function stepOf(model) {
  if (model.step) return model.step;
  const span = model.scale[1] - model.scale[0];
  return span <= MOST_STARS ? 0.5 : 1;
}

/**
 * The allowed rating that is nearest to a number.
 * @param {number} value
 * @param {Scaled} model
 * @returns {number}
 */
export function nearest(value, model) {
  const [low, high] = model.scale;
  const step = stepOf(model);
  const stepped = low + Math.round((value - low) / step) * step;
  return Number(Math.min(Math.max(stepped, low), high).toFixed(6));
}

/**
 * The rating that a pointer means which stands over a row of stars.
 * @param {number} fraction Of the row's width, 0 at its left.
 * @param {Scaled} model
 * @returns {number} The star, or part of one, that the pointer stands on.
 */
export function valueAt(fraction, model) {
  const step = stepOf(model);
  const reached = Math.ceil((fraction * model.scale[1]) / step - 1e-9) * step;
  return nearest(fraction < 0.03 ? model.scale[0] : reached, model);
}

/**
 * The rating one key press away.
 * @param {number | null} value Null starts in the middle of the scale.
 * @param {number} by Steps, signed.
 * @param {Scaled} model
 * @returns {number}
 */
export function moved(value, by, model) {
  const [low, high] = model.scale;
  return value === null
    ? nearest((low + high) / 2 + stepOf(model) / 4, model)
    : nearest(value + by * stepOf(model), model);
}

/**
 * A rating from another scale: the one that stands as far up on the model's.
 * @param {number} value
 * @param {[number, number]} from
 * @param {Scaled} model
 * @returns {number | null} Null where the model knows likes only and this is none.
 */
export function converted(value, from, model) {
  const [low, high] = model.scale;
  const fraction = fractionOf(value, from);
  if (low === high) return fraction >= LIKED ? high : null;
  return nearest(low + fraction * (high - low), model);
}

/**
 * Where a rating stands between the ends of its scale.
 * @param {number} value
 * @param {[number, number]} scale
 * @returns {number} 0 to 1.
 */
export function fractionOf(value, scale) {
  const [low, high] = scale;
  return high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 1;
}

/**
 * A rating as it is written: no more digits than it has, at most two.
 * @param {number} value
 * @returns {string}
 */
export function shown(value) {
  return String(Number(value.toFixed(2)));
}

/**
 * A rating as it is said.
 * @param {number} value
 * @param {Scaled} model
 * @returns {string}
 */
export function said(value, model) {
  const kind = kindOf(model);
  if (kind === "like") return "liked";
  return kind === "stars" ? `${shown(value)} of ${shown(model.scale[1])} stars` : shown(value);
}
