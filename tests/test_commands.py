"""The commands of the README: what they say when something is in the way."""

import datetime
import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import urllib.request
from pathlib import Path

import nbformat
import pytest
import yaml

from tools.run_chapters import keep_measured

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", ["serve", "test", "book", "lab"])
def test_an_old_python_is_refused_in_one_line_before_anything_is_made(tmp_path, command):
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    run = subprocess.run(
        ["make", "-C", tmp_path, "--no-print-directory", command, f"PYTHON={old}"],
        capture_output=True,
        text=True,
    )
    assert run.returncode != 0 and run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert f'Python 3.11, 3.12 or 3.13 is needed and "{old}" is none' in line
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, on Linux")
@pytest.mark.parametrize(
    ("script", "mode"), [("aistudio.sh", 0o700), ("binder.sh", 0o700), ("binder.sh", 0o755)]
)
def test_a_python_that_no_other_user_can_run_is_refused_in_one_line(script, mode):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        runtime = (ROOT / "binder" / "runtime.txt").read_text().strip()
        python = Path(folder, runtime.replace("-", ""))
        python.write_text('#!/bin/sh\ntest "$LIBRARIES"\n')
        python.chmod(0o755)
        Path(folder).chmod(mode)
        run = subprocess.run(
            [ROOT / "tests" / script, python],
            env={"PATH": f"{folder}:{os.environ['PATH']}", "LIBRARIES": "there"},
            capture_output=True,
            text=True,
        )
    assert run.returncode == 1 and run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"No other user can run {python} (")


def made(*arguments):
    """Return what make would do, or knows, without doing it."""
    make = ["make", "-C", ROOT, "--no-print-directory", "--just-print", *arguments]
    return subprocess.run(make, capture_output=True, text=True).stdout


def test_the_book_is_built_anew_when_a_file_of_it_changes():
    (rule,) = re.findall("^_build/.ready: (.*)", made("--print-data-base", "book"), re.MULTILINE)
    parts = ["index.md", "_config.yml", "_toc.yml", "work/mnist.json.gz", "img", "chapters"]
    parts += ["mnist_course", "exercises", "extensions"]
    listing = ["git", "-C", ROOT, "ls-files", "-z", *parts]
    files = subprocess.check_output(listing, text=True).split("\0")[:-1]
    # The outputs of chapters are stored: what they import when they run is not seen.
    wanted = {file for file in files if not re.match(r"chapters/\w+\.(py|toml)$", file)}
    assert len(wanted) > 100 and wanted <= set(rule.split())


def test_each_test_is_run():
    runs = re.findall("-m pytest (.*)", made("test", "test-site"))
    asked, ignored = set(), set()
    for run in runs:
        asked |= {each.rstrip("/") for each in run.split() if not each.startswith("-")}
        ignored |= set(re.findall(r"--ignore=(\S+)", run))
    assert {"chapters", "tools/template.ipynb", "tests", "tests/site"} <= asked
    assert ignored <= asked and "tests/site/test_lighthouse.py" in ignored
    assert "--nbval chapters/" in runs[0]


@pytest.mark.parametrize("fails", ["", "lint", "book", "test", "test-site"])
def test_ci_makes_all_of_it_and_fails_with_each(tmp_path, fails):
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    fakes = {"make": f'echo "$@" >> made; test "$1" != "{fails}"', "apt-get": "", "npm": ""}
    for name, code in fakes.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run([tmp_path / ".ci" / "run"], env={**os.environ, "PATH": path}, cwd="/")
    assert (done.returncode != 0) == bool(fails)
    if not fails:
        assert set((tmp_path / "made").read_text().split()) == {"lint", "book", "test", "test-site"}


def test_main_alone_is_published_when_it_was_tested_with_what_readers_take_along():
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text("utf-8"))
    assert workflow[True] == {"push": {"branches": ["main"]}, "pull_request": None}
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    assert publish["needs"] == "build" and publish["if"] == "github.event_name == 'push'"
    commands = [step.get("run", step.get("uses", "").split("@")[0]) for step in build["steps"]]
    places = list(map(commands.index, [".ci/run", "make along", "actions/upload-pages-artifact"]))
    assert places == sorted(places)
    assert not any("continue-on-error" in part for part in [build, *build["steps"]])
    for step in build["steps"][places[1] :]:
        assert step["if"] == "github.event_name == 'push'"
    assert build["steps"][places[2]]["with"]["path"] == "_build/html"


def test_whatever_fails_on_other_versions_opens_an_issue():
    jobs = yaml.safe_load((ROOT / ".github/workflows/versions.yml").read_text("utf-8"))["jobs"]
    assert set(jobs["report"]["needs"]) == set(jobs) - {"report"}
    assert jobs["report"]["if"] == "failure()"


def serve(folder, port):
    """Start the server of `make serve`."""
    return subprocess.Popen(
        [sys.executable, ROOT / "tools" / "serve.py", folder, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_book_is_served_on_the_loopback_address_only(tmp_path):
    (tmp_path / "index.html").write_text("the book")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = serve(tmp_path, port)
    try:
        assert f"http://127.0.0.1:{port}/" in server.stdout.readline()
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/").read() == b"the book"
        with pytest.raises(OSError):  # on Linux, another address of this machine
            socket.create_connection(("127.0.0.2", port), timeout=20)
    finally:
        server.terminate()
        server.communicate()


def test_a_taken_port_is_said_plainly(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _, message = serve(tmp_path, port).communicate(timeout=20)
    assert message.startswith(f"Port {port} cannot be used")
    assert "make serve PORT=" in message and len(message.splitlines()) == 1


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", ""])
def test_an_impossible_port_is_refused(tmp_path, port):
    _, message = serve(tmp_path, port).communicate(timeout=20)
    assert message == f"PORT: expected a number from 1 to 65535, found {port!r}.\n"


def varying(source, output, measured=None):
    """Return a cell whose output may differ, as it is stored."""
    metadata = {"tags": ["nbval-ignore-output"]} | ({"measured": measured} if measured else {})
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=output)]
    return nbformat.v4.new_code_cell(source, metadata=metadata, outputs=outputs)


def kept(new, old):
    """Return the outputs after a run, and whether all cells name one run, which may be the old."""
    keep_measured(new, old)
    (measured,) = {cell.metadata["measured"] for cell in new}
    return [cell.outputs[0].text for cell in new], measured == "then"


THEN = [varying("print(time)", "old", "then"), varying("plot(time)", "old plot", "then")]


def test_running_a_chapter_keeps_outputs_that_always_differ():
    new = [varying("print(time)", "new"), varying("plot(time)", "new plot")]
    assert kept(new, THEN) == (["old", "old plot"], True)


def test_text_and_plot_of_a_measurement_are_renewed_together():
    edited = [varying("print(time)", "new"), varying("plot(time)  # in blue", "new plot")]
    assert kept(edited, THEN) == (["new", "new plot"], False)
    more = [*edited[:1], varying("plot(time)", "new plot"), varying("print(2)", "2")]
    assert kept(more, THEN) == (["new", "new plot", "2"], False)
    assert kept(edited[:1], []) == (["new"], False)  # a new chapter


def test_outputs_that_name_no_run_are_renewed():
    by_hand = [THEN[0], varying("plot(time)", "old plot")]
    new = [varying("print(time)", "new"), varying("plot(time)", "new plot")]
    assert kept(new, by_hand) == (["new", "new plot"], False)


def test_an_old_output_gets_the_new_number_of_its_cell():
    old, new = varying("1", "1", "then"), varying("1", "2")
    old.outputs = [nbformat.v4.new_output("execute_result", {}, execution_count=7)]
    new.execution_count = 2
    keep_measured([new], [old])
    assert new.outputs[0].execution_count == 2


def chapter(folder, source):
    """Commit a chapter of one cell; return its path."""
    path = folder / "chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[varying(source, "old", "then")]), path)
    me = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    for command in (["init", "-q"], ["add", path], [*me, "commit", "-qm", "A chapter"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return path


def run_chapter(path):
    """Run a chapter in place; return the exit code and the text of its cell's output."""
    run = [sys.executable, ROOT / "tools" / "run_chapters.py", path]
    code = subprocess.run(run, capture_output=True).returncode
    return code, nbformat.read(path, as_version=4).cells[0].outputs[0].text


def test_a_chapter_runs_in_its_own_folder_and_stores_what_it_prints_and_nothing_of_the_machine(
    tmp_path,
):
    path = chapter(tmp_path, "print('old')")
    assert run_chapter(path) == (0, "old")  # as committed
    source = f"import os; assert os.path.samefile('.', {str(tmp_path)!r}); print('new')"
    path.write_text(path.read_text().replace("print('old')", source))
    assert run_chapter(path) == (0, "new\n")
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.language_info == {"name": "python"}
    assert set(notebook.metadata) == {"language_info", "run"}
    assert set(notebook.cells[0].metadata) == {"tags", "measured"}


def test_running_a_chapter_notes_what_the_run_took(tmp_path):
    path = chapter(
        tmp_path, "import time; block = bytearray(200_000_000); time.sleep(1.2); print()"
    )
    run_chapter(path)
    run = nbformat.read(path, as_version=4).metadata.run
    assert 200 < run.peak_mb < 600 and 1 <= run.seconds < 30
    assert run.date == datetime.date.today().isoformat()
    assert run.versions.NumPy == importlib.metadata.version("numpy")
    assert set(run.versions) == {"Python", "飞桨", "NumPy", "matplotlib"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what processes share")
def test_memory_that_a_chapter_shares_with_its_processes_counts_once(tmp_path):
    source = """
    import multiprocessing, time
    shared = bytearray(200_000_000)
    def hold():
        own = bytearray(200_000_000)
        time.sleep(1)
    process = multiprocessing.get_context("fork").Process(target=hold)
    process.start()
    process.join()
    """
    path = chapter(tmp_path, textwrap.dedent(source))
    run_chapter(path)
    assert 400 < nbformat.read(path, as_version=4).metadata.run.peak_mb < 600


def test_a_chapter_that_fails_is_left_as_it_was(tmp_path):
    path = chapter(tmp_path, "print('new'); 1 / 0")
    before = path.read_bytes()
    assert run_chapter(path)[0] != 0
    assert path.read_bytes() == before
    assert list(tmp_path.glob("[!.]*")) == [path]


def test_a_chapter_that_cannot_be_written_is_left_as_it_was(tmp_path):
    path = chapter(tmp_path, "print('new')")
    notebook = json.loads(path.read_bytes())
    notebook["metadata"]["title"] = "\ud800"  # half a character, which UTF-8 has no bytes for
    path.write_text(json.dumps(notebook))
    before = path.read_bytes()
    assert run_chapter(path)[0] != 0
    assert path.read_bytes() == before
