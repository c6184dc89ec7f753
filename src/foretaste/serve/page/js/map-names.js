// Names on the taste map: suggestions and ratings first, then regions, then well-known films that have room. What is pointed
// at is named by the tip, so that pointing moves no other name.

import { hueOf } from "./genres.js";
import { placedNames, project } from "./map-plan.js";

const ROOM_OF_NAME = 24000;
const BUTTONS = [70, 160];
const HINT = [300, 34];
const SHORT = 15;
const LARGE = 3.2;
const REGIONS_UNTIL = 4;

/**
 * @typedef {import("./map-draw.js").Seen} Seen
 * @typedef {import("./map-draw.js").Scene} Scene
 */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Seen[]} seen
 * @param {Scene} scene
 * @param {{view: import("./map-plan.js").View, paper: import("./map-plan.js").Paper, dark: boolean,
 *   ink: (name: string) => string}} look
 */
export function drawNames(pen, seen, scene, { view, paper, dark, ink }) {
  Object.assign(pen, { textAlign: "left", textBaseline: "middle", lineJoin: "round", lineWidth: 4 });
  const marks = seen.filter(({ mark }) => mark).toSorted((one, other) => one.mark.order - other.mark.order);
  const corners = [
    [paper.width - BUTTONS[0], paper.height - BUTTONS[1], paper.width, paper.height],
    [0, paper.height - HINT[1], HINT[0], paper.height],
  ];
  const held = [...corners, ...marks.map(markBox)];
  const write = (text, left, top, font, colour) => {
    pen.font = font;
    pen.strokeStyle = ink("--card");
    pen.strokeText(text, left, top);
    pen.fillStyle = colour;
    pen.fillText(text, left, top);
  };
  held.push(...markNames(pen, marks, paper, held, { write, ink }));
  if (view.scale < REGIONS_UNTIL) held.push(...regionNames(pen, scene, { view, paper, dark, ink, write }, held));
  filmNames(pen, seen, scene, paper, { held, marks, write, ink });
}

function markBox({ left, top, mark }, place) {
  const by = mark.small ? 7 : 11;
  return [left - by, top - by, left + by, top + by, place];
}

/** Every mark gets its title or a short form of it; a star without room for either, if there are few, what was given. */
function markNames(pen, marks, paper, held, { write, ink }) {
  const font = (pen.font = `600 13px ${ink("--sans")}`);
  const taken = [];
  const texts = [
    ({ spot }) => spot.title,
    ({ spot }) => (spot.title.length > SHORT ? `${spot.title.slice(0, SHORT - 1).trimEnd()}…` : spot.title),
    ({ mark }) => (mark.small ? "" : (mark.given ?? "")),
  ];
  for (const [place, one] of marks.entries()) {
    const own = held.map(([left, top, right, bottom, owner]) => [left, top, right, bottom, owner === place ? 0 : -1]);
    for (const text of texts.map((of) => of(one)).filter(Boolean)) {
      const wanted = [{ left: one.left, top: one.top, width: pen.measureText(text).width }];
      const [found] = placedNames(wanted, paper, { tall: 17, gap: 14, most: 1, around: true }, [...own, ...taken]);
      if (!found) continue;
      write(text, found.left, found.top, font, ink("--ink"));
      taken.push([found.left, found.top - 9, found.left + wanted[0].width, found.top + 9]);
      break;
    }
  }
  return taken;
}

function regionNames(pen, scene, { view, paper, dark, ink, write }, held) {
  const size = Math.min(Math.max(paper.width / 38, 15), 27);
  const font = (pen.font = `italic 400 ${size}px ${ink("--serif")}`);
  const wanted = scene.regions.map(({ name, x, y }) => {
    const [left, top] = project(view, paper, x, y);
    const width = pen.measureText(name).width;
    return { left: left - width / 2, top, width };
  });
  const free = held.map((box) => box.slice(0, 4)); // a mark's own name may lie on its box, a region's may not
  const placed = placedNames(wanted, paper, { tall: size * 1.2, gap: 0, most: wanted.length, around: true }, free);
  for (const { place, left, top } of placed) {
    const { name, genre } = scene.regions[place];
    const colour = genre ? `oklch(${dark ? 0.82 : 0.43} 0.1 ${hueOf(genre)})` : ink("--ink");
    pen.globalAlpha = scene.lit === null || scene.lit === genre ? 0.9 : 0.3;
    write(name, left, top, font, colour);
    pen.globalAlpha = 1;
  }
  return placed.map(({ place, left, top }) => [left, top - size / 2, left + wanted[place].width, top + size / 2]);
}

/** Names of films that nobody marked: never beside a mark or another large dot, which they would seem to name. */
function filmNames(pen, seen, scene, paper, { held, marks, write, ink }) {
  const font = (pen.font = `italic 12px ${ink("--serif")}`);
  const wanted = seen
    .filter(({ spot, mark }) => !mark && (scene.lit === null || spot.genre === scene.lit))
    .toSorted((one, other) => other.spot.n - one.spot.n)
    .slice(0, 160);
  const places = new Map(wanted.map((one, place) => [one, place]));
  const near = marks.map(({ left, top }) => [left - 30, top - 15, left + 30, top + 15]);
  const large = seen
    .filter((one) => !one.mark && one.radius >= LARGE)
    .map((one) => {
      const by = one.radius + 3;
      return [one.left - by, one.top - by, one.left + by, one.top + by, places.get(one) ?? -1];
    });
  const measured = wanted.map((one) => {
    const { left, top, radius } = one;
    return { left, top, width: pen.measureText(one.spot.title).width, gap: radius + 4 };
  });
  const most = Math.floor((paper.width * paper.height) / ROOM_OF_NAME);
  const others = held.map(([left, top, right, bottom]) => [left, top, right, bottom]);
  for (const { place, left, top } of placedNames(measured, paper, { tall: 15, gap: 9, most }, [
    ...others,
    ...near,
    ...large,
  ]))
    write(wanted[place].spot.title, left, top, font, ink("--muted"));
}
