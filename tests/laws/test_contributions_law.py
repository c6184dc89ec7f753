"""What contributions obey where a model has them: they add up to its score; of `additive` ones they are drop-one effects."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.data.synthetic import make_world
from foretaste.models import MODELS
from foretaste.split import split_random

SETTINGS: dict[str, dict[str, object]] = {
    "autorec": {"widths": (8,), "epochs": 2},
    "biased_mf": {"latent": 3, "epochs": 4},
    "blend": {
        "members": ("biased_mf", "ridge"),
        "settings": ("biased_mf.latent=3", "ridge.latent=3", "ridge.epochs=4"),
    },
    "elsa": {"latent": 4, "epochs": 4},
    "ials": {"latent": 5, "epochs": 5},
    "item_knn": {"neighbours": 4, "kept": 20},
    "item_autorec": {"widths": (8,), "epochs": 2},
    "item_ridge": {"latent": 3, "epochs": 4},
    "item_sparse_fc": {"widths": (8,), "epochs": 2},
    "mult_dae": {"widths": (8,), "epochs": 2},
    "mult_vae": {"widths": (8,), "latent": 4, "epochs": 2},
    "rank_blend": {"members": ("ials", "ease"), "settings": ("ials.latent=3", "ials.epochs=3")},
    "rec_vae": {"widths": (8, 8), "latent": 4, "epochs": 2},
    "ridge": {"latent": 3, "epochs": 4, "members": 2},
    "slim": {"kept": 5, "neighbours": 20},
    "cosine_knn": {"neighbours": 5},
    "sparse_fc": {"widths": (8,), "epochs": 2},
    "two_heads": {"ranker": "ease", "rater": "bias"},
    "two_sided_ridge": {"latent": 3, "epochs": 4, "members": 2},
}
SUMS = {
    "bias", "biased_mf", "blend", "cosine_knn", "ease", "edlae", "elsa", "ials", "item_knn", "mean", "popularity", "ridge",
    "slim", "two_heads", "two_sided_ridge",
}  # fmt: skip
"""Models with a closed form."""
WORLD = make_world(80, 50, 1600, seed=4)
SPLIT = split_random(WORLD.ratings, WORLD.catalog, test=0.1, seed=1)
ROWS = (0, 7, 23)
FITTED: dict[str, object] = {}


def fitted(name):
    if name not in FITTED:
        FITTED[name] = MODELS[name](**SETTINGS.get(name, {})).fit(SPLIT.train)
    return FITTED[name]


def rows():
    """Return some people, one of them moved to the ends of the scale, somebody with one rating, and nobody."""
    whole = SPLIT.train[list(ROWS)].tolil()
    out = [csr_array(whole[[place]]) for place in range(len(ROWS))]
    out[0].data[:] = 5.0
    one = csr_array(([2.0], ([0], [11])), shape=(1, whole.shape[1]))
    return [*out, one, csr_array((1, whole.shape[1]))]


def without(row, place):
    keep = np.arange(row.nnz) != place
    return csr_array((row.data[keep], row.indices[keep], [0, row.nnz - 1]), shape=row.shape)


@pytest.mark.parametrize("name", MODELS)
def test_those_that_should_have_contributions_do(name):
    found = [fitted(name).contributions(row, [0]) for row in rows()]
    assert any(part is not None for part in found) == (name in SUMS)
    if name in SUMS - {"blend"}:  # a blend has none where a member is cut off at the end of the scale
        assert all(part is not None for part in found)


@pytest.mark.parametrize("name", sorted(SUMS))
def test_base_and_parts_add_up_to_the_score_before_it_is_cut(name):
    model, cols = fitted(name), np.arange(WORLD.catalog.item_ids.size)
    for row in rows():
        made = [model.contributions(row, [col]) for col in cols]
        have = cols[[part is not None for part in made]]
        scores = model.predict(row, np.zeros(len(have), int), have, clip=False)
        np.testing.assert_allclose([made[col].total[0] for col in have], scores, atol=1e-4)
        if len(have) == len(cols):
            np.testing.assert_allclose(model.contributions(row, cols).total, scores, atol=1e-4)
        assert all(made[col].parts.shape == (row.nnz, 1) for col in have)


@pytest.mark.parametrize("name", [name for name, kind in MODELS.items() if kind.additive])
def test_where_scores_are_sums_a_part_is_what_dropping_the_entry_takes(name):
    model, cols = fitted(name), np.arange(WORLD.catalog.item_ids.size)
    for row in rows():
        made, scores = model.contributions(row, cols), model.score(row)[0]
        np.testing.assert_allclose(made.base, model.score(csr_array(row.shape))[0], atol=1e-5)
        for place in range(row.nnz):
            np.testing.assert_allclose(scores - model.score(without(row, place))[0], made.parts[place], atol=1e-5)


@pytest.mark.parametrize("name", sorted(SUMS - {"two_heads"}))
def test_a_value_counts_by_its_part_alone_where_what_is_there_stays(name):
    """A rating moved by d moves a prediction by d times its weight: the same for each d, of models of ratings."""
    model, row, cols = fitted(name), rows()[1], np.arange(10)
    if model.task == "ranking":
        return
    moved, further = row.copy(), row.copy()
    moved.data[0], further.data[0] = row.data[0] + 0.25, row.data[0] + 0.5
    first, once, twice = (model.contributions(each, cols) for each in (row, moved, further))
    np.testing.assert_allclose(twice.parts[0] - first.parts[0], 2 * (once.parts[0] - first.parts[0]), atol=1e-5)
    np.testing.assert_allclose(twice.base, first.base, atol=1e-6)


@pytest.mark.parametrize(
    "name", [name for name, kind in MODELS.items() if kind.task == "rating" and not kind.known_rows]
)
def test_what_is_not_cut_is_cut_to_the_prediction(name):
    model, row = fitted(name), rows()[0]
    cols = np.arange(row.shape[1])
    raw = model.predict(row, np.zeros(len(cols), int), cols, clip=False)
    np.testing.assert_array_equal(np.clip(raw, *model.scale_), model.predict(row, np.zeros(len(cols), int), cols))
    if name in {"bias", "biased_mf", "item_knn", "ridge", "two_heads"}:
        assert raw.max() > model.scale_[1]  # somebody who gives 5 to everything
