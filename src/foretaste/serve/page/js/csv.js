// Ratings as a file: written as foretaste reads them, read as people have them. No DOM here; nothing is dropped unsaid.

import { Breath } from "./breath.js";
import { columnsOf } from "./columns.js";

/**
 * @typedef {{line: number, words: string}} Bad A line that could not be read, and why.
 * @typedef {{item: string, rating: number, title: string, year: number | null, other: string, line: number}} Row An empty
 *   item where the file knows its ratings by title and year only; `other`: another title it has there.
 * @typedef {{rows: Row[], bad: Bad[], others: number, kind: import("./columns.js").Kind, full: boolean}} Read `others`: lines
 *   of other people than the first; `full`: there were more ratings than are taken, and none is.
 */

export const MOST_ROWS = 25_000;
const MOST_SHOWN = 40;
const LOOKED_AT = 10;

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
 * @param {Row[]} rows
 * @returns {string} CSV with the columns Name, Year and Rating, for what has no id.
 */
export function writtenByTitle(rows) {
  const lines = rows.map((one) => [one.title, one.year ?? "", one.rating].map(quoted).join(","));
  return ["Name,Year,Rating", ...lines, ""].join("\n");
}

/**
 * @param {string} text CSV, or JSON as the service gives it; read in pieces, so that the page is never held.
 * @param {[number, number]} [scale] What ratings must lie between where the file has no scale of its own; one value alone
 *   allows any.
 * @returns {Promise<Read>} The last good rating of each item, in the order of the file.
 */
export async function read(text, scale = [0, 0]) {
  const plain = text.replace(/^\uFEFF/, "");
  const json = /^\s*[[{]/.test(plain);
  const { entries, kind, wrong } = (json ? fromJson : fromCsv)(plain);
  if (wrong) return { rows: [], bad: [{ line: 1, words: wrong }], others: 0, kind: null, full: false };
  return { ...(await collected(entries, kind?.scale ?? scale, kind !== null)), kind };
}

/**
 * Split CSV into cells. Quoted cells may hold separators, quotes and line ends.
 * @param {string} text
 * @param {string} separator
 * @returns {Generator<{line: number, cells: string[]}>} With the number of the line that each starts on, from 1.
 */
function* cells(text, separator) {
  let row = [],
    cell = "",
    inside = false,
    line = 1,
    start = 1;
  const closed = () => {
    const made = { line: start, cells: [...row, cell].map((one) => one.trim()) };
    [row, cell] = [[], ""];
    return made;
  };
  const filled = ({ cells: own }) => own.length > 1 || own[0];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\n") line++;
    if (inside) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[++at];
      else inside = false;
    } else if (sign === '"' && !cell.trim()) [inside, cell] = [true, ""];
    else if (sign === separator) (row.push(cell), (cell = ""));
    else if (sign === "\n") {
      const made = closed();
      start = line;
      if (filled(made)) yield made;
    } else cell += sign;
  }
  const last = closed();
  if (filled(last)) yield last;
}

/** @returns {string} The separator: tab or semicolon where the first lines have equally many of it, else a comma. */
function separatorOf(text) {
  const lines = text
    .slice(0, 20_000)
    .split("\n", LOOKED_AT)
    .map((line) => line.replace(/"[^"]*"/g, ""))
    .filter((line) => line.trim());
  const counts = (sign) => new Set(lines.map((line) => line.split(sign).length));
  return ["\t", ";"].find((sign) => counts(sign).size === 1 && !counts(sign).has(1)) ?? ",";
}

function fromCsv(text) {
  const separator = separatorOf(text);
  const first = cells(text, separator).next().value?.cells ?? [];
  const { where, titled, kind, wrong } = columnsOf(first);
  const number = separator === "," ? (cell) => cell : (cell) => cell.replace(/^([-+]?\d+),(\d+)$/, "$1.$2");
  function* entries() {
    const lines = cells(text, separator);
    if (titled) lines.next();
    for (const { line, cells: own } of lines) {
      const cell = (key) => (where[key] >= 0 ? (own[where[key]] ?? "") : "");
      yield {
        line,
        user: kind ? "" : cell("user"),
        item: kind ? "" : cell("item"),
        rating: number(cell("rating")),
        title: cell("title"),
        year: Number(cell("year")) || null,
        other: cell("other"),
      };
    }
  }
  return { entries: entries(), kind, wrong };
}

function fromJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: `this is no JSON: ${error.message}` };
  }
  const list = Array.isArray(value) ? value : value?.ratings;
  if (!Array.isArray(list)) return { wrong: "there is no list of ratings in it" };
  const words = (own) => String(own ?? "");
  function* entries() {
    for (const [place, one] of list.entries()) {
      const [user, item, rating, title] = ["user", "item", "rating", "title"].map((key) => words(one?.[key]));
      yield { line: place + 1, user, item, rating, title, year: null, other: "" };
    }
  }
  return { entries: entries(), kind: null };
}

async function collected(entries, [low, high], byTitle) {
  const rows = new Map(),
    bad = [],
    breath = new Breath();
  let others = 0,
    first;
  for (const entry of entries) {
    if (breath.due) await breath.take();
    const { line, user, item, title, year, rating } = entry;
    first ??= user;
    const key = byTitle ? title && `${title}\n${year}` : item;
    const value = rating.trim() === "" ? NaN : Number(rating);
    if (user !== first) others++;
    else if (!key) bad.push({ line, words: `there is no ${byTitle ? "title" : "item"}` });
    else if (!Number.isFinite(value)) bad.push({ line, words: `the rating is "${cut(rating)}", expected a number` });
    else if (low < high && (value < low || value > high))
      bad.push({ line, words: `the rating is ${cut(rating)}, expected ${low} to ${high}` });
    else rows.set(key, { item, rating: value, title, year, other: entry.other, line }); // the last good one counts
    if (rows.size > MOST_ROWS) return { rows: [], bad: [], others, full: true };
  }
  return { rows: [...rows.values()], bad, others, full: false };
}

const cut = (text) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

function quoted(value) {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
