"""RecBole: makes lists, with its defaults; 50 epochs where there are any, since its early stopping wants a part of its own."""

import os
import shutil
import sys

import numpy as np
from peer import answer, library, read, timed

version = library("recbole")
task = read()
if task.ranking:
    import torch
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.data.interaction import Interaction
    from recbole.utils import get_model, get_trainer, init_seed

    home = task.folder / "recbole" / "split"
    home.mkdir(parents=True)
    header = "user_id:token\titem_id:token\trating:float"
    np.savetxt(home / "split.inter", task.train, fmt=["%d", "%d", "%g"], delimiter="\t", header=header, comments="")
    os.chdir(task.folder)  # it writes logs and checkpoints where it stands
    sys.argv = sys.argv[:1]  # it reads the command line too
    settings = {
        "data_path": str(home.parent), "epochs": 50, "seed": task.facts["seed"], "reproducibility": True, "use_gpu": False,
        "state": "ERROR", "show_progress": False, "load_col": {"inter": ["user_id", "item_id"]},
        "eval_args": {"split": {"RS": [1.0, 0.0, 0.0]}, "order": "RO", "group_by": None, "mode": "full"},
    }  # fmt: skip
    for name in ("Pop", "ItemKNN", "EASE", "BPR", "MultiVAE"):
        own = settings | ({"train_neg_sample_args": None} if name == "MultiVAE" else {})
        config = Config(model=name, dataset="split", config_dict=own)
        init_seed(config["seed"], config["reproducibility"])
        dataset = create_dataset(config)
        train, *_ = data_preparation(config, dataset)
        model = get_model(name)(config, train.dataset).to(config["device"])
        with timed() as seconds:
            get_trainer(config["MODEL_TYPE"], name)(config, model).fit(train, saved=False, show_progress=False)
        model.eval()
        users = torch.tensor([dataset.token2id("user_id", str(row)) for row in task.people.tolist()])
        with torch.no_grad():
            scores = model.full_sort_predict(Interaction({"user_id": users})).view(len(users), -1).numpy()
        columns = np.array([-1, *(int(token) for token in dataset.id2token("item_id", range(1, dataset.item_num)))])
        wide = np.full((len(users), task.facts["items"]), -np.inf)
        wide[:, columns[1:]] = scores[:, 1:]
        answer(task, f"RecBole {version} {name}", seconds(), task.top(wide, task.people))
    shutil.rmtree(home.parent)
