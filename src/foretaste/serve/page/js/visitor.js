// An id that says nothing of anybody: with it a visitor stays with the same model while two are compared on visitors.

const PLACE = "foretaste.visitor";
const BYTES = 16;
const LONGEST = 128;

/**
 * @param {Storage | null} storage Null, or one that refuses, keeps the id for this visit only.
 * @returns {string} The one that was kept, or a new one of random digits.
 */
export function visitorOf(storage) {
  const made = [...crypto.getRandomValues(new Uint8Array(BYTES))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  try {
    const kept = storage?.getItem(PLACE);
    if (kept && kept.length <= LONGEST) return kept;
    storage?.setItem(PLACE, made);
  } catch {
    // It lasts for this visit then.
  }
  return made;
}
