// Finds what other programs rated in the model's catalogue: by title, however it is written, and year. No DOM here.

import { ask } from "./api.js";
import { spoken } from "./words.js";

const PAGE = 200;
const MOST_PAGES = 300;
const MOST_WAITS = 60;
const YEARS_APART = 1;
const SHORTENED = 2;

/**
 * @typedef {import("./csv.js").Row} Row
 * @typedef {import("./taste.js").Film} Film
 */

/**
 * Look through the catalogue for films, page by page, the best known first, until all are found or there are no more.
 * @param {Row[]} rows
 * @param {string} model Its name.
 * @param {(looked: number, total: number) => void} told Called as it goes on.
 * @returns {Promise<{films: Map<Row, Film>, whole: boolean}>} `whole`: whether all of the catalogue could be looked through.
 * @throws {import("./api.js").Trouble}
 */
export async function foundByTitle(rows, model, told) {
  const finder = new Finder(rows);
  for (let page = 0; page < MOST_PAGES; page++) {
    const asked = new URLSearchParams({ limit: String(PAGE), offset: String(page * PAGE), model });
    const { items, total } = await patient(`v1/items?${asked}`);
    finder.see(items);
    const looked = page * PAGE + items.length;
    told(looked, total);
    if (finder.done || looked >= total || !items.length) return { films: finder.films(), whole: true };
  }
  return { films: finder.films(), whole: false };
}

async function patient(path) {
  for (let tries = 1; ; tries++) {
    try {
      return await ask(path);
    } catch (trouble) {
      if (trouble.kind !== "busy" || tries > MOST_WAITS) throw trouble;
      await new Promise((done) => setTimeout(done, 1000 * (trouble.afterS || 1)));
    }
  }
}

/** Takes films as they come, and keeps for each row the one that fits best. */
export class Finder {
  /** @type {Map<string, Row[]>} */
  #wanted = new Map();
  /** @type {Map<Row, {film: Film | null, cost: number}>} A film of null: several fit equally, and none is taken. */
  #best = new Map();
  #rows;

  /** @param {Row[]} rows */
  constructor(rows) {
    this.#rows = rows.length;
    for (const row of rows) {
      const own = new Set([row.title, row.other].filter(Boolean).flatMap((title) => [...forms({ title }).full]));
      for (const form of own) this.#wanted.set(form, [...(this.#wanted.get(form) ?? []), row]);
    }
  }

  /** @param {Film[]} films The best known first. */
  see(films) {
    for (const film of films) {
      const { full, short } = forms(film);
      for (const form of full)
        for (const row of this.#wanted.get(form) ?? []) {
          const apart = row.year && film.year ? Math.abs(film.year - row.year) : YEARS_APART;
          if (apart <= YEARS_APART) this.#offer(row, film, apart);
        }
      for (const row of this.#wanted.get(short) ?? [])
        if (row.year && film.year === row.year) this.#offer(row, film, SHORTENED);
    }
  }

  #offer(row, film, cost) {
    const best = this.#best.get(row);
    if (!best || cost < best.cost) this.#best.set(row, { film, cost });
    else if (cost === best.cost && cost > 0 && film !== best.film) best.film = null;
  }

  /** @returns {boolean} Whether nothing can be found that fits better. */
  get done() {
    return this.#best.size === this.#rows && [...this.#best.values()].every(({ cost }) => cost === 0);
  }

  /** @returns {Map<Row, Film>} */
  films() {
    return new Map([...this.#best].filter(([, { film }]) => film !== null).map(([row, { film }]) => [row, film]));
  }
}

/**
 * The ways in which a title may be written, each reduced to its letters and digits.
 * @param {{title: string, year?: number | null}} film
 * @returns {{full: Set<string>, short: string}} `full`: the whole title, the part before brackets and what stands in them;
 *   `short`: what stands before a subtitle, "" where there is none.
 */
export function forms(film) {
  const title = spoken(film);
  const [main, ...behind] = title.split(/\s*[()]\s*/).filter(Boolean);
  const parts = [title, main ?? title, ...behind.map((one) => one.replace(/^a\.?k\.?a\.?\s+/i, ""))];
  const head = /^(.{3,}?)(?:: | - )/.exec(main ?? "")?.[1] ?? "";
  return { full: new Set(parts.map(reduced).filter(Boolean)), short: reduced(head) };
}

const reduced = (title) =>
  title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/&/g, " and ")
    .trim()
    .replace(/^(the|an?|la|les?|der|die|das|el|il)\s+/, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
