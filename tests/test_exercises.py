"""The exercises: each gap is not yet done, each solution passes, each mistake has its own hint."""

import gzip
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from exercises import CHECKS, check
from exercises.project import STEPS, make_data, review

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import fill_exercises  # noqa: E402

SOURCES = sorted((ROOT / "exercises").glob("*.md"))
EXERCISES = [
    pytest.param(setup, exercise, id=exercise.number)
    for setup, exercises, _ in map(fill_exercises.read, SOURCES)
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


def project(tmp_path, solved):
    """Return the project's file, and the five functions, solved as far as `solved`."""
    plt.close("all")  # what other tests have drawn
    setup, exercises, _ = fill_exercises.read(ROOT / "exercises" / "10-project.md")
    names = {}
    exec(setup, names)
    for number, exercise in enumerate(exercises):
        exec(exercise.solution if number < solved else exercise.gap, names)
    make_data(tmp_path / "new.json.gz", seed=10)
    return tmp_path / "new.json.gz", *(names[fill_exercises.function(e)] for e in exercises)


def titles():
    """Return what stands above each part of the figure, and close it."""
    found = [part.get_suptitle() for part in plt.gcf().subfigs]
    plt.close()
    return found


def test_the_review_draws_the_whole_project(tmp_path, capsys):
    path, *answers = project(tmp_path, solved=5)
    review(path, *answers)
    assert capsys.readouterr().out.splitlines() == [f"{step}：对了。" for step in STEPS]
    table = plt.gcf().subfigs[4].axes[1].images[0].get_array()
    read, split, faults, batch, training = titles()
    assert read == "读：2,448 行"  # 2,400 and 60 copies, without 12 uneven rows
    assert split == "划分：每个数字的张数"
    assert faults == "校验：找到 49 个坏样本，留下 2,329 个"  # 12 blank ones are one
    assert batch == "批次：图片 [50, 1, 28, 28]，标签 [50, 1]"
    val, test = map(int, re.findall(r"(\d+)%", training))
    assert 65 <= val <= 80 and 65 <= test <= 80  # the chapter: about 70 %
    assert f"{np.trace(table) / table.sum():.0%}" == f"{test}%"
    # A row for each digit: as many answers as there are good images of it in the test set.
    read, split, faults, *_ = answers
    images, labels = split(*read(path), seed=0)[2]
    good = np.delete(labels, faults(images, labels))
    np.testing.assert_array_equal(table.sum(axis=1), np.bincount(good, minlength=10))


def test_the_review_draws_the_steps_that_are_done(tmp_path, capsys):
    review(*project(tmp_path, solved=2))
    assert [line[-3:] for line in capsys.readouterr().out.splitlines()][:2] == ["对了。"] * 2
    assert [title[0] for title in titles()] == ["读", "划"]


def test_the_review_of_nothing_says_so_and_draws_nothing(tmp_path, capsys):
    review(*project(tmp_path, solved=0))
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5 and all("还没有做" in line for line in said)
    assert not plt.get_fignums()


def test_the_project_has_other_faults_with_another_seed(tmp_path):
    make_data(tmp_path / "a", seed=1)
    make_data(tmp_path / "b", seed=1)
    make_data(tmp_path / "c", seed=2)
    a, b, c = (gzip.decompress((tmp_path / name).read_bytes()) for name in "abc")
    assert a == b != c


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


def test_an_answer_that_no_check_foresaw_is_wrong_and_no_traceback(capsys):
    check("2.2", lambda *_: (([[1], [1, 2]], [1, 2]), ([1], [2])))
    assert "还不对。返回的东西不像题目要的" in capsys.readouterr().out
