"""The checks of chapter 03."""

from exercises.results import items, must, number, several, shown, stream, take


def what_is_left(run):
    """Ask for both sums, with some, none and all taken."""
    for n, taken in [(8, 2), (4, 0), (7, 3), (5, 5), (11, 1)]:
        found = several(run(n, taken), 2, "应该返回两个数，")
        hint = f"n={n}，taken={taken} 时不对。把 next 取走的划掉，再加起来。"
        yield hint, [number(each) for each in found]


def first(run):
    """Watch what is taken from a reader that has enough batches, or not."""
    for n, count in [(3, 9), (1, 4), (5, 2), (4, 4), (0, 3)]:
        begun, read = [], []

        def reader(count=count, begun=begun, read=read):
            begun.append(1)
            for batch in range(count):
                read.append(batch)
                yield batch

        made = stream(run(reader, n))
        found = take(made, 1)
        early = len(read)
        found += items(made, 20)
        case = f"n={n}，读取器有 {count} 批时，"
        yield None, len(begun) <= 1
        yield f"{case}你交出了 {len(found)} 批。", len(found)
        yield f"{case}交出的不是前面的那几批。", found
        hint = f"{case}交出 {len(found)} 批，却读了 {len(read)} 批：多读的一批丢掉了。"
        yield hint, len(read)
        yield f"交出第一批的时候，已经读了 {early} 批。", early


def make_reader(run):
    """Take epochs one after another, and one begun before the other has ended."""
    for samples in [[3, 1, 4, 1, 5], [[0.5, 1], [0, 0], [0, 0]], [], list(range(40))]:
        reader = run(samples)
        must(callable(reader), f"应该返回一个函数，你返回的是 {shown(reader)}。")
        for number_ in range(3):
            epoch = one_by_one(reader())
            hint = f"第 {number_} 轮应该交出全部 {len(samples)} 个，你的交出了 {shown(epoch)}。"
            yield hint, epoch
        halfway = iter(reader())
        take(halfway, 2)
        hint = "一轮没有走完就开始新的一轮时，应该从头开始，两轮也互不相干。"
        yield hint, [one_by_one(reader()), take(halfway, 100)]


def one_by_one(epoch):
    """Return the samples of an epoch as a list; what is no sample is named."""
    must(epoch is not None, "读取器什么也没有返回：里层的函数少了 yield。")
    made = stream(epoch, "读取器返回的是装着全部样本的列表。一个一个地交，不要攒。")
    return ["一个生成器" if hasattr(each, "__next__") else each for each in items(made)]


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {"first": {"            pass": "what has ended goes on to yield nothing"}}
