// Draws the taste map on its canvas: the land behind a field of dots, stars joined by a path, suggestions as numbers.

import { hueOf } from "./genres.js";
import { drawNames } from "./map-names.js";
import { movedApart, project } from "./map-plan.js";

const STAR = new Path2D("M0-9l2.7 5.6 6.1.9-4.4 4.3 1 6.1L0 4.1l-5.4 2.8 1-6.1-4.4-4.3 6.1-.9z");
const APART = 21;
const LONGEST_PATH = 24;
const MANY = 40;

/**
 * @typedef {{key: string, title: string, genre: string | null, x: number, y: number, n: number, known: number}} Spot `known`: 0
 *   to 1, from hardly known to the best known.
 * @typedef {{order: number, number?: number, given?: string, small: boolean}} Mark A suggestion has a number, a rating what was
 *   given; `small`: it is one of many stars.
 * @typedef {{left: number, top: number, radius: number, spot: Spot, mark?: Mark}} Seen
 * @typedef {{spots: Spot[], rated: Map<string, string>, listed: Map<string, number>, lit: string | null, near: string | null,
 *   field: import("./map-field.js").Field, regions: import("./map-field.js").Region[]}} Scene
 *   `rated`: what was given, by key, the newest first; `listed`: place from 1 by key; `lit`: the genre that stands out; `near`:
 *   key of the spot pointed at.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {import("./map-plan.js").View} view
 * @param {import("./map-plan.js").Paper} paper
 * @param {{dark: boolean, style: CSSStyleDeclaration}} look
 * @returns {Seen[]} Where each spot stands that can be seen.
 */
export function drawMap(canvas, scene, view, paper, { dark, style }) {
  const dense = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(paper.width * dense)) canvas.width = Math.round(paper.width * dense);
  if (canvas.height !== Math.round(paper.height * dense)) canvas.height = Math.round(paper.height * dense);
  const pen = canvas.getContext("2d");
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.clearRect(0, 0, paper.width, paper.height);
  const ink = (name) => style.getPropertyValue(name).trim();
  const seen = seenOf(scene, view, paper);
  land(pen, scene, view, paper, dark);
  for (const one of seen.toReversed()) if (!one.mark) dot(pen, one, scene, dark); // the best known come last, on top
  path(pen, scene, view, paper, ink);
  for (const one of seen) if (one.mark) tether(pen, one, project(view, paper, one.spot.x, one.spot.y), ink);
  for (const one of seen) if (one.mark) mark(pen, one, ink);
  drawNames(pen, seen, scene, { view, paper, dark, ink });
  const near = seen.find((one) => one.spot.key === scene.near);
  if (near) ring(pen, near, ink("--ink"), near.mark ? 9 : near.radius);
  return seen;
}

/** @returns {Seen[]} What is on the paper; suggestions are moved off each other and off stars, so that each number is read. */
function seenOf(scene, view, paper) {
  const orders = new Map([...scene.listed.keys(), ...scene.rated.keys()].map((key, order) => [key, order]));
  const large = (paper.width < 600 ? 0.7 : 1) * Math.sqrt(Math.sqrt(view.scale));
  const seen = [];
  for (const spot of scene.spots) {
    const [left, top] = project(view, paper, spot.x, spot.y);
    if (left < -20 || top < -20 || left > paper.width + 20 || top > paper.height + 20) continue;
    const one = { left, top, radius: large * (1.4 + 6 * spot.known ** 0.9), spot };
    if (orders.has(spot.key)) {
      const given = scene.rated.get(spot.key);
      one.mark = { order: orders.get(spot.key), given, small: scene.rated.size > MANY && given !== undefined };
      if (given === undefined) one.mark.number = scene.listed.get(spot.key);
    }
    seen.push(one);
  }
  const marks = seen.filter((one) => one.mark);
  const points = marks.map(({ left, top, mark: own }) => ({ left, top, stays: own.number === undefined }));
  movedApart(points, APART).forEach(([left, top], place) => Object.assign(marks[place], { left, top }));
  return seen;
}

/** The colours behind the dots, painted small once and drawn large. */
function land(pen, scene, view, paper, dark) {
  const { cells, size } = scene.field;
  if (!cells.length) return;
  const painted = (scene.field[dark ? "darkLand" : "lightLand"] ??= paintedLand(scene.field, dark));
  const [left, top] = project(view, paper, painted.x, painted.y);
  const [right, bottom] = project(view, paper, painted.x + painted.n * size, painted.y + painted.n * size);
  pen.imageSmoothingQuality = "high";
  pen.globalAlpha = scene.lit === null ? 1 : 0.35;
  pen.drawImage(painted.canvas, left, top, right - left, bottom - top);
  pen.globalAlpha = 1;
}

function paintedLand({ cells, size }, dark) {
  const [x, y] = ["x", "y"].map((key) => Math.min(...cells.map((cell) => cell[key])) - size);
  const place = (at, from) => Math.round((at - from) / size);
  const n = 2 + Math.max(...cells.map((cell) => Math.max(place(cell.x, x), place(cell.y, y))));
  const canvas = new OffscreenCanvas(n, n);
  const pen = canvas.getContext("2d");
  for (const cell of cells) {
    pen.fillStyle = `oklch(${dark ? 0.6 : 0.78} 0.13 ${hueOf(cell.genre)} / ${(0.34 * cell.strength).toFixed(3)})`;
    pen.fillRect(place(cell.x, x), place(cell.y, y), 1, 1);
  }
  return { canvas, x, y, n };
}

function dot(pen, { left, top, radius, spot }, scene, dark) {
  const dim = scene.lit !== null && scene.lit !== spot.genre;
  pen.globalAlpha = dim ? 0.1 : 0.42 + 0.45 * spot.known;
  pen.fillStyle = `oklch(${dark ? 0.74 : 0.6} 0.14 ${hueOf(spot.genre)})`;
  pen.beginPath();
  pen.arc(left, top, radius, 0, 7);
  pen.fill();
  pen.globalAlpha = 1;
}

/** A light line through what was rated, in the order in which it was. */
function path(pen, scene, view, paper, ink) {
  const spots = new Map(scene.spots.map((spot) => [spot.key, spot]));
  const points = [...scene.rated.keys()]
    .slice(0, LONGEST_PATH)
    .map((key) => spots.get(key))
    .filter(Boolean)
    .map((spot) => project(view, paper, spot.x, spot.y));
  if (points.length < 2) return;
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (let place = 1; place < points.length; place++) {
    const [[x, y], [toX, toY]] = [points[place - 1], points[place]];
    const bend = 0.14 * (place % 2 ? 1 : -1);
    pen.quadraticCurveTo((x + toX) / 2 - bend * (toY - y), (y + toY) / 2 + bend * (toX - x), toX, toY);
  }
  Object.assign(pen, { lineWidth: 2, lineCap: "round", strokeStyle: ink("--star"), globalAlpha: 0.45 });
  pen.stroke();
  pen.globalAlpha = 1;
}

/** A suggestion that was moved keeps a line to where it belongs. */
function tether(pen, { left, top }, [x, y], ink) {
  if (Math.hypot(left - x, top - y) < 3) return;
  Object.assign(pen, { lineWidth: 1.5, strokeStyle: ink("--accent") });
  pen.beginPath();
  pen.moveTo(left, top);
  pen.lineTo(x, y);
  pen.stroke();
}

function mark(pen, { left, top, mark: own }, ink) {
  pen.lineWidth = 3;
  pen.strokeStyle = ink("--card");
  if (own.number === undefined) {
    pen.save();
    pen.translate(left, top);
    if (own.small) pen.scale(0.6, 0.6);
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
  pen.fillText(String(own.number), left, top + 0.5);
}

function ring(pen, { left, top }, colour, radius) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(left, top, radius + 3, 0, 7);
  pen.stroke();
}
