"""Outputs that must be read whole are wrapped: Sphinx extension.

A message of an error is one long line; in a block that scrolls sideways its end, what to do, would
be seen by nobody. Code and tables have short lines, and scroll where a phone is too narrow.
"""

from docutils import nodes

WIDTH = 76  # columns; a line of code has at most as many


def wrap(app, doctree):
    """Mark the outputs that have a longer line; site.css wraps them."""
    for block in doctree.findall(nodes.literal_block):
        if "output" in block["classes"] and max(map(len, block.astext().splitlines())) > WIDTH:
            block["classes"].append("long-lines")


def setup(app):
    """Take effect when a page was read."""
    app.connect("doctree-read", wrap)
    return {"parallel_read_safe": True}
