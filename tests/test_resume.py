"""The loop of chapters/resume.ipynb, killed again and again, ends as if it had never been."""

import os
import pickle
import random
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import nbformat
import pytest
from conftest import small_sets

ROOT = Path(__file__).parent.parent
KILLS = 100
EPOCHS = 60  # of 13 batches; an epoch is saved after 4, 8, 12 and all of them


class Sent(dict):
    """Losses that leave the process at once, in case it is killed."""

    def __init__(self, pipe):
        super().__init__()
        self.pipe = pipe

    def __setitem__(self, place, loss):
        """Send a loss, as go_on notes it."""
        os.write(self.pipe, pickle.dumps((place, loss)).ljust(100, b"."))


def live(go_on, weights, file, ahead, kill=None):
    """Train in a process of its own until it ends or is killed; return losses and weights.

    `kill` is after how many batches and seconds more it is killed.
    """
    here, there = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(here)
            model = go_on(file, Sent(there), epochs=EPOCHS, ahead=ahead)
            Sent(there)["weights"] = None
            file.with_suffix(".weights").write_bytes(weights(model).tobytes())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(there)
    losses = []
    with os.fdopen(here, "rb") as pipe:
        while message := pipe.read(100):
            losses.append(pickle.loads(message))
            if kill and len(losses) == kill[0]:
                time.sleep(kill[1])
                os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return dict(losses)


def main(folder):
    """Train once without a stop, and then with kills, with reading ahead and without."""
    cells = nbformat.read(ROOT / "chapters" / "resume.ipynb", as_version=4).cells
    wanted = ("import contextlib", "import paddle", "def go_on", "def weights")
    book = {}
    for cell in cells:
        if any(word in cell.source for word in wanted):
            source = cell.source
            if "def weights" in source:
                source = source[source.index("def weights") : source.index("losses, other")]
            exec(source, book)
    book |= {"SETTINGS": {"seed": 0, "batch_size": 10}, "EVERY": 4}
    go_on, weights, prefetch = book["go_on"], book["weights"], book["prefetch"]
    whole = live(go_on, weights, folder / "whole.npz", prefetch)
    assert len(whole) == EPOCHS * 13 + 1
    rng, killed = random.Random(0), 0
    for name, ahead in [("ahead", prefetch), ("plain", lambda reader: reader)]:
        file, losses = folder / f"{name}.npz", {}
        for _ in range(KILLS // 2):
            kill = rng.randint(1, 16), rng.random() * 0.003
            losses |= live(go_on, weights, file, ahead, kill)
            killed += "weights" not in losses
        losses |= live(go_on, weights, file, ahead)
        assert losses == whole, name
        same = file.with_suffix(".weights").read_bytes()
        assert same == (folder / "whole.weights").read_bytes()
    print(killed, "times killed")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_training_that_is_killed_at_a_hundred_places_ends_with_the_same_losses(write, tmp_path):
    path = write(small_sets(sizes=(130, 10, 10)))
    # In a process in which Paddle has not computed anything yet, so that it can be forked.
    run = [sys.executable, __file__, tmp_path]
    env = {**os.environ, "MNIST_COURSE_DATA": str(path), "PYTHONPATH": f"{ROOT}"}
    done = subprocess.run(run, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("100 times killed\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
