// Why a film is in the list: what each rating did to its prediction, as a sentence and as bars to both sides.

import { h } from "./dom.js";
import { said } from "./stars.js";
import { effectInWords, signed, spokenTitle } from "./words.js";

const NOTHING = 0.005;

/**
 * @typedef {{item: number | string, title: string, rating: number, effect: number}} Reason
 */

/**
 * @param {Reason[] | null} because Largest first.
 * @param {Record<string, any>} model
 * @returns {HTMLElement | null} One line: the strongest rating.
 */
export function headReason(because, model) {
  const felt = (because ?? []).filter((one) => Math.abs(one.effect) >= NOTHING);
  const [first] = felt.filter((one) => one.effect > 0).concat(felt);
  if (!first) return null;
  const verb = first.effect > 0 ? "because you rated" : "although you rated";
  return h(
    "p",
    { class: "because", title: effectInWords(first, model.task === "rating") },
    `${verb} `,
    h("b", {}, titleOf(first)),
    ` ${stars(first, model)} `,
    amount(first.effect),
  );
}

/**
 * @param {Reason[]} because
 * @param {Record<string, any>} model
 * @returns {HTMLElement} A table of all of them, with bars.
 */
export function allReasons(because, model) {
  const most = Math.max(...because.map((one) => Math.abs(one.effect)), NOTHING);
  return h(
    "ul",
    { class: "reasons" },
    ...because.map((one) =>
      h(
        "li",
        {
          title: effectInWords(one, model.task === "rating"),
          css: { "--size": (Math.abs(one.effect) / most).toFixed(3) },
        },
        h("span", { class: "reason-title" }, titleOf(one), h("span", { class: "meta" }, ` ${stars(one, model)}`)),
        h("span", { class: `bar ${one.effect < 0 ? "minus" : "plus"}`, "aria-hidden": "true" }, h("i", {})),
        amount(one.effect),
      ),
    ),
  );
}

const amount = (effect) => h("span", { class: `amount ${effect < 0 ? "minus" : "plus"}` }, signed(effect));
const stars = (reason, model) =>
  model.scale[0] === model.scale[1] ? "" : said(reason.rating, model).replace(/ of .*/, "★");
const titleOf = (reason) => spokenTitle(reason.title);
