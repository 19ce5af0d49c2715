"""Read the exercises from their Markdown: what is asked, the solution, typical mistakes.

A file has a part for each exercise, ``## 1.1 title``: the task, and the code with a gap; then
``### 提示`` (as many as there are steps), ``### 答案`` with the code and what it teaches, and
``### 错：hint`` for each typical wrong answer: what a learner with such a result reads. Where
the gap is code to be mended, ``### 原来：hint`` says what is wrong with it as it is.
"""

import functools
import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Exercise(NamedTuple):
    """One exercise, as text."""

    number: str
    title: str
    task: str
    gap: str
    hints: list
    solution: str
    comment: str
    wrong: list  # pairs: hint, code
    as_given: str  # what is wrong with a gap that is code to be mended
    setup: str  # the code that all exercises of the file need first

    @property
    def name(self):
        """The name of the function that the exercise asks for, and of its check."""
        return re.findall(r"^def (\w+)", self.gap, flags=re.MULTILINE)[-1]

    @property
    def mended(self):
        """The gap as one more wrong answer, if it is code to be mended."""
        return [(self.as_given, self.gap)] if self.as_given else []


CODE = re.compile(r"```python\n(.*?)\n```\n?", re.DOTALL)


def code_of(text):
    """Return the text without its first block of code, and that block."""
    before, code, after = [*CODE.split(text, maxsplit=1), "", ""][:3]
    return f"{before.strip()}\n\n{after.strip()}".strip(), code


@functools.cache
def read(path):
    """Return the code that all exercises of a file need first, the exercises, and the end."""
    text, *end = re.split(r"^(?=## (?!\w+\.\d))", path.read_text("utf-8"), flags=re.MULTILINE)
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    setup = code_of(head)[1]
    return setup, [parse(part, setup) for part in parts], "".join(end)


def parse(part, setup):
    """Return one exercise of a file."""
    task, *sections = re.split(r"^### ", part, flags=re.MULTILINE)
    heading, task = task.split("\n", 1)
    number, title = heading.split(" ", 1)
    task, gap = code_of(task)
    hints, wrong, comment, solution, as_given = [], [], "", "", ""
    for section in sections:
        name, text = section.split("\n", 1)
        if name == "提示":
            hints.append(text.strip())
        elif name == "答案":
            comment, solution = code_of(text)
        elif name.startswith("原来："):
            as_given = name.removeprefix("原来：")
        else:
            wrong.append((name.removeprefix("错："), code_of(text)[1]))
    return Exercise(number, title, task, gap, hints, solution, comment, wrong, as_given, setup)


@functools.cache
def numbers():
    """Return the file of each exercise."""
    files = sorted(FOLDER.glob("*.md"))
    return {
        found: path
        for path in files
        for found in re.findall(r"^## (\w+\.\d+) ", path.read_text("utf-8"), flags=re.MULTILINE)
    }


def find(number):
    """Return the exercise of a number, and the file that it stands in."""
    path = numbers()[number]
    return next(each for each in read(path)[1] if each.number == number), path


def function(exercise, code):
    """Return the function that code for an exercise defines."""
    names = {"__name__": "exercise"}
    exec(exercise.setup, names)
    exec(compile(code, f"<{exercise.number}>", "exec"), names)
    return names[exercise.name]
