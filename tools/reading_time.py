"""How many minutes a chapter takes a beginner: python tools/reading_time.py [FILE ...].

Without a file, all chapters with a number. Read are 200 Chinese characters or Latin words a minute,
as one does who learns; a cell of code takes half a minute to read, run and look at, and one line
in ten seconds what is more than five lines long; an exercise takes five minutes. The sum, rounded
up to five minutes, stands at the top of the chapter, and tests/test_chapters.py keeps it there.
"""

import re
import sys
from pathlib import Path

import nbformat

CHAPTERS = Path(__file__).parent.parent / "chapters"
WORDS, CELL, LINES, EXERCISE = 200, 0.5, 6, 5  # words a minute, minutes, lines a minute, minutes


def minutes(notebook):
    """Return the minutes that a notebook takes, a multiple of five."""
    total = 0
    for cell in notebook.cells:
        if cell.source.startswith("### 练习"):
            total += EXERCISE
        elif cell.id.startswith(("ex-", "exercises")):
            continue
        elif cell.cell_type == "code":
            total += CELL + max(len(cell.source.splitlines()) - 5, 0) / LINES
        else:
            total += len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9_.]+", cell.source)) / WORDS
    return 5 * -(-total // 5)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or sorted(CHAPTERS.glob("[0-9]*.ipynb"))):
        print(f"{path.stem}: {minutes(nbformat.read(path, as_version=4)):.0f}")
