"""The notebook's autoencoder in Keras, as the other side of engine.py: run by the Python that has TensorFlow, step by step.

It is started with a folder. Then each line of standard input names a file of one batch; it learns from it and answers with
one line of JSON: the milliseconds that densifying and learning took, and the loss. Dropout and regularisers of the notebook
are left out, so that the same steps from the same weights give the same losses as the others.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def masked_error(target, output):  # type: ignore[no-untyped-def]
    """Return the mean squared error over the observed cells; the second half of `target` is the mask."""
    rating, mask = tf.split(target, 2, axis=1)
    return tf.reduce_sum(mask * tf.square(output - rating)) / tf.reduce_sum(mask)


def main() -> None:
    folder = Path(sys.argv[1])
    settings = json.loads((folder / "settings.json").read_text())
    items, width = settings["items"], settings["width"]
    keras = tf.keras
    model = keras.Sequential(
        [keras.layers.Input((items,)), keras.layers.Dense(width, activation="relu"), keras.layers.Dense(items)]
    )
    weights = np.load(folder / "weights.npz")
    encoder, decoder = weights["encoder"], weights["decoder"]
    model.set_weights([encoder, np.zeros(width, np.float32), decoder.T, np.zeros(items, np.float32)])
    del weights, encoder, decoder
    model.layers[0].bias.trainable = False  # the others have no bias there
    rule = keras.optimizers.RMSprop(settings["rate"], rho=settings["decay"], epsilon=1e-16)
    model.compile(loss=masked_error, optimizer=rule)
    print(json.dumps({"ready": tf.__version__}), flush=True)
    for line in sys.stdin:
        batch = np.load(line.strip())
        started = time.perf_counter()
        row = np.repeat(np.arange(len(batch["indptr"]) - 1), np.diff(batch["indptr"]))
        rating, mask = (np.zeros((len(batch["indptr"]) - 1, items), np.float32) for _ in range(2))
        rating[row, batch["indices"]], mask[row, batch["indices"]] = batch["data"], 1
        loss = float(model.train_on_batch(rating, np.concatenate([rating, mask], axis=1)))
        print(json.dumps({"ms": 1e3 * (time.perf_counter() - started), "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
