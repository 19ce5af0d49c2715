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


@pytest.fixture
def machines(tmp_path):
    """Start two launchers in training without an end; return them, with their processes."""
    np.save(tmp_path / "images.npy", np.zeros((10_000, 1, 28, 28), np.uint8))
    np.save(tmp_path / "labels.npy", np.zeros((10_000, 1), np.float32))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        master = f"127.0.0.1:{free.getsockname()[1]}"
    launchers = []
    for rank in "01":
        out = tmp_path / rank
        out.mkdir()
        with open(out / "output.txt", "w") as output:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "paddle.distributed.launch", "--host", "127.0.0.1"]
                + ["--master", master, "--nnodes", "2", "--rank", rank, "--nproc_per_node", "1"]
                + ["--log_dir", out / "log", SCRIPT, tmp_path, out, "1000000", "50"],
                env={**os.environ, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"},
                stdout=output,
                stderr=output,
            )
        launchers.append(launcher)
    processes = []
    try:
        wait_until((tmp_path / "0" / "saved.pdparams").exists, 100)
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


def test_a_machine_that_falls_silent_ends_the_other_within_a_minute(machines, tmp_path):
    (here, there), (_, process_there) = machines
    for process in (there, process_there):
        process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    assert here.wait(timeout=60) != 0
    assert time.monotonic() - begin > 20  # gloo waits for 30 seconds, as chapter 09 says
    assert_it_said_why(tmp_path)
