// The panel on the model: what it is, how good on people it never saw, against what, on whom it is weak, where it comes from.
// Older bundles know less of themselves; what is not known is left out, and said to be.

import { h, one } from "./dom.js";
import { compared, coverage, origin, plainly, span, weak } from "./model-figures.js";
import { studio } from "./studio.js";
import { worded } from "./things.js";
import { chance, signed } from "./words.js";

const WHAT = {
  autorec: "an autoencoder: it squeezes all your ratings through a narrow layer and reads off what the rest would be",
  mult_vae: "a variational autoencoder that learnt which {many} go together from what people clicked",
  blend: "a blend: several models, weighted by how well each predicts what the others miss",
  ease: "a linear autoencoder: each {one} is predicted from all others, by one closed formula",
  item_knn: "neighbours: {a} is rated as {many} like it were",
  bias: "a baseline: how high you rate, plus how well {a} is liked",
  popularity: "a baseline: what most people rate",
  two_sided_ridge: "a linear model of people and {many} at once",
  two_heads: "a pair: one model arranges the list, another one predicts the stars",
};
const WORD = /\b(wins|loses|ties|level|no better|better|worse)\b/;

export class ModelPanel {
  constructor() {
    this.place = one("#model-parts");
    studio.addEventListener("model", () => this.show());
  }

  show() {
    const { model } = studio;
    if (!model) return;
    const parts = [lead(model), accuracy(model), lists(model), weakness(model), intervals(model), facts(model)];
    this.place.replaceChildren(...parts.filter(Boolean));
  }
}

function lead(model) {
  const word = WORD.exec(model.verdict ?? "")?.[0];
  const plain = plainly(model);
  return h(
    "div",
    { class: "verdict", "data-word": word ?? null },
    plain ? h("p", { class: "plain" }, plain) : null,
    h(
      "p",
      { class: "kind" },
      h("b", {}, model.label ?? model.model),
      WHAT[model.model] ? ` is ${worded(WHAT[model.model])}.` : ` answers here: a model of kind ${model.model}.`,
    ),
    model.verdict
      ? h("blockquote", {}, h("p", {}, model.verdict), h("footer", {}, "Its verdict, as it was measured"))
      : h("p", { class: "meta" }, "This bundle holds no verdict: it was made without a comparison."),
  );
}

function accuracy(model) {
  const { test } = model;
  if (!Number.isFinite(test?.rmse)) return null;
  const figures = compared(model, "rmse").toSorted((one_, other) => one_.at - other.at);
  const between = (name) =>
    Number.isFinite(test[`${name}_low`])
      ? ` (95 %: ${test[`${name}_low`].toFixed(2)} to ${test[`${name}_high`].toFixed(2)})`
      : "";
  return part(
    "How far off its stars are",
    Number.isFinite(test.mae)
      ? h(
          "p",
          {},
          `On ratings that were hidden from it, it missed by ${test.mae.toFixed(2)} stars on average${between("mae")}.`,
        )
      : null,
    Number.isFinite(test.within_half_star)
      ? h("p", {}, `${Math.round(100 * test.within_half_star)} in 100 were met to half a star.`)
      : null,
    chart(figures, "RMSE, the size of a typical miss: further left is better", (value) => value.toFixed(3)),
    figures.length < 2 ? h("p", { class: "meta" }, "What it was compared with is not in this bundle.") : null,
  );
}

function lists(model) {
  const metric = ["ndcg@20", "ndcg@100", "recall@20"].find((name) => Number.isFinite(model.test?.[name]));
  if (!metric) return null;
  const figures = compared(model, metric).toSorted((one_, other) => other.at - one_.at);
  return part(
    "How good its lists are",
    h("p", {}, worded("A list is good where {many} that people liked, and that it was not told of, stand high in it.")),
    chart(figures, `${metric.replace("ndcg", "NDCG")}: further right is better`, (value) => value.toFixed(3)),
  );
}

function chart(figures, caption, words) {
  const [low, high] = span(figures);
  const at = (value) => `${((100 * (value - low)) / (high - low)).toFixed(2)}%`;
  return h(
    "figure",
    { class: "figures" },
    h("figcaption", {}, caption),
    h(
      "ul",
      {},
      ...figures.map((figure) => {
        const css = { "--at": at(figure.at) };
        if (figure.low !== null) Object.assign(css, { "--low": at(figure.low), "--high": at(figure.high) });
        const between = figure.low === null ? "" : `, 95 %: ${words(figure.low)} to ${words(figure.high)}`;
        return h(
          "li",
          { class: figure.own ? "own" : null, css, title: `${figure.label}: ${words(figure.at)}${between}` },
          h("span", { class: "figure-label" }, figure.label),
          h("span", { class: "track", "aria-hidden": "true" }, figure.low === null ? null : h("b", {}), h("em", {})),
          h("span", { class: "number" }, words(figure.at)),
          h("span", { class: "unseen" }, between),
        );
      }),
    ),
  );
}

function weakness(model) {
  const { worse, unsure, against } = weak(model);
  if (!model.slices?.length) return part("On whom it is weak", h("p", { class: "meta" }, "This bundle does not say."));
  const list = (groups) =>
    h(
      "ul",
      { class: "groups" },
      ...groups.map((group) =>
        h(
          "li",
          {},
          h("b", {}, group.label),
          ` ${signed(group.difference)} stars, 95 %: ${signed(group.low)} to ${signed(group.high)}`,
        ),
      ),
    );
  return part(
    "On whom it is weak",
    worse.length
      ? h(
          "p",
          {},
          `Here ${against ?? "the baseline"}, which knows no taste, misses by less, beyond what chance would do:`,
        )
      : h(
          "p",
          {},
          `Of the groups that were looked at, there is none for which ${against ?? "the baseline"}, which knows no taste, is better for certain.`,
        ),
    worse.length ? list(worse) : null,
    unsure.length
      ? h(
          "details",
          {},
          h("summary", {}, "Where it may be, though chance could do as much"),
          h("p", { class: "meta" }, "Worse on average, but the interval reaches 0."),
          list(unsure),
        )
      : null,
  );
}

function intervals(model) {
  const levels = coverage(model);
  if (!levels.length && !model.interval_levels)
    return part(
      "Its intervals",
      h("p", { class: "meta" }, "It gives none: it was not calibrated, or it predicts no ratings."),
    );
  return part(
    "Do its intervals hold?",
    levels.length
      ? h(
          "ul",
          { class: "groups" },
          ...levels.map((one_) =>
            h(
              "li",
              {},
              h("b", {}, `${chance(one_.level)} promised`),
              ` ${Math.round(100 * one_.coverage)} in 100 held (95 %: ${Math.round(100 * one_.low)} to ${Math.round(100 * one_.high)}), ${one_.width.toFixed(1)} stars wide on average`,
            ),
          ),
        )
      : h(
          "p",
          {},
          `It gives intervals at ${model.interval_levels.map((level) => `${Math.round(100 * level)} %`).join(", ")}; how often they hold has not been counted for it yet.`,
        ),
  );
}

function facts(model) {
  return part(
    "Where it comes from",
    h("dl", {}, ...origin(model).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  );
}

const part = (title, ...children) => h("section", { class: "part" }, h("h2", {}, title), ...children);
