"""The weights that the page gets: with them it answers as the networks that Paddle trained."""

import numpy as np
import pytest

from mnist_course import load_data
from mnist_course.training import predict
from tools.export_weights import FILE, networks, pack

SIZES = [[784, 64, 10], [784, 10]]


def unpack(data):
    """Return the layers of each network in the file: weights ``[inputs, outputs]`` and bias."""
    at, found = 0, []
    for sizes in SIZES:
        layers = []
        for outputs in sizes[1:]:
            layers.append(np.frombuffer(data, "<f4", 2 * outputs, at).reshape(2, outputs))
            at += 8 * outputs
        found.append(layers)
    for sizes, layers in zip(SIZES, found, strict=True):
        for number, (scale, bias) in enumerate(layers):
            shape = sizes[number : number + 2]
            weights = np.frombuffer(data, np.int8, np.prod(shape), at).reshape(shape)
            layers[number] = (weights * scale, bias)
            at += weights.size
    assert at == len(data)
    return found


def answer(layers, values):
    """Return the scores of a chain of layers with ReLU between them."""
    for number, (weights, bias) in enumerate(layers):
        values = (np.maximum(values, 0) if number else values) @ weights + bias
    return values


@pytest.fixture(scope="module")
def trained():
    """Train both networks, once."""
    return networks()


@pytest.mark.parametrize("number", [0, 1], ids=["hidden", "linear"])
def test_the_page_answers_as_the_network_that_paddle_trained(trained, number):
    scores, labels = predict(trained[number], load_data("eval"))
    images = np.concatenate([images.reshape(-1, 784) for images, _ in load_data("eval")()])
    packed, stored = (
        answer(unpack(data)[number], images) for data in (pack(trained), FILE.read_bytes())
    )
    assert abs(packed - scores).max() < 0.2
    # A processor that rounds otherwise trains another hidden layer: 6 of 1,000 answers differ.
    assert number == 0 or abs(stored - scores).max() < 0.2
    for mine in (packed, stored):
        assert (mine.argmax(axis=1) == scores.argmax(axis=1)).mean() >= 0.99
        assert (mine.argmax(axis=1) == labels.reshape(-1)).mean() > (0.96, 0.91)[number]
