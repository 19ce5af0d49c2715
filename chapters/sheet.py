"""Make a photograph of a sheet with digits, for the chapter on handwriting: no camera needed.

The digits are images of MNIST, laid on paper at other sizes, turned, and lit from one side, with
the noise of a camera. All is random, and repeats with the seed.
"""

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 1200, 1600
PAPER, INK = (
    np.array([236, 228, 210]),
    np.array([38, 44, 88]),
)  # red, green, blue


def turned(image, side, angle):
    """Return an image of 784 pixels, enlarged to `side` and turned by an angle in degrees."""
    grey = Image.fromarray(np.uint8(np.reshape(image, (28, 28)) * 256))
    large = grey.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large.rotate(angle, Image.Resampling.BICUBIC)) / 255


def photograph(images, seed=0, columns=4):
    """Return a photograph, uint8 ``[1200, 1600, 3]``, with the images ``[N, 784]`` in rows."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((HEIGHT, WIDTH))
    rows = -(-len(images) // columns)
    cell = np.array([HEIGHT / rows, WIDTH / columns])
    for number, image in enumerate(images):
        digit = turned(
            image,
            int(cell.min() * rng.uniform(0.4, 0.8)),
            rng.uniform(-8, 8),
        )
        free = cell - len(digit)
        top, left = cell * divmod(number, columns) + free * rng.uniform(
            0.2, 0.8, 2
        )
        place = np.s_[
            int(top) : int(top) + len(digit),
            int(left) : int(left) + len(digit),
        ]
        ink[place] = np.maximum(ink[place], digit)
    down, right = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    light = 1 - 0.35 * down - 0.25 * right  # the lamp is at the top left
    colour = PAPER + ink[:, :, None] * (INK - PAPER)
    noisy = colour * light[:, :, None] + rng.normal(
        0, 5, (HEIGHT, WIDTH, 1)
    )
    return np.uint8(noisy.clip(0, 255).round())
