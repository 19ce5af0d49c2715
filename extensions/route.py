"""All pages of the book by part, with the minutes of each: Sphinx extension.

The directive `route` lists what _toc.yml has. How long a chapter takes is read from its own top,
where tools/reading_time.py writes it; progress.js adds how many of its exercises are done.
"""

import json
import re
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def top(path):
    """Return the heading of a page, and its minutes, 0 if it says none."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        text = "".join(json.loads(text)["cells"][0]["source"])
    minutes = re.search(r"^\*\*时间：\*\* 大约 (\d+) 分钟", text, re.MULTILINE)
    return re.match("# (.+)", text)[1], int(minutes[1]) if minutes else 0


class Route(SphinxDirective):
    """The way through the book; parts whose pages say no minutes, as an appendix, in one line."""

    def run(self):
        """Return the list of the parts."""
        lines, times = [], []
        for part in yaml.safe_load(Path(self.env.srcdir, "_toc.yml").read_text("utf-8"))["parts"]:
            pages = []
            for chapter in part["chapters"]:
                path = Path(self.env.doc2path(chapter["file"]))
                title, minutes = top(path)
                title = title.removeprefix(f"{part['caption']}：")
                pages.append((f"[{title}](/{chapter['file']}{path.suffix})", minutes))
            known = [minutes for _, minutes in pages if minutes]
            times += known
            if known:
                lines.append(f"- **{part['caption']}**")
                lines += [f"  - {link} *{f'{m} 分钟' if m else '选读'}*" for link, m in pages]
            else:
                lines.append(f"- **{part['caption']}：** {'、'.join(link for link, _ in pages)}")
        hours = round(sum(times) / 60)
        total = f"{len(times)} 章一共大约 {hours} 小时，连练习在内。"
        parts = self.parse_text_to_nodes("\n".join([total, "", *lines]))
        return [nodes.container("", *parts, classes=["route"])]


def setup(app):
    """Take effect where a page has the directive."""
    app.add_directive("route", Route)
    return {"parallel_read_safe": True}
