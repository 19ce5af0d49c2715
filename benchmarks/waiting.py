"""Train on batches that take time to read, and see how much of that time training hides.

Reading waits 10 or 20 ms a batch (a disk, a network), decodes 100 PNG files, or takes from memory.
A step of training waits 10 ms, as one does for a GPU. Efficiency is the time of the steps alone,
measured in the same process, over the time with reading: 1 where training never waits. Where
reading takes twice as long as a step, that needs two readers at once.
"""

import hashlib
import io
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from machine import held_mb

from mnist_course import load_mnist, prefetch
from mnist_course.cache import to_bytes

TITLE = "100 batches that are read while a step of 10 ms goes on"
QUICK = "reading waits 20 ms"
REPEATS = 3
BATCHES = 100
STEP = 0.01


def prepare(folder, data):
    """Write the validation set as bytes, and as PNG files packed one after the other."""
    from PIL import Image

    images = to_bytes(load_mnist(data).val.images).reshape(BATCHES, -1, 28, 28)
    np.save(folder / "images.npy", images)
    files = []
    for image in images.reshape(-1, 28, 28):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "png")
        files.append(file.getvalue())
    np.save(folder / "png.npy", np.array(files, object))


class Batches:
    """The batches, by number; each takes its time."""

    def __init__(self, folder, reading):
        self.images = np.load(folder / "images.npy")
        self.files = np.load(folder / "png.npy", allow_pickle=True).reshape(BATCHES, -1)
        self.reading = reading
        self.wait = {"reading waits 10 ms": 0.01, "reading waits 20 ms": 0.02}.get(reading)

    def __len__(self):
        return BATCHES

    def __getitem__(self, number):
        if self.wait:
            time.sleep(self.wait)
        if self.reading == "decodes PNG":
            from PIL import Image

            pictures = [np.asarray(Image.open(io.BytesIO(file))) for file in self.files[number]]
            return np.array(pictures) * np.float32(1 / 256)
        return self.images[number] * np.float32(1 / 256)


def one_after_the_other(batches):
    return lambda: (batches[number] for number in range(BATCHES))


def ours(batches):
    return prefetch(one_after_the_other(batches))


def pooled(read, count, threads=2):
    """Return a reader of batches 0 to count - 1: several are read at once, given in order."""

    def reader():
        window = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for number in range(count):
                    window.append(pool.submit(read, number))
                    if len(window) > 2 * threads:
                        yield window.popleft().result()
                while window:
                    yield window.popleft().result()
            finally:  # also when the caller stops early
                for future in window:
                    future.cancel()

    return reader


def a_pool(batches):
    return pooled(lambda number: batches[number], BATCHES)


def paddle_loader(batches, workers):
    import paddle
    from paddle.io import DataLoader

    paddle.set_device("cpu")
    # Workers are started anew: those that stay are looked for every half second only. Pipes, not
    # shared memory: setting that up takes longer for so small a batch.
    epoch = DataLoader(batches, batch_size=None, num_workers=workers, use_shared_memory=False)
    return lambda: epoch


def torch_loader(batches, workers):
    from torch.utils.data import DataLoader

    # Its documentation: workers that stay need not be started for each epoch.
    epoch = DataLoader(batches, batch_size=None, num_workers=workers, persistent_workers=True)
    return lambda: epoch


LOADERS = {
    "no reading ahead": one_after_the_other,
    "prefetch": ours,
    "a pool of 2 threads": a_pool,
    "Paddle DataLoader, 0 workers": partial(paddle_loader, workers=0),
    "Paddle DataLoader, 2 workers": partial(paddle_loader, workers=2),
    "torch DataLoader, 2 workers": partial(torch_loader, workers=2),
}
READING = ["reading waits 10 ms", "reading waits 20 ms", "decodes PNG", "from memory"]


def way(folder, loader, reading):
    return LOADERS[loader](Batches(folder, reading))


WAYS = {
    f"{reading}: {loader}": partial(way, loader=loader, reading=reading)
    for reading in READING
    for loader in LOADERS
}


def measure(start, measured):
    """Return the seconds of an epoch of reading and steps, and what an epoch before it gave."""
    content, held = hashlib.sha256(), 0
    for number, batch in enumerate(start()):  # starts the workers, too
        grey = np.asarray(batch).squeeze() * 256
        content.update(grey.astype(np.uint8).tobytes())
        if number % 20 == 10:
            held = max(held, held_mb())

    def train():
        for _ in start():
            time.sleep(STEP)

    def steps():
        for _ in range(BATCHES):
            time.sleep(STEP)

    alone, _, _ = measured(steps)
    seconds, peak, _ = measured(train)
    return {
        "seconds": [seconds],
        "peak_mb": max(held, peak),
        "efficiency": alone / seconds,
        "digest": content.hexdigest(),
    }
