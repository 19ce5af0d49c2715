"""What `pytest --nbval chapters/` compares of a picture: what one sees.

A plot is stored as SVG, which matplotlib writes alike each time, but for
two things that differ with the versions of other packages: how the pixels
of an image inside it are packed, and the names of its parts. When a picture
differs, both are kept in _build/pictures/.
"""

import base64
import hashlib
import io
import re
from pathlib import Path

from nbval.plugin import IPyNbCell
from PIL import Image

KEPT = Path(__file__).parent.parent / "_build" / "pictures"
sanitize, compare_outputs = IPyNbCell.sanitize, IPyNbCell.compare_outputs


def picture(svg):
    """Return an SVG with pixels for packed images, parts named 0, 1, ..."""

    def pixels(match):
        image = Image.open(io.BytesIO(base64.b64decode(match[1])))
        data = image.convert("RGBA").tobytes()
        return f"{image.size} {hashlib.sha256(data).hexdigest()}"

    def number(match):
        return match[1] + str(numbers.setdefault(match[2], len(numbers)))

    numbers = {}
    svg = re.sub(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)", pixels, svg)
    return re.sub(r'(id="|href="#|url\(#)([^")]+)', number, svg)


def sanitize_pictures_too(cell, text):
    """Take the place of nbval's own, which knows text only."""
    is_picture = isinstance(text, str) and "<svg" in text[:500]
    return picture(text) if is_picture else sanitize(cell, text)


def compare_and_keep(cell, test, ref, skip_compare=None):
    """Do as nbval's own, and keep both pictures where they differ."""
    same = compare_outputs(cell, test, ref, skip_compare)
    for name, outputs in {"stored": ref, "new": test}.items():
        for output in [] if same else outputs:
            if svg := output.get("data", {}).get("image/svg+xml"):
                KEPT.mkdir(parents=True, exist_ok=True)
                file = f"{cell.parent.path.stem}-{cell.cell_num}-{name}.svg"
                (KEPT / file).write_text("".join(svg), "utf-8")
    return same


IPyNbCell.sanitize = sanitize_pictures_too
IPyNbCell.compare_outputs = compare_and_keep
