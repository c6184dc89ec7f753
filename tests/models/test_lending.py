"""What is lent: the fits that a later blend will ask for, by settings and phase, with the time they took."""

import numpy as np
import pytest
from scipy import sparse

from foretaste.arrays import as_csr
from foretaste.models import Bias, BiasedMf, Blend, Ease, Mean, Popularity, RankBlend, TwoHeads
from foretaste.models.lending import Lender, wanted
from foretaste.training.watch import Watch

BLEND = Blend(members=["bias", "biased_mf"], settings=["biased_mf.latent=3"])


def test_what_stands_above_a_blend_with_the_same_settings_is_wanted():
    lines = [Mean(), Bias(), BiasedMf(), BiasedMf(latent=3), BLEND, Bias()]
    assert wanted(lines) == [False, True, False, True, False, False]
    assert wanted([]) == []


def test_a_pair_borrows_its_rater_and_what_that_is_made_of_but_no_ranker():
    """The ranker learns from likes alone: what was fitted to all ratings is not what it would be."""
    lines = [Bias(), Mean(), Ease(l2=3), BiasedMf(latent=3)]
    assert wanted([*lines, TwoHeads(ranker="ease", rater="bias", settings=["ranker.l2=3"])]) == [True] + [False] * 4
    other = TwoHeads(ranker="ease", rater="bias", settings=["rater.damping_user=1"])
    assert wanted([*lines, other]) == [False] * 5
    parts = ['rater.members=["bias","biased_mf"]', 'rater.settings=["biased_mf.latent=3"]']
    made = TwoHeads(ranker="ease", rater="blend", settings=parts)
    assert wanted([*lines, BLEND, made]) == [True, False, False, True, True, False]
    assert wanted([*lines, made]) == [True, False, False, True, False]


def test_a_blend_of_rankers_borrows_its_members():
    lines = [Ease(l2=3), Ease(), Popularity()]
    blend = RankBlend(members=["ease", "popularity"], settings=["ease.l2=3"])
    assert wanted([*lines, blend]) == [True, False, True, False]


def test_a_fit_is_lent_in_its_own_phase_and_its_seconds_are_counted():
    asked, first, again = BiasedMf(latent=3), BiasedMf(latent=3), BiasedMf(latent=3, epochs=4)
    lender = Lender([asked, BLEND])
    lender.keep("choose", asked, first, 2.0)
    lender.keep("refit", asked, again, 0.5)
    assert lender.find("refit", BiasedMf(latent=3)) is None
    assert lender.lent_s == 0
    assert lender.find("choose", BiasedMf(latent=3)) is first
    assert lender.find("refit", BiasedMf(latent=3, epochs=4)) is again  # as the blend's second fit will name it
    assert lender.lent_s == pytest.approx(2.5)


def test_what_nobody_will_ask_for_is_not_kept():
    asked = BiasedMf(latent=4)
    lender = Lender([asked, BLEND])
    lender.keep("choose", asked, asked, 1.0)
    assert lender.find("choose", BiasedMf(latent=4)) is None
    assert Lender([]).find("choose", Bias()) is None


def test_of_two_pairs_the_second_borrows_the_rankers_fit():
    rng = np.random.default_rng(0)
    X = as_csr(sparse.csr_array(rng.integers(1, 6, (40, 12)) * (rng.random((40, 12)) < 0.5)))
    first, second = TwoHeads(ranker="ease", rater="bias"), TwoHeads(ranker="ease", rater="mean")
    lender = Lender([first, second])
    first.fit(X)
    lender.keep("choose", TwoHeads(ranker="ease", rater="bias"), first, 5.0)
    second.fit(X, watch=Watch(known=lambda model: lender.find("choose", model)))
    assert second.ranker_ is first.ranker_
    assert lender.lent_s == first.ranker_s
    other = TwoHeads(ranker="ease", rater="mean", like=5.0).fit(
        X, watch=Watch(known=lambda m: lender.find("choose", m))
    )
    assert other.ranker_ is not first.ranker_
