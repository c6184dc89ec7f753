"""Intervals hold as often as they say, are wider where less is known, and what is not to be had is said."""

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st

from foretaste.calibration import GIVEN, LEVELS, Calibration, Residuals, check_level, fit_calibration
from foretaste.errors import BundleError, ParamsError, ShapeError

SCALE = (0.0, 10.0)


def residuals(n, rng, *, spread=None, predicted=None):
    """Return ratings whose errors are normal with a standard deviation that falls with what is known."""
    given, known = rng.geometric(0.02, n), rng.geometric(0.01, n)
    middle = rng.uniform(4, 6, n) if predicted is None else predicted
    sd = np.sqrt(0.2 + 8 / (given + 1) + 6 / (known + 1)) if spread is None else np.full(n, spread)
    actual = np.clip(middle + rng.normal(0, 1, n) * sd, *SCALE)
    return Residuals(actual.astype(np.float32), middle.astype(np.float32), given, known)


def covered(calibration, asked, level=0.8):
    low, high = calibration.interval(asked.predicted, asked.given, asked.known, level)
    return (asked.actual >= low) & (asked.actual <= high)


NEAR = 1.5e-4  # intervals on SCALE reach 1e-4 beyond their ends


def by_hand(errors, predicted=3.0, scale=SCALE):
    errors = np.asarray(errors)
    ones = np.ones(len(errors))
    return fit_calibration(Residuals(predicted + errors, predicted * ones, 5 * ones, 5 * ones), scale=scale)


@pytest.mark.parametrize(("level", "error"), [(0.5, 0.5), (0.8, 0.8), (0.82, 0.9), (0.9, 0.9)])
def test_the_interval_reaches_as_far_as_the_error_of_that_rank(level, error):
    """Nine errors, 0.1 to 0.9: the ceil(10 x level)-th is where the interval ends, on both sides as so few tell none apart."""
    low, high = by_hand(np.arange(9, 0, -1) / 10).interval([3.0], [5], [5], level)
    assert low.dtype == high.dtype == np.float32
    np.testing.assert_allclose([low[0], high[0]], [3 - error, 3 + error], atol=NEAR)


def test_both_sides_are_one_score():
    """Errors of 1 above and of 0.1 below, as many: each side is a root mean square, so both ends are reached together."""
    calibration = by_hand([1.0, -0.1] * 30)
    np.testing.assert_allclose(np.ravel(calibration.interval([3.0], [5], [5], 0.9)), [2.9, 4.0], atol=NEAR)


def test_a_side_on_which_nobody_was_wrong_is_not_without_width():
    low, high = by_hand(np.linspace(0.1, 1, 100)).interval([3.0], [5], [5], 0.9)
    assert 3 - low[0] == pytest.approx(0.05 * (high[0] - 3), rel=0.01)


@pytest.mark.parametrize(("n", "level", "needed"), [(9, 0.95, 19), (9, 0.91, 11), (50, 0.99, 99)])
def test_too_few_ratings_for_a_level_are_said(n, level, needed):
    calibration = by_hand(np.linspace(0.1, 1, n))
    words = f"an interval of {100 * level:g} % takes {needed} ratings to calibrate on, there were {n}"
    with pytest.raises(ParamsError, match=words) as caught:
        calibration.interval([3.0], [5], [5], level)
    assert caught.value.hint == f"ask for {int(100 * n / (n + 1))} % or less"
    assert by_hand(np.linspace(0.1, 1, needed)).interval([3.0], [5], [5], level)[1][0] == pytest.approx(4, abs=0.01)


def test_no_rating_allows_for_any_level_until_there_is_one():
    with pytest.raises(ShapeError, match="there is no rating to calibrate on, expected at least 1"):
        by_hand([])
    assert by_hand([0.5]).highest == 0.5
    none = by_hand([0.5])
    broken = Calibration(none.scale, none.terms, none.sides, none.quantiles, 0)
    with pytest.raises(ParamsError, match="takes 1 ratings to calibrate on, there were 0") as caught:
        broken.quantile(0.5)
    assert caught.value.hint == "calibrate on more ratings"


@pytest.mark.parametrize("level", [0.49, 0.995, 80, -1])
def test_a_level_out_of_range_is_refused(level):
    for ask in (check_level, by_hand(np.arange(200)).quantile):
        with pytest.raises(ParamsError, match=rf"level is {level:g}, expected 0\.5 to 0\.99") as caught:
            ask(level)
        assert caught.value.hint == "for example 0.8 for 80 %"


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match=r"known, person have the lengths \[2, 2, 1, 2, 3\]; expected one"):
        Residuals(np.ones(2), np.ones(2), np.ones(1), np.ones(2), np.ones(3))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_of_other_ratings_as_many_lie_inside_as_it_says(level):
    rng = np.random.default_rng(0)
    calibration, others = fit_calibration(residuals(20_000, rng), scale=SCALE), residuals(100_000, rng)
    assert covered(calibration, others, level).mean() == pytest.approx(level, abs=0.01)


def crowd(n, rng):
    """Return ratings of people who gave some ten each, and who have a generosity and a whim of their own."""
    person = np.sort(rng.integers(0, max(n // 10, 1), n))
    own, whim = rng.normal(0, 0.4, n)[person], np.exp(rng.normal(0, 0.25, n))[person]
    given, known = rng.geometric(0.02, n)[person], rng.geometric(0.01, n)
    middle = rng.uniform(4, 6, n)
    sd = np.sqrt(0.2 + 8 / (given + 1) + 6 / (known + 1))
    return Residuals(middle + sd * (own + whim * rng.normal(0, 1, n)), middle, given, known, person)


def held(make, n, draws=150):
    """Return the mean coverage at 80, 90 and 95 % of so many calibrations on n ratings."""
    rng, levels = np.random.default_rng(n), (0.8, 0.9, 0.95)
    others = make(8000, rng)
    made = [fit_calibration(make(n, rng), scale=(-90, 90)) for _ in range(draws)]
    return np.mean([[covered(one, others, level).mean() for level in levels] for one in made], axis=0)


@pytest.mark.parametrize(
    ("make", "n"),
    [(residuals, 20), (residuals, 60), (residuals, 100), (residuals, 400), (crowd, 60), (crowd, 100), (crowd, 400)],
)
def test_few_ratings_hold_on_average_over_draws(make, n):
    """In units that they have taught themselves, 60 ratings would hold 78, 87 and 92 %; so few people err on the safe side."""
    off = held(make, n) - [0.8, 0.9, 0.95]
    assert off.min() > -0.013
    assert off.max() < (0.013 if make is residuals or n == 400 else 0.03)


def test_a_person_is_scored_by_what_others_taught():
    """Ten people, of whom one is wrong by 9 below and all others by 1 to 2 above; in units of their own 9 would be usual."""
    person = np.repeat(np.arange(10), 20)
    error = np.where(person == 4, -9.0, np.tile(np.linspace(1, 2, 20), 10))
    ones = np.ones(200)
    alone, together = (
        fit_calibration(Residuals(50 + error, 50 * ones, ones, ones, who), scale=(0, 100)) for who in (person, None)
    )
    assert alone.quantile(0.99) > 10 * together.quantile(0.99)
    assert alone.quantile(0.8) == pytest.approx(together.quantile(0.8), rel=0.05)


def test_one_person_alone_teaches_nothing_of_where_errors_are_large():
    rng = np.random.default_rng(0)
    own = residuals(300, rng)
    alone = fit_calibration(Residuals(own.actual, own.predicted, own.given, own.known, np.zeros(300)), scale=SCALE)
    low, high = alone.interval([5.0, 5.0], [0, 900], [0, 900])
    wanted = np.sort(np.abs(own.actual.astype(float) - own.predicted))[240]  # the 241st of 300
    np.testing.assert_allclose((5 - low, high - 5), wanted, atol=NEAR)


@pytest.mark.parametrize("level", [0.85, 0.9])
def test_a_rating_at_the_end_of_an_interval_lies_in_it(level):
    """Five ratings as frequent as each other and one prediction: intervals hold four of them or five, and never lose an end."""

    def draw(n, rng):
        return Residuals(
            rng.integers(1, 6, n).astype(np.float32), np.full(n, 2.2, np.float32), np.full(n, 20), np.full(n, 20)
        )

    for seed in range(20):
        rng = np.random.default_rng(seed)
        made = fit_calibration(draw(1000, rng), scale=(1, 5))
        assert covered(made, draw(500, rng), level).all()


@pytest.mark.parametrize("scale", [(0.5, 5.0), (0.0, 100.0), (-10.0, 10.0)])
def test_ends_are_not_lost_in_predictions_of_another_last_digit(scale):
    """Everybody is wrong by just as much, while predictions differ in their last digits as sums in other orders do."""
    width = scale[1] - scale[0]
    predicted = np.linspace(scale[0] + 0.3 * width, scale[1] - 0.3 * width, 40).astype(np.float32)
    actual, ones = predicted + np.float32(width / 7), np.ones(40)
    made = fit_calibration(Residuals(actual, predicted, ones, ones), scale=scale)
    for nudged in (predicted, np.nextafter(predicted, -np.inf, dtype=np.float32)):
        low, high = made.interval(nudged, ones, ones)
        assert (actual <= high).all()
        assert (high - nudged < width / 7 + 3e-5 * width).all()
        assert (low < nudged).all()


def test_that_ratings_of_one_person_are_alike_does_not_bend_the_mean():
    """Each person has a generosity of their own, unknown to the model, and some rate a hundred times as much as others."""
    rng = np.random.default_rng(2)

    def people(n):
        count = np.minimum(rng.geometric(0.03, n), 400)
        own = np.repeat(rng.normal(0, 0.8, n), count)
        middle = np.full(len(own), 5.0)
        error, person = own + rng.normal(0, 0.6, len(own)), np.repeat(np.arange(n), count)
        return Residuals(middle + error, middle, np.repeat(4 * count, count), middle, person)

    others = people(4000)
    shares = [covered(fit_calibration(people(60), scale=SCALE), others).mean() for _ in range(150)]
    assert np.mean(shares) == pytest.approx(0.8, abs=0.012)
    assert np.std(shares) > 1.5 * np.sqrt(0.8 * 0.2 / (60 * 33))  # but they vary more than so many independent ratings


def test_the_width_follows_what_is_known_where_a_constant_width_fails():
    rng = np.random.default_rng(3)
    own, others = residuals(20_000, rng), residuals(100_000, rng)
    calibration = fit_calibration(own, scale=SCALE)
    errors = np.sort(np.abs(own.actual - own.predicted))
    constant = np.abs(others.actual - others.predicted) <= errors[int(np.ceil(0.8 * (len(errors) + 1))) - 1]
    adaptive = covered(calibration, others)
    assert constant.mean() == pytest.approx(0.8, abs=0.01)  # right on the whole, and for nobody in particular
    sparse, dense = (others.given <= 5) & (others.known <= 50), (others.given > 60) & (others.known > 100)
    for some in (sparse, dense):
        assert adaptive[some].mean() == pytest.approx(0.8, abs=0.03)
        assert abs(constant[some].mean() - 0.8) > 0.1


def test_the_spread_is_found_again():
    rng = np.random.default_rng(4)
    made = fit_calibration(residuals(200_000, rng, predicted=np.full(200_000, 5.0)), scale=(-50, 50))
    given, known = np.array([1, 10, 100, 100, 2]), np.array([100, 3, 1, 500, 2])
    true = np.sqrt(0.2 + 8 / (given + 1) + 6 / (known + 1))
    found = made.spread(given, known)
    np.testing.assert_allclose(found / found[3], true / true[3], rtol=0.12)


@settings(max_examples=40, deadline=None)
@cases(st.integers(0, 10_000), st.integers(50, 400), st.sampled_from([0.1, 1.0, 3.0]))
def test_more_known_is_never_wider(seed, n, size):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, size, n) * rng.choice([0.2, 1, 4], n)
    asked = Residuals(5 + noise, np.full(n, 5.0), rng.integers(0, 300, n), rng.integers(0, 3000, n))
    counts = np.array([0, 1, 2, 3, 5, 10, 30, 100, 1000, 100_000])
    spread = fit_calibration(asked, scale=SCALE).spread(counts[:, None], counts)
    assert (spread > 0).all()
    assert (np.diff(spread, axis=0) <= 0).all()
    assert (np.diff(spread, axis=1) <= 0).all()


def test_too_few_ratings_to_tell_have_one_width():
    rng = np.random.default_rng(5)
    counts = np.array([0, 5, 500])
    assert len(np.unique(fit_calibration(residuals(49, rng), scale=SCALE).spread(counts, counts))) == 1
    assert len(np.unique(fit_calibration(residuals(2000, rng), scale=SCALE).spread(counts, counts))) == 3


def test_those_asked_once_more_say_how_wide_it_is_where_little_is_given():
    """Nobody shows fewer than 40 ratings; what happens below that is learnt from people of whom less is shown."""
    rng = np.random.default_rng(6)

    def asked(given, n=4000):
        sd = np.sqrt(0.3 + 5 / (given + 1))
        middle = np.full(n, 5.0)
        return Residuals(middle + rng.normal(0, sd, n), middle, np.full(n, given), np.full(n, 50))

    parts = [asked(given) for given in (0, 1, 2, 5, 10, 20)]
    names = "actual", "predicted", "given", "known", "people"
    scarce = Residuals(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    usual = asked(60)
    plain, made = fit_calibration(usual, scale=SCALE), fit_calibration(usual, scarce, scale=SCALE)
    for given in (0, 2, 10, 60):
        assert covered(made, asked(given)).mean() == pytest.approx(0.8, abs=0.03)
    assert covered(plain, asked(0)).mean() < 0.5
    assert made.n == plain.n == 4000


def test_the_end_of_the_scale_takes_from_one_side():
    """Ratings are cut off at 10: near it, errors go down only, and the interval does too without losing coverage."""
    rng = np.random.default_rng(7)

    def top(n):
        middle = rng.uniform(5, 9.9, n)
        return Residuals(np.minimum(middle + rng.normal(0, 1, n), 10), middle, np.full(n, 9), np.full(n, 9))

    calibration, others = fit_calibration(top(20_000), scale=SCALE), top(50_000)
    low, high = calibration.interval([6.0, 9.5], [9, 9], [9, 9])
    assert high[0] - 6 == pytest.approx(6 - low[0], rel=0.15)
    assert high[1] == 10
    assert 9.5 - low[1] > 0.9
    for some in (others.predicted < 7, others.predicted > 9):
        assert covered(calibration, others)[some].mean() == pytest.approx(0.8, abs=0.035)


def test_intervals_lie_on_the_scale_and_their_lower_ends_can_be_told_apart():
    calibration = by_hand([1.0, -1.0] * 20, scale=(1.0, 5.0))
    predicted = np.array([1.0, 1.1, 3.0, 4.9, 5.0], np.float32)
    low, high = calibration.interval(predicted, 5, 5)
    np.testing.assert_allclose(low, [1, 1, 2, 3.9, 4], atol=NEAR)
    np.testing.assert_allclose(high, [2, 2.1, 4, 5, 5], atol=NEAR)
    assert low.min() == 1
    assert high.max() == 5
    np.testing.assert_allclose(calibration.least(predicted, 5, 5), predicted - 1, atol=NEAR)


def test_many_rows_and_items_are_asked_for_at_once():
    rng = np.random.default_rng(8)
    calibration = fit_calibration(residuals(3000, rng), scale=SCALE)
    predicted, given, known = rng.uniform(0, 10, (7, 5)).astype(np.float32), rng.integers(0, 90, 7), np.arange(5)
    low, high = calibration.interval(predicted, given[:, None], known, 0.9)
    assert low.shape == high.shape == (7, 5)
    for row, col in np.ndindex(7, 5):
        one = calibration.interval(predicted[row, col], given[row], known[col], 0.9)
        np.testing.assert_allclose([low[row, col], high[row, col]], one, atol=1e-5)


@pytest.mark.parametrize("value", [3.0, 5.0])
def test_a_model_that_is_never_wrong_has_intervals_of_no_width(value):
    ones = np.ones(300)
    calibration = fit_calibration(Residuals(value * ones, value * ones, ones, ones), scale=(1, 5))
    np.testing.assert_allclose(calibration.interval([value], [3], [3], 0.99), [[value], [value]], atol=1e-4)


def test_what_is_read_is_what_was_written():
    rng = np.random.default_rng(9)
    made = fit_calibration(residuals(900, rng), scale=SCALE)
    arrays = made.arrays()
    assert all(name.startswith("calibration.") and values.dtype == np.float64 for name, values in arrays.items())
    loaded = Calibration.from_arrays({"other": np.ones(3)} | arrays)
    assert loaded is not None
    assert loaded.n == 900
    asked = [5.0, 6.0], [3, 50], [0, 9]
    np.testing.assert_array_equal(loaded.interval(*asked), made.interval(*asked))
    assert Calibration.from_arrays({"order.count": np.ones(3)}) is None


def spoil(name, place, value):
    def change(arrays):
        arrays[f"calibration.{name}"][place] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.pop("calibration.terms"), "incomplete: 'calibration.terms'"),
        (lambda a: a.update({"calibration.n": np.ones(2)}), "incomplete"),
        (lambda a: a.update({"calibration.terms": np.ones(3)}), r"damaged: terms has shape \(3,\)"),
        (lambda a: a.update({"calibration.sides": np.ones(3)}), r"damaged: sides has shape \(3,\)"),
        (lambda a: a.update({"calibration.sides": np.ones((3, 0))}), "damaged: "),
        (lambda a: a.update({"calibration.quantiles": np.ones(4)}), r"damaged: quantiles has shape \(4,\)"),
        (spoil("scale", 0, 11), "scale holds what no calibration writes"),
        (spoil("terms", 2, -1), "terms holds what no calibration writes"),
        (spoil("terms", -1, 0), "terms holds what no calibration writes"),
        (spoil("sides", (1, 0), 0), "sides holds what no calibration writes"),
        (spoil("sides", (0, 0), 99), "sides holds what no calibration writes"),
        (spoil("quantiles", 5, 1e9), "quantiles holds what no calibration writes"),
        (spoil("n", 0, 0), "n holds what no calibration writes"),
    ],
)
def test_what_no_calibration_wrote_is_refused(change, words):
    arrays = fit_calibration(residuals(900, np.random.default_rng(10)), scale=SCALE).arrays()
    arrays = {name: values.copy() for name, values in arrays.items()}
    change(arrays)
    with pytest.raises(BundleError, match=f"the calibration of the bundle is .*{words}"):
        Calibration.from_arrays(arrays)


def test_the_levels_are_every_half_percent():
    assert (len(LEVELS), len(GIVEN)) == (99, 4)
    np.testing.assert_allclose(np.diff(LEVELS), 0.005)
