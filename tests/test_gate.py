"""What must not pass: for each rule of tests/gate.py, and for nbval here, a broken notebook."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import gate
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parent.parent
ALT = "折线图：一条线，从左下到右上，三个点"
PLOT = """import matplotlib.pyplot as plt
from mnist_course.plotting import use_chinese_font
use_chinese_font()
plt.imshow([[0, 1], [2, 3]])
plt.plot([0, 1, 2], clip_on=True)
plt.show()"""


def cell(source, count, *outputs, **metadata):
    """Return a code cell as it is stored after a run."""
    return new_code_cell(
        source, id=f"cell-{count}", execution_count=count, outputs=list(outputs), metadata=metadata
    )


def whole():
    """Return a small notebook that breaks no rule."""
    picture = new_output("display_data", {"text/plain": "<Figure>", "image/svg+xml": "<svg/>"})
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# 标题\n\n一共有 12 个样本，分成 3 批。", id="text"),
            cell(gate.SETUP, 1),
            cell("print(12)", 2, new_output("stream", name="stdout", text="12\n")),
            cell("plot(3)", 3, picture, mystnb={"image": {"alt": ALT}}),
        ],
    )


def change(cell, **values):
    """Return a change of a notebook that sets something of one of its cells."""
    return lambda notebook: notebook.cells[cell].update(values)


BROKEN = {
    "never run": (gate.run_completely_and_in_order, change(2, execution_count=None)),
    "run out of order": (gate.run_completely_and_in_order, change(2, execution_count=7)),
    "another set-up": (gate.begins_with_the_setup, change(1, source="import os")),
    "a warning": (
        gate.stores_no_error_and_no_warning,
        change(2, outputs=[new_output("stream", name="stderr", text="UserWarning")]),
    ),
    "an error": (
        gate.stores_no_error_and_no_warning,
        change(2, outputs=[new_output("error", ename="E", evalue="", traceback=[])]),
    ),
    "a tag for errors": (
        gate.stores_no_error_and_no_warning,
        change(2, metadata={"tags": ["raises-exception"]}),
    ),
    "a path": (
        gate.names_no_place_of_a_machine,
        change(2, outputs=[new_output("stream", text="/home/me/course")]),
    ),
    "a PNG": (
        gate.stores_text_and_pictures_only,
        change(2, outputs=[new_output("display_data", {"image/png": "iVBO"})]),
    ),
    "a widget": (
        gate.stores_text_and_pictures_only,
        change(
            2,
            outputs=[new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})],
        ),
    ),
    "a mute picture": (gate.stores_text_and_pictures_only, change(3, metadata={})),
    "colours": (
        gate.stores_text_and_pictures_only,
        change(2, outputs=[new_output("stream", text="\x1b[31mred")]),
    ),
    "not compared": (
        gate.compares_each_output_but_those_listed,
        change(2, source="assert 1", metadata={"tags": ["nbval-ignore-output"]}),
    ),
    "a number that nothing prints": (
        gate.binds_each_number,
        change(0, source="一共有 12 个样本，准确率 91.5%。"),
    ),
    "an old copy of the module": (
        gate.quotes_the_module_as_it_is,
        change(0, source="```python\ndef prefetch(reader):\n    return reader\n```"),
    ),
    "another kernel": (
        gate.is_tidy,
        lambda notebook: notebook.metadata.kernelspec.update(name="my-env"),
    ),
    "widget state": (gate.is_tidy, lambda notebook: notebook.metadata.update(widgets={})),
    "a long cell": (gate.is_tidy, change(2, source="x = 1\n" * 41)),
    "a wide line": (gate.is_tidy, change(2, source="x = " + "1" * 80)),
    "another word": (gate.speaks_as_the_glossary, change(0, source="先洗牌，再分批。")),
    "no space": (gate.speaks_as_the_glossary, change(0, source="用NumPy 数组。")),
    "an English comma": (gate.speaks_as_the_glossary, change(0, source="先打乱, 再分批。")),
    "a broken line": (gate.speaks_as_the_glossary, change(0, source="先打乱，\n再分批。")),
}


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.__name__)
def test_a_whole_notebook_passes(rule):
    nbformat.validate(whole())
    assert list(rule("whole", whole())) == []


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_notebook_is_rejected(fault):
    rule, damage = BROKEN[fault]
    notebook = whole()
    damage(notebook)
    assert list(rule("broken", notebook))


def test_every_rule_rejects_something():
    assert {rule for rule, _ in BROKEN.values()} == set(gate.RULES)


@pytest.fixture
def nbval(tmp_path):
    """Run nbval as in chapters/ on a notebook with given sources, after a change of it.

    Returns whether it passed, and the folder in which pictures that differ are kept.
    """

    def run(sources, damage):
        chapters = tmp_path / "chapters"
        chapters.mkdir()
        (tmp_path / "mnist_course").symlink_to(ROOT / "mnist_course")
        shutil.copy(ROOT / "chapters" / "conftest.py", chapters)
        path = chapters / "broken.ipynb"
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
        nbformat.write(notebook, path)
        tool = [sys.executable, ROOT / "tools" / "run_chapters.py", path]
        subprocess.run(tool, check=True, capture_output=True)
        text = damage(path.read_text("utf-8"))
        assert text != path.read_text("utf-8")
        path.write_text(text, "utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--nbval",
            chapters,
            f"--rootdir={tmp_path}",
        ]
        code = subprocess.run(command, cwd=tmp_path, capture_output=True).returncode
        assert code in (0, 1)
        return code == 0, tmp_path / "_build" / "pictures"

    return run


def test_a_picture_with_one_other_number_fails_and_both_are_kept(nbval):
    def move_a_point(text):
        return text.replace("plt.plot([0, 1, 2]", "plt.plot([0, 1, 2.1]")

    passed, kept = nbval([gate.SETUP, PLOT], move_a_point)
    assert not passed
    assert {path.name for path in kept.iterdir()} == {"broken-1-0-stored.svg", "broken-1-0-new.svg"}


def test_an_image_in_a_picture_with_one_other_number_fails(nbval):
    def change_a_pixel(text):
        return text.replace("[[0, 1], [2, 3]]", "[[0, 1], [2.3, 3]]")

    passed, kept = nbval([gate.SETUP, PLOT], change_a_pixel)
    assert not passed and len(list(kept.iterdir())) == 2


def test_a_picture_whose_parts_have_other_names_passes(nbval):
    def rename(text):
        clip = re.search(r'clipPath id=\\"(p\w+)\\"', text)[1]
        return text.replace(clip, "pcafe")

    assert nbval([gate.SETUP, PLOT], rename)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"0.1250\\n"', '"0.1251\\n"'),
        ('"0.1250\\n"', ""),
        ("print(f'{x:.4f}')", "print(f'{-x:.4f}')"),
    ],
    ids=["a digit", "no output", "the code"],
)
def test_an_output_that_is_not_that_of_the_code_fails(nbval, old, new):
    assert not nbval(["x = 1 / 8", "print(f'{x:.4f}')"], lambda text: text.replace(old, new))[0]
