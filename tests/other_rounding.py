"""Round as another processor does; tests/anywhere.sh appends this to mnist_course/model.py.

It adds up a layer's products in another order, so the last digits of its sums differ. Here each
layer begins with weights that are a millionth off.
"""

import numpy as np
import paddle

_make = paddle.nn.Linear.__init__


def _make_a_little_off(layer, *args, **kind):
    _make(layer, *args, **kind)
    noise = np.random.default_rng(0).normal(1, 1e-6, layer.weight.shape)
    layer.weight.set_value((layer.weight.numpy() * noise).astype("float32"))


paddle.nn.Linear.__init__ = _make_a_little_off
