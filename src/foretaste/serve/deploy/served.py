"""The noun Served: one loaded bundle, with what answers are made of beside its model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from foretaste.arrays import Csr, FloatArray
from foretaste.bundle import Bundle
from foretaste.data.catalog import ItemId
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.serve.meaning.similar import Neighbours


@dataclass(frozen=True, eq=False)
class Served:
    """A model that is ready to answer.

    Args:
        bundle: Loaded and checked.
        name: Of its folder.
        version: First 12 hex digits of the manifest's checksum.
        made: Day on which it was written, such as 2026-11-26; None where nobody knows.
        versions: Of what it was made with, by name.
    """

    bundle: Bundle
    name: str
    version: str
    made: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def counts(self) -> FloatArray | None:
        """Training ratings of each item, float32 (items,); None where the bundle does not say."""
        if self.bundle.order is not None:
            return self.bundle.order.count
        return getattr(self.bundle.model, "count_", None)

    @cached_property
    def shelf(self) -> Shelf:
        """Titles, years and genres as answers and filters need them."""
        return Shelf.of(self.bundle.catalog, self.counts)

    @cached_property
    def neighbours(self) -> Neighbours:
        """What the model knows of items that go together."""
        return Neighbours.of(self.bundle.model, self.counts, self.shelf.genres)

    @cached_property
    def nobody(self) -> Csr:
        """The row of somebody who has rated nothing, (1, items)."""
        return Csr((1, len(self.bundle.catalog)), dtype=np.float32)

    def item_id(self, col: int) -> ItemId:
        """Return the id of a column as the data set writes it."""
        return self.shelf.ids[col]

    def ref(self, arm: str) -> dict[str, Any]:
        """Return what an answer says of the model that gave it."""
        return {"name": self.name, "version": self.version, "arm": arm}
