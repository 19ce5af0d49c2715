"""The benchmarks still run, and compare what they measure: two quick ways of one section."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def bench(*arguments):
    command = [sys.executable, ROOT / "benchmarks" / "bench.py", "--one", "epochs", *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_ways_are_measured_and_give_the_same_samples(tmp_path):
    bench("prepare", tmp_path)
    ours, limit = bench("load_data", tmp_path), bench("limit: copying, in order", tmp_path)
    assert ours["digest"] == limit["digest"]
    assert len(ours["seconds"]) == 3 and min(ours["seconds"]) > 0
    assert 50 < ours["peak_mb"] < 2000


def test_a_peer_that_is_not_installed_is_listed_as_such(tmp_path):
    bench("prepare", tmp_path)
    assert bench("Grain", tmp_path) == {"missing": "No module named 'grain'"}
