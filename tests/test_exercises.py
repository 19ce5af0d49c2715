"""The exercises: each gap is not yet done, each solution passes, each mistake has its own hint."""

import _thread
import gzip
import itertools
import re
import signal
import sys
import threading
import time
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from exercises import check, verdict
from exercises.project import digits, make_data, what_is_wrong
from exercises.review import STEPS, review
from exercises.source import FOLDER, numbers, read

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import exercise_mutants  # noqa: E402
import fill_exercises  # noqa: E402

SOURCES = sorted(FOLDER.glob("*.md"))
EXERCISES = [pytest.param(e, id=e.number) for path in SOURCES for e in read(path)[1]]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_exercise_lacks_nothing(exercise):
    assert not list(fill_exercises.missing(exercise))


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("exercise", [each for each in EXERCISES if each.id not in ("8.3", "8.4")])
def test_no_changed_solution_is_told_right(exercise):
    alive, tried = exercise_mutants.survivors(exercise, every=8)
    assert tried and not alive


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_chapter_has_what_the_source_says(path):
    chapter = nbformat.read(ROOT / "chapters" / f"{path.stem}.ipynb", as_version=4)
    assert [cell.source for cell in chapter.cells] == [
        cell.source for cell in fill_exercises.fill(path).cells
    ], f"run: python tools/fill_exercises.py {path.stem}"


def test_each_check_belongs_to_an_exercise_and_each_source_has_three():
    assert set(numbers()) == {each.id for each in EXERCISES}
    assert all(len(read(path)[1]) >= 3 for path in SOURCES)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return the project's file."""
    path = tmp_path_factory.mktemp("project") / "new.json.gz"
    make_data(path, seed=10)
    return path


def project(data, solved):
    """Return the project's file, and the five functions, solved as far as `solved`."""
    plt.close("all")  # what other tests have drawn
    setup, exercises, _ = read(FOLDER / "10-project.md")
    names = {}
    exec(setup, names)
    for number, exercise in enumerate(exercises):
        exec(exercise.solution if number < solved else exercise.gap, names)
    return data, *(names[e.name] for e in exercises)


def titles():
    """Return what stands above each part of the figure, and close it."""
    found = [part.get_suptitle() for part in plt.gcf().subfigs]
    plt.close()
    return found


def test_the_review_draws_the_whole_project(data, capsys):
    path, *answers = project(data, solved=5)
    review(path, *answers)
    assert capsys.readouterr().out.splitlines() == [f"{step}：对了。" for step in STEPS]
    table = plt.gcf().subfigs[4].axes[1].images[0].get_array()
    read, split, faults, batch, training = titles()
    assert read == "读：丢掉 12 行长短不对的，留下 2,448 行"  # 2,400 and 60 copies
    assert split == "划分：去掉 70 张重复的，剩下的每个数字的张数"  # 12 blank ones are one
    assert faults == "校验：找到 49 个坏样本，留下 2,329 个"
    assert batch == "批次：图片 [50, 1, 28, 28]，标签 [50, 1]"
    val, test = map(int, re.findall(r"(\d+)%", training))
    assert 65 <= val <= 80 and 65 <= test <= 80  # the chapter: about 70 %
    assert f"{np.trace(table) / table.sum():.0%}" == f"{test}%"
    # A row for each digit: as many answers as there are good images of it in the test set.
    read, split, faults, *_ = answers
    images, labels = split(*read(path), seed=0)[2]
    good = np.delete(labels, faults(images, labels))
    np.testing.assert_array_equal(table.sum(axis=1), np.bincount(good, minlength=10))


def test_the_review_says_of_each_bad_sample_what_is_wrong_with_it(data):
    path, *answers = project(data, solved=3)
    review(path, *answers)
    axes = plt.gcf().subfigs[2].axes
    said = [text.get_text() for each in axes for text in each.texts]
    assert sorted(said) == sorted(
        ["有 NaN：12 个", "有的像素大于 1：12 个", "没有墨迹：1 个", "黑白颠倒：12 个"]
        + ["标签不是 0 到 9：12 个"]
    )
    drawn = [each for each in axes if each.images]
    assert len(drawn) == 49
    for each in drawn:  # in the row of its fault, under its label
        row = each.get_subplotspec().rowspan.start
        image = np.ma.filled(each.images[0].get_array(), np.nan).ravel()
        words = what_is_wrong(image, int(each.get_title()))
        assert words and words in sorted(said)[row]
    plt.close()


def test_nothing_is_wrong_with_new_digits():
    assert {what_is_wrong(*sample) for sample in zip(*digits(99), strict=True)} == {""}
    assert what_is_wrong(np.full(784, -0.1), 3) == "有的像素小于 0"


def test_the_review_draws_the_steps_that_are_done(data, capsys):
    review(*project(data, solved=2))
    assert [line[-3:] for line in capsys.readouterr().out.splitlines()][:2] == ["对了。"] * 2
    assert [title[0] for title in titles()] == ["读", "划"]


def test_the_review_of_nothing_says_so_and_draws_nothing(data, capsys):
    review(*project(data, solved=0))
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5 and all("还没有做" in line for line in said)
    assert not plt.get_fignums()


def test_the_project_has_other_faults_with_another_seed(data, tmp_path):
    make_data(tmp_path / "same", seed=10)
    make_data(tmp_path / "other", seed=2)
    first, same, other = (
        gzip.decompress(path.read_bytes()) for path in (data, tmp_path / "same", tmp_path / "other")
    )
    assert first == same != other


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


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while True: pass", "秒还没有结束"),
        ("raise SystemExit", "不要用 exit()"),
        ("raise KeyboardInterrupt", "不要抛出"),
        ("input()", "不要用 input()"),
        ("return np.ones(10**13)", "占的内存"),
        ("while True: print(1)", "打印得太多"),
    ],
)
def test_what_harms_ends_with_a_sentence(code, said, monkeypatch, capsys):
    monkeypatch.setattr("exercises.SECONDS", 0.5)
    names = {"np": np}
    exec(f"def pixel_at(image, row, column):\n    {code}", names)
    before = threading.active_count()
    assert said in verdict("1.1", names["pixel_at"])
    assert threading.active_count() == before


def test_what_lasts_between_calls_and_what_changes_arguments_is_seen():
    calls = []

    def bad_rows(rows, length):
        calls.append(1)
        good = [len(row) == length and all(0 <= v <= 1 for v in row) for row in rows]
        return [i for i, each in enumerate(good) if not each] if len(calls) < 15 else []

    assert "做第二遍" in verdict("1.3", bad_rows)
    assert "改动了传进来的列表" in verdict("1.3", lambda rows, length: rows.sort() or [])


def test_a_stop_by_the_learner_passes_through():
    # A program that was started in the background ignores Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.3, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            check("1.1", lambda *_: time.sleep(2))
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_answer_that_no_check_foresaw_is_wrong_and_no_traceback(capsys):
    check("2.2", lambda *_: (([[1], [1, 2]], [1, 2]), ([1], [2])))
    assert "还不对。返回的东西不像题目要的" in capsys.readouterr().out


@pytest.mark.parametrize(("a", "b"), [(1, 1), (7919, 1), (1, 99_991), (31, 17), (10**6, 1)])
def test_a_seed_and_an_epoch_that_are_made_one_number_are_found(a, b):
    def epoch_order(n, seed, epoch):
        return np.random.default_rng(a * seed + b * epoch).permutation(n)

    assert "顺序相同" in verdict("9.3", epoch_order)


def test_an_order_that_goes_through_all_epochs_before_is_right():
    def epoch_order(n, seed, epoch):
        rng = np.random.default_rng(seed)
        for _ in range(epoch):
            rng.permutation(n)
        return rng.permutation(n)

    assert verdict("9.3", epoch_order).startswith("对了")


def test_an_answer_that_hands_over_without_end_is_told_so():
    assert "停不下来" in verdict("1.2", lambda pieces: itertools.repeat("[1]"))


def test_an_error_of_a_kind_of_its_own_is_a_value_error():
    class BadLabel(ValueError):
        pass

    def check_digits(labels):
        for i, label in enumerate(labels):
            if label not in range(10):
                raise BadLabel(f"{i}: {label}")

    assert verdict("6.3", check_digits).startswith("对了")
