// What somebody wishes of a list: familiar or adventurous, sure, of some genres and years. It is kept as ratings are.

import { h, one } from "./dom.js";
import { hueOf, real } from "./genres.js";
import { browserStorage } from "./keeper.js";
import { inOrder, noWishes, parsedWishes } from "./question.js";
import { counted } from "./things.js";
import { familiarity } from "./words.js";

const PLACE = "foretaste.wishes";

export class WishesForm extends EventTarget {
  wishes = kept();

  constructor() {
    super();
    this.slider = one("#adventure");
    this.sure = one("#sure");
    this.from = one("#from");
    this.to = one("#to");
    this.genres = one("#genres");
    this.slider.addEventListener("input", () => this.set({ adventure: Number(this.slider.value) }));
    this.sure.addEventListener("change", () => this.set({ sure: this.sure.checked }));
    for (const end of ["from", "to"]) this[end].addEventListener("change", () => this.#year(end));
    const tune = one("#tune");
    tune.addEventListener("click", () =>
      tune.setAttribute("aria-expanded", String(tune.getAttribute("aria-expanded") !== "true")),
    );
    for (const end of ["from", "to"]) this[end].value = this.wishes[end] ?? "";
    one("#reset-wishes").addEventListener("click", () => this.reset());
    this.show();
  }

  /** @param {Record<string, any>} model What there is to choose; a wish for what it does not have is dropped. */
  offer(model) {
    const genres = (model.genres ?? []).filter((genre) => real([genre.name]).length);
    const there = new Set(genres.map((genre) => genre.name));
    this.wishes = { ...this.wishes, genres: this.wishes.genres.filter((genre) => there.has(genre)) };
    if (!model.years) this.wishes = { ...this.wishes, from: null, to: null };
    one("#sure-field").hidden = !model.interval_levels;
    one("#genres-field").hidden = !genres.length;
    one("#years-field").hidden = !model.years;
    one("#narrow").hidden = !genres.length && !model.years;
    const [first, last] = model.years ?? [0, 0];
    for (const [field, shown] of [
      [this.from, first],
      [this.to, last],
    ]) {
      field.min = first;
      field.max = last;
      field.placeholder = shown;
    }
    this.genres.replaceChildren(
      ...genres.map(({ name, items }) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": "false",
            "data-genre": name,
            title: counted(items),
            css: { "--hue": String(hueOf(name)) },
            on: { click: () => this.flip(name) },
          },
          name,
        ),
      ),
    );
    this.show();
  }

  flip(name) {
    const { genres } = this.wishes;
    this.set({ genres: genres.includes(name) ? genres.filter((own) => own !== name) : [...genres, name] });
  }

  /** Take a year over; two in the wrong order change places, and what is no year is said to be none. */
  #year(end) {
    const { value } = this[end];
    const year = yearOf(value);
    const made = inOrder({ ...this.wishes, [end]: year });
    const turned = made[end] !== year;
    one("#years-said").textContent = turned
      ? `From ${made.from} to ${made.to}: the years have changed places.`
      : value && year === null
        ? `${value} is no year, and does not count.`
        : "";
    if (turned) for (const each of ["from", "to"]) this[each].value = made[each];
    this.set(made);
  }

  reset() {
    one("#years-said").textContent = "";
    for (const end of ["from", "to"]) this[end].value = "";
    this.set({ ...noWishes(), adventure: this.wishes.adventure, sure: this.wishes.sure });
  }

  set(part) {
    this.wishes = { ...this.wishes, ...part };
    keep(this.wishes);
    this.show();
    this.dispatchEvent(new Event("change"));
  }

  show() {
    const { adventure, sure, genres, from, to } = this.wishes;
    this.slider.value = String(adventure);
    this.slider.setAttribute("aria-valuetext", familiarity(adventure));
    one("#adventure-said").textContent = familiarity(adventure);
    this.sure.checked = sure;
    for (const chip of this.genres.children)
      chip.setAttribute("aria-pressed", String(genres.includes(chip.dataset.genre)));
    const span =
      from === null && to === null
        ? ""
        : from === to
          ? from
          : `${from ?? "up"} ${from === null ? "to" : "–"} ${to ?? "now"}`;
    const which = genres.length > 2 ? `${genres.length} genres` : genres.join(", ");
    one("#narrow-said").textContent = [which, span].filter(Boolean).join(", ");
    one("#tune").dataset.set = String(!!adventure || sure || genres.length > 0 || span !== "");
    one("#reset-wishes").hidden = !genres.length && from === null && to === null;
  }
}

function kept() {
  try {
    return parsedWishes(browserStorage()?.getItem(PLACE) ?? null);
  } catch {
    return noWishes();
  }
}

function keep(wishes) {
  try {
    browserStorage()?.setItem(PLACE, JSON.stringify(wishes));
  } catch {
    // They last for this visit then.
  }
}

function yearOf(text) {
  const value = Number(text || NaN);
  return Number.isInteger(value) && value >= 0 && value <= 9999 ? value : null;
}
