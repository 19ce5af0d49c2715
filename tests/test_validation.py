"""Each check catches the damage that it is made for, and MNIST passes them all."""

import numpy as np
import pytest

from mnist_course import MNIST, DatasetError, Split, load_mnist
from mnist_course.validation import (
    check_arrays,
    check_balance,
    check_duplicates,
    check_pairing,
    validate,
)


@pytest.fixture(scope="module")
def mnist():
    """Return the first 3,000 samples of each set."""
    return MNIST(*(Split(images[:3000], labels[:3000]) for images, labels in load_mnist()))


def damaged(data, split, images=None, labels=None):
    """Return the data set with a set's images or labels put through a function."""
    old = getattr(data, split)
    new = Split(
        images(old.images.copy()) if images else old.images,
        labels(old.labels.copy()) if labels else old.labels,
    )
    return data._replace(**{split: new})


def put(*index_and_value):
    """Return a function that sets one element of an array."""
    *index, value = index_and_value

    def change(array):
        array[tuple(index)] = value
        return array

    return change


def test_mnist_passes():
    validate(load_mnist())


def test_the_shares_and_the_pairing_of_mnist_are_as_documented():
    train, val, test = load_mnist()
    shares = [np.bincount(split.labels) / len(split.labels) for split in (train, val, test)]
    assert np.min(shares) > 0.089
    assert np.max(shares) < 0.114
    means = np.stack([train.images[train.labels == digit].mean(axis=0) for digit in range(10)])
    distances = (means**2).sum(axis=1) - 2 * train.images @ means.T
    assert round((distances.argmin(axis=1) == train.labels).mean(), 1) == 0.8


DAMAGE = {
    "fewer labels": (
        check_arrays,
        "val",
        {"labels": lambda a: a[1:]},
        "val labels: expected 3000 labels, one for each image, found 2999. Add what is missing",
    ),
    "flat images": (
        check_arrays, "val", {"images": np.ravel}, "val images: expected shape .*784"
    ),
    "28 x 28 images": (
        check_arrays, "test", {"images": lambda a: a.reshape(-1, 28, 28)}, "test images.*28, 28"
    ),
    "double precision": (
        check_arrays, "train", {"images": lambda a: a.astype("f8")}, "train images.*float64"
    ),
    "labels as floats": (
        check_arrays, "train", {"labels": lambda a: a.astype("f4")}, "train labels.*float32"
    ),
    "labels as a column": (
        check_arrays, "train", {"labels": lambda a: a[:, None]}, r"train labels.*\(3000, 1\)"
    ),
    "a list": (check_arrays, "train", {"labels": list}, "train labels.*type list"),
    "NaN": (
        check_arrays, "train", {"images": put(7, 3, np.nan)}, "train images, row 7, value 3.*nan"
    ),
    "a negative pixel": (check_arrays, "val", {"images": put(7, 3, -1)}, "row 7, value 3.*-1"),
    "never scaled": (check_arrays, "val", {"images": lambda a: a * 256}, "never scaled"),
    "label 10": (check_arrays, "test", {"labels": put(9, 10)}, "test labels, row 9.*found 10"),
    "the same image twice": (
        check_duplicates, "train", {"images": lambda a: put(8, a[2])(a)},
        "train images, row 8.*train images, row 2",
    ),
    "a digit is missing": (
        check_balance, "val", {"labels": lambda a: np.where(a == 3, 5, a)}, "val.*0.0% of digit 3"
    ),
    "the last digit is missing": (
        check_balance, "val", {"labels": lambda a: np.where(a == 9, np.arange(len(a)) % 9, a)},
        "val.*0.0% of digit 9"
    ),
    "a digit is everywhere": (
        check_balance, "val", {"labels": lambda a: np.where(a > 6, 0, a)}, "val.*of digit 0"
    ),
    "sorted and cut": (
        check_balance, "train", {"labels": lambda a: np.sort(a)[:1000]}, "train.*of digit"
    ),
    "labels shifted by one": (
        check_pairing, "val", {"labels": lambda a: np.roll(a, 1)}, "val set.*shifted or shuffled"
    ),
    "images shuffled apart": (
        check_pairing, "test", {"images": np.random.default_rng(0).permutation}, "test set.*apart"
    ),
    "the training set shifted": (
        check_pairing, "train", {"labels": lambda a: np.roll(a, 1)}, "set: expected at least 50%"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_caught(mnist, name):
    check, split, changes, says = DAMAGE[name]
    check(mnist)
    with pytest.raises(DatasetError, match=says):
        check(damaged(mnist, split, **changes))


def test_a_test_image_in_the_training_set_is_caught(mnist):
    leaky = damaged(mnist, "train", images=put(5, mnist.test.images[9]))
    with pytest.raises(DatasetError, match="test images, row 9.*train images, row 5"):
        check_duplicates(leaky)


def test_images_that_differ_in_one_pixel_are_no_duplicates(mnist):
    check_duplicates(damaged(mnist, "train", images=lambda a: np.eye(785, 784, dtype=a.dtype)))


def test_two_sets_or_four_are_refused(mnist):
    for sets in (mnist[:2], [*mnist, mnist.test]):
        with pytest.raises(ValueError):
            validate(sets)


def test_an_empty_set_is_caught(mnist):
    empty = damaged(mnist, "val", images=lambda a: a[:0], labels=lambda a: a[:0])
    with pytest.raises(DatasetError, match="val images: expected at least one, found none"):
        validate(empty)


def test_validate_runs_every_check(mnist):
    for _, split, changes, _ in DAMAGE.values():
        with pytest.raises(DatasetError):
            validate(damaged(mnist, split, **changes))
