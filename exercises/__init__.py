"""`check` says whether the answer to an exercise is right, or gives a hint that fits the mistake.

Beside each ``NN-name.md`` with exercises lies ``NN-name.py`` with their checks. A check has the
name of the function that the exercise asks for; it runs the answer on data of its own, and yields
pairs: a hint (or None, to read the next), and what it saw. The solution and each typical wrong
answer of the Markdown are run in the same way. An answer is right if all is seen that is seen of
the solution. Else the learner reads the hint of the wrong answer of which the same is seen, or that
of the first thing seen that is not right. So the engine knows no exercise, and a check need not
know what mistakes there are.
"""

import functools
import importlib
import itertools
import math
import re
import sysconfig
import time
import traceback
from pathlib import Path
from typing import NamedTuple

from exercises import source
from exercises.results import Hint, NotDone, copied, same
from exercises.safely import safely

SECONDS = 6  # that an answer may take, and five times what the solution takes
GRACE = 1  # seconds for which one goes on to look at an answer that is wrong
NOTHING = "函数什么也没有返回。是不是少了 return 或者 yield？"
CHANGED = "你的函数改动了传进来的{}；别人还要用它，请不要在原处改。"
LASTS = "同样的事做第二遍，结果和第一遍不同：有什么从上一遍留了下来，是不是函数外面的变量？"

# Words of error messages, and what a beginner may want to hear beside them.
ADVICE = {
    "'function' object is not iterable": "读取器是一个函数，先调用它，才有批次。",
    "generator raised StopIteration": "数据不够的时候，`next` 会抛出 StopIteration。",
    "out of bounds for uint8": "uint8 只装得下 0 到 255：先用 astype 变成 float32。",
    "is out of bounds": "下标从 0 数起，最后一个是长度减 1。",
    "out of range": "下标从 0 数起，最后一个是长度减 1。",
    "cannot reshape array": "原来有几个数，新的形状里就要有几个。",
    "could not be broadcast": "看一看两个数组的形状（`shape`）。",
    "is not defined": "是不是名字写错了，或者上面的单元格还没有运行？",
    "Type promotion": "一边是小数，一边是整数。损失函数适合整数标签吗？",
    "inhomogeneous": "长短不一的行放不进一个数组：先挑出长短合适的。",
    "can't decode byte": "文件是 gzip 压缩的，用 gzip.open 打开。",
    "truth value of an array": "数组之间的“且”和“或”用 & 和 |，两边各加括号。",
    "'generator' object is not subscriptable": "生成器没有下标，只能一个一个地取。",
    "has no len()": "生成器没有长度，只能一个一个地取。",
}

# Where the code lies that is not the learner's: ours, Python's, and Python's frozen modules.
NOT_THE_LEARNERS = (
    str(Path(__file__).parent),
    str(Path(__file__).parent.parent / "mnist_course"),
    sysconfig.get_path("stdlib"),
    "<frozen",
)


def check(number, answer):
    """Print whether `answer` is right, and a hint if it is not.

    Parameters
    ----------
    number : str
        The exercise, for example ``"3.2"``.
    answer : callable
        The learner's function.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> from exercises import check
    >>> check("1.1", lambda image, row, column: ...)
    练习 1.1：还没有做。把 ... 换成你的代码。
    >>> check("1.1", lambda image, row, column: 28 * row + column)
    练习 1.1：还不对。返回的是位置，不是那个位置上的灰度值。
    """
    print(f"练习 {number}：{verdict(number, answer)}")


def verdict(number, answer):
    """Return what `check` prints of an answer, without the number.

    It begins with 对了 (right), 还不对 (wrong) or 还没有做 (the gap is still there).
    """
    exercise, chapter = find(number)
    try:
        if answer is ...:
            raise NotDone
        if not callable(answer):
            raise Hint("交给 check 的应该是函数本身：写它的名字，后面不加括号。")
        if essence(answer) == essence(source.function(exercise, exercise.gap)):
            raise NotDone(f"{exercise.as_given}这和原来的代码一样。" * bool(exercise.as_given))
        judge(exercise, chapter, answer)
    except NotDone as reason:
        return f"还没有做。{str(reason) or '把 ... 换成你的代码。'}"
    except Hint as hint:
        return f"还不对。{hint}"
    return "对了。" + re.sub(r"\[(.*?)\]\(.*?\)", r"\1", " ".join(exercise.comment.split()))


def find(number):
    """Return an exercise, and the module that checks it."""
    if number not in source.numbers():
        raise ValueError(f"check: expected one of {list(source.numbers())}, found {number!r}.")
    exercise, path = source.find(number)
    there = path.with_suffix(".py").exists()
    return exercise, importlib.import_module(f"exercises.{path.stem}") if there else None


class Fact(NamedTuple):
    """What is seen of an answer; `ended` says that nothing more can be seen."""

    hint: str
    value: object
    ended: bool = False
    before: str = ""  # what stands before the hint, whichever it is


def judge(exercise, chapter, answer):
    """Raise the hint that fits the answer, unless it is right."""
    (right, seconds), start = of_solution(exercise.number), time.perf_counter()
    found = facts(exercise, chapter, answer, SECONDS + 5 * seconds, right, GRACE, loud=True)
    place = alike(found, right)
    if place == len(found) == len(right):
        return
    seconds = 1 + 5 * seconds + min(time.perf_counter() - start, GRACE)
    first = found[min(place, len(found) - 1)]
    best = place
    hint = next((fact.hint for fact in found[place:] if fact.hint), "再读一遍题目。")
    for wrong, code in [*exercise.mended, *exercise.wrong]:
        mistake = facts(exercise, chapter, source.function(exercise, code), seconds, found)
        if (length := alike(found, mistake)) > best:
            best, hint = length, wrong
        if best == len(found):
            break
    raise Hint(first.before + hint)


@functools.cache
def of_solution(number):
    """Return what is seen of the solution, and how many seconds that takes."""
    exercise, chapter = find(number)
    start = time.perf_counter()
    found = facts(exercise, chapter, source.function(exercise, exercise.solution), 600)
    return found, time.perf_counter() - start


def essence(function):
    """Return what a function does, to see whether the gap is still as it was; None if unknown."""
    code = getattr(function, "__code__", function)
    if not hasattr(code, "co_code"):
        return None
    inner = [essence(each) or repr(each) for each in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, inner


def alike(some, others):
    """Return how many facts are the same from the first on."""
    pairs = enumerate(zip(some, others))  # noqa: B905
    return next((i for i, pair in pairs if not equal(*pair)), min(len(some), len(others)))


def equal(one, other):
    """Say whether two facts are the same."""
    return one.ended == other.ended and same(one.value, other.value)


def facts(exercise, chapter, answer, seconds, model=None, grace=0, loud=False):
    """Return what the check sees of an answer, the whole of it twice; less if it differs.

    Twice, so that what lasts from call to call is seen. A check that takes long does that itself,
    and stands in the chapter's ``ONCE``. Once it differs from the model, one goes on for a while.
    """
    found, check = [], getattr(chapter, exercise.name)
    twice = exercise.name not in getattr(chapter, "ONCE", ())

    def work():
        run = Run(answer)
        end, first = math.inf, []
        for second in range(1 + twice):
            for number, (hint, value) in enumerate(check(run)):
                run.compare(3)
                fact = Fact(hint, copied(value))
                if not second:
                    first.append(fact)
                elif number < len(first) and not equal(fact, first[number]):
                    fact = fact._replace(hint=LASTS)
                found.append(fact)
                if model is not None and not alike(model[len(found) - 1 :], [fact]):
                    end = min(end, time.monotonic() + grace)
                if time.monotonic() >= end:
                    return
            run.compare()

    try:
        safely(work, seconds, loud)
    except NotDone:
        raise
    except Hint as hint:
        return [*found, Fact(str(hint), hint.cause, True, hint.before)]
    except Exception as error:
        return [*found, of_error(error)]
    return found


class Run:
    """Runs an answer on copies of the arguments, and sees to it that they stay what they are."""

    def __init__(self, answer):
        self.answer, self.given = answer, []

    def __call__(self, *arguments):
        """Return what the answer makes of the arguments, if it is anything at all."""
        self.given.append((arguments, copied(arguments)))
        result = self.answer(*self.given[-1][1])
        self.compare(3)
        if result is ... or (isinstance(result, tuple) and any(part is ... for part in result)):
            raise NotDone
        if result is None:
            raise Hint(NOTHING)
        return result

    def compare(self, last=0):
        """Raise a hint if an argument was changed; of the last calls, or of all."""
        calls = [zip(*call, strict=True) for call in self.given[-last:]]
        for before, after in itertools.chain.from_iterable(calls):
            if not same(before, after, tolerance=0):
                kind = {list: "列表", dict: "字典", set: "集合"}.get(type(before), "数组")
                raise Hint(CHANGED.format(kind))


def of_error(error):
    """Return the fact that the answer, or the check of what it returned, raised an error."""
    what = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [each for each in frames if not each.filename.startswith(NOT_THE_LEARNERS)]
    lines = [each.lineno for each in theirs if "site-packages" not in each.filename]
    advice = next((text for words, text in ADVICE.items() if words in what), "")
    if lines:
        return Fact(advice, what, True, f"运行时出错（第 {lines[-1]} 行）：{what}。")
    return Fact("再读一遍题目。", what, True, f"返回的东西不像题目要的，检查到一半出了错：{what}。")
