"""Keep the arrays of a data file beside it, so that only the first read is slow.

The copy is an ordinary ``.npz`` whose name and content hold the SHA-256 of the
data file: other content, another copy. Its CRC-32 is checked while reading.
Pixels that are grey values divided by 256 are kept as what they were, one byte
each. The copy is never needed: whatever is wrong with it, the data file is read.
"""

import os
import time
import uuid
import zipfile
from pathlib import Path

import numpy as np


def load(folder, digest):
    """Return the arrays saved for a data file.

    Parameters
    ----------
    folder : pathlib.Path
        The data file's folder.
    digest : str
        SHA-256 of the data file's bytes, in hexadecimal.

    Returns
    -------
    dict of str to numpy.ndarray, or None
        As they were saved; None if there is no copy, or it is damaged, cut off
        or another file's.
    """
    try:
        with np.load(_file(folder, digest)) as saved:
            if saved["digest"] != digest:
                return None
            return {name: from_bytes(saved[name]) for name in saved.files if name != "digest"}
    except Exception:  # a damaged copy can fail in any way; the data file is the truth
        return None


def save(folder, digest, arrays):
    """Save the arrays of a data file; where that cannot be done, do nothing.

    They are written to a temporary file that then takes its final name in one
    step, so other processes see a whole copy or none.

    Parameters
    ----------
    folder : pathlib.Path
        The data file's folder.
    digest : str
        SHA-256 of the data file's bytes, in hexadecimal.
    arrays : dict of str to numpy.ndarray
        What to save; about 55 MB for MNIST.
    """
    file = _file(folder, digest)
    temporary = folder / f"{file.name}.{uuid.uuid4().hex}.tmp"
    try:
        # What processes that were killed while writing left behind.
        for old in folder.glob("mnist-course-*.tmp"):
            if time.time() - old.stat().st_mtime > 3600:
                old.unlink()
        try:
            with zipfile.ZipFile(temporary, "x") as archive:
                for name, array in {"digest": np.array(digest), **arrays}.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, to_bytes(array))
            os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError):  # no right to write here, no room left
        pass


def to_bytes(array):
    """Turn pixels that are grey values divided by 256 back into grey values.

    Parameters
    ----------
    array : numpy.ndarray
        Any array with at least one dimension.

    Returns
    -------
    numpy.ndarray
        uint8, the float32 `array` times 256; or `array` itself, where that
        would lose anything or its type is another.
    """
    if array.dtype != np.float32:
        return array
    grey = np.empty(array.shape, np.uint8)
    with np.errstate(invalid="ignore"):  # what is no byte is found out below
        for start in range(0, len(array), 1000):  # a copy of it all would need much memory
            rows = slice(start, start + 1000)
            values = array[rows] * 256
            grey[rows] = values
            if not np.array_equal(grey[rows], values):
                return array
    return grey


def from_bytes(array):
    """Undo `to_bytes`, exactly.

    Parameters
    ----------
    array : numpy.ndarray
        What `to_bytes` returned, or a part of it.

    Returns
    -------
    numpy.ndarray
        float32 from uint8; other arrays as they are.
    """
    return array * np.float32(1 / 256) if array.dtype == np.uint8 else array


def _file(folder, digest):
    """Return where the copy is: ``mnist-course-0123456789abcdef.npz``."""
    return Path(folder) / f"mnist-course-{digest[:16]}.npz"
