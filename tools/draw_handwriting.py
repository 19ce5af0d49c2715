"""Draw img/handwriting.svg: python tools/draw_handwriting.py.

What img/handwriting.js shows of one of its examples, computed by it in Chromium.
"""

from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

IMG = Path(__file__).parent.parent / "img"
STYLE = """
    text { font: 16px 'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei','Source Han Sans SC',sans-serif; fill: #1f2d3d }
    .right { text-anchor: end }
    .panel { fill: #f7f9fc; stroke: #dde4ec }
    .paper { fill: #fff; stroke: #4a5a6b }
    .bar { fill: #4a5a6b }
    .best { font-weight: 700 }
    rect.best { fill: #dbe8f6; stroke: #2f6fb0 }
    .bar.blue { fill: #1d5c8f }
    .pen { fill: none; stroke: #1f2d3d; stroke-linecap: round; stroke-linejoin: round }"""  # noqa: E501

COMPUTE = """(weights) => {
  const { EXAMPLES, FIRST, PEN, SIDE } = handwriting;
  const { shrink, prepare, unpack, answer, drawExample, inkOf } = handwriting;
  const paper = new OffscreenCanvas(SIDE, SIDE).getContext("2d");
  drawExample(paper, EXAMPLES[FIRST]);
  const [network] = unpack(Uint8Array.from(weights).buffer);
  const ways = [shrink, prepare].map((way) => {
    const image = way(inkOf(paper));
    return [[...image], [...answer(network, image)]];
  });
  return [FIRST, EXAMPLES[FIRST], PEN, ...ways];
}"""


def compute(page):
    """Return digit, example and pen, and for each way the image and the ten scores."""
    page.add_script_tag(path=IMG / "handwriting.js")
    return page.evaluate(COMPUTE, list((IMG / "handwriting.bin").read_bytes()))


def cells(image):
    """Return an image as shapes of an SVG: a path for each of 15 shades."""
    shades = np.ceil(np.reshape(image, (28, 28)) * 15).astype(int)
    for shade in range(1, 16):
        squares = "".join(f"M{x} {y}h1v1h-1z" for y, x in np.argwhere(shades == shade))
        if squares:
            yield f'<path fill="#1f2d3d" fill-opacity="{shade / 15:.2f}" d="{squares}"/>'


def panel(x, name, image, scores):
    """Return the shapes of one way: its name, its image, its ten scores."""
    yield f'<g transform="translate({x} 16)">'
    yield f'<text x="0" y="16">{name}</text>'
    yield '<rect class="paper" x="0.5" y="28.5" width="113" height="113"/>'
    yield '<g transform="translate(1 29) scale(4)">'
    yield from cells(image)
    yield "</g>"
    longest = max(map(abs, scores))
    for digit, score in enumerate(scores):
        y, best = 150 + 20 * digit, " best" if score == max(scores) else ""
        if best:
            yield f'<rect class="best" x="-6" y="{y}" width="162" height="20" rx="4"/>'
        yield f'<text class="{best.strip()}" x="0" y="{y + 16}">{digit}</text>'
        long, blue = max(0, 84 * score / longest), " blue" if best else ""
        yield f'<rect class="bar{blue}" x="20" y="{y + 4}" width="{long:.1f}" height="12"/>'
        number = f"{score:.1f}".replace("-", "−")
        yield f'<text class="right{best}" x="150" y="{y + 16}">{number}</text>'
    yield "</g>"


def draw(digit, example, pen, left, right):
    """Return the picture: the paper with the digit, and the two ways."""
    place = "translate({x} {y}) scale({size})".format(**example | {"size": example["size"] / 100})
    width = 100 * pen / example["size"]
    shapes = [
        '<rect class="panel" x="0.5" y="0.5" width="659" height="375" rx="8"/>',
        '<text x="16" y="32">画布</text>',
        '<g transform="translate(16 44) scale(0.9)">',
        '<rect class="paper" width="280" height="280" rx="8"/>',
        f'<g class="pen" stroke-width="{width:.1f}" transform="{place}">',
        f'<path d="{example["lines"]}"/></g>',
        "</g>",
        *panel(304, "直接缩小", *left),
        *panel(486, "先处理", *right),
    ]
    guesses = [int(np.argmax(scores)) for _, scores in (left, right)]
    title = "画布上的一个数字，和网络的两个回答"
    desc = "画布上写着 {}。直接缩小，网络看成 {}；先处理，网络看成 {}。".format(digit, *guesses)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="660" height="376" viewBox="0 0 660 376" role="img" lang="zh-CN" aria-labelledby="title desc">
  <title id="title">{title}</title>
  <desc id="desc">{desc}</desc>
  <style>{STYLE}
  </style>
  {chr(10).join(shapes).replace(chr(10), chr(10) + "  ")}
</svg>
"""  # noqa: E501


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        drawing = draw(*compute(browser.new_page()))
        browser.close()
    (IMG / "handwriting.svg").write_text(drawing, encoding="utf-8")
