// Why a film is in the list: what each rating did to its prediction, as a sentence and as bars to both sides.

import { h } from "./dom.js";
import { fractionOf, said } from "./stars.js";
import { effectInWords, signed, spokenTitle } from "./words.js";

const NOTHING = 0.005;
/** A rating is named at the head where it does at least so much: in stars, or as a share of what the list is sorted by. */
const MUCH = 0.1;
const SHARE = 0.05;
const LIKED = 0.6;
const DISLIKED = 0.45;

/**
 * @typedef {{item: number | string, title: string, rating: number, effect: number}} Reason
 */

/**
 * The rating that speaks most for a film, in a sentence; one that somebody liked goes before one that they did not.
 * @param {{because: Reason[] | null, score: number}} said A line of the list.
 * @param {Record<string, any>} model
 * @returns {HTMLElement | null} Nothing where no rating was given or the model cannot say.
 */
export function headReason({ because, score }, model) {
  if (!because) return null;
  const least = inStars(model) ? MUCH : SHARE * Math.abs(score);
  const strong = because.filter((one) => one.effect >= least);
  const [first] = strong.filter((one) => feeling(one, model) === "liked").concat(strong);
  if (!first) return h("p", { class: "because" }, "liked by most who know it");
  return h(
    "p",
    { class: "because", title: effectInWords(first, inStars(model)) },
    `because you ${feeling(first, model)} `,
    h("b", {}, titleOf(first)),
    ...(inStars(model) ? [" ", amount(first.effect)] : []),
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
          title: effectInWords(one, inStars(model)),
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

/** @returns {boolean} Whether effects are in stars: those on a pair are in what its first model sorts by. */
export const inStars = (model) => model.task === "rating" && model.model !== "two_heads";

/** @returns {string} What somebody thought of a film, by where their rating stands on the scale. */
function feeling(reason, model) {
  const at = fractionOf(reason.rating, model.scale);
  if (at >= LIKED) return "liked";
  return at <= DISLIKED ? "did not like" : "rated";
}

const titleOf = (reason) => spokenTitle(reason.title);
