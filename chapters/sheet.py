"""Sheets with digits for the chapter on handwriting: made ones, and yours.

No camera is needed. The digits are images of MNIST, laid on paper at other
sizes, turned, and lit from one side, with the noise of a camera. All is
random, and repeats with the seed.
"""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

from mnist_course import load_mnist
from mnist_course.handwriting import (
    find_digits,
    find_ink,
    prepare,
    read_photo,
)

HEIGHT, WIDTH = 1200, 1600
PAPER, INK = np.array([236, 228, 210]), np.array([38, 44, 88])  # RGB


def turned(image, side, angle):
    """Return an image of 784 pixels at another size, and turned.

    `side` is in pixels, `angle` in degrees, counterclockwise.
    """
    grey = Image.fromarray(np.uint8(np.reshape(image, (28, 28)) * 256))
    large = grey.resize((side, side), Image.Resampling.BICUBIC)
    return np.float32(large.rotate(angle, Image.Resampling.BICUBIC)) / 255


def canvas(image, rng):
    """Return an image of 784 pixels as one may draw it on a canvas.

    uint8 [280, 280], 255 is ink. Half as large to as large as the canvas,
    turned by up to 8 degrees, and anywhere.
    """
    digit = turned(image, rng.integers(140, 281), rng.uniform(-8, 8))
    digit = np.where(digit > 0.1, digit, 0)
    rows, columns = (
        np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0)
    )
    digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sheet = np.zeros((280, 280), np.uint8)
    top, left = (rng.integers(0, 281 - side) for side in digit.shape)
    place = np.s_[top : top + len(digit), left : left + len(digit[0])]
    sheet[place] = np.round(digit * 255)
    return sheet


def photograph(images, seed=0, columns=4):
    """Return a photograph of images [N, 784]: uint8 [1200, 1600, 3]."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((HEIGHT, WIDTH), np.float32)
    rows = -(-len(images) // columns)
    cell = np.array([HEIGHT / rows, WIDTH / columns])
    for number, image in enumerate(images):
        side = int(cell.min() * rng.uniform(0.4, 0.8))
        digit = turned(image, side, rng.uniform(-8, 8))
        corner = cell * divmod(number, columns)
        corner += (cell - side) * rng.uniform(0.2, 0.8, 2)
        top, left = corner.astype(int)
        ink[top : top + side, left : left + side] = digit
    down, right = np.linspace(0, 1, HEIGHT), np.linspace(0, 1, WIDTH)
    light = 1 - 0.35 * down[:, None] - 0.25 * right  # the lamp: top left
    colour = (PAPER + ink[:, :, None] * (INK - PAPER)) * light[:, :, None]
    noisy = colour + rng.normal(0, 5, (HEIGHT, WIDTH, 1))
    return np.uint8(noisy.clip(0, 255).round())


def draw(lines, width, angle):
    """Return a canvas with lines, each a list of points (x, y), turned.

    float [280, 280], 0 is paper and 1 ink.
    """
    sheet = Image.new("L", (280, 280))
    pen = ImageDraw.Draw(sheet)
    for line in lines:
        pen.line(line, fill=255, width=width, joint="curve")
    return np.asarray(sheet.rotate(angle)) / 255


def read_mine(folder):
    """Return the digits in a folder, images [N, 784] and labels [N].

    They are in photographs, each named as the digits on it (31415926.jpg),
    and in the mine.json.gz of the canvas. What cannot be read is said.
    """
    images, labels = [], []
    for path in sorted(folder.glob("[!.]*")):
        if path.suffix == ".npz":  # the copy that load_mnist leaves
            continue
        try:
            if path.name.endswith(".json.gz"):
                found, digits = load_mnist(path).test
            else:
                parts = find_digits(find_ink(read_photo(path)))
                found = [prepare(digit) for _, _, digit in parts]
                digits = [
                    each for each in path.stem if each in "0123456789"
                ]
        except ValueError as error:
            print(f"{path.name}：{error}")
            continue
        if len(digits) == len(found):
            images.extend(found)
            labels.extend(int(digit) for digit in digits)
        else:
            print(
                f"{path.name}：名字里有 {len(digits)} 个数字，"
                f"图上找到 {len(found)} 个。名字要和图上的一样。"
            )
    return np.array(images), np.array(labels, int)


def show(pictures, titles):
    """Show grey values [H, W] side by side, 0 black and 1 white."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(7, 2.3))
    for axis, picture, title in zip(axes, pictures, titles, strict=True):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
