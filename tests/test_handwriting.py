"""What `prepare` makes is what MNIST's makers made: of their own digits, and of any others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnist_course import load_mnist
from mnist_course.handwriting import prepare


def box(image):
    """Return rows and columns of the ink: top, bottom, left, right."""
    rows, columns = np.nonzero(image.reshape(28, 28))
    return rows.min(), rows.max(), columns.min(), columns.max()


LEVELS = st.sampled_from([0, 0, 0, 0.003, 0.3, 0.5, 1])
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
ANY_INK = arrays(np.float64, SHAPES, elements=LEVELS).filter(np.any)


@pytest.mark.parametrize("enlarged", [1, 3, 10])
def test_a_digit_of_mnist_comes_out_as_itself(enlarged):
    for image in load_mnist().test.images[:300]:
        ink = np.kron(image.reshape(28, 28) * 256 / 255, np.ones((enlarged, enlarged)))
        ink = np.pad(ink, ((40, 3), (0, 170)))  # anywhere on a larger sheet
        # A shade, where the darkest grey value was 254.
        assert np.abs(prepare(ink) - image).max() <= 1 / 256


def by_repeating(ink):
    """Prepare a digit without an edge of paper in another way, up to the division by 256."""
    rows, columns = (max(1, int(20 * side / max(ink.shape) + 0.5)) for side in ink.shape)
    # Each old pixel in `rows` copies, each new one the mean of as many as there were old rows.
    fine = ink.repeat(rows, axis=0).reshape(rows, ink.shape[0], -1).mean(axis=1)
    fine = fine.repeat(columns, axis=1).reshape(rows, columns, ink.shape[1]).mean(axis=2)
    return fine / fine.max() * 255


@pytest.mark.parametrize("shape", [(110, 10), (57, 33), (21, 20), (20, 20), (7, 19), (3, 1)])
def test_other_sizes_are_averages_of_areas(shape):
    ink = np.random.default_rng(0).random(shape) * 0.5 + 0.01
    top, bottom, left, right = box(image := prepare(np.pad(ink, 5)))
    found = image.reshape(28, 28)[top : bottom + 1, left : right + 1] * 256
    expected = by_repeating(ink)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 0.5001


@given(ANY_INK)
def test_the_longer_side_is_20_and_the_centre_of_mass_in_the_middle(ink):
    image = prepare(ink)
    assert image.shape == (784,) and image.dtype == np.float32
    assert image.max() * 256 == 255 and image.min() == 0 and not (image * 256 % 1).any()
    top, bottom, left, right = box(image)
    if ink[ink > 0].min() == ink.max():  # no ink so faint that it may round to nothing
        assert max(bottom - top, right - left) == 19
    image = image.reshape(28, 28).astype(float)
    for axis, edges in ((1, (top, bottom)), (0, (left, right))):
        centre = image.sum(axis=axis) @ np.arange(28) / image.sum()
        middle = 13.45 < centre < 14.55  # [13.5, 14.5), but for the rounding of grey values
        assert middle or edges[0] == 0 or edges[1] == 27


@given(ANY_INK, st.integers(1, 4), st.integers(0, 30), st.integers(0, 30))
def test_place_and_size_make_no_difference(ink, enlarged, before, after):
    moved = ink.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    moved = np.pad(moved, ((before, after), (after, before)))
    assert np.abs(prepare(moved) - prepare(ink)).max() <= 1 / 256


def test_faint_ink_becomes_as_dark_as_mnist():
    ink = np.kron(load_mnist().test.images[0].reshape(28, 28), np.ones((8, 8)))
    assert np.abs(prepare(ink * 0.3) - prepare(ink)).max() <= 1 / 256


@pytest.mark.parametrize(
    ("ink", "message"),
    [
        (np.zeros((28, 28)), "expected ink, found none"),
        (np.zeros((0, 28)), r"found shape \(0, 28\), none"),
        (np.ones(784), r"found shape \(784,\)"),
        (np.full((9, 9), 200), "values 200 to 200"),
        (np.full((9, 9), -0.1), "values -0.1 to -0.1"),
        (np.full((9, 9), np.nan), "values nan to nan"),
    ],
)
def test_what_is_no_ink_is_refused(ink, message):
    with pytest.raises(ValueError, match=message):
        prepare(ink)
