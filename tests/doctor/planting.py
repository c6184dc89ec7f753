"""Clean worlds as files, in which tests plant one fault at a time."""

from pathlib import Path

import numpy as np

from foretaste import Ratings, make_world
from foretaste.data.catalog import Catalog
from foretaste.data.filters import drop_duplicates
from foretaste.doctor import Case, examine, open_case

KINDS = {
    "half stars": lambda r: r,
    "full stars": np.ceil,
    "0 to 100": lambda r: np.round((r - 0.5) / 4.5 * 100),
    "-10 to 10": lambda r: (r - 0.5) / 4.5 * 20 - 10,
}
"""How the half stars of a world become other scales."""


class Table:
    """Columns of a file of ratings, to be changed and written."""

    def __init__(self, users=200, items=120, ratings=6_000, *, seed=1, kind="half stars", times=True):
        world = make_world(users, items, ratings, seed=seed)
        self.user, self.item = world.ratings.user.astype(object), world.ratings.item.astype(object)
        self.rating = KINDS[kind](world.ratings.rating.astype(float)) if kind in KINDS else None
        self.time = world.ratings.time.copy() if times else None
        self.films = list(zip(world.catalog.item_ids.tolist(), world.catalog.titles, strict=True))

    def __len__(self):
        return len(self.user)

    def columns(self):
        named = {"userId": self.user, "movieId": self.item, "rating": self.rating, "timestamp": self.time}
        return {name: values for name, values in named.items() if values is not None}

    def add(self, rows, **changed):
        """Add copies of some rows, with some columns changed."""
        for name in ("user", "item", "rating", "time"):
            values = getattr(self, name)
            if values is not None:
                setattr(self, name, np.concatenate([values, changed.get(name, values[rows])]))

    def part(self, rows):
        """Return a table of some of the rows."""
        out = object.__new__(Table)
        out.films = self.films
        for name in ("user", "item", "rating", "time"):
            values = getattr(self, name)
            setattr(out, name, None if values is None else values[rows].copy())
        return out

    def write(self, folder: Path, name="ratings.csv", *, films=True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        columns = self.columns()
        lines = [",".join(columns)]
        lines += [
            ",".join(f"{x:g}" if isinstance(x, float) else str(x) for x in row)
            for row in zip(*columns.values(), strict=True)
        ]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        if films:
            body = "".join(f'{film},"{title}",Drama\n' for film, title in self.films)
            (folder / "movies.csv").write_text("movieId,title,genres\n" + body, encoding="utf-8")
        return folder if name == "ratings.csv" else folder / name


def serious(diagnosis):
    """Return the codes of warnings and errors."""
    return [one.code for one in diagnosis.findings if one.severity != "note"]


def looked_at(folder, **more):
    """Return the diagnosis of a folder or file."""
    return examine(open_case(folder, **more), forecast=False)


def case_of(user, item, rating=None, time=None, **more):
    """Return a case of columns in memory, repeated pairs and all."""
    rows = drop_duplicates(Ratings.from_arrays(user, item, rating, time), "keep")
    return Case(rows, Catalog(rows.item_ids), **more)


def world_case(users=200, items=120, ratings=6_000, *, seed=1, films=True, **more):
    """Return a case of a clean world, with its films."""
    world = make_world(users, items, ratings, seed=seed)
    listed = zip(world.catalog.item_ids.tolist(), world.catalog.titles, strict=True)
    every = tuple((str(one), title, ()) for one, title in listed) if films else None
    return Case(world.ratings, world.catalog, films=every, **more)


def codes(findings):
    """Return the codes of findings, notes with a dash in front."""
    return [("-" if one.severity == "note" else "") + one.code for one in findings]
