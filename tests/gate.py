"""The rules for notebooks that nbval does not know; each says where a notebook breaks it.

What a cell may do that others may not stands in its metadata, with the reason: `not_compared` in a
code cell whose output differs from run to run, `in_page` in one that prints another number in the
page, `numbers` in one of text, for numbers that no cell prints. The rules for text, which hold on
any page, are in tests/gate_text.py.
"""

import ast
import builtins
import datetime
import io
import itertools
import re
import tokenize
from pathlib import Path

import gate_text
import nbformat
from nbval.plugin import find_comment_markers

ROOT = Path(__file__).parent.parent
SETUP = 'import sys\n\nsys.path.insert(0, "..")  # 课程模块 mnist_course 在上一级文件夹里'
TAG = "nbval-ignore-output"
IN_PAGE = "in-page"  # a reader can run it in the page: extensions/in_page.py
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PACKAGES = {"飞桨": "paddlepaddle", "NumPy": "numpy", "matplotlib": "matplotlib"}


def code(notebook):
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """Return all text that a cell has in its outputs."""
    texts = [output.get("text", "") for output in cell.outputs]
    texts += [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(texts)


def drawn(cell):
    """Return the words in a cell's pictures: matplotlib draws them, and writes them beside it."""
    pictures = [output.get("data", {}).get("image/svg+xml", "") for output in cell.outputs]
    return re.findall("<!-- (.*?) -->", "\n".join(pictures))


def alt(cell):
    """Return what a cell says instead of its picture."""
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")


def comments(cell):
    """Return the comments and docstrings of a code cell."""
    tokens = tokenize.generate_tokens(io.StringIO(cell.source).readline)
    said = [token.string for token in tokens if token.type == tokenize.COMMENT]
    kinds = ast.FunctionDef | ast.ClassDef
    nodes = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]
    return said + list(filter(None, (ast.get_docstring(node, clean=False) for node in nodes)))


def said_in(cell):
    """Return the text of a cell, or what it says instead of its picture."""
    return cell.source if cell.cell_type == "markdown" else alt(cell)


def noted_in(cell):
    """Return the comments and docstrings of a code cell as text."""
    if cell.cell_type != "code":
        return ""
    return "\n\n".join(comment.lstrip("# ") for comment in comments(cell))


def run_completely_and_in_order(notebook):
    """Find code cells that were not run, or not from the first to the last."""
    for count, cell in enumerate(code(notebook), 1):
        if cell.execution_count != count:
            yield f"{cell.id}: expected execution count {count}, found {cell.execution_count}"


def begins_with_the_setup(notebook):
    """Find a first code cell that is not that of all chapters."""
    if code(notebook)[0].source != SETUP:
        yield f"{code(notebook)[0].id}: expected the two lines of the other chapters"


def stores_no_error_and_no_warning(notebook):
    """Find stored errors: a cell that shows one catches it, so that nbval compares its message."""
    for cell in code(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{cell.id}: an error or a line on stderr is stored"


def names_no_place_of_a_machine(notebook):
    """Find paths of the machine that made the outputs."""
    for cell in code(notebook):
        for found in gate_text.names_no_place_of_a_machine(printed(cell)):
            yield f"{cell.id}: output: {found}"


def stores_text_and_pictures_only(notebook):
    """Find outputs other than text and SVG, for these nbval never compares, and mute pictures."""
    for cell in code(notebook):
        for output in cell.outputs:
            kinds = set(output.get("data", {}))
            for kind in kinds - {"text/plain", "image/svg+xml"}:
                yield f"{cell.id}: an output of type {kind} is not compared"
            if "image/svg+xml" in kinds and not gate_text.is_alternative_text(alt(cell)):
                yield f"{cell.id}: the picture has no alternative text, but {alt(cell)!r}"
        if any(cell.outputs.count(output) > 1 for output in cell.outputs):
            yield f"{cell.id}: an output is stored twice"
        if "\x1b" in printed(cell):
            yield f"{cell.id}: output has colour codes"


def asserts_something(source):
    """Say whether code asserts something of what was measured: names that are not built in."""
    checks = [node.test for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    names = [node for check in checks for node in ast.walk(check) if isinstance(node, ast.Name)]
    return any(not hasattr(builtins, name.id) for name in names)


def compares_each_output_or_says_why_not(notebook):
    """Find cells that nbval does not compare without a reason, or that assert and show nothing."""
    cells = code(notebook)
    for before, cell in zip([None, *cells], cells, strict=False):
        if markers := list(find_comment_markers(cell.source)):
            yield f"{cell.id}: a comment gives nbval orders: {markers}"
        for tag in set(cell.metadata.get("tags", [])) - {TAG, IN_PAGE}:
            yield f"{cell.id}: tag {tag!r} lets through what nbval would find"
        reason = cell.metadata.get("not_compared", "")
        if bool(reason) != (TAG in cell.metadata.get("tags", [])):
            yield f"{cell.id}: tag {TAG} and reason not_compared go together, found {reason!r}"
        if not reason:
            continue
        if not (asserts_something(cell.source) or (before and asserts_something(before.source))):
            yield f"{cell.id}: not compared, and asserts nothing"
        if not (printed(cell).strip() or drawn(cell)):
            yield f"{cell.id}: not compared, and shows nothing"


def runs_in_the_page_what_shows_the_same(notebook):
    """Find cells to be run in the page that show something else each time, or another number there.

    `in_page` says what a number is there, for the page's Python has 32 bits.
    """
    for cell in code(notebook):
        tags = cell.metadata.get("tags", [])
        if IN_PAGE in tags and TAG in tags:
            yield f"{cell.id}: tag {IN_PAGE} is for what shows the same each time"
        for number in cell.metadata.get("in_page", {}):
            if IN_PAGE not in tags or number not in gate_text.numbers(printed(cell)):
                yield f"{cell.id}: {number} is listed for the page, and not printed there"


def is_a_time(text):
    """Say whether text is a date, or date and time, between the first chapters and tomorrow."""
    try:
        time = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return False
    tomorrow = datetime.datetime.now() + datetime.timedelta(1)
    return datetime.datetime(2026, 1, 1) < time < tomorrow


def measures_in_one_run(notebook):
    """Find outputs that are not compared and of different runs: text and plot may then differ."""
    runs = {
        cell.metadata.get("measured") for cell in code(notebook) if "not_compared" in cell.metadata
    }
    if len(runs) > 1 or any(not is_a_time(run) for run in runs):
        yield f"measured: expected one run of tools/run_chapters.py, found {runs}"


def shows_what_its_code_says(notebook):
    """Find outputs that nbval does not compare and that lack a Chinese word of their code."""
    for cell in code(notebook):
        if not cell.metadata.get("not_compared"):
            continue
        shown = printed(cell) + "\n".join(drawn(cell))
        nodes = list(ast.walk(ast.parse(cell.source)))
        unsaid = [node.value for node in nodes if isinstance(node, ast.Expr)]  # docstrings
        for node in nodes:
            unsaid += ast.walk(node) if isinstance(node, ast.If) else []
            word = str(node.value).strip() if isinstance(node, ast.Constant) else ""
            if re.search(gate_text.HAN, word) and word not in shown and node not in unsaid:
                yield f"{cell.id}: what it shows does not say {word!r}"


def sections(notebook):
    """Yield the cells from one heading ## to the next, without the exercises: tasks, no claims."""
    section = []
    for cell in notebook.cells:
        if cell.source.startswith("## "):
            yield section
            section = []
        if cell.source.startswith("## 练习"):
            return
        section.append(cell)
    yield section


def binds_each_number(notebook):
    """Find numbers in the text and in comments that no cell of their section prints or holds.

    The introduction, and sections without code, speak of the whole chapter. A reason in the
    metadata that begins with a file's path is looked up: the number stands in that file.
    """
    everywhere = set().union(*map(held, code(notebook)))
    for place, section in enumerate(sections(notebook)):
        cells = [cell for cell in section if cell.cell_type == "code"]
        known = set().union(*map(held, cells)) if cells and place else everywhere
        for cell in section:
            listed = cell.metadata.get("numbers", {})
            text = gate_text.claims(said_in(cell)) + gate_text.claims(noted_in(cell))
            said = gate_text.numbers(text)
            for number in said - known - set(listed):
                yield f"{cell.id}: no cell of the section prints {number}"
            for number, reason in listed.items():
                if number not in said:
                    yield f"{cell.id}: {number} is listed, and not in the text"
                path = ROOT / reason.split(":")[0]
                is_path = not reason or "/" in reason.split(":")[0].replace(" / ", "")
                if (is_path or path.is_file()) and number not in held_in(path):
                    yield f"{cell.id}: {number} is not in {reason!r}"


def held(cell):
    """Return the numbers in a code cell, but for its comments, and in its outputs."""
    source = cell.source
    for comment in comments(cell):
        source = source.replace(comment, "")
    return gate_text.numbers("\n".join([source, printed(cell), *drawn(cell)]))


def held_in(path):
    """Return the numbers in a file; of a notebook those that its cells hold or print."""
    if not path.is_file():
        return set()
    if path.suffix == ".ipynb":
        return set().union(*map(held, code(nbformat.read(path, as_version=4))))
    return gate_text.numbers(path.read_text("utf-8"))


def is_tidy(notebook):
    """Find what a reader's program does not need, and code too wide for a phone on its side."""
    known = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for key, value in notebook.metadata.items():
        if key != "run" and value != known.get(key):
            yield f"metadata: expected {key} {known.get(key)}, found {value}"
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        yield "nbformat: expected 4.5, in which cells have names"
    for cell in notebook.cells:
        is_code = cell.cell_type == "code"
        if cell.cell_type == "raw" or not cell.source.strip() or "attachments" in cell:
            yield f"{cell.id}: nothing to be read, or of a kind that no rule reads"
        kinds = {"numbers"}
        if is_code:
            kinds |= {"tags", "mystnb", "not_compared", "measured", "in_page"}
        for key in set(cell.metadata) - kinds:
            yield f"{cell.id}: metadata {key!r} is of no use to a reader"
        if cell.metadata.get("mystnb", {"image": {"alt": ""}}) != {"image": {"alt": alt(cell)}}:
            yield f"{cell.id}: mystnb is for the words of a picture"
    for cell in code(notebook):
        lines = cell.source.splitlines()
        if len(lines) > 40:
            yield f"{cell.id}: {len(lines)} lines of code, at most 40"
        for line in lines:
            if len(line) > 76:
                yield f"{cell.id}: {len(line)} columns, at most 76: {line}"


def stands_in_its_order(notebook):
    """Find text that announces what does not follow, and what stands there twice."""
    for cell, after in itertools.pairwise(notebook.cells):
        follows = after.cell_type == "code" or after.source.startswith("<img ")
        if cell.cell_type == "markdown" and cell.source.rstrip().endswith("：") and not follows:
            yield f"{cell.id}: no cell follows on {cell.source[-20:]!r}"
    said = []
    for section in sections(notebook):
        for cell in section:
            said += gate_text.paragraphs(said_in(cell))
    for paragraph in {one for one in said if len(one) > 15 and said.count(one) > 1}:
        yield f"twice: {paragraph[:40]!r}"


def was_run_with_what_is_locked(notebook):
    """Find a run, as the page of the book's health shows it, that was not one of this book."""
    run = notebook.metadata.get("run", {})
    if set(run) != {"date", "seconds", "peak_mb", "versions"}:
        yield f"run: found {sorted(run)}"
        return
    if not (0 < run["seconds"] < 90 and 50 < run["peak_mb"] < 2000):
        yield f"run: found {run['seconds']} seconds and {run['peak_mb']} MB"
    if not is_a_time(run["date"]):
        yield f"run: found the date {run['date']}"
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for name, package in PACKAGES.items():
        if not re.search(f"^{package}=={run['versions'].get(name)}[ ;\\\\]", lock, re.MULTILINE):
            yield f"run: {name} {run['versions'].get(name)} is not in requirements.lock"
    if not re.fullmatch(r"3\.1[1-3]\.\d+", run["versions"].get("Python", "")):
        yield f"run: found Python {run['versions'].get('Python')}"


def keeps_the_rules_for_text(notebook):
    """Find text, words instead of pictures and comments that break a rule of tests/gate_text.py."""
    for cell in notebook.cells:
        noted = noted_in(cell)
        for rule in gate_text.RULES:
            for found in rule(said_in(cell)):
                yield f"{cell.id}: {found}"
            if rule is not gate_text.ends_its_paragraphs:  # comments have no full stop
                for found in rule(noted):
                    yield f"{cell.id}: a comment: {found}"


RULES = [
    run_completely_and_in_order,
    begins_with_the_setup,
    stores_no_error_and_no_warning,
    names_no_place_of_a_machine,
    stores_text_and_pictures_only,
    compares_each_output_or_says_why_not,
    runs_in_the_page_what_shows_the_same,
    measures_in_one_run,
    shows_what_its_code_says,
    binds_each_number,
    is_tidy,
    stands_in_its_order,
    was_run_with_what_is_locked,
    keeps_the_rules_for_text,
]
