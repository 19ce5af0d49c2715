"""Put the exercises into the chapters: exercises/NAME.md -> the end of chapters/NAME.ipynb.

    python tools/fill_exercises.py

A source has a part for each exercise, ``## 1.1 title``: the task, and the code
with a gap; then ``### 提示`` (as many as there are steps), ``### 答案``, and for the
tests ``### 错：part of its hint``, each a typical wrong answer. In the chapter the gap
is a cell that can be run, and hints and solution are folded. Parts without a number,
after the exercises, become cells as they are.
"""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

ROOT = Path(__file__).parent.parent
HEADING = "## 练习"
INTRODUCTION = (
    "每一题有一个单元格：把 `...` 换成你的代码，运行它，`check` 会说对不对，不对的时候给一个提示。"
    "它用的数据和题目里的不同。做不出来，就一条一条地打开下面的提示；参考答案在最后。"
)


class Exercise(NamedTuple):
    """One exercise, as text."""

    number: str
    title: str
    task: str
    gap: str
    hints: list
    solution: str
    comment: str
    wrong: list  # pairs: part of the hint, code


CODE = re.compile(r"```python\n(.*?)\n```\n?", re.DOTALL)


def code_of(text):
    """Return the text without its first block of code, and that block."""
    before, code, after = CODE.split(text, maxsplit=1)
    return f"{before.strip()}\n\n{after.strip()}".strip(), code


def read(path):
    """Return the code that all exercises of a source need first, the exercises, and the end."""
    text, *end = re.split(r"^(?=## (?!\w+\.\d))", path.read_text("utf-8"), flags=re.MULTILINE)
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return code_of(head)[1], [parse(part) for part in parts], "".join(end)


def parse(part):
    """Return one exercise of a source."""
    task, *sections = re.split(r"^### ", part, flags=re.MULTILINE)
    heading, task = task.split("\n", 1)
    number, title = heading.split(" ", 1)
    task, gap = code_of(task)
    hints, wrong, comment, solution = [], [], None, None
    for section in sections:
        name, text = section.split("\n", 1)
        if name == "提示":
            hints.append(text.strip())
        elif name == "答案":
            comment, solution = code_of(text)
        else:
            wrong.append((name.removeprefix("错："), code_of(text)[1]))
    return Exercise(number, title, task, gap, hints, solution, comment, wrong)


def function(exercise):
    """Return the name of the function that the exercise asks for."""
    return re.findall(r"^def (\w+)", exercise.gap, flags=re.MULTILINE)[-1]


def folded(summary, text):
    """Return text that is shown when it is asked for."""
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def cells(path):
    """Return the cells that a source becomes."""
    setup, exercises, end = read(path)
    result = [
        new_markdown_cell(f"{HEADING}\n\n{INTRODUCTION}", id="exercises"),
        new_code_cell(setup, id="exercises-setup"),
    ]
    for e in exercises:
        name = e.number.replace(".", "-").lower()
        steps = [folded(f"提示 {i}", hint) for i, hint in enumerate(e.hints, 1)]
        steps.append(folded("参考答案", f"```python\n{e.solution}\n```\n\n{e.comment}".strip()))
        call = f'check("{e.number}", {function(e)})'
        result += [
            new_markdown_cell(f"### 练习 {e.number}：{e.title}\n\n{e.task}", id=f"ex-{name}-task"),
            new_code_cell(f"{e.gap}\n\n\n{call}", id=f"ex-{name}-gap"),
            new_markdown_cell("\n\n".join(steps), id=f"ex-{name}-help"),
        ]
    for i, piece in enumerate(CODE.split(end)):
        if piece.strip():
            make = new_code_cell if i % 2 else new_markdown_cell
            result.append(make(piece.strip(), id=f"end-{i}"))
    return result


def fill(path):
    """Return the chapter of a source with its exercises; outputs of equal cells are kept."""
    notebook = nbformat.read(ROOT / "chapters" / f"{path.stem}.ipynb", as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith(HEADING))
    old = {cell.source: cell for cell in notebook.cells[place:] if cell.cell_type == "code"}
    notebook.cells[place:] = [old.get(cell.source, cell) for cell in cells(path)]
    return notebook


if __name__ == "__main__":
    for path in sorted((ROOT / "exercises").glob("*.md")):
        nbformat.write(fill(path), ROOT / "chapters" / f"{path.stem}.ipynb")
        print(path.stem)
