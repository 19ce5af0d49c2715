"""Checks for the exercises: `check` says right, or gives a hint that fits the mistake.

Each check runs the learner's function on data that the exercise does not show,
and compares what it returns with what is right, and with what typical mistakes
would give. The exercises themselves, with their solutions, are the Markdown
files beside this one; ``make exercises`` puts them into the chapters.
"""

import contextlib
import itertools
import threading
import traceback

import numpy as np


class _NotDone(Exception):
    """The gap is still there."""


class _Hint(Exception):
    """The answer is wrong; the message is the hint."""


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
    练习 1.1：还没有做。把 ... 换成你的代码，再运行这一格。
    >>> check("1.1", lambda image, row, column: image[28 * row + column])
    练习 1.1：对了。
    """
    if number not in CHECKS:
        raise ValueError(f"check: expected one of {list(CHECKS)}, found {number!r}.")
    try:
        if answer is ...:
            raise _NotDone
        if not callable(answer):
            raise _Hint("交给 check 的应该是函数本身：写它的名字，后面不加括号。")
        CHECKS[number](answer)
        verdict = "对了。"
    except _NotDone as reason:
        verdict = (
            f"还没有做。{reason}"
            if str(reason)
            else ("还没有做。把 ... 换成你的代码，再运行这一格。")
        )
    except _Hint as hint:
        verdict = f"还不对。{hint}"
    print(f"练习 {number}：{verdict}")


# Words of error messages, and what a beginner may want to hear beside them.
ADVICE = {
    "'function' object is not iterable": "读取器是一个函数，先调用它，才有批次。",
    "generator raised StopIteration": "数据不够的时候，`next` 会抛出 StopIteration。",
    "out of bounds": "下标从 0 数起，最后一个是长度减 1。",
    "out of range": "下标从 0 数起，最后一个是长度减 1。",
    "could not be broadcast": "看一看两个数组的形状（`shape`）。",
    "is not defined": "是不是名字写错了，或者上面的单元格还没有运行？",
    "has no len()": "生成器没有长度，只能一个一个地取。",
}


@contextlib.contextmanager
def _learners_code():
    """Turn an error in the learner's code into a hint with its line."""
    try:
        yield
    except (_NotDone, _Hint):
        raise
    except Exception as error:
        ours = (__file__, contextlib.__file__, threading.__file__)
        places = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename not in ours and "numpy" not in frame.filename
        ]
        where = f"（第 {places[-1]} 行）" if places else ""
        advice = next((a for words, a in ADVICE.items() if words in str(error)), "")
        raise _Hint(f"运行时出错{where}：{type(error).__name__}: {error}。{advice}") from None


def _run(answer, *arguments):
    """Return what the answer makes of copies of the arguments, if it is anything at all."""
    given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    with _learners_code():
        result = answer(*given)
    for before, after in zip(arguments, given, strict=True):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            raise _Hint("你的函数改动了传进来的数组；别人还要用它，请不要在原处改。")
    parts = result if isinstance(result, tuple) else [result]
    if any(part is ... for part in parts):
        raise _NotDone
    if result is None:
        raise _Hint("函数什么也没有返回。是不是少了 return 或者 yield？")
    return result


def _items(result, most=1000):
    """Return what an iterable yields as a list, however long it is."""
    if not hasattr(result, "__iter__"):
        raise _Hint(f"结果应该能用 for 一个一个地取，你的是 {type(result).__name__}。")
    with _learners_code():
        items = list(itertools.islice(result, most + 1))
    if any(item is ... for item in items):
        raise _NotDone
    if len(items) > most:
        raise _Hint("一直在交出东西，停不下来。循环什么时候结束？")
    return items


def _number(result):
    """Return a single number."""
    with contextlib.suppress(TypeError, ValueError):
        if np.ndim(result) == 0 and not isinstance(result, (str, bool)):
            return float(result)
    raise _Hint(f"应该返回一个数，你返回的是 {_shown(result)}。")


def _shown(result):
    """Return a result as it fits into a hint."""
    if isinstance(result, np.ndarray) and result.size > 6:
        return f"形状 {result.shape} 的数组"
    if hasattr(result, "__next__"):
        return "一个生成器"
    text = repr(result)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _same(one, other):
    """Say whether two results are equal, of whatever kind they are."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    try:
        return bool(np.array_equal(one, other))
    except (TypeError, ValueError):
        return False


def _judge(found, right, mistakes, otherwise):
    """Raise the hint of the first mistake that gives what was found; accept what is right."""
    if _same(found, right):
        return
    for hint, wrong in mistakes.items():
        if _same(found, wrong):
            raise _Hint(hint)
    raise _Hint(otherwise)


def _must(condition, hint):
    """Raise the hint unless the condition holds."""
    if not condition:
        raise _Hint(hint)


def _rows(result, what):
    """Return a list or array of row numbers as a list of int."""
    with _learners_code():
        rows = np.asarray(_items(result))
    if rows.dtype == bool:
        raise _Hint(f"{what}应该是序号，你返回的是一串真假。np.flatnonzero 把它们变成序号。")
    _must(
        rows.ndim == 1 and (rows.size == 0 or np.issubdtype(rows.dtype, np.number)),
        f"{what}应该是一串整数，你返回的是 {_shown(result)}。",
    )
    return [int(row) for row in rows]


def _pixel_at(answer):
    image = np.random.default_rng(1).permutation(784)
    for row, column in [(0, 0), (3, 20), (20, 3), (27, 27)]:
        found = _number(_run(answer, image, row, column))
        place = 28 * row + column
        _judge(
            found,
            image[place],
            {
                "行和列好像对调了：一行一行地排，走过一整行才到下一行。": image[row + 28 * column],
                "返回的是位置，不是那个位置上的灰度值。": place,
                "差了一行或一列：行和列都从 0 数起。": image[place - 29],
                "差了一个：想一想第 0 行第 0 列应该是 image 的第几个。": image[(place + 1) % 784],
            },
            f"第 {row} 行第 {column} 列不对。前面有 {row} 整行，每行 28 个，再往后数。",
        )


def _lists(answer):
    text = "[7,1][22,3],[4][555,6,6]"
    right = ["[7,1]", "[22,3]", "[4]", "[555,6,6]"]
    for size in (1, 4, 7, 50):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        taken = []

        def feed(pieces=pieces, taken=taken):
            for piece in pieces:
                taken.append(piece)
                yield piece

        result = _run(answer, feed())
        if not hasattr(result, "__next__"):
            raise _Hint("应该边读边交：用 yield，不要攒成一个列表再返回。")
        with _learners_code():
            first = next(result, None)
        if first is ...:
            raise _NotDone
        early = len(taken)
        found = [first, *_items(result)] if first is not None else []
        _must(found, "一行也没有交出来。看到一个 ] 的时候，就有了完整的一行。")
        _must(all(isinstance(row, str) for row in found), "应该交出一段一段的文本。")
        _must(
            all(row.endswith("]") for row in found),
            "有的行末尾没有 ]：切开的时候它被去掉了，要补上。",
        )
        _must(
            not any(row.startswith(",") for row in found),
            "有的行以逗号开头：逗号在两行之间，不属于哪一行。从 [ 开始取。",
        )
        _must(
            all(row.startswith("[") for row in found),
            "有的行少了开头：它的前半截在上一段文本里，要留着，接在下一段前面。",
        )
        _must(len(found) >= len(right), "少了几行：一段文本里可能有不止一个完整的行。")
        _must(found == right, f"行的内容不对。文本分成 {len(pieces)} 段时，第一行是 {found[0]}。")
        _must(size != 4 or early <= 2, "太晚了：全部读完才交出第一行。读到完整的一行就该交。")


def _bad_rows(answer):
    good = [0.0, 0.5, 1.0, 0.25]
    rows = [list(good) for _ in range(9)]
    rows[2] = [0.0, 0.5, 1.0]
    rows[4] = [0.0, 0.5, 1.5, 0.25]
    rows[5] = [0.0, float("nan"), 0.1, 0.2]
    rows[7] = [-0.5, 0.5, 0.5, 0.5]
    found = _rows(_run(answer, rows, 4), "结果")
    _judge(
        found,
        [2, 4, 5, 7],
        {
            "漏了 NaN：它和任何数比较都是假，所以“小于 0 或者大于 1”找不到它。"
            "反过来写，问它是不是在 0 和 1 之间。": [2, 4, 7],
            "只看了每行有几个数，还要看每个数的大小。": [2],
            "没有看每行有几个数。": [4, 5, 7],
            "序号差了一：第一行是第 0 行。": [3, 5, 6, 8],
            "找到一行就停下了，后面还有。": [2],
            "刚好是 0 或者 1 的像素是好的。": list(range(9)),
            "漏了负数。": [2, 4, 5],
            "漏了大于 1 的数。": [2, 5, 7],
            "返回了好的行，应该返回坏的行。": [0, 1, 3, 6, 8],
        },
        "这些行不对。逐条想：几个数，最小，最大，NaN。",
    )
    _must(_rows(_run(answer, [good], 4), "结果") == [], "没有坏行的时候，应该返回空列表。")


def _share(answer):
    labels = np.array([3, 7, 7, 1, 7, 0, 7, 3])
    for digit, count in [(7, 4), (3, 2), (9, 0)]:
        _judge(
            _number(_run(answer, labels, digit)),
            count / 8,
            {
                "这是个数，不是占几分之几：再除以样本的总数。": count,
                "这是百分之几；占几分之几不用乘 100。": 100 * count / 8,
                "把标签的值加起来了；要数的是“等于这个数字”的有几个。": labels.sum() / 8,
                "除以 10 了？有几个样本，就除以几。": count / 10,
            },
            f"标签是 {labels.tolist()} 时，{digit} 占的不对。",
        )


def _pairs(result, count, what):
    """Return pairs ``(images, labels)`` as arrays."""
    _must(
        isinstance(result, (tuple, list)) and len(result) == count,
        f"应该返回 {what}，你返回的是 {_shown(result)}。",
    )
    for part in result:
        _must(
            isinstance(part, (tuple, list)) and len(part) == 2,
            f"应该返回 {what}，每个是一对（图片，标签）。",
        )
        if any(array is ... for array in part):
            raise _NotDone
    return [(np.asarray(images), np.asarray(labels)) for images, labels in result]


def _split(answer):
    labels = np.arange(40) // 4
    images = np.arange(40)[:, None] * np.ones((1, 5))
    what = "(训练集, 验证集)"
    (x, y), (vx, vy) = _pairs(_run(answer, images, labels, 8, 3), 2, what)
    for part, other in [(x, y), (vx, vy)]:
        _must(part.shape[1:] == (5,), f"图片的形状不对：{part.shape}。每张图片还是一行。")
        _must(len(part) == len(other), "图片和标签的个数不同。")
    _must((len(vx), len(x)) != (32, 8), "训练集和验证集的次序反了：先训练集，后验证集。")
    _must(len(vx) == 8, f"验证集应该有 8 个样本，你的有 {len(vx)} 个。")
    both = set(x[:, 0]) & set(vx[:, 0])
    _must(not both, "有的样本既在训练集又在验证集里：划给验证集以后，训练集里就不能再有。")
    _must(len(x) == 32, f"一共 40 个样本，验证集 8 个，训练集应该有 32 个，你的有 {len(x)} 个。")
    _must(
        len(set(x[:, 0])) == 32 and len(set(vx[:, 0])) == 8,
        "有的样本出现了两次，有的丢了。排列里每个序号恰好一次，随机抽取就不是。",
    )
    _must(
        np.array_equal(y, x[:, 0] // 4) and np.array_equal(vy, vx[:, 0] // 4),
        "图片和标签对不上了：两者要用同一串打乱的序号。",
    )
    _must(
        not np.array_equal(np.sort(vx[:, 0]), np.arange(32, 40))
        and not np.array_equal(np.sort(vx[:, 0]), np.arange(8)),
        "没有打乱：这里的样本按标签排好了序，验证集里只有两种数字。",
    )
    again = _pairs(_run(answer, images, labels, 8, 3), 2, what)
    other = _pairs(_run(answer, images, labels, 8, 4), 2, what)
    _must(np.array_equal(again[1][0], vx), "同一个种子，两次的划分应该相同。")
    _must(not np.array_equal(other[1][0], vx), "换一个种子，划分应该不同：seed 用上了吗？")


def _leaked(answer):
    rng = np.random.default_rng(2)
    train = rng.random((30, 6))
    test = rng.random((12, 6))
    test[3], test[8] = train[20], train[3]
    test[5] = train[11][::-1]
    found = _rows(_run(answer, train, test), "结果")
    _judge(
        sorted(found),
        [3, 8],
        {
            "这是它们在训练集里的序号；要的是在测试集里的。": [3, 20],
            "墨迹一样多，不等于图片一样：要一个像素一个像素地比。": [3, 5, 8],
            "只比了序号相同的两张。测试集的每一张，要和训练集的每一张比。": [],
            "返回了没有混进训练集的那些。": [0, 1, 2, 4, 5, 6, 7, 9, 10, 11],
            "只要有一个像素相同就算了；应该全部像素都相同。": list(range(12)),
        },
        f"测试集里的这些序号不对：{found[:5]}。",
    )


def _what_is_left(answer):
    for n, taken in [(6, 2), (4, 0), (5, 5), (7, 3)]:
        squares = [i * i for i in range(n)]
        first = sum(squares[taken:])
        found = _run(answer, n, taken)
        _must(
            isinstance(found, (tuple, list)) and len(found) == 2,
            f"应该返回两个数，你返回的是 {_shown(found)}。",
        )
        _judge(
            found,
            (first, 0),
            {
                "第二次求和的时候，生成器里还有东西吗？": (first, first),
                "前面的 next 已经取走了几个，第一次求和时它们不在了。": (sum(squares), 0),
                "第一次求和时要去掉取走的；第二次求和时，生成器里还有东西吗？": (
                    sum(squares),
                    sum(squares),
                ),
                "差了一个：第一次 next 取走的是 0 的平方。": (
                    sum(squares[taken + 1 :]),
                    0,
                ),
                "差了一个：range(n) 到 n - 1 为止。": (first + n * n, 0),
            },
            f"n={n}，taken={taken} 时不对。把 next 取走的划掉，再加起来。",
        )


def _first(answer):
    for n, count in [(3, 9), (1, 4), (5, 2), (0, 3)]:
        made, read = [], []

        def reader(count=count, made=made, read=read):
            made.append(1)
            for number in range(count):
                read.append(number)
                yield number

        result = _run(answer, reader, n)
        _must(
            callable(result) is False,
            "返回的是一个函数。这一题要的是生成器函数：自己 yield 每一批。",
        )
        _must(hasattr(result, "__next__"), "应该一批一批地 yield，不要攒成列表再返回。")
        found, right = _items(result), list(range(min(n, count)))
        _must(
            len(made) <= 1 and not (len(found) > 1 and set(found) == {0}),
            "每一批都是第一批：reader() 每调用一次，就从头开始。只调用一次，留在变量里。",
        )
        _judge(
            found,
            right,
            {
                "多了一批。": list(range(min(n + 1, count))),
                "少了一批。": list(range(max(min(n, count) - 1, 0))),
                "交出了全部批次，没有在 n 批以后停下。": list(range(count)),
            },
            f"n={n}，读取器有 {count} 批时，交出了 {len(found)} 批。",
        )
        _must(
            len(read) == len(right),
            f"交出 {len(right)} 批，却从读取器里读了 {len(read)} 批：多读的一批丢掉了。"
            "先看够不够，再去取。",
        )


def _every_epoch(answer):
    rows = [3, 1, 4, 1, 5]
    reader = _run(answer, rows)
    if hasattr(reader, "__next__"):
        raise _Hint("make_reader 返回的是生成器。要返回函数：每次调用它，开始新的一轮。")
    _must(callable(reader), f"应该返回一个函数，你返回的是 {_shown(reader)}。")
    epochs = [_items(_run(reader)) for _ in range(3)]
    if epochs[0] == rows and not epochs[1]:
        raise _NotDone("第一轮有数据，第二轮是空的，和原来的代码一样：生成器用完了。")
    _must(
        not (epochs[0] and hasattr(epochs[0][0], "__next__")),
        "交出的是一个生成器，不是里面的样本。",
    )
    for number, epoch in enumerate(epochs):
        _must(epoch == rows, f"第 {number} 轮应该交出全部 {len(rows)} 个，你的交出了 {epoch}。")
    halfway = _run(reader)
    if hasattr(halfway, "__next__"):
        next(halfway)
        _must(_items(_run(reader)) == rows, "一轮没有走完就开始新的一轮时，应该从头开始。")
    else:
        raise _Hint("每一轮都把全部样本放进一个列表再交出。一个一个地交，不要攒。")


def _order(answer):
    first, again, other = (_rows(_run(answer, 20, seed), "结果") for seed in (5, 5, 6))
    _must(len(first) == 20, f"应该有 20 个序号，你的有 {len(first)} 个。")
    _must(max(first) < 20, "序号从 0 到 n - 1，你的里面有 20。")
    _must(
        len(set(first)) == 20,
        "有的序号出现了两次，有的没有。排列里每个序号恰好一次，随机抽取就不是。",
    )
    _must(first != sorted(first), "没有打乱，还是从小到大。")
    _must(first == again, "同一个种子，两次的结果应该相同：随机数生成器要用 seed 来造。")
    _must(first != other, "换一个种子，结果应该不同：seed 用上了吗？")


def _shuffled(answer):
    images, labels = np.arange(60.0).reshape(20, 3), np.arange(20)
    result = _run(answer, images, labels, 8)
    _must(
        isinstance(result, tuple) and len(result) == 2,
        f"应该返回 (图片, 标签)，你返回的是 {_shown(result)}。",
    )
    x, y = map(np.asarray, result)
    _must(x.ndim == 2 or y.ndim != 2, "次序反了：先图片，后标签。")
    _must(x.shape == (20, 3), f"图片的形状应该还是 (20, 3)，你的是 {x.shape}。")
    _must(y.shape == (20,), f"标签的形状应该还是 (20,)，你的是 {y.shape}。")
    _must(
        len(set(x[:, 0])) == 20 and len(set(y)) == 20,
        "有的样本出现了两次，有的丢了：要的是排列，不是随机抽取。",
    )
    moved_x, moved_y = not _same(x, images), not _same(y, labels)
    _must(moved_x or moved_y, "没有打乱，还是原来的次序。")
    _must(moved_y, "只打乱了图片，标签还是原来的次序。")
    _must(moved_x, "只打乱了标签，图片还是原来的次序。")
    if not _same(x[:, 0], 3 * y):
        raise _NotDone("图片和标签各自打乱，对不上了，和原来的代码一样：两者要用同一串序号。")
    _must(_same(_run(answer, images, labels, 8)[1], y), "同一个种子，两次的结果应该相同。")
    _must(not _same(_run(answer, images, labels, 9)[1], y), "换一个种子，次序应该不同。")


def _orders(answer):
    found = [_rows(order, "每一轮") for order in _items(_run(answer, 12, 4, 7))]
    _must(len(found) == 4, f"4 轮应该有 4 串序号，你的有 {len(found)} 串。")
    for number, order in enumerate(found):
        _must(
            sorted(order) == list(range(12)),
            f"第 {number} 轮不是 0 到 11 的排列：每个序号恰好一次。",
        )
    taken = [list(order) for order in _run(answer, 12, 4, 7)]
    _must(
        len(set(map(tuple, found))) > 1 or len(set(map(tuple, taken))) == 1,
        "收进列表以后，每一轮都变成了最后一轮：交出的是同一个数组，后来又在原处打乱了它。",
    )
    _must(
        len(set(map(tuple, found))) > 1,
        "每一轮的次序都相同：在循环里用同一个种子造随机数生成器，每次都从头开始。",
    )
    _must(len(set(map(tuple, found))) == 4, "有两轮的次序相同。每一轮都要重新打乱。")
    again = [list(map(int, order)) for order in _items(_run(answer, 12, 4, 7))]
    _must(again == found, "同一个种子，第二次运行的四轮应该和第一次相同。")
    other = [list(map(int, order)) for order in _items(_run(answer, 12, 4, 8))]
    _must(other != found, "换一个种子，次序应该不同：seed 用上了吗？")


def _count(answer):
    for n, size in [(103, 10), (60, 12), (5, 8), (7, 7), (1000, 33)]:
        found = _run(answer, n, size)
        _must(
            isinstance(found, (tuple, list)) and len(found) == 2,
            f"应该返回两个数：几批，最后一批有几个。你返回的是 {_shown(found)}。",
        )
        whole, rest = divmod(n, size)
        right = (whole + (rest > 0), rest or size)
        _judge(
            found,
            right,
            {
                "除得尽的时候，最后一批是满的，不是 0 个。": (right[0], 0),
                "除得尽的时候多了一批：最后并没有一个空的批次。": (whole + 1, right[1]),
                "除得尽的时候，没有多出来的空批次，最后一批是满的。": (whole + 1, rest),
                "少了一批：余下的样本也是一批。": (whole, right[1]),
                "没有数余下的那一批。": (whole, size),
                "最后一批不是满的：只有余下的那些。": (right[0], size),
            },
            f"n={n}，batch_size={size} 时不对。",
        )


def _batches(answer):
    for n, size, drop in [(10, 4, False), (10, 4, True), (12, 4, False), (12, 4, True)]:
        labels = np.arange(n) + 100
        images = labels[:, None] * np.ones(3)
        found = _items(_run(answer, images, labels, size, drop))
        case = f"{n} 个样本，batch_size={size}，drop_last={drop}"
        _must(found, f"{case} 时，一批也没有交出来。")
        for batch in found:
            _must(
                isinstance(batch, (tuple, list)) and len(batch) == 2,
                "每一批应该是一对（图片，标签）。",
            )
            _must(len(batch[0]) == len(batch[1]), f"{case} 时，一批里图片和标签的个数不同。")
            _must(len(batch[1]), f"{case} 时，交出了一个空的批次。")
            _must(_same(batch[0][:, 0], batch[1]), "图片和标签对不上了。")
        sizes = [len(y) for _, y in found]
        kept = n - n % size if drop else n
        if n % size and sum(sizes) == n and drop:
            raise _Hint("drop_last 为真的时候，不满的最后一批应该丢掉。")
        if n % size and sum(sizes) == n - n % size and not drop:
            raise _Hint("drop_last 为假的时候，不满的最后一批也要交出来。")
        _must(sizes[0] == size, f"{case} 时，第一批有 {sizes[0]} 个。")
        _must(
            sum(sizes) >= kept,
            f"{case} 时，少了 {kept - sum(sizes)} 个样本。除得尽的时候，最后一批是满的。",
        )
        _must(
            _same(np.concatenate([y for _, y in found]), labels[:kept]),
            f"{case} 时，样本的次序或者个数不对：下一批从哪里开始？",
        )


def _own_memory(answer):
    images = np.random.default_rng(3).random((9, 4)).astype(np.float32)
    right = [images[0:4], images[4:8], images[8:9]]
    watched = images.copy()
    with _learners_code():
        result = answer(watched, 4)
    _must(result is not None, "函数什么也没有返回。是不是少了 return 或者 yield？")
    found = _items(result)
    _must(len(found) == 3, f"9 张图片，每批 4 张，应该有 3 批，你的有 {len(found)} 批。")
    _must(
        [len(batch) for batch in found] == [4, 4, 1],
        f"各批应该有 4、4、1 张，你的是 {[len(batch) for batch in found]}。",
    )
    if not _same(found, right) and np.shares_memory(found[0], found[1]):
        raise _NotDone("收进列表以后，前面的批次被后面的改掉了，和原来的代码一样。")
    _must(_same(found, right), "批次里的图片不对。")
    _must(
        not any(np.shares_memory(batch, watched) for batch in found),
        "切片不是复制：批次和数据集用同一块内存，改了批次，数据集也跟着变。",
    )


def _for_model(answer):
    images = np.random.default_rng(4).random((6, 784))
    labels = np.array([3, 1, 4, 1, 5, 9])
    result = _run(answer, images, labels)
    _must(
        isinstance(result, tuple) and len(result) == 2,
        f"应该返回 (图片, 标签)，你返回的是 {_shown(result)}。",
    )
    x, y = result
    for name, array in [("图片", x), ("标签", y)]:
        _must(isinstance(array, np.ndarray), f"{name}应该是 NumPy 数组。")
    _must(x.shape != (6, 28, 28), "图片少了一维：第二维是 1，表示只有一种颜色（灰度）。")
    _must(
        x.shape == (6, 1, 28, 28),
        f"图片的形状应该是 (6, 1, 28, 28)，你的是 {x.shape}。批次大小不要写死。",
    )
    _must(y.shape != (6,), "标签的形状还是 (6,)。和网络的回答 [B, 1] 相减时会广播成 [B, B]。")
    _must(y.shape == (6, 1), f"标签的形状应该是 (6, 1)，你的是 {y.shape}。")
    _must(x.dtype == np.float32, f"图片的类型应该是 float32，你的是 {x.dtype}。")
    _must(y.dtype == np.float32, f"标签的类型应该是 float32，你的是 {y.dtype}。")
    _must(_same(x.reshape(6, 784), images.astype(np.float32)), "图片的内容变了。")
    _must(_same(y[:, 0], labels), "标签的值变了。")


def _difference_shape(answer):
    for n in (6, 1, 32):
        found = _run(answer, n)
        _must(
            isinstance(found, tuple),
            f"形状是一个元组，例如 (2, 3)，你返回的是 {_shown(found)}。",
        )
        _judge(
            found,
            (n, n),
            {
                "这是回答的形状。相减的时候，两边都会被拉长。": (n, 1),
                "这是标签的形状。相减的时候，两边都会被拉长。": (n,),
                "两边对齐的是最后一维：(n,) 当作 (1, n)，不是 (n, 1)。": (1, n),
                "这是元素的总数，不是形状。": (n * n,),
            },
            f"n={n} 时不对。不妨真的造两个数组，减一减。",
        )


def _blank(answer):
    images = np.random.default_rng(6).integers(0, 3, (8, 20)) * 0.4
    images[:, 0] = 0
    images[2], images[6] = 0, 0
    images[4] = 0
    images[4, 7] = 1 / 256
    found = _rows(_run(answer, images), "结果")
    _judge(
        found,
        [2, 6],
        {
            "有一个像素是 0 不算空白：背景本来就是 0。要全部像素都是 0。": list(range(8)),
            "很淡的一点墨迹也是墨迹：只有全部是 0 才算空白。": [2, 4, 6],
            "这是有墨迹的图片，要的是没有墨迹的。": [0, 1, 3, 4, 5, 7],
            "沿错了方向：这是像素的位置，不是图片的序号。看看 axis。": np.flatnonzero(
                ~images.any(axis=0)
            ).tolist(),
            "序号差了一：第一张是第 0 张。": [3, 7],
            "只找到第一张就停下了。": [2],
        },
        f"这些序号不对：{found[:6]}。",
    )


def _check_labels(answer):
    def outcome(labels):
        try:
            return answer(np.array(labels))
        except ValueError as error:
            return error
        except AssertionError:
            raise _NotDone("还是用 assert，和原来的代码一样：python -O 会把它跳过。") from None

    with _learners_code():
        bad = [outcome([3, 1, 12, 5]), outcome([0, 9, 4, 4, -1]), outcome([10]), outcome([1, 2.5])]
        good = [outcome([0, 9, 5]), outcome([7])]
    _must(not any(isinstance(g, ValueError) for g in good), "好的标签也报错了：0 和 9 都是好的。")
    _must(
        any(isinstance(b, ValueError) for b in bad),
        "标签里有 12，却没有抛出 ValueError。返回一个值不够，调用的人会忘了看；要用 raise。",
    )
    for error, value in zip(bad, (12, -1, 10, 2.5), strict=True):
        _must(isinstance(error, ValueError), f"标签里有 {value}，却没有抛出 ValueError。")
    _must("2" in str(bad[0]).replace("12", ""), "错误里没有说是第几个标签（序号）。")
    _must("12" in str(bad[0]), "错误里没有说找到的是什么值。")
    _must(
        "4" in str(bad[1]) and "-1" in str(bad[1]),
        "错误里的序号或者值不对：有几个坏标签时，说第一个坏的。",
    )


def _mislabelled(answer):
    rng = np.random.default_rng(9)
    shapes = rng.random((4, 30))
    labels = np.arange(32) % 4
    images = shapes[labels] + rng.normal(0, 0.05, (32, 30))
    images[5] *= 1.6  # much ink, and the right label
    labels[18] = (labels[18] + 1) % 4
    found = _run(answer, images, labels)
    if hasattr(found, "__len__") and np.ndim(found):
        raise _Hint("只有一个标签错了，返回它的序号就好，是一个数。")
    own, all_own = labels[18], (labels[18] - 1) % 4
    _judge(
        _number(found),
        18,
        {
            "它离平均的图片最远，因为墨迹特别浓，标签却没有错。"
            "要和它自己标签的平均图片比，也要和别的标签的比。": 5,
            "返回的是标签，不是序号。": own if own != 18 else all_own,
            "这是最像自己标签的一张，要找的是最不像的。": _closest(images, labels),
            "序号差了一：第一张是第 0 张。": 19,
        },
        "不是这一张。一张图片标签错了，它就更像别的标签的平均图片。",
    )


def _closest(images, labels):
    """Return the row that is closest to the mean of its label."""
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(4)])
    return int(((images - means[labels]) ** 2).sum(axis=1).argmin())


CHECKS = {
    "1.1": _pixel_at,
    "1.2": _lists,
    "1.3": _bad_rows,
    "2.1": _share,
    "2.2": _split,
    "2.3": _leaked,
    "3.1": _what_is_left,
    "3.2": _first,
    "3.3": _every_epoch,
    "4.1": _order,
    "4.2": _shuffled,
    "4.3": _orders,
    "5.1": _count,
    "5.2": _batches,
    "5.3": _own_memory,
    "5.4": _for_model,
    "6.1": _difference_shape,
    "6.2": _blank,
    "6.3": _check_labels,
    "6.4": _mislabelled,
}
