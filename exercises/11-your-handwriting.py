"""The checks of chapter 11."""

import numpy as np

from exercises.results import number, several


def fitted(run):
    """Fit boxes that are high, wide, square, tiny and thin."""
    for height, width in [
        (110, 70),
        (57, 41),
        (33, 96),
        (20, 20),
        (7, 7),
        (4, 9),
        (200, 3),
        (2, 150),
    ]:
        size = several(run(height, width), 2, "应该返回高和宽两个数。")
        size = tuple(number(side) for side in size)
        yield f"高 {height}、宽 {width} 时，你的结果是 {size}，不对。", size


def centre_of_mass(run):
    """Look for the centre of ink of any depth, of one pixel, and of ink in a corner."""
    for shape, first in [((9, 6), 0), ((5, 12), 2), ((20, 20), 7), ((1, 1), 0), ((4, 4), 3)]:
        image = np.random.default_rng(shape).integers(0, 4, shape) * 0.25
        image[:first] = 0
        image[-1, -1] = 1
        place = several(run(image), 2, "应该返回第几行、第几列两个数。")
        place = tuple(round(number(each), 6) for each in place)
        yield f"形状 {shape} 时，你的结果是 {place}，不对。", place


SHEETS = [
    "##..#../.#.##../.##..#./......./#.....#",
    "#...#/.#.#./..#../.#.#./#...#",
    "...../.....",
    "#.#.#/...../#.#.#/...../#.#.#",
    "#####../....#../.##.#.#/.#..#.#/.####.#",
    "##/##",
]


def count_parts(run):
    """Count parts that touch aslant, wind, are single cells, fill the sheet, or are none."""
    for sheet in SHEETS:
        rows = sheet.split("/")
        ink = np.array([[int(each == "#") for each in row] for row in rows])
        text = "\n".join(rows)
        yield f"墨迹是这样的时候不对（# 是墨迹）：\n{text}", number(run(ink))
