"""The checks of the chapters that have no file of their own yet: to be moved there."""

import contextlib
import gzip
import itertools
import json
import sysconfig
import tempfile
import threading
import traceback
from pathlib import Path

import numpy as np

import mnist_course


class _NotDone(Exception):
    """The gap is still there."""


class _Hint(Exception):
    """The answer is wrong; the message is the hint."""


def verdict(number, answer):
    """Return what `check` prints of an answer, without the number.

    It begins with 对了 (right), 还不对 (wrong) or 还没有做 (the gap is still there).
    """
    try:
        if answer is ...:
            raise _NotDone
        if not callable(answer):
            raise _Hint("交给 check 的应该是函数本身：写它的名字，后面不加括号。")
        CHECKS[number](answer)
    except _NotDone as reason:
        return f"还没有做。{str(reason) or '把 ... 换成你的代码。'}"
    except _Hint as hint:
        return f"还不对。{hint}"
    except Exception as error:  # an answer of a kind that the check cannot take apart
        kind = f"{type(error).__name__}: {error}"
        return f"还不对。返回的东西不像题目要的，检查到一半出了错：{kind}。再读一遍题目。"
    return "对了。"


# Words of error messages, and what a beginner may want to hear beside them.
ADVICE = {
    "'function' object is not iterable": "读取器是一个函数，先调用它，才有批次。",
    "generator raised StopIteration": "数据不够的时候，`next` 会抛出 StopIteration。",
    "out of bounds for uint8": "uint8 只装得下 0 到 255：先用 astype 变成 float32。",
    "is out of bounds": "下标从 0 数起，最后一个是长度减 1。",
    "out of range": "下标从 0 数起，最后一个是长度减 1。",
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
    str(Path(mnist_course.__file__).parent),
    sysconfig.get_path("stdlib"),
    "<frozen",
)
MOST = 1000  # items of what may never end


@contextlib.contextmanager
def _learners_code():
    """Turn an error in the learner's code into a hint with its line."""
    try:
        yield
    except (_NotDone, _Hint):
        raise
    except Exception as error:
        places = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if not frame.filename.startswith(NOT_THE_LEARNERS)
            and "site-packages" not in frame.filename
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
    return _result(result)


def _result(result):
    """Return what the answer returned, if it is anything at all."""
    parts = result if isinstance(result, tuple) else [result]
    if any(part is ... for part in parts):
        raise _NotDone
    if result is None:
        raise _Hint("函数什么也没有返回。是不是少了 return 或者 yield？")
    return result


def _items(result):
    """Return what an iterable yields as a list, however long it is."""
    if not hasattr(result, "__iter__"):
        raise _Hint(f"结果应该能用 for 一个一个地取，你的是 {type(result).__name__}。")
    with _learners_code():
        items = list(itertools.islice(result, MOST + 1))
    if any(item is ... for item in items):
        raise _NotDone
    if len(items) > MOST:
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
    text = " ".join(repr(result).split())
    if isinstance(result, (tuple, list)) and "array(" in text:
        return f"{len(result)} 个元素的 {type(result).__name__}"
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


def _wrong_part(found, right, names):
    """Return the name of the first part that is not right."""
    return next((n for f, r, n in zip(found, right, names, strict=True) if not _same(f, r)), "")


def _must(condition, hint):
    """Raise the hint unless the condition holds."""
    if not condition:
        raise _Hint(hint)


def _generator(result):
    """Return a generator, or what is taken from like one."""
    if callable(result):
        raise _Hint("返回的是一个函数。这一题要的是生成器函数：自己 yield。")
    _must(hasattr(result, "__next__"), "应该一个一个地 yield，不要攒成列表再返回。")
    return result


def _each_of(results, names):
    """Raise a hint unless each result is one of the names."""
    for result in results:
        _must(
            isinstance(result, str) and result in names,
            f"应该返回 {names} 里的一个，你返回的是 {_shown(result)}。",
        )


def _several(result, count, hint):
    """Return a tuple or list of so many parts."""
    _must(
        isinstance(result, (tuple, list)) and len(result) == count,
        f"{hint}你返回的是 {_shown(result)}。",
    )
    return result


def _rows(result, what):
    """Return a list or array of row numbers as a list of int."""
    if isinstance(result, tuple) and len(result) == 1:
        raise _Hint(f"{what}外面多套了一层元组。np.where 和 np.nonzero 就是这样，取它的 [0]。")
    items = _items(result)
    _must(
        not any(map(np.ndim, items)),
        f"{what}里应该是序号，一个一个的整数，你放进去的是一串一串的数。",
    )
    rows = np.asarray(items)
    if rows.dtype == bool:
        raise _Hint(f"{what}应该是序号，你返回的是一串真假。np.flatnonzero 把它们变成序号。")
    _must(
        rows.size == 0 or np.issubdtype(rows.dtype, np.number),
        f"{what}应该是一串整数，你返回的是 {_shown(result)}。",
    )
    _must(
        rows.size == 0 or np.issubdtype(rows.dtype, np.integer),
        f"序号应该是整数，你返回的是小数：{_shown(rows.tolist())}。",
    )
    return rows.astype(int).tolist()


def _subset(images, labels, pixels):
    """Raise a hint unless arrays are the images and labels of a subset."""
    _must(images.ndim > 1 or labels.ndim == 1, "顺序反了：先图片，后标签。")
    _must(images.shape[1:] == (pixels,), f"图片的形状不对：{images.shape}。每张图片还是一行。")
    _must(labels.ndim == 1, "每个子集是一对（图片，标签），你的第二个不是标签。")
    _must(len(images) == len(labels), "图片和标签的个数不同。")


def _batch_for_model(result, count, label_type=np.float32):
    """Return images and labels if shapes and types are those of a batch for the network."""
    x, y = _several(result, 2, "应该返回 (图片, 标签)，")
    for name, array in [("图片", x), ("标签", y)]:
        _must(isinstance(array, np.ndarray), f"{name}应该是 NumPy 数组。")
    _must(x.ndim != 2 or y.ndim != 4, "顺序反了：先图片，后标签。")
    _must(x.shape != (count, 28, 28), "图片少了一维：第二维是 1，表示只有一种颜色（灰度）。")
    _must(
        x.shape == (count, 1, 28, 28),
        f"图片的形状应该是 ({count}, 1, 28, 28)，你的是 {x.shape}。批次大小不要写死。",
    )
    _must(
        y.shape != (count,),
        f"标签的形状还是 ({count},)。和网络的回答 [B, 1] 相减时会广播成 [B, B]。",
    )
    _must(y.shape == (count, 1), f"标签的形状应该是 ({count}, 1)，你的是 {y.shape}。")
    _must(x.dtype == np.float32, f"图片的类型应该是 float32，你的是 {x.dtype}。")
    _must(y.dtype == label_type, f"标签的类型应该是 {label_type.__name__}，你的是 {y.dtype}。")
    return x, y


@contextlib.contextmanager
def _silent_threads():
    """Keep threads from printing their errors: the learner is told of them in another way."""
    shown = threading.excepthook
    threading.excepthook = lambda error: None
    try:
        yield
    finally:
        threading.excepthook = shown


def _project_read(answer):
    rng = np.random.default_rng(10)
    images = rng.random((30, 784)).round(3)
    labels = rng.permutation(np.arange(30) % 10)
    rows, uneven = images.tolist(), [4, 17, 26]
    for row, length in zip(uneven, (783, 785, 2), strict=True):
        rows[row] = (rows[row] * 2)[:length]
    sets = [[rows[a:b], labels[a:b].tolist()] for a, b in [(0, 15), (15, 20), (20, 30)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.json.gz")
        path.write_bytes(gzip.compress(json.dumps(sets).encode()))
        x, y = _several(_run(answer, path), 2, "应该返回 (图片, 标签)，")
    if x is ... or y is ...:
        raise _NotDone
    for name, array, dtype in [("图片", x, np.float32), ("标签", y, np.int64)]:
        _must(isinstance(array, np.ndarray), f"{name}应该是 NumPy 数组，你的是 {_shown(array)}。")
        _must(array.dtype == dtype, f"{name}的类型应该是 {dtype.__name__}，你的是 {array.dtype}。")
    _must(
        len(x) == len(y),
        f"图片有 {len(x)} 行，标签有 {len(y)} 个：丢掉一行图片，它的标签也要丢掉。",
    )
    _must(len(x) not in (14, 18), "没有读全部三个子集。")
    _must(len(x) != 30, "长短不对的行还在：要丢掉，不要截短，也不要补齐。")
    _must(x.shape[1:] == (784,), f"图片的形状应该是 (N, 784)，你的是 {x.shape}。")
    _must(len(x) == 27, f"30 行里有 3 行长短不对，应该剩下 27 行，你的有 {len(x)} 行。")
    good = np.delete(np.arange(30), uneven)
    _must(_same(x, images[good].astype(np.float32)), "图片不对：按文件里的顺序，一行也不要改。")
    _must(_same(y, labels[good]), "标签和图片错开了：丢掉的标签，不是那几行图片的。")


def _project_split(answer):
    labels = np.repeat(np.arange(10), 6)
    names = np.random.default_rng(10).permutation(60)
    label_of = dict(zip(names, labels, strict=True))
    images = names[:, None] * np.ones((1, 784), np.float32)
    images, labels = np.append(images, images[3:13], axis=0), np.append(labels, labels[3:13])

    def sets(seed):
        found = _several(
            _run(answer, images, labels, seed), 3, "应该返回三个子集：训练集，验证集，测试集。"
        )
        pairs = [_several(one, 2, "每个子集是一对（图片，标签）。") for one in found]
        if any(part is ... for pair in pairs for part in pair):
            raise _NotDone
        return [(np.asarray(x), np.asarray(y)) for x, y in pairs]

    found = sets(3)
    for x, y in found:
        _subset(x, y, pixels=784)
    rows = [x[:, 0].astype(int).tolist() for x, _ in found]
    sizes, everything = [len(part) for part in rows], sum(rows, [])
    _must(
        len(set(everything)) == len(everything),
        "有的图片出现了两次：相同的图片只留一张，一个序号也只能分给一个子集。",
    )
    _must(
        len(everything) == 60,
        f"不同的图片有 60 张，你的三个子集一共只有 {len(everything)} 张。",
    )
    _must(sizes != [6, 6, 48], "顺序反了：先训练集，再验证集，最后测试集。")
    _must(
        sizes == [48, 6, 6],
        f"60 张不同的图片，应该分成 48、6、6 张，你的是 {sizes}。先去掉重复，再算 10%。",
    )
    _must(
        all(_same(y, [label_of[name] for name in x[:, 0]]) for x, y in found),
        "图片和标签对不上了：两者要用同一串序号。",
    )
    _must(
        all(len(set(y)) > 2 for _, y in found) and 9 in found[0][1],
        "没有打乱：文件是按标签排好的，直接切，有的数字就只在一个子集里。",
    )
    again, other = ([x[:, 0].astype(int).tolist() for x, _ in sets(seed)] for seed in (3, 4))
    _must(rows == again, "同一个种子，两次划分的结果应该相同。")
    _must(rows != other, "换一个种子，划分应该不同：seed 用上了吗？")


def _project_faults(answer):
    from exercises.project import new_digits

    images, labels = new_digits(60, seed=11)
    good = np.argsort(images.mean(axis=1))
    thin, bold, edge = good[0], good[-1], good[30]
    images[thin] *= 0.1
    images[edge, 400] = 1
    labels[good[1]], labels[good[2]] = 0, 9
    nan, negative, grey, blank, inverted, ten, minus = good[10:24:2]
    images[nan, 300] = np.nan
    images[negative, 5] = -0.5
    images[grey] *= 256
    images[blank] = 0
    images[inverted] = 1 - images[inverted]
    labels[ten], labels[minus] = 10, -1
    found = set(_rows(_run(answer, images, labels), "结果"))
    kinds = {
        nan: "像素是 NaN 的。它和任何数比较都是假；反过来写，问像素是不是在 0 和 1 之间。",
        negative: "像素是负数的。",
        grey: "像素大于 1 的。",
        blank: "空白的：一点墨迹也没有。",
        inverted: "黑白颠倒的：每个像素都在 0 和 1 之间，可是背景是黑的，所以墨迹特别多。",
        ten: "标签是 10 的。",
        minus: "标签是 -1 的。",
    }
    rest = set(range(60)) - set(kinds)
    _must(found - rest or not rest <= found, "返回了好的样本，应该返回坏的。")
    for row, kind in kinds.items():
        _must(row in found, f"漏了一种：{kind}")
    traps = {
        thin: "墨迹很淡的图片，不是空白。",
        bold: "笔画最粗的图片，墨迹占三分之一左右，背景还是白的。",
        edge: "像素刚好是 1，还在范围里。",
        good[1]: "标签是 0，是数字。",
        good[2]: "标签是 9，是数字。",
    }
    for row, trap in traps.items():
        _must(row not in found, f"把好的也当成了坏的：{trap}")
    _must(found == set(kinds), f"把好的也当成了坏的，一共 {len(found - set(kinds))} 个。")
    clean = sorted(rest)
    _must(
        not _rows(_run(answer, images[clean], labels[clean]), "结果"),
        "没有坏样本的时候，应该返回空的。",
    )


def _project_reader(answer):
    labels = np.random.default_rng(12).integers(0, 10, 23)
    images = np.arange(23 * 784, dtype=np.float32).reshape(23, 784)

    def epoch(reader):
        batches = _items(_run(reader))
        _must(batches, "一轮里一批也没有。一轮以后生成器用完了？每次调用都要开始新的一轮。")
        for batch in batches:
            x, y = _batch_for_model(
                batch, len(_several(batch, 2, "每一批是 (图片, 标签)，")[1]), np.int64
            )
            rows = (x[:, 0, 0, 0] / 784).astype(int)
            _must(_same(x.reshape(-1, 784), images[rows]), "图片的内容变了。")
            _must(_same(y[:, 0], labels[rows]), "图片和标签对不上了：两者要用同一串序号。")
        sizes = [len(y) for _, y in batches]
        _must(
            sizes == [5, 5, 5, 5, 3],
            f"23 个样本，每批 5 个，应该是 5、5、5、5、3，你的是 {sizes}。",
        )
        return [int(row) for x, _ in batches for row in x[:, 0, 0, 0] / 784]

    def epochs(seed):
        reader = _run(answer, images, labels, 5, seed)
        _must(
            not hasattr(reader, "__next__"),
            "返回的是生成器，只能走一轮。要返回函数：每次调用它，开始新的一轮。",
        )
        _must(callable(reader), f"应该返回一个函数，你返回的是 {_shown(reader)}。")
        return [epoch(reader) for _ in range(3)]

    first, second, third = found = epochs(1)
    for order in found:
        _must(sorted(order) == list(range(23)), "一轮里，每个样本应该恰好出现一次。")
    _must(first != sorted(first), "没有打乱。")
    _must(
        first != second != third,
        "每一轮的顺序都相同：随机数生成器在 reader 外面造一次，每一轮用它重新打乱。",
    )
    _must(epochs(1) == found, "同一个种子，两次的结果应该相同。")
    _must(epochs(2) != found, "换一个种子，顺序应该不同：seed 用上了吗？")


def _judge_scores(scores, truth, losses):
    """Raise a hint unless the scores of new images are good and of the kind the losses say."""
    share = (scores.argmax(axis=1) == truth).mean()
    _must(
        share > 0.15,
        f"没见过的图片只答对了 {share:.0%}，和瞎猜差不多：参数更新了吗？损失下降了吗？",
    )
    _must(
        share > 0.5,
        f"没见过的图片只答对了 {share:.0%}。学得太慢：学习率大一些；损失要用交叉熵。",
    )
    if not np.allclose(scores.sum(axis=1), 1, atol=1e-4) or scores.min() < 0:
        return
    # These are probabilities: was their softmax taken once more for the loss?
    chance, said = scores[np.arange(len(truth)), truth], np.mean(losses[-30:])
    once = -np.log(chance).mean()
    twice = (np.log(np.exp(scores).sum(axis=1)) - chance).mean()
    _must(
        abs(said - once) < abs(said - twice),
        "softmax 做了两遍：cross_entropy 自己会做，网络的最后不要再做。",
    )


def _project_fit(answer):
    import paddle

    from exercises.project import new_digits

    images, labels = new_digits(2000, seed=13)
    images, labels = images.reshape(-1, 1, 28, 28), labels.reshape(-1, 1)
    epochs = []

    def reader():
        epochs.append(0)
        for start in range(0, 1500, 50):
            epochs[-1] += 1
            yield images[start : start + 50], labels[start : start + 50]

    for count in (8, 3):
        epochs.clear()
        model, losses = _several(_run(answer, reader, count), 2, "应该返回 (网络, 损失)，")
        if model is ... or losses is ...:
            raise _NotDone
        _must(isinstance(model, paddle.nn.Layer), f"先返回网络，你返回的是 {_shown(model)}。")
        _must(epochs, "没有用 reader：每一轮，调用它一次，把它交出的批次都训练一遍。")
        _must(
            sum(epochs) == 30 * count,
            f"epochs={count} 时，应该训练 {30 * count} 批，你训练了 {sum(epochs)} 批。"
            "每一轮都要重新调用 reader()，有几轮由 epochs 决定。",
        )
        losses = _items(losses)
        _must(len(losses) == sum(epochs), f"训练了 {sum(epochs)} 批，损失却有 {len(losses)} 个。")
        _must(
            all(isinstance(loss, float) for loss in losses),
            "损失应该是 Python 的小数：用 float(loss)，不然计算图会越积越多。",
        )
        with _learners_code():
            scores = model(paddle.to_tensor(images[1500:])).numpy()
        _must(
            scores.shape == (500, 10),
            f"500 张图片，回答的形状应该是 (500, 10)，每个数字一个分数，你的是 {scores.shape}。",
        )
        if count == 8:
            _judge_scores(scores, labels[1500:, 0], losses)

    def blank_at_last():
        yield images[:50], labels[:50]
        yield np.zeros_like(images[:50]), labels[:50]

    model, _ = _run(answer, blank_at_last, 1)
    weight = next(each for each in model.parameters() if each.ndim > 1)
    # Images without ink give no gradient to the weights: what is there is an earlier batch's.
    _must(
        weight.grad is None or not weight.grad.numpy().any(),
        "每一步都带着从前各步的梯度：更新以后没有清空（clear_grad）。",
    )


CHECKS = {
    "10.1": _project_read,
    "10.2": _project_split,
    "10.3": _project_faults,
    "10.4": _project_reader,
    "10.5": _project_fit,
}
