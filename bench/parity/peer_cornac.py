"""Cornac: predicts ratings and makes lists, everything with its defaults; a pair it does not know is left unanswered."""

import numpy as np
from peer import answer, library, padded, read, timed

version = library("cornac")
task = read()
from cornac.data import Dataset
from cornac.models import BPR, EASE, MF, BaselineOnly, ItemKNN, MostPop

seed = task.facts["seed"]
data = Dataset.from_uir([(str(int(user)), str(int(item)), rating) for user, item, rating in task.train], seed=seed)
rated = {
    "BaselineOnly": lambda: BaselineOnly(verbose=False),
    "MF": lambda: MF(use_bias=True, seed=seed),
    "ItemKNN": lambda: ItemKNN(mean_centered=True, similarity="pearson", verbose=False),
}
listed = {
    "MostPop": MostPop,
    "BPR": lambda: BPR(seed=seed),
    "EASE": lambda: EASE(verbose=False),
}
columns = np.full(data.num_items, -1)
for item, place in data.iid_map.items():
    columns[place] = int(item)
for name, made in (listed if task.ranking else rated).items():
    with timed() as seconds:
        model = made()
        model.fit(data)
    if task.ranking:
        lists = []
        shown = {row: set(task.train[task.train[:, 0] == row, 1].astype(int)) for row in task.people.tolist()}
        for row in task.people.tolist():
            scores = np.ravel(model.score(data.uid_map[str(row)]))
            best = columns[np.argsort(-scores, kind="stable")]
            lists.append([item for item in best[: task.facts["k"] + len(shown[row])] if item not in shown[row]])
        told = padded(lists, task.facts["k"])
    else:
        known = lambda user, item: str(user) in data.uid_map and str(item) in data.iid_map
        told = np.array(
            [
                model.rate(data.uid_map[str(user)], data.iid_map[str(item)]) if known(user, item) else np.nan
                for user, item in task.ask
            ]
        )
    answer(task, f"Cornac {version} {name}", seconds(), np.asarray(told))
