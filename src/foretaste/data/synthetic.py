"""A world with a known truth, shaped like MovieLens and of any size: tests and demos can say how near a model came to it."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator
from scipy.special import expit, log_expit, ndtr

from foretaste.arrays import AnyArray, FloatArray, IntArray
from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings, ReadLog
from foretaste.data.titles import make_genres, make_times, make_titles, make_years
from foretaste.errors import DataError, ParamsError
from foretaste.memory import check_fits

_LOWEST, _HIGHEST, _STEP = 0.5, 5.0, 0.5  # stars
_FEWEST = 20  # ratings that a MovieLens user has at least
_CHUNK = 1 << 18  # ratings worked on at a time
_DENSE = 16  # who rates more than one item in 16 is drawn from the whole catalogue
_ROUNDS = 12  # of drawing candidates; who still lacks some then is drawn from the whole catalogue too


@dataclass(frozen=True)
class WorldShape:
    """The constants of a world; the defaults make it look like MovieLens. "Liking" is a rating before noise, in stars.

    Args:
        factors: Taste factors, a count.
        taste: Standard deviation of personal taste over all cells, in stars.
        decay: Weight of each taste factor as a share of the one before it; 1 makes all equal.
        noise: Standard deviation of what nobody can know about a rating, in stars, before it is rounded.
        mean: Mean liking over all cells, in stars; the mean rating is higher because people choose what they like.
        user_effect: Standard deviation of how generous people are, in stars.
        item_effect: Standard deviation of how good items are, in stars.
        selection: How strongly liking decides what is rated, in log-odds a star; 0 means missing at random.
        choosy: Liking above one's mean at which half of the offers are taken up, in stars; more lets taste decide more.
        popularity: Standard deviation of the natural logarithm of how well known items are; the length of the tail.
        summit: Natural logarithm of how many times better known than the median item the best known ones can be.
        activity: Standard deviation of the natural logarithm of how many ratings people give.
        most: Largest share of the catalogue that one person rates, 0 to 1; more where the ratings asked for need it.

    Raises:
        ParamsError: A constant is out of range.
    """

    factors: int = 8
    taste: float = 0.85
    decay: float = 0.65
    noise: float = 0.76
    mean: float = 2.7
    user_effect: float = 0.42
    item_effect: float = 0.45
    selection: float = 2.6
    choosy: float = 0.9
    popularity: float = 2.0
    summit: float = 3.5
    activity: float = 1.0
    most: float = 0.6

    def __post_init__(self) -> None:
        bounds = {"factors": (1, 1000), "noise": (0.01, 10), "decay": (0.01, 1), "most": (0.01, 1)}
        for f in fields(self):
            check_bounds(
                f.name, getattr(self, f.name), *bounds.get(f.name, (0, 10)), hint=f"the default is {f.default:g}"
            )


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """Ratings together with what a model that knew everything would say about them.

    Rows go user by user, and by item within a user: the storage order of `user_item_matrix(ratings, catalog)`.

    Args:
        ratings: Users 1 to n_users, items 1 to n_items, half stars from 0.5 to 5, with times.
        catalog: All items with titles and genres, also those that nobody rated.
        expected: float32 (n,), stars: the mean of each rating over its noise, rounded and clipped: the best prediction.
        variance: float32 (n,), stars squared: the variance of each rating around `expected`.
    """

    ratings: Ratings
    catalog: Catalog
    expected: FloatArray
    variance: FloatArray

    def __repr__(self) -> str:
        return f"World({self.ratings!r}, floor_rmse {self.floor_rmse:.4f})"

    @property
    def floor_rmse(self) -> float:
        """The RMSE of `expected` over all ratings, in stars: save by luck, no model is better."""
        return self.floor_on(np.arange(len(self.ratings)))

    def floor_on(self, rows: AnyArray) -> float:
        """Return the RMSE that the best possible predictions have on some ratings.

        Args:
            rows: A boolean mask (n,) or row numbers.

        Returns:
            The root of the mean of `variance`, in stars; lower means that these are easier to predict.

        Raises:
            DataError: There is no row.
        """
        chosen = self.variance[rows]
        if not len(chosen):
            raise DataError("no rating was chosen, expected at least 1", hint="choose rows of world.ratings")
        return float(np.sqrt(chosen.mean(dtype=np.float64)))


def make_world(n_users: int, n_items: int, n_ratings: int, *, seed: int = 0, shape: WorldShape | None = None) -> World:
    """Make a MovieLens-shaped world.

    Liking = mean + user effect + item effect + user taste . item taste. Who rates what is drawn without replacement,
    with a chance proportional to how well known the item is times expit(selection x (item effect + taste - choosy)):
    missing not at random. A rating is liking plus Gaussian noise, rounded to half stars and clipped to 0.5 to 5.

    Args:
        n_users: People, at least 1. If n_ratings >= 20 n_users all have 20 or more (as far as there are items); if
            n_ratings >= n_users, 1 or more; else those without one are not in the table.
        n_items: Items of the catalogue, at least 1; each is rated at least once if n_ratings >= n_items.
        n_ratings: Exact number of ratings, 1 to n_users x n_items.
        seed: At least 0. The same seed gives the same world (under one version of numpy), another seed another one.
        shape: Constants; None means `WorldShape()`.

    Returns:
        The world. Time and memory follow n_ratings, not the cells: 16.7 M ratings of 60,000 users and 26,672 items take
        about 40 s and 1.1 GB.

    Raises:
        ParamsError: A size is less than 1, the seed less than 0, or there are more ratings than cells.
        ResourceError: It would not fit into this machine's memory.

    Example:
        >>> make_world(100, 50, 3000).ratings
        Ratings(100 users x 50 items, 3,000 ratings, density 60 %, scale 0.5 to 5, ...)
    """
    hint = "for example make_world(600, 9000, 100_000, seed=0): a cell of users x items is rated at most once"
    smallest = {"n_users": (n_users, 1), "n_items": (n_items, 1), "n_ratings": (n_ratings, 1), "seed": (seed, 0)}
    for name, (value, low) in smallest.items():
        check_bounds(name, value, low, hint=hint)
    check_bounds("n_ratings", n_ratings, 1, n_users * n_items, hint=hint)
    shape = shape or WorldShape()
    need = 70.0 * n_ratings + 300.0 * (n_users + n_items)
    check_fits(need, f"a world of {n_ratings:,} ratings", hint="ask for fewer ratings, users or items")
    truth_rng, cell_rng, rating_rng, time_rng, name_rng = np.random.default_rng(seed).spawn(5)
    truth = _Truth.draw(n_users, n_items, shape, truth_rng)
    keys = _draw_cells(truth, _quotas(n_users, n_items, n_ratings, shape, cell_rng), cell_rng)
    _cover_items(keys, n_items, cell_rng)
    user, item = (code.astype(np.int32) for code in np.divmod(keys, n_items))
    del keys
    rating, expected, variance = _rate(truth, user, item, rating_rng)
    ids, years = np.arange(1, n_items + 1), make_years(n_items, name_rng)
    log = ReadLog(source=f"synthetic world, seed {seed}", rows_read=n_ratings)
    times = make_times(user, item, years, time_rng)
    ratings = Ratings(np.arange(1, n_users + 1), ids.copy(), user, item, rating, times, log)
    if n_ratings < max(n_users, n_items):
        ratings = ratings.select(np.arange(n_ratings))  # drops users and items without a rating
    catalog = Catalog(ids, make_titles(years, name_rng), make_genres(truth.item_taste, name_rng))
    return World(ratings, catalog, expected, variance)


def check_bounds(name: str, value: float, low: float, high: float = np.inf, *, hint: str) -> None:
    """Refuse a number outside [low, high].

    Raises:
        ParamsError: It is outside.
    """
    if not low <= value <= high:
        expected = f"at least {low:,}" if high == np.inf else f"{low:,} to {high:,}"
        raise ParamsError(f"{name} is {value:,}, expected {expected}", hint=hint)


@dataclass(frozen=True)
class _Truth:
    shape: WorldShape
    user_level: FloatArray  # (users,), mean + user effect
    item_effect: FloatArray  # (items,)
    user_taste: FloatArray  # (users, factors)
    item_taste: FloatArray  # (items, factors)
    log_weight: AnyArray  # (items,), how well known

    @classmethod
    def draw(cls, n_users: int, n_items: int, shape: WorldShape, rng: Generator) -> "_Truth":
        spread = shape.decay ** np.arange(shape.factors)
        spread = np.sqrt(shape.taste * spread / np.sqrt((spread**2).sum()))  # the products' variances sum to taste^2
        known = shape.popularity * rng.standard_normal(n_items)
        user = (shape.mean + shape.user_effect * rng.standard_normal(n_users)).astype(np.float32)
        item = (shape.item_effect * rng.standard_normal(n_items)).astype(np.float32)
        tastes = [(spread * rng.standard_normal((n, shape.factors))).astype(np.float32) for n in (n_users, n_items)]
        log_weight = -np.logaddexp(-known, -shape.summit)  # about the smaller of the two
        return cls(shape, user, item, tastes[0], tastes[1], log_weight)

    def appeal(self, users: AnyArray, items: AnyArray) -> AnyArray:
        """Return item effect + taste for some cells, stars (n,)."""
        return self.item_effect[items] + np.einsum("nf,nf->n", self.user_taste[users], self.item_taste[items])


def _quotas(n_users: int, n_items: int, n_ratings: int, shape: WorldShape, rng: Generator) -> AnyArray:
    """Return how many items each user rates, int64 (users,): log-normal between two bounds, n_ratings in all."""
    mean = n_ratings / n_users
    low = _FEWEST if mean >= _FEWEST else min(1, int(mean))
    high = max(low, int(shape.most * n_items), int(np.ceil(min(2 * mean, (mean + n_items) / 2))))
    raw = np.exp(shape.activity * rng.standard_normal(n_users))
    a, b = 0.0, high / raw.min()
    for _ in range(100):
        middle = (a + b) / 2
        a, b = (middle, b) if np.clip(middle * raw, low, high).sum() < n_ratings else (a, middle)
    wanted = np.clip(b * raw, low, high)
    quota = np.floor(wanted).astype(np.int64)
    order = np.argsort(quota - wanted, kind="stable")  # largest remainder first
    while left := n_ratings - int(quota.sum()):
        free = quota[order] < high if left > 0 else quota[order] > low
        quota[order[free][: abs(left)]] += np.sign(left)
    return quota


def _draw_cells(truth: _Truth, quota: AnyArray, rng: Generator) -> AnyArray:
    """Return the rated cells as user x n_items + item, ascending, int64 (n,)."""
    cumulative = np.cumsum(np.exp(truth.log_weight))
    cumulative /= cumulative[-1]
    runs = np.split(np.arange(len(quota)), np.flatnonzero(np.diff(np.cumsum(quota) // _CHUNK)) + 1)
    return np.concatenate([_draw_chunk(truth, cumulative, users, quota[users], rng) for users in runs])


def _draw_chunk(truth: _Truth, cumulative: AnyArray, users: AnyArray, quota: AnyArray, rng: Generator) -> AnyArray:
    """Draw the cells of a run of users: offers by weight, taken up by appeal, repeats dropped, until quotas are met."""
    n_items, shape, n = len(cumulative), truth.shape, len(users)
    need = np.where(quota * _DENSE > n_items, 0, quota)
    kept = np.empty(0, np.int64)
    for turn in range(_ROUNDS):
        if not need.any():
            break
        user = np.repeat(users, np.where(need > 0, (5 + 2 * turn) * need + 8, 0))
        item = np.searchsorted(cumulative, rng.random(len(user)), side="right")
        chance = expit(shape.selection * (truth.appeal(user, item) - shape.choosy))
        taken = rng.random(len(user), dtype=np.float32) < chance
        key = np.concatenate([kept, user[taken] * n_items + item[taken]])
        first = np.sort(np.unique(key, return_index=True)[1])
        fresh = key[first[len(kept) :]]  # new cells in the order of the offers, user by user
        slot = fresh // n_items - users[0]
        count = np.bincount(slot, minlength=n)
        wanted = np.arange(len(fresh)) - np.repeat(np.cumsum(count) - count, count) < need[slot]
        need = need - np.bincount(slot[wanted], minlength=n)
        kept = np.sort(np.concatenate([kept, fresh[wanted]]))
    have = np.bincount(kept // n_items - users[0], minlength=n)
    rest = [_draw_row(truth, int(users[s]), int(quota[s] - have[s]), kept, rng) for s in np.flatnonzero(have < quota)]
    return np.sort(np.concatenate([kept, *rest]))


def _draw_row(truth: _Truth, user: int, need: int, kept: AnyArray, rng: Generator) -> AnyArray:
    """Draw `need` more cells of one user, distributed as in `_draw_chunk`: the largest log chance + Gumbel noise."""
    n_items, shape = len(truth.log_weight), truth.shape
    appeal = truth.appeal(np.full(n_items, user), np.arange(n_items))
    score = truth.log_weight + log_expit(shape.selection * (appeal - shape.choosy)) + rng.gumbel(size=n_items)
    start, stop = np.searchsorted(kept, (user * n_items, (user + 1) * n_items))
    score[kept[start:stop] - user * n_items] = -np.inf
    return user * n_items + np.argpartition(-score, need - 1)[:need]


def _cover_items(keys: AnyArray, n_items: int, rng: Generator) -> None:
    """Let each item that nobody rated take the place of a random rating, in place; no item loses its last rating."""
    n, item = len(keys), keys % n_items
    missing = np.flatnonzero(np.bincount(item, minlength=n_items) == 0)
    if n < n_items or not len(missing):
        return
    stays = np.empty(n_items, np.int64)
    stays[item] = np.arange(n)  # one row of each item
    rows = rng.choice(n, min(n, n_items), replace=False)
    rows = rows[stays[item[rows]] != rows][: len(missing)]
    keys[rows] += missing - item[rows]
    keys.sort()


def _rate(truth: _Truth, user: IntArray, item: IntArray, rng: Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return rating, expected and variance, each float32 (n,)."""
    out, noise = np.empty((3, len(user)), np.float32), truth.shape.noise
    for start in range(0, len(user), _CHUNK):
        part = slice(start, start + _CHUNK)
        liking = (truth.user_level[user[part]] + truth.appeal(user[part], item[part])).astype(np.float64)
        noisy = liking + noise * rng.standard_normal(len(liking))
        out[0, part] = np.clip(np.rint(noisy / _STEP) * _STEP, _LOWEST, _HIGHEST)
        out[1:, part] = _moments(liking, noise)
    return out[0], out[1], out[2]


def _moments(liking: AnyArray, noise: float) -> tuple[AnyArray, AnyArray]:
    """Return the exact mean and variance of liking + Gaussian noise, rounded and clipped, in stars and stars squared.

    A rating is the lowest level plus a step for each threshold passed. With P_k the chance to pass threshold k = 0..8,
    the number of steps has mean sum P_k and second moment sum (2 k + 1) P_k.
    """
    first, second = np.zeros_like(liking), np.zeros_like(liking)
    for k, threshold in enumerate(np.arange(_LOWEST + _STEP / 2, _HIGHEST, _STEP)):
        passed = ndtr((liking - threshold) / noise)
        first += passed
        second += (2 * k + 1) * passed
    return _LOWEST + _STEP * first, np.maximum(_STEP**2 * (second - first**2), 0)
