"""Lines and cells that a narrow page would cut: Sphinx extension.

A message of an error is one long line; in a block that scrolls sideways its end, what to do, would
be seen by nobody. Code and tables have short lines, and scroll where a phone is too narrow; a
column of a table with long cells is some words wide there, one with short cells as wide as those.
What a line of code is for stands at its end, where a phone does not reach: there it goes below.
"""

import html
import re
from unicodedata import east_asian_width

from docutils import nodes

CELL = 12  # columns: six Chinese characters
WIDTH = 76  # columns; a line of code has at most as many
PHONE = 36  # columns of code that a narrow phone shows


def columns(text):
    """Return how wide a text is, with letters of one width."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def wrap(app, doctree, page):
    """Mark the outputs that have a longer line, and the long cells, for site.css."""
    for block in doctree.findall(nodes.literal_block):
        if "output" in block["classes"] and max(map(len, block.astext().splitlines())) > WIDTH:
            block["classes"].append("long-lines")
    for cell in doctree.findall(nodes.entry):
        if columns(cell.astext()) > CELL:
            cell["classes"].append("long")


def mark_comments(app, pagename, templatename, context, doctree):
    """Mark the comments that follow code on their line and may be cut, for site.css."""

    def mark(line):
        text = html.unescape(re.sub("<[^>]+>", "", line[0]))
        return f"{line[1]} after-code{line[2]}" if columns(text) > PHONE else line[0]

    comment = r'^(.*[^\n ] +<span class="c1)(">.*)$'
    context["body"] = re.sub(comment, mark, context.get("body", ""), flags=re.MULTILINE)


def setup(app):
    """Take effect when links have the headings that they lead to."""
    app.connect("doctree-resolved", wrap)
    app.connect("html-page-context", mark_comments)
    return {"parallel_read_safe": True}
