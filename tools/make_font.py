"""Noto Sans CJK -> mnist_course/NotoSansSC-subset.otf, the font of the plots.

    apt-get install fonts-noto-cjk
    python tools/make_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Kept are the 3,755 most common characters (GB 2312, level 1), Latin and Greek
letters, punctuation, and the signs that plots use.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

FAMILY = "MNIST Course Sans"
OUTPUT = Path(__file__).parent.parent / "mnist_course" / "NotoSansSC-subset.otf"

common = b"".join(
    bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)
).decode("gb2312", errors="ignore")
latin = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x391, 0x3CA)]))
signs = "、。《》「」『』【】〈〉—–…·‘’“”！（），：；？～％←↑→↓−×÷±≈≠≤≥∞√∑°′″●○■□▲△▼▽★☆✓✗"

if __name__ == "__main__":
    faces = TTCollection(sys.argv[1]).fonts
    font = next(face for face in faces if face["name"].getDebugName(1) == "Noto Sans CJK SC")
    options = subset.Options(hinting=False, desubroutinize=True, layout_features=["kern"])
    options.name_IDs = [0, 1, 2, 3, 4, 6, 13, 14]  # copyright, names, licence
    options.name_languages = [0x409]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=common + latin + signs)
    subsetter.subset(font)
    # A name of its own, so that no installed font of the same name is taken instead.
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = FAMILY.replace(" ", "" if record.nameID == 6 else " ")
    font["head"].modified = font["head"].created  # so that the bytes repeat
    font.recalcTimestamp = False
    font.save(OUTPUT)
