"""Surprise: predicts ratings; KNNBaseline with the similarity that its authors recommend, the others with their defaults."""

import numpy as np
from peer import answer, library, read, timed

version = library("surprise", "scikit-surprise")
task = read()
if not task.ranking:
    from surprise import SVD, BaselineOnly, Dataset, KNNBaseline, Reader, SVDpp

    file = task.folder / "train.csv"
    reader = Reader(
        line_format="user item rating", sep=",", rating_scale=(task.facts["low"], task.facts["high"]), skip_lines=1
    )
    train = Dataset.load_from_file(str(file), reader).build_full_trainset()
    similar = {"name": "pearson_baseline", "user_based": False, "shrinkage": 100}
    lines = {
        "BaselineOnly": lambda: BaselineOnly(verbose=False),
        "KNNBaseline": lambda: KNNBaseline(sim_options=similar, verbose=False),
        "SVD": lambda: SVD(random_state=task.facts["seed"]),
        "SVD++": lambda: SVDpp(random_state=task.facts["seed"]),
    }
    for name, made in lines.items():
        with timed() as seconds:
            model = made().fit(train)
        told = np.array([model.predict(str(user), str(item)).est for user, item in task.ask])
        answer(task, f"Surprise {version} {name}", seconds(), told)
