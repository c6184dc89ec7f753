"""The ridge autoencoder: its prediction is a regression of each row, members are averaged, and it learns what is there."""

import os
import signal

import numpy as np
import pytest
from scipy.sparse import csr_array

from foretaste.arrays import as_csr, row_of
from foretaste.data.synthetic import make_world
from foretaste.errors import NotFittedError, ParamsError
from foretaste.evaluation import hidden_rmse
from foretaste.models.baselines import Bias
from foretaste.models.ridge import RidgeAutoencoder, RidgeParams
from foretaste.split import split_new_users
from foretaste.training.watch import Watch

EMPTY_ROW, COLD_ITEM = 5, 7
POSITIVE = ("latent", "penalty", "l2", "members", "patience", "learning_rate", "damping_user", "damping_item")
FROM_ZERO = ("noise", "epochs", "seed", "l2_mask", "stop_after", "batch_size")


def matrix(seed: int = 0, rows: int = 60, items: int = 25) -> csr_array:
    """Return ratings of rank 2 with noise; row 5 and item 7 are empty."""
    rng = np.random.default_rng(seed)
    truth = 3 + rng.normal(size=(rows, 2)) @ rng.normal(size=(2, items)) + 0.2 * rng.normal(size=(rows, items))
    stored = rng.random((rows, items)) < 0.5
    stored[EMPTY_ROW], stored[:, COLD_ITEM] = False, False
    row, col = np.nonzero(stored)
    return as_csr(csr_array((truth[row, col].clip(0, 5), (row, col)), shape=(rows, items)))


X = matrix()


def test_a_prediction_is_a_ridge_regression_of_the_row_on_the_decoder() -> None:
    model = RidgeAutoencoder(latent=3, epochs=4, penalty=2.0, damping_user=3.0).fit(X)
    (w,), k = model.members_, 4
    q, b = w["table_"][:, :k].astype(np.float64), w["table_"][:, k].astype(np.float64)
    y, d, L = (
        w["prior_"][:, :k].astype(np.float64),
        np.exp(w["precision_"][:, 0].astype(np.float64)),
        np.diag([3.0, 2, 2, 2]),
    )
    mean, sigma = float(model.mean_[0]), float(model.sigma_[0])
    found = model.score(X)
    for row in range(X.shape[0]):
        cols = X.indices[X.indptr[row] : X.indptr[row + 1]]
        r = (X.data[X.indptr[row] : X.indptr[row + 1]].astype(np.float64) - mean) / sigma
        start = L @ y[cols].sum(0) / np.sqrt(len(cols) + 1)
        A = (q[cols] * d[cols, None]).T @ q[cols] + L
        z = np.linalg.solve(A, (q[cols] * d[cols, None]).T @ (r - b[cols]) + start)
        np.testing.assert_allclose(found[row], (mean + sigma * (b + q @ z)).clip(*model.scale_), atol=2e-4)


def test_it_starts_from_the_mean_and_the_spread_of_the_bias_model() -> None:
    model, bias = RidgeAutoencoder(epochs=1).fit(X), Bias().fit(X)
    assert model.mean_[0] == bias.mean_[0]
    assert model.sigma_[0] == bias.residual_spread(X)[0]


def test_an_item_that_nobody_rated_is_predicted_as_the_rows_mean() -> None:
    model = RidgeAutoencoder(latent=3, epochs=3).fit(X)
    out = model.linear_output(X)
    assert (out.decoder[COLD_ITEM] == 0).all()
    assert out.col_offset[COLD_ITEM] == 0
    np.testing.assert_allclose(model.score(X)[:, COLD_ITEM], out.row_offset.clip(*model.scale_), atol=1e-6)


def test_an_empty_row_is_predicted_by_the_column_biases() -> None:
    model = RidgeAutoencoder(latent=3, epochs=3).fit(X)
    wanted = model.mean_[0] + model.sigma_[0] * model.members_[0]["table_"][:, 4]
    np.testing.assert_allclose(model.score(X)[EMPTY_ROW], wanted.clip(*model.scale_), atol=1e-5)


def test_members_are_averaged_and_differ() -> None:
    both = RidgeAutoencoder(latent=3, epochs=3, members=2).fit(X)
    first = RidgeAutoencoder(latent=3, epochs=3).fit(X)
    alone = [RidgeAutoencoder(latent=3, epochs=3) for _ in range(2)]
    for model, member in zip(alone, both.members_, strict=True):
        model.fit(X)
        model.members_ = [member]
    np.testing.assert_array_equal(alone[0].score(X), first.score(X))  # the first member is the model with one
    parts = [model.linear_output(X) for model in alone]
    raw = [p.row_offset[:, None] + p.col_offset + p.codes @ p.decoder.T for p in parts]
    assert np.abs(raw[0] - raw[1]).max() > 0.01
    np.testing.assert_allclose(both.score(X), ((raw[0] + raw[1]) / 2).clip(*both.scale_), atol=1e-5)
    assert both.code_width == 6


def test_further_members_stop_where_the_first_was_best() -> None:
    seen = []

    def measure(model: RidgeAutoencoder) -> float:
        seen.append(len(model.members_))
        return float(len(seen) != 2)  # the second epoch is best

    model = RidgeAutoencoder(latent=2, epochs=4, members=2).fit(X, watch=measure)
    assert seen == [1, 1, 1, 1]
    again = RidgeAutoencoder(model.refit_params()).fit(X)
    assert again.params.stop_after == 2
    assert again.params.epochs == 4
    np.testing.assert_array_equal(again.score(X), model.score(X))


def test_steps_and_epochs_that_are_left_open_stay_the_same_in_the_second_fit() -> None:
    model = RidgeAutoencoder(latent=2).fit(X)
    assert model.refit_params().epochs == 250  # 60 rows in 8 steps of 8: 250 epochs make 2,000


def test_a_stopped_fit_goes_on_from_its_checkpoint(tmp_path) -> None:
    whole = RidgeAutoencoder(latent=3, epochs=4, members=2).fit(X)
    watch = Watch(checkpoint=tmp_path / "state")
    RidgeAutoencoder(latent=3, epochs=4, members=2).fit(X, watch=watch)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "state.1"]
    np.testing.assert_array_equal(
        RidgeAutoencoder(latent=3, epochs=4, members=2).fit(X, watch=watch).score(X), whole.score(X)
    )


def test_which_ratings_are_there_says_something_of_their_own() -> None:
    """In this world the taste of a row shows in which items it holds, and ratings are noise."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 200)
    stored = rng.random((200, 30)) < np.where(kind[:, None] == np.arange(30) % 2, 0.5, 0.1)
    row, col = np.nonzero(stored)
    rating = 3 + np.where(kind[row] == 1, 1.0, -1.0) * (col < 5) + 0.1 * rng.normal(size=len(row))
    M = as_csr(csr_array((rating, (row, col)), shape=stored.shape))
    hidden = M.indices < 5
    shown = as_csr(csr_array((M.data[~hidden], (row_of(M)[~hidden], M.indices[~hidden])), shape=M.shape))
    error = {}
    for l2_mask in (4.0, 1e9):
        model = RidgeAutoencoder(latent=4, l2_mask=l2_mask).fit(M)
        error[l2_mask] = (
            np.square(model.predict(shown, row_of(M)[hidden], M.indices[hidden]) - M.data[hidden]).mean() ** 0.5
        )
    assert error[4.0] < 0.6 * error[1e9]


@pytest.mark.slow
def test_it_is_far_below_the_bias_model_on_people_it_has_not_met() -> None:
    world = make_world(900, 300, 45_000, seed=2)
    split = split_new_users(world.ratings, world.catalog, seed=0)
    ours, theirs = (hidden_rmse(kind().fit(split.train), split.valid) for kind in (RidgeAutoencoder, Bias))
    assert ours < 0.93 * theirs


def test_it_is_refused_before_fit() -> None:
    with pytest.raises(NotFittedError, match="RidgeAutoencoder is not fitted"):
        RidgeAutoencoder().encode(X)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        *(({name: 0}, f"{name} is 0") for name in POSITIVE),
        *(({name: -1}, f"{name} is -1") for name in FROM_ZERO),
        *(({"keep": keep}, f"keep is {keep[1]:g}") for keep in ((0.2, 1.0), (0, 0.0))),
        ({"keep": (0.9, 0.2)}, "keep is 0.9"),
        ({"keep": (0.2,)}, "number of shares in keep is 1"),
        ({"schedule": "steep"}, "schedule is"),
    ],
)
def test_settings_out_of_range_are_refused_with_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ParamsError, match=words):
        RidgeAutoencoder(**settings)


def test_the_penalties_are_the_rows_bias_and_its_code() -> None:
    assert RidgeParams(latent=2, penalty=7.0, damping_user=3.0).penalties().tolist() == [3, 7, 7]


def test_ctrl_c_between_members_keeps_those_that_are_whole() -> None:
    def report(progress: object) -> None:
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        calls.append(progress)

    calls: list[object] = []
    model = RidgeAutoencoder(latent=2, epochs=1, batch_size=60, members=3).fit(X, watch=Watch(report=report))
    assert model.stopped_ == "interrupted"
    assert 1 <= len(model.members_) < 3
    assert np.isfinite(model.score(X)).all()
    again = RidgeAutoencoder.from_arrays(model.params, model.arrays())
    np.testing.assert_array_equal(again.score(X), model.score(X))
