"""Read MNIST from gzipped JSON into mini-batches: the module of the course."""

from mnist_course.dataset import MNIST, DatasetError, Split, load_mnist
from mnist_course.prefetch import prefetch
from mnist_course.reader import load_data

__all__ = ["MNIST", "DatasetError", "Split", "load_data", "load_mnist", "prefetch"]
