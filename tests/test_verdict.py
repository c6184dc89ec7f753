"""Who wins, by how much, and whether that is more than noise."""

from dataclasses import replace

import numpy as np
import pytest

from foretaste.arrays import row_of, with_values
from foretaste.comparison import judge
from foretaste.errors import ParamsError
from foretaste.evaluation import Evaluation, evaluate, mean_change, predict_hidden, rmse_change
from foretaste.fitting import Fitted
from foretaste.metrics.ratings import RatingErrors
from foretaste.models import Bias, Mean, Popularity
from foretaste.significance import holm
from foretaste.split import Holdout
from foretaste.verdict import (
    ENDS,
    blend_sentence,
    list_difference,
    pair_sentence,
    rmse_difference,
)
from foretaste.verdict import _sentence as sentence
from tests.judging import SPLIT, TEST, TRUTH, Encoder, Oracle, X, line


def verdict(*lines):
    return judge(SPLIT, lines).verdict


def by_hand(n, squared):
    n, squared = np.array(n, float), np.array(squared, float)
    return Evaluation(RatingErrors(n, squared, squared, squared, n), {}, np.array([]), None, int(n.sum()), 0, 0)


def test_the_difference_of_two_users_is_what_one_finds_by_hand():
    # sqrt(12 / 4) - sqrt(4 / 4); two people, one of them with three quarters of the ratings, tell next to nothing
    value, low, high = rmse_difference(by_hand([1, 3], [0, 12]), by_hand([1, 3], [4, 0]))
    assert value == pytest.approx(np.sqrt(3) - 1)
    assert low < -2
    assert high > 3
    # one person who was asked is no sample of others
    found = rmse_difference(by_hand([4, 0], [4, 0]), by_hand([4, 0], [16, 0]))
    assert found == pytest.approx((-1, np.nan, np.nan), nan_ok=True)


def test_the_interval_is_that_of_drawing_users_with_all_their_ratings():
    models = [Mean().fit(SPLIT.full), Bias().fit(SPLIT.full)]
    errors = [(predict_hidden(m, TEST).astype(float) - TEST.hidden.data) ** 2 for m in models]
    sums = [np.array([e[row_of(TEST.hidden) == user].sum() for user in range(10)]) for e in errors]
    n = np.diff(TEST.hidden.indptr).astype(float)
    value = np.subtract(*(np.sqrt(e.mean()) for e in errors))
    first, second = (evaluate(m, TEST, scale=SPLIT.scale) for m in models)
    found = rmse_difference(first, second, seed=3)
    assert found == pytest.approx(rmse_change(*sums, n, seed=3), abs=1e-12)
    assert found[0] == pytest.approx(value, abs=1e-12)
    without = []  # what the difference is without each user: the spread of that is behind the interval
    for user in range(10):
        rest = np.arange(10) != user
        without.append(np.subtract(*(np.sqrt(one[rest].sum() / n[rest].sum()) for one in sums)))
    spread = 2.26 * np.sqrt(9 / 10 * np.square(np.array(without) - np.mean(without)).sum())
    assert (found[1], found[2]) == pytest.approx((value - spread, value + spread), abs=0.3 * spread)
    value, low, high = found
    assert rmse_difference(second, first, seed=3) == pytest.approx((-value, -high, -low), abs=1e-12)
    assert rmse_difference(second, first, seed=4) != rmse_difference(second, first, seed=3)


def test_who_is_better_for_every_user_is_better_beyond_the_noise():
    hard = np.linspace(0.25, 2.5, 10)
    comparison = judge(SPLIT, [line("better", hard - 0.125), line("worse", hard)])
    better, worse = comparison.rows
    assert worse["rmse_low"] < better["rmse"] < worse["rmse"] < better["rmse_high"]  # unpaired, nothing could be said
    assert worse["difference_low"] < worse["difference"] < worse["difference_high"] < 0
    assert comparison.verdict.startswith("better wins against worse, the best of the others: RMSE ")


def test_a_ranking_model_has_no_rmse_to_compare():
    rating, ranking = (evaluate(m().fit(X), TEST, scale=SPLIT.scale) for m in (Mean, Popularity))
    for pair in ((rating, ranking), (ranking, rating)):
        with pytest.raises(ParamsError) as caught:
            rmse_difference(*pair)
        assert str(caught.value) == "a ranking model has no RMSE to compare"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (0.5, "deep wins against bias, the best of the others: RMSE 0.5000 against 1.0000, difference -0.5000, 95 % "
              "-0.5000 to -0.5000."),
        (1.5, "deep loses to bias: RMSE 1.5000 against 1.0000, difference +0.5000, 95 % +0.5000 to +0.5000."),
        (1.0, "deep ties with bias, the best of the others: RMSE 1.0000 against 1.0000, difference +0.0000, 95 % "
              "+0.0000 to +0.0000, which is within the noise."),
    ],
)  # fmt: skip
def test_the_verdict_on_an_autoencoder_names_the_best_of_the_others(wrong, words):
    assert verdict(line("mean", 2), line("deep", wrong, Encoder), line("bias", 1)) == words


@pytest.mark.parametrize("wrong", [[0.5, 1.5], [1.5, 0.5]])
def test_an_interval_that_holds_zero_is_a_tie_whoever_is_ahead(wrong):
    both = np.repeat([wrong, wrong[::-1]], [4, 6], axis=0).T  # ahead for four people, behind for six
    comparison = judge(SPLIT, [line("a", both[0], Encoder), line("b", both[1])], seed=4)
    value, low, high = (comparison.rows[1][f"difference{part}"] for part in ("", "_low", "_high"))
    results = [evaluate(fitted.model, TEST, scale=SPLIT.scale) for fitted in comparison.fitted]
    assert (value, low, high) == rmse_difference(*results, seed=4)
    assert low < 0 < high
    assert (value < 0) == (wrong[0] > wrong[1])
    assert comparison.verdict.startswith("a ties with b, the best of the others: RMSE ")
    assert comparison.verdict.endswith(f", 95 % {low:+.4f} to {high:+.4f}, which is within the noise.")


def test_of_several_autoencoders_the_best_on_validation_is_judged_and_the_others_are_no_rivals():
    lines = [
        line("lucky", 0.25, Encoder, valid_rmse=0.9), line("chosen", 0.75, Encoder, valid_rmse=0.8),
        line("unwatched", 0.25, Encoder), line("mean", 2), line("bias", 1),
    ]  # fmt: skip
    comparison = judge(SPLIT, lines)
    assert comparison.verdict.startswith(
        "chosen wins against bias, the best apart from the other autoencoders: RMSE 0.7500 against 1.0000"
    )
    assert [row.get("difference") for row in comparison.rows] == pytest.approx([0.5, None, 0.5, -1.25, -0.25])
    assert verdict(*lines[:2]) == "chosen has RMSE 0.7500; there is nothing to compare it with."


def test_an_autoencoder_that_broke_down_on_validation_is_not_the_best_of_them():
    broken = line("broken", 2, Encoder, valid_rmse=np.nan)
    assert verdict(broken, line("sound", 0.5, Encoder, valid_rmse=0.8), line("bias", 1)).startswith("sound wins")


def test_without_an_autoencoder_the_best_on_validation_is_judged():
    lines = [line("mean", 2, valid_rmse=2), line("lucky", 0.5, valid_rmse=0.9), line("chosen", 1, valid_rmse=0.8)]
    assert verdict(*lines).startswith("chosen loses to lucky: RMSE 1.0000 against 0.5000")


def test_the_verdict_can_be_asked_about_any_line():
    lines = [line("mean", 2), line("deep", 0.5, Encoder), line("mine", 1)]
    assert judge(SPLIT, lines, subject="mine").verdict.startswith("mine loses to deep: RMSE 1.0000 against 0.5000")
    assert judge(SPLIT, lines, subject="deep").verdict.startswith("deep wins against mine")


def test_a_ranking_model_is_judged_by_its_lists():
    popularity = Fitted("popularity", Popularity().fit(X), None, 0.1, 1000)
    comparison = judge(SPLIT, [line("mean", 1), popularity], subject="popularity")
    ours, other = comparison.rows[1]["ndcg@20"], comparison.rows[0]["ndcg@20"]
    words = f"NDCG@20 {ours:.4f} against {other:.4f}, difference {ours - other:+.4f}"
    assert comparison.verdict.startswith("popularity ")
    assert words in comparison.verdict
    alone = judge(SPLIT, [popularity], subject="popularity").verdict
    assert (
        alone == f"popularity has NDCG@100 {comparison.rows[1]['ndcg@100']:.4f}; there is nothing to compare it with."
    )


def three(*values):
    """Judged model, a rival that is a little worse for all alike, and one that is worse by chance."""
    hard = np.linspace(0.25, 2.5, 10)
    return [line("judged", hard, Encoder), *(line(f"rival {i}", hard + value) for i, value in enumerate(values))]


def test_every_difference_has_its_p_and_what_it_is_among_so_many():
    wobble = np.array([0.5, -0.5] * 5)
    comparison = judge(SPLIT, three(0.25, wobble, 0.25 * wobble + 0.1), seed=2)
    told = comparison.significance
    assert (told["metric"], told["subject"]) == ("rmse", "judged")
    assert [test["model"] for test in told["tests"]] == ["rival 0", "rival 1", "rival 2"]
    assert [test["p_holm"] for test in told["tests"]] == holm([test["p"] for test in told["tests"]])
    judged, *rivals = comparison.rows
    assert "p" not in judged
    for row, test in zip(rivals, told["tests"], strict=True):
        assert (row["p"], row["p_holm"]) == (test["p"], test["p_holm"])
        ends = [row[f"difference{end}"] for end in ENDS]
        assert ends == [test["difference"], test["low"], test["high"]]
        assert (test["p"] <= 0.05) == (not test["low"] <= 0 <= test["high"])
    assert told["tests"][0]["p"] < 0.05 < told["tests"][1]["p"]


def test_a_difference_that_is_one_of_many_may_be_luck_and_the_verdict_says_so():
    row, rival = {"model": "a", "rmse": 0.9}, {"model": "b", "rmse": 0.8}
    test = {"difference": 0.1, "low": 0.01, "high": 0.19, "p": 0.03, "p_holm": 0.121}
    assert sentence("rmse", row, (rival, "the best of the others"), test, 10, 5) == (
        "a ties with b, the best of the others: RMSE 0.9000 against 0.8000, difference +0.1000, 95 % +0.0100 to +0.1900, "
        "which is within the noise: of 5 comparisons one may look like this by luck (Holm's p 0.12)."
    )
    assert sentence("rmse", row, (rival, "the best of the others"), test | {"p_holm": 0.05}, 10, 5).startswith(
        "a loses to b"
    )
    assert sentence("rmse", row, (rival, "the best of the others"), test | {"p": 0.06, "p_holm": 0.06}, 10, 5).endswith(
        "is within the noise."
    )


def test_alone_there_is_nothing_to_test():
    assert judge(SPLIT, [line("alone", 1)]).significance is None
    assert "significance" not in judge(SPLIT, [line("alone", 1)]).to_json()


def test_of_one_person_nothing_is_tested():
    one = Holdout(TEST.seen[:1], TEST.hidden[:1], TEST.user_ids[:1])
    told = judge(replace(SPLIT, test=one), [line("bias", 1), line("deep", 0.5, Encoder)]).significance
    assert told["floor"] is None
    assert told["tests"] == [
        {"model": "bias", "difference": pytest.approx(-0.5), "low": None, "high": None, "p": None, "p_holm": None}
    ]


def test_nine_people_are_too_few_to_say_who_wins():
    few = Holdout(TEST.seen[:9], TEST.hidden[:9], TEST.user_ids[:9])
    lines = [line("bias", 1), line("deep", 0.5, Encoder)]
    assert judge(replace(SPLIT, test=few), lines).verdict == (
        "deep against bias: RMSE 0.5000 against 1.0000, difference -0.5000; only 9 people were asked, too few to say who wins."
    )
    one = Holdout(TEST.seen[:1], TEST.hidden[:1], TEST.user_ids[:1])
    assert "only 1 person was asked" in judge(replace(SPLIT, test=one), lines).verdict


def test_nine_people_are_too_few_to_say_what_is_noise():
    lines = [line("bias", np.linspace(0.5, 1.5, 10)), line("deep", 0.5, Encoder)]
    nine = Holdout(TEST.seen[:9], TEST.hidden[:9], TEST.user_ids[:9])
    ten, few = (judge(split, lines).significance for split in (SPLIT, replace(SPLIT, test=nine)))
    assert ten["floor"] > 0
    assert few["floor"] is None
    assert few["tests"][0]["low"] < few["tests"][0]["difference"] < 0


class Clicked(Popularity):
    """Puts first what will be hidden likes of the first `best` people, and last what the others hide."""

    name = "clicked"
    best = 10

    def score(self, asked):
        sign = np.where(np.arange(asked.shape[0]) < self.best, 1, -1).astype(np.float32)
        return TRUTH[: asked.shape[0]].astype(np.float32) * sign[:, None]


class Deep(Clicked):
    """The same, as an autoencoder."""

    name = "deep"
    autoencoder = True


def clicked(label, best, kind=Clicked, valid_ndcg=None):
    model = kind().fit(X)
    model.best = best
    return Fitted(label, model, None, 0.1, 1000, valid_ndcg=valid_ndcg)


CLICKS = replace(SPLIT, scale=(1.0, 1.0))


def test_where_all_ratings_are_equal_lists_decide_and_more_is_better():
    comparison = judge(CLICKS, [clicked("few", 3), clicked("most", 9), clicked("deep", 10, Deep)])
    few, most, deep = comparison.rows
    words = f"deep wins against most, the best of the others: NDCG@100 {deep['ndcg@100']:.4f} against {most['ndcg@100']:.4f}"
    assert comparison.verdict.startswith("deep ties with most" if most["ndcg@100_difference_low"] <= 0 else words)
    assert few["ndcg@100_difference"] == pytest.approx(deep["ndcg@100"] - few["ndcg@100"])
    assert few["ndcg@100_difference_low"] > 0
    assert "ndcg@100_difference" not in deep
    loses = judge(CLICKS, [clicked("popular", 10), clicked("deep", 2, Deep)])
    gap = loses.rows[0]["ndcg@100_difference"]
    assert gap < 0
    assert loses.verdict.startswith("deep loses to popular: NDCG@100 ")
    assert f"difference {gap:+.4f}" in loses.verdict


def test_of_several_that_rank_the_best_autoencoder_on_validation_is_judged():
    lines = [clicked("lucky", 10, Deep, 0.1), clicked("chosen", 5, Deep, 0.2), clicked("popular", 4, valid_ndcg=0.9)]
    assert judge(CLICKS, lines).verdict.startswith(("chosen wins against popular", "chosen ties with popular"))
    assert judge(CLICKS, lines, chosen="popular").verdict.startswith("popular loses to lucky")
    assert judge(CLICKS, lines, subject="lucky").verdict.startswith("lucky wins against chosen")


def test_the_difference_of_two_lists_is_paired_over_users():
    first, second = (evaluate(clicked("x", best).model, TEST, scale=CLICKS.scale) for best in (9, 3))
    value, low, high = list_difference(first, second, "recall@20", seed=3)
    assert (value, low, high) == mean_change(first.lists["recall@20"], second.lists["recall@20"], seed=3)
    assert value == pytest.approx((first.lists["recall@20"] - second.lists["recall@20"]).mean())
    assert list_difference(second, first, "recall@20", seed=3) == pytest.approx((-value, -high, -low))


def test_where_nobody_likes_anything_hidden_there_is_no_list_to_judge():
    low = Holdout(TEST.seen, with_values(TEST.hidden, np.ones_like(TEST.hidden.data)), TEST.user_ids)
    words = "Nobody likes anything that is hidden, so there is no list to judge."
    assert judge(replace(SPLIT, test=low), [clicked("popular", 3)]).verdict == words


def test_ranking_models_stay_out_of_a_verdict_on_ratings():
    popularity = Fitted("popularity", Popularity().fit(X), None, 0.1, 1000)
    assert verdict(popularity).startswith("popularity has NDCG@100 0.")
    comparison = judge(SPLIT, [popularity, line("bias", 0.5)])
    assert comparison.verdict == "bias has RMSE 0.5000; there is nothing to compare it with."
    assert [row["rmse"] for row in comparison.rows] == [None, pytest.approx(0.5)]
    assert not any("difference" in row for row in comparison.rows)


def test_no_difference_has_no_sign_but_plus():
    popularity = [Fitted(name, Popularity().fit(X), None, 0.1, 1000) for name in ("one", "other")]
    words = judge(SPLIT, popularity, subject="one").verdict
    assert "difference +0.0000; only 8 people" in words


def test_a_blend_is_told_in_one_sentence_by_weight_and_with_what_it_gains():
    row = {"model": "mine", "best_member": "bias", "member_difference": -0.0123, "member_difference_low": -0.02,
           "member_difference_high": -0.00001,
           "members": [{"model": "mean", "weight": 0.25}, {"model": "bias", "weight": 0.75}]}  # fmt: skip
    made = "mine is 0.75 bias + 0.25 mean."
    assert blend_sentence(row) == (
        f"{made} RMSE minus that of bias, its best member on validation: -0.0123, 95 % -0.0200 to -0.0000, paired over users."
    )
    assert (
        blend_sentence(
            {name: row[name] for name in ("model", "members")}
            | {"member_difference": -0.1, "member_difference_low": None}
        )
        == made
    )
    assert blend_sentence({name: row[name] for name in ("model", "members")}) == made


def test_a_pair_is_told_in_one_sentence_beside_its_heads():
    row = {"model": "both", "ndcg@100": 0.41234, "ranker_ndcg@100": 0.41, "ranker_difference": 0.00234,
           "ranker_difference_low": -0.0001, "ranker_difference_high": 0.005, "rater_ndcg@100": 0.3,
           "rater_difference": 0.11234, "rater_difference_low": 0.1, "rater_difference_high": 0.125}  # fmt: skip
    assert pair_sentence(row) == (
        "both lists with NDCG@100 0.4123; its ranker's alone 0.4100 (difference +0.0023, 95 % -0.0001 to +0.0050), "
        "its rating model's alone 0.3000 (difference +0.1123, 95 % +0.1000 to +0.1250). Its stars are the rating model's."
    )
    assert "rating model's alone" not in pair_sentence(row | {"rater_difference_low": None})
    nobody = row | {"ranker_difference_low": None, "rater_difference_low": None, "ndcg@100": None}
    assert pair_sentence(nobody) == pair_sentence({"model": "bias", "ndcg@100": 0.3}) == ""
    assert "(difference +0.0000," in pair_sentence(row | {"ranker_difference": -0.0})


def baseline(label, wrong, kind=Oracle):
    return replace(line(label, wrong, kind, valid_rmse=wrong), gate=True)


def test_the_sentence_is_about_what_was_named_and_not_about_a_baseline():
    lines = [baseline("bias", 0.25), baseline("mf", 0.5), line("mine", 1, valid_rmse=1.0)]
    assert verdict(*lines).startswith("mine loses to bias: RMSE 1.0000 against 0.2500")
    assert verdict(*lines[:2]).startswith("bias wins against mf")  # nothing else is there


def test_where_only_rankers_are_named_lists_decide_though_baselines_predict():
    ranker = Fitted("mine", Popularity().fit(X), None, 0.1, 1000)
    comparison = judge(SPLIT, [baseline("bias", 0.25), ranker])
    assert comparison.verdict.startswith("mine ")
    assert "NDCG@20" in comparison.verdict
    assert comparison.significance["metric"] == "ndcg@20"


def test_a_baseline_that_is_an_autoencoder_stays_a_rival():
    lines = [baseline("ease", 0.25, Encoder), line("mine", 0.5, Encoder, valid_rmse=0.4), line("mean", 2)]
    assert verdict(*lines).startswith("mine loses to ease: RMSE 0.5000 against 0.2500")


def test_of_a_model_that_was_not_fitted_nothing_is_said():
    assert judge(SPLIT, [line("mean", 2), line("bias", 1)], subject="mine").verdict == (
        "mine was not fitted, so nothing is said about it."
    )


def test_the_sentence_about_tiny_ratings_has_digits_that_count():
    judged, rival = {"model": "a", "rmse": 9.1e-7}, {"model": "b", "rmse": 9.4e-7}
    test = {"difference": -3e-8, "low": -4e-8, "high": -2e-8, "p": 0.001, "p_holm": 0.001}
    words = sentence("rmse", judged, (rival, "the best of the others"), test, 20, 1)
    assert "RMSE 9.1e-07 against 9.4e-07, difference -3e-08, 95 % -4e-08 to -2e-08" in words
