"""What a bundle answers is plain: it compares, unpacks and becomes JSON."""

import json
from dataclasses import asdict

from foretaste.recommended import Answer, Predicted, Recommended


def test_a_line_becomes_json_with_the_ends_of_its_interval():
    line = Recommended(7, "Heat (1995)", 4.1, 3.2, 90, ("Crime",), 3.2, 4.9)
    told = json.loads(json.dumps(asdict(line)))
    assert told == {
        "item_id": 7, "title": "Heat (1995)", "predicted": 4.1, "score": 3.2, "n_ratings": 90, "genres": ["Crime"],
        "low": 3.2, "high": 4.9,
    }  # fmt: skip
    plain = Recommended(7, "Heat (1995)", None, 3.2, None)
    assert (plain.genres, plain.low, plain.high) == ((), None, None)
    assert Answer([line], [9]) == Answer([line], [9]) != Answer([plain], [9])


def test_a_prediction_unpacks_into_value_and_ends():
    value, low, high = Predicted(4.0, 3.0, 5.0)
    assert low < value < high
    assert Predicted(4.0, 3.0, 5.0).low == 3.0
