"""The faults of `make mutants`: each rule has some, and each is one; who finds it is believed."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import mutants  # noqa: E402


@pytest.fixture(scope="module")
def drawn():
    """Draw what a run would try."""
    return mutants.drawn(ROOT, seed=1)


def test_each_rule_gets_its_share_of_the_hundred(drawn):
    rules = [fault.rule for fault in drawn]
    assert {rule: rules.count(rule) for rule in mutants.SHARES} == mutants.SHARES
    assert len(drawn) == 100


def test_the_seed_says_which(drawn):
    places = [fault.part.path for fault in drawn]
    again, other = (
        [fault.part.path for fault in mutants.drawn(ROOT, seed=seed)] for seed in (1, 2)
    )
    assert again == places != other


def test_each_fault_changes_its_file_which_can_still_be_read(drawn):
    for fault in drawn:
        path = ROOT / fault.part.file
        content = path.read_text("utf-8")
        new = mutants.changed(content, fault)
        assert new != content, fault
        if path.suffix == ".ipynb":
            notebook = nbformat.reads(new, as_version=4)
            nbformat.validate(notebook)
            cells = notebook.cells
            sources = [cell.source for cell in cells if cell.id == fault.part.place]
            sources = sources if fault.part.kind == "code" else []
        else:
            sources = [new] if path.suffix == ".py" else []
        for source in sources:
            ast.parse(source)


def test_a_file_without_its_fault_is_as_it_was(drawn):
    for fault in drawn:
        content = (ROOT / fault.part.file).read_text("utf-8")
        none = fault._replace(new=fault.part.text[fault.start : fault.end])
        assert mutants.changed(content, none) == content, fault


def test_exercises_are_left_to_the_file_that_they_are_made_from():
    for part in mutants.parts(ROOT):
        assert "## 练习" not in part.text or not part.file.endswith(".ipynb"), part.place


PYTHON = '''"""A module of 1 line."""
def f(a: int = 1, *, wide=True) -> int:
    if a < 2 and wide:
        raise ValueError(f"expected {a + 1}" + "!")
    a += 3
    try:
        return g(a, wide=False) == 4
    except BaseException:
        pass
'''


def test_messages_annotations_and_docstrings_have_no_fault():
    found = [(rule, PYTHON[start:end], new) for rule, start, end, new in faults_of(PYTHON)]
    assert sorted(found) == [
        ("True or False", "False", "True"),
        ("True or False", "True", "False"),
        ("a comparison", "<", "<="),
        ("a comparison", "==", "!="),
        ("a condition", "a < 2 and wide", "(not (a < 2 and wide))"),
        ("a named argument", "g(a, wide=False)", "g(a)"),
        ("a number", "1", "2"),
        ("a number", "2", "3"),
        ("a number", "3", "4"),
        ("a number", "4", "5"),
        ("a sign", "+", "-"),
        ("an exception", "BaseException", "Exception"),
        ("no statement", "a += 3", "pass"),
    ]


def faults_of(source):
    """Return the faults in Python, each of them still Python."""
    found = list(mutants.faults_in_python(source))
    for _, start, end, new in found:
        ast.parse(source[:start] + new + source[end:])
    return found


@pytest.fixture
def book(tmp_path):
    """Write a book of one page, and a test of its number."""
    (tmp_path / "page.md").write_text("一共 12 个。\n", "utf-8")
    (tmp_path / "test_page.py").write_text(
        "def test(): assert '12' in open('page.md', encoding='utf-8').read()\n"
    )
    return tmp_path


@pytest.mark.parametrize(("old", "new", "survives"), [("12", "13", False), ("。", " 。", True)])
def test_a_fault_survives_where_no_test_finds_it_and_is_taken_back(book, old, new, survives):
    text = (book / "page.md").read_text("utf-8")
    part = mutants.Part("page.md", "text", None, [0, len(text)], text)
    fault = mutants.Fault("made up", part, text.index(old), text.index(old) + len(old), new)
    assert mutants.survives(book, fault, [["test_page.py"]]) == survives
    assert (book / "page.md").read_text("utf-8") == text
    assert mutants.shown(fault, text).startswith("page.md:1: made up: '")


def test_a_test_that_waits_for_ever_is_ended_and_found_the_fault(book, monkeypatch):
    monkeypatch.setattr(mutants, "TIMEOUT", 0.5)
    (book / "test_page.py").write_text("import time\ntime.sleep(60)\n")
    assert not mutants.passes(book, ["test_page.py"])
