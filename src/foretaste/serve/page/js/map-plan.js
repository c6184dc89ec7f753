// The plane of the taste map: what stands where on the screen, what is near a pointer, which names have room. No DOM here.

/**
 * @typedef {{x: number, y: number, scale: number}} View The point of the map in the middle, 0 to 1, and how near it is.
 * @typedef {{width: number, height: number, margin: number}} Paper In pixels.
 */

const NEAREST = 14;
const ROUNDS = 40;

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
 * Move points apart that would lie on each other, as little as it takes; those that stay push the others away.
 * @param {{left: number, top: number, stays: boolean}[]} points In pixels.
 * @param {number} apart In pixels.
 * @returns {[number, number][]} Where each is drawn.
 */
export function movedApart(points, apart) {
  const at = points.map(({ left, top }) => [left, top]);
  for (let round = 0; round < ROUNDS; round++) {
    let still = true;
    for (let one = 0; one < at.length; one++)
      for (let other = 0; other < one; other++) {
        const shares = points[one].stays ? [0, 1] : points[other].stays ? [1, 0] : [0.5, 0.5];
        if (points[one].stays && points[other].stays) continue;
        const [right, down] = [at[one][0] - at[other][0], at[one][1] - at[other][1]];
        const far = Math.hypot(right, down);
        if (far >= apart - 0.01) continue;
        still = false;
        const turn = far > 0.01 ? Math.atan2(down, right) : one + 2.4 * other;
        const [x, y] = [Math.cos(turn) * (apart - far), Math.sin(turn) * (apart - far)];
        at[one] = [at[one][0] + shares[0] * x, at[one][1] + shares[0] * y];
        at[other] = [at[other][0] - shares[1] * x, at[other][1] - shares[1] * y];
      }
    if (still) break;
  }
  return at;
}

/**
 * Give names to points, the first in line first, as long as no name lies on another or over the edge.
 * @param {{left: number, top: number, width: number, gap?: number}[]} wanted In pixels; the width is that of the name.
 * @param {Paper} paper
 * @param {{tall: number, gap: number, most: number, around?: boolean}} letters `around`: tries the corners of a point too.
 * @param {number[][]} [held] Boxes (left, top, right, bottom) that must stay free of names; a fifth number is the place of the
 *   one whose own name may lie there.
 * @returns {{place: number, left: number, top: number}[]} Where each name that has room starts; `top` is its middle.
 */
export function placedNames(wanted, paper, { tall, gap, most, around = false }, held = []) {
  const taken = [...held],
    out = [];
  for (const [place, { left, top, width, gap: own = gap }] of wanted.entries()) {
    if (out.length >= most) break;
    const [right, before] = [left + own, left - own - width];
    const sides = [
      [right, top],
      [before, top],
      [left - width / 2, top - tall],
      [left - width / 2, top + tall],
    ];
    if (around) for (const by of [-tall, tall]) sides.push([right - 6, top + by], [before + 6, top + by]);
    const box = sides
      .map(([x, y]) => [x, y - tall / 2, x + width, y + tall / 2])
      .find((one) => inside(one, paper) && !taken.some((other) => other[4] !== place && meet(other, one)));
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
