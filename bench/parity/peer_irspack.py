"""irspack: lists from clicks, everything with its defaults but the threads."""

import numpy as np
from peer import answer, library, read, timed

version = library("irspack")
task = read()
if task.ranking:
    from irspack import DenseSLIMRecommender, EDLAERecommender, IALSRecommender, TopPopRecommender

    threads = task.facts["threads"]
    lines = {
        "TopPop": lambda X: TopPopRecommender(X),
        "IALS": lambda X: IALSRecommender(X, n_threads=threads),
        "EASE": lambda X: DenseSLIMRecommender(X),
        "EDLAE": lambda X: EDLAERecommender(X),
    }
    X = task.matrix()
    for name, made in lines.items():
        with timed() as seconds:
            model = made(X).learn()
        scores = model.get_score_cold_user(X[task.people])
        answer(task, f"irspack {version} {name}", seconds(), task.top(np.asarray(scores), task.people))
