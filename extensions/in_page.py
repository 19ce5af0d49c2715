"""Cells that a reader runs in the page, and exercises: Sphinx extension.

A cell to play with carries the tag `in-page`. It gets buttons, what it needs of the imports and
assignments in cells without that tag, and the names of those with it before it that it needs, found
by the names that they give and take: all that is run first. An exercise's gap, a cell that calls
`check`, gets the same, or a sentence if it can't be answered in the page. editor.js does the rest;
without JavaScript and on paper none of this is seen. progress.js finds in exercises.json which
exercises there are.
"""

import ast
import html
import json
import re
import symtable
import sys
from pathlib import Path

from docutils import nodes
from python_in_page import lacks
from repository import HELP, launch_links
from sphinx.util.docutils import SphinxDirective

import exercises.source

TAG = "in-page"
GAP = re.compile(r'^check\("(\w+\.\d+)", \w+\)$', re.MULTILINE)
HERE = sys.stdlib_module_names | {"numpy", "matplotlib", "mnist_course"}  # there is in a page

RANDOM = re.compile(r"^(\w+) = np\.random\.default_rng\(", re.MULTILINE)

BUTTONS = (
    '<div class="buttons"{}><button type="button" class="btn run">运行</button>'
    '<button type="button" class="btn quiet stop" hidden>停止</button>{}'
    '<button type="button" class="btn quiet restore" hidden>恢复原样</button></div>\n'
)
EDIT = '<button type="button" class="btn quiet edit">修改</button>'
HOW = '<span class="how">点代码就能改</span>'
ELSEWHERE = '<p class="elsewhere">这一题要用{}，网页里没有。可以在 {} 里打开这一章来做。</p>\n'
PROGRESS = '<div id="progress" tabindex="-1"></div>\n'


class InPage(nodes.General, nodes.Element):
    """Something that is seen in the page only."""


def visit(translator, node):
    """Write it."""
    if "lack" in node:
        builder, page = translator.builder, translator.builder.current_docname
        links = launch_links(builder.app, page, builder.get_relative_uri(page, HELP))
        links = " 或者 ".join(f'<a href="{url}">{name}</a>' for name, url in links)
        node["html"] = ELSEWHERE.format(node["lack"], links)
    translator.body.append(node["html"])
    raise nodes.SkipNode


class Progress(SphinxDirective):
    """How far the reader is, and where to go on."""

    def run(self):
        """Return the place for it."""
        return [InPage(html=PROGRESS)]


def names(source):
    """Return the names that a cell gives to those after it, and those it takes from before."""
    table = symtable.symtable(source, "cell", "exec")
    given = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    taken, tables = set(), [table]
    while tables:
        inner = tables.pop()
        tables += inner.get_children()
        taken |= {
            s.get_name()
            for s in inner.get_symbols()
            if s.is_referenced() and (inner is table or s.is_global())
        }
    return given, taken - given


def lent(cell):
    """Yield what a cell without the tag gives to others, statement by statement, the last first.

    That is what it imports, if it is there in a page; and what it assigns, if it shows nothing.
    """
    for node in reversed(ast.parse(code(cell)).body):
        imported = [alias.name for alias in getattr(node, "names", [])]
        if isinstance(node, ast.ImportFrom):
            imported = [node.module]
        here = {name.split(".")[0] for name in imported} <= HERE
        if (imported and here) or (isinstance(node, ast.Assign) and not cell["outputs"]):
            yield ast.unparse(node)


def needs(place, cells):
    """Return the code that a cell needs first, and the ids of the cells that it needs.

    A cell that takes a random number changes what the next one is.
    """
    random = {name for cell in cells for name in RANDOM.findall(code(cell))}
    taken, first, needed = names(code(cells[place]))[1], [], []
    for cell in reversed(cells[:place]):
        if cell["cell_type"] != "code":
            continue
        tagged = TAG in cell["metadata"].get("tags", [])
        for source in [code(cell)] if tagged else lent(cell):
            given, more = names(source)
            given |= more & random
            if given & taken:
                taken = (taken - given) | more
                (needed if tagged else first).insert(0, cell["id"] if tagged else source)
    return "\n".join(first), needed


def code(cell):
    """Return the source of a cell as one string."""
    return "".join(cell["source"])


def mark(app, doctree):
    """Put the buttons beside the cells of a page that was read."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text("utf-8"))["cells"]
    for node in list(doctree.findall(nodes.container)):
        if node.get("nb_element") != "cell_code":
            continue
        cell = cells[node["cell_index"]]
        if gap := GAP.search(code(cell)):
            exercise, source = exercises.source.find(gap[1])
            if lack := lacks(exercise, source):
                node.insert(1, InPage(lack=lack))
                continue
            node["exercise"] = gap[1]
            node["classes"].append("exercise")
            first, needed, how = exercise.setup, [], HOW
        elif TAG in cell["metadata"].get("tags", []):
            first, needed = needs(node["cell_index"], cells)
            how = EDIT
        else:
            continue
        node["ids"].append(cell["id"])
        node["classes"].append(TAG)
        data = f' data-first="{html.escape(first)}" data-needs="{" ".join(needed)}"'
        node.insert(1, InPage(html=BUTTONS.format(data, how)))


def add_script(app, pagename, templatename, context, doctree):
    """Load the editor where there is something to run."""
    if doctree and any(TAG in node["classes"] for node in doctree.findall(nodes.container)):
        app.add_css_file("editor.css")
        app.add_js_file("editor.js", priority=900, loading_method="defer")  # after progress.js


def pages(env, page):
    """Yield the pages of the book in the order of its contents."""
    yield page
    for one in env.toctree_includes.get(page, []):
        yield from pages(env, one)


def list_exercises(app, exception):
    """Write which exercises there are: page, and for each its number, address and heading."""
    if exception or app.builder.format != "html":
        return
    found = []
    for page in pages(app.env, app.config.root_doc):
        here = [
            [node["exercise"], node.parent["ids"][0], node.parent[0].astext()]
            for node in app.env.get_doctree(page).findall(nodes.container)
            if "exercise" in node
        ]
        if here:
            found.append([app.builder.get_target_uri(page), here])
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", "exercises.json").write_text(text, "utf-8")


def setup(app):
    """Take effect for every page made from a notebook."""
    app.add_node(InPage, html=(visit, None))
    app.add_directive("progress", Progress)
    app.connect("doctree-read", mark)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", list_exercises)
    return {"parallel_read_safe": True}
