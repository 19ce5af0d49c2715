"""Keep the arrays of a data file beside it, so that only the first read is slow.

The copy is an ordinary ``.npz`` whose name and content hold the SHA-256 of the
data file: other content, another copy. NumPy checks its CRC-32 while reading.
The copy is never needed: whatever is wrong with it, the data file is read.
"""

import os
import time
import uuid
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
            return {name: saved[name] for name in saved.files if name != "digest"}
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
        What to save; about 220 MB for MNIST.
    """
    file = _file(folder, digest)
    temporary = folder / f"{file.name}.{uuid.uuid4().hex}.tmp"
    try:
        # What processes that were killed while writing left behind.
        for old in folder.glob("mnist-course-*.tmp"):
            if time.time() - old.stat().st_mtime > 3600:
                old.unlink()
        try:
            with open(temporary, "xb") as stream:
                np.savez(stream, digest=digest, **arrays)
            os.replace(temporary, file)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError):  # no right to write here, no room left
        pass


def _file(folder, digest):
    """Return where the copy is: ``mnist-course-0123456789abcdef.npz``."""
    return Path(folder) / f"mnist-course-{digest[:16]}.npz"
