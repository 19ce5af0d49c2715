"""Two launchers on this machine, as on two machines: what one does when the other is lost."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

SCRIPT = Path(__file__).parent.parent / "chapters" / "train_distributed.py"


def make_data(folder, count):
    """Write as many black images."""
    np.save(folder / "images.npy", np.zeros((count, 1, 28, 28), np.uint8))
    np.save(folder / "labels.npy", np.zeros((count, 1), np.float32))


def start(folder, out, epochs, batch_size, *options):
    """Start a launcher with one process, its output in `out`."""
    out = folder / out
    out.mkdir(exist_ok=True)
    with open(out / "output.txt", "w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "paddle.distributed.launch", "--host", "127.0.0.1"]
            + ["--nproc_per_node", "1", "--log_dir", out / "log", *options]
            + [SCRIPT, folder, out, str(epochs), str(batch_size)],
            env={**os.environ, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"},
            stdout=output,
            stderr=output,
        )


@pytest.fixture
def machines(tmp_path):
    """Start two launchers in training without an end; return them, with their processes."""
    make_data(tmp_path, 10_000)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        master = f"127.0.0.1:{free.getsockname()[1]}"
    launchers = []
    for rank in "01":
        options = ["--master", master, "--nnodes", "2", "--rank", rank]
        launcher = start(tmp_path, rank, 1_000_000, 50, *options)
        launchers.append(launcher)
    processes = []
    try:
        wait_until((tmp_path / "0" / "saved.npz").exists, 100)
        for launcher in launchers:
            processes += psutil.Process(launcher.pid).children()
        yield launchers, processes
    finally:
        for process in [*launchers, *processes]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for launcher in launchers:
            launcher.wait()


def wait_until(condition, seconds):
    """Wait until `condition` holds, at most so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s in vain"
        time.sleep(0.05)


def assert_it_said_why(tmp_path):
    """Check what a user reads in the output of the machine that is left."""
    output = (tmp_path / "0" / "output.txt").read_text()
    assert "gloo::TimeoutException" in output and "Container failed" in output


def test_a_killed_launcher_ends_its_process_and_the_other_machine(machines, tmp_path):
    (here, there), (_, process_there) = machines
    there.kill()
    wait_until(lambda: not process_there.is_running(), 30)
    assert here.wait(timeout=30) != 0
    assert_it_said_why(tmp_path)
    assert not (tmp_path / "1" / "saved.npz").exists()  # process 0 saves for all


def test_a_machine_that_falls_silent_ends_the_other_within_a_minute(machines, tmp_path):
    (here, there), (_, process_there) = machines
    for process in (there, process_there):
        process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    assert here.wait(timeout=60) != 0
    assert time.monotonic() - begin > 20  # gloo waits for 30 seconds, as chapter 09 says
    assert_it_said_why(tmp_path)


def run_alone(folder, epochs, batch_size):
    """Train in one process, without a launcher; return its exit code and output."""
    (folder / "out").mkdir(exist_ok=True)
    run = [sys.executable, SCRIPT, folder, folder / "out", str(epochs), str(batch_size)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_what_was_saved_is_used_where_it_fits_and_refused_where_not(tmp_path):
    make_data(tmp_path, 310)
    assert run_alone(tmp_path, 2, 10)[0] == 0  # 31 steps an epoch
    read = np.load(tmp_path / "out" / "rank0-read.npy")
    np.testing.assert_array_equal(np.bincount(read[:, 1]), np.full(310, 2))

    code, output = run_alone(tmp_path, 2, 10)  # nothing is left to do
    assert code == 0 and "continue with epoch 1, step 31" in output
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "rank0-read.npy"), read)

    # In the third epoch, in an order of its own, and the old state stays whole until then.
    saved, old = tmp_path / "out" / "saved.npz", tmp_path / "old"
    os.link(saved, old)
    before = old.read_bytes()
    assert run_alone(tmp_path, 3, 10)[0] == 0
    assert saved.read_bytes() != before == old.read_bytes()
    third = np.load(tmp_path / "out" / "rank0-read.npy")[:, 1]
    np.testing.assert_array_equal(np.bincount(third), np.full(310, 1))
    assert len({tuple(order) for order in (third, *read[:, 1].reshape(2, 310))}) == 3

    make_data(tmp_path, 300)
    code, output = run_alone(tmp_path, 3, 10)
    assert code != 0 and "settings: samples was 310 when it was saved, and is 300 now" in output
    make_data(tmp_path, 310)
    code, output = run_alone(tmp_path, 3, 20)
    assert code != 0 and "settings: batch_size was 10 when it was saved, and is 20 now" in output
    assert start(tmp_path, "out", 3, 10, "--nproc_per_node", "2").wait(timeout=60) != 0
    output = (tmp_path / "out" / "output.txt").read_text()
    assert "settings: processes was 1 when it was saved, and is 2 now" in output
