"""The noun Served: what answers are made of."""

import numpy as np

from foretaste.serve.deploy.served import Served
from tests.serving import X, bundle_of


def test_counts_are_training_ratings_of_each_item():
    one = Served(bundle_of(), "films", "0")
    assert one.counts.tolist() == np.bincount(X.indices, minlength=60).tolist()
    assert one.shelf.film(3)["n_ratings"] == one.counts[3]


def test_ids_and_references_are_plain_values():
    one = Served(bundle_of(), "films", "0123")
    assert one.item_id(4) == bundle_of().catalog.item_ids[4]
    assert type(one.item_id(4)) is int
    assert one.ref("main") == {"name": "films", "version": "0123", "arm": "main"}
