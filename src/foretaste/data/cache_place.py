"""Where things are kept that can be made again; apart from the cache of ratings, as a service loads no tables for it."""

import os
from pathlib import Path

import platformdirs


def cache_root() -> Path:
    """Return the folder for everything that can be made again: $FORETASTE_CACHE, or the platform's cache folder."""
    chosen = os.environ.get("FORETASTE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("foretaste", appauthor=False))
