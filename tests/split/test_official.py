"""Train and test files as folds: used as they are, judged together."""

import numpy as np
import pytest

from foretaste.data.catalog import Catalog
from foretaste.data.ratings import Ratings
from foretaste.errors import DataError, ParamsError
from foretaste.split import split_given, split_official_folds

USER, ITEM = np.divmod(np.arange(40), 8)
WHOLE = Ratings.from_arrays(USER + 1, ITEM, np.arange(40) % 5 + 1.0)
CATALOG = Catalog(np.arange(8))


def pairs(folds=4):
    """Every fold tests each fourth rating, and all four test everything once."""
    tested = [np.arange(40) % folds == place for place in range(folds)]
    return [(f"u{place + 1}", WHOLE.select(~mask), WHOLE.select(mask)) for place, mask in enumerate(tested)]


def test_each_fold_is_its_pair_of_files_and_everything_is_judged_once():
    made = list(split_official_folds(pairs(), CATALOG, valid=0.2, seed=3))
    judged = np.zeros((5, 8))
    for place, split in enumerate(made):
        name, train, test = pairs()[place]
        alone = split_given(train, test, CATALOG, valid=0.2, seed=3)
        assert (split.kind, split.new_people) == ("official-folds", False)
        assert split.settings == {
            "seed": 3, "fold": place + 1, "folds": 4, "pair": name, "valid": 0.2,
            "test_users_unseen": 0, "test_hidden_unseen": 0,
        }  # fmt: skip
        for part in ("train", "full"):
            np.testing.assert_array_equal(getattr(split, part).toarray(), getattr(alone, part).toarray())
        np.testing.assert_array_equal(split.test.hidden.toarray(), alone.test.hidden.toarray())
        assert (split.full.nnz, split.valid.hidden.nnz, split.describe()["dropped"]) == (30, 6, 0)
        judged[split.test.user_ids - 1] += split.test.hidden.toarray() > 0
    np.testing.assert_array_equal(judged, 1)


def test_what_is_wrong_is_told_with_the_pair():
    good, (name, train, _) = pairs()[:2]
    made = split_official_folds([good, (name, train, train.select(np.arange(3)))], CATALOG)
    next(made)
    with pytest.raises(DataError, match="u2: the train and the test file share 3 ratings, "):
        next(made)


def test_no_pairs_are_refused():
    with pytest.raises(ParamsError, match="there is no pair of a train and a test file, expected one for each fold"):
        split_official_folds([], CATALOG)
