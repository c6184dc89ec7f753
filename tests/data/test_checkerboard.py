"""The world of two colours: what is withheld can be known from a user's own row alone."""

import numpy as np
import pytest

from foretaste.data.checkerboard import make_checkerboard
from foretaste.errors import ParamsError


@pytest.mark.parametrize("size", [(4, 4), (5, 7), (40, 20), (7, 30)])
@pytest.mark.parametrize("likes_only", [False, True])
def test_checkerboard_withholds_one_liked_item_and_leaves_disliked_ones(size, likes_only):
    board = make_checkerboard(*size, likes_only=likes_only, seed=2)
    seen, hidden = board.seen.toarray(), board.hidden.toarray()
    users, items = np.indices(size)
    own = users % 2 == items % 2
    like = 1 if likes_only else 5
    assert board.seen.shape == board.hidden.shape == size
    assert board.seen.dtype == np.float32
    assert board.withheld.dtype == board.seen.indices.dtype == np.int32
    assert ((hidden > 0).sum(axis=1) == 1).all()
    assert (hidden[np.arange(size[0]), board.withheld] == like).all()
    assert own[hidden > 0].all()
    assert (seen[own & (hidden == 0)] == like).all()
    assert not ((seen > 0) & (hidden > 0)).any()
    for user, col in enumerate(board.withheld):  # somebody of the colour has the item
        assert (seen[user % 2 :: 2, col] == like).any()
    other = (seen > 0) & ~own
    if likes_only:
        assert not other.any()
    else:
        assert (seen[other] == 1).all()
        assert (other.sum(axis=1) == (~own).sum(axis=1) - 1).all()


def test_checkerboard_is_seeded_and_leaves_as_much_unseen_as_asked():
    first, again, other = (make_checkerboard(40, 20, unseen=3, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.seen.toarray(), again.seen.toarray())
    assert (first.seen.toarray() != other.seen.toarray()).any()
    assert (np.diff(first.seen.indptr) == 20 - 1 - 3).all()
    assert np.bincount(first.withheld, minlength=20).tolist() == [2] * 20


def test_checkerboard_is_solved_by_taste():
    for likes_only in (False, True):
        board = make_checkerboard(40, 20, unseen=3, likes_only=likes_only)
        seen = board.seen.toarray()
        centred = np.where(seen > 0, seen - (0 if likes_only else 3), 0)
        score = centred @ centred.T @ centred
        score[seen > 0] = -np.inf
        np.testing.assert_array_equal(score.argmax(axis=1), board.withheld)


@pytest.mark.parametrize(
    ("size", "unseen", "words"),
    [
        ((3, 8), 1, "n_users is 3, expected at least 4"),
        ((8, 2), 1, "n_items is 2, expected at least 4"),
        ((8, 8), 0, "unseen is 0, expected 1 to 3"),
        ((8, 8), 4, "unseen is 4, expected 1 to 3"),
    ],
)
def test_impossible_checkerboards_are_refused(size, unseen, words):
    with pytest.raises(ParamsError) as caught:
        make_checkerboard(*size, unseen=unseen)
    assert caught.value.message == words
    assert caught.value.hint == "for example make_checkerboard(40, 20, unseen=1, seed=0)"


def test_a_negative_seed_is_refused():
    with pytest.raises(ParamsError, match="seed is -1, expected at least 0"):
        make_checkerboard(8, 8, seed=-1)
