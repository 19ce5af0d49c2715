"""The checks of chapter 05."""

import itertools

import numpy as np

from exercises.results import items, must, number, pair, several, shown, stream


def count(run):
    """Ask for sizes that divide the number of samples, or not, or exceed it."""
    for n, size in [(103, 10), (60, 12), (1000, 33), (61, 20), (7, 7), (5, 8), (30, 1)]:
        found = several(run(n, size), 2, "应该返回两个数：几批，最后一批有几个。")
        case = f"n={n}，batch_size={size} 时，"
        yield f"{case}批数不对。在纸上分一分。", number(found[0])
        yield f"{case}最后一批的个数不对。在纸上分一分。", number(found[1])


def batches(run):
    """Take the batches of sizes that divide the number of samples, or not, or exceed it."""
    for n, size in [(11, 4), (15, 5), (14, 6), (3, 7), (7, 7), (9, 1)]:
        rng = np.random.default_rng(n)
        images = rng.random((n, size + 2)).astype(np.float32)
        labels = rng.integers(0, 3, n)
        for drop in (False, True):
            made = items(stream(run(images, labels, size, drop)))
            pairs = [several(batch, 2, "每一批应该是一对（图片，标签），") for batch in made]
            found = [tuple(map(np.asarray, pair)) for pair in pairs]
            case = f"{n} 个样本，batch_size={size}，drop_last={drop} 时，"
            yield f"{case}你交出了 {len(found)} 批。", bool(found)
            yield "每一批的图片应该是 [B, 像素]，标签是 [B]。", {(x.ndim, y.ndim) for x, y in found}
            sizes = [len(y) for _, y in found]
            yield f"{case}各批的个数是 {sizes}，不对。", sizes
            yield f"{case}有一批里图片和标签的个数不同。", [len(x) for x, _ in found]
            yield f"{case}标签不对：从头到尾，一个接一个。", [y for _, y in found]
            yield f"{case}图片不对：从头到尾，一个接一个，和标签对应。", [x for x, _ in found]


def batches_of(run):
    """Collect all batches, and see whose memory they are in."""
    for n, size, kind in [
        (11, 4, "float32"),
        (15, 5, "float32"),
        (14, 6, "uint8"),
        (3, 7, "int64"),
    ]:
        images = np.random.default_rng(n).integers(0, 256, (n, size + 1)).astype(kind)
        made = run(images, size)
        must(not callable(made), f"应该一批一批地交出图片，你返回的是 {shown(made)}。")
        found = items(made)
        yield "每一批应该是一个数组 [B, 像素]。", {type(batch) for batch in found}
        yield "每一批应该有两维：[B, 像素]。", {batch.ndim for batch in found}
        sizes = [len(batch) for batch in found]
        yield f"{n} 张图片，batch_size={size} 时，各批的张数是 {sizes}，不对。", sizes
        yield "有的批次里，图片不对。", found
        kinds = {str(batch.dtype) for batch in found}
        yield f"图片的类型应该还是 {kind}，你的是 {kinds}。", kinds
        given = run.given[-1][1][0]  # what the answer got
        yield None, any(np.shares_memory(batch, given) for batch in found)
        pairs = itertools.combinations(found, 2)
        yield "有两批用同一块内存。", any(np.shares_memory(*pair) for pair in pairs)


def for_model(run):
    """Look at shapes and types first, then at what is in the arrays."""
    for n in (6, 13, 1):
        rng = np.random.default_rng(n)
        images, labels = rng.random((n, 784)), rng.integers(0, 10, n)
        x, y = pair(run(images, labels), types_matter=True)
        yield f"{n} 个样本时，图片的形状是 {x.shape}，不对。", x.shape
        yield f"{n} 个样本时，标签的形状是 {y.shape}，不对。", y.shape
        kinds = str(x.dtype), str(y.dtype)
        yield f"类型应该都是 float32，你的图片是 {kinds[0]}，标签是 {kinds[1]}。", kinds
        yield "图片的内容变了：只改形状和类型。", x
        yield "标签的值变了：只改形状和类型。", y


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {
    "batches": {"len(labels + 1)": "as many labels"},
    "batches_of": {"len(images + 1)": "as many images"},
    "for_model": {"reshape(-2": "NumPy takes each negative number for -1"},
}
