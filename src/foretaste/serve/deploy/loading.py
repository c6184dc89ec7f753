"""From a folder to a model that may answer: read, checked, asked its golden rows, warm; a bad one raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from foretaste.bundle import Bundle
from foretaste.bundle_folder import MANIFEST, is_bundle, read_manifest
from foretaste.errors import BundleError, ForetasteError, InputError, NotFoundError, nearest
from foretaste.golden import self_test
from foretaste.memory import check_fits
from foretaste.serve.answers.because import because
from foretaste.serve.deploy.served import Served
from foretaste.serve.settings import Settings

ROOM = 2.2
"""What loading takes at its peak, in sizes of the files: their bytes, the arrays made of them, and the catalogue."""
DIGITS = 12
"""Hex digits of a manifest's checksum that are shown as the version."""


def load_served(folder: Path, *, version: str | None = None) -> Served:
    """Load a bundle for serving; beside it there may be others that answer meanwhile.

    Args:
        folder: Of the bundle.
        version: What it must be; None takes what is there.

    Raises:
        NotFoundError: There is no such folder.
        BundleError: It is no bundle, damaged, too new, not the version, answers otherwise than when it was saved, or answers
            nobody but those that it was trained on.
        ResourceError: It does not fit into memory beside what is there.
    """
    with by_name(folder):
        served = _read(folder, version)
    check_answers(served)
    return served


@contextmanager
def by_name(folder: Path) -> Iterator[None]:
    """Call a bundle by its name in errors: who asks over HTTP need not learn where on the disk it is."""
    try:
        yield
    except (BundleError, NotFoundError) as error:
        raise type(error)(error.message.replace(str(folder), folder.resolve().name), hint=error.hint) from error


def _read(folder: Path, version: str | None) -> Served:
    name, found = folder.resolve().name, version_of(folder)
    if version not in {None, found}:
        hint = "what was there has been replaced; deploy the new one if it is wanted"
        raise BundleError(f"{name} is version {found}, expected {version}", hint=hint)
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    check_fits(ROOM * size, f"loading {name}", hint="serve a smaller model, or with fewer --workers")
    bundle = Bundle.load(folder)
    if version_of(folder) != found:
        raise BundleError(f"{name} was written while it was read", hint="ask again when that is done")
    made = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC).date().isoformat()
    return Served(bundle, name, found, made, read_manifest(folder).get("versions", {}))


def version_of(folder: Path) -> str:
    """Return the version of a bundle, which every change of its files changes.

    Raises:
        NotFoundError: There is no such folder.
        BundleError: It is no bundle, or its manifest is damaged.
    """
    return str(read_manifest(folder)["checksum"])[:DIGITS]


def check_answers(served: Served) -> None:
    """Ask a model its golden rows, and have it answer and explain once as it will: what loads late is loaded then.

    Raises:
        BundleError: It answers otherwise than when it was saved, with what is no number, or no strangers at all.
    """
    bundle = served.bundle
    if bundle.model.known_rows:
        raise BundleError(
            f"{served.name} holds {bundle.model.name}, which answers nobody but those that it was trained on",
            hint="serve a model that reads anybody's ratings, such as autorec",
        )
    try:
        self_test(bundle)
        by, _ = bundle.scored(served.nobody)
        because(bundle, bundle.row({served.item_id(0): bundle.scale[1]})[0], np.arange(min(9, len(bundle.catalog))))
    except BundleError as error:
        raise BundleError(f"{served.name}: {error.message}", hint=error.hint) from error
    except ForetasteError as error:
        raise BundleError(f"{served.name} does not answer: {error.message}") from error
    if not np.isfinite(by).all():
        raise BundleError(f"{served.name} answers with scores that are no numbers", hint="train it again")
    served.shelf.prepare()


def find_bundle(settings: Settings, name: str) -> Path:
    """Return the folder of a bundle that may be served, by its plain name.

    Args:
        settings: Which folders are known: those of the command line, and whatever stands in `settings.folder`.
        name: A folder's own name: no path, no link that leads elsewhere.

    Raises:
        InputError: The name is none, or leads out of the folder.
        NotFoundError: There is no such bundle.
    """
    for path in (settings.bundle, settings.challenger):
        if path is not None and path.resolve().name == name:
            return path
    if not name or name.startswith(".") or set(name) & set("/\\:") or not name.isprintable():
        hint = "name a folder beside the bundle that is served, without its path"
        raise InputError(f"{name!r} is no name of a bundle", hint=hint)
    path = settings.folder / name
    if path.resolve().parent != settings.folder:
        raise InputError(f'"{name}" leads out of the folder of models', hint="put the bundle itself there")
    if not is_bundle(path):
        raise NotFoundError(f'there is no bundle "{name}" to serve', hint=nearest(name, available(settings)))
    return path


def available(settings: Settings) -> list[str]:
    """Return the names of the bundles that may be served, sorted."""
    own = [path.resolve().name for path in (settings.bundle, settings.challenger) if path is not None]
    try:
        beside = [path.name for path in settings.folder.iterdir() if not path.name.startswith(".") and is_bundle(path)]
    except OSError:
        beside = []
    return sorted({*own, *beside})
