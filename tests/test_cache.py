"""The copy of the arrays beside the data file: it helps, and it never harms."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import Pickled, small_sets
from test_dataset import assert_same

from mnist_course import cache, dataset, load_mnist

ROOT = Path(__file__).parent.parent
READ = (
    "import sys, zlib, mnist_course\n"
    "print(zlib.crc32(mnist_course.load_mnist(sys.argv[1]).train.images))"
)


def copies(path):
    """Return what the cache has left in the folder of `path`."""
    return sorted(path.parent.glob("mnist-course-*"))


@pytest.fixture
def no_parsing(monkeypatch):
    """Make reading fail where it does not use the copy."""
    monkeypatch.setattr(dataset, "_parse", None)


@pytest.fixture
def read(write):
    """Return a data file that was read once, and so has its copy."""
    path = write(small_sets())
    load_mnist(path)
    assert len(copies(path)) == 1
    return path


def test_the_second_read_uses_the_copy(read, no_parsing):
    assert_same(load_mnist(read), small_sets())


def test_arrays_from_both_reads_are_yours_to_change(write):
    path = write(small_sets())
    for _ in range(2):
        load_mnist(path).train.images[0] = 0
    assert_same(load_mnist(path), small_sets())


def test_another_name_and_date_use_the_same_copy(read, no_parsing):
    moved = read.rename(read.with_name("other.json.gz"))
    os.utime(moved, (1, 1))
    assert_same(load_mnist(moved), small_sets())


def test_other_content_under_the_same_name_and_date_is_read(read, write):
    date = read.stat().st_mtime_ns
    write(small_sets(seed=1))
    os.utime(read, ns=(date, date))
    assert_same(load_mnist(read), small_sets(seed=1))


def test_the_copy_of_another_file_is_not_used(read, write):
    other = write(small_sets(seed=1), "other.gz")
    (copy,) = copies(read)
    load_mnist(other)
    (copy_of_other,) = set(copies(read)) - {copy}
    shutil.copy(copy, copy_of_other)
    assert_same(load_mnist(other), small_sets(seed=1))


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: b"",
        lambda good: good[:100],
        lambda good: good[: len(good) // 2],
        lambda good: good[:-1],
        lambda good: bytes(len(good)),
        lambda good: good[: len(good) // 2] + bytes(len(good) - len(good) // 2),
        lambda good: good[:5000] + bytes([good[5000] ^ 1]) + good[5001:],
        lambda good: b"\x93NUMPY" + good,
        lambda good: b"PK\x03\x04" + os.urandom(5000),
        lambda good: b"not a copy at all",
    ],
)
def test_a_damaged_copy_is_replaced(read, damage, monkeypatch):
    (copy,) = copies(read)
    good = copy.read_bytes()
    copy.write_bytes(damage(good))
    assert_same(load_mnist(read), small_sets())
    monkeypatch.setattr(dataset, "_parse", None)
    assert_same(load_mnist(read), small_sets())


def test_any_damaged_byte_of_a_copy_is_noticed(read):
    (copy,) = copies(read)
    good = copy.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(good), 300):
        copy.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        assert_same(load_mnist(read), small_sets())


def test_a_foreign_array_file_is_not_used(read):
    (copy,) = copies(read)
    np.savez(copy, train_images=np.zeros((3, 784), "f4"))
    assert_same(load_mnist(read), small_sets())
    np.savez(copy, digest=np.array([Pickled(copy.with_name("run"))]))
    assert_same(load_mnist(read), small_sets())
    assert not copy.with_name("run").exists()  # no code of a file runs
    copy.unlink()
    copy.mkdir()
    assert_same(load_mnist(read), small_sets())


def test_a_file_that_changes_while_it_is_read_leaves_no_copy(write, monkeypatch):
    path, parse = write(small_sets()), dataset._parse

    def parse_and_change(file):
        arrays = parse(file)
        path.write_bytes(path.read_bytes() + bytes(9))
        return arrays

    monkeypatch.setattr(dataset, "_parse", parse_and_change)
    assert_same(load_mnist(path), small_sets())
    assert not copies(path)


def crc(path):
    """Return what `run` must print."""
    return f"{zlib.crc32(load_mnist(path).train.images)}\n"


def run(path, prefix=(), **options):
    """Read `path` in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", READ, str(path)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip


def test_eight_processes_that_read_first_at_once_all_succeed(write):
    path = write(small_sets(sizes=(3000, 1, 1)))
    processes = [run(path) for _ in range(8)]
    outputs = {process.communicate(timeout=60)[0] for process in processes}
    assert outputs == {crc(path)}
    assert len(copies(path)) == 1


def test_a_full_disk_is_no_error(write):
    path = write(small_sets(sizes=(300, 1, 1)))

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    output, _ = run(path, preexec_fn=full).communicate(timeout=60)
    assert not copies(path)
    assert output == crc(path)


def test_other_processes_see_a_whole_copy_or_none(write, monkeypatch):
    path, write_array, seen = write(small_sets()), np.lib.format.write_array, []

    def look_and_write(member, array):
        seen.extend(path.parent.glob("*.npz"))
        write_array(member, array)

    monkeypatch.setattr(np.lib.format, "write_array", look_and_write)
    load_mnist(path)
    assert len(copies(path)) == 1 and not seen


FULL = OSError(28, "No space left on device")
EARLY = ValueError("ZIP does not support timestamps before 1980")  # where a clock was never set


@pytest.mark.parametrize("error", [FULL, EARLY])
def test_a_copy_that_cannot_be_written_leaves_nothing(write, monkeypatch, error):
    path = write(small_sets())

    def write_array(member, array):
        member.write(b"half")
        raise error

    monkeypatch.setattr(np.lib.format, "write_array", write_array)
    assert_same(load_mnist(path), small_sets())
    assert not copies(path)


def test_a_folder_that_cannot_be_written_is_no_error(write):
    path = write(small_sets())
    path.parent.chmod(0o555)
    # Root may write anywhere, unless that right is taken from it.
    drop = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    output, _ = run(path, prefix=drop).communicate(timeout=60)
    assert not copies(path)
    assert output == crc(path)


def test_a_process_killed_while_writing_does_no_harm(write):
    path = write(small_sets(sizes=(3000, 1, 1)))
    process = run(path)
    while process.poll() is None and not copies(path):
        time.sleep(0.0005)
    process.kill()
    process.wait()
    for _ in range(2):
        assert_same(load_mnist(path), small_sets(sizes=(3000, 1, 1)))
    assert len([copy for copy in copies(path) if copy.suffix == ".npz"]) == 1


def test_what_killed_processes_left_is_removed_after_an_hour(write):
    path = write(small_sets())
    new, old = (path.with_name(f"mnist-course-{name}.tmp") for name in ("new", "old"))
    another = path.with_name("saved.npz.tmp")  # not the cache's
    for file, age in [(new, 3000), (old, 4000), (another, 4000)]:
        file.write_bytes(b"half")
        os.utime(file, (time.time() - age,) * 2)
    load_mnist(path)
    assert new.exists() and another.exists() and not old.exists()


def test_files_whose_digests_begin_alike_keep_a_copy_each(tmp_path):
    digests = ["0" * 15 + "1" * 49, "0" * 15 + "2" * 49]
    for digest in digests:
        cache.save(tmp_path, digest, {})
    assert [cache.load(tmp_path, digest) for digest in digests] == [{}, {}]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_copy_holds_what_was_saved(tmp_path):
    grey = np.arange(256, dtype=np.float32).repeat(500).reshape(-1, 64)  # 2,000 rows
    odd = grey / 256
    odd[1999, 7] = 1
    arrays = {"whole": np.arange(5), "256": grey / 256, "255": grey / 255, "odd": odd}
    arrays["double"] = np.float64(grey / 256)
    arrays["NaN"] = np.where(odd == 1, np.float32(np.nan), odd)
    cache.save(tmp_path, "0" * 64, arrays)
    found = cache.load(tmp_path, "0" * 64)
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert cache.load(tmp_path, "1" * 64) is None
    assert cache.load(tmp_path, "0" * 16 + "1" * 48) is None  # the name fits, the digest does not


def test_the_copy_of_the_courses_file_takes_about_55_mb(tmp_path):
    sets = load_mnist()._asdict()
    arrays = {f"{name}_{what}": a for name, s in sets.items() for what, a in s._asdict().items()}
    cache.save(tmp_path, "0" * 64, arrays)
    (copy,) = tmp_path.iterdir()
    assert round(copy.stat().st_size / 1e6) == 55
