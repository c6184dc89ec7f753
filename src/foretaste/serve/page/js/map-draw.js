// Draws the taste map on its canvas: the catalogue as a field of dots, ratings as stars, suggestions as numbered rings.

import { hueOf } from "./genres.js";
import { placedNames, project } from "./map-plan.js";

const STAR = new Path2D("M0-9l2.7 5.6 6.1.9-4.4 4.3 1 6.1L0 4.1l-5.4 2.8 1-6.1-4.4-4.3 6.1-.9z");
const ROOM_OF_NAME = 26000;
const BUTTONS = [70, 160];

/**
 * @typedef {{key: string, title: string, genre: string | null, x: number, y: number, n: number}} Spot
 * @typedef {{spots: Spot[], rated: Map<string, number>, listed: Map<string, number>, lit: string | null, near: string | null}} Scene
 *   `rated`: stars by key; `listed`: place from 1 by key; `lit`: the genre that stands out; `near`: key of the spot pointed at.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {import("./map-plan.js").View} view
 * @param {import("./map-plan.js").Paper} paper
 * @param {{dark: boolean, style: CSSStyleDeclaration}} look
 * @returns {{left: number, top: number, spot: Spot}[]} Where each spot stands that can be seen.
 */
export function drawMap(canvas, scene, view, paper, { dark, style }) {
  const dense = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(paper.width * dense)) canvas.width = Math.round(paper.width * dense);
  if (canvas.height !== Math.round(paper.height * dense)) canvas.height = Math.round(paper.height * dense);
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, paper.width, paper.height);
  const seen = [];
  for (const spot of scene.spots) {
    const [left, top] = project(view, paper, spot.x, spot.y);
    if (left > -20 && top > -20 && left < paper.width + 20 && top < paper.height + 20) seen.push({ left, top, spot });
  }
  const ink = (name) => style.getPropertyValue(name).trim();
  for (const one of seen) if (!marked(scene, one.spot)) dot(pen, one, scene, view, paper, dark);
  const others = seen.filter((one) => marked(scene, one.spot));
  for (const one of others) mark(pen, one, scene, ink);
  const near = seen.find((one) => one.spot.key === scene.near);
  if (near) ring(pen, near, ink("--ink"), 9);
  names(pen, seen, scene, paper, style, ink);
  return seen;
}

const marked = (scene, spot) => scene.rated.has(spot.key) || scene.listed.has(spot.key);

function dot(pen, { left, top, spot }, scene, view, paper, dark) {
  const dim = scene.lit !== null && scene.lit !== spot.genre;
  pen.globalAlpha = dim ? 0.1 : dark ? 0.7 : 0.6;
  pen.fillStyle = `oklch(${dark ? 0.72 : 0.62} 0.13 ${hueOf(spot.genre)})`;
  pen.beginPath();
  pen.arc(
    left,
    top,
    (paper.width < 600 ? 0.72 : 1) * (0.9 + 0.33 * Math.log1p(spot.n)) * Math.sqrt(Math.sqrt(view.scale)),
    0,
    7,
  );
  pen.fill();
  pen.globalAlpha = 1;
}

function mark(pen, { left, top, spot }, scene, ink) {
  pen.lineWidth = 3;
  pen.strokeStyle = ink("--card");
  if (scene.rated.has(spot.key)) {
    pen.save();
    pen.translate(left, top);
    pen.stroke(STAR);
    pen.fillStyle = ink("--star");
    pen.fill(STAR);
    pen.restore();
    return;
  }
  pen.beginPath();
  pen.arc(left, top, 9.5, 0, 7);
  pen.fillStyle = ink("--accent");
  pen.stroke();
  pen.fill();
  pen.fillStyle = ink("--on-accent");
  pen.font = `600 11px ${ink("--sans")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(scene.listed.get(spot.key)), left, top + 0.5);
}

function ring(pen, { left, top }, colour, radius) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(left, top, radius + 3, 0, 7);
  pen.stroke();
}

function names(pen, seen, scene, paper, style, ink) {
  const rank = ({ spot }) =>
    spot.key === scene.near ? 0 : scene.listed.has(spot.key) ? 1 : scene.rated.has(spot.key) ? 2 : 3;
  const wanted = seen
    .filter(({ spot }) => scene.lit === null || marked(scene, spot) || spot.genre === scene.lit)
    .toSorted((one, other) => rank(one) - rank(other) || other.spot.n - one.spot.n)
    .slice(0, 160);
  const font = (one) => `${rank(one) < 3 ? "600 13px" : "italic 12px"} ${ink(rank(one) < 3 ? "--sans" : "--serif")}`;
  const measured = wanted.map((one) => {
    pen.font = font(one);
    return { left: one.left, top: one.top, width: pen.measureText(one.spot.title).width };
  });
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const marks = wanted.filter((one) => rank(one) < 3).length;
  const held = wanted
    .filter((one) => marked(scene, one.spot))
    .map(({ left, top }) => [left - 10, top - 10, left + 10, top + 10]);
  held.push([paper.width - BUTTONS[0], paper.height - BUTTONS[1], paper.width, paper.height]);
  for (const { place, left, top } of placedNames(
    measured,
    paper,
    { tall: 17, gap: 14, most: marks + Math.floor((paper.width * paper.height) / ROOM_OF_NAME) },
    held,
  )) {
    pen.font = font(wanted[place]);
    pen.strokeStyle = ink("--card");
    pen.lineWidth = 4;
    pen.strokeText(wanted[place].spot.title, left, top);
    pen.fillStyle = ink(rank(wanted[place]) < 3 ? "--ink" : "--muted");
    pen.fillText(wanted[place].spot.title, left, top);
  }
}
