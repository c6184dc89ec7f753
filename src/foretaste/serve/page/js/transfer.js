// Ratings out to a file and in from one. What could not be taken is told line by line; what was there before can come back.

import { hideNotice, notice, say } from "./announce.js";
import { MOST_ROWS, read, written, writtenByTitle } from "./csv.js";
import { h, one } from "./dom.js";
import { allRated, ratingIn, records } from "./many.js";
import { converted, shown } from "./stars.js";
import { keeper, studio } from "./studio.js";
import { keyOf, undone } from "./taste.js";
import { counted } from "./things.js";
import { foundByTitle } from "./titles.js";
import { count } from "./words.js";

const NAME = "foretaste-ratings.csv";
const NAME_NOT_FOUND = "foretaste-not-found.csv";
const MOST_BYTES = 5_000_000;
const MOST_TOLD = 20;

/**
 * @typedef {import("./csv.js").Row} Row
 * @typedef {{film: import("./taste.js").Film, rating: number}} Given
 * @typedef {{title: string, lines: string[], save?: Row[]}} Listed What is told of some lines; `save` may be saved as a file.
 */

export function startTransfer() {
  const file = one("#mine-file"),
    button = one("#mine-import");
  one("#mine-export").addEventListener("click", () => {
    const { ratings } = keeper.taste;
    saved(NAME, written(ratings));
    say(`${count(ratings.length, "rating")} exported.`);
  });
  button.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen || button.disabled) return;
    button.disabled = true;
    try {
      await imported(chosen);
    } catch (trouble) {
      if (!trouble.kind) throw trouble;
      report(`${trouble.message} Nothing was imported; try again when it is back.`);
    } finally {
      button.disabled = false;
    }
  });
}

function saved(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** @param {File} file */
async function imported(file) {
  if (file.size > MOST_BYTES) return report(`${file.name} is larger than 5 MB; a file of ratings is smaller.`);
  progress(`Reading ${file.name}…`);
  const { rows, bad, others, kind, full } = await read(await file.text(), studio.model.scale);
  const most = MOST_ROWS.toLocaleString("en");
  if (full) return report(`${file.name} holds more than ${most} ratings; this page keeps no more. Nothing was imported.`);
  const unread = {
    title: `${count(bad.length, "line")} could not be read`,
    lines: bad.map((each) => `line ${each.line}: ${each.words}`),
  };
  const { given, listed, words } = await (kind ? byTitle(rows, kind) : byId(rows));
  const made = await records(given, Date.now());
  const before = keeper.change((taste) => allRated(taste, made), "Ratings were imported.");
  const replaced = given.filter(({ film, rating }) => ![null, rating].includes(ratingIn(before, film.item))).length;
  const place = replaced ? `, ${replaced.toLocaleString("en")} of them in the place of yours` : "";
  const done = `${count(given.length, "rating")} imported from ${file.name}${place}.`;
  const left = others ? `${count(others, "line")} of other people ${others === 1 ? "was" : "were"} left out.` : "";
  report([done, words, left].filter(Boolean).join(" "), [unread, ...listed]);
  const items = given.map(({ film }) => film.item);
  const back = () => keeper.change((taste) => undone(taste, before, items), "The import is undone.");
  if (given.length) notice(done, { label: "Undo", run: back, stays: true });
  else hideNotice();
}

/** @param {Row[]} rows @returns {Promise<{given: Given[], listed: Listed[], words: string}>} */
async function byId(rows) {
  progress(`Asking which of ${count(rows.length, "rating")} the model knows…`);
  const films = await studio.know(rows);
  const strange = (row) => studio.unknown.has(keyOf(row.item));
  const film = (row) =>
    strange(row)
      ? { item: row.item, title: row.title || `item ${row.item}` }
      : (films.get(keyOf(row.item)) ?? { item: row.item, title: row.title });
  const unknown = rows.filter(strange);
  return {
    given: rows.map((row) => ({ film: film(row), rating: row.rating })),
    words: "",
    listed: [
      {
        title: `${counted(unknown.length)} this model does not know; kept, and left out of its lists`,
        lines: unknown.map((row) => (row.title ? `${row.item}: ${row.title}` : row.item)),
      },
    ],
  };
}

/** @param {Row[]} rows @param {import("./columns.js").Kind} kind The same as for `byId`. */
async function byTitle(rows, kind) {
  const { model } = studio;
  const tell = (looked, total) => {
    const [now, all] = [looked, total].map((n) => n.toLocaleString("en"));
    progress(`Looking for ${counted(rows.length)} by title and year: ${now} of ${all} looked through…`);
  };
  const { films, whole } = await foundByTitle(rows, model.name, tell);
  const lost = rows.filter((row) => !films.has(row));
  const given = new Map(),
    low = [];
  for (const [row, film] of films) {
    const rating = kind.scale ? converted(row.rating, kind.scale, model) : row.rating;
    if (rating === null) low.push(row);
    else given.set(keyOf(film.item), { film, rating });
    studio.unknown.delete(keyOf(film.item));
  }
  const named = (row) => `${row.title}${row.year ? ` (${row.year})` : ""}: ${shown(row.rating)}`;
  const where = whole ? "not in this catalogue" : "not among the best known of this catalogue";
  return {
    given: [...given.values()],
    words: `Its ratings are those of ${kind.name}, matched by title and year.${scaled(kind.scale, model.scale)}`,
    listed: [
      { title: `${counted(lost.length)} ${where}; not imported`, lines: lost.map(named), save: lost },
      { title: `${counted(low.length)} rated too low to be liked; not imported`, lines: low.map(named), save: low },
    ],
  };
}

/** @returns {string} What became of a file's scale, where it is not the model's. */
function scaled(own, model) {
  const [from, to] = [own ?? model, model].map((scale) => scale.map(shown).join(" to "));
  if (from === to) return "";
  return model[0] === model[1] ? ` What stands high on ${from} became a like.` : ` Its ${from} became ${to} here.`;
}

function progress(words) {
  const place = one("#mine-report");
  place.replaceChildren(h("p", { "aria-live": "off" }, words));
  place.setAttribute("aria-busy", "true");
  place.hidden = false;
}

/** @param {string} words @param {Listed[]} [lists] Empty ones are left out. */
function report(words, lists = []) {
  const list = ({ title, lines, save }) =>
    h(
      "details",
      { open: true },
      h("summary", {}, title),
      h(
        "ul",
        {},
        ...lines.slice(0, MOST_TOLD).map((line) => h("li", {}, line)),
        lines.length > MOST_TOLD ? h("li", {}, `and ${(lines.length - MOST_TOLD).toLocaleString("en")} more`) : null,
      ),
      save
        ? h(
            "button",
            { type: "button", class: "quiet", on: { click: () => saved(NAME_NOT_FOUND, writtenByTitle(save)) } },
            "Save these as a file",
          )
        : null,
    );
  const place = one("#mine-report");
  place.replaceChildren(h("p", {}, words), ...lists.filter(({ lines }) => lines.length).map(list));
  place.removeAttribute("aria-busy");
  place.hidden = false;
  say(words);
}
