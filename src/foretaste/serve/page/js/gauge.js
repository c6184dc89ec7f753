// A prediction drawn on its scale: a band that most such ratings fall in, and a dot at what is expected.

import { h } from "./dom.js";
import { fractionOf } from "./stars.js";
import { expectation } from "./words.js";

const percent = (value, scale) => `${(100 * fractionOf(value, scale)).toFixed(2)}%`;

/**
 * @param {{predicted: number | null, low: number | null, high: number | null}} line
 * @param {[number, number]} scale
 * @param {number | null} level
 * @returns {HTMLElement | null} Null where nothing is predicted.
 */
export function gauge(line, scale, level) {
  if (line.predicted === null) return null;
  const css = { "--at": percent(line.predicted, scale) };
  if (line.low !== null) {
    css["--low"] = percent(line.low, scale);
    css["--high"] = percent(line.high, scale);
  }
  const whole = scale[1] - scale[0] <= 10 ? Math.floor(scale[1]) - Math.ceil(scale[0]) + 1 : 0;
  const ticks = Array.from({ length: whole }, (_, place) =>
    h("i", { css: { "--tick": percent(Math.ceil(scale[0]) + place, scale) } }),
  );
  return h(
    "span",
    { class: "gauge", role: "img", "aria-label": expectation(line, level), css },
    h("span", { class: "ticks" }, ...ticks),
    line.low === null ? null : h("b", {}),
    h("em", {}),
  );
}
