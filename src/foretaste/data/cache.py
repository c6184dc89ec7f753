"""Large files are read once: their coded columns are kept as Parquet in the user's cache folder.

An entry is a folder, named after the file, the options and the file's size and time of change, and never changes after
it was put there in one move. Anything odd about an entry means that the file is read again. Nothing here may fail.
"""

import hashlib
import json
import logging
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from foretaste.arrays import AnyArray
from foretaste.data.cache_place import cache_root
from foretaste.data.catalog import id_array
from foretaste.data.ratings import Ratings, ReadLog
from foretaste.errors import DataError

CACHED_FROM_BYTES = 10_000_000
"""Smaller files are read faster than their cache entry is worth."""
_VERSION = 3  # counts up when files are read differently than before
_FILES = ("rows.parquet", "user.parquet", "item.parquet")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """The place of one file's ratings in the cache.

    Args:
        folder: Where the entry is, or would be.
        prefix: Beginning of the names of all entries of this file under these options.
    """

    folder: Path
    prefix: str


def entry_for(path: Path, options: str) -> Entry | None:
    """Return the cache entry of a file, or None where the file is too small to have one.

    Args:
        path: An existing file.
        options: Everything else that the ratings depend on, as text.
    """
    state = path.stat()
    if state.st_size < CACHED_FROM_BYTES:
        return None
    key = json.dumps([_VERSION, str(path.resolve()), options])
    prefix = _sha256(key)[:32]
    return Entry(cache_root() / "ratings" / f"{prefix}-{state.st_size}-{state.st_mtime_ns}", prefix)


def load(entry: Entry) -> Ratings | None:
    """Return the ratings of an entry, or None where it is missing or damaged."""
    if not entry.folder.is_dir():
        return None
    try:
        log = _checked_log(entry.folder)
        rows = pl.read_parquet(entry.folder / "rows.parquet", glob=False)
        users, items = (_ids(pl.read_parquet(entry.folder / f"{role}.parquet")["id"]) for role in ("user", "item"))
        user, item, rating = (rows[name].to_numpy() for name in ("user", "item", "rating"))
        time = rows["time"].to_numpy() if "time" in rows.columns else None
        return Ratings(users, items, user, item, rating, time, log)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        _log.info("cache entry %s is not usable (%s); the file is read again", entry.folder.name, error)
        return None


def store(entry: Entry, ratings: Ratings) -> None:
    """Keep ratings under an entry, in place of older ones of the same file; where that is not possible, go on without."""
    try:
        entry.folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=entry.folder.parent))
    except OSError as error:
        _log.info("the cache cannot be written: %s", error)
        return
    try:
        _write(made, ratings)
        for old in entry.folder.parent.glob(f"{entry.prefix}-*"):
            shutil.rmtree(old, ignore_errors=True)
        made.replace(entry.folder)
    except (OSError, pl.exceptions.PolarsError) as error:
        _log.info("the cache cannot be written: %s", error)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _write(folder: Path, ratings: Ratings) -> None:
    columns: dict[str, AnyArray] = {
        "user": ratings.user_code,
        "item": ratings.item_code,
        "rating": ratings.rating,
    }
    if ratings.time is not None:
        columns["time"] = ratings.time
    pl.DataFrame(columns).write_parquet(folder / "rows.parquet", compression="lz4", statistics=False)
    for role, ids in (("user", ratings.user_ids), ("item", ratings.item_ids)):
        pl.DataFrame({"id": ids.tolist()}).write_parquet(folder / f"{role}.parquet")
    manifest = {"log": asdict(ratings.log), "sha256": {name: _digest(folder / name) for name in _FILES}}
    text = json.dumps(manifest)
    (folder / "manifest.json").write_text(f"{_sha256(text)}\n{text}", "utf-8")


def _checked_log(folder: Path) -> ReadLog:
    """What the reader did, once every byte of the entry is known to be as it was written."""
    seal, _, text = (folder / "manifest.json").read_text("utf-8").partition("\n")
    if seal != _sha256(text):
        raise DataError("its manifest is damaged")
    manifest = json.loads(text)
    damaged = [name for name in _FILES if _digest(folder / name) != manifest["sha256"][name]]
    if damaged:
        raise DataError(f"{damaged[0]} is damaged")
    return ReadLog(**manifest["log"] | {"steps": tuple(manifest["log"]["steps"])})


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _ids(column: pl.Series) -> AnyArray:
    return column.to_numpy() if column.dtype == pl.Int64 else id_array(column.to_list())
