// Somebody's taste: what they rated and what they do not want to see. Plain values and what becomes of them; no DOM, no storage.

/**
 * @typedef {number | string} ItemId As the data set writes it.
 * @typedef {{item: ItemId, title: string, year?: number | null, genres?: string[], n_ratings?: number | null}} Film
 * @typedef {{item: ItemId, title: string, year: number | null, genres: string[], rating: number, at: number}} Rating
 * @typedef {{item: ItemId, title: string, year: number | null, at: number}} Excluded
 * @typedef {{ratings: Rating[], excluded: Excluded[]}} Taste Newest first.
 */

/** @returns {Taste} */
export const nothing = () => ({ ratings: [], excluded: [] });

/**
 * One text per id: 12 and "12" are the same item to the service, and so they are here.
 * @param {ItemId} item
 * @returns {string}
 */
export const keyOf = (item) => String(item);

/**
 * @param {Taste} taste
 * @param {ItemId} item
 * @returns {number | null} What was given, or null.
 */
export function ratingOf(taste, item) {
  const found = taste.ratings.find((one) => keyOf(one.item) === keyOf(item));
  return found ? found.rating : null;
}

/**
 * @param {Taste} taste
 * @param {Film} film
 * @param {number} rating
 * @param {number} at Milliseconds since 1970.
 * @returns {Taste} With the rating, in the place of an older one; who rates a film wants it no longer left out.
 */
export function rated(taste, film, rating, at) {
  const made = { item: film.item, title: film.title, year: film.year ?? null, genres: film.genres ?? [], rating, at };
  const place = taste.ratings.findIndex((one) => keyOf(one.item) === keyOf(film.item));
  const ratings = place < 0 ? [made, ...taste.ratings] : taste.ratings.with(place, made);
  return { ratings, excluded: without(taste.excluded, film.item) };
}

/**
 * @param {Taste} taste
 * @param {ItemId} item
 * @returns {Taste}
 */
export function unrated(taste, item) {
  return { ...taste, ratings: without(taste.ratings, item) };
}

/**
 * @param {Taste} taste
 * @param {Film} film
 * @param {number} at
 * @returns {Taste}
 */
export function excluded(taste, film, at) {
  const made = { item: film.item, title: film.title, year: film.year ?? null, at };
  return { ...taste, excluded: [made, ...without(taste.excluded, film.item)] };
}

/**
 * @param {Taste} taste
 * @param {ItemId} item
 * @returns {Taste}
 */
export function included(taste, item) {
  return { ...taste, excluded: without(taste.excluded, item) };
}

/**
 * Bring back what an earlier state had, and keep what came since.
 * @param {Taste} now
 * @param {Taste} before
 * @returns {Taste}
 */
export function restored(now, before) {
  const join = (one, other) => [
    ...one,
    ...other.filter((old) => !one.some((own) => keyOf(own.item) === keyOf(old.item))),
  ];
  const byTime = (list) => list.toSorted((one, other) => other.at - one.at);
  return { ratings: byTime(join(now.ratings, before.ratings)), excluded: byTime(join(now.excluded, before.excluded)) };
}

/**
 * Take back what was done to some items, and nothing else.
 * @param {Taste} now
 * @param {Taste} before
 * @param {ItemId[]} items
 * @returns {Taste}
 */
export function undone(now, before, items) {
  const keys = new Set(items.map(keyOf));
  const touched = (one) => keys.has(keyOf(one.item));
  const others = (list, old) => [...list.filter((one) => !touched(one)), ...old.filter(touched)];
  const byTime = (list) => list.toSorted((one, other) => other.at - one.at);
  return {
    ratings: byTime(others(now.ratings, before.ratings)),
    excluded: byTime(others(now.excluded, before.excluded)),
  };
}

/**
 * Read what was kept as text. What cannot be read is left out, one by one.
 * @param {string | null} text
 * @returns {Taste}
 */
export function parsed(text) {
  let value;
  try {
    value = JSON.parse(text ?? "null");
  } catch {
    return nothing();
  }
  const named = (one) => ["number", "string"].includes(typeof one?.item) && typeof one.title === "string";
  const list = (name) => (Array.isArray(value?.[name]) ? value[name].filter(named) : []);
  return {
    ratings: list("ratings")
      .filter((one) => Number.isFinite(one.rating))
      .map(whole),
    excluded: list("excluded").map(({ item, title, year, at }) => ({
      item,
      title,
      year: number(year),
      at: Number(at) || 0,
    })),
  };
}

const without = (list, item) => list.filter((one) => keyOf(one.item) !== keyOf(item));

const number = (value) => (Number.isFinite(value) ? value : null);

const whole = (one) => ({
  item: one.item,
  title: one.title,
  year: number(one.year),
  genres: Array.isArray(one.genres) ? one.genres.map(String) : [],
  rating: one.rating,
  at: Number(one.at) || 0,
});
