"""Wrong answers to exercises beside those in exercises/*.md, and what a learner reads of each.

They are right but for what one part of a check looks at.
"""

import itertools

import numpy as np

from exercises.source import find, function


def but(number, change):
    """Return the solution of an exercise with its result changed."""
    exercise, _ = find(number)
    return lambda *given: change(function(exercise, exercise.solution)(*given))


def multiplier(factor):
    """Change an array in place."""

    def inner(value):
        if not isinstance(value, np.ndarray):
            return factor * value
        value *= factor
        return value

    return inner


def fewer_labels(sets):
    """Leave out a label of the training set."""
    (images, labels), val = sets
    return (images, labels[:-1]), val


def drawn(n, epochs, seed):
    """Draw row numbers, some twice."""
    for epoch in range(epochs):
        yield np.random.default_rng([seed, epoch]).integers(0, n, n)


def rolled(n, epochs, seed):
    """Move all row numbers by as many places."""
    for epoch in range(epochs):
        yield np.roll(np.arange(n), seed + epoch + 1)


def first_as_it_was(n, epochs, seed):
    """Begin to shuffle with the second epoch."""
    for epoch in range(epochs):
        yield np.random.default_rng([seed, epoch]).permutation(n) if epoch else np.arange(n)


def one_memory(images, batch_size):
    """Write each batch over the one before."""
    memory = images[:batch_size].copy()
    for start in range(0, len(images), batch_size):
        batch = memory[: len(images) - start]
        batch[:] = images[start : start + batch_size]
        yield batch


def fails_in_the_end(batches):
    """Raise an error where there was none."""
    yield from batches
    raise ValueError("坏")


def without_the_last(batches):
    """Leave out the last of 30 batches."""
    yield from itertools.islice(batches, 29)


def without_a_thread(reader, capacity):
    """Read ahead in the caller's own thread."""
    window = []
    for batch in reader():
        window.append(batch)
        if len(window) > capacity:
            yield window.pop(0)
    yield from window


def without_a_seed(n, batch_size, seed, start, epochs):
    """Shuffle in another way each time."""
    for _ in range(start[0], epochs):
        order = np.random.default_rng().permutation(n)
        yield from (order[i : i + batch_size] for i in range(0, n, batch_size))


def sets(change):
    """Return a project's split that changes its sets."""
    return but("10.2", lambda found: [change(*one) for one in found])


def split_without_a_seed(images, labels, seed):
    """Split in another way each time."""
    return but("10.2", list)(images, labels, np.random.SeedSequence().entropy)


def batches(change):
    """Return a project's reader that changes its batches."""
    return but("10.4", lambda reader: lambda: (change(*batch) for batch in reader()))


def shuffled_without_a_seed(images, labels, batch_size, seed):
    """Let each reader have another order."""
    reader = but("10.4", lambda reader: reader)
    return reader(images, labels, batch_size, np.random.SeedSequence().entropy)


def without_reader(reader, epochs):
    """Train on nothing."""
    from mnist_course.model import linear_network

    return linear_network(outputs=10, seed=0), []


def changes_what_it_trains_on(reader, epochs):
    """Leave a trace in each batch."""

    def traced():
        for images, labels in reader():
            images[0, 0, 0, 0] += 1e-3
            yield images, labels

    return but("10.5", lambda found: found)(traced, epochs)


def tensors(found):
    """Make tensors of the losses."""
    from mnist_course.model import paddle

    model, losses = found
    return model, [paddle.to_tensor(loss) for loss in losses]


# By the exercise's number: what is said, and the answer.
MISTAKES = {
    "0.2": [("里面的函数改动了收到的数组", multiplier)],
    "1.2": [
        ("应该交出一段一段的文本", but("1.2", lambda rows: (row.encode() for row in rows))),
        ("一行也没有交出来", lambda pieces: iter(())),
    ],
    "2.2": [("图片和标签的个数不同", but("2.2", fewer_labels))],
    "4.1": [("n=23 时应该有 23 个序号，你的有 22 个", but("4.1", lambda order: order[:-1]))],
    "4.2": [
        ("没有打乱，还是原来的顺序", lambda images, labels, seed: (images, labels)),
        ("有的图片不是原来的了", but("4.2", lambda pair: (pair[0][:, ::-1], pair[1]))),
    ],
    "4.3": [
        ("第 0 轮不是 0 到 11 的排列", drawn),
        ("有一轮没有打乱，还是原来的顺序", first_as_it_was),
        ("顺序相同", rolled),
    ],
    "5.3": [("还不对", one_memory)],
    "7.5": [("没有用 train，或者没有用 validate", lambda *_: 0)],
    "8.3": [("读取没有出错，你却抛出了错误", but("8.3", fails_in_the_end))],
    "8.4": [
        ("读取器交出 30 批，你交出了 29 批", but("8.4", without_the_last)),
        ("还不对", without_a_thread),
    ],
    "9.3": [("n=15 时应该有 15 个序号，你的有 14 个", but("9.3", lambda order: order[:-1]))],
    "9.5": [("同一个种子，两次的结果应该相同", without_a_seed)],
    "10.1": [
        ("标签的类型应该是 int64，你的是 int32", but("10.1", lambda p: (p[0], p[1].astype("i4"))))
    ],
    "10.2": [
        ("训练集的图片应该是 (N, 784)", sets(lambda x, y: (x.reshape(-1, 28, 28), y))),
        ("训练集的图片有 67 张，标签有 66 个", sets(lambda x, y: (x, y[1:]))),
        ("训练集的图片应该还是 float32", sets(lambda x, y: (x.astype(float), y))),
        ("训练集里有的图片不是传进来的", sets(lambda x, y: (x / 2, y))),
        ("同一个种子，两次划分的结果应该相同", split_without_a_seed),
    ],
    "10.3": [("返回了不存在的序号", but("10.3", lambda rows: [*rows, 1000]))],
    "10.4": [
        ("图片的形状应该是 [B, 1, 28, 28]", batches(lambda x, y: (x[:, 0], y))),
        ("图片应该还是 float32", batches(lambda x, y: (x.astype(float), y))),
        ("标签应该还是整数", batches(lambda x, y: (x, y.astype(float)))),
        ("有的图片变了", batches(lambda x, y: (x.swapaxes(2, 3), y))),
        ("同一个种子，各轮的顺序应该和上一次相同", shuffled_without_a_seed),
    ],
    "10.5": [
        ("没有用 reader", without_reader),
        ("损失里装的是张量", but("10.5", tensors)),
        ("有的损失不是有限的数", but("10.5", lambda found: (found[0], [np.nan, *found[1][1:]]))),
        ("你改动了批次里的数组", changes_what_it_trains_on),
    ],
    "S.2": [
        ("字典里的名字应该和 ways 的相同", but("S.2", lambda times: {**times, "另一个": [1.0]}))
    ],
}
