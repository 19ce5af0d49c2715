"""The commands of the README: what they say when something is in the way."""

import datetime
import importlib.metadata
import json
import os
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

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", ["serve", "test", "book"])
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


def varying(source, *outputs):
    """Return a cell whose output may differ."""
    metadata = {"tags": ["nbval-ignore-output"]}
    return nbformat.v4.new_code_cell(source, metadata=metadata, outputs=list(outputs))


def chapter(folder, source, *more):
    """Commit a chapter whose first output was "old" and may differ; return its path."""
    cell = varying(source, nbformat.v4.new_output("stream", name="stdout", text="old\n"))
    path = folder / "chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell, *more]), path)
    me = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    for command in (["init", "-q"], ["add", path], [*me, "commit", "-qm", "A chapter"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return path


def run_chapter(path):
    """Run a chapter in place; return the exit code and the text of its cell's output."""
    run = [sys.executable, ROOT / "tools" / "run_chapters.py", path]
    code = subprocess.run(run, capture_output=True).returncode
    return code, nbformat.read(path, as_version=4).cells[0].outputs[0].text


def test_running_a_chapter_keeps_outputs_that_always_differ(tmp_path):
    path = chapter(tmp_path, "print('new')")
    assert run_chapter(path) == (0, "old\n")


def test_running_a_chapter_renews_the_output_of_a_cell_that_was_edited(tmp_path):
    path = chapter(tmp_path, "print('new')")
    path.write_text(path.read_text().replace("print('new')", "print('newer')"))
    assert run_chapter(path) == (0, "newer\n")


def test_running_a_chapter_stores_what_it_prints(tmp_path):
    path = chapter(tmp_path, "print('new')")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata = {}
    nbformat.write(notebook, path)
    assert run_chapter(path) == (0, "new\n")


def test_an_old_output_gets_the_new_number_of_its_cell_and_no_output_is_none_to_keep(tmp_path):
    old = nbformat.v4.new_output("execute_result", {"text/plain": "old"}, execution_count=7)
    path = chapter(tmp_path, "1", varying("'new'", old), varying("'new'  # before, not run"))
    assert run_chapter(path)[0] == 0
    outputs = [cell.outputs[0] for cell in nbformat.read(path, as_version=4).cells[1:]]
    assert [one.data["text/plain"] for one in outputs] == ["old", "'new'"]
    assert [one.execution_count for one in outputs] == [2, 3]


def test_a_chapter_runs_in_its_own_folder_and_stores_nothing_of_the_machine(tmp_path):
    path = chapter(tmp_path, f"import os; assert os.path.samefile('.', {str(tmp_path)!r})")
    assert run_chapter(path)[0] == 0
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.language_info == {"name": "python"}
    assert set(notebook.metadata) == {"language_info", "run"}
    assert notebook.cells[0].metadata == {"tags": ["nbval-ignore-output"]}


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
