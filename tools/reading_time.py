"""How many minutes a chapter takes a beginner, written at its top: python tools/reading_time.py.

A minute is 300 characters or Latin words, three cells of code of at most five lines, or six lines
more; an exercise takes five. Chapters with a number say the sum, to the nearest five minutes, and
tests/test_chapters.py keeps it there.
"""

import re
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).parent.parent / "chapters"
WORDS, CELLS, LINES = 300, 3, 6  # a minute
EXERCISE = 5  # minutes


def minutes(notebook):
    """Return the minutes that a notebook takes, a multiple of five."""
    total = 0
    for cell in notebook.cells:
        if cell.source.startswith("### 练习"):
            total += EXERCISE
        elif cell.id.startswith(("ex-", "exercises")):
            continue
        elif cell.cell_type == "code":
            total += 1 / CELLS + max(len(cell.source.splitlines()) - 5, 0) / LINES
        else:
            total += len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9_.]+", cell.source)) / WORDS
    return 5 * round(total / 5)


if __name__ == "__main__":
    for path in sorted(CHAPTERS.glob("[0-9]*.ipynb")):
        chapter = nbformat.read(path, as_version=4)
        said = f"大约 {minutes(chapter)} 分钟"
        chapter.cells[0].source = re.sub(r"大约 \d+ 分钟", said, chapter.cells[0].source)
        nbformat.write(chapter, path)
        print(f"{path.stem}: {said}")
