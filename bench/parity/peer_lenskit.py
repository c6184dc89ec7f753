"""LensKit: predicts ratings and makes lists, with its standard pipelines and defaults."""

import numpy as np
from peer import answer, library, padded, read, timed

version = library("lenskit")
task = read()
import pandas as pd
from lenskit.als import BiasedMFScorer, ImplicitMFScorer
from lenskit.basic import BiasScorer, PopScorer
from lenskit.batch import predict, recommend
from lenskit.data import from_interactions_df
from lenskit.knn import EASEScorer, ItemKNNScorer
from lenskit.pipeline import predict_pipeline, topn_pipeline

train = pd.DataFrame(task.train, columns=["user_id", "item_id", "rating"]).astype({"user_id": int, "item_id": int})
if task.ranking:
    data = from_interactions_df(train.drop(columns="rating"))
    lines = {
        "Pop": PopScorer,
        "ItemKNN": lambda: ItemKNNScorer(feedback="implicit"),
        "ImplicitMF": ImplicitMFScorer,
        "EASE": EASEScorer,
    }
    for name, made in lines.items():
        with timed() as seconds:
            pipe = topn_pipeline(made(), n=task.facts["k"])
            pipe.train(data)
        found = recommend(pipe, task.people.tolist(), n=task.facts["k"], n_jobs=1)
        lists = [found.lookup(user_id=user).ids() for user in task.people.tolist()]
        answer(task, f"LensKit {version} {name}", seconds(), padded(lists, task.facts["k"]))
else:
    data = from_interactions_df(train)
    asked = pd.DataFrame(task.ask, columns=["user_id", "item_id"])
    lines = {"Bias": BiasScorer, "ItemKNN": lambda: ItemKNNScorer(feedback="explicit"), "BiasedMF": BiasedMFScorer}
    for name, made in lines.items():
        with timed() as seconds:
            pipe = predict_pipeline(made(), fallback=True)
            pipe.train(data)
        told = predict(pipe, asked, n_jobs=1).to_df()
        scores = told.set_index(["user_id", "item_id"])["score"].reindex(pd.MultiIndex.from_frame(asked))
        answer(task, f"LensKit {version} {name}", seconds(), scores.to_numpy(dtype=np.float64))
