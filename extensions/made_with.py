"""Where each chapter's outputs come from: Sphinx extension.

tools/run_chapters.py writes into a notebook's metadata, under "run", when and with which versions
its outputs were made, how long that took and how much memory. It stands at the foot of the
chapter, and the directive `chapter-runs` lists it for all chapters.
"""

import json
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

VERSIONS = ["Python", "飞桨", "NumPy", "matplotlib"]


def last_run(app, page):
    """Return what the run that made a page's outputs wrote down, or None."""
    path = Path(app.srcdir, f"{page}.ipynb")
    run = json.loads(path.read_text("utf-8"))["metadata"].get("run") if path.exists() else None
    return run and run | {"versions": {name: run["versions"][name] for name in VERSIONS}}


class ChapterRuns(SphinxDirective):
    """A table of the last run of each chapter, and the versions that these runs had."""

    def run(self):
        """Return the table, and a sentence below it."""
        app = self.env.app
        rows, versions = ["| 章 | 时间 | 内存 | 日期 |", "|---|--:|--:|--:|"], {}
        for page in sorted(self.env.found_docs):
            if run := last_run(app, page):
                row = f"[](/{page}.ipynb) | {run['seconds']} 秒 | {run['peak_mb']} MB"
                rows.append(f"| {row} | {run['date']} |")
                for name, version in run["versions"].items():
                    versions.setdefault(name, set()).add(version)
        had = [f"{name} {'、'.join(sorted(found))}" for name, found in versions.items()]
        return self.parse_text_to_nodes("\n".join([*rows, "", f"版本：{'，'.join(had)}。"]))


def add_to_page(app, pagename, templatename, context, doctree):
    """Hand the run to templates/made-with.html."""
    context["run"] = last_run(app, pagename)


def setup(app):
    """Take effect for every page made from a notebook."""
    app.add_directive("chapter-runs", ChapterRuns)
    app.connect("html-page-context", add_to_page)
    return {"parallel_read_safe": True}
