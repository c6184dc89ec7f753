"""Words that begin like a typed one but for one slip, against looking at every word."""

import numpy as np
import pytest

from foretaste.serve.catalogue.search.distance import slips
from foretaste.serve.catalogue.search.vocabulary import FORGIVEN, Vocabulary
from tests.serving import WORLD

FORMS = ["the star wars", "a star", "heat", "the", "七人の侍", "her", "wars of hearts", "the the"]
SMALL = Vocabulary.of(FORMS)


def found(vocabulary, word):
    places, apart = vocabulary.like(word)
    return {vocabulary.words[place]: int(count) for place, count in zip(places, apart, strict=True)}


def test_words_are_found_by_their_beginning_and_with_one_slip():
    assert found(SMALL, "st") == {"star": 0}
    assert found(SMALL, "hea") == {"heat": 0, "hearts": 0}
    assert found(SMALL, "heat") == {"heat": 0, "hearts": 1}
    assert found(SMALL, "hears") == {"hearts": 1}
    assert found(SMALL, "hxearts") == {"hearts": 1}
    assert found(SMALL, "七人") == {"七人の侍": 0}
    assert found(SMALL, "zzzz") == {}


def test_words_lead_to_their_forms():
    places, _ = SMALL.like("the")
    assert SMALL.forms_of(places).tolist() == [0, 3, 7, 7]
    both = np.array([SMALL.words.index("wars"), SMALL.words.index("star")])
    assert SMALL.forms_of(both).tolist() == [0, 6, 0, 1]
    assert SMALL.forms_of(np.empty(0, np.int32)).tolist() == []


def test_nothing_of_no_forms():
    assert found(Vocabulary.of([]), "abc") == {}


@pytest.fixture(scope="module")
def words():
    return Vocabulary.of([title[:-7].lower().replace("'", "") for title in WORLD.catalog.titles])


@pytest.mark.parametrize("kind", ["turned", "dropped", "doubled", "wrong"])
def test_every_slip_in_the_first_letters_of_every_word_is_forgiven(words, kind):
    for word in words.words:
        for at in range(min(len(word) - 1, 6)):
            typed = {
                "turned": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                "dropped": word[:at] + word[at + 1 :],
                "doubled": word[:at] + word[at] + word[at:],
                "wrong": word[:at] + "q" + word[at + 1 :],
            }[kind]
            if len(typed) >= FORGIVEN:
                assert word in found(words, typed), typed


def test_nothing_is_found_that_is_further_away(words):
    for typed in ("silver", "brige", "xyzt", "mag", "qar"):
        apart = slips(typed, list(words.words))
        near = {word for word, count in zip(words.words, apart, strict=True) if count <= (len(typed) >= FORGIVEN)}
        assert set(found(words, typed)) <= near
        assert {word for word in near if word.startswith(typed)} <= set(found(words, typed))
