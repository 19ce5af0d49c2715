"""The checks of chapter 07."""

import numpy as np

from exercises.results import NotDone, must, number, shown


def accuracy(run):
    """Show answers within half a step of the label or not, and beyond both ends."""
    for n, spread in [(20, 0.5), (31, 0.8), (1, 0.1), (50, 2), (8, 0.1)]:
        rng = np.random.default_rng(n)
        labels = rng.integers(0, 9, n)
        guesses = (labels + rng.normal(0, spread, n)).round(1)
        guesses[np.abs(guesses % 1 - 0.5) < 0.01] += 0.2
        if n > 10:
            labels[:5], guesses[:5] = [9, 0, 9, 0, 4], [9.8, -0.8, 11.6, -3.4, 4.8]
        arrays = guesses.astype(np.float32)[:, None], labels.astype(np.float32)[:, None]
        yield f"{n} 个回答时不对。先收回到 0 到 9，再四舍五入，再和标签比。", number(run(*arrays))


def confusion(run):
    """Count digits of which the last is never seen, or never answered, or which are all seen."""
    for n, seen, answered in [(60, 9, 10), (45, 8, 9), (130, 10, 10), (7, 10, 3)]:
        rng = np.random.default_rng(n)
        truth, guesses = rng.integers(0, seen, n), rng.integers(0, answered, n)
        half = n // 3
        guesses[:half] = truth[:half] % answered
        table = np.asarray(run(truth, guesses))
        must(table.dtype.kind in "iuf", f"应该返回一张表，你返回的是 {shown(table)}。")
        yield f"表的形状应该是 (10, 10)，你的是 {table.shape}。", table.shape
        yield f"一共 {n} 张，表里却有 {table.sum():g} 张。", table.sum()
        yield "张数对，有的放错了格子。", table


def one_step(run):
    """Take three steps each with networks of some seeds, beside steps that are right."""
    import paddle

    from mnist_course.model import linear_network

    paddle.disable_static()
    for seed, rate, sizes in [(1, 0.0005, (8, 8, 5)), (4, 0.001, (3, 6, 6))]:
        rng = np.random.default_rng(seed)
        models = [linear_network(seed=seed) for _ in range(2)]
        optimizers = [paddle.optimizer.SGD(rate, parameters=each.parameters()) for each in models]
        for number_, size in enumerate(sizes, 1):
            images = paddle.to_tensor(rng.random((size, 1, 28, 28), np.float32))
            labels = paddle.to_tensor(rng.integers(0, 10, (size, 1)).astype(np.float32))
            before = models[0][1].weight.numpy().copy()
            right = ((models[1](images) - labels) ** 2).mean()
            right.backward()
            optimizers[1].step()
            optimizers[1].clear_grad()
            loss = run(models[0], optimizers[0], images, labels)
            if loss is ...:
                raise NotDone
            change, should = (each[1].weight.numpy() - before for each in models)
            length = np.linalg.norm(change) / np.linalg.norm(should)
            yield (
                f"第 {number_} 步以后，参数变得不对：变化是应该的 {length:.2f} 倍。",
                round(length, 2),
            )
            near = np.allclose(change, should, rtol=1e-3, atol=1e-6)
            yield f"第 {number_} 步以后，参数变得不对。", near
            kind = type(loss).__name__
            yield f"应该返回 Python 的浮点数，你返回的是 {kind}。", isinstance(loss, float) or kind
            ratio = loss / float(right)
            yield f"第 {number_} 步的损失不对：是应该的 {ratio:.3f} 倍。", round(ratio, 3)


def diagnose(run):
    """Show curves that fall, stay, rise, end in NaN; of some lengths, with single steps far off."""

    def curve(begin, end, n=300, speed=40):
        steps, rng = np.arange(n), np.random.default_rng(n + int(10 * end))
        return (end + (begin - end) * np.exp(-steps / speed)) * rng.normal(1, 0.05, n)

    def flat(*levels, each=30):
        return np.repeat(np.array(levels, float), each)

    late, early = flat(10, 24, each=23), flat(4, 4, each=23)
    late[20], early[19] = 300, 130  # just after the first 20 steps, and the last of them
    for hint, losses in [
        ("有一条曲线从 30 降到 4。", curve(30, 4)),
        ("有一条曲线一直是 30 左右。", curve(30, 30)),
        ("有一条曲线越来越大。", curve(30, 30) * np.exp(np.arange(300) / 30)),
        ("有一条曲线从 2.3 降到 0.4。", curve(2.3, 0.4, 200)),
        ("有一条曲线一直是 2.3 左右。", curve(2.3, 2.3, 150)),
        ("有一条曲线先下降，后来变成了 NaN。", np.append(curve(30, 9, 60), [np.nan] * 40)),
        ("有一条曲线最后一步变成了 NaN。", np.append(curve(30, 9, 60), np.nan)),
        ("有一条曲线后来变成了无穷大。", np.append(curve(30, 9, 60), [np.inf] * 25)),
        ("有一条曲线没有降，只有最后一步特别低。", np.append(curve(30, 30, 120), 3)),
        ("有一条曲线降了，只有最后一步特别高。", np.append(curve(30, 4, 400), 65)),
        ("有一条曲线没有降，只有第一步特别高。", np.append(90, curve(30, 30, 120))),
        ("有一条曲线从 900 降到 60。", curve(900, 60, 90, speed=15)),
        ("有一条曲线升到 1.7 倍。", flat(10, 12, 17)),
        ("有一条曲线升到 2.4 倍。", flat(10, 12, 24)),
        ("有一条曲线只降到 0.6 倍。", flat(1000, 800, 600)),
        ("有一条曲线降到 0.4 倍。", flat(10, 12, 4)),
        ("有一条曲线升得很高，又回到了开头。", flat(10, 90, 10, each=45)),
        ("有一条曲线降得很低，又回到了开头。", flat(10, 1, 10, each=25)),
        ("有一条曲线只有 40 步，前一半高，后一半低。", flat(10, 4, each=20)),
        ("有一条曲线只有 40 步，前一半低，后一半高。", flat(0.3, 0.7, each=20)),
        ("有一条曲线，第 21 步特别高：开头只看 20 步。", late),
        ("有一条曲线，第 20 步特别高：开头要看 20 步。", early),
        ("有一条曲线，倒数第 21 步特别高：末尾只看 20 步。", late[::-1]),
        ("有一条曲线，倒数第 20 步特别高：末尾要看 20 步。", early[::-1]),
    ]:
        found = run(losses.tolist())
        must(
            isinstance(found, str) and found in ("正常", "没有学", "发散"),
            f"应该返回“正常”“没有学”或者“发散”，你返回的是 {shown(found)}。",
        )
        yield f"{hint}你说“{found}”，不对。", found


def keep_best(run):
    """Train a layer whose weights say the epoch, and look at them in the end."""
    import paddle

    paddle.disable_static()
    nan = float("nan")
    for losses in [
        [30, 20, 9, 12, 15],
        [3.1, 0.9, 2.5, 1.7, 0.4, 0.6],
        [8, 5, 5, 6, 5],
        [7, 6, 4],
        [2, 5, 3, 4],
        [nan, 6, 2, nan, 3],
        [1.5],
    ]:
        model, seen = paddle.nn.Linear(2, 1), []
        model.weight.set_value(paddle.full([2, 1], -1.0))

        def train(model, seen=seen):
            seen.append("train")
            model.weight.set_value(paddle.full([2, 1], float(seen.count("train") - 1)))
            model.bias.set_value(paddle.full([1], float(seen.count("train"))))

        def validate(model, seen=seen, losses=losses):
            seen.append("validate")
            epoch = int(model.weight[0, 0])
            return losses[epoch] if epoch >= 0 else 100.0

        best = number(run(model, len(losses), train, validate))
        case = f"验证集上的损失是 {losses} 时，".replace("nan", "NaN")
        yield "没有用 train，或者没有用 validate。", len(set(seen))
        count = seen.count("train")
        yield f"{case}应该训练 {len(losses)} 轮，你训练了 {count} 轮。", count
        yield f"{case}返回的轮不对，你返回的是 {best:g}。", best
        yield f"{case}最后的参数是第 {int(model.weight[0, 0])} 轮的。", float(model.weight[1, 0])
        yield f"{case}只放回了一部分参数。", float(model.bias[0])


# Changed solutions that are as good: part of the code, and why.
THE_SAME = {"diagnose": {"ratio >= ": "no curve of the check ends at just a half or twice"}}
