"""Lighthouse, the usual judge of pages, on a phone that is simulated."""

import json
import os
import subprocess

import pytest
from conftest import FLAGS, ROOT


@pytest.mark.parametrize("name", ["index.html", "chapters/08-sync-vs-async.html"])
def test_lighthouse_on_a_phone(site, name, tmp_path):
    lighthouse = [ROOT / "tests" / "site" / "node_modules" / ".bin" / "lighthouse"]
    options = f"--quiet --output=json --output-path={tmp_path}/report.json".split()
    options.append("--disable-full-page-screenshot")
    best = 0
    for _ in range(8):  # the speed is that of a noisy machine; the rest is not
        subprocess.run(
            [*lighthouse, f"{site}/{name}", *options, f"--chrome-flags=--headless {FLAGS}"],
            env={**os.environ, "CHROME_PATH": "/usr/bin/chromium"},
            check=True,
            timeout=180,
        )
        report = json.loads((tmp_path / "report.json").read_text())
        scores = {key: value["score"] for key, value in report["categories"].items()}
        best = max(best, scores.pop("performance"))
        assert scores == {"accessibility": 1, "best-practices": 1, "seo": 1}
        if best >= 0.9:
            break
    assert best >= 0.9
