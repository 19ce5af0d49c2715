"""What nbval lets through: tests/gate.py has the rules, and here each is kept, and rejects."""

from pathlib import Path

import gate
import nbformat
import pytest

ROOT = Path(__file__).parent.parent
CHAPTERS = [*sorted((ROOT / "chapters").glob("*.ipynb")), ROOT / "tools" / "template.ipynb"]


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_keeps_each_rule(path, rule):
    assert list(rule(path.stem, nbformat.read(path, as_version=4))) == []


def test_what_is_listed_is_there():
    cells = {path.stem: {} for path in CHAPTERS}
    for path in CHAPTERS:
        for cell in nbformat.read(path, as_version=4).cells:
            cells[path.stem][cell.id] = cell
    for name, listed in gate.IGNORED.items():
        for cell in listed:
            assert "nbval-ignore-output" in cells[name][cell].metadata.tags
    for name, listed in gate.UNBOUND.items():
        text = "".join(cell.source for cell in cells[name].values()).replace(",", "")
        assert all(number in text for number in listed)
