"""Prepare handwriting as MNIST's makers did: a photograph -> digits -> rows of 784.

They cut each digit out, scaled it to fit 20 x 20 pixels keeping its shape, with
grey values from the smoothing, and put its centre of mass in the middle of
28 x 28 (LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to
document recognition*, 1998). A network that learned from such images needs such
images.
"""

import numpy as np

from mnist_course.dataset import IMAGE_COLS, IMAGE_ROWS

FIT = 20  # pixels: the longer side of a digit in MNIST


def prepare(ink):
    """Make one digit look as MNIST's do.

    Parameters
    ----------
    ink : array_like
        ``[H, W]``, numbers in [0, 1]: 0 is paper, 1 the darkest ink. What is not
        exactly 0 belongs to the digit. Any size from 1 x 1.

    Returns
    -------
    numpy.ndarray
        float32 ``[784]``, row by row from the top left pixel, values ``k / 256``
        with k from 0 to 255, the largest 255.

    Raises
    ------
    ValueError
        If `ink` is of another shape or range, or has no ink.

    Notes
    -----
    Exactly, in float64 up to the last step:

    1. Cut out: the smallest box ``[h, w]`` with all that is above 0.
    2. Scale: the new size is ``max(1, floor(20 * side / max(h, w) + 0.5))`` for each
       side, so the longer one becomes 20. Each new pixel is the average of the old
       ones that it covers, each weighted with the covered part of its area: new pixel
       i covers, in old pixels, ``[i * h / n, (i + 1) * h / n)`` of n rows, and columns
       likewise. That holds for enlarging, too.
    3. Divide by the largest value, so that thin or faint strokes are as dark as MNIST's.
    4. Centre: with cy the mean row index weighted by ink, the top row goes to row
       ``ceil(13.5 - cy - 1e-9)`` of 28 (the last term is for rounding errors of cy), but at
       least 0 and at most 28 - n, so that nothing is cut off; columns likewise. The centre
       of mass then lies in [13.5, 14.5), as in MNIST.
    5. Round: ``k = floor(255 * value + 0.5)``, and the pixel is ``k / 256``, as in the
       course's file.

    Examples
    --------
    >>> import numpy as np
    >>> from mnist_course.handwriting import prepare
    >>> ink = np.zeros((280, 280))
    >>> ink[30:130, 200:210] = 1  # a stroke in a corner, 100 x 10
    >>> image = prepare(ink).reshape(28, 28)
    >>> np.argwhere(image)[[0, -1]].tolist()  # now 20 x 2, in the middle
    [[4, 13], [23, 14]]
    >>> float(image.max() * 256)
    255.0
    """
    ink = np.asarray(ink, np.float64)
    if ink.ndim != 2 or not ink.size or not (ink.min() >= 0 and ink.max() <= 1):
        found = f"values {ink.min():g} to {ink.max():g}" if ink.size else "none"
        raise ValueError(
            f"prepare: expected rows and columns of ink from 0 (paper) to 1 (ink), found shape "
            f"{ink.shape}, {found}. Convert the picture to ink first, as `find_digits` does."
        )
    if not ink.any():
        raise ValueError("prepare: expected ink, found none: all values are 0. Draw a digit.")
    top, bottom = np.flatnonzero(ink.any(axis=1))[[0, -1]]
    left, right = np.flatnonzero(ink.any(axis=0))[[0, -1]]
    box = ink[top : bottom + 1, left : right + 1]
    rows, columns = (max(1, int(FIT * side / max(box.shape) + 0.5)) for side in box.shape)
    small = _averaging(rows, box.shape[0]) @ box @ _averaging(columns, box.shape[1]).T
    small /= small.max()
    image = np.zeros((IMAGE_ROWS, IMAGE_COLS), np.float32)
    top, left = (_start(small.sum(axis=axis)) for axis in (1, 0))
    image[top : top + rows, left : left + columns] = np.floor(255 * small + 0.5) / 256
    return image.reshape(-1)


def _averaging(new, old):
    """Return the weights ``[new, old]`` with which `old` pixels in a row make `new` ones."""
    edges = np.arange(new + 1)[:, None] * old / new
    covered = np.clip(edges, np.arange(old), np.arange(1, old + 1))  # up to each edge
    return np.diff(covered, axis=0) * new / old


def _start(profile):
    """Return where ink with this profile begins, for its centre to be that of 28 pixels."""
    centre = np.arange(len(profile)) @ profile / profile.sum()
    return int(np.clip(np.ceil(13.5 - centre - 1e-9), 0, IMAGE_ROWS - len(profile)))
