"""The check of the project's last step: what a network was trained on, and what came of it."""

import contextlib

import numpy as np

from exercises.project import digits
from exercises.results import items, must, number, same, several, shown
from mnist_course.model import paddle
from mnist_course.training import predict


def fit(run):
    """Train several times: on much and on little, and with batches that tell what was done."""
    paddle.seed(5)
    images, labels = digits(2000)
    images, labels = images.reshape(-1, 1, 28, 28), labels.reshape(-1, 1)
    given, begun, kept, first = (images.copy(), labels.copy()), [], [], []

    def trained(batches, epochs):
        """Return a new network, and the losses of the batches as they are returned."""

        def reader():
            begun.append(0)
            for rows in batches:
                begun[-1] += 1
                yield images[rows], labels[rows]

        begun.clear()
        return several(run(reader, epochs), 2, "应该返回 (网络, 损失)，")

    first_batch, third_batch = [], []
    with watched(first_batch, third_batch):
        trained([slice(50)] * 3, 1)
    left = any(gradient is not None and gradient.any() for _, gradient in third_batch)
    values = zip(first_batch, third_batch)  # noqa: B905
    still = [np.array_equal(before, after) for (before, _), (after, _) in values]
    hint = "每一步的梯度里，还有前面各步的。" if left else "训练了两批，网络的参数还和原来一样。"
    yield hint, (left, bool(still) and all(still))  # one fact, whatever the time
    for stop, size, epochs in [(1000, 50, 8), (50, 50, 30), (730, 60, 3)]:
        batches = [slice(start, min(stop, start + size)) for start in range(0, stop, size)]
        model, losses = trained(batches, epochs)
        must(isinstance(model, paddle.nn.Layer), f"先返回网络，你返回的是 {shown(model)}。")
        case, once = f"epochs={epochs}，一轮有 {len(batches)} 批时，", len(batches)
        yield "没有用 reader：每一轮，调用它一次，把它交出的批次都训练一遍。", len(begun) > 0
        yield f"{case}你一共训练了 {sum(begun)} 批。", sum(begun)
        losses = items(losses)
        yield f"训练了 {sum(begun)} 批，损失却有 {len(losses)} 个。", len(losses)
        tensors = any(isinstance(loss, paddle.Tensor) for loss in losses)
        yield "损失里装的是张量，不是数。", tensors
        losses = [number(loss) for loss in losses]
        yield "有的损失不是有限的数。", bool(np.isfinite(losses).all())
        scores, truth = predict(model, lambda: [(images[1500:], labels[1500:])])
        hint = f"500 张图片，网络的回答应该是 [500, 10]，你的是 {list(scores.shape)}。"
        yield hint, scores.shape
        yield "这一次返回的网络，就是上一次的那一个。", any(model is each for each in kept)
        kept.append(model)
        first.append(losses[0])
        hint = "一次新的训练，第一个损失就很小：是从上一次的结果接着学的吗？"
        yield hint, losses[0] < first[0] / 2
        ends = [(losses[i - 1], losses[i]) for i in range(once, len(losses), once)]
        hint = f"{case}每一轮开始的时候，损失又回到了最初：前面各轮学到的还在吗？"
        yield hint, len(ends) == 7 and all(new > 1.2 * old for old, new in ends)
        if once == 1:
            scores, truth = predict(model, lambda: [(images[:50], labels[:50])])
        share = (scores.argmax(axis=1) == truth[:, 0]).mean()
        said = f"{case}{'这 50 张' if once == 1 else '没见过的'}图片，网络答对了 {share:.0%}"
        yield f"{said}，和瞎猜差不多：返回的网络，参数更新过吗？", share > 0.15
        before, after = np.mean(losses[:once]), np.mean(losses[-once:])
        hint = f"{case}损失第一轮平均是 {before:.2f}，最后一轮是 {after:.2f}。"
        hint += "列表里应该是每一批的损失，按先后排。"
        yield hint, after < 0.97 * before
        if epochs > 3:
            yield f"{said}。学得太慢，还是损失不合适？", share > 0.5
            yield "softmax 做了两遍。", softmax_twice(scores, truth[:, 0], losses[-once:])
            yield hint, after < 0.8 * before
    large = number(trained([[*range(50)] * 3], 1)[1][0])
    hint = f"每批 50 个，第一个损失是 {first[0]:.2f}；每批 150 个，是 {large:.2f}。"
    ratio = large / first[0]
    yield f"{hint}损失是一批的平均，和批次大小无关。", (ratio > 1.6, ratio < 0.6)
    labels[50:100] = (labels[:50] + 1) % 10  # all wrong
    images[50:100] = images[:50]
    losses = trained([slice(50)] * 20 + [slice(50, 100)] + [slice(50)] * 5, 1)[1]
    hint = "有一批的标签全错了，它的损失却不比前一批和后一批的大：列表里应该是每一批自己的损失。"
    yield hint, losses[20] > 1.2 * max(losses[19], losses[25])
    labels[50:100], images[50:100] = given[1][50:100], given[0][50:100]
    yield "你改动了批次里的数组；别人还要用它，请不要在原处改。", same((images, labels), given, 0)


def softmax_twice(scores, truth, losses):
    """Say whether scores are probabilities already, and the losses were taken of their softmax."""
    if not np.allclose(scores.sum(axis=1), 1, atol=1e-4) or scores.min() < 0:
        return False
    chance = np.maximum(scores[np.arange(len(truth)), truth], 1e-9)
    once = -np.log(chance).mean()
    twice = (np.log(np.exp(scores).sum(axis=1)) - chance).mean()
    return bool(abs(np.mean(losses) - twice) < abs(np.mean(losses) - once))


@contextlib.contextmanager
def watched(first, third):
    """Note a new network's parameters and gradients before those of its first and third batch."""
    made, calls = [], []
    begin, backward = paddle.nn.Layer.__init__, paddle.Tensor.backward

    def making(layer, *arguments, **named):
        made.append(layer)
        begin(layer, *arguments, **named)

    def watching(*arguments, **named):
        calls.append(1)
        if len(calls) in (1, 3):
            noted = first if len(calls) == 1 else third
            for each in sum((layer.parameters() for layer in made), []):
                gradient = None if each.grad is None else each.grad.numpy()
                noted.append((each.numpy().copy(), gradient))
        return backward(*arguments, **named)

    paddle.nn.Layer.__init__, paddle.Tensor.backward = making, watching
    try:
        yield
    finally:
        paddle.nn.Layer.__init__, paddle.Tensor.backward = begin, backward
