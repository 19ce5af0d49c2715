"""Check a data set as a whole: arrays -> arrays that deserve trust.

`load_mnist` looks at each number of a file. Here are the faults that show only
when samples are compared with each other. Each check takes the data set,
returns nothing, and raises `DatasetError` with the first fault that it finds.
"""

import numpy as np

from mnist_course.dataset import PIXELS, DatasetError, check_labels, check_pixels


def validate(data):
    """Run all checks of this module.

    Parameters
    ----------
    data : MNIST
        What `load_mnist` returns, or three pairs ``(images, labels)`` of your own.

    Raises
    ------
    DatasetError
        If one of the checks finds a fault; the message says what, where, what
        was expected, what was found, and what to do.

    Examples
    --------
    >>> from mnist_course import load_mnist
    >>> from mnist_course.validation import validate
    >>> validate(load_mnist())
    """
    for check in (check_arrays, check_duplicates, check_balance, check_pairing):
        check(data)


def check_arrays(data):
    """Check shapes, types, lengths, the range of pixels, and that labels are digits.

    Parameters
    ----------
    data : MNIST
        As for `validate`.
    """
    for name, (images, labels) in _splits(data):
        for what, array, shape, dtype in [
            ("images", images, (len(images), PIXELS), np.float32),
            ("labels", labels, (len(labels),), np.int64),
        ]:
            found = getattr(array, "shape", None), getattr(array, "dtype", type(array).__name__)
            if found != (shape, dtype):
                raise DatasetError(
                    f"{name} {what}: expected shape {shape} and type {np.dtype(dtype)}, "
                    f"found shape {found[0]} and type {found[1]}. Convert the array."
                )
        check_pixels(images, name)
        check_labels(labels, len(images), name)


def check_duplicates(data):
    """Check that no image occurs twice, neither within a set nor in two sets.

    Parameters
    ----------
    data : MNIST
        As for `validate`.
    """
    seen = {}
    for name, (images, _) in _splits(data):
        for row, image in enumerate(images):
            place = f"{name} images, row {row}"
            other, first = seen.setdefault(hash(image.tobytes()), (image, place))
            if first is not place and np.array_equal(other, image):
                raise DatasetError(
                    f"{place}: expected an image that occurs once, found the image of "
                    f"{first}. Remove one of the two."
                )


def check_balance(data, lowest=0.05, highest=0.2):
    """Check that in each set each digit has a share between two bounds.

    Parameters
    ----------
    data : MNIST
        As for `validate`.
    lowest, highest : float
        The bounds, between half and twice the tenth that is due to each digit.
        In MNIST the shares lie between 0.089 and 0.114.
    """
    for name, (_, labels) in _splits(data):
        shares = np.bincount(labels, minlength=10) / len(labels)
        for digit, share in enumerate(shares):
            if not lowest <= share <= highest:
                raise DatasetError(
                    f"{name} labels: expected {lowest:.0%} to {highest:.0%} of each digit, "
                    f"found {share:.1%} of digit {digit}. Shuffle before splitting, or collect "
                    "what is missing."
                )


def check_pairing(data, lowest=0.5):
    """Check that images and labels belong together, and are not shifted, say, by one row.

    Each image is compared with the mean images of the ten digits. In MNIST the
    closest is that of its label for 80 % of the images; if images and labels
    were paired at random it would be so for 10 %.

    Parameters
    ----------
    data : MNIST
        As for `validate`.
    lowest : float
        The share of images that must be closest to the mean of their label.
    """
    images, labels = data[0]
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    for name, (images, labels) in _splits(data):
        # |image - mean|^2 without |image|^2, which is the same for all ten.
        closest = ((means**2).sum(axis=1) - 2 * images @ means.T).argmin(axis=1)
        share = (closest == labels).mean()
        if share < lowest:
            raise DatasetError(
                f"{name} set: expected at least {lowest:.0%} of the images to look like their "
                f"label, found {share:.0%}. Are images and labels shifted or shuffled apart?"
            )


def _splits(data):
    """Return the names of the three sets, each with its set."""
    return zip(("train", "val", "test"), data, strict=True)
