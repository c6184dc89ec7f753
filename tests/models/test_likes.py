"""Likes: which ratings they are, and the measure of a ranker that sees nothing else."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models import Ease, Popularity
from foretaste.models.likes import LikesOf, liked_cols, likes_in, lists_measure

X = as_csr(sparse.csr_array([[5.0, 1, 0, 4], [2, 0, 0, 4], [3, 0, 5, 0]]))


def test_likes_are_ratings_of_at_least_the_threshold_and_count_one():
    assert likes_in(X, 4.0).toarray().tolist() == [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]
    assert liked_cols(likes_in(X, 4.0)).tolist() == [0, 2, 3]
    assert liked_cols(likes_in(X, 4.0)).dtype == np.int32
    assert liked_cols(likes_in(X, 9.0)).tolist() == []


def test_a_head_is_asked_for_by_ranker_settings_and_threshold():
    key = LikesOf.head(Ease(l2=2.0), 4.0)
    assert key == LikesOf.head(Ease(l2=2.0), 4.0)
    assert key.name == "likes:ease"
    assert key not in {
        LikesOf.head(Ease(l2=3.0), 4.0),
        LikesOf.head(Ease(l2=2.0), 3.0),
        LikesOf.head(Popularity(), 4.0),
    }


def test_the_measure_is_minus_ndcg_over_people_who_like_something():
    liked = likes_in(X, 4.0)
    model = Popularity().fit(liked)
    wanted = as_csr(sparse.csr_array([[0.0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]))
    seen = as_csr(sparse.csr_array([[5.0, 1, 0, 4], [2, 0, 0, 4], [3, 0, 5, 0]]))
    # popularity is [1, 0, 1, 2]: the first person's only item left is 2; the third one's first is 3
    assert lists_measure(liked, seen, wanted)(model) == pytest.approx(-1)
    none = as_csr(sparse.csr_array((3, 4)))
    assert np.isnan(lists_measure(liked, seen, none)(model))
