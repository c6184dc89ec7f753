// Which view is open: the part of the address after #, so that back, forward and bookmarks work.

import { one } from "./dom.js";

const FIRST = "for-you";

/** @param {Record<string, () => void>} views By name, what to do when one opens. */
export function startRouter(views) {
  const open = (moveFocus) => {
    const asked = location.hash.slice(1);
    const name = asked in views ? asked : FIRST;
    for (const each of Object.keys(views)) one(`#view-${each}`).hidden = each !== name;
    for (const link of document.querySelectorAll(".views a")) {
      if (link.hash.slice(1) === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const title = one(`#view-${name} h1`);
    document.title = name === FIRST ? "foretaste: the studio" : `${title.textContent} · foretaste`;
    document.body.dataset.view = name;
    if (moveFocus) {
      scrollTo(0, 0);
      title.focus({ preventScroll: true });
    }
    views[name]();
  };
  addEventListener("hashchange", () => open(true));
  open(false);
  one(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    one("#main").focus();
  });
}
