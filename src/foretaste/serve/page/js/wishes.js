// What somebody wishes of a list: familiar or adventurous, sure, of some genres and years.

import { h, one } from "./dom.js";
import { hueOf, real } from "./genres.js";
import { noWishes } from "./question.js";
import { counted } from "./things.js";
import { familiarity } from "./words.js";

export class WishesForm extends EventTarget {
  wishes = noWishes();

  constructor() {
    super();
    this.slider = one("#adventure");
    this.sure = one("#sure");
    this.from = one("#from");
    this.to = one("#to");
    this.genres = one("#genres");
    this.slider.addEventListener("input", () => this.set({ adventure: Number(this.slider.value) }));
    this.sure.addEventListener("change", () => this.set({ sure: this.sure.checked }));
    for (const end of ["from", "to"])
      this[end].addEventListener("change", () => this.set({ [end]: yearOf(this[end]) }));
    one("#reset-wishes").addEventListener("click", () => this.reset());
    this.show();
  }

  /** @param {Record<string, any>} model What there is to choose. */
  offer(model) {
    const genres = (model.genres ?? []).filter((genre) => real([genre.name]).length);
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

  reset() {
    for (const end of ["from", "to"]) this[end].value = "";
    this.set({ ...noWishes(), adventure: this.wishes.adventure, sure: this.wishes.sure });
  }

  set(part) {
    this.wishes = { ...this.wishes, ...part };
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
        ? "all years"
        : from === to
          ? from
          : `${from ?? "up"} ${from === null ? "to" : "–"} ${to ?? "now"}`;
    const which = genres.length > 2 ? `${genres.length} genres` : genres.join(", ") || "all genres";
    one("#narrow-said").textContent = `${which}, ${span}`;
    one("#reset-wishes").hidden = !genres.length && from === null && to === null;
  }
}

function yearOf(field) {
  const value = Number.parseInt(field.value, 10);
  return Number.isInteger(value) && value >= 0 && value <= 9999 ? value : null;
}
