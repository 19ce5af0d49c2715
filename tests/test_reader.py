"""Batches: what `load_data` gives, in which order, and what it refuses."""

import tracemalloc

import numpy as np
import pytest
from conftest import small_sets

from mnist_course import DatasetError, load_data, load_mnist


@pytest.fixture
def path(write):
    """Write a file of 25, 12 and 7 samples; no two images are equal."""
    return write(small_sets(sizes=(25, 12, 7)))


def epoch(reader):
    """Return all images ``[N, 784]`` and labels ``[N]`` of an epoch, in its order."""
    images, labels = zip(*reader(), strict=True)
    return np.concatenate(images).reshape(-1, 784), np.concatenate(labels).ravel()


@pytest.mark.parametrize("mode", ["train", "valid", "eval"])
def test_batches_have_the_promised_shapes_and_types(path, mode):
    for images, labels in load_data(mode, path=path, batch_size=4)():
        assert images.shape[1:] == (1, 28, 28) and images.dtype == np.float32
        assert labels.shape == (len(images), 1) and labels.dtype == np.float32
        assert images.min() >= 0 and images.max() < 1


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(10, [10, 10, 5]), (25, [25]), (24, [24, 1]), (1, [1] * 25), (100, [25])]
    + [(np.int64(10), [10, 10, 5]), (np.uint8(10), [10, 10, 5])],
)
def test_the_last_batch_may_be_smaller(path, batch_size, sizes):
    reader = load_data(path=path, batch_size=batch_size)
    assert [len(labels) for _, labels in reader()] == sizes


@pytest.mark.parametrize(("mode", "split"), [("valid", "val"), ("eval", "test")])
def test_validation_and_test_keep_the_order_of_the_file(path, mode, split):
    split, reader = getattr(load_mnist(path), split), load_data(mode, path=path, batch_size=5)
    for _ in range(2):
        images, labels = epoch(reader)
        np.testing.assert_array_equal(images, split.images)
        np.testing.assert_array_equal(labels, split.labels)


def test_an_epoch_of_training_holds_every_sample_once_each_with_its_label(path):
    train = load_mnist(path).train
    label_of = {image.tobytes(): label for image, label in zip(*train, strict=True)}
    images, labels = epoch(load_data(path=path, batch_size=4))
    assert sorted(image.tobytes() for image in images) == sorted(label_of)
    assert [label_of[image.tobytes()] for image in images] == labels.tolist()


def test_each_epoch_has_another_order_and_a_seed_repeats_the_sequence(path):
    def orders(seed):
        reader = load_data(path=path, seed=seed)
        return [epoch(reader)[0].tobytes() for _ in range(3)]

    in_file = load_mnist(path).train.images.tobytes()
    assert len({in_file, *orders(7), *orders(8)}) == 7
    assert orders(7) == orders(7)
    assert orders(None) != orders(None)


def test_an_order_depends_on_the_seed_and_the_epoch_alone(path):
    reader = load_data(path=path, seed=7, batch_size=4)
    next(reader())  # an epoch that was left early counts like any other
    epochs = [epoch(reader)[0].tobytes() for _ in range(3)]
    for number, expected in enumerate(epochs, 1):
        later = load_data(path=path, seed=7, batch_size=9, start=(number, 0))
        assert epoch(later)[0].tobytes() == expected


def test_a_reader_starts_at_any_epoch_and_batch_and_goes_on_with_the_next_epoch(path):
    reader = load_data(path=path, seed=7, batch_size=4)  # 7 batches, the last of one sample
    epochs = [list(reader()) for _ in range(4)]
    for first, batch in [(0, 0), (0, 1), (1, 6), (2, 7), [2, 3], (np.int64(2), np.int64(3))]:
        later = load_data(path=path, seed=7, batch_size=4, start=(first, batch))
        for expected in [epochs[first][batch:], *epochs[first + 1 :]]:
            found = list(later())
            assert len(found) == len(expected)
            for (x, y), (images, labels) in zip(found, expected, strict=True):
                np.testing.assert_array_equal(x, images)
                np.testing.assert_array_equal(y, labels)


@pytest.mark.parametrize("mode", ["valid", "eval"])
def test_sets_that_are_not_shuffled_start_later_without_a_seed(path, mode):
    expected = list(load_data(mode, path=path, batch_size=3)())[1:]
    reader = load_data(mode, path=path, batch_size=3, start=(5, 1))
    for (images, _), (x, _) in zip(expected, reader(), strict=True):
        np.testing.assert_array_equal(x, images)


def test_what_lies_before_the_start_is_not_read(path, monkeypatch):
    taken = []
    monkeypatch.setattr("mnist_course.reader.from_bytes", lambda batch: taken.append(len(batch)))
    list(load_data(path=path, seed=0, batch_size=10, start=(3, 1))())
    assert taken == [10, 5]


@pytest.mark.parametrize(
    "start", [(0, 8), (-1, 0), (0, -1), (0.5, 0), (0, "1"), 3, None, (1,), (1, 2, 3), "12"]
)
def test_an_impossible_start_is_refused(path, start):
    with pytest.raises(ValueError, match=r"start: expected \(epoch, batch\).* from 0 to 7, found"):
        load_data(path=path, seed=0, batch_size=4, start=start)


@pytest.mark.parametrize("start", [(1, 0), (0, 1)])
def test_orders_that_were_never_begun_are_not_continued(path, start):
    with pytest.raises(ValueError, match="needs the seed that the training began with"):
        load_data(path=path, start=start)


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_an_impossible_seed_is_refused_before_the_first_batch(path, seed):
    with pytest.raises((ValueError, TypeError)):
        load_data(path=path, seed=seed)


def scaled(scale):
    """Return small sets of grey values divided by `scale`; only for 256 are they kept as bytes."""
    sets = small_sets()
    for images, _ in sets:
        images[:] = (np.array(images) * 256 / scale).tolist()
    return sets


@pytest.mark.parametrize("scale", [256, 255, 1000])
def test_pixels_arrive_as_they_stand_in_the_file(write, scale):
    sets = scaled(scale)
    expected = np.array(sets[1][0]).astype(np.float32)
    images, _ = epoch(load_data("valid", path=write(sets)))
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, expected)


@pytest.mark.parametrize("scale", [256, 255])
def test_batches_are_copies(write, scale):
    path = write(scaled(scale))
    reader = load_data("valid", path=path)
    for images, labels in reader():
        images[:] = labels[:] = 9
    images, labels = epoch(reader)
    np.testing.assert_array_equal(images, load_mnist(path).val.images)
    np.testing.assert_array_equal(labels, load_mnist(path).val.labels)


def test_a_reader_keeps_a_byte_for_each_pixel_of_its_set_alone(write):
    path = write(small_sets(sizes=(300, 300, 1)))
    load_mnist(path)  # leaves the copy
    tracemalloc.start()
    try:
        reader = load_data("valid", path=path)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(next(reader())[1]) == 100
    assert 300 * 784 < kept < 1.5 * 300 * 784


@pytest.mark.parametrize("mode", ["test", "val", "", None, "TRAIN"])
def test_an_unknown_mode_is_refused(path, mode):
    with pytest.raises(ValueError, match=r"mode: expected one of \['train', 'valid', 'eval'\]"):
        load_data(mode, path=path)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "100", None])
def test_an_impossible_batch_size_is_refused(path, batch_size):
    with pytest.raises(ValueError, match="batch_size: expected a whole number from 1, found"):
        load_data(path=path, batch_size=batch_size)


def test_a_bad_file_is_refused_before_the_first_batch(write):
    with pytest.raises(DatasetError, match="train images"):
        load_data(path=write("[]"))
