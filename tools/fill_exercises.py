"""Put the exercises into the chapters: exercises/NAME.md -> the end of chapters/NAME.ipynb.

    python tools/fill_exercises.py [04 ...]

With numbers (or the beginnings of names), only those chapters, which are also run; each exercise
is tried first, and what is missing is said. In the chapter the gap is a cell that can be run, and
hints and solution are folded. Parts of a source without a number become cells as they are.
"""

import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
import exercises  # noqa: E402
from exercises.source import CODE, FOLDER, function, read  # noqa: E402

HEADING = "## 练习"
INTRODUCTION = (
    "每一题有一个单元格：把 `...` 换成你的代码，运行它，`check` 会说对不对，不对的时候给一个提示。"
    "它用的数据和题目里的不同。做不出来，就一条一条地打开下面的提示；参考答案在最后。"
)


def folded(summary, text):
    """Return text that is shown when it is asked for."""
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def cells(path):
    """Return the cells that a source becomes."""
    setup, parts, end = read(path)
    result = [
        new_markdown_cell(f"{HEADING}\n\n{INTRODUCTION}", id="exercises"),
        new_code_cell(setup, id="exercises-setup"),
    ]
    for e in parts:
        name = e.number.replace(".", "-").lower()
        steps = [folded(f"提示 {i}", hint) for i, hint in enumerate(e.hints, 1)]
        steps.append(folded("参考答案", f"```python\n{e.solution}\n```\n\n{e.comment}".strip()))
        call = f'check("{e.number}", {e.name})'
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


def missing(exercise):
    """Yield what an exercise lacks, a sentence each: of its parts, and tried with its check."""
    if not exercise.solution:
        yield "it has no part ### 答案"
        return
    if not exercise.hints:
        yield "it has no part ### 提示"
    if not exercise.comment:
        yield "nothing stands after its solution: one or two sentences, what it teaches"
    if len(exercise.wrong) < 3:
        yield f"it has {len(exercise.wrong)} wrong answers (### 错：hint), at least 3 are needed"
    if not hasattr(exercises.find(exercise.number)[1], exercise.name):
        yield f"no function {exercise.name} checks it in the chapter's .py in exercises/"
        return
    said = exercises.verdict(exercise.number, function(exercise, exercise.solution))
    if not said.startswith("对了。"):
        yield f"its solution is told {said!r}"
        return
    said = exercises.verdict(exercise.number, function(exercise, exercise.gap))
    if not said.startswith("还没有做。"):
        yield f"its gap is told {said!r}"
    for hint, code in exercise.wrong:
        said = exercises.verdict(exercise.number, function(exercise, code))
        if not (said.startswith("还不对。") and said.endswith(hint)):
            yield f"its wrong answer {hint!r} is told {said!r}"
    yield from always_the_same(exercise)


def always_the_same(exercise):
    """Yield the arguments that its check never varies: those could be written into an answer."""
    solution, calls = function(exercise, exercise.solution), []

    def noted(*arguments):
        calls.append(arguments)
        return solution(*arguments)

    exercises.verdict(exercise.number, noted)
    for number, values in enumerate(zip(*calls)):  # noqa: B905
        if all(exercises.same(value, values[0]) for value in values):
            yield f"its check gives argument {number} always the same value"


def chosen(names):
    """Return the sources whose names begin so; all without names."""
    begin = tuple(names) or ""
    return [path for path in sorted(FOLDER.glob("*.md")) if path.stem.startswith(begin)]


def main(names):
    """Fill the chapters; say what is missing, and run those that are named."""
    paths = chosen(names)
    lacks = [f"{e.number}: {lack}." for path in paths for e in read(path)[1] for lack in missing(e)]
    if lacks or not paths:
        sys.exit("\n".join(lacks or [f"No file in exercises/ begins with {names[0]}."]))
    for path in paths:
        nbformat.write(fill(path), ROOT / "chapters" / f"{path.stem}.ipynb")
        print(path.stem)
        if names:
            import run_chapters

            run_chapters.run(ROOT / "chapters" / f"{path.stem}.ipynb")


if __name__ == "__main__":
    main(sys.argv[1:])
