"""From paths to a case: files are read leniently, bad rows and repeated pairs are kept in mind rather than refused."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from foretaste.bundle import Bundle
from foretaste.data.items import read_films
from foretaste.data.movielens import resolve_data
from foretaste.data.readers import ReadOptions, find_items, first_bad_rows, read_data
from foretaste.doctor.case import Case
from foretaste.doctor.values import decimal_commas
from foretaste.errors import DataError, ForetasteError
from foretaste.models.params import build_params
from foretaste.recipe import DataParams, SplitParams, parse_recipe
from foretaste.source import load

if TYPE_CHECKING:
    from foretaste.data.filters import Policy

NOTHING_LEFT = "so no ratings are left"
"""How the readers end what they say of a file without a good row."""


def open_case(
    data: str | Path,
    options: ReadOptions | None = None,
    *,
    test: str | Path | None = None,
    bundle: str | Path | None = None,
    split: SplitParams | None = None,
) -> Case:
    """Read everything that is to be looked at.

    Args:
        data: File, folder or name of a public set; the train file where `test` is given.
        options: How to read; bad rows are left out and repeated pairs are kept whatever it says of them, and
            `duplicates` decides what the checks of anything else see.
        test: The caller's own test file.
        bundle: A saved model that is to be used on the data.
        split: How the data are to be divided.

    Raises:
        ForetasteError: As the readers do where a file is no table of ratings at all, and as `Bundle.load`.
    """
    options = options or ReadOptions()
    case = _read(data, options)
    if test is not None:
        lists = replace(options, separator="lists") if case.rows.log.form == "lists" else options
        case = replace(case, test=_read(test, lists))
    if bundle is not None:
        loaded = Bundle.load(bundle)
        own = _is_own(loaded, data, options)
        case = replace(case, bundle=loaded, bundle_path=quote(str(bundle)), bundle_own=own)
    return replace(case, split=split)


def _read(data: str | Path, options: ReadOptions) -> Case:
    path = resolve_data(data, fetch_missing=True)
    lenient = replace(options, bad_rows="skip", duplicates="keep", cache=False)
    try:
        rows, catalog = read_data(path, lenient)
    except DataError as error:
        raise _shown(error, path, options) from error
    bad = first_bad_rows(path, options) if rows.log.rows_bad else ()
    items = find_items(path)
    films = None if items is None else tuple(read_films(items))
    policy: Policy = "last" if options.duplicates in ("error", "keep") else options.duplicates
    return Case(rows, catalog, quote(str(data)), options.columns, options.separator, films, bad, duplicates=policy)


def _shown(error: DataError, path: Path, options: ReadOptions) -> DataError:
    """The same error with the first bad rows, where all are bad."""
    if not error.message.endswith(NOTHING_LEFT):
        return error
    bad = first_bad_rows(path, options)
    hint = f"{decimal_commas(bad)}Name the columns (--columns) if these are the wrong ones."
    return DataError(f"{error.message}: {'; '.join(bad)}", hint=hint)


def _is_own(bundle: Bundle, data: str | Path, options: ReadOptions) -> bool | None:
    """Whether the data, filtered as the bundle's were, are those it was trained from; None where it does not say."""
    recipe, about = bundle.about.get("recipe"), bundle.about.get("data")
    if not isinstance(recipe, Mapping) or not isinstance(about, Mapping) or "fingerprint" not in about:
        return None
    try:
        params = parse_recipe({"data": recipe.get("data", {})}).data
        params = build_params(DataParams, vars(params) | {"bad_rows": "skip"})
        return load(data, params, columns=options.columns).ratings.fingerprint() == about["fingerprint"]
    except ForetasteError:  # its filters leave nothing of these data, so they are others
        return False
