"""Read the data file: ``work/mnist.json.gz`` -> NumPy arrays.

The file is gzipped JSON: a list ``[train, val, test]``, each set a list
``[images, labels]``, an image a flat list of 784 numbers, a label a whole
number. Read with ``json.load`` its 55 million numbers become as many Python
objects, over 2 GB, so here the text is read as a stream: decompress a
little, take every row that is complete, store it as float32, go on.
"""

import gzip
import hashlib
import json
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_course import cache

IMAGE_ROWS, IMAGE_COLS = 28, 28
PIXELS = IMAGE_ROWS * IMAGE_COLS

SPACE = b" \t\n\r"  # what JSON calls white space
CHUNK = 1 << 18  # bytes of text decompressed at a time
LONGEST_LIST = 1 << 24  # bytes; a row of MNIST takes about 4,000
# Handwriting shrinks about 15-fold. Beyond the first 256 MiB of text, a file
# that shrinks over 200-fold is a gzip bomb.
BOMB_SIZE, BOMB_RATIO = 1 << 28, 200

FORMAT = (
    "The file must be gzipped JSON [train, val, test], each set [images, labels], "
    "each image a flat list of 784 numbers from 0 to 1."
)
REBUILD = (
    "To restore the course's own file: git checkout work/mnist.json.gz, or "
    "python work/build_mnist.py FOLDER_WITH_IDX_FILES."
)


class DatasetError(ValueError):
    """Something is wrong with the data; the message says what, where and what to do."""


class Split(NamedTuple):
    """One of the three sets.

    Attributes
    ----------
    images : numpy.ndarray
        float32, shape ``(N, 784)``, row by row from the top left pixel; 0 is
        background, 1 the darkest ink.
    labels : numpy.ndarray
        int64, shape ``(N,)``, the digits 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray


class MNIST(NamedTuple):
    """The whole data set: a `Split` each for training, validation and test."""

    train: Split
    val: Split
    test: Split


def load_mnist(path=None):
    """Read the three sets from a gzipped JSON file, and check them.

    The first read parses the text and leaves a copy of the arrays beside the
    file (about 55 MB for MNIST), if it may write there. Later reads of a file
    with the same bytes, whatever its name or date, take the arrays from that
    copy.

    Parameters
    ----------
    path : str or os.PathLike, optional
        The file. Default: the environment variable ``MNIST_COURSE_DATA``, else
        ``work/mnist.json.gz`` of the checkout that this module is part of.

    Returns
    -------
    MNIST
        ``(train, val, test)``, each a `Split` ``(images, labels)``: float32
        ``[N, 784]`` and int64 ``[N]``. The course's file holds 50,000, 10,000
        and 10,000 images with pixels ``grey value / 256``, so in [0, 1).

    Raises
    ------
    DatasetError
        If the file cannot be read, is not of this format, or holds a pixel
        outside [0, 1] or a label that is not a digit.

    Notes
    -----
    The images are those of LeCun, Cortes and Burges, *The MNIST database of
    handwritten digits* (1998), under CC BY-SA 3.0; the data card in the book
    tells how the file was made.

    Examples
    --------
    >>> from mnist_course import load_mnist
    >>> train, val, test = load_mnist()
    >>> train.images.shape, train.images.dtype
    ((50000, 784), dtype('float32'))
    >>> train.labels[:10]
    array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    """
    path = _find(path)
    try:
        with open(path, "rb") as file:
            digest = _sha256(file)
            arrays = cache.load(path.parent, digest)
            if arrays is None:
                arrays = _parse(file)
                # Only if the file did not change while it was being parsed.
                if _sha256(file) == digest:
                    cache.save(path.parent, digest, arrays)
    except FileNotFoundError:
        raise DatasetError(
            f"{path}: no such file. Name yours with path=... or the environment "
            f"variable MNIST_COURSE_DATA. {REBUILD}"
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise DatasetError(
            f"{path}: cannot be read ({reason}). Expected a gzipped JSON file."
        ) from error
    except DatasetError as error:
        raise DatasetError(f"{path}, {error}") from error.__cause__
    return MNIST(*(Split(arrays[f"{s}_images"], arrays[f"{s}_labels"]) for s in MNIST._fields))


def _find(path):
    """Return where the data file should be."""
    if path is None:
        path = os.environ.get("MNIST_COURSE_DATA")
    if not path:
        path = Path(__file__).resolve().parent.parent / "work" / "mnist.json.gz"
    return Path(path)


def _sha256(file):
    """Return the SHA-256 of an open file, as 64 hexadecimal digits."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _pieces(file):
    """Decompress `file` and yield its text cut after each ``]``, then the rest.

    A good file gives ``[[[[0, ..., 0]`` (three lists are opened, then a row),
    ``,[0, ..., 0]`` for each other row, ``]`` (no more images), ``,[5, ..., 8]``
    (the labels), ``]`` (end of the set); again for the other two sets, the
    first piece beginning with ``,[[``; at last ``]``, and nothing.
    """
    file.seek(0)
    if not (start := file.read(2)).startswith(b"\x1f\x8b"):
        found = f"a file that begins with {start!r}" if start else "an empty file"
        raise DatasetError(f"first bytes: expected a gzip file, found {found}. {FORMAT}")
    file.seek(0)
    text, total = b"", 0
    with gzip.open(file) as stream:
        while chunk := stream.read1(CHUNK):
            total += len(chunk)
            if total > BOMB_SIZE and total > BOMB_RATIO * file.tell():
                raise DatasetError(
                    f"expected data that gzip shrinks less than {BOMB_RATIO}-fold, found "
                    f"{total:,} bytes of text in {file.tell():,}. This is no data set."
                )
            text += chunk
            start = 0
            while end := text.find(b"]", start) + 1:
                yield text[start:end]
                start = end
            text = text[start:]
            if len(text) > LONGEST_LIST:
                raise DatasetError(
                    f"expected the end of a list, found {len(text):,} bytes without one. {FORMAT}"
                )
    yield text


def _parse(file):
    """Return the six arrays of the file by name, ``train_images`` and so on."""
    import simdjson  # the rest of the module does without: in a web page there is none

    pieces, parser = _pieces(file), simdjson.Parser()
    arrays = {}
    for name in MNIST._fields:
        images = _parse_images(pieces, parser, name)
        labels = _parse_labels(pieces, parser, name, len(images))
        _end_of_list(pieces, f"{name} set, after the labels")
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = images, labels
    _end_of_list(pieces, "after the test set")
    rest = _next_piece(pieces, "after the data")
    if rest.strip(SPACE):
        raise DatasetError(f"after the data: expected nothing, found {_excerpt(rest)}. {FORMAT}")
    return arrays


def _parse_images(pieces, parser, name):
    """Return the images of a set, checked: float32 ``[N, 784]``."""
    opening = b"[[[" if name == "train" else b",[["
    pixels, count = bytearray(), 0
    with np.errstate(over="ignore"):  # 1e300 becomes infinite, and is refused below
        while True:
            where = f"{name} images, row {count}"
            piece = _next_piece(pieces, where)
            if count and piece.strip(SPACE) == b"]":
                break
            row = _numbers(piece, opening if count == 0 else b",", parser, where)
            if len(row) != PIXELS:
                raise DatasetError(
                    f"{where}: expected {PIXELS} values, found {len(row)}. An image is "
                    f"a flat list of {IMAGE_ROWS} x {IMAGE_COLS} numbers; mend this row."
                )
            pixels += row.astype(np.float32).data
            count += 1
    images = np.frombuffer(pixels, np.float32).reshape(-1, PIXELS)
    check_pixels(images, name)
    return images


def _parse_labels(pieces, parser, name, count):
    """Return the labels of a set, checked: int64 ``[count]``."""
    where = f"{name} labels"
    labels = _numbers(_next_piece(pieces, where), b",", parser, where)
    check_labels(labels, count, name)
    return labels.astype(np.int64)


def check_pixels(images, name):
    """Check that all pixels of a set lie between 0 and 1.

    Parameters
    ----------
    images : numpy.ndarray
        Numbers, shape ``(N, 784)``.
    name : str
        What to call the set in a message.

    Raises
    ------
    DatasetError
        At the first pixel that does not, or if there is no image.
    """
    if not len(images):
        raise DatasetError(f"{name} images: expected at least one, found none. Add some.")
    if not (images.min() >= 0 and images.max() <= 1):  # so that NaN is refused too
        row, column = np.argwhere(~((images >= 0) & (images <= 1)))[0]
        advice = "Scale the pixels, or mend this one."
        if images.min() >= 0 and images.max() <= 255 and not (images % 1).any():
            advice = "These are grey values 0-255 that were never scaled: divide them by 256."
        raise DatasetError(
            f"{name} images, row {row}, value {column}: expected a pixel from 0 to 1, "
            f"found {images[row, column]:g}. {advice}"
        )


def check_labels(labels, count, name):
    """Check that a set has as many labels as images, all of them digits.

    Parameters
    ----------
    labels : numpy.ndarray
        Numbers, shape ``(N,)``.
    count : int
        The number of images.
    name : str
        What to call the set in a message.

    Raises
    ------
    DatasetError
        If `count` is not N, or at the first label that is no whole number from 0 to 9.
    """
    where = f"{name} labels"
    if len(labels) != count:
        raise DatasetError(
            f"{where}: expected {count} labels, one for each image, found {len(labels)}. "
            "Add what is missing, or remove what is too much."
        )
    wrong = np.flatnonzero((labels < 0) | (labels > 9) | (labels % 1 != 0))
    if len(wrong):
        raise DatasetError(
            f"{where}, row {wrong[0]}: expected a digit from 0 to 9, "
            f"found {labels[wrong[0]]:g}. Mend this label."
        )


def _next_piece(pieces, where):
    """Return the next piece of text, saying `where` if there is none to be had."""
    try:
        return next(pieces)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(
            f"{where}: expected gzip data, found it cut off or damaged ({error}). "
            f"Copy the file anew. {REBUILD}"
        ) from error
    except DatasetError as error:
        raise DatasetError(f"{where}, {error}") from None


def _end_of_list(pieces, where):
    """Take a ``]``, or say what stands there instead."""
    piece = _next_piece(pieces, where)
    if piece.strip(SPACE) != b"]":
        raise DatasetError(
            f"{where}: expected the end of the list, found {_excerpt(piece)}. {FORMAT}"
        )


def _numbers(piece, opening, parser, where):
    """Return the list of numbers in `piece`, float64, if just `opening` stands before it."""
    head, bracket, row = piece.rpartition(b"[")
    head = head.translate(None, SPACE)
    if head != opening or not bracket or not row.endswith(b"]"):
        found = _excerpt(piece)
        if not row.endswith(b"]"):
            found = f"{found}, where the text ends"
        elif row.strip(SPACE) == b"]" and head + bracket == opening:
            found = "an empty set"
        raise DatasetError(f"{where}: expected a list of numbers, found {found}. {FORMAT}")
    try:
        return np.frombuffer(parser.parse(bracket + row).as_buffer(of_type="d"))
    except (ValueError, TypeError, RuntimeError) as error:
        raise DatasetError(
            f"{where}: expected a list of numbers, found {_not_a_number(bracket + row)}. {FORMAT}"
        ) from error


def _not_a_number(row):
    """Say what in the text of a list keeps it from being a list of numbers."""
    try:
        for index, value in enumerate(json.loads(row)):
            if type(value) not in (int, float) or not abs(value) < 2**64:
                return f"{_excerpt(json.dumps(value).encode())} as value {index}"
    except (ValueError, RecursionError) as error:
        return f"{_excerpt(row)}, which is not JSON ({error})"
    return _excerpt(row)


def _excerpt(text):
    """Return the beginning of `text` as it can stand in a message."""
    text = text.strip(SPACE).decode(errors="replace")
    return f"'{text[:40]}...'" if len(text) > 40 else f"'{text}'"
