"""Whatever happens to a small file, it is refused, or loads as `json.load` would have it."""

import gzip
import json
import math
import random
import re

import numpy as np
from conftest import small_sets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_course import DatasetError, load_mnist

SETS = small_sets(sizes=(3, 2, 1))
TEXT = json.dumps(SETS).encode()
PACKED = gzip.compress(TEXT, 1)

# The values that are put in place of a number, a row, a list or a whole set.
NUMBERS = st.sampled_from([0, 1, -1, 2, 10, 0.5, -0.5, 1e-400, 1e300, 10**30, 2**64, math.nan])
ODD = st.sampled_from([None, True, "", "0.5", "]", "[[[", {}, {"a": [1]}, [], [[]], [0.5], [3, 4]])
VALUES = NUMBERS | ODD | st.lists(NUMBERS, max_size=3)

# Spellings of numbers, and things that stand where a number, a bracket or a comma should.
SNIPPETS = st.sampled_from(
    [b"0", b"1", b"-", b"+", b".", b"e", b"E9", b"00", b"0.1", b"1e-2", b"1.", b",", b",,", b"["]
    + [b"]", b"[]", b"],[", b"]]", b"[[", b"\n\t ", b"\f", b"\v", b"\xa0", b"\0", b'"', b"null"]
    + [
        b"NaN",
        b"Infinity",
        b"{}",
        b":",
        b"//",
        b"\xff",
        b"\xef\xbb\xbf",
        b"0x1",
        b"1_0",
        b"\\u0030",
    ]
)


def oracle(packed):
    """Return the six arrays, read slowly and in the plainest way; None if the file is bad."""
    try:
        data = json.loads(gzip.decompress(packed))
        assert isinstance(data, list) and len(data) == 3
        arrays = []
        for images, labels in data:
            assert len(images) == len(labels) > 0
            for row in images:
                assert isinstance(row, list) and len(row) == 784
                assert all(type(value) in (int, float) and 0 <= value <= 1 for value in row)
            assert all(type(label) in (int, float) for label in labels)
            assert all(label in range(10) for label in labels)
            arrays += [np.array(images, np.float64).astype("f4"), np.array(labels, np.int64)]
        return arrays
    except Exception:
        return None


def check(folder, packed):
    """Compare `load_mnist` with the oracle; return whether the file loads."""
    path = folder / "damaged.json.gz"
    path.write_bytes(packed)
    expected = oracle(packed)
    try:
        found = load_mnist(path)
    except DatasetError as error:
        assert str(error).startswith(str(path)) and "expected" in str(error).lower()
        return False
    finally:
        for copy in folder.glob("mnist-course-*"):
            copy.unlink()
    assert expected is not None, "a bad file was loaded"
    arrays = [array for split in found for array in split]
    for array, right in zip(arrays, expected, strict=True):
        assert array.dtype == right.dtype
        np.testing.assert_array_equal(array, right)
    return True


many = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@many
@given(data=st.data())
def test_damaged_bytes_of_the_gzip_file(tmp_path, data):
    packed = bytearray(PACKED)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(packed)))
        cut = data.draw(st.integers(0, 5))
        packed[place : place + cut] = data.draw(st.binary(max_size=5))
    if data.draw(st.booleans()):
        packed = packed[: data.draw(st.integers(0, len(packed)))]
    check(tmp_path, bytes(packed))


@many
@given(data=st.data())
def test_damaged_text(tmp_path, data):
    text = bytearray(TEXT)
    for _ in range(data.draw(st.integers(1, 3))):
        # Brackets are few, so half of the damage is done at one of them.
        brackets = [found.start() for found in re.finditer(rb"[][]", text)]
        places = st.integers(0, len(text)) | st.sampled_from(brackets or [0])
        place, cut = data.draw(places), data.draw(st.integers(0, 5))
        text[place : place + cut] = data.draw(SNIPPETS | st.binary(max_size=4))
    check(tmp_path, gzip.compress(bytes(text), 1))


@many
@given(data=st.data())
def test_damaged_structure(tmp_path, data):
    sets = json.loads(TEXT)
    for _ in range(data.draw(st.integers(1, 2))):
        # Walk to some depth, then replace, remove, repeat or swap what is there.
        here = sets
        for _ in range(data.draw(st.integers(0, 3))):
            below = [item for item in here if isinstance(item, list) and item]
            if not below:
                break
            here = data.draw(st.sampled_from(below))
        place = data.draw(st.integers(0, len(here) - 1))
        match data.draw(st.sampled_from(["replace", "remove", "repeat", "swap", "wrap"])):
            case "replace":
                here[place] = data.draw(VALUES)
            case "remove":
                del here[place]
            case "repeat":
                here.insert(place, here[place])
            case "swap":
                here[place], here[0] = here[0], here[place]
            case "wrap":
                here[place] = [here[place]]
        if not sets:
            break
    check(tmp_path, gzip.compress(json.dumps(sets).encode(), 1))


SPELLINGS = [
    repr,
    "{:.1f}".format,
    "{:.9f}".format,
    "{:e}".format,
    "{:.17E}".format,
    lambda value: str(round(value)),
    lambda value: f"{value * 1000:.15f}e-3",
    lambda value: f"{value / 1000:.20f}E+3",
]


@many
@given(data=st.data())
def test_every_valid_spelling_loads(tmp_path, data):
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "\n", "\t", "\r\n"]), min_size=1))

    def gap():
        return rng.choice(gaps)

    def spell(values):
        count = len(values)
        spellings, before, after = (rng.choices(of, k=count) for of in (SPELLINGS, gaps, gaps))
        columns = zip(spellings, values, before, after, strict=True)
        return "[" + ",".join(b + spelling(v) + a for spelling, v, b, a in columns) + "]"

    def listing(items):
        return gap() + "[" + ",".join(items) + gap() + "]" + gap()

    sets = []
    for _ in range(3):
        size = rng.randint(1, 3)
        images = listing([gap() + spell([rng.random() for _ in range(784)]) for _ in range(size)])
        labels = gap() + spell([float(rng.randrange(10)) for _ in range(size)])
        sets.append(listing([images, labels]))
    assert check(tmp_path, gzip.compress(listing(sets).encode(), 1))
