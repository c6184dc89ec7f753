// What stands on the sheet while the map is made: dots that find their places, and words that say so.

import { h } from "./dom.js";
import { worded } from "./things.js";

const DOTS = 48;
const TURN = 2.39996; // radians between neighbours in a sunflower: no two dots lie together

/** @returns {HTMLElement} */
export function making() {
  const dots = Array.from({ length: DOTS }, (_, place) => {
    const far = 42 * Math.sqrt((place + 0.5) / DOTS);
    return h("i", {
      css: {
        "--x": `${(50 + far * Math.cos(place * TURN)).toFixed(1)}%`,
        "--y": `${(50 + far * Math.sin(place * TURN)).toFixed(1)}%`,
        "--hue": String((place * 47) % 360),
        "--wait": `${((place * 0.37) % 2.4).toFixed(2)}s`,
      },
    });
  });
  return h(
    "div",
    { class: "making" },
    h("div", { class: "making-dots", "aria-hidden": "true" }, ...dots),
    h("p", { role: "status" }, worded("Drawing the map: {many} that the same people like find each other…")),
  );
}
