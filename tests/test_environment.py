"""What is installed everywhere comes from one lock, and the lock from pyproject.toml."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


def pins(file):
    """Return versions that a requirements file pins, by name: those with a marker, too."""
    text = (ROOT / file).read_text("utf-8")
    found = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, flags=re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def wanted():
    """Return the requirements of pyproject.toml: to run chapters, and to work on the book."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run = [Requirement(line) for line in project["project"]["dependencies"]]
    work = [Requirement(line) for line in project["dependency-groups"]["dev"]]
    return run, work, project["project"]["requires-python"]


def test_the_lock_has_what_the_project_asks_for():
    run, work, _ = wanted()
    locked = pins("requirements.lock")
    for requirement in run + work:
        versions = locked.get(requirement.name.lower())
        assert versions, f"{requirement}: not in requirements.lock; run make lock"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement}: locked {version}"


def test_binder_installs_versions_of_the_lock_and_no_tool_of_ours():
    run, _, python = wanted()
    locked, binder = pins("requirements.lock"), pins("binder/requirements.txt")
    for name, versions in binder.items():
        assert versions <= locked.get(name, set()), f"{name} {versions}: run make lock"
    runtime = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert runtime in SpecifierSet(python)
    for requirement in run:
        if not requirement.marker or requirement.marker.evaluate({"python_version": runtime}):
            assert requirement.name in binder
    assert "jupyter-book" not in binder


def test_ai_studio_installs_versions_of_the_lock():
    locked, added = pins("requirements.lock"), pins("work/aistudio.txt")
    assert added == {"pysimdjson": locked["pysimdjson"]}, "run make lock"
    # What else chapters need, AI Studio's environments with Paddle bring.
    there = {"numpy", "matplotlib", "paddlepaddle", "pillow", "ipykernel", "psutil", "setuptools"}
    assert {requirement.name for requirement in wanted()[0]} == there | set(added)


def test_every_file_that_is_installed_has_a_hash():
    for file in ("requirements.lock", "binder/requirements.txt", "work/aistudio.txt"):
        text = (ROOT / file).read_text("utf-8")
        blocks = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
        for block in filter(None, map(str.strip, blocks)):
            assert "--hash=sha256:" in block, f"{file}: {block[:60]}"


def test_what_runs_here_is_what_is_locked():
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 is tried by hand, with the oldest versions")
    from importlib.metadata import version

    for requirement in sum(wanted()[:2], []):
        assert version(requirement.name) in pins("requirements.lock")[requirement.name.lower()]


def test_an_old_python_is_refused_in_one_line(monkeypatch):
    source = (ROOT / "mnist_course" / "__init__.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))  # it gets as far as saying so
    monkeypatch.setattr(sys, "version_info", (3, 7, 4))
    monkeypatch.setattr(sys, "version", "3.7.4 (default, Aug 13 2019)")
    with pytest.raises(ImportError) as refused:
        exec(source, {})
    assert "needs Python 3.10 to 3.13, this is 3.7.4: choose a newer" in str(refused.value)


@pytest.mark.skipif(
    not Path("/usr/share/i18n/charmaps/GBK.gz").exists() or not (ROOT / ".git").exists(),
    reason="needs the package locales, and a clone",
)
def test_chapters_hold_in_the_worst_of_places():
    chapters = ["chapters/03-yield-vs-return.ipynb", "chapters/06-validation.ipynb"]
    command = ["bash", ROOT / "tests" / "anywhere.sh", *chapters]
    run = subprocess.run(
        command,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        encoding="gbk",
        errors="replace",
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr
