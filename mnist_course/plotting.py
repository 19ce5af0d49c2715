"""Plots for the chapters, in Chinese; nothing else of the module needs this."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib import font_manager
from matplotlib_inline.backend_inline import set_matplotlib_formats

from mnist_course.dataset import IMAGE_COLS, IMAGE_ROWS

FONT = Path(__file__).with_name("NotoSansSC-subset.otf")


def use_chinese_font():
    """Make matplotlib write Chinese, and notebooks draw sharp, repeatable SVG.

    The font comes with the module, since few machines outside China have one:
    without it each Chinese character is drawn as an empty box.

    Returns
    -------
    None

    Examples
    --------
    >>> from mnist_course.plotting import use_chinese_font
    >>> use_chinese_font()
    >>> plt.rcParams["font.family"]
    ['MNIST Course Sans', 'DejaVu Sans']
    """
    font_manager.fontManager.addfont(FONT)
    plt.rcParams.update(
        {
            "font.family": ["MNIST Course Sans", "DejaVu Sans"],
            "font.size": 11,
            "figure.figsize": (7, 3.5),
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "mnist_course",  # the same plot, the same text of the SVG
        }
    )
    if get_ipython() is not None:
        nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
        set_matplotlib_formats("svg", metadata=nothing)


def show_images(images, titles=None, columns=10):
    """Draw images in a grid, dark ink on white.

    Parameters
    ----------
    images : array_like
        Shape ``(N, 784)`` or ``(N, 1, 28, 28)``. The darkest ink is the largest value.
    titles : sequence, optional
        What to write above each image, for example the labels.
    columns : int
        Images side by side.

    Returns
    -------
    None
        In a notebook the figure is shown; elsewhere it is ``plt.gcf()``.

    Examples
    --------
    >>> import numpy as np
    >>> from mnist_course.plotting import show_images
    >>> show_images(np.zeros((12, 784)), titles=range(12))
    >>> len(plt.gcf().axes)
    20
    """
    images = np.reshape(images, (-1, IMAGE_ROWS, IMAGE_COLS))
    rows = -(-len(images) // columns)
    height = 0.75 if titles is None else 1.0
    _, grid = plt.subplots(rows, columns, squeeze=False, figsize=(0.75 * columns, height * rows))
    for axes in grid.flat:
        axes.axis("off")
    for axes, image in zip(grid.flat, images, strict=False):
        axes.imshow(image, cmap="gray_r", interpolation="none")
    if titles is not None:
        for axes, title in zip(grid.flat, titles, strict=False):
            axes.set_title(str(title), fontsize=11)
