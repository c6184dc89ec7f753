// Ratings out to a file and in from one. What could not be taken is told line by line; what was there before can come back.

import { notice, say } from "./announce.js";
import { read, written } from "./csv.js";
import { h, one } from "./dom.js";
import { keeper, studio } from "./studio.js";
import { keyOf, rated, ratingOf, undone } from "./taste.js";
import { counted } from "./things.js";
import { count } from "./words.js";

const NAME = "foretaste-ratings.csv";
const MOST_BYTES = 5_000_000;
const MOST_TOLD = 20;

export function startTransfer() {
  const file = one("#mine-file");
  one("#mine-export").addEventListener("click", exported);
  one("#mine-import").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) await imported(chosen);
  });
}

function exported() {
  const { ratings } = keeper.taste;
  const address = URL.createObjectURL(new Blob([written(ratings)], { type: "text/csv" }));
  h("a", { href: address, download: NAME }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  say(`${count(ratings.length, "rating")} exported.`);
}

/** @param {File} file */
async function imported(file) {
  if (file.size > MOST_BYTES) return report(`${file.name} is larger than 5 MB; a file of ratings is smaller.`);
  const { rows: good, bad, others } = read(await file.text(), studio.model.scale);
  let films;
  try {
    films = await studio.know(good);
  } catch (trouble) {
    return report(`${trouble.message} Nothing was imported; try again when it is back.`);
  }
  const before = take(good, films);
  const unknown = good.filter((row) => studio.unknown.has(keyOf(row.item)));
  const replaced = good.filter((row) => ![null, row.rating].includes(ratingOf(before, row.item))).length;
  const told = [
    `${count(good.length, "rating")} imported from ${file.name}${replaced ? `, ${replaced} of them in the place of yours` : ""}.`,
  ];
  if (others) told.push(`${count(others, "line")} of other people were left out.`);
  report(told.join(" "), bad, unknown);
  const items = good.map((row) => row.item);
  const back = () => keeper.change((taste) => undone(taste, before, items), "The import is undone.");
  if (good.length) notice(told[0], { label: "Undo", run: back, stays: true });
}

/** @returns {import("./taste.js").Taste} What was there before. */
function take(rows, films) {
  const now = Date.now();
  const film = (row) => {
    const known = films.get(keyOf(row.item));
    return known && !studio.unknown.has(keyOf(row.item))
      ? known
      : { item: row.item, title: row.title || `item ${row.item}` };
  };
  return keeper.change(
    (taste) => rows.toReversed().reduce((made, row) => rated(made, film(row), row.rating, now), taste),
    "Ratings were imported.",
  );
}

function report(words, bad = [], unknown = []) {
  const list = (title, lines) =>
    h(
      "details",
      { open: true },
      h("summary", {}, title),
      h(
        "ul",
        {},
        ...lines.slice(0, MOST_TOLD).map((line) => h("li", {}, line)),
        lines.length > MOST_TOLD ? h("li", {}, `and ${lines.length - MOST_TOLD} more`) : null,
      ),
    );
  const place = one("#mine-report");
  place.replaceChildren(
    h("p", {}, words),
    ...(bad.length
      ? [
          list(
            `${count(bad.length, "line")} could not be read`,
            bad.map((each) => `line ${each.line}: ${each.words}`),
          ),
        ]
      : []),
    ...(unknown.length
      ? [
          list(
            `${counted(unknown.length)} this model does not know; kept, and left out of its lists`,
            unknown.map((row) => (row.title ? `${row.item}: ${row.title}` : row.item)),
          ),
        ]
      : []),
  );
  place.hidden = false;
  say(words);
}
