"""Small data files to read, whole and damaged."""

import gzip
import json
import os

import numpy as np
import pytest

LONGEST = (
    "test_a_machine_that_falls_silent",
    "test_chapters_hold_in_the_worst",
    "test_the_exercise_lacks_nothing[8.",
    "test_the_exercise_lacks_nothing[10.",
    "test_what_was_saved_is_used",
    "test_nbval_finds",
    "test_training_that_is_killed",
    "test_it_makes_the_committed_file",
    "test_ways_are_measured",
    # of the site
    "test_each_page",
    "test_each_exercise_says",
    "test_each_cell_to_play",
    "test_the_book_in_one_file",
    "test_the_book_of_a_fork",
)


def pytest_collection_modifyitems(items):
    """Begin with the longest, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: not item.name.startswith(LONGEST))


def small_sets(seed=0, sizes=(3, 2, 2)):
    """Return three small sets as the JSON file holds them: lists of lists."""
    rng = np.random.default_rng(seed)
    return [
        [
            (rng.integers(0, 256, (size, 784)) / 256).tolist(),
            rng.integers(0, 10, size).tolist(),
        ]
        for size in sizes
    ]


class Pickled:
    """Makes a folder where somebody reads it from a file."""

    def __init__(self, folder):
        """Remember the folder."""
        self.folder = str(folder)

    def __reduce__(self):
        """Say what to do when it is read."""
        return os.mkdir, (self.folder,)


@pytest.fixture
def sets():
    """Three small sets, to be damaged at will."""
    return small_sets()


@pytest.fixture
def write(tmp_path):
    """Write what is given (objects, text or bytes of text) as a data file; return its path."""

    def write(content, name="mnist.json.gz"):
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content, 1))
        return path

    return write
