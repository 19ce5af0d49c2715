"""Reading the data file: what loads, what is refused, and what the message says."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import small_sets

from mnist_course import DatasetError, dataset, load_mnist
from work.build_mnist import DIGESTS

ROOT = Path(__file__).parent.parent

# MD5 and SHA-256 of the four files of MNIST, uncompressed.
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def assert_same(data, sets):
    """Check that the arrays are what json.load gives, number by number."""
    for split, (images, labels) in zip(data, sets, strict=True):
        assert split.images.dtype == np.float32
        assert split.labels.dtype == np.int64
        np.testing.assert_array_equal(split.images, np.array(images, np.float64).astype("f4"))
        np.testing.assert_array_equal(split.labels, np.array(labels))


# The course's own file


def idx_file(values):
    """Return the bytes of an IDX file: its magic number, its sizes, its values."""
    header = [0x800 + values.ndim, *values.shape]
    return b"".join(number.to_bytes(4, "big") for number in header) + values.tobytes()


def test_the_committed_file_is_mnist():
    train, val, test = load_mnist()
    assert [len(split.images) for split in (train, val, test)] == [50_000, 10_000, 10_000]
    files = {
        "train-images-idx3-ubyte": np.concatenate([train.images, val.images]) * 256,
        "train-labels-idx1-ubyte": np.concatenate([train.labels, val.labels]),
        "t10k-images-idx3-ubyte": test.images * 256,
        "t10k-labels-idx1-ubyte": test.labels,
    }
    for name, values in files.items():
        values = values.reshape(-1, 28, 28) if "images" in name else values
        data = idx_file(values.astype(np.uint8))
        assert hashlib.md5(data).hexdigest() == MD5[name]
        assert hashlib.sha256(data).hexdigest() == DIGESTS[name]


def test_the_course_file_is_found_from_any_folder(tmp_path):
    code = "from mnist_course import load_mnist; print(len(load_mnist().train.labels))"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MNIST_COURSE_DATA": ""}  # as if not set
    run = [sys.executable, "-c", code]
    assert subprocess.check_output(run, cwd=tmp_path, env=env).strip() == b"50000"


def test_the_environment_names_the_file_unless_an_argument_does(write, monkeypatch):
    one, other = write(small_sets(1), "one.gz"), write(small_sets(2), "other.gz")
    monkeypatch.setenv("MNIST_COURSE_DATA", str(one))
    assert_same(load_mnist(), small_sets(1))
    assert_same(load_mnist(other), small_sets(2))
    assert_same(load_mnist(str(other)), small_sets(2))


# Other files of the format


@pytest.mark.parametrize(
    "spell",
    [
        json.dumps,
        lambda sets: json.dumps(sets, separators=(",", ":")),
        lambda sets: json.dumps(sets, indent=8),
        lambda sets: "\r\n\t " + json.dumps(sets, separators=("\n,\t", ":")) + " \n",
        lambda sets: json.dumps(sets).replace(" 0.0,", " 0,").replace("[0.0,", "[0,"),
        lambda sets: json.dumps(sets).replace("0.5,", "5e-1,").replace("0.25,", "2.5E-01,"),
        lambda sets: json.dumps(sets).replace(".0,", ".000000000000000000000000000,"),
    ],
)
def test_any_spelling_loads(write, sets, spell):
    text = spell(sets)
    assert_same(load_mnist(write(text)), json.loads(text))


def test_pixels_over_255_load_as_float32(write, sets):
    for images, _ in sets:
        images[:] = (np.array(images) * 256 / 255).round(9).tolist()
    sets[0][0][0][:3] = [1, 1.0, 100e-2]
    assert_same(load_mnist(write(sets)), sets)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 70, 2), (400, 1, 1)])
def test_other_sizes_load(write, sizes):
    sets = small_sets(sizes=sizes)
    assert_same(load_mnist(write(sets)), sets)


def test_labels_may_be_spelled_as_any_whole_number(write, sets):
    sets[0][1] = "LABELS"
    text = json.dumps(sets).replace('"LABELS"', "[5.0, 0.3e1, 0]")
    assert load_mnist(write(text)).train.labels.tolist() == [5, 3, 0]


def test_several_gzip_members_and_padding_load(tmp_path, sets):
    text = json.dumps(sets).encode()
    path = tmp_path / "members.gz"
    path.write_bytes(gzip.compress(text[:5000]) + gzip.compress(text[5000:]) + bytes(512))
    assert_same(load_mnist(path), sets)


# What is refused. Each damage, and what the message must say of it: where,
# what was found, what to do.


def row_of(*front):
    """Return a row of 784 numbers that begins with `front`."""
    return [*front, *[0.5] * (784 - len(front))]


def change(*keys):
    """Return a function that puts a value at sets[key][key]..."""

    def put(sets, value):
        for key in keys[:-1]:
            sets = sets[key]
        sets[keys[-1]] = value

    return put


BAD_CONTENT = {
    "783 values": (change(0, 0, 2), row_of()[1:], ["train images, row 2", "784", "found 783"]),
    "785 values": (change(1, 0, 1), row_of(0) + [0], ["val images, row 1", "784", "found 785"]),
    "an empty row": (change(2, 0, 1), [], ["test images, row 1", "found 0"]),
    "a string": (change(0, 0, 1, 7), "0.5", ["train images, row 1", "'\"0.5\"' as value 7"]),
    "null": (change(2, 0, 0, 783), None, ["test images, row 0", "'null' as value 783"]),
    "true": (change(0, 0, 0, 0), True, ["train images, row 0", "'true' as value 0"]),
    "NaN": (change(0, 0, 1, 2), float("nan"), ["train images, row 1", "'NaN' as value 2"]),
    "Infinity": (change(0, 0, 1, 2), float("inf"), ["row 1", "'Infinity' as value 2"]),
    "a bracket in a string": (change(0, 0, 1, 2), "]", ["train images, row 1", "not JSON"]),
    "an object": (change(0, 0, 1, 2), {"a": 1}, ["train images, row 1", "as value 2"]),
    "a negative value": (change(1, 0, 1, 5), -0.25, ["val images, row 1, value 5", "-0.25"]),
    "a value over 1": (change(1, 0, 0, 5), 1.5, ["row 0, value 5", "found 1.5. Scale the pixels"]),
    "two wrong values": (change(1, 0), [row_of(0, 2), row_of(3)], ["row 0, value 1", "found 2"]),
    "a huge value": (change(1, 0, 0, 5), 1e300, ["val images, row 0, value 5", "found inf"]),
    "28 rows of 28": (
        change(0, 0, 0),
        [[0.5] * 28] * 28,
        ["train images, row 0", "expected a list of numbers", "flat list of 784"],
    ),
    "a number for an image": (change(0, 0, 1), 0.5, ["train images, row 1", "found ',0.5,["]),
    "label 10": (change(0, 1, 1), 10, ["train labels, row 1", "0 to 9", "found 10"]),
    "label -1": (change(1, 1, 0), -1, ["val labels, row 0", "found -1"]),
    "label 2.5": (change(2, 1, 1), 2.5, ["test labels, row 1", "found 2.5"]),
    "two wrong labels": (change(0, 1), [1, 10, 11], ["train labels, row 1", "found 10"]),
    "a label in words": (change(0, 1, 1), "seven", ["train labels", "'\"seven\"' as value 1"]),
    "a label in a list": (change(0, 1, 1), [7], ["train labels", "expected a list of numbers"]),
    "fewer labels": (change(0, 1), [1, 2], ["train labels", "expected 3", "found 2"]),
    "more labels": (change(2, 1), [1, 2, 3], ["test labels", "expected 2", "found 3"]),
    "no labels": (change(1), [[row_of()]], ["val labels", "found ']'"]),
    "three lists": (change(1), [[row_of()], [1], [1]], ["val set, after the labels", "',[1]'"]),
    "labels first": (change(0), [[1, 2], [row_of()] * 2], ["train images, row 0", "'[[[1,2]'"]),
    "no images": (change(0, 0), [], ["train images, row 0", "an empty set"]),
    "an empty set": (change(1), [[], []], ["val images, row 0", "an empty set"]),
    "a set that is no list": (change(2), 7, ["test images, row 0", "found ',7]'"]),
    "a set that is an object": (change(0), {"images": [[1]]}, ["train images, row 0", "images"]),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")  # the message is all that a user hears
@pytest.mark.parametrize("name", BAD_CONTENT)
def test_bad_content_is_refused(write, sets, name):
    put, value, says = BAD_CONTENT[name]
    put(sets, value)
    path = write(json.dumps(sets, separators=(",", ":")))
    with pytest.raises(DatasetError) as error:
        load_mnist(path)
    for words in [str(path), "expected", "found", *says]:
        assert words in str(error.value)
    assert not list(path.parent.glob("mnist-course-*"))  # nothing is kept of a bad file


BAD_TEXT = {
    "nothing": ("", ["train images, row 0", "where the text ends"]),
    "no JSON": ("<html>404 Not Found</html>", ["train images, row 0", "<html>404"]),
    "an empty list": ("[]", ["train images, row 0", "'[]'"]),
    "an object": ('{"train": [1]}', ["train images, row 0", '{"train": [1]']),
    "UTF-16": (json.dumps(small_sets()).encode("utf-16"), ["train images, row 0"]),
    "a comma too much": (json.dumps(small_sets()) + ",", ["after the data", "','"]),
    "a list too much": (json.dumps(small_sets()) + "[1]", ["after the data", "'[1]'"]),
    "a bracket too much": (json.dumps(small_sets()) + "]", ["after the data", "']'"]),
    "the last bracket missing": (json.dumps(small_sets())[:-1], ["after the test set", "found ''"]),
    "half the text": (
        json.dumps(small_sets())[:20_000],
        ["train images, row 2", "where the text ends"],
    ),
    "a missing comma": (
        json.dumps(small_sets(), separators=(",", ":")).replace("],[", "][", 1),
        ["train images, row 1", "found '["],
    ),
    "two sets": (json.dumps(small_sets()[:2]), ["test images, row 0", "found ']'"]),
    "one set": (json.dumps(small_sets()[:1]), ["val images, row 0", "found ']'"]),
    "four sets": (
        json.dumps(small_sets(sizes=(1, 1, 1, 1))),
        ["after the test set", "expected the end of the list"],
    ),
    "a form feed between rows": (
        json.dumps(small_sets(), separators=(",", ":")).replace("],[", "],\f[", 1),
        ["train images, row 1"],
    ),
    "objects in objects": ("[[[[" + '{"a":' * 100_000 + "]", ["train images, row 0", "not JSON"]),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(small_sets()).encode(), ["train images"]),
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_bad_text_is_refused(write, name):
    text, says = BAD_TEXT[name]
    path = write(text)
    with pytest.raises(DatasetError) as error:
        load_mnist(path)
    for words in [str(path), "expected", "found", "gzipped JSON [train, val, test]", *says]:
        assert words in str(error.value)


def test_grey_values_that_were_never_scaled_are_called_so(write, sets):
    for images, _ in sets:
        images[:] = (np.array(images) * 256).astype(int).tolist()
    with pytest.raises(DatasetError, match="grey values 0-255 that were never scaled: divide"):
        load_mnist(write(sets))


BAD_FILES = {
    "not gzip": (lambda good: gzip.decompress(good), ["expected a gzip file", "b'[['"]),
    "empty": (lambda good: b"", ["expected a gzip file", "an empty file"]),
    "one byte": (lambda good: b"\x1f", ["expected a gzip file", r"b'\x1f'"]),
    "cut in the header": (lambda good: good[:6], ["train images, row 0", "cut off"]),
    "cut in the middle": (lambda good: good[: len(good) // 2], ["images, row", "cut off"]),
    "cut in the last byte": (lambda good: good[:-1], ["cut off or damaged"]),
    "rubbish behind": (lambda good: good + b"rubbish", ["after the data", "damaged"]),
    "wrong checksum": (lambda good: good[:-8] + bytes(4) + good[-4:], ["damaged", "CRC"]),
    "a byte changed": (lambda good: good[:99] + b"\xff\xff\xff" + good[102:], ["found"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_refused(write, sets, name):
    path = write(sets)
    damage, says = BAD_FILES[name]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetError) as error:
        load_mnist(path)
    for words in [str(path), "expected", "found", *says]:
        assert words in str(error.value)


def test_a_missing_file_says_how_to_get_it(tmp_path):
    with pytest.raises(DatasetError, match="no such file.*git checkout.*build_mnist.py"):
        load_mnist(tmp_path / "nowhere.gz")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="cannot be read .*directory"):
        load_mnist(tmp_path)


# Gzip bombs


def bomb(unit, size, start):
    """Return `size` bytes of repeated `unit` behind `start`, as gzip; the checksum is wrong."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = unit * (1_000_000 // len(unit))
    begin = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # would be the same again
    return begin + part * (size // len(block)) + packer.flush()


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        (b"", b"\0"),
        (b"", b" "),
        (b"", b"["),
        (b"", b"[[[]"),
        (b"[[[[", b"0,"),
        (b"[[[[", b"0"),
        (b"[[[" + json.dumps([0] * 784).encode(), b"," + json.dumps([0] * 784).encode()),
        (b"[[[" + json.dumps([0] * 784).encode() + b"],[", b"1,"),
    ],
    ids=["zero bytes", "space", "brackets", "lists", "a row", "a number", "rows", "labels"],
)
def test_a_gzip_bomb_is_refused_early_in_bounded_memory(tmp_path, start, unit):
    path = tmp_path / "bomb.gz"
    path.write_bytes(bomb(unit, 400_000_000, start))
    code = (
        "import resource, sys, mnist_course\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000, 1_200_000_000))\n"
        "try: mnist_course.load_mnist(sys.argv[1])\n"
        "except mnist_course.DatasetError as error: print(error)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    run = [sys.executable, "-c", code, str(path)]
    out = subprocess.check_output(run, env=env, text=True, timeout=60)
    assert out.startswith(f"{path}, train ") and "expected" in out  # and where in the file
    if unit != b"[[[]":  # which is refused at its first piece
        found = int(re.search(r"found ([\d,]+) bytes", out)[1].replace(",", ""))
        assert found < 280_000_000  # of 400,000,000


def test_many_images_with_little_ink_are_no_gzip_bomb(write, monkeypatch):
    monkeypatch.setattr(dataset, "BOMB_SIZE", 1 << 18)  # so that few count as many
    sets = small_sets(sizes=(500, 1, 1))
    sets[0][0][2:] = np.zeros((498, 784)).tolist()
    path = write(sets)
    assert 80 < len(json.dumps(sets)) / path.stat().st_size < 120
    assert_same(load_mnist(path), sets)
