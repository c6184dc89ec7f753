// A colour for each genre: the same on cards, in lists and on the map. No DOM here.

const HUES = {
  Action: 28,
  Adventure: 55,
  Animation: 85,
  Children: 100,
  Comedy: 75,
  Crime: 265,
  Documentary: 180,
  Drama: 320,
  Fantasy: 300,
  "Film-Noir": 255,
  Horror: 10,
  IMAX: 210,
  Musical: 345,
  Mystery: 280,
  Romance: 0,
  "Sci-Fi": 225,
  Thriller: 245,
  War: 130,
  Western: 45,
};

/**
 * @param {string | null | undefined} genre
 * @returns {number} Hue in degrees; of a genre that is not known here, one that its name always gets.
 */
export function hueOf(genre) {
  if (!genre) return 300;
  if (genre in HUES) return HUES[genre];
  let sum = 0;
  for (const sign of genre) sum = (sum * 31 + sign.codePointAt(0)) % 360;
  return sum;
}

/**
 * @param {string[] | undefined} genres
 * @returns {string[]} Without those that say there is none.
 */
export const real = (genres) => (genres ?? []).filter((genre) => genre && !genre.startsWith("("));
