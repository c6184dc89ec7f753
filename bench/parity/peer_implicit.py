"""implicit: lists from clicks, everything with its defaults but the threads."""

import numpy as np
from peer import answer, library, padded, read, timed

version = library("implicit")
task = read()
if task.ranking:
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
    from threadpoolctl import threadpool_limits

    threads, seed = task.facts["threads"], task.facts["seed"]
    lines = {
        "ALS": lambda: AlternatingLeastSquares(random_state=seed, num_threads=threads),
        "BPR": lambda: BayesianPersonalizedRanking(random_state=seed, num_threads=threads),
        "cosine": lambda: CosineRecommender(num_threads=threads),
        "BM25": lambda: BM25Recommender(num_threads=threads),
    }
    X = task.matrix()
    for name, made in lines.items():
        with threadpool_limits(1, "blas"), timed() as seconds:  # as the library asks for
            model = made()
            model.fit(X, show_progress=False)
        cols, scores = model.recommend(task.people, X[task.people], N=task.facts["k"])
        lists = [row[(row >= 0) & np.isfinite(score)] for row, score in zip(cols, scores)]
        answer(task, f"implicit {version} {name}", seconds(), padded(lists, task.facts["k"]))
