"""Train the networks of chapter 11 and write img/handwriting.bin: python tools/export_weights.py.

The file holds, one after the other, 784-64-10 and 784-10; of each network layer by layer, of each
layer a scale and a bias for each output (float32, little-endian). After them come the weights of
all these layers, one byte each (int8, a row for each input). An output is

    scale * (inputs @ weights) + bias
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from mnist_course import load_data  # noqa: E402
from mnist_course.model import hidden_network, linear_network, paddle  # noqa: E402
from mnist_course.training import train  # noqa: E402

FILE = ROOT / "img" / "handwriting.bin"


def cross_entropy(scores, labels):
    """Return the loss of chapter 07 for ten scores a sample."""
    return paddle.nn.functional.cross_entropy(scores, labels.astype("int64"))


def networks():
    """Train and return the two networks as chapter 11 does: 784-64-10 and 784-10."""
    hidden, linear = hidden_network(seed=0), linear_network(outputs=10, seed=0)
    for network, epochs in [(hidden, 5), (linear, 3)]:
        reader = load_data("train", seed=0)
        train(network, reader, loss=cross_entropy, epochs=epochs, learning_rate=0.3, log_every=0)
    return [hidden, linear]


def pack(networks):
    """Return the bytes of the file.

    Parameters
    ----------
    networks : list of paddle.nn.Layer
        Each a chain of fully connected layers.

    Returns
    -------
    bytes
        Each weight within half a step of the network's, a step being 1/127 of the largest weight
        that leads to the same output.
    """
    floats, integers = [], []
    for network in networks:
        parameters = [parameter.numpy() for parameter in network.parameters()]
        for weights, bias in zip(parameters[::2], parameters[1::2], strict=True):
            scale = abs(weights).max(axis=0) / 127
            floats += [scale.astype("<f4").tobytes(), bias.astype("<f4").tobytes()]
            integers += [np.round(weights / scale).astype(np.int8).tobytes()]
    return b"".join(floats + integers)


if __name__ == "__main__":
    FILE.write_bytes(pack(networks()))
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size:,} bytes")
