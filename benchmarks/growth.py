"""An epoch of shuffled batches at 1, 4, 16 and 64 times MNIST.

The images are bytes in a file, memory-mapped, as in chapter 09; the lesson has them in lists. All
but the lesson take a batch at once.
Memory is the process's own (RssAnon): pages of the file are the system's to drop.
"""

import re
from functools import partial
from pathlib import Path

import numpy as np
from epochs import SCALE, one_torch_thread, paddle_ready_batches, row_by_row, torch_ready_batches

from mnist_course import load_mnist
from mnist_course.cache import from_bytes, to_bytes

TITLE = "An epoch at 1, 4, 16 and 64 times MNIST, memory-mapped"
QUICK = ()  # it writes 3 GB
REPEATS = 3
TIMES = [1, 4, 16, 64]


def prepare(folder, data):
    """Write the training images n times over, with their labels."""
    images, labels = load_mnist(data).train
    images = to_bytes(images).reshape(-1, 1, 28, 28)
    for n in TIMES:
        np.save(folder / f"labels-{n}.npy", np.tile(labels, n))
        file = np.lib.format.open_memmap(
            folder / f"images-{n}.npy", "w+", "u1", (n * len(images), 1, 28, 28)
        )
        for start in range(0, len(file), len(images)):
            file[start : start + len(images)] = images
        file.flush()


def arrays(folder, n):
    """Return the memory-mapped images, and the labels."""
    return np.load(folder / f"images-{n}.npy", mmap_mode="r"), np.load(folder / f"labels-{n}.npy")


def the_lesson(folder, n):
    if n > 4:
        raise MemoryError(f"its lists would need about {1.3 * n:.0f} GB")
    images, labels = arrays(folder, n)
    images = [image.ravel().tolist() for image in images * SCALE]
    return row_by_row(images, labels.tolist())


def ours(folder, n):
    """Gather each batch as `load_data` does, from the file."""
    images, labels = arrays(folder, n)

    def epoch():
        order = np.random.permutation(len(images))
        for start in range(0, len(order), 100):
            index = order[start : start + 100]
            yield from_bytes(images.take(index, axis=0)), labels.take(index)

    return epoch


def ours_in_windows(folder, n):
    """Shuffle within windows of ten blocks drawn at random, as in chapter 09: less far to reach."""
    images, labels = arrays(folder, n)

    def epoch():
        blocks = np.random.permutation(len(images) // 500).reshape(-1, 10)
        for window in blocks * 500:
            order = np.random.permutation((window[:, np.newaxis] + np.arange(500)).ravel())
            for index in order.reshape(-1, 100):
                yield from_bytes(images.take(index, axis=0)), labels.take(index)

    return epoch


def paddle_loader(folder, n):
    return paddle_ready_batches(*arrays(folder, n), workers=0)


def torch_loader(folder, n):
    one_torch_thread()
    from torch.utils.data import Dataset

    images, labels = arrays(folder, n)

    class Samples(Dataset):
        def __len__(self):
            return len(images)

        def __getitem__(self, index):
            return images[index] * SCALE, labels[index]

    return torch_ready_batches(Samples(), workers=0)


WAYS = {
    f"{name}, {n} x MNIST": partial(start, n=n)
    for name, start in {
        "load_data's gather": ours,
        "load_data's gather, in windows": ours_in_windows,
        "Paddle DataLoader, ready batches": paddle_loader,
        "torch DataLoader, batched sampler": torch_loader,
        "the lesson's lists": the_lesson,
    }.items()
    for n in TIMES
}


def own_megabytes():
    """Return the memory that is this process's own."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024 / 1e6


def measure(start, measured):
    """Return the seconds and memory of an epoch; an epoch before it checks what it gives."""
    count = labels_sum = pixel_sum = peak = 0
    for number, (images, labels) in enumerate(start()):
        images, labels = np.asarray(images), np.asarray(labels)
        count += len(images)
        labels_sum += int(labels.sum())
        pixel_sum += int(images[:, 0, 14, 14].sum(dtype="float64") * 256)
        if number % 500 == 499:
            peak = max(peak, own_megabytes())

    def epoch():
        for _ in start():
            pass

    seconds, _, _ = measured(epoch)
    n = count / 50_000
    return {
        "seconds": [seconds],
        "peak_mb": peak,
        "samples": count,
        "digest": f"a copy of MNIST: {labels_sum / n} {pixel_sum / n}",
    }
