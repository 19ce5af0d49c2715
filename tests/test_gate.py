"""What must not pass: for each rule of tests/gate*.py, and for nbval, something broken."""

import base64
import io
import itertools
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import gate
import gate_text
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbval.plugin import IPyNbCell
from PIL import Image

ROOT = Path(__file__).parent.parent
ALT = "折线图：一条线，从左下到右上，三个点。"
WORDS = {"image": {"alt": "柱形图：两根柱子，一高一低，都不到一秒。"}}
LISTED = {"numbers": {"7": "what a clock said"}}
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


RUN = {
    "date": "2026-11-24",
    "seconds": 3,
    "peak_mb": 300,
    "versions": {"Python": "3.11.7", "飞桨": "3.3.1", "NumPy": "2.4.6", "matplotlib": "3.10.9"},
}


def picture(*words):
    """Return the output of a plot in which these words are drawn."""
    svg = "".join(f"<!-- {word} -->" for word in words)
    return new_output("display_data", {"text/plain": "<Figure>", "image/svg+xml": svg})


def whole():
    """Return a small notebook that breaks no rule."""
    timed = {"tags": [gate.TAG], "not_compared": "times", "measured": "2026-11-24 22:56:11"}
    return new_notebook(
        metadata={"kernelspec": gate.KERNEL, "language_info": {"name": "python"}, "run": RUN},
        cells=[
            new_markdown_cell("# 标题\n\n一共有 12 个样本，第 01 章讲过。", id="text"),
            cell(gate.SETUP, 1),
            new_markdown_cell("## 一节\n\n分成 3 批，每批 4 个：", id="section"),
            cell("print(12, 3)\nplot(4)", 2, new_output("stream", name="stdout", text="12 3\n")),
            cell("plot(3)", 3, picture("3"), mystnb={"image": {"alt": ALT}}),
            cell("plot('秒')\nassert y > 0", 4, picture("秒"), mystnb=WORDS, **timed),
            new_markdown_cell("## 又一节\n\n一共 7 秒。", id="other", metadata=LISTED),
            cell("print(5)", 5, new_output("stream", name="stdout", text="5\n")),
        ],
    )


def change(place, **values):
    """Return a change of a notebook that sets something of one of its cells."""
    return lambda notebook: notebook.cells[place].update(values)


def say(place, text):
    """Return a change of a notebook that sets the source of one of its cells."""
    return change(place, source=text)


def output(kind, **values):
    """Return a change of a notebook that gives its first cell after the set-up another output."""
    return change(3, outputs=[new_output(kind, **values)])


def metadata(place, **values):
    """Return a change of a notebook that sets something in the metadata of one of its cells."""
    return lambda notebook: notebook.cells[place].metadata.update(values)


def run(**values):
    """Return a change of a notebook that says something else of its run."""
    return lambda notebook: notebook.metadata.run.update(values)


# A rule, and what it must find.
BROKEN = {
    gate.run_completely_and_in_order: {
        "never run": change(3, execution_count=None),
        "run out of order": change(3, execution_count=7),
    },
    gate.begins_with_the_setup: {"another set-up": say(1, "import os")},
    gate.stores_no_error_and_no_warning: {
        "a warning": output("stream", name="stderr", text="UserWarning"),
        "an error": output("error", ename="E", evalue="", traceback=[]),
    },
    gate.names_no_place_of_a_machine: {"a path": output("stream", text="/home/somebody/course")},
    gate.stores_text_and_pictures_only: {
        "a PNG": output("display_data", data={"image/png": "iVBO"}),
        "a widget": output("display_data", data={"application/vnd.jupyter.widget-view+json": {}}),
        "a mute picture": change(4, metadata={}),
        "the name of a file": metadata(4, mystnb={"image": {"alt": "loss_curve_of_the_network"}}),
        "an output twice": change(4, outputs=2 * [picture("3")]),
        "colours": output("stream", text="\x1b[31mred"),
    },
    gate.compares_each_output_or_says_why_not: {
        "a tag for errors": metadata(3, tags=["raises-exception"]),
        "a tag without a reason": metadata(3, tags=[gate.TAG]),
        "a reason without a tag": metadata(3, not_compared="times"),
        "a comment for nbval": say(3, "# NBVAL_IGNORE_OUTPUT\nprint(12, 3)"),
        "a comment that skips": say(3, "#  NBVAL_SKIP\nprint(12, 3)"),
        "nothing asserted": say(5, "plot('秒')"),
        "nothing that can fail": say(5, "plot('秒')\nassert True or len([]) < 1"),
        "no output": change(5, outputs=[]),
    },
    gate.runs_in_the_page_what_shows_the_same: {
        "a time in the page": metadata(5, tags=[gate.TAG, gate.IN_PAGE]),
        "a number that is not there": metadata(3, tags=[gate.IN_PAGE], in_page={"7": "8"}),
        "a number of no page": metadata(3, in_page={"12": "13"}),
    },
    gate.measures_in_one_run: {
        "a plot of another run": metadata(3, not_compared="times", measured="2026-11-25 22:56:11"),
        "no date": metadata(5, measured="then"),
        "a run by hand": lambda notebook: notebook.cells[5].metadata.pop("measured"),
    },
    gate.shows_what_its_code_says: {
        "another plot": change(5, outputs=[picture("损失")]),
        "another line": say(5, "print(f'用了 {y} 秒')\nplot('秒')\nassert y > 0"),
    },
    gate.binds_each_number: {
        "a number that nothing prints": say(0, "# 标题\n\n一共有 12 个样本，占 91.5%。"),
        "a number of another section": say(2, "## 一节\n\n分成 5 批，每批 4 个。"),
        "a number in code": say(2, "## 一节\n\n形状是 `[6, 4]`。"),
        "a number in a table": say(2, "## 一节\n\n| 大小 |\n|---|\n| 6 |"),
        "a number instead of a picture": metadata(4, mystnb={"image": {"alt": ALT + "共 6 个。"}}),
        "a listed number that is not there": say(6, "## 又一节\n\n一共 5 秒。"),
        "a number in a comment": say(3, "print(12, 3)\nplot(4)  # 8 次"),
        "a number that only a comment has": say(3, "print(12, 3)\nplot()  # 4 次"),
        "a source that is not there": metadata(6, numbers={"7": "tests/test_clock.py"}),
        "no source": metadata(6, numbers={"7": ""}),
        "a source that has another": metadata(6, numbers={"7": ".gitignore: the 7"}),
    },
    gate.is_tidy: {
        "another kernel": lambda notebook: notebook.metadata.kernelspec.update(name="my-env"),
        "its name": lambda notebook: notebook.metadata.kernelspec.update(display_name="base"),
        "widget state": lambda notebook: notebook.metadata.update(widgets={}),
        "when a cell was run": metadata(3, execution={"iopub.execute_input": "2026-11-24"}),
        "a wide picture": metadata(4, mystnb={"image": {"alt": ALT, "width": "2000px"}}),
        "a long cell": say(3, "x = 1\n" * 41),
        "a raw cell": change(2, cell_type="raw"),
        "an empty cell": say(2, ""),
        "a picture inside": change(2, attachments={"a.png": {"image/png": "iVBO"}}),
        "an old format": lambda notebook: notebook.update(nbformat_minor=4),
        "a wide line": say(3, "x = " + "1" * 80),
    },
    gate.stands_in_its_order: {
        "no code follows": lambda notebook: notebook.cells.insert(3, notebook.cells.pop(6)),
        "twice": say(
            6, "## 又一节\n\n一共 7 秒。\n\n" + 2 * "一共有 12 个样本，第 01 章讲过的。\n\n"
        ),
        "another's words": metadata(5, mystnb={"image": {"alt": ALT}}),
    },
    gate.was_run_with_what_is_locked: {
        "no run": lambda notebook: notebook.metadata.pop("run"),
        "a run of hours": run(seconds=9000),
        "a run of the future": run(date="2999-01-01"),
        "no day": run(date="2026-13-45"),
        "an old NumPy": run(versions=RUN["versions"] | {"NumPy": "1.0"}),
        "another Python": run(versions=RUN["versions"] | {"Python": "3.9.1"}),
        "much memory": run(peak_mb=7000),
    },
    gate.keeps_the_rules_for_text: {
        "text": say(0, "# 标题\n\n先洗牌，再分批，12 个。"),
        "a comment": say(4, "plot(3)  # 画出 loss curve of the whole net"),
        "a docstring": say(4, 'def plot():\n    """先打散。"""'),
        "a picture": metadata(4, mystnb={"image": {"alt": ALT.replace("折线", "洗牌")}}),
    },
}
FAULTS = [
    pytest.param(rule, fault, id=name) for rule in BROKEN for name, fault in BROKEN[rule].items()
]


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.__name__)
def test_a_whole_notebook_passes(rule):
    nbformat.validate(whole())
    assert list(rule(whole())) == []


@pytest.mark.parametrize(("rule", "damage"), FAULTS)
def test_a_broken_notebook_is_rejected(rule, damage):
    notebook = whole()
    damage(notebook)
    assert list(rule(notebook))


BROKEN_TEXT = {
    gate_text.pictures_have_words: [
        "![](a.svg)",
        "![loss_curve](a.svg)",
        '<img src="a.svg" alt="a">',
        '<img src="a.svg">',
        "![img/数据处理的流程图示.svg](a.svg)",
    ],
    gate_text.shows_its_marks: [
        "用 `yield 交出。",
        "**红灯。先造一个文件。",
        "**红灯。**造一个文件。",
        "这里的**“乱序”** 是什么？",
        "##小结",
        "## 小结。",
        "见[第 03 章]，也见[第 04 章](04-shuffling.ipynb)。",
        "见[数据卡]（data-card.ipynb）。",
        "见[数据卡]()。",
    ],
    gate_text.ends_its_paragraphs: [
        "先打乱，再分批，然后",
        "先打乱，再分批，\n\n后来就可以训练。",
        "要做这些：\n\n- 先打乱样本\n- 再分批。",
    ],
    gate_text.has_the_characters_of_the_book: [
        "先打亂，再分批。",
        "读 ６０ 张。",
        "先打乱，\u200b再分批。",
        "读\u00a060 张。",
    ],
    gate_text.counts_its_lists: [
        "要做三件事：\n\n1. 打乱。\n2. 分批。\n",
        "有两种做法：\n\n- 打乱。\n  然后：\n\n  也行。\n- 分批。\n- 训练。",
    ],
    gate_text.names_no_place_of_a_machine: [
        "文件在 /home/li/data 里。",
        "文件在 /mnt/c/data 里。",
        r"文件在 C:\data 里。",
    ],
    gate_text.is_in_chinese: [
        "Shuffle the data first.",
        "先打乱。 Then cut it into batches。",
    ],
    gate_text.speaks_as_the_glossary: ["先洗牌，再分批。", "先打散，再分批。", "正确率很高。"],
    gate_text.is_set_as_elsewhere: [
        "用NumPy 数组。",
        "先打乱, 再分批。",
        "先打乱，\n再分批。",
        "先打乱。 \n\n再分批。",
        "先打乱。。",
        "先打乱.",
        "先打乱.再分批。",
        "先打乱 (shuffle，乱序)。",
        '先"打乱"。',
    ],
    gate_text.says_nothing_twice: [
        "<<<<<<< HEAD\n先打乱。",
        "先打乱。\n=======\n再分批。",
        "这是是一批样本。",
        "先打乱样本样本，再分批。",
    ],
    gate_text.counts_in_digits: ["快了三倍。", "有两成多。", "占十分之一。", "差百分之五。"],
    gate_text.names_chapters_that_exist: [
        "见第 16 章。",
        "见[第 02 章](03-yield.ipynb)。",
        "见[第 02 章](resume.ipynb)。",
    ],
    gate_text.names_versions_that_we_know: ["装好 Python 3.11 到 3.15。", "用飞桨 1.8。"],
}


@pytest.mark.parametrize("rule", gate_text.RULES, ids=lambda rule: rule.__name__)
def test_broken_text_is_rejected(rule):
    for text in BROKEN_TEXT[rule]:
        assert list(rule(text)), text


def test_every_rule_rejects_something():
    assert set(BROKEN) == set(gate.RULES) and set(BROKEN_TEXT) == set(gate_text.RULES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`[100, 784]` 和 50,000", {"100", "784", "50000"}),
        ("见第 03 章，飞桨 2.6，[链接](https://example.org/5)", set()),
        ('<img src="a1.svg" alt="共 7 个">', {"7"}),
        ("2.80 GB，91.0%", {"2.80", "91"}),
        ("```python\nx = 5\n```", set()),
    ],
)
def test_numbers_are_found(text, found):
    assert gate_text.numbers(gate_text.claims(text)) == found


def replaced(old, new):
    """Return a change of a cell's text."""
    return lambda text: text.replace(old, new)


def renamed(text):
    """Give a part of a picture another name."""
    return text.replace(re.search(r'clipPath id=\\"(p\w+)\\"', text)[1], "pcafe")


# Cells as they are stored, and what is then changed in each: in its code or its output.
CELLS = [
    (gate.SETUP, None),
    (PLOT, None),
    (PLOT, replaced("plt.plot([0, 1, 2]", "plt.plot([0, 1.1, 2]")),
    (PLOT, replaced("[[0, 1], [2, 3]]", "[[0, 1], [2.3, 3]]")),
    (PLOT, renamed),
    ("x = 1 / 8", None),
    ("print(f'{x:.4f} digit')", replaced("0.1250 digit\\n", "0.1251 digit\\n")),
    ("print(f'{x:.4f} none')", replaced('"0.1250 none\\n"', '""')),
    ("print(f'{x:.4f} code')", replaced("{x:.4f} code", "{-x:.4f} code")),
    ("print(f'{x:.4f} same')", None),
]
PLOTS, SUMS = (2, 3), (6, 7, 8)  # that are wrong then


def svg(values, names="abab"):
    """Return an SVG with an image of these values, and parts of these names that refer to them."""
    image = io.BytesIO()
    Image.fromarray(values).save(image, "png")
    data = base64.b64encode(image.getvalue()).decode()
    parts = '<g id="{}"/><g id="{}"/><use href="#{}"/><g clip-path="url(#{})"/>'.format(*names)
    return f'<svg>{parts}<image href="data:image/png;base64,{data}"/></svg>'


def test_pictures_look_alike_but_for_names_and_three_shades(monkeypatch):
    monkeypatch.setattr(IPyNbCell, "compare_outputs", IPyNbCell.compare_outputs)  # is put back
    alike = runpy.run_path(str(ROOT / "chapters" / "conftest.py"))["look_alike"]
    grey = np.full((4, 4, 4), 100, "uint8")
    for channel, sign in itertools.product(range(4), (-1, 1)):
        for shades in (3, 4, 90):
            other = grey.copy()
            other[1, 2, channel] = 100 + sign * shades
            assert alike(svg(other), svg(grey)) == (shades == 3)
    assert not alike(svg(grey[:1]), svg(grey))
    assert alike(svg(grey, "cdcd"), svg(grey))
    for names in ("abbb", "abaa", "bbab"):
        assert not alike(svg(grey, names), svg(grey))


def test_nbval_finds_outputs_and_pictures_that_are_not_those_of_the_code(tmp_path):
    chapters = tmp_path / "chapters"
    chapters.mkdir()
    (tmp_path / "mnist_course").symlink_to(ROOT / "mnist_course")
    shutil.copy(ROOT / "chapters" / "conftest.py", chapters)
    path = chapters / "all.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source, _ in CELLS]), path)
    tool = [sys.executable, ROOT / "tools" / "run_chapters.py", path]
    subprocess.run(tool, check=True, capture_output=True)
    notebook = nbformat.read(path, as_version=4)
    for number, (_, change) in enumerate(CELLS):
        if change:
            text = json.dumps(notebook.cells[number])
            assert change(text) != text
            notebook.cells[number] = nbformat.from_dict(json.loads(change(text)))
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", chapters, f"--rootdir={tmp_path}"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    failed = re.findall(r"^FAILED chapters/all\.ipynb::Cell (\d)", said, re.M)
    assert [int(number) for number in failed] == [*PLOTS, *SUMS]
    kept = {path.name for path in (tmp_path / "_build" / "pictures").iterdir()}
    pictures = itertools.product(PLOTS, ("stored", "new"))
    assert kept == {f"all-{number}-0-{kind}.svg" for number, kind in pictures}
