"""What a search may see: what `train` chooses on, and never a rating of the test part."""

import numpy as np
import pytest

from foretaste.arrays import row_of
from foretaste.errors import ParamsError
from foretaste.experiment import divide
from foretaste.recipe import Recipe, SplitParams
from foretaste.source import Source
from foretaste.tuning.parts import Part, make_parts


def recipe(kind: str, **settings: object) -> Recipe:
    return Recipe(split=SplitParams(kind=kind, seed=1, **settings))


def cells(part: Part, source: Source) -> set[tuple[int, int]]:
    """Return user and item of everything that a part holds of validation."""
    out = set()
    for X in (part.valid.seen, part.valid.hidden):
        out |= set(zip(part.valid.user_ids[row_of(X)].tolist(), X.indices.tolist(), strict=True))
    return out


def test_the_first_division_is_that_of_train(source: Source) -> None:
    for kind in ("new-users", "random", "time"):
        split, (part,) = divide(source, recipe(kind)), make_parts(recipe(kind), source)
        assert (part.train != split.train).nnz == 0
        assert (part.valid.hidden != split.valid.hidden).nnz == 0


@pytest.mark.parametrize("hide", ["20%", "2", "newest:20%"])
def test_new_divisions_of_people_leave_test_people_out(source: Source, hide: str) -> None:
    split = divide(source, recipe("new-users", hide=hide))
    parts = make_parts(recipe("new-users", hide=hide), source, 3)
    known = set(np.unique(source.ratings.user_ids)) - set(split.test.user_ids)
    for part in parts:
        asked = set(part.valid.user_ids)
        assert asked <= known
        assert len(asked) == split.valid.seen.shape[0]
        assert part.train.shape[0] + len(asked) == len(known)
        assert part.train.nnz + part.valid.seen.nnz + part.valid.hidden.nnz == split.full.nnz
        assert part.valid.n_common() == 0
    assert len({part.digest() for part in parts}) == 3


def test_new_divisions_of_ratings_leave_test_ratings_out(source: Source) -> None:
    split, parts = divide(source, recipe("random")), make_parts(recipe("random"), source, 3)
    hidden = split.test.hidden
    judged = set(zip(split.test.user_ids[row_of(hidden)].tolist(), hidden.indices.tolist(), strict=True))
    for part in parts:
        assert not cells(part, source) & judged
        assert (part.train + part.valid.hidden != split.full).nnz == 0
        assert part.valid.hidden.nnz == split.valid.hidden.nnz
        assert part.valid.seen is part.train
    assert len({part.digest() for part in parts}) == 3


def test_the_same_seed_divides_the_same(source: Source) -> None:
    first, second = (make_parts(recipe("new-users"), source, 2) for _ in range(2))
    assert [part.digest() for part in first] == [part.digest() for part in second]


def test_a_split_by_time_has_one_division(source: Source) -> None:
    words = "--split time has one division to choose on, not 2\nhint: leave --repeats out"
    with pytest.raises(ParamsError, match=words):
        make_parts(recipe("time"), source, 2)


def test_fewer_people_to_learn_from_and_the_same_to_choose_on(source: Source) -> None:
    (part,) = make_parts(recipe("new-users"), source)
    few = part.fewer_people(0.25, seed=0)
    assert few.train.shape == (round(0.25 * part.train.shape[0]), 30)
    assert few.valid is part.valid
    rows = {tuple(row) for row in part.train.toarray().tolist()}
    assert {tuple(row) for row in few.train.toarray().tolist()} <= rows
    assert few.digest() == part.fewer_people(0.25, seed=0).digest() != part.fewer_people(0.25, seed=1).digest()


def test_fewer_people_in_both_halves_where_ratings_are_hidden(source: Source) -> None:
    (part,) = make_parts(recipe("random"), source)
    few = part.fewer_people(0.5, seed=0)
    assert few.valid.seen is few.train
    assert few.train.shape[0] == few.valid.hidden.shape[0] == 30
    places = np.searchsorted(part.valid.user_ids, few.valid.user_ids)
    assert (few.train != part.train[places]).nnz == 0
    assert (few.valid.hidden != part.valid.hidden[places]).nnz == 0


def test_at_least_one_person_is_left(source: Source) -> None:
    (part,) = make_parts(recipe("new-users"), source)
    assert part.fewer_people(1e-9, seed=0).train.shape[0] == 1
