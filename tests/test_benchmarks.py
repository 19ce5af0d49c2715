"""The benchmarks still run, and compare what they measure: a few quick ways of each section."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

# Written for this test with the names that the lesson uses; the lesson's own code is not ours.
OLD_NAMES = """
```python
import paddle.fluid as fluid
from paddle.fluid.dygraph.nn import Linear

from mnist_course import load_data


class Network(fluid.dygraph.Layer):
    def __init__(self):
        super().__init__()
        self.layer = Linear(input_dim=784, output_dim=1, act=None)

    def forward(self, images):
        return self.layer(fluid.layers.reshape(images, (-1, 784)))
```

Text between two blocks.

```python
place = fluid.CPUPlace()
with fluid.dygraph.guard(place):
    network = Network()
    sgd = fluid.optimizer.SGDOptimizer(
        learning_rate=0.001, parameter_list=network.parameters()
    )
    loader = fluid.io.DataLoader.from_generator(capacity=5, return_list=True)
    loader.set_batch_generator(load_data("train", seed=0), places=place)
    steps = 0
    for images, labels in loader:
        found = network(fluid.dygraph.to_variable(images))
        labels = fluid.dygraph.to_variable(labels)
        loss = fluid.layers.mean(fluid.layers.square_error_cost(found, labels))
        loss.backward()
        sgd.minimize(loss)
        network.clear_gradients()
        steps += 1
    assert steps == 500
    fluid.save_dygraph(network.state_dict(), "mnist")
```
"""


def bench(section, way, folder):
    command = [sys.executable, BENCHMARKS / "bench.py", "--one", section, way, folder]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a function: a section's folder, prepared once."""
    folders = {}

    def folder(section):
        if section not in folders:
            folders[section] = tmp_path_factory.mktemp(section)
            bench(section, "prepare", folders[section])
        return folders[section]

    return folder


@pytest.mark.parametrize(
    ("section", "one", "other"),
    [
        ("reading", "load_mnist, again", "keras' mnist.npz"),
        ("epochs", "load_data", "limit: copying, in order"),
        ("waiting", "reading waits: prefetch", "from memory: no reading ahead"),
    ],
)
def test_ways_are_measured_and_give_the_same_samples(prepared, section, one, other):
    found = [bench(section, way, prepared(section)) for way in (one, other)]
    assert found[0]["digest"] == found[1]["digest"]
    for way in found:
        assert min(way["seconds"]) > 0
        assert 30 < way["peak_mb"] < 2000


def test_the_loop_in_c_reads_what_load_mnist_reads(prepared):
    limit = bench("reading", "limit: a loop in C for this file alone", prepared("reading"))
    if shutil.which("cc"):
        again = bench("reading", "load_mnist, again", prepared("reading"))
        assert limit["digest"] == again["digest"]
    else:
        assert limit == {"missing": "No C compiler"}


def test_an_epoch_of_a_larger_file_gives_each_sample_as_often(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import growth
    from bench import DATA, measured

    monkeypatch.setattr(growth, "TIMES", [1, 2])
    growth.prepare(tmp_path, DATA)
    found = [
        growth.measure(start(tmp_path, n), measured)
        for start, n in [(growth.ours, 1), (growth.ours, 2), (growth.ours_in_windows, 2)]
    ]
    assert [one["samples"] for one in found] == [50_000, 100_000, 100_000]
    assert len({one["digest"] for one in found}) == 1


def test_code_with_the_old_names_trains(prepared):
    folder = prepared("lesson")
    (folder / "lesson.md").write_text(OLD_NAMES, encoding="utf-8")
    assert bench("lesson", "the lesson's own code", folder)["digest"] == "(784, 1) (1,)"


def test_what_is_not_there_is_listed_as_such(prepared, tmp_path):
    assert bench("epochs", "Grain", prepared("epochs")) == {"missing": "No module named 'grain'"}
    missing = bench("lesson", "the lesson's own code", tmp_path)
    assert missing == {"missing": "not given: bench.py --lesson FILE"}
