"""Cut a set into batches: arrays -> a reader.

A *reader* is a function without arguments. Each call of it starts a new epoch
and yields the batches ``(images, labels)`` one by one.
"""

import numpy as np

from mnist_course.cache import from_bytes, to_bytes
from mnist_course.dataset import IMAGE_COLS, IMAGE_ROWS, load_mnist

MODES = {"train": "train", "valid": "val", "eval": "test"}


def load_data(mode="train", *, path=None, batch_size=100, seed=None):
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
        With a seed, the sequence of shuffled epochs repeats from run to run.

    Returns
    -------
    callable
        A reader. Its batches are ``(images, labels)``, float32
        ``[B, 1, 28, 28]`` in [0, 1] ([0, 1) for the course's own file) and
        float32 ``[B, 1]``; they are copies, and yours to change.

    Raises
    ------
    ValueError
        If `mode` or `batch_size` is none of the above.
    DatasetError
        If something is wrong with the data.

    Examples
    --------
    >>> from mnist_course import load_data
    >>> reader = load_data("train", batch_size=64, seed=0)
    >>> images, labels = next(reader())
    >>> images.shape, labels.shape
    ((64, 1, 28, 28), (64, 1))
    >>> sum(len(labels) for images, labels in reader())
    50000
    """
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {list(MODES)}, found {mode!r}.")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size: expected a whole number from 1, found {batch_size!r}.")
    images, labels = getattr(load_mnist(path), MODES[mode])
    # As bytes the images need a quarter of the memory, and are gathered faster.
    images = to_bytes(images.reshape(-1, 1, IMAGE_ROWS, IMAGE_COLS))
    labels = labels.astype(np.float32).reshape(-1, 1)
    rng = np.random.default_rng(seed)

    def reader():
        order = np.arange(len(images))
        if mode == "train":
            rng.shuffle(order)
        for start in range(0, len(order), batch_size):
            index = order[start : start + batch_size]
            yield from_bytes(images.take(index, axis=0)), labels.take(index, axis=0)

    return reader
