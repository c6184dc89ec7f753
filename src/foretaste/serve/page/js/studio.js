// What all parts of the page share: the taste that is kept, the model that answers, and which films it does not know.

import { ask } from "./api.js";
import { Keeper, browserStorage } from "./keeper.js";
import { keyOf } from "./taste.js";
import { call } from "./things.js";
import { visitorOf } from "./visitor.js";

const AT_ONCE = 1000;

export const keeper = new Keeper(browserStorage());
export const visitor = visitorOf(browserStorage());

class Studio extends EventTarget {
  /** @type {Record<string, any> | null} From /v1/model; null until it has come. */
  model = null;
  /** @type {Set<string>} Keys of rated films that the model does not know. */
  unknown = new Set();

  /**
   * Fetch what the model says of itself, and tell whoever listens ("model").
   * @param {string} [name] Of the one that answered; absent takes the one that this visitor is given.
   */
  async load(name) {
    const own = name ?? (await ask("v1/predictions", { body: { ratings: [], items: [], visitor } })).model.name;
    this.model = await ask(`v1/model?${new URLSearchParams({ name: own })}`);
    call(this.model.things);
    await this.know(keeper.taste.ratings).catch(() => {}); // a list without these films is better than none
    this.dispatchEvent(new Event("model"));
  }

  /**
   * Ask which of some ratings are of films that the model knows by the same title.
   * @param {import("./taste.js").Rating[]} ratings
   * @returns {Promise<Map<string, import("./taste.js").Film>>} The films that are known, by key.
   */
  async know(ratings) {
    const items = [...new Map(ratings.map((one) => [keyOf(one.item), one])).values()];
    const found = new Map();
    for (let start = 0; start < items.length; start += AT_ONCE) {
      const part = items.slice(start, start + AT_ONCE);
      const body = { ratings: [], items: part.map((one) => one.item), model: this.model.name };
      const answer = await ask("v1/predictions", { body });
      for (const film of answer.predictions) found.set(keyOf(film.item), film);
    }
    for (const { item, title } of items) {
      const film = found.get(keyOf(item));
      const same = film !== undefined && (!title || film.title === title);
      if (same) this.unknown.delete(keyOf(item));
      else this.unknown.add(keyOf(item));
    }
    return found;
  }
}

export const studio = new Studio();
