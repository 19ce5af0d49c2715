"""Read MNIST from gzipped JSON into mini-batches: the module of the course."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (a checkout may meet any Python)
    raise ImportError(
        f"mnist_course needs Python 3.10 to 3.13, this is {sys.version.split()[0]}: choose a newer "
        "environment (in AI Studio: one with Paddle 2.6 or newer)."
    )

from mnist_course.dataset import MNIST, DatasetError, Split, load_mnist
from mnist_course.prefetch import prefetch
from mnist_course.reader import load_data

__all__ = ["MNIST", "DatasetError", "Split", "load_data", "load_mnist", "prefetch"]
