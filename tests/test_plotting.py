"""Plots have Chinese characters, not boxes, and repeat."""

import io
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.ft2font import FT2Font

from mnist_course.plotting import FONT, show_images, use_chinese_font

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def style():
    """Set the font, and close what a test has drawn."""
    plt.close("all")
    with matplotlib.rc_context():
        use_chinese_font()
        yield
    plt.close("all")


def svg():
    """Return the SVG text of the current figure."""
    buffer = io.BytesIO()
    plt.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue().decode()


def test_chinese_is_drawn_without_a_warning():
    text = "损失：训练集与验证集，批次大小（batch size）−1 × 2 → 3 ≤ 4"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plt.title(text)
        plt.savefig(io.BytesIO())


def test_every_character_of_the_glossary_has_a_glyph():
    known = FT2Font(str(FONT)).get_charmap()
    words = (
        "数据集训练验证测试划分子样本标签像素灰度值特征向量小批量次大轮步乱序打排列号下生成器函迭代"
        "可对象读取同异队缓冲区容存预线程进工作产者消费吞吐延迟峰内校机人损失平方误差优化学习率前向"
        "计算反传播全连接层广种复现布编分片飞桨"
    )
    assert [word for word in words if ord(word) not in known] == []


def test_the_same_plot_gives_the_same_svg():
    texts = set()
    for _ in range(2):
        plt.close("all")
        show_images(np.linspace(0, 1, 3 * 784).reshape(3, 784), titles=["一", "二", "三"])
        texts.add(svg())
    assert len(texts) == 1


@pytest.mark.parametrize(("count", "columns", "grid"), [(1, 10, 10), (12, 10, 20), (4, 2, 4)])
def test_images_are_drawn_in_a_grid(count, columns, grid):
    show_images(np.zeros((count, 1, 28, 28)), columns=columns)
    axes = plt.gcf().axes
    assert len(axes) == grid
    assert sum(bool(ax.images) for ax in axes) == count


def test_ink_is_dark():
    image = np.zeros(784)
    image[0] = 1
    show_images([image])
    drawn = plt.gcf().axes[0].images[0]
    ink, paper = (drawn.cmap(drawn.norm(value))[:3] for value in (1, 0))
    assert sum(ink) < 0.1 and sum(paper) > 2.9
