"""What is installed everywhere comes from one lock, and the lock from pyproject.toml."""

import re
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
    assert {requirement.name for requirement in run} <= set(binder)
    assert "jupyter-book" not in binder
    runtime = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert runtime in SpecifierSet(python)


def test_every_file_that_is_installed_has_a_hash():
    for file in ("requirements.lock", "binder/requirements.txt"):
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
