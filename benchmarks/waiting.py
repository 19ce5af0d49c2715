"""Train on batches that take time to read, and see how much of that time training hides.

Reading waits 10 ms a batch (a disk, a network), decodes 100 PNG files, or takes from memory. A
step of training waits 10 ms, as one does for a GPU. The bound is the longer of reading alone and
training alone, measured in the same process; efficiency is the bound over the time.
"""

import hashlib
import io
import time
from functools import partial

import numpy as np

from mnist_course import load_mnist, prefetch
from mnist_course.cache import to_bytes

TITLE = "100 batches that are read while a step of 10 ms goes on"
QUICK = "reading waits"
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

    def __len__(self):
        return BATCHES

    def __getitem__(self, number):
        if self.reading == "reading waits":
            time.sleep(0.01)
        if self.reading == "decodes PNG":
            from PIL import Image

            pictures = [np.asarray(Image.open(io.BytesIO(file))) for file in self.files[number]]
            return np.array(pictures) * np.float32(1 / 256)
        return self.images[number] * np.float32(1 / 256)


def one_after_the_other(batches):
    return lambda: (batches[number] for number in range(BATCHES))


def ours(batches):
    return prefetch(one_after_the_other(batches))


def paddle_loader(batches, workers):
    import paddle
    from paddle.io import DataLoader

    paddle.set_device("cpu")
    return loader(DataLoader, batches, workers)


def torch_loader(batches, workers):
    from torch.utils.data import DataLoader

    return loader(DataLoader, batches, workers)


def loader(data_loader, batches, workers):
    """Read batches, not samples; workers stay for the next epoch."""
    epoch = data_loader(
        batches, batch_size=None, num_workers=workers, persistent_workers=workers > 0
    )
    return lambda: epoch


LOADERS = {
    "no reading ahead": one_after_the_other,
    "prefetch": ours,
    "Paddle DataLoader, 0 workers": partial(paddle_loader, workers=0),
    "Paddle DataLoader, 2 workers": partial(paddle_loader, workers=2),
    "torch DataLoader, 0 workers": partial(torch_loader, workers=0),
    "torch DataLoader, 2 workers": partial(torch_loader, workers=2),
}
READING = ["reading waits", "decodes PNG", "from memory"]


def way(folder, loader, reading):
    batches = Batches(folder, reading)
    return batches, LOADERS[loader](batches)


WAYS = {
    f"{reading}: {loader}": partial(way, loader=loader, reading=reading)
    for reading in READING
    for loader in LOADERS
}


def measure(batches_and_start, measured):
    """Return the seconds of an epoch of reading and steps, the bound, and what was read."""
    batches, start = batches_and_start
    content = hashlib.sha256()
    for batch in start():  # starts the workers, too
        grey = np.asarray(batch).squeeze() * 256
        content.update(grey.astype(np.uint8).tobytes())

    def read():
        for number in range(BATCHES):
            batches[number]

    def train():
        for _ in start():
            time.sleep(STEP)

    def steps():
        for _ in range(BATCHES):
            time.sleep(STEP)

    bound = max(measured(read)[0], measured(steps)[0])
    seconds, peak, _ = measured(train)
    return {
        "seconds": [seconds],
        "peak_mb": peak,
        "efficiency": bound / seconds,
        "digest": content.hexdigest(),
    }
