"""Draw img/social-card.png, shown where the book is shared: python tools/draw_social_card.py."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mnist_course import load_mnist  # noqa: E402
from mnist_course.plotting import use_chinese_font  # noqa: E402

BLUE = "#1d5c8f"

use_chinese_font()
images, labels = load_mnist().test
first = [np.flatnonzero(labels == digit)[0] for digit in range(10)]
white_on_blue = LinearSegmentedColormap.from_list("card", [BLUE, "white"])
figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor=BLUE, layout="none")
figure.text(0.5, 0.74, "手写数字识别", size=64, color="white", ha="center", va="center")
figure.text(0.5, 0.55, "数据处理与异步读取", size=38, color="#dbe8f6", ha="center", va="center")
for place, index in enumerate(first):
    axes = figure.add_axes((0.06 + 0.088 * place, 0.2, 0.088, 0.168))
    axes.imshow(images[index].reshape(28, 28), cmap=white_on_blue)
    axes.axis("off")
figure.savefig(ROOT / "img" / "social-card.png", pil_kwargs={"optimize": True})
