// Light or dark: as the system has it, until somebody chooses. The choice is applied before the page is drawn (theme-first.js).

import { icon, one } from "./dom.js";

const PLACE = "foretaste.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

/** @param {() => void} changed Called when the page has turned light or dark. */
export function startTheme(changed) {
  const button = one("#theme");
  const show = () => {
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
    changed();
  };
  button.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem(PLACE, chosen);
    } catch {
      // It lasts for this visit then.
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}
