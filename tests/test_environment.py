"""What is installed everywhere comes from one lock, and the lock from pyproject.toml."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


def pins(file):
    """Return versions that a requirements file pins, by name: those with a marker, too."""
    text = (ROOT / file).read_text("utf-8")
    found = {}
    for name, version in re.findall(
        r"^([a-z0-9._-]+)(?:\[.*\])?==([^ ;\\]+)", text, flags=re.MULTILINE
    ):
        found.setdefault(name, set()).add(version)
    return found


def blocks(file):
    """Return what a requirements file says of each package: what, its hashes, who asks for it."""
    text = (ROOT / file).read_text("utf-8")
    return [
        (
            Requirement(block.split("\\")[0]),
            set(re.findall(r"--hash=(\S+)", block)),
            re.findall(r"# (?:via|  ) *(\S.*)", block),
        )
        for block in re.findall(r"^\w.*(?:\n .*)*", text, flags=re.MULTILINE)
    ]


def wanted():
    """Return what pyproject.toml asks for, to run chapters and for the rest, and its Pythons."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run = [Requirement(line) for line in project["project"]["dependencies"]]
    groups = project["dependency-groups"]
    work = [Requirement(line) for line in groups["dev"] + groups["reader"]]
    return run, work, project["project"]["requires-python"]


def test_the_lock_has_what_the_project_asks_for():
    run, work, _ = wanted()
    locked = pins("requirements.lock")
    for requirement in run + work:
        versions = locked.get(requirement.name.lower())
        assert versions, f"{requirement}: not in requirements.lock; run make lock"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement}: locked {version}"


def test_binder_and_readers_install_versions_of_the_lock_and_no_tool_of_ours():
    run, _, python = wanted()
    locked, binder = pins("requirements.lock"), pins("binder/requirements.txt")
    for name, versions in binder.items():
        assert versions <= locked.get(name, set()), f"{name} {versions}: run make lock"
    runtime = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert runtime in SpecifierSet(python)
    for requirement in run:
        if not requirement.marker or requirement.marker.evaluate({"python_version": runtime}):
            assert requirement.name in binder
    assert "jupyterlab" in binder and "jupyter-book" not in binder


def test_what_readers_install_is_there_after_make():
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 is tried by hand, with the oldest versions")
    for requirement, _, _ in blocks("binder/requirements.txt"):
        if not requirement.marker or requirement.marker.evaluate():
            assert requirement.specifier.contains(metadata.version(requirement.name)), requirement


def test_what_readers_install_is_for_every_system_and_each_python():
    first = (ROOT / "binder" / "requirements.txt").read_text("utf-8").split("\n")[1]
    assert "--universal --python-version 3.11 " in first
    pinned = [requirement for requirement, _, _ in blocks("binder/requirements.txt")]
    for system, name, wanted in [("win32", "nt", "pywinpty"), ("darwin", "posix", "appnope")]:
        here = {"sys_platform": system, "os_name": name, "platform_system": system.title()}
        chosen = {one.name for one in pinned if not one.marker or one.marker.evaluate(here)}
        assert {wanted, "paddlepaddle", "jupyterlab"} <= chosen


def test_what_is_asked_for_with_an_extra_is_pinned_with_it():
    # Else pip before 23.3 finds no version of it but the newest, which has no hash here.
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 is tried by hand, with the oldest versions")
    pinned = [one for one, _, _ in blocks("binder/requirements.txt")]
    here = [one for one in pinned if not one.marker or one.marker.evaluate()]
    extras = {one.name: one.extras for one in here}
    asked = [Requirement(line) for one in here for line in metadata.requires(one.name) or ()]
    asked = [one for one in asked if not one.marker or one.marker.evaluate({"extra": ""})]
    assert any(one.extras for one in asked)
    for one in asked:
        assert one.extras <= extras[canonicalize_name(one.name)], f"{one}: run make lock"


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


@pytest.mark.parametrize("file", ["binder/requirements.txt", "work/aistudio.txt"])
def test_what_is_installed_elsewhere_has_hashes_of_the_lock(file):
    locked = {}
    for requirement, hashes, _ in blocks("requirements.lock"):
        locked.setdefault(requirement.name, set()).update(hashes)
    for requirement, hashes, _ in blocks(file):
        assert hashes <= locked[requirement.name], f"{requirement}: run make lock"


def test_each_package_of_the_lock_is_asked_for():
    run, work, _ = wanted()
    project = {"mnist-course (pyproject.toml)": run}
    project |= {f"mnist-course (pyproject.toml:{group})": work for group in ("dev", "reader")}
    # Not what setuptools carries in a folder of its own, and puts on the path when it is imported.
    installed = metadata.distributions(path=[sysconfig.get_path("purelib")])
    asks = {canonicalize_name(one.name): one.requires or [] for one in installed}
    asks |= {name: list(map(str, requirements)) for name, requirements in project.items()}
    locked = blocks("requirements.lock")
    reached, before = set(project), set()
    while reached != before:
        before = set(reached)
        reached |= {requirement.name for requirement, _, via in locked if before & set(via)}
    for requirement, _, via in locked:
        assert {requirement.name, *via} <= reached, (
            f"{requirement}: nobody asks for it, or for {via}"
        )
        if not requirement.marker or requirement.marker.evaluate():
            assert requirement.name in asks, f"{requirement} is not installed"
            asked = {Requirement(line).name for one in via for line in asks.get(one, [])}
            assert requirement.name in map(canonicalize_name, asked), f"{requirement}: not by {via}"


def test_what_runs_here_is_what_is_locked():
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 is tried by hand, with the oldest versions")
    for requirement in sum(wanted()[:2], []):
        version = metadata.version(requirement.name)
        assert version in pins("requirements.lock")[requirement.name.lower()]


def test_every_place_names_the_same_versions_of_python():
    run, work, python = wanted()
    (paddle,) = (
        re.search(r">=(\d+\.\d+)", str(one))[1] for one in run if one.name == "paddlepaddle"
    )
    course = [f"3.{n}" for n in range(99) if f"3.{n}" in SpecifierSet(python)]
    (marker,) = (one.marker for one in work if one.name == "jupyter-book")
    book = [version for version in course if marker.evaluate({"python_version": version})]
    oldest, first, last = (version.replace(".", ", ") for version in (course[0], book[0], book[-1]))
    any_of_book = f"Python {', '.join(book[:-1])} or {book[-1]}"
    course_range = f"Python {course[0]} to {course[-1]}"
    compiled = f"--python-version {course[0]} "
    for file, says in [
        ("pyproject.toml", f'target-version = "py{course[0].replace(".", "")}"'),
        ("requirements.lock", compiled),
        ("Makefile", compiled),
        ("Makefile", f"not ({first}) <= sys.version_info[:2] <= ({last})"),
        ("Makefile", any_of_book),
        ("start.py", f"not ({first}) <= sys.version_info[:2] <= ({last})"),
        ("start.py", any_of_book),
        ("start.py", f"Python {book[0]} 到 {book[-1]}"),
        ("index.md", f"Python {book[0]} 到 {book[-1]}"),
        ("mnist_course/__init__.py", f"sys.version_info < ({oldest})"),
        ("mnist_course/__init__.py", course_range),
        ("chapters/run-online.md", course_range),
        ("chapters/run-online.md", f"Python {course[0]} 或者更新"),
        ("chapters/run-online.md", f"下载 Python {book[-1]}（"),
        ("chapters/run-online.md", f"已经有 Python {book[0]} 到 {book[-1]}，"),
        ("chapters/run-online.md", f"飞桨 {paddle} 或者更新，Python {course[0]}"),
        ("work/aistudio.ipynb", course_range),
        ("tests/matrix.sh", f"set -- python{' python'.join(course)}\n"),
        (".github/workflows/versions.yml", f"python: {json.dumps(course)}\n"),
    ]:
        text = (ROOT / file).read_text("utf-8")
        assert says in text, f"{file} does not say {says!r}; pyproject.toml: {python}, {marker}"
    for file in ["README.md", "CONTRIBUTING.md"]:  # each time
        said = re.findall(r"Python 3[\d., or]*\d", (ROOT / file).read_text("utf-8"))
        assert set(said) == {any_of_book}, file


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "index.md"]
# An environment, what is built, a name to be chosen.
NOT_THERE = r"\.venv\b|_build/|chapters/12-name\.|\w+/NN-name\."


def commands(document):
    """Return what a document has in backticks, and the lines of its commands without comments."""
    text = (ROOT / document).read_text("utf-8")
    fence = re.compile(r"^```(.*)\n([\s\S]*?)^```", flags=re.MULTILINE)
    lines = [
        line for kind, block in fence.findall(text) if kind == "bash" for line in block.split("\n")
    ]
    return re.findall(r"`([^`]+)`", fence.sub("", text)) + [line.split("#")[0] for line in lines]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_path_that_is_named_is_there(document):
    text = (ROOT / document).read_text("utf-8")
    paths = re.findall(r"\]\(([^)#:]+)\)", text)
    for command in commands(document):
        paths += re.findall(r"[\w.-]+/[\w./-]*|[\w-]+\.(?:json|lock|md|py|sh|toml|yml)\b", command)
    assert paths
    for path in paths:
        there = (ROOT / path).exists() or ("/" not in path and any(ROOT.glob(f"*/{path}")))
        assert there or re.match(NOT_THERE, path), f"{document}: {path}"


@pytest.mark.parametrize("document", [*DOCUMENTS, "chapters/run-online.md"])
def test_each_name_that_is_mentioned_is_in_a_file(document):
    places = ["*", ".ci/*", ".github/*/*", "[a-z]*/*", "extensions/*/*", "tests/site/*"]
    kinds = {".py", ".sh", ".yml", ".toml", ".js", ".ipynb", ""}
    paths = [path for place in places for path in ROOT.glob(place) if path.suffix in kinds]
    text = "".join(path.read_text("utf-8") for path in paths if path.is_file())
    known = set(re.findall(r"[\w-]+", text + " ".join(map(str, paths)))) | {
        "cmd",
        "export",
        "Shift",
    }
    for command in commands(document):
        if " " not in command or "=" in command:
            found = set(re.findall(r"\b[A-Za-z_][\w-]{2,}", command))
            assert found <= known, f"{document}: {command}"
    for name, tests in re.findall(r"(\S+\.py) -k (\w+)", "\n".join(commands(document))):
        assert re.search(rf"def test_\w*{tests}", (ROOT / name).read_text("utf-8")), tests


def test_the_steps_for_ai_studio_lead_to_what_is_there():
    text = (ROOT / "chapters" / "run-online.md").read_text("utf-8")
    paths = re.findall(r"work/mnist-course/([\w./]+)", text)
    assert len(paths) > 2 and all((ROOT / path).exists() for path in paths)
    assert set(re.findall(r"\bcd (\S+)", text)) == {"~/work"}


def test_the_readme_names_the_port_that_make_takes():
    (port,) = re.findall(r"^PORT \?= (\d+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert f"http://127.0.0.1:{port}/" in (ROOT / "README.md").read_text("utf-8")


def test_each_target_that_is_named_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: (.*)", makefile, flags=re.MULTILINE)
    assert set(phony.split()) == targets  # or a file of that name would be taken for it
    named = {"Makefile": re.findall(r"^# make ([a-z-]+)", makefile, flags=re.MULTILINE)}
    for document in ["README.md", "CONTRIBUTING.md"]:
        makes = re.findall(r"\bmake((?: [a-z-]+)+)", "\n".join(commands(document)))
        named[document] = " ".join(makes).split()
    for document, found in named.items():
        assert found and set(found) <= targets, f"{document}: {set(found) - targets}"


def test_the_book_shows_outputs_as_they_are_stored():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert settings["execute"]["execute_notebooks"] == "off"


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
