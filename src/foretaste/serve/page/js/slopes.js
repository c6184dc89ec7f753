// Lines between two columns, from each film to itself: level where both models agree, steep where they do not.

import { one, s } from "./dom.js";

/** @param {HTMLElement} place With a left column, the room for the lines, and a right one. */
export function drawSlopes(place) {
  const room = one(".slopes", place);
  if (!room || !room.clientWidth) return;
  const box = room.getBoundingClientRect();
  const middle = (row) => {
    const own = row.getBoundingClientRect();
    return own.top + own.height / 2 - box.top;
  };
  const right = new Map([...place.querySelectorAll(".right li")].map((row) => [row.dataset.key, row]));
  const lines = [...place.querySelectorAll(".left li[data-both]")]
    .filter((row) => right.has(row.dataset.key))
    .map((row) => {
      const [from, to] = [middle(row), middle(right.get(row.dataset.key))];
      const way = Math.abs(from - to) < 2 ? "same" : from > to ? "up" : "down";
      const bend = box.width / 2;
      return s("path", { class: way, d: `M0 ${from} C${bend} ${from} ${bend} ${to} ${box.width} ${to}` });
    });
  room.replaceChildren(s("svg", { width: box.width, height: box.height }, ...lines));
}
