"""What a sampled softmax costs in accuracy and saves in time, on a catalogue where the whole one runs too.

python bench/sampled_softmax.py --users 20000 --items 20000 --ratings 1000000 --samples 500,2000,8000
"""

import argparse
import time

import numpy as np

from foretaste.data.catalog import Catalog
from foretaste.data.filters import min_counts, min_rating
from foretaste.data.synthetic import make_world
from foretaste.metrics import ranking as metrics
from foretaste.models import MODELS, Popularity
from foretaste.ranking import rank
from foretaste.split.new_users import split_new_users

ROWS = 512
"""People scored at a time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--model", default="mult_dae")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--samples", default="500,2000,8000")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    world = make_world(args.users, args.items, args.ratings, seed=1)
    likes = min_counts(min_rating(world.ratings, 4.0), per_user=5)
    split = split_new_users(likes, Catalog(likes.item_ids), test=0.1, valid=0.1, seed=args.seed)
    seen, hidden = split.valid.seen, split.valid.hidden

    def listed(model):  # type: ignore[no-untyped-def]
        parts = [slice(start, start + ROWS) for start in range(0, seen.shape[0], ROWS)]
        lists = (rank(model.score(seen[part]), seen[part], 100) for part in parts)
        return np.concatenate([metrics.ndcg(found, hidden[part]) for found, part in zip(lists, parts, strict=True)])

    whole = None
    print(f"{split.train.shape[0]:,} people x {split.train.shape[1]:,} items, {split.train.nnz:,} likes")
    print(f"  popularity        NDCG@100 {np.nanmean(listed(Popularity().fit(split.train))):.4f}")
    for samples in (0, *map(int, args.samples.split(","))):
        sampled = {"exact_items": 0, "samples": samples} if samples else {"exact_items": split.train.shape[1]}
        started, cpu = time.perf_counter(), time.process_time()
        model = MODELS[args.model](epochs=args.epochs, seed=args.seed, **sampled).fit(split.train)
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        found = listed(model)
        whole = found if whole is None else whole
        away = found - whole
        error = np.nanstd(away) / np.sqrt(np.isfinite(away).sum())
        name = f"{samples:,} sampled" if samples else "all items"
        away_words = f"{np.nanmean(away):+.4f} +- {1.96 * error:.4f} from all items" if samples else ""
        print(f"  {name:17} NDCG@100 {np.nanmean(found):.4f}  {took:5.0f} s, {cpu:5.0f} s of CPU  {away_words}")


if __name__ == "__main__":
    main()
