"""Training: the loss falls, a seed repeats it, and wrong shapes are refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_course import load_data, load_mnist, prefetch
from mnist_course.model import linear_network, paddle
from mnist_course.training import predict, squared_error, train

ROOT = Path(__file__).parent.parent


def valid():
    """Return a small reader of real data: the validation set."""
    return load_data("valid")


def test_the_loss_falls_far_below_the_variance_of_the_labels():
    losses = train(linear_network(seed=0), valid(), epochs=2, log_every=0)
    assert len(losses) == 200
    assert np.mean(losses[-20:]) < 0.7 * load_mnist().val.labels.var() < 6


def test_a_seed_repeats_the_training_to_the_last_bit():
    def run(seed):
        reader = load_data("train", seed=seed)
        return train(linear_network(seed=seed), reader, log_every=0)

    assert run(1) == run(1) != run(2)


def test_chapters_are_tried_with_weights_a_millionth_off(monkeypatch):
    def weights():
        return linear_network(seed=0).parameters()[0].numpy()

    before = weights()
    monkeypatch.setattr(paddle.nn.Linear, "__init__", paddle.nn.Linear.__init__)  # as it is, later
    exec((ROOT / "tests" / "other_rounding.py").read_text("utf-8"), {})
    assert 1e-7 < np.abs(weights() / before - 1).mean() < 1e-5
    assert (weights() == weights()).all()


def test_reading_ahead_changes_no_loss():
    direct = train(linear_network(seed=0), valid(), log_every=0)
    assert train(linear_network(seed=0), prefetch(valid()), log_every=0) == direct


def test_a_step_is_that_of_gradient_descent():
    model = linear_network(seed=0)
    images, labels = next(valid()())
    weight, bias = (parameter.numpy().copy() for parameter in model.parameters())
    flat = images.reshape(100, 784)
    difference = flat @ weight + bias - labels
    train(model, lambda: [(images, labels)], learning_rate=0.1, log_every=0)
    new_weight, new_bias = (parameter.numpy() for parameter in model.parameters())
    np.testing.assert_allclose(new_weight, weight - 0.1 * 2 * flat.T @ difference / 100, atol=1e-5)
    np.testing.assert_allclose(new_bias, bias - 0.1 * 2 * difference.mean(axis=0), atol=1e-5)


def test_it_prints_every_so_many_batches(capsys):
    train(linear_network(seed=0), valid(), epochs=2, log_every=60)
    lines = capsys.readouterr().out.splitlines()
    places = [line.rsplit(", loss", 1)[0] for line in lines]
    assert places == [f"epoch {epoch}, batch {batch}" for epoch in (0, 1) for batch in (0, 60)]


def test_predict_keeps_the_order_and_the_model():
    model = linear_network(outputs=10, seed=0)
    before = [parameter.numpy().copy() for parameter in model.parameters()]
    outputs, labels = predict(model, valid())
    assert outputs.shape == (10_000, 10) and labels.shape == (10_000, 1)
    np.testing.assert_array_equal(labels.ravel(), load_mnist().val.labels)
    images, _ = next(valid()())
    np.testing.assert_array_equal(outputs[:100], model(paddle.to_tensor(images)).numpy())
    for old, parameter in zip(before, model.parameters(), strict=True):
        np.testing.assert_array_equal(old, parameter.numpy())


def test_dropout_drops_in_training_and_not_in_predicting():
    linear = linear_network(seed=0)
    model = paddle.nn.Sequential(linear, paddle.nn.Dropout(1.0))  # all outputs become 0
    images, labels = next(valid()())
    expected, _ = predict(linear, lambda: [(images, labels)])
    found, _ = predict(model, lambda: [(images, labels)])
    np.testing.assert_array_equal(found, expected)
    losses = train(model, lambda: [(images, labels)], log_every=0)
    assert losses == [pytest.approx((labels**2).mean())]


def test_predict_keeps_nothing_for_gradients():
    model, kept = linear_network(seed=0), []
    model.register_forward_post_hook(lambda *call: kept.append(not call[-1].stop_gradient))
    predict(model, valid())
    assert len(kept) == 100 and not any(kept)


def test_a_reader_does_not_hear_of_ccache():
    run = [sys.executable, "-c", "import mnist_course.model"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": ""}  # where there is no ccache
    said = subprocess.run(run, env=env, stderr=subprocess.PIPE, text=True, check=True).stderr
    assert "ccache" not in said


def test_labels_that_would_be_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"expected .*\[4, 1\], found \[4\]. Reshape"):
        squared_error(paddle.zeros([4, 1]), paddle.zeros([4]))
    assert float(squared_error(paddle.zeros([4, 1]), paddle.full([4, 1], 3.0))) == 9
