"""foretaste explain: a table, sentences that are true, and words for what cannot be explained."""

import json
import re

import numpy as np
import pytest

from foretaste import Bundle, Catalog, explain
from foretaste.cli.explain import bar, effect_table, head, ordinal, pushes, shown, sums, without
from foretaste.cli.tables import console
from foretaste.explanation import Changed, Effect, Explanation, Rated, Removed
from foretaste.models import BiasedMf, Popularity
from tests.explaining import linear, some_row

MINE = ("--rate", "3=5", "--rate", "4=2", "--rate", "7=4")


def effect(size, on_list=None, part=None, title="Film A", rating=5.0):
    return Effect(1, title, rating, size, size if on_list is None else on_list, size / 2, part)


def explained(*effects, **changed):
    usual = {
        "item_id": 9, "title": "Film Z", "predicted": 4.2, "value": 4.2, "score": 4.0, "place": 3, "k": 10, "nobody": 3.9,
        "nobody_place": 41, "base": None, "additive": False, "arranges": False, "effects": effects, "fewest": None,
        "smallest": None, "ignored": (),
    }  # fmt: skip
    return Explanation(**(usual | changed))


def ranked(*effects, **changed):
    return explained(*effects, **({"predicted": None, "additive": True, "base": 0.0, "nobody": 0.0} | changed))


def test_the_table_and_the_sentences_say_what_the_library_does(say, bundle):
    said = say("explain", bundle, *MINE, "--item", "9")
    assert said.code == 0, said.err
    found = explain(Bundle.load(bundle), {3: 5.0, 4: 2.0, 7: 4.0}, 9)
    for one in found.effects:
        assert re.search(rf"{re.escape(one.title)} +│ +{one.rating:g} │ +{re.escape(f'{one.effect:+.3f}')} ", said.out)
    assert f"{found.title}: predicted {found.predicted:.2f}, {ordinal(found.place)} in the list." in said.out
    assert f"For somebody who has rated nothing: {found.nobody:.2f}" in said.out
    assert f"Without {found.effects[0].title}, rated {found.effects[0].rating:g}, its predicted rating" in said.out


def test_the_first_of_the_list_is_explained_where_no_item_is_named(say, bundle):
    first = say("recommend", bundle, *MINE, "--json").json()["items"][0]
    assert say("explain", bundle, *MINE, "--json").json()["item_id"] == first["item_id"]


def test_json_holds_all_of_it(say, bundle):
    found = say("explain", bundle, *MINE, "--item", "9", "--k", "39", "--json").json()
    expected = explain(Bundle.load(bundle), {3: 5.0, 4: 2.0, 7: 4.0}, 9, k=39)
    assert found["effects"][0]["effect"] == pytest.approx(expected.effects[0].effect)
    assert found["together"] == pytest.approx(expected.together)
    assert found["one_by_one"] == pytest.approx(expected.one_by_one)
    assert found["fewest"]["proven"] is True
    assert set(found["smallest"]) == {"rating", "to", "place", "proven"}
    assert json.dumps(found)


def test_a_user_of_a_file(say, bundle, world):
    loaded = Bundle.load(bundle)
    found = say("explain", bundle, "--data", world, "--user", 7, "--json").json()
    answer = say("recommend", bundle, "--data", world, "--user", 7, "--json").json()
    assert found["item_id"] == answer["items"][0]["item_id"]
    said = say("explain", bundle, "--data", world, "--user", 7)
    assert (" others" in said.out) == (len(found["effects"]) > 16)
    rated = found["effects"][0]["item_id"]
    said = say("explain", bundle, "--data", world, "--user", 7, "--item", rated)
    assert (said.code, "is rated already" in said.err) == (2, True)
    assert loaded.catalog.title(0) is not None


def test_it_fits_80_columns_whatever_the_titles(say, bundle, capsys, monkeypatch):
    effects = [effect(0.5 / n, 7.25 / n, 0.1, title="A rather long title of a film " * 3) for n in range(1, 30)]
    screen = console()
    screen.width = 80
    screen.print(effect_table(explained(*effects, base=3.0, arranges=True)))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("14 others" in line for line in lines)


def test_ids_that_are_unknown_are_told(say, bundle, tmp_path):
    (tmp_path / "r.csv").write_text("user,item,rating\nann,3,5\nann,999,4\n")
    said = say("explain", bundle, "--data", tmp_path / "r.csv", "--user", "ann")
    assert said.code == 0
    assert "ignored, not in the bundle: 999" in said.err


def test_somebody_whose_ratings_are_all_unknown_has_nothing_to_explain(say, bundle, tmp_path):
    (tmp_path / "r.csv").write_text("user,item,rating\nann,998,5\nann,999,4\n")
    said = say("explain", bundle, "--data", tmp_path / "r.csv", "--user", "ann")
    assert said.code == 0
    assert "Nothing is rated: it says so of anybody." in said.out
    assert "┃" not in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "whose ratings count is not clear\nhint: give --rate, or --data with --user"),
        (["--data", "F"], "whose ratings count is not clear"),
        (["--rate", "3=5", "--user", "7"], "--rate and --user are both given\nhint: choose whose"),
        (["--rate", "3=5", "--data", "F"], "--rate and --data are both given"),
        (["--rate", "3=5", "--item", "zzzz"], 'no item is called "zzzz"'),
        (["--rate", "3=5", "--item", "3"], "is rated already, 5, and lists leave out what is rated\nhint: leave that"),
        (["--rate", "3=9"], "is 9, expected 0.5 to 5"),
    ],
)
def test_what_cannot_be_explained_is_said_in_words(say, bundle, arguments, words):
    said = say("explain", bundle, *arguments)
    assert said.code == 2
    assert words in said.err


def test_a_model_of_clicks_counts_likes_and_says_so(say, world, tmp_path):
    assert (
        say("train", world, "--task", "ranking", "--like", 4, "--model", "ease", "--out", tmp_path / "b", "-q").code
        == 0
    )
    said = say("explain", tmp_path / "b", *MINE)
    assert said.code == 0, said.err
    assert "score" in said.out
    assert "predicted" not in said.out
    assert "The model learnt from likes, ratings of 4 or more; 1 rating below it says nothing to it." in said.out
    assert "The score is a sum: 0.00 for nobody, and all effects." in said.out


def test_heads():
    assert head(explained(effect(0.2))) == [
        "Film Z: predicted 4.20, 3rd in the list.",
        "For somebody who has rated nothing: 3.90, 41st in the list.",
    ]
    assert head(explained(effect(1.0), value=5.35, predicted=5.0))[0] == (
        "Film Z: predicted 5.00, 3rd in the list. The model says 5.35, beyond the scale; effects are on that."
    )
    assert head(ranked(effect(0.01), value=0.0123))[0] == "Film Z: score 0.0123, 3rd in the list."
    assert head(explained(nobody=4.2)) == [
        "Film Z: predicted 4.20, 3rd in the list.",
        "Nothing is rated: it says so of anybody.",
    ]


def test_without_one_rating():
    assert without(explained(), effect(0.2134)) == "Without Film A, rated 5, its predicted rating would be 0.213 lower."
    assert without(explained(), effect(-0.05, rating=4.5)) == (
        "Without Film A, rated 4.5, its predicted rating would be 0.050 higher."
    )
    assert without(ranked(), effect(0.00123)) == "Without Film A, rated 5, its score would be 0.00123 lower."
    pair = explained(arranges=True, score=1.92)
    assert without(pair, effect(-0.02, 0.41)) == (
        "Without Film A, rated 5, it would lose 0.41 of the 1.92 that the list is sorted by, "
        "and its predicted rating would be 0.020 higher."
    )
    assert without(pair, effect(0.0, -0.5)).endswith("gain 0.50 of the 1.92 that the list is sorted by, "
                                                     "and its predicted rating would be the same.")  # fmt: skip


def test_sums_in_words():
    loaded = Bundle(linear(np.eye(6)), Catalog(np.arange(6)), None, (0.5, 5.0))
    three = [effect(0.2, part=0.1), effect(0.1, part=0.3), effect(-0.05, part=0.0)]
    lines = sums(explained(*three, base=3.8), loaded)
    assert lines[1] == (
        "All 3 ratings together change it by +0.300; one by one their effects add up to +0.250. The two need not agree: what "
        "several ratings say alike is not missed while one of them is there."
    )
    assert lines[2] == (
        "part: what a rating adds where the prediction is written as a sum, 3.80 and all parts making 4.20. It is not what "
        "would be missed without it."
    )
    assert sums(explained(*three[:2]), loaded)[1].startswith("Both ratings together change it by +0.300; one by one")
    assert len(sums(explained(effect(0.2)), loaded)) == 1  # one rating alone: together is what it does
    assert sums(explained(), loaded) == []
    assert sums(ranked(effect(0.0), effect(0.0)), loaded) == ["None of these ratings changes anything about it."]


A, B = Rated(1, "Film A", 5.0), Rated(2, "Film B", 4.0)


@pytest.mark.parametrize(
    ("fewest", "words"),
    [
        (Removed((A,), 12, 0, proven=True), "Without Film A, rated 5, it would be 12th, off the first 10."),
        (
            Removed((A, B), 11, 1, proven=True),
            "Without Film A, rated 5, and Film B, rated 4, it would be 11th, off the first 10; no fewer ratings do that.",
        ),
        (
            Removed((A, B) * 2, 11, 2, proven=False),
            "Without Film A, rated 5, Film B, rated 4, Film A, rated 5, and Film B, rated 4, it would be 11th, off the first "
            "10: at most 4 ratings; no 2 or fewer do that, and whether fewer than 4 do was not found out.",
        ),
        (
            Removed((A,) * 7, 21, 1, proven=False),
            "Without "
            + "Film A, rated 5, " * 5
            + "and 2 others it would be 21st, off the first 10: at most 7 ratings; "
            "no one rating does that, and whether fewer than 7 do was not found out.",
        ),
        (
            Removed((A,) * 9, 21, 8, proven=True),
            "Without any of the 9 ratings it would be 21st, off the first 10; no fewer ratings do that.",
        ),
        (Removed((), None, 9, proven=True), "Whatever ratings are taken away, it stays in the first 10."),
        (
            Removed((), None, 2, proven=False),
            "No 2 of them or fewer, taken away, would push it off the first 10, and a search among more found none that would.",
        ),
        (
            Removed((), None, 1, proven=False),
            "No one of them, taken away, would push it off the first 10, and a search among more found none that would.",
        ),
    ],
)
def test_what_would_push_it_off_in_words(fewest, words):
    assert pushes(explained(*[effect(0.1)] * 9, fewest=fewest)) == [words]


@pytest.mark.parametrize(
    ("smallest", "words"),
    [
        (
            Changed(A, 3.5, 11, proven=True),
            "With Film A rated 3.5 instead of 5 it would be 11th; no smaller change of one rating does that.",
        ),
        (Changed(A, 3.5, 11, proven=False), "With Film A rated 3.5 instead of 5 it would be 11th."),
        (Changed(None, None, None, proven=True), "No single rating given otherwise would push it off the first 10."),
        (
            Changed(None, None, None, proven=False),
            "None of the strongest ratings, given otherwise, would push it off the first 10.",
        ),
    ],
)
def test_one_rating_given_otherwise_in_words(smallest, words):
    off = Removed((A,), 12, 0, proven=True)
    assert pushes(explained(effect(0.1), fewest=off, smallest=smallest))[1] == words


def test_what_is_not_in_the_list_is_not_pushed_off():
    assert pushes(explained(effect(0.1), place=11)) == [
        "It is not in the first 10, so there is nothing to push it off."
    ]
    assert pushes(explained(place=11)) == []


def test_popularity_is_moved_by_nobody(capsys):
    X = some_row(0, 12, 6)
    loaded = Bundle(Popularity().fit(X), Catalog(np.arange(12)), None, (0.5, 5.0))
    found = explain(loaded, {0: 4.0, 1: 2.0}, k=1)
    assert sums(found, loaded) == ["None of these ratings changes anything about it."]
    assert pushes(found) == ["Whatever ratings are taken away, it stays in the first 1."]


def test_effects_that_are_nothing_are_counted_and_not_listed(capsys):
    console().print(
        effect_table(ranked(effect(0.5), *[effect(0.0, title="Film B")] * 4, effect(-0.25, title="Film C")))
    )
    out = capsys.readouterr().out
    assert "Film B" not in out
    assert re.search(r"4 others +│ +│ +\+0.000 │ +\+0 % │", out)
    assert re.search(r"Film A .*\|\+{8} ", out)
    assert re.search(r"Film C .* {4}----\| ", out)


def test_bars_numbers_and_places():
    assert bar(1.0, 2.0) == "        |++++    "
    assert bar(-2.0, 2.0) == "--------|        "
    assert bar(0.0, 2.0) == bar(0.0, 0.0) == "        |        "
    assert [shown([0.0123])(0.0123), shown([123.4])(123.4), shown([])(0.0)] == ["0.0123", "123.40", "0.00"]
    assert [shown([0.2], sign=True)(-1e-9), shown([1e-9])(1e-9), shown([0.0123], most=3)(0.0123)] == [
        "+0.000",
        "0.000000",
        "0.012",
    ]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112, 1022)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "1,022nd",
    ]  # fmt: skip


def test_the_sentence_of_the_largest_effect_is_what_predict_says(say, tmp_path):
    """The words are checked against another command: predict with and without that rating."""
    X = some_row(1, 12, 8)
    folder = Bundle(BiasedMf(latent=2, epochs=2).fit(X), Catalog(np.arange(12)), None, (0.5, 5.0)).save(tmp_path / "b")
    rates = {"0": "--rate=0=5", "1": "--rate=1=1"}
    said = say("explain", folder, *rates.values(), "--item", 5)
    item, amount, way = re.search(
        r"Without item (\d+), rated \d, its predicted rating would be ([\d.]+) (\w+)\.", said.out
    ).groups()
    other = [rate for rated, rate in rates.items() if rated != item]
    whole, less = (
        say("predict", folder, *given, "--item", 5, "--json").json()[0]["predicted"]
        for given in (rates.values(), other)
    )
    assert less - whole == pytest.approx(float(amount) * (1 if way == "higher" else -1), abs=6e-4)
