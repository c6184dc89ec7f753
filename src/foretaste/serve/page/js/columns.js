// Which column of a file means what: by the names that data sets, this page, Letterboxd and IMDb give them. No DOM here.

/**
 * @typedef {{name: string, scale: [number, number] | null} | null} Kind Whose file it is, where films stand in it by title and
 *   year; its own scale, where it is known; null for files with ids.
 * @typedef {{where: Record<string, number>, titled: boolean, kind: Kind, wrong?: string}} Columns `where`: the place of each
 *   column, -1 where there is none; `titled`: whether the first line names them; `wrong`: why they will not do.
 */

const NAMES = {
  user: ["user", "userid", "user_id", "name"],
  item: ["item", "itemid", "item_id", "movieid", "movie_id", "id"],
  rating: ["your rating", "rating", "stars", "score", "value"],
  title: ["title", "name", "film", "movie", "book"],
  other: ["original title"],
  year: ["year", "release year"],
};

/**
 * @param {string[]} first Cells of the first line.
 * @returns {Columns}
 */
export function columnsOf(first) {
  const head = first.map((one) => one.toLowerCase());
  const place = (all) => all.map((one) => head.indexOf(one)).find((at) => at >= 0) ?? -1;
  const where = Object.fromEntries(Object.entries(NAMES).map(([key, all]) => [key, place(all)]));
  if (where.item >= 0 && where.rating >= 0) return { where: { ...where, year: -1 }, titled: true, kind: null };
  if (where.title >= 0 && where.year >= 0 && where.rating >= 0) return { where, titled: true, kind: kindOf(head) };
  const wrong = head.some((one) => Object.values(NAMES).flat().includes(one))
    ? `the columns are ${head.join(", ")}; expected at least item and rating, or title, year and rating`
    : undefined;
  const [user, item, rating] = first.length === 2 ? [-1, 0, 1] : [0, 1, 2];
  return { where: { user, item, rating, title: -1, other: -1, year: -1 }, titled: false, kind: null, wrong };
}

function kindOf(head) {
  if (head.includes("const")) return { name: "IMDb", scale: [1, 10] };
  if (head.includes("letterboxd uri") || head.includes("name")) return { name: "Letterboxd", scale: [0.5, 5] };
  return { name: "a list", scale: null };
}
