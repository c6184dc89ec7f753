"""What a fit takes, as sums over ratings and items: times fits of the usual models and prints the table of doctor/pace.py.

NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python bench/pace.py

Takes some ten minutes of one core. Seconds are those that the process computed, so other work on the machine hardly counts.
Each model is fitted once on a tiny world, which loads and compiles what it needs, then on worlds of several shapes. The paces
are not negative and make the relative errors least; the number behind them is the worst factor between a time and what the
table says of it, then come the times.
"""

import time

import numpy as np
from scipy.optimize import nnls

from foretaste import Entry, make_world
from foretaste.arrays import ones
from foretaste.data.matrix import user_item_matrix
from foretaste.doctor.pace import sums

WORLDS = (
    (300, 200, 6_000),
    (600, 3_000, 40_000),
    (3_000, 600, 60_000),
    (2_000, 2_000, 150_000),
    (6_000, 3_500, 300_000),
)
RATINGS = ("mean", "bias", "item_knn", "biased_mf", "two_sided_ridge", "ridge", "autorec")
CLICKS = ("popularity", "cosine_knn", "ials", "ease", "edlae", "elsa")


def fit_s(name, X):
    model = Entry(name).build(0)
    began = time.process_time()
    model.fit(X)
    return time.process_time() - began


def main():
    worlds = [make_world(*sizes, seed=1) for sizes in ((80, 60, 1_200), *WORLDS)]
    matrices = [user_item_matrix(world.ratings, world.catalog) for world in worlds]
    for name in (*RATINGS, *CLICKS):
        every = matrices if name in RATINGS else [ones(X) for X in matrices]
        took = np.array([fit_s(name, X) for X in every][1:])
        work = np.array([sums(X) for X in every[1:]])
        pace, _ = nnls(work / took[:, None], np.ones(len(took)))
        worst = np.exp(np.abs(np.log(work @ pace / took)).max())
        print(
            f'    "{name}": ({", ".join(f"{one:.2g}" for one in pace)}),  # {worst:.1f}  {np.round(took, 2)}',
            flush=True,
        )


if __name__ == "__main__":
    main()
