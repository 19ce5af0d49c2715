"""The checks of the chapters that have no file of their own yet: to be moved there."""

import contextlib
import itertools
import sysconfig
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


def _two_sets(result):
    """Return the pairs ``(images, labels)`` of a training and a validation set as arrays."""
    what = "应该返回 (训练集, 验证集)，"
    for part in _several(result, 2, what):
        if any(array is ... for array in _several(part, 2, f"{what}每个是一对（图片，标签）。")):
            raise _NotDone
    return [(np.asarray(images), np.asarray(labels)) for images, labels in result]


def _subset(images, labels, pixels):
    """Raise a hint unless arrays are the images and labels of a subset."""
    _must(images.ndim > 1 or labels.ndim == 1, "顺序反了：先图片，后标签。")
    _must(images.shape[1:] == (pixels,), f"图片的形状不对：{images.shape}。每张图片还是一行。")
    _must(labels.ndim == 1, "每个子集是一对（图片，标签），你的第二个不是标签。")
    _must(len(images) == len(labels), "图片和标签的个数不同。")


def _split(answer):
    labels = np.arange(40) // 4
    images = np.arange(40)[:, None] * np.ones((1, 5))
    (x, y), (vx, vy) = _two_sets(_run(answer, images, labels, 8, 3))
    for part, other in [(x, y), (vx, vy)]:
        _subset(part, other, pixels=5)
        _must(
            len(set(part[:, 0])) == len(part),
            "有的样本在一个子集里出现了两次。排列里每个序号恰好一次，随机抽取就不是。",
        )
    _must((len(vx), len(x)) != (32, 8), "训练集和验证集的顺序反了：先训练集，后验证集。")
    _must(len(vx) == 8, f"验证集应该有 8 个样本，你的有 {len(vx)} 个。")
    both = set(x[:, 0]) & set(vx[:, 0])
    _must(not both, "有的样本既在训练集又在验证集里：划给验证集以后，训练集里就不能再有。")
    _must(len(x) == 32, f"一共 40 个样本，验证集 8 个，训练集应该有 32 个，你的有 {len(x)} 个。")
    _must(
        np.array_equal(y, x[:, 0] // 4) and np.array_equal(vy, vx[:, 0] // 4),
        "图片和标签对不上了：两者要用同一串打乱的序号。",
    )
    _must(
        not np.array_equal(np.sort(vx[:, 0]), np.arange(32, 40))
        and not np.array_equal(np.sort(vx[:, 0]), np.arange(8)),
        "没有打乱：这里的样本按标签排好了序，验证集里只有两种数字。",
    )
    again = _two_sets(_run(answer, images, labels, 8, 3))
    other = _two_sets(_run(answer, images, labels, 8, 4))
    _must(np.array_equal(again[1][0], vx), "同一个种子，两次的划分应该相同。")
    _must(not np.array_equal(other[1][0], vx), "换一个种子，划分应该不同：seed 用上了吗？")


def _leaked(answer):
    rng = np.random.default_rng(2)
    train = rng.random((30, 6))
    test = rng.random((12, 6))
    train[:, [0, -1]] = test[:, [0, -1]] = 0  # a border, as in MNIST
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
            "只要有一个像素相同就算了（`x in images` 也是这样）；要全部像素都相同。": list(
                range(12)
            ),
        },
        f"测试集里的这些序号不对：{found[:5]}。",
    )


def _count(answer):
    for n, size in [(103, 10), (60, 12), (5, 8), (7, 7), (1000, 33)]:
        found = _several(_run(answer, n, size), 2, "应该返回两个数：几批，最后一批有几个。")
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
                "批数是整数：/ 得到小数，// 得到整数。": (n / size, n % size),
                "没有数余下的那一批。": (whole, size),
                "最后一批不是满的：只有余下的那些。": (right[0], size),
            },
            f"n={n}，batch_size={size} 时，{_wrong_part(found, right, ['批数', '最后一批'])}不对。",
        )


def _batches(answer):
    for n, size, drop in [(10, 4, False), (10, 4, True), (12, 4, False), (12, 4, True)]:
        labels = np.arange(n) + 100
        images = labels[:, None] * np.ones(3)
        found = _items(_generator(_run(answer, images, labels, size, drop)))
        case = f"{n} 个样本，batch_size={size}，drop_last={drop}"
        _must(found, f"{case} 时，一批也没有交出来。")
        for batch in found:
            _must(
                isinstance(batch, (tuple, list)) and len(batch) == 2,
                "每一批应该是一对（图片，标签）。",
            )
            for array, shape in zip(batch, [(3,), ()], strict=True):
                _must(
                    isinstance(array, np.ndarray) and array.shape[1:] == shape,
                    "一批是原来的图片 [B, 像素] 和标签 [B]：先图片，后标签，都用切片取。",
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
            f"{case} 时，样本的顺序或者个数不对：下一批从哪里开始？",
        )


def _own_memory(answer):
    images = np.random.default_rng(3).random((9, 4)).astype(np.float32)
    right = [images[0:4], images[4:8], images[8:9]]
    watched = images.copy()
    with _learners_code():
        result = answer(watched, 4)  # not a copy: see the last check
    found = _items(_result(result))
    _must(
        all(isinstance(batch, np.ndarray) and batch.ndim == 2 for batch in found),
        "每一批应该是一个数组 [B, 像素]。",
    )
    _must(len(found) == 3, f"9 张图片，每批 4 张，应该有 3 批，你的有 {len(found)} 批。")
    _must(
        [len(batch) for batch in found] == [4, 4, 1],
        f"各批应该有 4、4、1 张，你的是 {[len(batch) for batch in found]}。",
    )
    if not _same(found, right) and np.shares_memory(found[0], found[1]):
        raise _NotDone("收进列表以后，前面的批次被后面的改掉了，和原来的代码一样。")
    _must(_same(found, right), "批次里的图片不对。")
    _must(
        all(batch.dtype == images.dtype for batch in found),
        f"图片的类型变成了 {found[0].dtype}，应该还是 {images.dtype}。",
    )
    _must(
        not any(np.shares_memory(batch, watched) for batch in found),
        "切片不是复制：批次和数据集用同一块内存，改了批次，数据集也跟着变。",
    )


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


def _for_model(answer):
    for count in (6, 4):
        images = np.random.default_rng(4).random((count, 784))
        labels = np.array([3, 1, 4, 1, 5, 9])[:count]
        x, y = _batch_for_model(_run(answer, images, labels), count)
        _must(_same(x.reshape(count, 784), images.astype(np.float32)), "图片的内容变了。")
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
    images = np.random.default_rng(6).integers(0, 3, (8, 784)) * 0.4
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
    before = "还是用 assert，和原来的代码一样：python -O 会把它跳过。"

    def outcome(labels):
        try:
            result = answer(np.array(labels))
        except ValueError as error:
            return error
        except AssertionError:
            raise _NotDone(before) from None
        except Exception as error:
            raise _Hint(f"应该抛出 ValueError，你抛出的是 {type(error).__name__}。") from None
        _must(not isinstance(result, Exception), "错误造好了，却用 return 返回：换成 raise。")

    bad = [
        outcome([3, 1, 12, 5]),
        outcome([0, 9, 5, 5, -1, 3, 77]),
        outcome([10]),
        outcome([1, 2.5]),
    ]
    good = [outcome([0, 9, 5]), outcome([7])]
    if not __debug__ and not any(bad):
        raise _NotDone(before)  # under -O nothing is left of an assert
    _must(
        not good[1],
        "标签是 7，也报错了。数组里的整数不是 Python 的 int，isinstance(label, int) 认不出来。",
    )
    _must(not good[0], "好的标签也报错了：0 和 9 都是好的。")
    _must(
        any(bad),
        "标签里有 12，却没有抛出 ValueError。返回一个值不够，调用的人会忘了看；要用 raise。",
    )
    for error, value in zip(bad, (12, -1, 10, 2.5), strict=True):
        _must(error, f"标签里有 {value}，却没有抛出 ValueError。")
    _must(
        "2" in str(bad[0]).replace("12", ""),
        "错误里没有说是第几个标签，或者序号不对（从 0 数起）。",
    )
    _must("12" in str(bad[0]), "错误里没有说找到的是什么值。")
    _must(
        "4" in str(bad[1]) and "-1" in str(bad[1]),
        "错误里的序号或者值不对：有几个坏标签时，说第一个坏的。",
    )


def _mislabelled(answer):
    for seed, wrong, dark in [(9, 18, 5), (10, 7, 22)]:
        rng = np.random.default_rng(seed)
        shapes = rng.random((4, 30))
        labels = np.arange(32) % 4
        images = shapes[labels] + rng.normal(0, 0.05, (32, 30))
        images[dark] *= 2.5  # much ink, and the right label
        labels[wrong] = (labels[wrong] + 1) % 4
        found = _run(answer, images, labels)
        if hasattr(found, "__len__") and np.ndim(found):
            raise _Hint("只有一个标签错了，返回它的序号就好，是一个数。")
        _judge(
            _number(found),
            wrong,
            {
                "它离平均的图片最远，因为墨迹特别浓，标签却没有错。"
                "要和它自己标签的平均图片比，也要和别的标签的比。": dark,
                "返回的是标签，不是序号。": labels[wrong],
                "这是最像自己标签的一张，要找的是最不像的。": _closest(images, labels),
                "序号差了一：第一张是第 0 张。": wrong + 1,
            },
            "不是这一张。一张图片标签错了，它就更像别的标签的平均图片。",
        )


def _closest(images, labels):
    """Return the row that is closest to the mean of its label."""
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(4)])
    return int(((images - means[labels]) ** 2).sum(axis=1).argmin())


def _accuracy(answer):
    both = np.array(
        [
            [6.7, 2.4, 8.7, 9.8, -0.8, 5.2, 3.6, 1.1, 3.3, 0.4, 6, 2],
            [7, 2, 9, 9, 0, 4, 4, 1, 3, 0, 7, 2],
        ],
        np.float32,
    )
    for count in (12, 10):
        guesses, labels = both[:, :count, None]
        inside = guesses.clip(0, 9)
        right = (inside.round() == labels).mean()
        mistakes = {
            "超出 0 到 9 的回答要先收回来：9.8 应该算 9。": (guesses.round() == labels).mean(),
            "小于 0 的回答也要收回来：-0.8 应该算 0。": (
                guesses.clip(max=9).round() == labels
            ).mean(),
            "int 和 astype 是去掉小数，不是四舍五入：8.7 会变成 8。": (
                inside.astype(int) == labels
            ).mean(),
            "每个回答和每个标签都比了一遍：两边的形状要相同。": (
                inside.round() == labels.ravel()
            ).mean(),
            "这是答对的个数，要的是占几分之几。": right * count,
            "这是百分之几；占几分之几不用乘 100。": right * 100,
            "这是答错的占几分之几。": 1 - right,
        }
        found = _number(_run(answer, guesses, labels))
        _judge(
            round(found, 6),
            round(float(right), 6),
            {hint: round(float(wrong), 6) for hint, wrong in mistakes.items()},
            f"你的结果是 {found:g}，不对。先收回到 0 到 9，再四舍五入，再和标签比。",
        )


def _confusion(answer):
    rng = np.random.default_rng(5)
    truth, guesses = rng.integers(0, 10, 60), rng.integers(0, 10, 60)
    guesses[:20] = truth[:20]
    right = np.zeros((10, 10), int)
    np.add.at(right, (truth, guesses), 1)
    found = np.asarray(_run(answer, truth, guesses))
    _must(found.shape == (10, 10), f"表的形状应该是 (10, 10)，你的是 {found.shape}。")
    _judge(
        found,
        right,
        {
            "行和列反了：行是真正的数字，列是被认成的数字。": right.T,
            "同一格出现几次，只数了一次：table[truth, guesses] += 1 不会累加。": right > 0,
            "这是占几分之几，要的是张数。": right / right.sum(),
            "这是占这一行的几分之几，要的是张数。": right / right.sum(axis=1, keepdims=True),
            "对角线上的也要数：认对了的是第 i 行第 i 列。": right - np.diag(np.diag(right)),
            "表还是空的。": 0 * right,
        },
        f"表里一共应该有 60 张，你的有 {found.sum()} 张；或者放错了格子。",
    )


def _one_step(answer):
    import paddle

    from mnist_course.model import linear_network

    rng = np.random.default_rng(3)
    batches = [
        (rng.random((8, 1, 28, 28), np.float32), rng.integers(0, 10, (8, 1)).astype(np.float32))
        for _ in range(3)
    ]

    def weights_after(step):
        model = linear_network(seed=1)
        optimizer = paddle.optimizer.SGD(0.0005, parameters=model.parameters())
        weights, losses = [], []
        for images, labels in batches:
            with _learners_code():
                loss = step(model, optimizer, paddle.to_tensor(images), paddle.to_tensor(labels))
            losses.append(loss)
            weights.append(model[1].weight.numpy().copy())
        return weights, losses

    def variant(order):
        def step(model, optimizer, images, labels):
            loss = ((model(images) - labels) ** 2).mean()
            actions = {"b": loss.backward, "s": optimizer.step, "c": optimizer.clear_grad}
            for name in order:
                actions[name]()
            return float(loss)

        return weights_after(step)

    def broadcast(model, optimizer, images, labels):
        ((model(images) - labels.flatten()) ** 2).mean().backward()
        optimizer.step()
        optimizer.clear_grad()

    def equal(one, other):
        return all(np.allclose(a, b, atol=1e-6) for a, b in zip(one, other, strict=True))

    (right, right_losses), start = variant("bsc"), linear_network(seed=1)[1].weight.numpy()
    found, losses = weights_after(answer)
    if any(loss is ... for loss in losses):
        raise _NotDone
    if equal(found, variant("bs")[0]):
        raise _NotDone("第二步带着第一步的梯度，和原来的代码一样。")
    _must(
        not equal(found, [start] * 3),
        "参数一点也没有变：是不是先清空了梯度，再更新参数？或者没有更新？",
    )
    _must(
        not _same(found[0], start),
        "第一步以后参数没有变：先反向传播，才有梯度可以用来更新参数。",
    )
    _must(
        not equal(found, weights_after(broadcast)[0]),
        "参数更新得不对：标签的形状变了，和回答 [B, 1] 相减时广播成了 [B, B]。",
    )
    _must(equal(found, right), "参数更新得不对。损失是平方误差的平均，更新只做一次。")
    _must(losses[0] is not None, "没有返回损失。")
    _must(
        not isinstance(losses[0], paddle.Tensor),
        "返回的是张量，它还连着整张计算图，收进列表会越积越多：用 float(loss) 变成一个数。",
    )
    _must(
        isinstance(losses[0], float),
        f"应该返回 Python 的小数，你返回的是 {type(losses[0]).__name__}：用 float(loss)。",
    )
    _must(np.allclose(losses, right_losses, rtol=1e-4), "返回的损失不对：要的是更新之前的。")


def _diagnose(answer):
    def curve(begin, end, seed, speed=40):
        steps = np.arange(300)
        noise = np.random.default_rng(seed).normal(1, 0.08, 300)
        return (end + (begin - end) * np.exp(-steps / speed)) * noise

    cases = [
        ("正常", curve(30, 4, 1)),
        ("没有学", curve(30, 30, 2)),
        ("发散", curve(30, 30, 3) * np.exp(np.arange(300) / 30)),
        ("正常", curve(2.3, 0.4, 4)),
        ("没有学", curve(2.3, 2.3, 5)),
        ("发散", np.where(np.arange(300) < 40, curve(30, 9, 6), np.nan)),
        ("正常", curve(900, 8, 7, speed=15)),
        ("没有学", np.append(curve(30, 30, 8), 12)),
        ("正常", np.append(curve(30, 4, 9), 45)),
    ]
    found = [_run(answer, losses.tolist()) for _, losses in cases]
    names = ["正常", "没有学", "发散"]
    _each_of(found, names)
    _must(len(set(found)) > 1, f"对每一条曲线都说“{found[0]}”。看一看曲线的开头和末尾。")
    _must(
        found[5] == "发散",
        "有一条曲线后来变成了 NaN，你没有说它发散。NaN 和任何数比较都是假：用 np.isnan。",
    )
    _must(
        [found[0], found[2], found[6]] == ["正常", "发散", "正常"] or found[3] == found[4],
        "有的曲线看错了：比较开头和末尾各一段的平均。",
    )
    _must(
        found[3] == "正常" and found[4] == "没有学",
        "有的曲线从 2.3 开始：不要和一个固定的数比，要和它自己的开头比。",
    )
    _must(
        [name for name, _ in cases] == found,
        "有的曲线看错了：一个点有高有低，比较开头和末尾各一段的平均。",
    )


@contextlib.contextmanager
def _silent_threads():
    """Keep threads from printing their errors: the learner is told of them in another way."""
    shown = threading.excepthook
    threading.excepthook = lambda error: None
    try:
        yield
    finally:
        threading.excepthook = shown


def _distributed(answer):
    for n, size, ranks in [(103, 5, 4), (60, 10, 3), (50, 7, 2), (11, 2, 5)]:
        found = _several(
            _run(answer, n, size, ranks),
            3,
            "应该返回三个数：一步一共用几个样本，一轮有几步，有几个样本被读两次。",
        )
        each = -(-n // ranks)
        right = (size * ranks, -(-each // size), each * ranks - n)
        _judge(
            found,
            right,
            {
                "batch_size 是每个进程的：一步里，每个进程都用一批。": (size, *right[1:]),
                "不能平分的时候，会重复几个样本，使每个进程的一样多。": (*right[:2], 0),
                "被读两次的，是补上的那几个，不是余下的那几个。": (*right[:2], n % ranks),
                "每个进程只读自己的一片，不是全部。": (right[0], -(-n // size), right[2]),
                "不满的最后一批也是一步。": (right[0], each // size, right[2]),
            },
            f"n={n}，batch_size={size}，{ranks} 个进程时，"
            f"{_wrong_part(found, right, ['一步的样本', '步数', '读两次的样本'])}不对。"
            "先算每个进程有几个样本。",
        )


def _shard(answer):
    for n, ranks in [(12, 3), (13, 2), (10, 4)]:
        order = 100 + np.random.default_rng(n).permutation(n)
        parts = [_rows(_run(answer, order, rank, ranks), "每一片") for rank in range(ranks)]
        case = f"{n} 个样本，{ranks} 个进程时"
        _must(len(set(map(tuple, parts))) > 1, "每个进程的都相同：编号 rank 用上了吗？")
        lengths, read = [len(part) for part in parts], sum(parts, [])
        _must(
            set(read) <= set(order),
            f"{case}，有的序号不在 order 里。要的是 order 里的数，不是它们的位置。",
        )
        _must(
            set(read) == set(order),
            f"{case}，有的样本谁也没有读。不能平分的时候，余下的也要有人读。",
        )
        _must(
            len(set(lengths)) == 1,
            f"{case}，各片有 {lengths} 个，不一样多：先读完的进程会让别的进程一直等。",
        )
        _must(
            lengths[0] == -(-n // ranks),
            f"{case}，每片有 {lengths[0]} 个，太多了：只补到能平分为止。",
        )
        padded = [*order, *order[: -n % ranks]]
        _must(
            sorted(read) == sorted(padded),
            f"{case}，重复的不是 order 开头的几个。",
        )
        for part in parts:
            rest = iter(padded)
            _must(
                all(row in rest for row in part),
                "各片里的顺序和 order 的不一样：打乱了的，不要再排好。",
            )


def _epoch_order(answer):
    def order(seed, epoch):
        return _rows(_run(answer, 15, seed, epoch), "结果")

    first = order(3, 4)
    _must(sorted(first) == list(range(15)), "结果应该是 0 到 n - 1 的排列。")
    _must(first != sorted(first), "没有打乱。")
    _must(
        order(3, 4) == first,
        "同样的 seed 和 epoch，两次的结果应该相同：中断以后才能从这一轮继续。",
    )
    _must(order(3, 5) != first, "换一轮，顺序应该不同：epoch 用上了吗？")
    _must(order(8, 4) != first, "换一个种子，顺序应该不同：seed 用上了吗？")
    known = {}
    for pair in itertools.product([0, 1, 2, 3, 10, 11, 100], repeat=2):
        same = known.setdefault(tuple(order(*pair)), pair)
        _must(
            same == pair,
            f"(seed, epoch) 是 {same} 和 {pair} 时，顺序相同：两个数合成一个，就分不清谁是谁了。",
        )


def _my_part(answer):
    for count, workers in [(7, 2), (23, 5), (3, 4), (12, 3)]:
        parts = [_rows(_run(answer, count, w, workers), "每一段") for w in range(workers)]
        case = f"{count} 个样本，{workers} 个工作进程时"
        read = sum(parts, [])
        _must(len(set(read)) == len(read), f"{case}，有的样本读了两次。")
        _must(set(read) <= set(range(count)), f"{case}，有的序号超出了 0 到 {count - 1}。")
        _must(set(read) == set(range(count)), f"{case}，有的样本谁也没有读。")
        _must(
            all(part == list(range(part[0], part[-1] + 1)) for part in parts if part),
            f"{case}，有的不是连续的一段。",
        )
        lengths = [len(part) for part in parts]
        _must(
            max(lengths) - min(lengths) <= 1,
            f"{case}，各段有 {lengths} 个，长短差得太多：最多差一个。",
        )


def _collate(answer):
    for count in (5, 2):
        grey = np.random.default_rng(count).integers(0, 256, (count, 28, 28)).astype(np.uint8)
        labels = [3, 1, 4, 1, 5][:count]
        x, y = _batch_for_model(_run(answer, list(zip(grey, labels, strict=True))), count)
        _must(x.max() <= 1, "图片的灰度值没有除以 256。")
        _must(_same(x[:, 0] * 256, grey), "图片的内容不对：灰度值除以 256，不是别的数。")
        _must(_same(y[:, 0], labels), "标签的值变了。")


def _augmented(answer):
    image = np.random.default_rng(4).random((28, 28))

    def move(seed, epoch, index):
        """Return by how many pixels the answer moves the image."""
        found = _run(answer, image, seed, epoch, index)
        for pixels in range(-13, 15):
            if _same(found, np.roll(image, pixels, axis=1)):
                return pixels
            _must(
                not _same(found, np.roll(image, pixels, axis=0)),
                "上下移动了，要的是左右：看看 axis。",
            )
        raise _Hint("图片不是左右移动的结果。")

    def moves_of(seed, epoch):
        return [move(seed, epoch, index) for index in range(60)]

    first, second = moves_of(3, 0), moves_of(3, 1)
    _must(
        move(3, 0, 0) == first[0] and move(3, 1, 7) == second[7],
        "同样的 seed、epoch 和 index，两次的结果应该相同。",
    )
    _must(len(set(first)) > 1, "一轮里，每个样本的移动都相同：index 用上了吗？")
    _must(first != second, "每一轮的移动都相同：epoch 用上了吗？")
    moves = set(first + second)
    _must(max(moves) <= 2 and min(moves) >= -2, "移动得太远，最多 2 个像素。")
    _must(
        len(moves) == 5,
        "从来没有移动 2 个像素，或者少了别的：integers(a, b) 给出 a 到 b - 1。",
    )
    _must(
        moves_of(8, 0) != first,
        "换一个种子，移动应该不同：seed 用上了吗？",
    )
    runs = [first, second, moves_of(1, 3), moves_of(4, 0), moves_of(2, 2)]
    for one, other in itertools.permutations(runs, 2):
        _must(
            all(one[shift:] != other[: 60 - shift] for shift in range(31)),
            "不同的 seed、epoch 和 index，有的得到同一串移动：几个数合成一个，就分不清谁是谁了。",
        )


def _per_sample(answer):
    for seconds, batches, size in [(0.018, 500, 100), (2.4, 300, 64)]:
        right = seconds / batches / size * 1e6
        mistakes = {
            "这是每一批的：一批有许多个样本。": right * size,
            "这是秒：还要换成微秒。": right / 1e6,
            "这是毫秒：1 毫秒是 1,000 微秒。": right / 1e3,
            "这是每秒几个样本，反过来了。": 1e6 / right,
            "不要取整：一个样本可能不到 1 微秒。": int(right),
            "批次里有几个样本，用上了；有几批呢？": right * batches,
        }
        found = _number(_run(answer, seconds, batches, size))
        _judge(
            f"{found:.4g}",
            f"{right:.4g}",
            {hint: f"{wrong:.4g}" for hint, wrong in mistakes.items()},
            f"{seconds} 秒，{batches} 批，每批 {size} 个时，你的结果是 {found:g}，不对。",
        )


def _measure(answer):
    now, order, looked = [100.0], [], []

    def clock():
        looked.append(1)
        return now[0]

    def way(name, seconds):
        def run():
            order.append(name)
            now[0] += seconds * (1 + len(order))  # the machine gets slower and slower

        return run

    ways = {"甲": way("甲", 1), "乙": way("乙", 4)}
    found = _run(answer, ways, 3, clock)
    _must(
        isinstance(found, dict) and set(found) == set(ways),
        f"应该返回字典，名字和 ways 的相同，你返回的是 {_shown(found)}。",
    )
    _must(order, "做法没有运行：调用函数，后面要有括号。")
    _must(len(order) == 6, f"两种做法各量 3 次，应该运行 6 次，你的运行了 {len(order)} 次。")
    _must(
        all(isinstance(times, list) and len(times) == 3 for times in found.values()),
        f"名字对应的应该是各次的时间排成列表，一共 3 个，你的是 {_shown(found)}。",
    )
    _must(looked, "没有用 clock：看时间，要调用传进来的 clock()。")
    if order[0] == order[1]:
        raise _NotDone("一种做法量完，才量下一种，和原来的代码一样。")
    _must(order[2:4] != order[:1] * 2, "没有轮流：量完一遍，再从头量第二遍。")
    right = {
        name: [{"甲": 1, "乙": 4}[name] * (2 + i) for i, n in enumerate(order) if n == name]
        for name in ways
    }
    _judge(
        [found["甲"], found["乙"]],
        [right["甲"], right["乙"]],
        {
            "名字和时间对调了。": [right["乙"], right["甲"]],
            "时间是负的：结束减去开始。": [[-t for t in right[name]] for name in ways],
            "没有把运行量进去：记下开始，运行，再看时间。": [[0] * 3] * 2,
        },
        "时间不对：每次量之前都要重新记下开始的时间，运行完就看时间，不要包括别的做法。",
    )


def _compare(answer):
    cases = {
        "快": [([3, 5, 4], [6, 9, 7]), ([1.0], [1.1, 1.2])],
        "慢": [([6, 9, 7], [3, 5, 4]), ([30, 20], [10, 19])],
        "看不出": [
            ([3, 8, 4], [5, 9, 6]),
            ([5, 9, 6], [3, 8, 4]),
            ([2, 3], [1, 9]),
            ([1, 2, 9], [3, 4, 6]),
            ([1, 3], [3, 4]),
        ],
    }
    found = {right: [_run(answer, *case) for case in each] for right, each in cases.items()}
    _each_of(sum(found.values(), []), list(cases))
    _must(len({*sum(found.values(), [])}) > 1, f"总是说“{found['快'][0]}”。")
    _must("慢" not in found["快"] and "快" not in found["慢"], "反了：时间短才是快。")
    _judge(
        found["看不出"],
        ["看不出"] * 5,
        {
            "时间有重叠的时候，只比了各自最短的一次。": ["快", "慢", "慢", "快", "快"],
            "时间有重叠的时候，只比了各自最长的一次。": ["快", "慢", "快", "慢", "快"],
            "我们最长的和他们最短的一样长，也算重叠：要短，才算快。": ["看不出"] * 4 + ["快"],
        },
        "有的时间有重叠，你却说快或者慢。中位数（或者平均）不同，不等于快。",
    )
    _must(found["快"] == ["快"] * 2 and found["慢"] == ["慢"] * 2, "没有重叠的，就看得出。")


CHECKS = {
    "2.1": _share,
    "2.2": _split,
    "2.3": _leaked,
    "5.1": _count,
    "5.2": _batches,
    "5.3": _own_memory,
    "5.4": _for_model,
    "6.1": _difference_shape,
    "6.2": _blank,
    "6.3": _check_labels,
    "6.4": _mislabelled,
    "7.1": _accuracy,
    "7.2": _confusion,
    "7.3": _one_step,
    "7.4": _diagnose,
    "9.1": _distributed,
    "9.2": _shard,
    "9.3": _epoch_order,
    "D.1": _my_part,
    "D.2": _collate,
    "D.3": _augmented,
    "S.1": _per_sample,
    "S.2": _measure,
    "S.3": _compare,
}
