"""Cut a set into batches: arrays -> a reader.

A *reader* is a function without arguments. Each call of it starts a new epoch
and yields the batches ``(images, labels)`` one by one.
"""

import itertools

import numpy as np

from mnist_course.cache import from_bytes, to_bytes
from mnist_course.dataset import IMAGE_COLS, IMAGE_ROWS, load_mnist

MODES = {"train": "train", "valid": "val", "eval": "test"}


def load_data(mode="train", *, path=None, batch_size=100, seed=None, start=(0, 0)):
    """Read one of the three sets and return a reader of its batches.

    Parameters
    ----------
    mode : {'train', 'valid', 'eval'}
        The training, validation or test set. The training set is shuffled anew
        in each epoch, the others keep the order of the file.
    path : str or os.PathLike, optional
        The data file, as for `load_mnist`.
    batch_size : int
        Samples in a batch, at least 1. The last batch of an epoch is smaller
        where the set cannot be divided evenly.
    seed : int, optional
        With a seed, the sequence of shuffled epochs repeats from run to run: the
        order of an epoch depends on the seed and the epoch's number alone.
    start : tuple of int
        ``(epoch, batch)``, both counted from 0: where the first call of the reader
        begins, for training that goes on where it stopped. The batches before it
        are not read; each later call begins the next epoch.

    Returns
    -------
    callable
        A reader. Its batches are ``(images, labels)``, float32
        ``[B, 1, 28, 28]`` in [0, 1] ([0, 1) for the course's own file) and
        float32 ``[B, 1]``; they are copies, and yours to change.

    Raises
    ------
    ValueError
        If `mode`, `batch_size` or `start` is none of the above, or training is
        to start later without the seed of the orders it began with.
    DatasetError
        If something is wrong with the data.

    Examples
    --------
    >>> import itertools
    >>> from mnist_course import load_data
    >>> reader = load_data("train", batch_size=64, seed=0)
    >>> images, labels = next(reader())
    >>> images.shape, labels.shape
    ((64, 1, 28, 28), (64, 1))
    >>> sum(len(labels) for images, labels in reader())
    50000

    Epoch 2, which `reader` would begin next, from its batch 700 on:

    >>> rest = load_data("train", batch_size=64, seed=0, start=(2, 700))
    >>> images, labels = next(itertools.islice(reader(), 700, None))
    >>> bool((next(rest())[0] == images).all())
    True
    """
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {list(MODES)}, found {mode!r}.")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size: expected a whole number from 1, found {batch_size!r}.")
    batch_size = int(batch_size)
    images, labels = getattr(load_mnist(path), MODES[mode])
    # As bytes the images need a quarter of the memory, and are gathered faster.
    images = to_bytes(images.reshape(-1, 1, IMAGE_ROWS, IMAGE_COLS))
    labels = labels.astype(np.float32).reshape(-1, 1)
    batches = -(-len(images) // batch_size)
    if not (
        isinstance(start, (tuple, list))
        and [isinstance(number, (int, np.integer)) for number in start] == [True, True]
        and start[0] >= 0
        and 0 <= start[1] <= batches
    ):
        raise ValueError(
            f"start: expected (epoch, batch), an epoch from 0 and a batch from 0 to {batches}, "
            f"found {start!r}."
        )
    first_epoch, first_batch = map(int, start)
    if mode == "train" and seed is None and any(start):
        raise ValueError(
            f"start: {start!r} needs the seed that the training began with; without one, its "
            "orders cannot be had again."
        )
    seed = np.random.SeedSequence(seed).entropy  # of None, a new one
    epochs = itertools.count(first_epoch)

    def reader():
        epoch, order = next(epochs), np.arange(len(images))
        if mode == "train":
            np.random.default_rng([seed, epoch]).shuffle(order)
        skipped = first_batch if epoch == first_epoch else 0
        for row in range(skipped * batch_size, len(order), batch_size):
            index = order[row : row + batch_size]
            yield from_bytes(images.take(index, axis=0)), labels.take(index, axis=0)

    return reader
