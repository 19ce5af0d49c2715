"""What nbval lets through: were the chapters run, and do their outputs travel."""

import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = sorted((Path(__file__).parent.parent / "chapters").glob("*.ipynb"))
SETUP = 'import sys\n\nsys.path.insert(0, "..")  # 课程模块 mnist_course 在上一级文件夹里'


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def cells(request):
    """Return the code cells of a chapter."""
    notebook = nbformat.read(request.param, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_cell_was_run_in_order(cells):
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_the_first_cell_is_the_same_everywhere(cells):
    assert cells[0].source == SETUP


def test_no_output_is_an_error_or_a_warning(cells):
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_no_output_names_a_place_on_the_machine_that_made_it(cells):
    for cell in cells:
        text = "".join(
            str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            for output in cell.outputs
        )
        assert not re.search(r"/(work|root|tmp|home|Users)/|[A-Z]:\\", text), cell.id


def test_every_plot_has_an_alternative_text(cells):
    for cell in cells:
        if any("image/svg+xml" in output.get("data", {}) for output in cell.outputs):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 15 and "/" not in alt, cell.id


def test_a_cell_whose_output_is_not_compared_asserts_something_or_draws_what_another_asserts(cells):
    for before, cell in zip(cells, cells[1:], strict=False):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            assert "assert " in cell.source or "assert " in before.source, cell.id
