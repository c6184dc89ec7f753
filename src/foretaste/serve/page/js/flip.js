// Moves what changes its place from where it was to where it is, so that the eye can follow. Nothing moves for who wants it still.

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE_MS = 520;
const GLOW_MS = 1900;
const EASING = "cubic-bezier(.22, .8, .26, 1)";

/**
 * @param {HTMLElement} list
 * @param {() => void} change What puts the children in their new places.
 */
export function flip(list, change) {
  const before = new Map([...list.children].map((child) => [child, child.getBoundingClientRect().top]));
  change();
  if (CALM.matches || document.hidden) return;
  for (const child of list.children) {
    const old = before.get(child);
    const by = old === undefined ? 0 : old - child.getBoundingClientRect().top;
    if (old === undefined && before.size) fade(child);
    else if (Math.abs(by) > 1) {
      child.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], {
        duration: MOVE_MS,
        easing: EASING,
      });
    }
  }
}

function fade(child) {
  const frames = [
    { opacity: 0, transform: "translateY(14px)" },
    { opacity: 1, transform: "none" },
  ];
  child.animate(frames, { duration: MOVE_MS, easing: EASING });
}

/**
 * Let something light up for a moment, so that the eye finds what changed.
 * @param {HTMLElement} element
 * @param {"up" | "down" | "new"} way What happened to it.
 */
export function glow(element, way) {
  if (CALM.matches || document.hidden) return;
  const edge = way === "down" ? "transparent" : `var(--${way === "up" ? "plus" : "accent"})`;
  const lit = { backgroundColor: `var(--glow-${way})`, boxShadow: `inset 3px 0 0 ${edge}` };
  element.animate([lit, { ...lit, offset: 0.45 }, { boxShadow: "inset 3px 0 0 transparent" }], {
    duration: GLOW_MS,
    easing: "ease-out",
  });
}

/**
 * Put elements in order, touching only those that are not in their place: an element that stays keeps its focus.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} wanted
 */
export function arrange(list, wanted) {
  const keep = new Set(wanted);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
}
