// The plane of the taste map: what stands where on the screen, what is near a pointer, which names have room. No DOM here.

/**
 * @typedef {{x: number, y: number, scale: number}} View The point of the map in the middle, 0 to 1, and how near it is.
 * @typedef {{width: number, height: number, margin: number}} Paper In pixels.
 */

const NEAREST = 14;

/** @returns {View} All of it. */
export const wholeView = () => ({ x: 0.5, y: 0.5, scale: 1 });

/**
 * @param {View} view
 * @param {Paper} paper
 * @param {number} x 0 to 1.
 * @param {number} y
 * @returns {[number, number]} Pixels.
 */
export function project(view, paper, x, y) {
  const [wide, tall] = room(paper);
  return [paper.width / 2 + (x - view.x) * wide * view.scale, paper.height / 2 + (y - view.y) * tall * view.scale];
}

/** The point of the map that a pixel shows. */
export function unproject(view, paper, left, top) {
  const [wide, tall] = room(paper);
  return [
    view.x + (left - paper.width / 2) / (wide * view.scale),
    view.y + (top - paper.height / 2) / (tall * view.scale),
  ];
}

/**
 * @param {View} view
 * @param {Paper} paper
 * @param {number} by Factor.
 * @param {number} left Pixel that stays where it is.
 * @param {number} top
 * @returns {View}
 */
export function zoomed(view, paper, by, left, top) {
  const scale = Math.min(Math.max(view.scale * by, 1), NEAREST);
  const [x, y] = unproject(view, paper, left, top);
  const ratio = view.scale / scale;
  return kept({ x: x + (view.x - x) * ratio, y: y + (view.y - y) * ratio, scale });
}

/** The view moved by pixels. */
export function panned(view, paper, right, down) {
  const [wide, tall] = room(paper);
  return kept({ ...view, x: view.x - right / (wide * view.scale), y: view.y - down / (tall * view.scale) });
}

/**
 * @param {{left: number, top: number}[]} points In pixels.
 * @param {number} left
 * @param {number} top
 * @param {number} reach In pixels.
 * @returns {number} Place of the nearest one within reach, -1 where there is none.
 */
export function nearestTo(points, left, top, reach) {
  let best = -1,
    least = reach * reach;
  points.forEach((point, place) => {
    const far = (point.left - left) ** 2 + (point.top - top) ** 2;
    if (far < least) [best, least] = [place, far];
  });
  return best;
}

/**
 * Give names to points, the first in line first, as long as no name lies on another or over the edge.
 * @param {{left: number, top: number, width: number}[]} wanted In pixels; the width is that of the name.
 * @param {Paper} paper
 * @param {{tall: number, gap: number, most: number}} letters
 * @param {[number, number, number, number][]} [held] Boxes (left, top, right, bottom) that must stay free of names.
 * @returns {{place: number, left: number, top: number}[]} Where each name that has room starts; `top` is its middle.
 */
export function placedNames(wanted, paper, { tall, gap, most }, held = []) {
  const taken = [...held],
    out = [];
  for (const [place, { left, top, width }] of wanted.entries()) {
    if (out.length >= most) break;
    const sides = [
      [left + gap, top],
      [left - gap - width, top],
      [left - width / 2, top - tall],
      [left - width / 2, top + tall],
    ];
    const box = sides
      .map(([x, y]) => [x, y - tall / 2, x + width, y + tall / 2])
      .find((one) => inside(one, paper) && !taken.some((own) => meet(own, one)));
    if (!box) continue;
    taken.push(box);
    out.push({ place, left: box[0], top: (box[1] + box[3]) / 2 });
  }
  return out;
}

const room = (paper) => [paper.width - 2 * paper.margin, paper.height - 2 * paper.margin];
const inside = ([left, top, right, bottom], paper) =>
  left >= 2 && top >= 2 && right <= paper.width - 2 && bottom <= paper.height - 2;
const meet = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];

function kept(view) {
  const half = 0.5 / view.scale;
  const within = (value) => Math.min(Math.max(value, Math.min(half, 0.5)), Math.max(1 - half, 0.5));
  return { ...view, x: within(view.x), y: within(view.y) };
}
