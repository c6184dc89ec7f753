"""The public MovieLens data sets by name: where they are, how to check them, under which terms, and how to cite them."""

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from foretaste.data.cache_place import cache_root
from foretaste.data.download import Progress, download, unpack
from foretaste.data.opening import is_file, place_kind
from foretaste.errors import DownloadError, NotFoundError, nearest

GROUPLENS = "https://files.grouplens.org/datasets/movielens"
CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems (TiiS) 5, 4: 19:1-19:19. https://doi.org/10.1145/2827872"
)
LICENCE = (
    "Terms of GroupLens, University of Minnesota: for research; no commercial or revenue-bearing use without their "
    "permission; acknowledge the source in publications. The README in the folder has the whole text."
)
_log = logging.getLogger(__name__)
_RATINGS_FILES = ("ratings.csv", "ratings.dat", "u.data")


@dataclass(frozen=True)
class PublicSet:
    """One public data set.

    Args:
        name: What foretaste and GroupLens call it.
        folder: Name of the folder in the archive.
        ratings: How many it holds.
        md5: Checksum of the archive as GroupLens publishes it; None for a set that changes over time, whose checksum
            is asked for beside it.
    """

    name: str
    folder: str
    ratings: int
    md5: str | None

    def url(self, base: str = GROUPLENS) -> str:
        """Return the address of the archive."""
        return f"{base}/{self.name}.zip"


SETS: dict[str, PublicSet] = {
    known.name: known
    for known in (
        PublicSet("ml-latest-small", "ml-latest-small", 100_836, None),
        PublicSet("ml-100k", "ml-100k", 100_000, "0e33842e24a9c977be4e0107933c0723"),
        PublicSet("ml-1m", "ml-1m", 1_000_209, "c4d9eecfca2ab87c1945afe126590906"),
        PublicSet("ml-10m", "ml-10M100K", 10_000_054, "ce571fd55effeba0271552578f2648bd"),
        PublicSet("ml-20m", "ml-20m", 20_000_263, "cd245b17a1ae2cc31bb14903e1204af3"),
        PublicSet("ml-25m", "ml-25m", 25_000_095, "6b51fb2759a8657d3bfcbfc42b592ada"),
        PublicSet("ml-32m", "ml-32m", 32_000_204, "d472be332d4daa821edc399621853b57"),
    )
}
"""Every set that can be asked for by name, smallest first."""


def find_dataset(name: str) -> Path | None:
    """Return the folder of a public set that is on this machine.

    Args:
        name: One of `SETS`. It is looked for in $FORETASTE_DATA, then in the cache folder.

    Returns:
        Its folder, or None where it has to be fetched.

    Raises:
        NotFoundError: No set is called that.
    """
    known = _known(name)
    own = os.environ.get("FORETASTE_DATA")
    places = [Path(own) / known.name, Path(own) / known.folder] if own else []
    return next((place for place in (*places, _cached(known)) if _has_ratings(place)), None)


def fetch(name: str, *, progress: Progress | None = None, base: str = GROUPLENS) -> Path:
    """Return the folder of a public set, fetching it first where it is not on this machine.

    Args:
        name: One of `SETS`.
        progress: Called with bytes done and bytes in all while it is fetched.
        base: Address of the folder that holds the archives.

    Returns:
        Its folder, which `readers.read_data` reads.

    Raises:
        NotFoundError: No set is called that.
        DownloadError: It cannot be fetched; the text names the address and where to put the files by hand.
    """
    known = _known(name)
    found = find_dataset(name)
    if found is not None:
        return found
    target = _cached(known)
    archive = target.with_name(f"{known.name}.zip")
    try:
        download(known.url(base), archive, md5=known.md5, progress=progress)
        shutil.rmtree(target, ignore_errors=True)  # a folder without ratings, or find_dataset had returned it
        try:
            unpack(archive, known.folder, target)
        finally:
            archive.unlink()
    except OSError as error:
        message = error.message if isinstance(error, DownloadError) else f"{known.url(base)} cannot be stored: {error}"
        advice = f"{error.hint}; or " if isinstance(error, DownloadError) and error.hint else ""
        raise DownloadError(
            message,
            hint=f"{advice}put the unpacked files into {target} by hand, or set FORETASTE_DATA to the folder that holds {name}",
        ) from error
    return target


def resolve_data(name_or_path: str | os.PathLike[str], *, fetch_missing: bool = False) -> Path:
    """Return the path that a person means by a path or by the name of a public set.

    Args:
        name_or_path: An existing path wins; otherwise the name of a set.
        fetch_missing: Whether a set that is not on this machine is fetched; the terms of use are logged then.

    Raises:
        NotFoundError: There is neither, or the set is not on this machine and is not to be fetched.
        DownloadError: It cannot be fetched.
        DataError: The path cannot be looked at, or is a pipe.
    """
    path = Path(name_or_path)
    if place_kind(path) != "nothing":
        return path
    name = os.fspath(name_or_path)
    if name not in SETS:
        raise NotFoundError(f'there is no file, folder or public data set "{name}"', hint=nearest(name, SETS))
    found = find_dataset(name)
    if found is None and fetch_missing:
        _log.warning("%s is fetched. %s", name, LICENCE)
        return fetch(name)
    if found is None:
        raise NotFoundError(
            f"{name} is not on this machine, neither in $FORETASTE_DATA nor in {_cached(SETS[name]).parent}",
            hint=f"fetch it once: foretaste data fetch {name}",
        )
    return found


def _known(name: str) -> PublicSet:
    if name not in SETS:
        raise NotFoundError(f'there is no public data set "{name}"', hint=nearest(name, SETS))
    return SETS[name]


def _cached(known: PublicSet) -> Path:
    return cache_root() / "data" / known.name


def _has_ratings(folder: Path) -> bool:
    return any(is_file(folder / name) for name in _RATINGS_FILES)
