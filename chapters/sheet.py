"""Make photographs of sheets with digits: no camera is needed.

The digits are images of MNIST, laid on paper at other sizes, turned, and
lit from one side, with the noise of a camera. All is random, and repeats
with the seed.
"""

import numpy as np
from PIL import Image

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
    """Return an image of 784 pixels as one may draw it: float32 [280, 280].

    Half as large to as large as the canvas, turned by up to 8 degrees, and
    anywhere.
    """
    digit = turned(image, rng.integers(140, 281), rng.uniform(-8, 8))
    digit = np.where(digit > 0.05, digit, 0)
    rows, columns = (
        np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0)
    )
    digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sheet = np.zeros((280, 280), np.float32)
    top, left = (rng.integers(0, 281 - side) for side in digit.shape)
    sheet[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
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
