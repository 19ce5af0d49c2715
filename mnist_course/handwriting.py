"""Prepare handwriting as MNIST's makers did: a photograph -> digits -> rows of 784.

They cut each digit out, scaled it to fit 20 x 20 pixels keeping its shape, with
grey values from the smoothing, and put its centre of mass in the middle of
28 x 28 (LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to
document recognition*, 1998). A network that learned from such images needs such
images.
"""

import numpy as np
from PIL import Image, ImageOps

from mnist_course.dataset import IMAGE_COLS, IMAGE_ROWS

FIT = 20  # pixels: the longer side of a digit in MNIST
LONGEST = 1200  # pixels: a larger photograph is made smaller, which loses no digit
MOST = 64_000_000  # pixels: more take too much memory


def read_photo(path):
    """Read a photograph as grey values.

    It is turned as its camera noted (EXIF), what is transparent becomes white, and
    the longer side at most 1,200 pixels.

    Parameters
    ----------
    path : str or os.PathLike
        A picture that Pillow knows (JPEG, PNG, ...), of at most 64 million pixels.

    Returns
    -------
    numpy.ndarray
        float32 ``[H, W]`` in [0, 1]: 0 is black, 1 white.

    Raises
    ------
    ValueError
        If the file cannot be read as a picture, or is too large.
    """
    try:
        with Image.open(path) as image:
            if image.width * image.height <= MOST:
                return np.float32(_grey(image)) / 255
            size = f"{image.width} x {image.height} pixels"
    except Exception as error:  # a damaged file can fail in any way
        raise ValueError(
            f"{path}: expected a picture, but it cannot be read ({error}). Save it anew as JPEG or "
            "PNG; an iPhone's HEIC is neither."
        ) from error
    raise ValueError(f"{path}: expected at most {MOST:,} pixels, found {size}. Make it smaller.")


def _grey(image):
    """Return an open image as one of mode L: small, upright, on white."""
    if image.mode.startswith("I"):  # 16 bits
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    elif image.mode in ("1", "P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    image.thumbnail((LONGEST, LONGEST))  # of a JPEG, only so much is decompressed
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB").convert("L")


def find_ink(grey):
    """Tell ink from paper, however the light falls.

    Parameters
    ----------
    grey : numpy.ndarray
        float32 ``[H, W]`` in [0, 1], as from `read_photo`; dark ink on light paper, or
        the reverse, whichever there is more paper of.

    Returns
    -------
    numpy.ndarray
        float32 ``[H, W]`` in [0, 1]: 0 is paper, 1 the darkest ink.

    Raises
    ------
    ValueError
        If nothing is clearly darker, or lighter, than the rest.
    """
    if (_blocks(grey, np.mean) - _blocks(grey, np.median)).sum() > 0:
        grey = 1 - grey  # most is dark, so it is white on black
    # Of each block, paper is what is lighter than most of it; between blocks it is interpolated.
    paper = Image.fromarray(np.float32(_blocks(grey, lambda part: np.quantile(part, 0.8))))
    paper = np.asarray(paper.resize(grey.shape[::-1], Image.Resampling.BICUBIC)).clip(0.05)
    ink = (1 - grey / paper).clip(0, 1)
    darkest = np.quantile(ink, 0.9995)  # not the very darkest: that may be a speck
    if darkest < 0.2:
        raise ValueError(
            f"expected ink that differs from the paper by 20 % or more, found {darkest:.0%}. "
            "Write with a thick dark pen, and photograph the sheet in even light."
        )
    ink = (ink / darkest).clip(0, 1)
    return np.where(ink > 0.3, ink, np.float32(0))


def _blocks(grey, function):
    """Return what `function` gives for each of at most 6 x 6 blocks of the picture."""
    count = min(6, max(1, min(grey.shape) // 50))
    rows = np.array_split(grey, count)
    return np.array([[function(part) for part in np.array_split(row, count, 1)] for row in rows])


def find_digits(ink):
    """Tell the digits of a sheet apart: connected ink is one digit.

    Parts nearer than about 1/100 of the longer side count as connected. What touches
    the edge is taken for a table or a shadow, and what is at most 1/40 of the
    longer side for a speck; both are left out.

    Parameters
    ----------
    ink : numpy.ndarray
        ``[H, W]``, 0 is paper, as from `find_ink`.

    Returns
    -------
    list of tuple
        ``(top, left, digit)`` of each in the order of reading: the place of its box, and
        its ink ``[h, w]``, ready for `prepare`.

    Raises
    ------
    ValueError
        If there is none.
    """
    side = max(1, max(ink.shape) // 100)
    height, width = ink.shape
    # Coarse cells of side x side pixels; each with ink begins with its own number, and takes
    # the largest of its neighbours' until nothing changes: then connected ones have the same.
    padded = np.pad(ink, ((0, -height % side), (0, -width % side)))
    cells = padded.reshape(len(padded) // side, side, -1, side).any(axis=(1, 3))
    labels, before = np.arange(1, cells.size + 1).reshape(cells.shape) * cells, None
    while not np.array_equal(labels, before):
        before = labels
        around = np.lib.stride_tricks.sliding_window_view(np.pad(labels, 1), (3, 3))
        labels = around.max(axis=(2, 3)) * cells
    labels = labels.repeat(side, axis=0).repeat(side, axis=1)[:height, :width] * (ink > 0)
    found = []
    for label in np.unique(labels[labels > 0]):
        mine = labels == label
        top, bottom = np.flatnonzero(mine.any(axis=1))[[0, -1]]
        left, right = np.flatnonzero(mine.any(axis=0))[[0, -1]]
        inside = top > 0 and left > 0 and bottom < height - 1 and right < width - 1
        if inside and max(bottom - top, right - left) >= max(height, width) / 40:
            box = np.s_[top : bottom + 1, left : right + 1]
            found.append((top, left, ink[box] * mine[box]))
    if not found:
        raise ValueError(
            "expected digits with paper on all sides, found none. Write them large, with a thick "
            "dark pen, and leave a margin."
        )
    return _as_read(found)


def _as_read(found):
    """Return the parts row by row, each from left to right."""
    rows, foot = [], 0
    for top, left, digit in sorted(found, key=lambda part: part[0] + len(part[2]) / 2):
        if top + len(digit) / 2 >= foot:  # its middle is below all of the row before
            rows.append([])
        rows[-1].append((top, left, digit))
        foot = max(part[0] + len(part[2]) for part in rows[-1])
    return [part for row in rows for part in sorted(row, key=lambda part: part[1])]


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
       least 0 and at most 28 - n, so that nothing is cut off; columns likewise. Unless
       that limits it, the centre of mass then lies in [13.5, 14.5), as in MNIST.
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
            f"{ink.shape}, {found}. Convert the picture to ink first, as `find_ink` does."
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
