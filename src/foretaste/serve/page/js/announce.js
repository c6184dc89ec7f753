// Speaks to whoever reads the page: politely to screen readers, and in a strip at its foot that may offer one thing to do.

import { h, icon, one } from "./dom.js";

const STAYS_MS = 12000;
let timer;

/** @param {string} words Read aloud when the reader pauses; a repetition is read again. */
export function say(words) {
  const place = one("#said");
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = words));
}

/**
 * @param {string} words
 * @param {{label?: string, run?: () => void, stays?: boolean, kind?: "plain" | "trouble"}} [more] A button, and whether it stays.
 */
export function notice(words, { label, run, stays = false, kind = "plain" } = {}) {
  const strip = one("#notice");
  clearTimeout(timer);
  const act = () => {
    hideNotice();
    run?.();
  };
  strip.replaceChildren(
    h("p", {}, words),
    ...(label ? [h("button", { type: "button", class: "button", on: { click: act } }, label)] : []),
    h(
      "button",
      { type: "button", class: "round", "aria-label": "Close this message", on: { click: hideNotice } },
      icon("close"),
    ),
  );
  strip.dataset.kind = kind;
  strip.hidden = false;
  if (!stays) timer = setTimeout(hideNotice, STAYS_MS);
}

/** Take the strip away. */
export function hideNotice() {
  clearTimeout(timer);
  one("#notice").hidden = true;
}
