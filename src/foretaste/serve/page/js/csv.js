// Ratings as a file: written as foretaste reads them, read as people have them. No DOM here; nothing in a file is dropped unsaid.

/**
 * @typedef {{line: number, words: string}} Bad A line that could not be read, and why.
 * @typedef {{item: string, rating: number, title: string, line: number}} Row
 * @typedef {{rows: Row[], bad: Bad[], others: number}} Read `others`: lines of other people than the first.
 */

const NAMES = {
  user: ["user", "userid", "user_id", "name"],
  item: ["item", "itemid", "item_id", "movieid", "movie_id", "id"],
  rating: ["rating", "stars", "score", "value"],
  title: ["title", "film", "movie"],
};
const MOST_SHOWN = 40;

/**
 * @param {{item: string | number, rating: number, title: string}[]} ratings
 * @param {string} user
 * @returns {string} CSV with the columns user, item, rating and title.
 */
export function written(ratings, user = "me") {
  const lines = ratings.map((one) => [user, one.item, one.rating, one.title].map(quoted).join(","));
  return ["user,item,rating,title", ...lines, ""].join("\n");
}

/**
 * @param {string} text CSV, or JSON as the service gives it.
 * @param {[number, number]} [scale] What ratings must lie between; one value alone allows any.
 * @returns {Read} The last good rating of each item, in the order of the file.
 */
export function read(text, scale = [0, 0]) {
  const plain = text.replace(/^\uFEFF/, "");
  return (/^\s*[[{]/.test(plain) ? fromJson : fromCsv)(plain, scale);
}

/**
 * Split CSV into cells. Quoted cells may hold separators, quotes and line ends.
 * @param {string} text
 * @returns {{line: number, cells: string[]}[]} With the number of the line that each starts on, from 1.
 */
function cells(text) {
  const separator = [",", ";", "\t"].find((one) => text.split("\n", 1)[0].includes(one)) ?? ",";
  const out = [];
  let row = [],
    cell = "",
    inside = false,
    line = 1,
    start = 1;
  const close = () => {
    row.push(cell);
    if (row.length > 1 || row[0].trim()) out.push({ line: start, cells: row.map((one) => one.trim()) });
    row = [];
    cell = "";
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\n") line++;
    if (inside) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[++at];
      else inside = false;
    } else if (sign === '"' && !cell.trim()) [inside, cell] = [true, ""];
    else if (sign === separator) (row.push(cell), (cell = ""));
    else if (sign === "\n") (close(), (start = line));
    else cell += sign;
  }
  close();
  return out;
}

function fromCsv(text, scale) {
  const table = cells(text);
  const head = table[0]?.cells.map((one) => one.toLowerCase()) ?? [];
  const named = Object.fromEntries(
    Object.entries(NAMES).map(([key, all]) => [key, head.findIndex((one) => all.includes(one))]),
  );
  const titled = named.item >= 0 && named.rating >= 0;
  if (!titled && head.some((one) => Object.values(NAMES).flat().includes(one))) {
    const words = `the columns are ${head.join(", ")}; expected at least item and rating`;
    return { rows: [], bad: [{ line: 1, words }], others: 0 };
  }
  const where = titled ? named : unnamed(head.length);
  return collected(
    (titled ? table.slice(1) : table).map(({ line, cells: own }) => {
      const cell = (key) => (where[key] >= 0 ? (own[where[key]] ?? "") : "");
      return { line, user: cell("user"), item: cell("item"), rating: cell("rating"), title: cell("title") };
    }),
    scale,
  );
}

const unnamed = (width) =>
  width === 2 ? { user: -1, item: 0, rating: 1, title: -1 } : { user: 0, item: 1, rating: 2, title: -1 };

function fromJson(text, scale) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { rows: [], bad: [{ line: 1, words: `this is no JSON: ${error.message}` }], others: 0 };
  }
  const list = Array.isArray(value) ? value : value?.ratings;
  if (!Array.isArray(list))
    return { rows: [], bad: [{ line: 1, words: "there is no list of ratings in it" }], others: 0 };
  return collected(
    list.map((one, place) => ({
      line: place + 1,
      user: String(one?.user ?? ""),
      item: String(one?.item ?? ""),
      rating: String(one?.rating ?? ""),
      title: String(one?.title ?? ""),
    })),
    scale,
  );
}

function collected(entries, [low, high]) {
  const rows = new Map(),
    bad = [];
  const first = entries[0]?.user;
  let others = 0;
  for (const { line, user, item, rating, title } of entries) {
    const value = rating.trim() === "" ? NaN : Number(rating);
    if (user !== first) others++;
    else if (!item) bad.push({ line, words: "there is no item" });
    else if (!Number.isFinite(value)) bad.push({ line, words: `the rating is "${cut(rating)}", expected a number` });
    else if (low < high && (value < low || value > high))
      bad.push({ line, words: `the rating is ${cut(rating)}, expected ${low} to ${high}` });
    else rows.set(item, { item, rating: value, title, line }); // the last good one counts
  }
  return { rows: [...rows.values()], bad, others };
}

const cut = (text) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

function quoted(value) {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
