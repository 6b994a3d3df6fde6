"""A custom activation in a Keras model: how is it written, and does it survive saving?

The usual way to use relu(x) + 0.5*tanh(x) in Keras is a layer class with call, get_config and a registration, and the
file can then be loaded only where that class has been defined. Here it is two lines: `nl.define` reads the formula and
`.keras()` makes the layer. The file holds the formula, so any process that imports keras and nonlin, in either order,
can load it. The factor of tanh, 0.5 at the start, is learned too, one for each unit.

The model, 784-64-32-10, learns the handwritten digits of scikit-learn, enlarged to 28 x 28 pixels.

What to see. Left: the activation of the first layer as given (blue) and as each of the 64 units has it after training
(orange). Right: the accuracy on the images that it learns from, epoch by epoch.

What to conclude. The parameters of an activation are weights like any others: trained, saved and loaded with the rest.
They move little here, since one number for each unit adds hardly anything to the hundreds of weights of that unit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("KERAS_BACKEND", "jax")  # tensorflow and torch do as well

import keras
import numpy as np
from drawing import COLOURS, panels

import nonlin as nl
from nonlin.plot import Picture
from nonlin.study.data import load
from nonlin.study.settings import Settings

warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # how Keras calls NumPy
RELU_TANH = nl.define("relu(x) + a*tanh(x)", a=0.5, name="relu_tanh")
EPOCHS = 8
FRESH = """
import nonlin, keras, numpy, sys
folder = sys.argv[1]
answers = keras.models.load_model(folder + "/model.keras")(numpy.load(folder + "/images.npy"))
numpy.save(folder + "/answers.npy", keras.ops.convert_to_numpy(answers))
"""


def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    dense, each = keras.layers.Dense, {"learnable": True, "per_channel": True}
    layers = [dense(64), RELU_TANH.keras(**each), dense(32), RELU_TANH.keras(**each), dense(10, nl.softmax.keras())]
    return keras.Sequential([keras.Input((784,)), *layers])


def enlarged(images: np.ndarray) -> np.ndarray:
    """Pictures of 8 x 8 pixels as rows of 28 x 28, each pixel three times as large, in a frame of zeros."""
    large = images.reshape(-1, 8, 8).repeat(3, axis=1).repeat(3, axis=2)
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).reshape(-1, 784).astype("float32")


def answers_of_a_fresh_process(trained: keras.Model, images: np.ndarray) -> np.ndarray:
    with TemporaryDirectory() as folder:
        trained.save(f"{folder}/model.keras")
        np.save(f"{folder}/images.npy", images)
        subprocess.run([sys.executable, "-c", FRESH, folder], check=True)  # noqa: S603 - this file's own text
        return np.load(f"{folder}/answers.npy")


def measure() -> dict:
    data, made = load("digits", Settings(validation=0)), model()
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = made.fit(enlarged(data.training.images), data.training.labels, 64, EPOCHS, verbose=0).history
    unseen = enlarged(data.test.images)
    answers = keras.ops.convert_to_numpy(made(unseen))
    return {
        "learning": history["accuracy"],
        "accuracy": float((answers.argmax(axis=1) == data.test.labels).mean()),
        "a": keras.ops.convert_to_numpy(made.layers[1].values()["a"]),
        "difference": float(np.abs(answers_of_a_fresh_process(made, unseen) - answers).max()),
    }


def say(found: dict) -> None:
    a = found["a"]
    print(f"accuracy on the test images: {found['accuracy']:.1%}")
    print(f"the factors of tanh in the first layer began at 0.5 and are {a.min():.2f} to {a.max():.2f}")
    print(f"saved, and loaded in a fresh process: the answers differ by at most {found['difference']:.1g}")


def draw(found: dict) -> Picture:
    x = np.linspace(-3, 3, 301)
    with panels() as picture:
        left, right = picture.axes
        left.plot(x, RELU_TANH(x[:, None], a=found["a"].astype(float)), color=COLOURS[1], linewidth=0.5)
        left.plot(x, RELU_TANH(x), color=COLOURS[0], linewidth=1.5)
        left.set(title="relu(x) + a tanh(x): a = 0.5, and as learned", xlabel="x")
        right.plot(range(1, EPOCHS + 1), found["learning"], color=COLOURS[0], marker="o")
        right.set(title="accuracy while learning", xlabel="epoch")
    return picture


def main() -> None:
    found = measure()
    say(found)
    draw(found).save(Path(*sys.argv[1:2]) / "keras_layer.png")


if __name__ == "__main__":
    main()
