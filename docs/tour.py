# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A talk, told again with foretaste
#
# A conference talk, "Autorec as recommendation engine", showed how an autoencoder can recommend films, with a notebook beside
# it. This is that notebook's story in its own order, run with foretaste. Its idea was right and still is: a person is a row
# of ratings, and a network that completes rows recommends.
#
# You need to know Python. You need not know recommenders. There are three parts:
#
# 1. **The talk**: data, split, masked loss, a simple and a deep autoencoder, hidden ratings, latent factors.
# 2. **Reality check**: the six numbers that the talk printed, one by one, and what each of them measures.
# 3. **What it could not show**: who wins and by how much, new people, how sure, why this film, and films for you.
#
# Every number below comes from the cells that you see. A line that begins with `assert` stops the notebook if what the text
# says is not so. Text and code are edited in `docs/tour.py`; `make tour` runs them and writes `docs/tour.ipynb`.

# %%
import numpy as np
from IPython.display import Markdown, display

import foretaste as ft
from foretaste.arrays import row_of
from foretaste.data.movielens import find_dataset
from foretaste.details import curves_of
from foretaste.fitting import fit_entry
from foretaste.recipe import SplitParams
from foretaste.report.calibration import calibration_section
from foretaste.report.differences import differences_section
from foretaste.report.slices import newcomers_section
from foretaste.report.training import curves_section
from foretaste.source import Source

SEED = 333  # the talk's


def table(head, *rows):
    """Show rows as a table."""
    columns = zip(*rows, strict=True)
    numbers = [all(str(cell)[:1] in "+-0123456789" for cell in column) for column in columns]
    lines = [head, ["---:" if number else "---" for number in numbers], *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


def chart(section, first=0, last=None):
    """Show charts of a report; point at a mark to read its value."""
    for figure in section.figures[first:last]:
        picture = f'<figure style="background:#fff; max-width:870px; margin:0">{figure.wide}</figure>'
        display({"text/html": picture, "text/plain": figure.label}, raw=True)


def say(*sentences):
    """Show sentences whose numbers come from the cell."""
    display(Markdown("\n\n".join(sentences)))


# %% [markdown]
# # 1. The talk
#
# ## Data
#
# The talk used MovieLens 20M and kept its 60,000 most active people. Here the small MovieLens set is read where it is there.
# Where it is not, a synthetic world of the same size takes its place, and everything below works with it as well. There are a
# hundred times fewer people than in the talk. So all numbers here are less certain, and intervals say how much.

# %%
REAL = find_dataset("ml-latest-small") is not None
if REAL:
    source = ft.load("ml-latest-small")
else:
    world = ft.make_world(610, 9724, 100_836)
    source = Source(world.ratings, world.catalog, name="synthetic world")
print(source.ratings)

# %% [markdown]
# ## People are divided, not ratings
#
# Some people train the model, some choose its settings, some judge it. Nobody is in two groups, so everybody who is judged is
# somebody that training never saw. The talk did this well: 10 % for the test, 20 % of the rest for validation. Then it hid
# 2,000 ratings of the test people. A hidden rating is one that we know and the model does not.
#
# The talk gave people new numbers in each group, counted from 0. Keep this in mind: it matters later. Here rows are named by
# `user_ids`, and a model never asks for a number.

# %%
split = ft.split_new_users(
    source.ratings, source.catalog, test=0.1, valid=0.2, rule=ft.Hide.parse("total:2000"), seed=SEED
)
train, test = split.train, split.test
sides = {
    "train": (np.count_nonzero(np.diff(train.indptr)), train.nnz, 0),
    "validation": (len(split.valid.user_ids), split.valid.seen.nnz, split.valid.hidden.nnz),
    "test": (len(test.user_ids), test.seen.nnz, test.hidden.nnz),
}
table(
    ["group", "people", "ratings shown", "ratings hidden"],
    *[[side, *(f"{n:,}" for n in counts)] for side, counts in sides.items()],
)

assert not set(split.valid.user_ids) & set(test.user_ids)  # nobody is on two sides
assert test.n_common() == 0  # nothing is both shown and hidden

# %% [markdown]
# ## Most of the matrix is empty
#
# People are rows, films are columns. Almost every cell is empty. A sparse matrix stores only the ratings and where they are.


# %%
def sizes(people, items, ratings):
    """Return megabytes of a dense and a sparse matrix, and the share of cells that hold a rating."""
    dense = 4 * people * items  # bytes of float32
    sparse = (4 + 4) * ratings + 4 * people  # value and column of each rating, and where each row begins
    return f"{dense / 1e6:,.0f} MB", f"{sparse / 1e6:,.1f} MB", f"{100 * ratings / (people * items):.2f} %"


all_ratings = source.ratings
table(
    ["matrix", "dense", "sparse", "filled"],
    ["these data", *sizes(all_ratings.n_users, len(source.catalog), len(all_ratings))],
    ["the talk's, all groups", *sizes(60_000, 26_672, 12_054_920 + 3_015_043 + 1_644_837)],
)

# %% [markdown]
# ## Masked loss, and why
#
# An empty cell means "not rated". It does not mean "0 stars". If empty cells count as zeros, the loss rewards a model that
# predicts nothing. The talk saw this, and counted only the cells that hold a rating. That is the masked loss.
#
# Two models without any learning show the difference. One predicts 0 everywhere. The other predicts the mean rating
# everywhere.

# %%
mean = float(train.data.mean())
cells = train.shape[0] * train.shape[1]
whole_loss = {c: ((train.data - c) ** 2).sum() / cells + c**2 * (1 - train.nnz / cells) for c in (0.0, mean)}
masked_loss = {c: float(((train.data - c) ** 2).mean()) for c in (0.0, mean)}
table(
    ["squared error", "over all cells", "over rated cells (masked)"],
    *[[f"predict {c:.2f} everywhere", f"{whole_loss[c]:.2f}", f"{masked_loss[c]:.2f}"] for c in (0.0, mean)],
)

assert whole_loss[0.0] < whole_loss[mean]  # over all cells, predicting nothing looks best
assert masked_loss[mean] < masked_loss[0.0]  # over rated cells, it is by far the worst

# %% [markdown]
# ## A simple autoencoder
#
# The network reads a row of ratings, squeezes it through 1,500 units, and writes a whole row of predictions. It is trained to
# give back the ratings that it read. These are the talk's layers: relu, dropout 0.2, ten passes over the people.
#
# What surrounds them is ours. Ratings are centred first, so that the network learns what a film's and a person's averages do
# not say. Weights decay in place of the talk's penalties, and Adam's rate follows a schedule. The best pass by validation is
# kept. Batches are smaller, as there are so few people: with the talk's 128 a pass would be three or four steps.

# %%
NETWORK = {"activation": "relu", "dropout": 0.2, "noise": 0.0, "mask_input": False, "l2": 0.005}
SIMPLE = ft.Entry("autorec", NETWORK | {"widths": [1500], "epochs": 10}, label="simple 1500")
simple = fit_entry(SIMPLE, split, seed=SEED, refit=False)

# %% [markdown]
# ## How training went
#
# On the left is the loss on the ratings that the network trains on. On the right is the error on hidden ratings of validation
# people. Point at a mark to read its value. The ring is the pass that is kept.

# %%
chart(curves_section({"curves": curves_of([simple])}))

# %% [markdown]
# ## To give back is not to predict
#
# The talk then showed the network all ratings of the test people, and measured how well it gave the same ratings back. That
# is *reconstruction*. A recommender needs *prediction*: ratings that it was not shown.
#
# So the same 2,000 ratings are asked twice: once when the network has read them, once when they are hidden.

# %%
scale = split.scale
results = {simple.label: ft.evaluate(simple.model, test, scale=scale, seed=SEED).summary()}
shown, hidden = results["simple 1500"]["reconstruction_rmse"], results["simple 1500"]["rmse"]
table(
    ["the same 2,000 ratings", "RMSE, in stars"],
    ["shown, and asked back (reconstruction)", f"{shown:.4f}"],
    ["hidden (prediction)", f"{hidden:.4f}"],
)

assert hidden > shown

# %% [markdown]
# RMSE is the root of the mean squared error, so it is in stars. Reconstruction looks better. It nearly always does, and it
# can be made as good as one likes: a network that copies its input has an error of 0 and recommends nothing. Only the second
# line counts.
#
# ## A deep autoencoder
#
# The talk's second network has three layers: 1,500, 500 and 1,500 units. It made five passes.

# %%
DEEP = ft.Entry("autorec", NETWORK | {"widths": [1500, 500, 1500], "epochs": 5}, label="deep 1500-500-1500")
deep = fit_entry(DEEP, split, seed=SEED, refit=False)
chart(curves_section({"curves": curves_of([deep])}))

# %% [markdown]
# ## Hidden ratings
#
# This was the talk's best idea: hide some ratings of people who are new to the network, and see how near it comes. One thing
# was missing: something to compare with. Two models need no network at all. `mean` always says the mean rating. `bias` adds
# how generous the person is and how well liked the film is.
#
# The interval says where the RMSE may well lie if other people of the same kind had been asked. It comes from drawing the
# test people again and again (a bootstrap).


# %%
def judged(fitted):
    """Measure a model on the hidden ratings of the test people, once."""
    results[fitted.label] = ft.evaluate(fitted.model, test, scale=scale, seed=SEED).summary()


def standing():
    """Show what was measured so far."""
    rows = [
        [
            name,
            f"{r['rmse']:.4f}",
            f"{r['rmse_low']:.3f} to {r['rmse_high']:.3f}",
            f"{r['mae']:.4f}",
            f"{100 * r['mape']:.1f} %",
        ]
        for name, r in sorted(results.items(), key=lambda one: -one[1]["rmse"])
    ]
    table(["model", "RMSE", "95 %", "MAE", "MAPE"], *rows)


baselines = {name: fit_entry(ft.Entry(name), split, seed=SEED, refit=False) for name in ("mean", "bias")}
for fitted in (*baselines.values(), deep):
    judged(fitted)
standing()

assert all(results[name]["rmse"] < results["mean"]["rmse"] for name in ("simple 1500", "deep 1500-500-1500", "bias"))
assert results["bias"]["rmse_low"] < results["simple 1500"]["rmse"] < results["bias"]["rmse_high"]

# %% [markdown]
# The intervals are wide, and those of `bias` and of the networks lie over each other. With so few people, such a table cannot
# put these models in order. Part 3 asks everybody, and compares the models on the same people.
#
# ## Latent factors
#
# The talk's last model gives each person and each film a few numbers, 15 of them. A rating is their product and two averages.
# A new person has no such numbers. foretaste works them out from the ratings that the person shows, by one small equation,
# while everything about the films stays as it is.

# %%
FACTORS = ft.Entry("biased_mf", {"latent": 15}, label="latent factors 15")
factors = fit_entry(FACTORS, split, seed=SEED, refit=False)
judged(factors)
standing()

assert results["latent factors 15"]["rmse"] == min(r["rmse"] for r in results.values())

# %% [markdown]
# # 2. Reality check
#
# The talk printed six numbers. All six are right as computed. The question is what each of them measures. Each one is
# computed again here, in the same way, with our models and our data. The values differ because the data do. The reasons do
# not.
#
# ## 0.8848: the error of the simple autoencoder?
#
# It is the masked squared error on the test people. Its root is 0.94, in stars. But all their ratings were shown, and the
# same ratings were asked.

# %%
everything, rows = test.whole(), row_of(test.whole())
rebuilt = simple.model.predict(everything, rows, everything.indices)
squared = {
    "the network, all ratings shown and asked back": float(((rebuilt - everything.data) ** 2).mean()),
    "a machine that copies what it is shown": 0.0,
    "the network, hidden ratings": results["simple 1500"]["rmse"] ** 2,
    "`bias`, hidden ratings": results["bias"]["rmse"] ** 2,
}
table(["masked squared error", "ours"], *[[name, f"{value:.4f}"] for name, value in squared.items()])

assert squared["the network, all ratings shown and asked back"] < squared["the network, hidden ratings"]

# %% [markdown]
# The first line is the talk's measure. The second line shows what is wrong with it: it is won by a machine that knows
# nothing.
#
# ## 0.3325: a percentage error of 33 %?
#
# The function is Keras' `MeanAbsolutePercentageError`. It is already in per cent, so it printed 0.33 per cent. And it takes
# the mean over *all* cells of the matrix. In an empty cell both numbers are 0, and the error there is 0 divided by a tiny
# number: 0. About 99 % of the cells are empty. Divide by the share of rated cells to get the error on ratings.

# %%
density = 1_644_837 / (6_000 * 26_672)  # the talk's test matrix, by its own printout
talk_mape = 0.33245188 / density
y = everything.toarray()
guess = simple.model.score(everything) * (y != 0)
keras = float(100 * (np.abs(y - guess) / np.maximum(np.abs(y), 1e-7)).mean())
ours_density = everything.nnz / y.size
rated = float(100 * (np.abs(rebuilt - everything.data) / everything.data).mean())
table(
    ["percentage error", "the talk", "ours"],
    ["printed: mean over all cells", "0.3325 %", f"{keras:.4f} %"],
    ["share of cells that are rated", f"{100 * density:.4f} %", f"{100 * ours_density:.4f} %"],
    ["one divided by the other", f"{talk_mape:.1f} %", f"{keras / ours_density:.1f} %"],
    ["mean over rated cells, computed directly", "", f"{rated:.1f} %"],
)

assert abs(talk_mape - 32.3) < 0.1
assert abs(keras / ours_density - rated) < 0.01 * rated

# %% [markdown]
# So 0.3325 looks like 33 % by chance. The error was 32.3 % on rated cells, and these were shown, as above. Had the test
# matrix been half as full, the same network would have printed about half of it.
#
# ## 65.16: is the deep network so much worse?
#
# The printed line was 65.16, 0.8750, 0.3292. The second number is the masked squared error. The first is that plus penalties:
# Keras adds, for each layer, a price for large activations and for large output weights. `l1_l2(0.0001)` sets only the first
# of its two prices; the second stays at its default, 0.01. What is left, 64.29, is the price. It says nothing about ratings.
#
# To see it, take our deep network. Multiply what its last layer says by 3, and divide what the output makes of it by 3. The
# predictions stay the same. The "loss" does not. (We take two of the prices: of the last hidden layer, and of the output
# weights.)


# %%
def price(values):
    """Return the penalty of `l1_l2(0.0001)`: 0.0001 for each unit of size, and 0.01 for each of its square."""
    return float(0.0001 * np.abs(values).sum() + 0.01 * (values.astype(np.float64) ** 2).sum())


def penalties(model):
    """Return the price of the last layer's activations, as a mean over people, and that of the output weights."""
    code, _ = model.encode(everything)
    return price(code) / len(code), price(model.arrays()["decoder"])


arrays = deep.model.arrays()
change = {"inner2": 3, "inner2_bias": 3, "decoder": 1 / 3}
turned = ft.AutoRec.from_arrays(
    deep.model.params, {name: (a * np.float32(change.get(name, 1))).astype(a.dtype) for name, a in arrays.items()}
)
loss_rows = []
for model in (deep.model, turned):
    error = float(((model.predict(everything, rows, everything.indices) - everything.data) ** 2).mean())
    activity, weights = penalties(model)
    loss_rows.append([error, activity, weights, error + activity + weights])
table(
    ["network", "error on ratings", "price of activations", "price of output weights", "sum"],
    *[
        [name, *[f"{v:.3f}" for v in row]]
        for name, row in zip(("our deep network", "turned by 3"), loss_rows, strict=True)
    ],
)

assert abs(loss_rows[0][0] - loss_rows[1][0]) < 1e-3  # the same predictions
assert abs(loss_rows[0][3] - loss_rows[1][3]) > 0.1  # another loss

# %% [markdown]
# The size of our penalties cannot be compared with the talk's, since our network works on centred ratings. Compare 0.8750
# with 0.8848, if anything: at giving back ratings, the talk's deep network was slightly better than its simple one.
#
# ## 9.66: the error with hidden ratings?
#
# Here the network read the test people with 2,000 ratings hidden, and wrote whole rows. Then the squared error was taken over
# the whole matrix. Empty cells counted as 0 stars. So a network that says 3 stars for a film that nobody rated is told that
# it is off by 3.

# %%
seen = test.seen.toarray()
scores = np.clip(deep.model.score(test.seen), 0, 5)
whole = {
    "our deep network": float(((seen - scores) ** 2).mean()),
    "always the mean rating": float(((seen - mean) ** 2).mean()),
    "always 0 stars": float((seen**2).mean()),
}
table(["squared error, empty cells count as 0", "ours"], *[[name, f"{value:.2f}"] for name, value in whole.items()])
talk_stars, our_stars = np.sqrt(9.66246), np.sqrt(float((scores**2).mean()))
table(
    ["distance from 0 stars", "stars"],
    ["the talk: root of 9.66", f"{talk_stars:.2f}"],
    ["ours: root mean square of all predictions", f"{our_stars:.2f}"],
)

assert whole["always 0 stars"] < whole["our deep network"]  # to predict nothing is best
assert abs(np.sqrt(whole["our deep network"]) - our_stars) < 0.2  # it is the distance of predictions from 0

# %% [markdown]
# The number tells how far predictions are from 0 stars, which is what the masked loss was made to avoid.
#
# ## 0.3124: the honest one
#
# This is the mean percentage error (MAPE) on the 2,000 hidden ratings. It is what should be measured: hidden ratings, new
# people. Three things are missing: an interval, a model to compare with, and a word on MAPE itself.
#
# MAPE divides by the rating. Saying 3 for a film of 1 star costs 200 %. Saying 3 for a film of 5 stars costs 40 %. So it pays
# to predict low. The constant that is best for MAPE is below the mean rating, and worse in stars.

# %%
grid = np.arange(scale[0], scale[1] + 0.01, 0.05)
by_constant = [(np.abs(train.data - c) / train.data).mean() for c in grid]  # of training ratings alone
lowest = float(grid[np.argmin(by_constant)])
r = test.hidden.data
bias_says = baselines["bias"].model.predict(test.seen, row_of(test.hidden), test.hidden.indices)
guesses = {
    f"always {mean:.2f}, the mean of training": np.full_like(r, mean),
    f"always {lowest:.2f}, the best constant for MAPE": np.full_like(r, lowest),
    "`bias`": bias_says,
    "`bias`, every prediction 5 % lower": 0.95 * bias_says,
}
errors = {
    name: (float((np.abs(r - p) / r).mean()), float(np.sqrt(((r - p) ** 2).mean()))) for name, p in guesses.items()
}
d = results["deep 1500-500-1500"]
table(
    ["on the hidden ratings", "MAPE", "95 %", "RMSE"],
    *[[name, f"{100 * m:.1f} %", "", f"{s:.4f}"] for name, (m, s) in errors.items()],
    [
        "deep network",
        f"{100 * d['mape']:.1f} %",
        f"{100 * d['mape_low']:.1f} to {100 * d['mape_high']:.1f} %",
        f"{d['rmse']:.4f}",
    ],
)
at_mean, at_lowest, biased, lowered = errors.values()

assert lowest < mean
assert at_lowest[0] < at_mean[0]
assert at_lowest[1] > at_mean[1]  # a better MAPE, a worse RMSE
assert lowered[0] < biased[0]

# %% [markdown]
# Lowering every prediction by 5 % lowers MAPE without any new knowledge about anybody. Read MAPE beside RMSE or MAE, never
# alone. And without a line such as `bias` beside it, nobody can say whether 31 % is much or little. The interval is wide
# here, as few people were asked, and a single person who rates low moves a MAPE far. The talk had a hundred times as many
# people.
#
# ## 0.6130: are latent factors twice as bad?
#
# Three things happened before this number.
#
# 1. Test people had been renumbered from 0. The model has a row of numbers for each of the 60,000 people. Test person 0 was
#    given row 0, which is another person's. (Their own rows were never trained, as they were not in training.)
# 2. Each rating was compared with `yhat_mf[uidx]`, the prediction at the place of the *person's* number, where the place of
#    the *rating* was meant. So all ratings of a person were compared with one prediction, made for somebody else and another
#    film.
# 3. The printed log of its training ends in its first pass, at a loss of 9.0. Such a model still says little more than 0.
#
# The first two are repeated here. For the third, take the constant that has a squared error of 9.0.

# %%
asked, films = row_of(test.hidden), test.hidden.indices
own = factors.model.predict(test.seen, asked, films)
others = factors.model.predict(train[: test.seen.shape[0]], asked, films)
begun = mean - np.sqrt(9.0017 - masked_loss[mean])
mixed = {
    "each person's own ratings": own,
    "1. rows by number: training person 0 for test person 0, and so on": others,
    "2. own ratings, but the prediction at the place of the person's number": own[asked],
    f"3. always {begun:.2f} stars": np.full_like(r, begun),
}
mixed_errors = {
    name: (float((np.abs(r - p) / r).mean()), float(np.sqrt(((r - p) ** 2).mean()))) for name, p in mixed.items()
}
table(["latent factors", "MAPE", "RMSE"], *[[n, f"{100 * m:.1f} %", f"{s:.4f}"] for n, (m, s) in mixed_errors.items()])
rights = list(mixed_errors.values())

assert rights[0] < min(rights[1:])  # of all four, the right question has the best answer
assert max(rights[1][0], rights[2][0]) < 0.6130 < rights[3][0]

# %% [markdown]
# The printed 61.3 % lies between: worse than a trained model that is asked about other people, better than one that has not
# begun. The model was never asked the right question, so nothing follows from this number about latent factors. Asked
# rightly, they are the best model so far on these data.
#
# ## The six numbers in one table

# %%
table(
    ["printed", "read as", "really measures", "ours, the same measure", "ours, hidden ratings"],
    [
        "0.8848", "error of the simple network", "how well it gives back ratings that it was shown",
        f"{squared['the network, all ratings shown and asked back']:.4f}", f"{hidden**2:.4f} (squared error)",
    ],
    [
        "0.3325", "33 % off", "0.33 %, mean over all cells, 99 % of them empty; 32.3 % on ratings that were shown",
        f"{keras:.4f}", f"{100 * results['simple 1500']['mape']:.1f} % (MAPE)",
    ],
    [
        "65.16", "loss of the deep network", "0.8750, and a price for large activations and weights",
        f"{loss_rows[0][3]:.2f}, or {loss_rows[1][3]:.2f}", f"{d['rmse'] ** 2:.4f} (squared error)",
    ],
    [
        "9.66", "error with hidden ratings", "how far predictions are from 0 stars",
        f"{whole['our deep network']:.2f}", f"{d['rmse'] ** 2:.4f} (squared error)",
    ],
    [
        "0.3124", "31 % off on hidden ratings", "just that; no interval, no baseline, and MAPE likes low predictions",
        f"{d['mape']:.4f}", f"{100 * d['mape']:.1f} %; `bias` {100 * results['bias']['mape']:.1f} %",
    ],
    [
        "0.6130", "error of latent factors", "predictions made for other people, by a model that had hardly begun",
        f"{rights[1][0]:.4f} and {rights[2][0]:.4f}; {rights[3][0]:.4f}", f"{100 * rights[0][0]:.1f} % (MAPE)",
    ],
)  # fmt: skip

# %% [markdown]
# # 3. What it could not show
#
# ## Who wins, and by how much
#
# One small test group cannot tell models apart. So the people are divided into three groups, and each group is judged once by
# models that learnt from the others. Now everybody is asked. Six models are compared on the same people: the talk's simple
# network, the baselines, neighbours among films (`item_knn`), latent factors, and foretaste's own autoencoder, a ridge
# regression on both sides of the matrix (`two_sided_ridge`).

# %%
lines = (*map(ft.Entry, ("mean", "bias", "item_knn", "biased_mf")), SIMPLE, ft.Entry("two_sided_ridge"))
recipe = ft.Recipe(
    models=lines, split=SplitParams(kind="new-users", folds=3, seed=SEED), seed=SEED, subject="two_sided_ridge"
)
folds = ft.run(recipe, source, details=True).report()
table(
    ["model", "RMSE", "95 %"],
    *[[m["model"], f"{m['rmse']:.4f}", f"{m['rmse_low']:.3f} to {m['rmse_high']:.3f}"] for m in folds["models"]],
)
say(f"**{folds['verdict']}**")

# %% [markdown]
# The intervals of the best models still lie over each other: some people are hard to predict for every model. But all models
# were asked about the same people, so their *differences* are known much better than their values. That is what the sentence
# rests on. The baselines are the gate: a network that does not pass them is not worth its price.

# %%
chart(differences_section(folds))
floor = folds["significance"]["floor"]
say(f"Differences of less than about {floor:.4f} mean nothing on data of this size.")

by_name = {m["model"]: m["rmse"] for m in folds["models"]}
assert by_name["two_sided_ridge"] < by_name["simple 1500"]
assert by_name["two_sided_ridge"] < by_name["bias"]
ends = {m["model"]: (m["rmse_low"], m["rmse_high"]) for m in folds["models"]}
assert min(ends["item_knn"][0], ends["biased_mf"][0]) < ends["two_sided_ridge"][1]  # intervals lie over each other

# %% [markdown]
# ## New people
#
# A shop asks this first: how good is it for somebody who has just come? Each step below hides the same ratings and shows more
# of the others. At 0 the models know nothing about the person.

# %%
curves = newcomers_section(folds)
chart(curves, 0, 1)
told = folds["newcomers"]["sentences"]
say(*(told[name] for name in ("simple 1500", "biased_mf", "two_sided_ridge")))

start, *_, end = folds["newcomers"]["models"]["two_sided_ridge"]
assert end["value"] < start["value"]  # knowing somebody helps

# %% [markdown]
# ## How sure is a prediction?
#
# "3.9 stars" alone is half an answer. An interval says how far off it may be. It is made from ratings that the model did not
# learn from, so it holds as often as it says, whatever the model. Whether it does is measured on test people.

# %%
recipe = ft.Recipe(
    models=(ft.Entry("bias"), ft.Entry("two_sided_ridge")), split=SplitParams(test=0.2, seed=SEED), seed=SEED
)
experiment = ft.run(recipe, source, details=True)
sure = experiment.report()["calibration"]
table(
    ["promised", "measured", "95 %", "mean width, stars"],
    *[
        [
            f"{100 * v['level']:.0f} %",
            f"{100 * v['coverage']:.1f} %",
            f"{100 * v['low']:.0f} to {100 * v['high']:.0f} %",
            f"{v['width']:.2f}",
        ]
        for v in sure["levels"]
    ],
)
chart(calibration_section(experiment.report()), 0, 1)

widths = [v["width"] for v in sure["levels"]]
assert widths == sorted(widths)  # to be surer, say less
assert all(abs(v["coverage"] - v["level"]) < 0.08 for v in sure["levels"])  # so near may be asked of few people

# %% [markdown]
# The intervals are wide. That is how little ratings tell about another one, and it is better to know. What was measured is
# uncertain too, as only some dozens of people were asked.
#
# ## Why this film?
#
# A bundle is the model with everything needed to use it. Somebody rates three films and gets a list of ten. Take the film in
# it that these ratings lifted most. `explain` leaves each rating out once, and sees what that does to the prediction. It also
# looks for the smallest changes that would push the film off the list. The largest effect need not be the one that does, as a
# rating that is gone moves the other films too.

# %%
bundle = experiment.bundle("two_sided_ridge")
ids = source.catalog.item_ids.tolist()
known = np.argsort(-np.bincount(train.indices, minlength=len(ids)), kind="stable")[:3].tolist()
INVENTED = dict(zip((source.catalog.title(col) for col in known), (4, 5, 1.5), strict=True))  # where titles are made up
taste = {"Toy Story (1995)": 4, "Matrix, The (1999)": 5, "Titanic (1997)": 1.5} if REAL else INVENTED
stars = {ids[source.catalog.find(title)]: rating for title, rating in taste.items()}
listed = [ft.explain(bundle, stars, film.item_id, push=False) for film in bundle.recommend(stars, k=10).items]
why = ft.explain(bundle, stars, max(listed, key=lambda one: one.together).item_id)
say(
    f"Number {why.place} of the list: **{why.title}**, predicted {why.value:.2f} stars. "
    f"For somebody who has rated nothing it would be {why.nobody:.2f}, number {why.nobody_place}."
)
table(
    ["rated", "stars", "adds to the prediction"], *[[e.title, f"{e.rating:g}", f"{e.effect:+.3f}"] for e in why.effects]
)
gone = " and ".join(one.title for one in why.fewest.ratings)
say(
    f"Without {gone} it would be number {why.fewest.place}."
    if gone
    else "Without any of the three it stays on the list.",
    f"With {why.smallest.to:g} stars for {why.smallest.rating.title}, it would be number {why.smallest.place}."
    if why.smallest.rating
    else "No other rating of one of the three pushes it off.",
)

assert why.together > 0

# %% [markdown]
# ## Films for you
#
# Write titles and stars of your own, and run the cell. Part of a title is enough where it is the only one.

# %%
mine = {
    "Toy Story (1995)": 4,
    "Matrix, The (1999)": 5,
    "Titanic (1997)": 1.5,
}
stars = {ids[source.catalog.find(title)]: rating for title, rating in (mine if REAL else INVENTED).items()}
films = bundle.recommend(stars, k=10, level=0.8).items
table(["film", "stars", "80 %"], *[[f.title, f"{f.predicted:.1f}", f"{f.low:.1f} to {f.high:.1f}"] for f in films])

assert len(films) == 10

# %% [markdown]
# You were in no group above. The model had never seen you, and needed no training to answer: a person is a row of ratings.
#
# **What next.** `foretaste train` does all of this for your own table and writes a report with these charts
# ([training](guides/training.md)). What the numbers mean is told in [evaluation](concepts/evaluation.md), what can go wrong
# in [pitfalls](concepts/pitfalls.md). The talk's own size is run by `recipes/talk.toml`
# ([results](guides/training.md#the-talk)).
