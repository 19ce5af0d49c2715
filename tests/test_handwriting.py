"""A photograph's digits are found, and `prepare` makes of them what MNIST's makers made."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from mnist_course import load_mnist
from mnist_course.handwriting import find_digits, find_ink, prepare, read_photo

sys.path.insert(0, str(Path(__file__).parent.parent / "chapters"))
import sheet


def box(image):
    """Return rows and columns of the ink: top, bottom, left, right."""
    rows, columns = np.nonzero(image.reshape(28, 28))
    return rows.min(), rows.max(), columns.min(), columns.max()


LEVELS = st.sampled_from([0, 0, 0, 0.1, 0.3, 0.5, 1])
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
    assert max(bottom - top, right - left) == 19
    rows, columns = np.nonzero(ink)
    small = by_repeating(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    for axis, first, last in ((1, top, bottom), (0, left, right)):
        profile = small.sum(axis=axis)
        centre = first + profile @ np.arange(len(profile)) / profile.sum()
        assert 13.5 - 1e-6 < centre < 14.5 + 1e-6 or first == 0 or last == 27


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


@pytest.fixture(scope="module")
def digits():
    """Return twelve test images."""
    return load_mnist().test.images[12:24]


@pytest.fixture(scope="module")
def photo(digits):
    """Return a photograph of them."""
    return Image.fromarray(sheet.photograph(digits, seed=1))


def rows_of(path):
    """Return the digits of a photograph as rows of 784."""
    return np.array([prepare(digit) for _, _, digit in find_digits(find_ink(read_photo(path)))])


def assert_found(path, digits):
    """Assert that these digits are found, in this order."""
    found = rows_of(path)
    assert len(found) == len(digits)
    distances = np.abs(found[:, None] - digits).mean(axis=2)
    assert (distances.argmin(axis=1) == range(len(digits))).all()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "YCbCr"])
@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp"])
def test_any_mode_and_format_is_read(tmp_path, photo, digits, mode, ending):
    path = tmp_path / f"photo.{ending}"
    try:
        photo.convert(mode).save(path)
    except OSError:
        pytest.skip(f"{ending} has no {mode}")
    assert_found(path, digits)


def test_16_bits_are_read(tmp_path, photo, digits):
    values = np.asarray(photo.convert("L")).astype(np.uint16) * 257
    Image.fromarray(values).save(tmp_path / "photo.png")
    assert_found(tmp_path / "photo.png", digits)
    Image.fromarray(values.astype(np.int32)).save(tmp_path / "photo.tif")
    assert_found(tmp_path / "photo.tif", digits)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1"])
def test_what_is_transparent_is_paper(tmp_path, photo, digits, mode):
    ink = find_ink(np.float32(photo.convert("L")) / 255)
    black = np.zeros((*ink.shape, 4), np.uint8)  # black everywhere, seen where there is ink
    black[:, :, 3] = ink * 255
    picture = Image.fromarray(black)
    if mode == "P":  # colour 0 is black and transparent, colour 1 black
        picture = Image.fromarray(np.uint8(ink > 0), "L")
        picture.putpalette([0] * 768)
        picture.save(tmp_path / "photo.png", transparency=0)
    elif mode == "1":
        Image.fromarray(ink == 0).save(tmp_path / "photo.png")
    else:
        picture.convert(mode).save(tmp_path / "photo.png")
    assert_found(tmp_path / "photo.png", digits)


@pytest.mark.parametrize(("tag", "turn"), [(3, 180), (6, 90), (8, 270)])
def test_a_photograph_is_turned_as_its_camera_noted(tmp_path, photo, digits, tag, turn):
    exif = Image.Exif()
    exif[0x0112] = tag
    photo.rotate(turn, expand=True).save(tmp_path / "photo.jpg", exif=exif)
    assert_found(tmp_path / "photo.jpg", digits)


def test_white_on_black_is_read(tmp_path, photo, digits):
    Image.fromarray(255 - np.asarray(photo)).save(tmp_path / "photo.png")
    assert_found(tmp_path / "photo.png", digits)


def test_pencil_is_read(tmp_path, photo, digits):
    faint = 255 - (255 - np.asarray(photo, float)) * 0.4
    Image.fromarray(np.uint8(faint)).save(tmp_path / "photo.png")
    assert_found(tmp_path / "photo.png", digits)


def test_specks_and_what_touches_the_edge_are_left_out(tmp_path, photo, digits):
    sheet = photo.copy()
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, 1599, 12), fill=(40, 30, 20))  # a table
    for edge in [(0, 500, 9, 600), (1590, 500, 1599, 600), (700, 1190, 800, 1199)]:
        pen.rectangle(edge, fill=(40, 30, 20))
    for x in range(300, 1500, 300):
        pen.ellipse((x, 400, x + 10, 410), fill=(60, 60, 60))
    sheet.save(tmp_path / "photo.png")
    assert_found(tmp_path / "photo.png", digits)


@pytest.mark.parametrize("side", [28, 64, 280, 1000])
def test_one_digit_may_fill_the_picture(tmp_path, side):
    image = load_mnist().test.images[3]
    picture = Image.fromarray(np.uint8(255 - image.reshape(28, 28) * 255)).resize((side, side))
    picture.save(tmp_path / "3.png")
    (found,) = rows_of(tmp_path / "3.png")
    assert np.abs(found - image).mean() < 0.06


def test_digits_that_touch_are_one_part():
    ink = np.zeros((300, 400), np.float32)
    ink[50:200, 100:110] = ink[50:200, 200:210] = 1
    assert len(find_digits(ink)) == 2
    ink[120:130, 100:200] = 1
    assert len(find_digits(ink)) == 1


def test_what_is_near_is_one_part_and_what_is_small_is_none():
    ink = np.zeros((300, 400), np.float32)  # so near is within about 4, and small below 10
    ink[50:100, 100:104] = ink[50:100, 107:111] = 1
    ink[50:61, 200:203] = 1
    ink[50:60, 300:310] = 1  # a speck
    ink[150:200, 105:110] = ink[150:200, 119:125] = 1
    places = sorted(part[:2] for part in find_digits(ink))
    assert places == [(50, 100), (50, 200), (150, 105), (150, 119)]


def test_a_digit_is_without_what_another_has_in_its_corner():
    ink = np.zeros((300, 400), np.float32)
    ink[50:200, 100:110] = ink[190:200, 100:250] = 1  # an L
    ink[60:100, 150:160] = 1
    sums = {part[:2]: part[2].sum() for part in find_digits(ink)}
    assert sums == {(50, 100): 2900, (60, 150): 400}


def test_parts_come_row_by_row():
    corners = [(20, 100), (50, 300), (30, 600), (250, 80), (210, 330), (260, 550)]
    ink = np.zeros((400, 700), np.float32)
    for top, left in corners:
        ink[top : top + 90, left : left + 20] = 1
    assert [part[:2] for part in find_digits(ink)] == corners


def blank():
    """Return paper with the noise of a camera, in uneven light."""
    noise = np.random.default_rng(0).normal(0, 6, (1200, 1600))
    return Image.fromarray(np.uint8((200 - np.linspace(0, 60, 1600) + noise).clip(0, 255)))


def scribbles():
    """Return lines criss-cross over a whole sheet."""
    sheet = Image.new("L", (1600, 1200), 240)
    corners = np.random.default_rng(0).integers((0, 0), (1600, 1200), (200, 2))
    ImageDraw.Draw(sheet).line([tuple(corner) for corner in corners.tolist()], 20, 12)
    return sheet


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (blank(), "expected ink .* found 11%"),
        (scribbles(), "expected digits with paper on all sides, found none"),
        (Image.new("RGB", (1000, 800), "white"), "expected ink .* found 0%"),
        (Image.new("L", (1000, 800), 128), "expected ink .* found 0%"),
        (Image.new("L", (1, 1), 0), "expected"),
        (Image.new("L", (3000, 2), 9), "expected"),
        (Image.new("L", (9000, 100), 240), "expected ink .* found 0%"),  # long, but not too large
        (Image.new("1", (9000, 9000)), "at most 64,000,000 pixels, found 9000 x 9000"),
    ],
)
def test_a_picture_without_digits_is_refused(tmp_path, picture, message):
    picture.save(tmp_path / "photo.png")
    with pytest.raises(ValueError, match=message):
        rows_of(tmp_path / "photo.png")


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("kept", [0, 10, 0.5])
def test_a_damaged_picture_is_refused(tmp_path, photo, ending, kept):
    path = tmp_path / f"photo.{ending}"
    photo.save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if kept < 1 else kept])
    with pytest.raises(ValueError, match=f"photo.{ending}: expected a picture"):
        read_photo(path)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_text("a letter")
    for name in ("photo.jpg", "missing.jpg", "."):
        with pytest.raises(ValueError, match="expected a picture, but it cannot be read"):
            read_photo(tmp_path / name)


# Not what getrusage says: that begins with the peak of the process which started this one.
MEASURE = """
import re, sys
from pathlib import Path
from mnist_course.handwriting import find_digits, find_ink, read_photo
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
print(len(find_digits(find_ink(read_photo(sys.argv[1])))))
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize(("mode", "ending"), [("RGB", "jpg"), ("RGBA", "png"), ("P", "png")])
def test_48_megapixels_fit_into_half_a_gigabyte(tmp_path, photo, mode, ending):
    path = tmp_path / f"photo.{ending}"
    large = photo.resize((8000, 6000), Image.Resampling.NEAREST)  # which is packed fastest
    large.convert(mode).save(path, compress_level=1)
    run = [sys.executable, "-c", MEASURE, str(path)]
    found, kilobytes = subprocess.check_output(run, text=True).split()
    assert found == "12"
    assert 10_000 < int(kilobytes) < 500_000


def test_own_digits_are_read_from_photographs_and_from_the_canvas(tmp_path, photo, digits, capsys):
    labels = load_mnist().test.labels[12:24].tolist()
    name = "".join(map(str, labels))
    photo.save(tmp_path / f"{name}.png")
    photo.save(tmp_path / f"{name[:-1]}.jpg")  # a digit less than there are
    photo.save(tmp_path / "IMG.JPG")
    (tmp_path / "7.heic").write_text("not for Pillow")
    (tmp_path / ".DS_Store").write_text("of a Mac")
    mine = [digits[:3].tolist(), labels[:3]]
    with gzip.open(tmp_path / "mine.json.gz", "wt") as file:
        json.dump([mine] * 3, file)
    for _ in range(2):  # the second time with the copy that load_mnist leaves
        images, found = sheet.read_mine(tmp_path)
        assert found.tolist() == labels + labels[:3]
        assert images.shape == (15, 784) and (images[12:] == digits[:3]).all()
        said = capsys.readouterr().out.splitlines()
        assert [line.split("：")[0] for line in said] == ["7.heic", f"{name[:-1]}.jpg", "IMG.JPG"]
        assert "名字里有 11 个数字，图上找到 12 个" in said[1]
    assert [len(part) for part in sheet.read_mine(tmp_path / "nowhere")] == [0, 0]


def test_a_canvas_holds_all_of_a_digit_and_a_photograph_repeats(digits):
    rng = np.random.default_rng(0)
    for image in digits:
        drawn = sheet.canvas(image, rng)
        assert drawn.shape == (280, 280) and drawn.dtype == np.uint8
        height, width = (np.ptp(np.flatnonzero(drawn.any(axis=axis))) + 1 for axis in (1, 0))
        assert 80 < max(height, width) < 230  # a digit takes 20 of 28 pixels, and is turned
    assert np.array_equal(sheet.photograph(digits, 3), sheet.photograph(digits, 3))
