"""Outputs that must be read whole are wrapped, and cells of tables keep room: Sphinx extension.

A message of an error is one long line; in a block that scrolls sideways its end, what to do, would
be seen by nobody. Code and tables have short lines, and scroll where a phone is too narrow; a
column of a table with long cells is some words wide there, one with short cells as wide as those.
"""

from unicodedata import east_asian_width

from docutils import nodes

CELL = 12  # columns: six Chinese characters
WIDTH = 76  # columns; a line of code has at most as many


def wrap(app, doctree, page):
    """Mark the outputs that have a longer line, and the long cells, for site.css."""
    for block in doctree.findall(nodes.literal_block):
        if "output" in block["classes"] and max(map(len, block.astext().splitlines())) > WIDTH:
            block["classes"].append("long-lines")
    for cell in doctree.findall(nodes.entry):
        if sum(2 if east_asian_width(sign) in "WF" else 1 for sign in cell.astext()) > CELL:
            cell["classes"].append("long")


def setup(app):
    """Take effect when links have the headings that they lead to."""
    app.connect("doctree-resolved", wrap)
    return {"parallel_read_safe": True}
