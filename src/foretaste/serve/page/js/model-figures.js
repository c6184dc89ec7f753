// What a model's record says, put in order: rows of a comparison, groups it is weak on, how wide its intervals are. No DOM here.

import { worded } from "./things.js";
import { count } from "./words.js";

/**
 * @typedef {{label: string, at: number, low: number | null, high: number | null, own: boolean}} Figure
 * @typedef {{label: string, by: string, value: number, difference: number, low: number, high: number, people: number}} Group
 */

const MOST_GROUPS = 6;

/**
 * @param {Record<string, any>} model From /v1/model.
 * @param {string} metric
 * @returns {Figure[]} The model and those it was compared with, as the comparison has them; at least the model itself.
 */
export function compared(model, metric) {
  const label = model.test?.model ?? model.label;
  const rows = model.comparison ?? [];
  const all = rows.some((row) => row.model === label) ? rows : [...rows, { ...model.test, model: label }];
  return all
    .filter((row) => Number.isFinite(row?.[metric]))
    .map((row) => ({
      label: row.model,
      at: row[metric],
      low: row[`${metric}_low`] ?? null,
      high: row[`${metric}_high`] ?? null,
      own: row.model === label,
    }));
}

/**
 * How good a model is, in a sentence that needs no statistics.
 * @param {Record<string, any>} model
 * @returns {string} Nothing where it was not measured.
 */
export function plainly(model) {
  const { test } = model;
  const rates = Number.isFinite(test?.rmse);
  if (!rates && !Number.isFinite(test?.["recall@20"])) return "";
  const said = Number.isFinite(test.mae)
    ? `It misses by ${test.mae.toFixed(1)} ${model.scale[1] <= 10 ? "stars" : "points"} on average`
    : rates
      ? "It predicts ratings"
      : `Of ten {many} that people like and it is not told of, it finds ${shownTenths(test["recall@20"])} in a list of 20`;
  const rivals = compared(model, rates ? "rmse" : "ndcg@20").filter((figure) => !figure.own);
  if (!rivals.length) return worded(`${said}. It was compared with nothing.`);
  const best = rivals.toSorted((one, other) => (rates ? one.at - other.at : other.at - one.at))[0];
  return worded(`${said}; ${ranked(model.verdict ?? "", best.label)}.`);
}

/** @returns {string} What a verdict comes to, next to the best of the others. */
function ranked(verdict, best) {
  if (/\b(loses|worse)\b/.test(verdict)) return `${best} does better`;
  if (/\bwins\b/.test(verdict)) return `the best of the others, ${best}, does worse`;
  if (/\b(ties|level|no better)\b/.test(verdict)) return `${best} does about as well`;
  return `whether ${best} does better is open`;
}

const shownTenths = (share) => (10 * share < 1 ? "fewer than one" : String(Math.round(10 * share)));

/**
 * @param {Figure[]} figures
 * @returns {[number, number]} From and to where they are drawn, with a little room.
 */
export function span(figures) {
  const ends = figures.flatMap(({ at, low, high }) => [at, low ?? at, high ?? at]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

/**
 * @param {Record<string, any>} model
 * @returns {{worse: Group[], unsure: Group[], against: string | null}} Groups on which it is worse than the baseline, the
 *   worst first; and those where its mean is worse but the interval does not say so.
 */
export function weak(model) {
  const slices = (model.slices ?? []).filter((slice) => slice.metric === "rmse" && slice.by !== "rating");
  const groups = slices
    .flatMap((slice) =>
      slice.bins
        .filter((bin) => Number.isFinite(bin.difference))
        .map((bin) => {
          const { value, difference, difference_low: low, difference_high: high, people } = bin;
          return { label: named(slice, bin), by: slice.by, value, difference, low, high, people };
        }),
    )
    .toSorted((one, other) => other.difference - one.difference);
  return {
    worse: groups.filter((group) => group.low > 0).slice(0, MOST_GROUPS),
    unsure: groups.filter((group) => group.difference > 0 && !(group.low > 0)).slice(0, MOST_GROUPS),
    against: slices.find((slice) => slice.against)?.against ?? null,
  };
}

function named(slice, bin) {
  if (slice.by === "given") return `people with ${bin.label} ratings`;
  if (slice.by === "popularity")
    return /^[\d,]/.test(bin.label) ? worded(`{many} with ${bin.label} ratings`) : bin.label;
  return String(bin.label);
}

/**
 * @param {Record<string, any>} model
 * @returns {{level: number, coverage: number, low: number, high: number, width: number}[]} What intervals held when tried.
 */
export function coverage(model) {
  return (model.calibration ?? []).filter((one) => Number.isFinite(one.coverage));
}

/**
 * @param {Record<string, any>} model
 * @returns {[string, string][]} Where it comes from: pairs of a name and what is known.
 */
export function origin(model) {
  const { data, split, test, recipe } = model;
  const facts = [
    ["Name", model.name],
    [
      "Kind",
      !model.model || model.model === model.label || !model.label
        ? (model.model ?? null)
        : `${model.label} (${model.model})`,
    ],
    ["Version", model.version],
    ["Made", model.made ?? null],
    [
      "Data",
      data
        ? [
            data.source,
            data.users && count(data.users, "person", "people"),
            data.ratings && count(data.ratings, "rating"),
          ]
            .filter(Boolean)
            .join(", ")
        : null,
    ],
    ["Ratings from", data?.dates?.length === 2 ? data.dates.join(" to ") : null],
    [worded("{Many}"), model.items?.toLocaleString("en")],
    ["Scale", model.scale?.[0] === model.scale?.[1] ? "likes only" : model.scale.join(" to ")],
    [
      "Split",
      split?.kind
        ? `${split.kind}${split.test_users ? `, judged on ${count(split.test_users, "person", "people")} it never saw` : ""}`
        : null,
    ],
    [
      "Training",
      test?.fit_s
        ? `${test.fit_s.toFixed(test.fit_s < 10 ? 1 : 0)} s, ${model.stopped ?? "finished"}`
        : (model.stopped ?? null),
    ],
    ["Seed", recipe?.seed ?? null],
    [
      "Made with",
      model.versions
        ? Object.entries(model.versions)
            .map((pair) => pair.join(" "))
            .join(", ")
        : null,
    ],
  ];
  return facts
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [name, String(value)]);
}
