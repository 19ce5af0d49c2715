"""What `pytest --nbval chapters/` compares of a picture: what one sees.

A plot is stored as SVG, which matplotlib writes alike each time, but for
what differs with the versions of other packages: the names of its parts,
how the pixels of an image inside it are packed, and the last digits of
learned weights, which may turn pixels by a shade. When a picture differs
by more, both are kept in _build/pictures/.
"""

import base64
import io
import os
import re
import tempfile
from pathlib import Path

# Jupyter, matplotlib and Paddle want a home folder. And matplotlib tells,
# in a chapter, when listing the fonts takes long: it lists them now.
if not os.access(os.path.expanduser("~"), os.W_OK):
    os.environ["HOME"] = tempfile.mkdtemp()
import matplotlib.font_manager  # noqa: F401
import numpy as np
from nbval.plugin import IPyNbCell
from PIL import Image

KEPT = Path(__file__).parent.parent / "_build" / "pictures"
SVG = "image/svg+xml"
SHADES = 3  # of 256, by which a pixel may differ
compare_outputs = IPyNbCell.compare_outputs


def parts(svg):
    """Return an SVG's text, parts named 0, 1, ..., and the images in it."""
    images, numbers = [], {}

    def take(match):
        image = Image.open(io.BytesIO(base64.b64decode(match[1])))
        images.append(np.asarray(image.convert("RGBA"), int))
        return "image"

    def number(match):
        return match[1] + str(numbers.setdefault(match[2], len(numbers)))

    text = re.sub(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)", take, svg)
    return re.sub(r'(id="|href="#|url\(#)([^")]+)', number, text), images


def look_alike(new, stored):
    """Say whether two SVGs show the same."""
    (new, new_images), (stored, stored_images) = parts(new), parts(stored)
    if new != stored:
        return False
    for image, other in zip(new_images, stored_images, strict=True):
        if image.shape != other.shape or abs(image - other).max() > SHADES:
            return False
    return True


def compare_pictures_too(cell, test, ref, skip_compare=None):
    """Do as nbval's own, which gets pictures that look alike as equal."""
    pictures = [
        [output.data for output in outputs if SVG in output.get("data", {})]
        for outputs in (test, ref)
    ]
    for place, (new, stored) in enumerate(zip(*pictures, strict=False)):
        if look_alike(new[SVG], stored[SVG]):
            new[SVG] = stored[SVG]
        else:
            KEPT.mkdir(parents=True, exist_ok=True)
            name = f"{cell.parent.path.stem}-{cell.cell_num}-{place}"
            (KEPT / f"{name}-new.svg").write_text(new[SVG], "utf-8")
            (KEPT / f"{name}-stored.svg").write_text(stored[SVG], "utf-8")
    return compare_outputs(cell, test, ref, skip_compare)


IPyNbCell.compare_outputs = compare_pictures_too
