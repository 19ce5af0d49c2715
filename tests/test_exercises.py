"""The exercises: each gap is not yet done, each solution passes, each mistake has its own hint."""

import _thread
import builtins
import gzip
import itertools
import json
import re
import resource
import signal
import sys
import threading
import time
import types
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from exercises import check, find, of_error, of_solution, results, verdict
from exercises.project import digits, make_data, what_is_wrong
from exercises.results import copied, same
from exercises.review import STEPS, review
from exercises.safely import safely
from exercises.source import FOLDER, numbers, read
from mnist_course.model import paddle

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]
import exercise_mutants  # noqa: E402
import fill_exercises  # noqa: E402
from mistakes import MISTAKES  # noqa: E402

SOURCES = sorted(FOLDER.glob("*.md"))
WAITS = ("8.3", "8.4")
EXERCISES = [pytest.param(e, id=e.number) for path in SOURCES for e in read(path)[1]]


@pytest.fixture
def looked_at(monkeypatch):
    """Return a function: it has an exercise's check noted, and returns what that finds.

    For each place where the check yields, by its line: does some answer differ there from the
    first, which is the solution?
    """

    def looked_at(exercise):
        chapter, found, first = find(exercise.number)[1], {}, []
        check = getattr(chapter, exercise.name)

        def noted(run):
            facts = check(run)
            model = iter(first) if first else None
            for hint, value in facts:
                inner = facts
                while isinstance(inner.gi_yieldfrom, types.GeneratorType):
                    inner = inner.gi_yieldfrom
                here = Path(inner.gi_code.co_filename).stem, inner.gi_frame.f_lineno
                if model is None:
                    found.setdefault(here, False)
                    first.append((here, copied(value)))
                else:
                    place, right = next(model, (None, None))
                    if place == here and not same(value, right):
                        found[here] = True
                yield hint, value

        monkeypatch.setattr(chapter, exercise.name, noted)
        # One goes on to look at a wrong answer for as long on a busy machine.
        clock = types.SimpleNamespace(monotonic=time.thread_time, perf_counter=time.perf_counter)
        monkeypatch.setattr("exercises.time", clock)
        of_solution.cache_clear()
        return found

    return looked_at


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_exercise_lacks_nothing(exercise, looked_at):
    # What waits for threads would wait half a minute longer, to be seen to its end.
    found = {} if exercise.number in WAITS else looked_at(exercise)
    assert not list(fill_exercises.missing(exercise))
    for said, answer in MISTAKES.get(exercise.number, []):
        assert said in verdict(exercise.number, answer)
    in_vain = [here for here, differs in found.items() if not differs]
    assert not in_vain, f"no answer that is tried differs there: {in_vain}"


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("exercise", [each for each in EXERCISES if each.id not in WAITS])
def test_no_changed_solution_is_told_right(exercise):
    alive, tried = exercise_mutants.survivors(exercise, every=8)
    assert tried and not alive


def test_a_solution_is_told_right_and_a_gap_is_not():
    exercise, _ = find("1.1")
    assert exercise_mutants.right(exercise, exercise.solution)
    assert not exercise_mutants.right(exercise, exercise.gap)


def test_a_solution_is_changed_in_each_place():
    code = "def f(a):\n    if a < 2:\n        return b[1:3]"
    changed = [one.split("\n", 1)[1].strip() for one in exercise_mutants.mutants(code)]
    rest = "\n        return b[1:3]"
    assert sorted(changed) == sorted(
        [f"if {test}:{rest}" for test in ("a <= 2", "a >= 2", "a < 3", "a < 1")]
        + [f"if {test}:{rest}" for test in ("0 < 2", "3 < 2", "20 < 2", "a + 1 < 2")]
        + [f"if a < 2:\n        return b[{s}]" for s in (":3", "1:", "2:3", "0:3", "1:4", "1:2")]
        + ["pass", "if a < 2:\n        pass"]
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_chapter_has_what_the_source_says(path):
    chapter = nbformat.read(ROOT / "chapters" / f"{path.stem}.ipynb", as_version=4)
    assert [cell.source for cell in chapter.cells] == [
        cell.source for cell in fill_exercises.fill(path).cells
    ], f"run: python tools/fill_exercises.py {path.stem}"
    # What readers typed is kept by the cell's id.
    made = fill_exercises.cells(path)
    assert [cell.id for cell in chapter.cells[-len(made) :]] == [cell.id for cell in made]


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
    faults, make_reader = answers[2:4]
    sets = answers[1](*answers[0](path), seed=0)
    review(path, *answers)
    assert capsys.readouterr().out.splitlines() == [f"{step}：对了。" for step in STEPS]
    parts = plt.gcf().subfigs
    table = parts[4].axes[1].images[0].get_array()
    bars = [sum(bar.get_height() for bar in axes.patches) for axes in parts[1].axes]
    drawn = [(each.images[0].get_array(), int(each.get_title())) for each in parts[3].axes]
    losses = parts[4].axes[0].lines[0].get_ydata()
    read, split, found, batch, training = titles()
    assert read == "读：丢掉 12 行长短不对的，留下 2,448 行"  # 2,400 and 60 copies
    assert split == "划分：去掉 70 张重复的，剩下的每个数字的张数"  # 12 blank ones are one
    assert found == "校验：找到 49 个坏样本，留下 2,329 个"
    assert batch == "批次：图片 [50, 1, 28, 28]，标签 [50, 1]"
    val, test = map(int, re.findall(r"(\d+)%", training))
    assert 65 <= val <= 80 and 65 <= test <= 80  # the chapter: about 70 %
    assert f"{np.trace(table) / table.sum():.0%}" == f"{test}%"
    assert sum(bars) == 2448 - 70 - 12  # whose labels are no digits
    good = [np.delete(part, faults(*sets[0]), axis=0) for part in sets[0]]
    assert len(losses) == 10 * -(-len(good[1]) // 50)
    x, y = next(iter(make_reader(*good, batch_size=50, seed=0)()))
    for (image, label), right, number in zip(drawn, x, y, strict=False):
        assert label == number and np.array_equal(image, right[0])
    # A row for each digit: as many answers as there are good images of it in the test set.
    images, labels = sets[2]
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


def test_the_project_hides_order_and_copies(data):
    train, val, test = json.loads(gzip.decompress(data.read_bytes()))
    labels = [label for label in train[1] + val[1] if label in range(10)]
    assert labels == sorted(labels)
    known = set(map(tuple, train[0]))
    assert sum(tuple(row) in known for row in test[0]) > 50
    assert not any(tuple(row) in known for row in val[0] if any(row))


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
    before = state()
    assert said in verdict("1.1", names["pixel_at"])
    assert state() == before


def state():
    """Return what an answer might leave otherwise in a kernel."""
    hooks = threading.Thread.start, threading.excepthook, sys.unraisablehook, builtins.input
    limits = resource.getrlimit(resource.RLIMIT_AS), sys.getswitchinterval()
    return hooks, limits, sys.stdout, sys.stderr, threading.Lock, threading.active_count()


def test_what_takes_ever_more_memory_is_ended(monkeypatch):
    monkeypatch.setattr(sys.modules["exercises.safely"], "MEMORY", 50_000_000)

    def pixel_at(image, row, column):
        kept = b"1" * 80_000_000
        time.sleep(20)
        return kept

    assert "占的内存越来越多" in verdict("1.1", pixel_at)


def test_only_what_a_learner_runs_is_heard(capsys):
    for loud in (False, True):
        safely(lambda: print("here", file=sys.stderr), 5, loud)
        safely(lambda: print("there"), 5, loud)
        assert capsys.readouterr() == (("there\n", "here\n") if loud else ("", ""))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("list(lambda: 0)", "先调用它"),
        ("list(next(iter(())) for _ in [1])", "StopIteration"),
        ("np.ones(1, np.uint8) + 256", "0 到 255"),
        ("np.ones(3)[3]", "从 0 数起"),
        ("[][0]", "从 0 数起"),
        ("np.ones(5).reshape(2, 2)", "原来有几个数"),
        ("np.ones(2) + np.ones(3)", "两个数组的形状"),
        ("nothing", "名字写错了"),
        ("paddle.ones([1]) - paddle.ones([1], 'int64')", "整数标签"),
        ("np.array([[1], [1, 2]])", "长短"),
        ("bytes([31, 139]).decode()", "gzip.open"),
        ("bool(np.ones(2))", "& 和 |"),
        ("(x for x in ())[0]", "生成器没有下标"),
        ("len(x for x in ())", "生成器没有长度"),
    ],
)
def test_an_error_of_a_library_has_its_advice(code, advice):
    """As the versions of today word it."""
    with pytest.raises(Exception) as error:
        eval(code, {"np": np, "paddle": paddle})
    assert advice in of_error(error.value).hint


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("take", "result", "said"),
    [
        (results.number, True, "应该返回一个数"),
        (results.number, "7", "应该返回一个数"),
        (results.number, np.ones(1), "应该返回一个数"),
        (results.rows, (np.arange(3),), "多套了一层元组"),
        (results.rows, np.array([True, False]), "一串真假"),
        (results.rows, [0.0, 1.0], "你返回的是小数"),
        (results.rows, [[0, 1]], "一串一串的数"),
        (results.rows, ["0"], "应该是一串整数"),
        (results.stream, [1], "不要攒成列表"),
        (results.stream, lambda: 1, "返回的是一个函数"),
        (results.items, 5, "能用 for 一个一个地取"),
        (results.items, itertools.repeat(1), "停不下来"),
        (results.items, [np.zeros(3_000_000)] * 10, "停不下来"),
        (results.pair, (1, 2, 3), "你返回的是 (1, 2, 3)"),
    ],
)
def test_a_result_that_a_check_cannot_use_is_named(take, result, said):
    with pytest.raises(results.Hint, match=re.escape(said)):
        take(result)


def test_all_ways_to_make_one_number_of_two_are_found():
    ways = [(1, k) for k in range(26)] + [(k, 1) for k in range(26)]
    for a, b in ways + list(itertools.product(range(1, 6), repeat=2)):
        pairs = results.to_mix(5)
        epochs = [(seed, e) for seed, count in results.epochs_to_mix(5) for e in range(count)]
        for some in (pairs, epochs):
            assert results.clash((pair, a * pair[0] + b * pair[1]) for pair in some), (a, b)


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
