"""The benchmarks still run, and compare what they measure: a few quick ways of each section."""

import contextlib
import json
import mmap
import shutil
import subprocess
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
LOOP = "limit: a loop in C for this file alone"

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
    ("section", "ways"),
    [
        (
            "reading",
            {"load_mnist, again": "float32", "keras' mnist.npz": "uint8", LOOP: "uint8"},
        ),
        (
            "epochs",
            {
                "load_data": "numpy",
                "load_data, to Paddle tensors": "paddle",
                "limit: copying, in order": "numpy",
            },
        ),
        (
            "waiting",
            {
                "reading waits 10 ms: a pool of 2 threads": None,
                "from memory: no reading ahead": None,
            },
        ),
    ],
    ids=["reading", "epochs", "waiting"],
)
def test_ways_are_measured_and_give_the_same_samples_of_the_kind_they_say(prepared, section, ways):
    found = {way: bench(section, way, prepared(section)) for way in ways}
    if not shutil.which("cc"):
        assert found.pop(LOOP, {"missing": "No C compiler"}) == {"missing": "No C compiler"}
    assert len({way["digest"] for way in found.values()}) == 1
    for way, measured in found.items():
        assert measured.get("gives") == ways[way]  # like is compared with like
        assert min(measured["seconds"]) > 0
        assert 30 < measured["peak_mb"] < 2000


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
    # Pages of a file are the system's; what a process makes is its own.
    before = growth.own_megabytes()
    with open(tmp_path / "images-2.npy", "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert sum(pages[::4096]) > 0 and len(pages) > 60_000_000
    assert growth.own_megabytes() < before + 30
    kept = b"1" * 60_000_000
    assert growth.own_megabytes() > before + 50 and kept
    assert len({one["digest"] for one in found}) == 1


def test_code_with_the_old_names_trains(prepared):
    folder = prepared("lesson")
    (folder / "lesson.md").write_text(OLD_NAMES, encoding="utf-8")
    earlier = folder / "work" / "mnist-course-earlier.npz"
    earlier.touch()
    assert bench("lesson", "the lesson's own code", folder)["digest"] == "(784, 1) (1,)"
    assert not earlier.exists()  # the first read is timed


def test_the_same_lesson_with_the_course_trains_as_often(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import lesson
    import paddle

    import mnist_course.training

    trained = []
    monkeypatch.setattr(lesson, "load_data", lambda mode, path, seed: "batches")
    monkeypatch.setattr(lesson, "prefetch", lambda reader: f"{reader}, read ahead")
    monkeypatch.setattr(
        mnist_course.training,
        "train",
        lambda model, reader, epochs: trained.append((reader, epochs)),
    )
    monkeypatch.setattr(paddle, "save", lambda state, name: trained.append(name))
    lesson.ours(tmp_path)[1]()
    saved = "mnist.pdparams"
    assert trained == [("batches", 10), saved, ("batches, read ahead", 3), saved]


def test_what_is_not_there_is_listed_as_such(prepared, tmp_path):
    assert bench("epochs", "Grain", prepared("epochs")) == {"missing": "No module named 'grain'"}
    missing = bench("lesson", "the lesson's own code", tmp_path)
    assert missing == {"missing": "not given: bench.py --lesson FILE"}


def test_a_first_read_finds_no_copy_and_another_finds_one(tmp_path, monkeypatch, sets, write):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import reading

    def copies(name):
        return len(list((tmp_path / name).glob("*.npz")))

    reading.prepare(tmp_path, write(sets))
    for _ in range(2):
        read = reading.WAYS["load_mnist, first time"](tmp_path)
        assert copies("first") == 0
        read()
        assert copies("first") == 1
    reading.WAYS["load_mnist, again"](tmp_path)
    assert copies("first") == copies("again") == 1


@pytest.fixture
def waiting(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import waiting

    return waiting


@pytest.mark.parametrize("reading", [0.005, 0.02])
def test_efficiency_is_the_share_of_the_time_that_training_goes_on(monkeypatch, waiting, reading):
    waits = []  # instead of time that passes

    def reader():
        for _ in range(waiting.BATCHES):
            waits.append(reading)
            yield np.zeros(784, "float32")

    def measured(function):
        waits.clear()
        function()
        return sum(waits), 0, None

    monkeypatch.setattr(waiting, "time", types.SimpleNamespace(sleep=waits.append))
    monkeypatch.setattr(waiting, "held_mb", lambda: 7)
    found = waiting.measure(reader, measured)
    assert found["efficiency"] == pytest.approx(waiting.STEP / (reading + waiting.STEP))
    assert found["peak_mb"] == 7


def test_a_pool_reads_several_batches_at_once_and_gives_them_in_order(waiting):
    both = threading.Barrier(2, timeout=60)  # opens when two are being read

    def read(number):
        both.wait()
        return number

    assert list(waiting.pooled(read, 10)()) == list(range(10))


def test_a_pool_reads_a_few_batches_ahead_and_cancels_them(monkeypatch, waiting):
    asked, cancelled = [], []

    @contextlib.contextmanager
    def pool(threads):
        yield types.SimpleNamespace(submit=submit)

    def submit(read, number):
        asked.append(number)
        return types.SimpleNamespace(
            result=lambda: read(number), cancel=lambda: cancelled.append(number)
        )

    monkeypatch.setattr(waiting, "ThreadPoolExecutor", pool)
    batches = waiting.pooled(str, 100, threads=2)()
    assert [next(batches), next(batches)] == ["0", "1"]
    assert asked == [0, 1, 2, 3, 4, 5]
    batches.close()  # the caller stops early
    assert cancelled == [2, 3, 4, 5]


def test_a_pool_raises_an_error_where_its_batch_is_taken(waiting):
    batches = waiting.pooled(lambda number: 1 / (number - 2), 5)()
    assert [next(batches), next(batches)] == [-0.5, -1]
    with pytest.raises(ZeroDivisionError):
        next(batches)


def test_the_memory_of_workers_is_counted(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import machine

    alone = machine.held_mb()
    code = "held = b'1' * 100_000_000; print(flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        worker.stdout.readline()
        assert machine.held_mb() > alone + 90
        worker.communicate(b"\n")


def test_what_others_work_is_what_is_left_of_the_machine(monkeypatch):
    """In 10 seconds the machine worked 12, of which 7 were for us and our children."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import machine

    found = []
    for user, idle, ours in [(100, 50, 20), (110, 58, 25)]:
        times = types.SimpleNamespace(user=user, system=user / 5, idle=idle, iowait=9)
        monkeypatch.setattr(machine.psutil, "cpu_times", lambda times=times: times)
        own = (ours, 1, ours * 2 / 5, 1, 1e6)  # the last is the time of day
        monkeypatch.setattr(machine.os, "times", lambda own=own: own)
        found.append(machine.processor_seconds())
    assert machine.others(*found, 10) == pytest.approx(0.5)


def made_up(seconds, peak_mb, efficiency, **more):
    """Return five runs of a way, whose medians are what is given; others left the machine alone."""
    more = {"others": 0.1, "whole": 1, **more}
    return [
        {"seconds": [seconds * n], "peak_mb": peak_mb * n, "efficiency": efficiency * n, **more}
        for n in (1, 0.75, 2.5, 0.5, 1.5)
    ]


@pytest.fixture
def runs():
    """Return what the ways of a made-up section find, run by run."""
    return {
        "absent": [{"missing": "No module named 'grain'", "others": 0, "whole": 1}],
        "slow": made_up(8, 100, 0.2, digest="same"),
        "fast": made_up(2, 50, 0.4, digest="same"),
        "limit": made_up(1, 40, 0.4),
    }


@pytest.fixture
def program(tmp_path, monkeypatch, runs):
    """Return a function that runs bench.py, with the made-up section alone."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import bench

    section = types.SimpleNamespace(TITLE="Made up", QUICK="fast", WAYS=runs)
    monkeypatch.setitem(sys.modules, "section", section)
    left = {"prepare": iter([None]), **{way: iter(found) for way, found in runs.items()}}
    monkeypatch.setattr(bench, "run", lambda section, way, folder: next(left[way]))
    monkeypatch.setattr(bench, "SECTIONS", ["section"])
    monkeypatch.setattr(bench, "HERE", tmp_path)

    def program(*arguments):
        monkeypatch.setattr(sys, "argv", ["bench.py", *arguments])
        bench.main()

    return program


def test_the_table_has_medians_and_how_much_faster_and_smaller_a_way_is(program, capsys):
    program()
    title, head, *rows = capsys.readouterr().out.strip().splitlines()
    assert title == "Made up"
    assert head.split() == ["seconds", "min", "max", "faster", "MB", "less", "efficiency"]
    assert [" ".join(row.split()) for row in rows] == [
        "absent No module named 'grain'",
        "slow 8.000 4.000 20.000 1.0 100 1.0 0.20",
        "fast 2.000 1.000 5.000 4.0 50 2.0 0.40",
        "limit 1.000 0.500 2.500 8.0 40 2.5 0.40",
    ]


def rows_of(program, tmp_path):
    """Run all, return the rows written down, by their names."""
    (tmp_path / "lesson.md").touch()
    program(f"--lesson={tmp_path / 'lesson.md'}")
    rows = json.loads((tmp_path / "results.json").read_text())["sections"]["section"]["rows"]
    return {row["way"]: row for row in rows}


def test_a_run_beside_busy_others_is_repeated(runs, program, tmp_path, capsys):
    spoilt = {**runs["fast"][0], "seconds": [99], "others": 1.5}
    runs["fast"][1:1] = [spoilt, spoilt]
    row = rows_of(program, tmp_path)["fast"]
    assert (row["max"], row["runs"], row["others"]) == (5, 5, 0.1)
    assert "busy" not in row
    assert "busy" not in capsys.readouterr().out


def test_a_row_that_others_spoilt_again_and_again_is_marked(runs, program, tmp_path, capsys):
    spoilt = [{**runs["fast"][0], "seconds": [n], "others": n} for n in (1.5, 0.7, 1.6)]
    runs["fast"][1:1] = spoilt
    row = rows_of(program, tmp_path)["fast"]
    assert (row["busy"], row["others"], row["min"]) == (1, 0.7, 0.7)  # of three the quietest
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("fast")]
    assert line.endswith("  busy: 1 of 5 runs")


def test_a_slow_way_runs_twice(runs, program, tmp_path):
    for one in runs["slow"]:
        one["whole"] = 100
    assert {way: row.get("runs") for way, row in rows_of(program, tmp_path).items()} == {
        "absent": None,
        "slow": 2,
        "fast": 5,
        "limit": 5,
    }


def test_a_section_of_which_nothing_is_there_is_shown_as_such(runs, program, capsys):
    for way in ("slow", "fast", "limit"):
        del runs[way]
    program()
    title, head, row = capsys.readouterr().out.strip().splitlines()
    assert " ".join(row.split()) == "absent No module named 'grain'"


def test_a_free_threaded_python_is_looked_for(monkeypatch, tmp_path):
    """Any Python with NumPy keeps its lock."""
    ways = [f"with the lock: {ahead}" for ahead in ("no reading ahead", "prefetch")]
    monkeypatch.setenv("FREE_THREADED", sys.executable)
    found = [bench("unlocked", way, tmp_path) for way in ways]
    assert found[0]["digest"] == found[1]["digest"]
    assert min(found[0]["seconds"] + found[1]["seconds"]) > 0
    # The lock is asked for, and asked to be left out.
    asks = tmp_path / "asks"
    asks.write_text('#!/bin/sh\necho "1.5 lock=$PYTHON_GIL"\n')
    asks.chmod(0o755)
    monkeypatch.setenv("FREE_THREADED", str(asks))
    without = ways[0].replace("with", "without", 1)
    asked = [bench("unlocked", way, tmp_path)["digest"] for way in (ways[0], without)]
    assert asked == ["lock=1", "lock=0"]
    monkeypatch.delenv("FREE_THREADED")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not found" in bench("unlocked", ways[0], tmp_path)["missing"]


@pytest.mark.parametrize("differing", [slice(5), slice(2, 3)], ids=["each run", "one run"])
def test_no_times_are_shown_of_ways_that_give_different_data(runs, program, capsys, differing):
    for one in runs["fast"][differing]:
        one["digest"] = "another"
    with pytest.raises(SystemExit, match="do not give the same data"):
        program()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("options", [["--lesson"], [], ["--quick"], ["--quick", "--lesson"]])
@pytest.mark.parametrize("sections", [[], ["section"]])
def test_results_are_written_of_a_whole_run_only(program, tmp_path, options, sections):
    lesson, results = tmp_path / "lesson.md", tmp_path / "results.json"
    lesson.touch()
    results.write_text("as they were")
    named = {"--lesson": f"--lesson={lesson}"}
    program(*sections, *(named.get(option, option) for option in options))
    if options == ["--lesson"] and not sections:
        rows = json.loads(results.read_text())["sections"]["section"]["rows"]
        assert [row["way"] for row in rows] == ["absent", "slow", "fast", "limit"]
        assert rows[1]["seconds"] == 8
    else:
        assert results.read_text() == "as they were"
