// Makes elements. Text goes in as text, never as markup, so whatever a title holds is shown and not run.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [with_] Attributes; `on` is a map of listeners, `css` of custom properties; null is left out.
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {HTMLElement}
 */
export function h(tag, with_ = {}, ...children) {
  return filled(document.createElement(tag), with_, children);
}

/** The same for the elements of drawings. */
export function s(tag, with_ = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), with_, children);
}

function filled(element, with_, children) {
  for (const [name, value] of Object.entries(with_)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [kind, call] of Object.entries(value)) element.addEventListener(kind, call);
    else if (name === "css") for (const [key, own] of Object.entries(value)) element.style.setProperty(key, own);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {HTMLElement}
 */
export const one = (selector, within = document) => within.querySelector(selector);

const ICONS = {
  star: "M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.5l-5.9 3.1 1.2-6.5L2.5 9.5l6.6-.9z",
  close: "M6 6l12 12M18 6L6 18",
  heart: "M12 20.3S3.5 15.2 3.5 9.2A4.7 4.7 0 0 1 12 6.4a4.7 4.7 0 0 1 8.5 2.8c0 6-8.5 11.1-8.5 11.1z",
  hide: "M4 4l16 16M9.9 5.2A9.8 9.8 0 0 1 12 5c5.5 0 9 7 9 7a16 16 0 0 1-2.6 3.4M6.5 6.9C4.2 8.6 3 12 3 12s3.5 7 9 7c1.6 0 3-.5 4.3-1.2M10 10.2a2.8 2.8 0 0 0 3.9 3.9",
  more: "M6 9l6 6 6-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8",
  moon: "M20 14.5A8.3 8.3 0 0 1 9.5 4 8.3 8.3 0 1 0 20 14.5z",
};

/**
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement} Decoration: what it means is said by its button.
 */
export function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" },
    s("path", { d: ICONS[name] }),
  );
}
