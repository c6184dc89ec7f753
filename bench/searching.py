"""Search as you type: what one look takes over many titles, what it takes to be ready, and what is found of what is misspelt.

python bench/searching.py --titles 100000 --looks 2000

Titles are made of `--words` made-up words, of which a few are in many titles and most in few, as in real catalogues; `--data
ml-latest-small` takes the titles of a data set instead. What is typed are beginnings of titles of every length, every second
one with a slip. Times are of this thread alone, one after the other. `all titles` is the same text compared with every title
by rapidfuzz (WRatio, in C++, with the shared folding), which is what an index is there to avoid.
"""

import argparse
import json
import time
import tracemalloc

import numpy as np
from rapidfuzz import fuzz, process
from slips import KINDS, dropped, turned, wrong

from foretaste.data.catalog import Catalog
from foretaste.serve.catalogue.search.forms import all_forms, plain
from foretaste.serve.catalogue.search.index import TitleIndex
from foretaste.serve.catalogue.shelf import Shelf
from foretaste.source import load

BEGINS = ("b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "st", "th")
ENDS = ("a", "e", "i", "o", "u", "an", "er", "in", "on", "or")
SYLLABLES = [begin + end for begin in BEGINS for end in ENDS]
SMALL_WORDS = ["the", "of", "and", "in", "a", "to", "for", "my"]


def main() -> None:
    args = _arguments()
    rng = np.random.default_rng(args.seed)
    shelf = _data(args.data) if args.data else made_up(args.titles, args.words, rng)
    index, ready = _built(shelf)
    looks = _typed(shelf, args.looks, rng)
    for text in looks[:20]:
        index.find(text)
    ms = np.array([_ms(index.find, text) for text in looks])
    forms = list(index.forms)
    scan = np.array([_ms(process.extract, plain([text])[0], forms, scorer=fuzz.WRatio, limit=5) for text in looks[:20]])
    out = {
        "titles": len(shelf),
        "forms": len(forms),
        "words": len(index.vocabulary.words),
        **ready,
        "p50_ms": float(np.percentile(ms, 50)),
        "p99_ms": float(np.percentile(ms, 99)),
        "slowest": [looks[int(ms.argmax())], float(ms.max())],
        "all_titles_p50_ms": float(np.median(scan)),
        "times_sooner": float(np.median(scan) / np.median(ms)),
        "found": _found(shelf, index, args.found, rng),
    }
    print(json.dumps(out, indent=2, ensure_ascii=False))


def made_up(n: int, n_words: int, rng: np.random.Generator) -> Shelf:
    """Return n titles of 1 to 6 words, whose frequencies fall as 1 / rank, with years and skewed popularity."""
    sizes = rng.choice([1, 2, 3, 4], size=n_words, p=[0.1, 0.45, 0.35, 0.1])
    words = np.array(["".join(rng.choice(SYLLABLES, size)) for size in sizes.tolist()])
    chance = 1 / np.arange(1, n_words + 1) ** 0.8
    lengths = rng.choice([1, 2, 3, 4, 5, 6], size=n, p=[0.15, 0.3, 0.25, 0.15, 0.1, 0.05])
    drawn = rng.choice(n_words, size=int(lengths.sum()), p=chance / chance.sum())
    titles, at = [], 0
    for length, small, year in zip(
        lengths.tolist(), rng.random(n).tolist(), rng.integers(1920, 2020, n).tolist(), strict=True
    ):
        own = words[drawn[at : at + length]].tolist()
        at += length
        if small < 0.5:
            own.insert(length // 2, SMALL_WORDS[int(small * 16)])
        titles.append(f"{' '.join(own).title()} ({year})")
    return Shelf.of(Catalog(np.arange(n), tuple(titles)), rng.lognormal(2, 2, n))


def _data(name: str) -> Shelf:
    source = load(name)
    counts = np.bincount(source.catalog.columns(source.ratings.item_ids)[source.ratings.item_code])
    return Shelf.of(source.catalog, np.pad(counts, (0, len(source.catalog) - len(counts))))


def _built(shelf: Shelf) -> tuple[TitleIndex, dict[str, float]]:
    """Build twice: once for its time, once for its memory, which slows it."""
    shelf.best_known  # noqa: B018 (an order that serving has anyway)
    start = time.thread_time()
    TitleIndex.of(shelf)
    build_s = time.thread_time() - start
    tracemalloc.start()
    index = TitleIndex.of(shelf)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return index, {"build_s": build_s, "kept_mb": kept / 1e6, "peak_mb": peak / 1e6}


def _typed(shelf: Shelf, n: int, rng: np.random.Generator) -> list[str]:
    texts = []
    for place, col in enumerate(rng.integers(len(shelf), size=n).tolist()):
        form = plain([shelf.bare(col)])[0]
        text = form[: rng.integers(1, len(form) + 1)] if form else "x"
        slipped = (turned, dropped, wrong)[place % 3](text, rng) if place % 2 else None
        texts.append(slipped or text)
    return texts


def _ms(work, *args, **kwargs) -> float:
    start = time.thread_time()
    work(*args, **kwargs)
    return 1e3 * (time.thread_time() - start)


def _found(shelf: Shelf, index: TitleIndex, n: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """Return by kind of slip: the share of titles that is first, and among the first five; equal titles count as one."""
    drawn = rng.choice(len(shelf), size=min(n, len(shelf)), replace=False).tolist()
    out = {}
    for kind, slip in KINDS.items():
        first, five, asked = 0, 0, 0
        for col in drawn:
            form = (all_forms([shelf.titles[col]])[0] or [""])[0]
            typed = slip(form, rng) if form else None
            if typed is None:
                continue
            asked += 1
            got = [shelf.titles[other] for other in index.find(typed)[:5].tolist()]
            first += got[:1] == [shelf.titles[col]]
            five += shelf.titles[col] in got
        out[kind] = [round(first / max(asked, 1), 3), round(five / max(asked, 1), 3)]
    return out


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--titles", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=40_000)
    parser.add_argument("--looks", type=int, default=2_000)
    parser.add_argument("--found", type=int, default=300, help="titles that each kind of slip is tried on")
    parser.add_argument("--data", help="a data set instead, such as ml-latest-small")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
