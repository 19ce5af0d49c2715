"""The whole lesson: read, train 10 epochs synchronously and 3 asynchronously, save.

The lesson's own code is not ours: it is read at run time from the file given on the command line
(``--lesson FILE``, Markdown with ``python`` blocks) and run block by block. It needs
`paddle.fluid`, which no longer exists; `fluid` below hands each call on to what does the same.
"""

import os
import re
import shutil
import sys
import types

import numpy as np

from mnist_course import load_data, load_mnist, prefetch

TITLE = "The lesson: read, 10 epochs synchronously, 3 asynchronously, save"
QUICK = "the same"
REPEATS = 3


def prepare(folder, data):
    """Put the data where the lesson looks for it."""
    (folder / "work").mkdir()
    shutil.copy(data, folder / "work")


def fluid():
    """Return a stand-in for `paddle.fluid`: the names that the lesson uses, nothing more."""
    import paddle
    from paddle.io import DataLoader, IterableDataset

    class Batches(IterableDataset):
        def __init__(self, reader):
            self.reader = reader

        def __iter__(self):
            return self.reader()

    class FromGenerator:
        def set_batch_generator(self, reader, places):
            self.loader = DataLoader(Batches(reader), batch_size=None, places=places)

        def __iter__(self):
            return iter(self.loader)

    old = types.ModuleType("paddle.fluid")
    old.CPUPlace = paddle.CPUPlace
    old.save_dygraph = lambda state, name: paddle.save(state, f"{name}.pdparams")
    old.layers = types.SimpleNamespace(
        reshape=paddle.reshape,
        mean=paddle.mean,
        square_error_cost=paddle.nn.functional.square_error_cost,
    )
    old.optimizer = types.SimpleNamespace(
        SGDOptimizer=lambda learning_rate, parameter_list: paddle.optimizer.SGD(
            learning_rate, parameters=parameter_list
        )
    )
    old.io = types.SimpleNamespace(
        DataLoader=types.SimpleNamespace(from_generator=lambda **_: FromGenerator())
    )
    old.dygraph = types.ModuleType("paddle.fluid.dygraph")
    old.dygraph.Layer = paddle.nn.Layer
    old.dygraph.to_variable = paddle.to_tensor
    old.dygraph.guard = paddle.base.dygraph.guard
    old.dygraph.nn = types.ModuleType("paddle.fluid.dygraph.nn")
    old.dygraph.nn.Linear = lambda input_dim, output_dim, act: paddle.nn.Linear(
        input_dim, output_dim
    )
    paddle.fluid = old
    for module in (old, old.dygraph, old.dygraph.nn):
        sys.modules[module.__name__] = module


def the_lessons_own(folder):
    """Run all blocks, in order, as a reader of the lesson would."""
    if not (folder / "lesson.md").exists():
        raise ImportError("not given: bench.py --lesson FILE")
    text = (folder / "lesson.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    fluid()

    def run():
        names = {"__name__": "__main__"}
        for block in blocks:
            exec(block, names)

    return folder, run


def ours(folder):
    import paddle

    from mnist_course.model import linear_network
    from mnist_course.training import train

    def run():
        sync = load_data("train", path="work/mnist.json.gz", seed=0)
        for reader, epochs in ((sync, 10), (prefetch(sync), 3)):
            model = linear_network(seed=0)
            train(model, reader, epochs=epochs)
            paddle.save(model.state_dict(), "mnist.pdparams")

    return folder, run


WAYS = {"the lesson's own code": the_lessons_own, "the same with mnist_course": ours}


def measure(folder_and_run, measured):
    """Return seconds and memory of a run, and whether what it saved has learned."""
    import paddle

    folder, run = folder_and_run
    os.chdir(folder)
    for copy in (folder / "work").glob("*.npz"):
        copy.unlink()  # the first read
    seconds, peak, _ = measured(run)
    weight, bias = (saved.numpy() for saved in paddle.load("mnist.pdparams").values())
    images, labels = load_mnist("work/mnist.json.gz").val
    loss = float(np.mean((images @ weight + bias - labels[:, np.newaxis]) ** 2))
    if not 3 < loss < 5:
        raise ValueError(f"the saved network has a loss of {loss:.2f}; the lesson's has about 4")
    return {"seconds": [seconds], "peak_mb": peak, "digest": f"{weight.shape} {bias.shape}"}
