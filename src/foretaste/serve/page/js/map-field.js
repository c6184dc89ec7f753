// The lie of the land on the taste map: which genre holds which part of it, and what its regions are called. No DOM here.

/**
 * @typedef {{x: number, y: number, genre: string | null, film: {year?: number | null}}} Spot
 * @typedef {{cells: {x: number, y: number, genre: string, strength: number}[], size: number}} Field `x`, `y`: a cell's corner,
 *   0 to 1 and a little beyond; `size`: of its sides; `strength`: 0 to 1.
 * @typedef {{name: string, genre: string | null, x: number, y: number, n: number}} Region
 */

const GRID = 64;
const EDGE = 0.08;
const REACH = 0.045;
const LIFT = 1.25;
const STRONG_LIFT = 3;
const STRONG = 0.3;
const DECADE = { share: 0.45, lift: 1.5 };
const LEAST = 8;
const ROUNDS = 12;

/**
 * @param {Spot[]} spots
 * @returns {Field} Cells in which a genre stands out against its share of the whole map, and there are films at all.
 */
export function fieldOf(spots) {
  const size = (1 + 2 * EDGE) / GRID,
    reach = Math.ceil((2.5 * REACH) / size);
  const all = sharesOf(spots.map((spot) => spot.genre));
  const heat = new Map([...all.keys()].map((genre) => [genre, new Float32Array(GRID * GRID)]));
  const total = new Float32Array(GRID * GRID);
  for (const { x, y, genre } of spots) {
    const [column, row] = [x, y].map((at) => Math.floor((at + EDGE) / size));
    for (let down = Math.max(row - reach, 0); down <= Math.min(row + reach, GRID - 1); down++)
      for (let right = Math.max(column - reach, 0); right <= Math.min(column + reach, GRID - 1); right++) {
        const far = ((right + 0.5) * size - EDGE - x) ** 2 + ((down + 0.5) * size - EDGE - y) ** 2;
        const weight = Math.exp(-far / (2 * REACH * REACH));
        total[down * GRID + right] += weight;
        const own = heat.get(genre);
        if (own) own[down * GRID + right] += weight;
      }
  }
  const dense = total.toSorted()[Math.floor(0.75 * total.length)] || Math.max(...total) || 1;
  const cells = [];
  total.forEach((sum, at) => {
    const full = Math.min(sum / dense, 1);
    for (const [genre, own] of heat) {
      const lift = own[at] / (sum + 0.05 * dense) / all.get(genre);
      const strength = Math.min((lift - LIFT) / (STRONG_LIFT - LIFT), 1) * full;
      if (strength > 0.02)
        cells.push({ x: (at % GRID) * size - EDGE, y: Math.floor(at / GRID) * size - EDGE, genre, strength });
    }
  });
  return { cells, size };
}

/**
 * @param {Spot[]} spots
 * @param {Field} field Of the same spots.
 * @returns {Region[]} Parts of the map that one genre or one decade stands out in, each name once, genres first, the largest
 *   first.
 */
export function regionsOf(spots, field) {
  const parts = Math.min(Math.max(Math.round(Math.sqrt(spots.length / 25)), 2), 10);
  const decades = sharesOf(spots.map(decadeOf));
  const eras = grouped(spots, parts)
    .filter((group) => group.length >= LEAST)
    .map((group) => ({ decade: clear(sharesOf(group.map(decadeOf)), decades), ...middle(group), n: group.length }))
    .filter(({ decade }) => decade !== null)
    .map(({ decade, ...place }) => ({ name: `the ${decade}s`, genre: null, ...place }));
  const largest = (regions) => regions.toSorted((one, other) => other.n - one.n);
  const all = [...largest(lands(spots, field)), ...largest(eras)];
  return all.filter((one, place) => all.findIndex((other) => other.name === one.name) === place);
}

/** The pieces of land that genres hold: cells of one genre that touch, where it is strong. */
function lands(spots, { cells, size }) {
  const placeOf = (x, y) => `${Math.floor((x + EDGE) / size + 0.01)} ${Math.floor((y + EDGE) / size + 0.01)}`;
  const out = [];
  for (const genre of new Set(cells.map((cell) => cell.genre))) {
    const free = new Map(
      cells
        .filter((cell) => cell.genre === genre && cell.strength >= STRONG)
        .map((cell) => [placeOf(cell.x, cell.y), cell]),
    );
    while (free.size) {
      const piece = taken(free, size, placeOf);
      const inside = new Set(piece.map(({ x, y }) => placeOf(x, y)));
      const n = spots.filter((spot) => spot.genre === genre && inside.has(placeOf(spot.x, spot.y))).length;
      const { x, y } = middle(piece);
      if (n >= LEAST) out.push({ name: genre, genre, x: x + size / 2, y: y + size / 2, n });
    }
  }
  return out;
}

/** Take a cell and all that touch it out of what is free. */
function taken(free, size, placeOf) {
  const [start] = free.values();
  free.delete(placeOf(start.x, start.y));
  const piece = [start];
  for (const { x, y } of piece)
    for (const [right, down] of [
      [size, 0],
      [-size, 0],
      [0, size],
      [0, -size],
    ]) {
      const next = placeOf(x + right, y + down);
      if (!free.has(next)) continue;
      piece.push(free.get(next));
      free.delete(next);
    }
  return piece;
}

const decadeOf = ({ film }) => (film.year ? 10 * Math.floor(film.year / 10) : null);
const far = (one, other) => (one.x - other.x) ** 2 + (one.y - other.y) ** 2;

function sharesOf(values) {
  const shares = new Map();
  for (const value of values) if (value !== null) shares.set(value, (shares.get(value) ?? 0) + 1 / values.length);
  return shares;
}

/** @returns {any} What is commonest here, if it is common and commoner than elsewhere; else null. */
function clear(here, all) {
  const [best, own] = [...here].toSorted((one, other) => other[1] - one[1])[0] ?? [null, 0];
  return own >= DECADE.share && own >= DECADE.lift * all.get(best) ? best : null;
}

function middle(group) {
  const mean = (key) => group.reduce((sum, spot) => sum + spot[key], 0) / group.length;
  return { x: mean("x"), y: mean("y") };
}

/** Groups of spots that lie together: k-means from starts that lie far from each other, the same each time. */
function grouped(spots, parts) {
  if (!spots.length) return [];
  const centres = [middle(spots)];
  while (centres.length < Math.min(parts, spots.length)) {
    const gap = (spot) => Math.min(...centres.map((centre) => far(spot, centre)));
    centres.push(spots.reduce((best, spot) => (gap(spot) > gap(best) ? spot : best)));
  }
  let groups = [];
  for (let round = 0; round < ROUNDS; round++) {
    groups = centres.map(() => []);
    for (const spot of spots) {
      let best = 0;
      for (let place = 1; place < centres.length; place++)
        if (far(spot, centres[place]) < far(spot, centres[best])) best = place;
      groups[best].push(spot);
    }
    groups.forEach((group, place) => group.length && (centres[place] = middle(group)));
  }
  return groups;
}
