// Two models on the same ratings, side by side: what both list, what only one does, and how far a film moves between them.

import { Newest, ask } from "./api.js";
import { sideBySide } from "./diff.js";
import { h, one } from "./dom.js";
import { ratingOfFilm } from "./film-rating.js";
import { hueOf, real } from "./genres.js";
import { giving } from "./giving.js";
import { question } from "./question.js";
import { drawSlopes } from "./slopes.js";
import { keeper, studio } from "./studio.js";
import { keyOf } from "./taste.js";
import { counted } from "./things.js";
import { count, spoken } from "./words.js";

const K = 12;

export class Compare {
  /** @type {{name: string, version: string, arm: string}[]} */
  models = [];
  #about = new Map();
  #newest = new Newest();

  /** @param {import("./wishes.js").WishesForm} form */
  constructor(form) {
    this.form = form;
    this.place = one("#compare-columns");
    this.picks = [one("#compare-one"), one("#compare-other")];
    for (const pick of this.picks) pick.addEventListener("change", () => this.ask());
    for (const source of [keeper, form])
      source.addEventListener("change", () => !one("#view-compare").hidden && this.ask());
    new ResizeObserver(() => drawSlopes(this.place)).observe(this.place);
  }

  async open() {
    try {
      this.models = (await ask("v1/models")).models;
      const several = this.models.length > 1;
      one("#compare-alone").hidden = several;
      one("#compare-picks").hidden = this.place.hidden = !several;
      if (!several) return this.#tell("");
      this.picks.forEach((pick, place) => {
        const chosen = this.models.find((model) => model.name === pick.value) ?? this.models[place];
        pick.replaceChildren(
          ...this.models.map(({ name }) => h("option", { value: name, selected: name === chosen.name }, name)),
        );
      });
      await this.ask();
    } catch (trouble) {
      this.#fail(trouble);
    }
  }

  async ask() {
    try {
      const names = this.picks.map((pick) => pick.value);
      const answers = await this.#newest.run((signal) => Promise.all(names.map((name) => this.#asked(name, signal))));
      if (answers) this.show(...answers);
    } catch (trouble) {
      this.#fail(trouble);
    }
  }

  async #asked(name, signal) {
    const { version } = this.models.find((model) => model.name === name);
    if (this.#about.get(name)?.version !== version) {
      this.#about.set(name, await ask(`v1/model?${new URLSearchParams({ name })}`, { signal }));
    }
    const model = this.#about.get(name);
    const body = question(keeper.taste, { ...this.form.wishes, sure: false }, model, {
      k: K,
      unknown: studio.unknown,
      name,
    });
    return {
      ...(await ask("v1/recommendations", { body: { ...body, explain: false, intervals: false }, signal })),
      about: model,
    };
  }

  show(first, other) {
    const { both, moves } = sideBySide(first.items, other.items);
    const back = new Map([...moves].map(([key, by]) => [key, -by]));
    const n = keeper.taste.ratings.length;
    const on = n ? `On ${count(n, giving(studio.model).rating)} of yours` : "For a newcomer";
    this.#tell(
      both === Math.max(first.items.length, other.items.length) && [...moves.values()].every((by) => !by)
        ? `${on}, both models give the same list.`
        : `${on}, ${both} of ${counted(first.items.length)} stand in both lists; the rest only one model would show you.`,
    );
    this.place.replaceChildren(
      column(first, back, "left"),
      h("div", { class: "slopes", "aria-hidden": "true" }),
      column(other, moves, "right"),
    );
    requestAnimationFrame(() => drawSlopes(this.place));
  }

  #tell(words) {
    one("#compare-note").textContent = words;
  }

  #fail(trouble) {
    if (!trouble.kind) throw trouble;
    const again = h("button", { type: "button", class: "button", on: { click: () => this.open() } }, "Try again");
    one("#compare-note").replaceChildren(`${trouble.message} Your ratings are kept. `, again);
  }
}

function column(answer, moves, side) {
  const title = `compare-${side}`;
  const kind =
    answer.about.label && answer.about.label !== answer.model.name
      ? h("span", { class: "meta" }, answer.about.label)
      : null;
  return h(
    "section",
    { class: `column ${side}`, "aria-labelledby": title },
    h("h2", { id: title }, answer.model.name, " ", kind),
    h("ol", {}, ...answer.items.map((film, place) => row(film, place, moves))),
  );
}

function row(film, place, moves) {
  const by = moves.get(keyOf(film.item));
  const badge =
    by === undefined
      ? ["only", "only here"]
      : by === 0
        ? ["same", "same place"]
        : by > 0
          ? ["up", `${by} higher here`]
          : ["down", `${-by} lower here`];
  return h(
    "li",
    {
      "data-key": keyOf(film.item),
      "data-both": by !== undefined,
      css: { "--hue": String(hueOf(real(film.genres)[0])) },
    },
    h("span", { class: "rank" }, String(place + 1)),
    h("span", { class: "small-title" }, spoken(film)),
    h(
      "span",
      { class: "meta" },
      [film.year, film.predicted === null ? null : `${film.predicted.toFixed(1)}★`].filter(Boolean).join(" · "),
    ),
    h("span", { class: `badge ${badge[0]}` }, badge[1]),
    ratingOfFilm(film),
  );
}
