"""What the checks of all chapters use: hints, and ways to take a learner's result apart."""

import contextlib
import itertools
import sys

import numpy as np


class Hint(Exception):
    """The answer is wrong; the message is what the learner reads.

    `cause` says what happened: two answers with the same cause made the same mistake. `before` is
    what stands before the hint in any case.
    """

    def __init__(self, text, cause=None, before=""):
        super().__init__(text)
        self.cause, self.before = cause or text, before


class NotDone(Exception):
    """The gap is still there."""


MOST = 1000  # items of what may never end
MOST_BYTES = 100_000_000
ENDLESS = "一直在交出东西，停不下来。循环什么时候结束？"


def must(condition, hint):
    """Raise the hint unless the condition holds."""
    if not condition:
        raise Hint(hint)


def shown(result):
    """Return a result as it fits into a hint."""
    if isinstance(result, np.ndarray) and result.size > 6:
        return f"形状 {result.shape} 的数组"
    if hasattr(result, "__next__"):
        return "一个生成器"
    if callable(result):
        return "一个函数"
    text = " ".join(repr(result).split())
    if isinstance(result, (tuple, list)) and "array(" in text:
        return f"{len(result)} 个元素的 {type(result).__name__}"
    return text if len(text) <= 60 else f"{text[:60]}…"


def number(result):
    """Return a single number, of Python or NumPy, as a float."""
    with contextlib.suppress(TypeError, ValueError):
        if np.ndim(result) == 0 and not isinstance(result, (str, bool, np.bool_)):
            return float(result)
    raise Hint(f"应该返回一个数，你返回的是 {shown(result)}。", "number")


def several(result, count, hint):
    """Return a tuple, list or array of so many parts as a tuple."""
    fits = isinstance(result, (tuple, list, np.ndarray)) and len(result) == count
    if not fits:
        raise Hint(f"{hint}你返回的是 {shown(result)}。", "several")
    if any(part is ... for part in result):
        raise NotDone
    return tuple(result)


def pair(result, types_matter=False):
    """Return images and labels as arrays; what is no array is refused where types matter."""
    found = several(result, 2, "应该返回 (图片, 标签)，")
    for name, each in zip(("图片", "标签"), found if types_matter else (), strict=False):
        hint = f"{name}应该是 NumPy 数组，你的是 {shown(each)}。"
        must(isinstance(each, np.ndarray), hint)
    return tuple(map(np.asarray, found))


def items(result, most=MOST):
    """Return what can be iterated as a list; a hint if it does not end, or takes all memory."""
    must(hasattr(result, "__iter__"), f"结果应该能用 for 一个一个地取，你的是 {shown(result)}。")
    found, size = [], 0
    for item in itertools.islice(result, most + 1):
        if item is ...:
            raise NotDone
        found.append(item)
        size += getattr(item, "nbytes", 0) or sum(map(_bytes, _parts(item)))
        must(size < MOST_BYTES, ENDLESS)
    must(len(found) <= most, ENDLESS)
    return found


def _parts(item):
    return item if isinstance(item, (tuple, list)) else [item]


def _bytes(part):
    return getattr(part, "nbytes", 0) or sys.getsizeof(part)


def stream(result, hint="应该一个一个地 yield，不要攒成列表再返回。"):
    """Return an iterator over what is not yet a list: a generator, or an object like one."""
    must(not callable(result), "返回的是一个函数。这一题要的是生成器函数：自己 yield。")
    must(not isinstance(result, (list, tuple, np.ndarray, dict, set, str)), hint)
    must(hasattr(result, "__iter__"), f"结果应该能用 for 一个一个地取，你的是 {shown(result)}。")
    return iter(result)


def take(iterator, count):
    """Return at most so many items of an iterator."""
    return items(itertools.islice(iterator, count))


def rows(result, what="结果"):
    """Return a list or array of row numbers as a list of int."""
    if isinstance(result, tuple) and len(result) == 1 and np.ndim(result[0]):
        raise Hint(f"{what}外面多套了一层元组。np.where 和 np.nonzero 就是这样，取它的 [0]。")
    found = items(result, most=100_000)
    must(
        not any(map(np.ndim, found)),
        f"{what}里应该是序号，一个一个的整数，你放进去的是一串一串的数。",
    )
    array = np.asarray(found)
    if array.dtype == bool:
        raise Hint(f"{what}应该是序号，你返回的是一串真假。np.flatnonzero 把它们变成序号。")
    must(
        array.size == 0 or np.issubdtype(array.dtype, np.number),
        f"{what}应该是一串整数，你返回的是 {shown(result)}。",
    )
    must(
        array.size == 0 or np.issubdtype(array.dtype, np.integer),
        f"序号应该是整数，你返回的是小数：{shown(array.tolist())}。",
    )
    return array.astype(int).tolist()


def to_mix(step):
    """Return pairs of numbers, so many that two have the same sum ``a * one + b * other``.

    That holds if `a` or `b` is 1 and the other at most ``step ** 2``, or both are at most `step`.
    No number of a pair is larger than ``step ** 2``.
    """
    near = [(1, k) for k in range(step)] + [(0, k) for k in range(step + 1)]
    pairs = near + [(0, step * k) for k in range(2, step + 1)]
    return [*pairs, *(pair[::-1] for pair in pairs)]


def epochs_to_mix(step):
    """Return pairs like those, as seeds and how many epochs, from the first, are asked of each."""
    seeds = [*range(2, step), *range(step, step**2 + 1, step)]
    return [(0, step**2 + step), (1, step), *((seed, 2) for seed in seeds)]


def clash(found):
    """Return the first two names of pairs ``(name, value)`` that have the same value, or None."""
    known = {}
    for name, value in found:
        before = known.setdefault(value, name)
        if before != name:
            return before, name
    return None


def copied(value):
    """Return a copy of a value with all lists and arrays in it; functions stay what they are."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple, set):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {key: copied(each) for key, each in value.items()}
    return value


def same(one, other, tolerance=1e-6):
    """Say whether two results are equal, as lists or arrays; NaN equals NaN."""
    if one is other:
        return True
    if tolerance == 0 and isinstance(one, np.ndarray):
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], tolerance) for key in one
        )
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        pairs = zip(one, other)  # noqa: B905
        return len(one) == len(other) and all(same(*pair, tolerance) for pair in pairs)
    with contextlib.suppress(Exception):  # other objects may raise anything
        a, b = np.asarray(one), np.asarray(other)
        if a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
            return a.shape == b.shape and np.allclose(a, b, tolerance, tolerance / 1000, True)
        return bool(np.array_equal(a, b))
    return False
