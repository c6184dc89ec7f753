"""What the multinomial autoencoders share: sums of clicks, logits, and words about settings."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from foretaste.arrays import as_csr
from foretaste.errors import ParamsError
from foretaste.models import MultDae, MultVae, Recommender
from foretaste.models.clicks import LARGE, adopt, all_scores, cell_scores, sum_clicks

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("rows", "width"), [(7, 3), (200, 600)])
def test_clicks_are_summed_as_rows_of_length_one_whatever_their_values(rows: int, width: int) -> None:
    X = as_csr(random_array((rows, 90), density=0.5, rng=RNG, format="csr"))
    assert (X.nnz * width >= LARGE) == (rows == 200)  # compiled, or not
    table = RNG.normal(size=(90, width)).astype(np.float32)
    ones = (X.toarray() != 0).astype(float)
    wanted = ones @ table / np.linalg.norm(ones, axis=1, keepdims=True)
    np.testing.assert_allclose(sum_clicks(X, table), wanted, rtol=1e-4, atol=1e-5)
    assert (sum_clicks(as_csr(csr_array((2, 90))), table) == 0).all()


def test_logits_are_a_product_and_a_bias() -> None:
    codes, decoder, bias = (RNG.normal(size=shape).astype(np.float32) for shape in ((5, 3), (4, 3), (4,)))
    weights = {"decoder": decoder, "decoder_bias": bias}
    found = all_scores(codes, weights)
    np.testing.assert_allclose(found, codes @ decoder.T + bias, rtol=1e-6)
    rows, cols = np.array([4, 0, 4]), np.array([1, 3, 0])
    np.testing.assert_allclose(cell_scores(codes, weights, rows, cols), found[rows, cols], rtol=1e-5)


def test_weights_are_taken_out_of_all_arrays() -> None:
    arrays = {"encoder": np.ones((2, 1)), "scale_": np.zeros(2)}
    assert adopt(arrays, {"encoder": (2, 1)}).keys() == {"encoder"}


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("dropout", 1.0, "dropout is 1, expected 0 to 0.99"),
        ("balance", 1.5, "balance is 1.5, expected 0 to 1"),
        ("l2", -1.0, "l2 is -1, expected at least 0"),
        ("learning_rate", 0.0, "learning_rate is 0, expected 1e-09 to 10"),
        ("schedule", "cosin", 'schedule is "cosin", expected one of cosine, constant'),
        ("epochs", 0, "epochs is 0, expected 1 to 10000000"),
        ("patience", 0, "patience is 0, expected 1 to 10000000"),
        ("samples", 0, "samples is 0, expected 1 to 10000000"),
        ("batch_size", -1, "batch_size is -1, expected 0 to"),
        ("exact_items", -1, "exact_items is -1, expected 0 to"),
        ("widths", [8, 0], "widths is 0, expected 1 to 1000000"),
        ("widths", [], "number of widths is 0, expected 1 to 20"),
    ],
)
@pytest.mark.parametrize("model", [MultDae, MultVae])
def test_settings_outside_their_range_are_refused_with_words(
    model: type[Recommender], setting: str, value: object, words: str
) -> None:
    with pytest.raises(ParamsError, match=words):
        model(**{setting: value})
