"""The exercises: each gap is not yet done, each solution passes, each mistake has its own hint."""

import sys
from pathlib import Path

import nbformat
import pytest

from exercises import CHECKS, check

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import fill_exercises  # noqa: E402

SOURCES = sorted((ROOT / "exercises").glob("*.md"))
EXERCISES = [
    pytest.param(setup, exercise, id=exercise.number)
    for setup, exercises in map(fill_exercises.read, SOURCES)
    for exercise in exercises
]


def verdict(setup, exercise, code, capsys):
    """Return what `check` says of an answer, as a learner would have it checked."""
    names = {}
    exec(setup, names)
    exec(code, names)
    capsys.readouterr()
    check(exercise.number, names[fill_exercises.function(exercise)])
    return capsys.readouterr().out


@pytest.mark.parametrize(("setup", "exercise"), EXERCISES)
def test_the_gap_is_not_yet_done(setup, exercise, capsys):
    assert verdict(setup, exercise, exercise.gap, capsys).startswith(
        f"练习 {exercise.number}：还没有做。"
    )


@pytest.mark.parametrize(("setup", "exercise"), EXERCISES)
def test_the_solution_is_right(setup, exercise, capsys):
    said = verdict(setup, exercise, exercise.solution, capsys)
    assert said == f"练习 {exercise.number}：对了。\n"


@pytest.mark.parametrize(("setup", "exercise"), EXERCISES)
def test_each_mistake_gets_its_own_hint(setup, exercise, capsys):
    assert len(exercise.wrong) >= 3
    said = [verdict(setup, exercise, code, capsys) for _, code in exercise.wrong]
    for (hint, _), found in zip(exercise.wrong, said, strict=True):
        assert "还不对。" in found and hint in found
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_chapter_has_what_the_source_says(path):
    chapter = nbformat.read(ROOT / "chapters" / f"{path.stem}.ipynb", as_version=4)
    assert [cell.source for cell in chapter.cells] == [
        cell.source for cell in fill_exercises.fill(path).cells
    ], "run: make exercises"


def test_each_check_belongs_to_an_exercise_and_each_source_has_three():
    numbers = [[e.number for e in fill_exercises.read(path)[1]] for path in SOURCES]
    assert sorted(sum(numbers, [])) == sorted(CHECKS)
    assert all(len(each) >= 3 for each in numbers)


def test_a_wrong_number_is_refused():
    with pytest.raises(ValueError, match=r"check: expected one of .*found '99'"):
        check("99", print)


def test_a_call_instead_of_a_function(capsys):
    check("1.1", 5)
    assert "后面不加括号" in capsys.readouterr().out


def test_an_error_says_where_and_what_it_may_mean(capsys):
    check("1.1", lambda image, row, column: image[784])
    said = capsys.readouterr().out
    assert "IndexError" in said and "行" in said and "下标从 0 数起" in said
