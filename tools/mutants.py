"""Put small faults into the book, one at a time, and print those that its tests let through.

python tools/mutants.py [SEED]: a hundred, drawn by rule. Without a seed the day is one, so that
each month tries others. A survivor is a hole in the tests, or harmless, or for a human to find.
"""

import ast
import concurrent.futures
import datetime
import functools
import itertools
import json
import operator
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, namedtuple
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from gate_words import RIVALS  # noqa: E402

WORKERS = 2
TIMEOUT = 120  # seconds; who waits longer waits for ever
QUICK = 8  # seconds that a chapter may take, to be run for a fault in its code or outputs

# The tests that are to find a fault in a module, before its examples: tests/test_docstrings.py.
RESPONSIBLE = {
    "cache": ["cache", "reader", "dataset"],
    "dataset": ["validation", "dataset", "damage", "cache"],
    "model": ["training"],
    "prefetch": ["prefetch"],
    "reader": ["reader"],
    "training": ["training"],
    "validation": ["validation"],
}

# A piece of a file. Its path is where it stands: keys of a notebook's JSON, else start and end.
Part = namedtuple("Part", "file kind place path text")
# A fault: in the part's text, the characters from start to end become new ones.
Fault = namedtuple("Fault", "rule part start end new")

PLACES = ["/root/mnist", "/home/li/mnist", "/Users/li/mnist", "/mnt/c/mnist", r"D:\mnist"]
RIVAL = {ours: rival for rival, ours in RIVALS.items()}
WORDS = ["text", "alt", "figure"]
PAGES = [*WORDS, "readme"]
# Rules for all but Python: kinds of parts, what is sought there, what it becomes.
RULES = {
    "a digit": (PAGES, "[0-8]", lambda found: str(int(found[0]) + 1)),
    "a decimal point": (PAGES, r"(?<=\d)\.(\d)(?=\d)", r"\1."),
    "a rival of the glossary": (WORDS, "|".join(RIVAL), lambda found: RIVAL[found[0]]),
    "a chapter beyond the last": (WORDS, r"(?<=第 )\d+(?= 章)|(?<=到 )\d+(?= 章)", r"1\g<0>"),
    "English": (WORDS, "。", "。Then the batches are read one by one。"),
    "a machine's path": (PAGES, "。", lambda found: f" {PLACES[found.start() % len(PLACES)]}。"),
    "blanks": (["text", "readme"], r"(?<=\S)$", "  "),
    "a file's name for a picture": (PAGES, r'(?<=alt=")[^"]+|(?<=!\[)[^]]+', "picture.svg"),
    "a file's name for a plot": (["alt"], r"\A.+\Z", "picture.svg"),
    "an output's digit": (["output"], "[0-8]", lambda found: str(int(found[0]) + 1)),
    "no output": (["outputs"], r"\A.+\Z", "[]"),
    "an order to nbval": (
        ["cell"],
        r'("text": \[")(\w.*"source": \[")',
        r'\1x\2# NBVAL_IGNORE_OUTPUT\\n", "',
    ),
    "metadata": (
        ["metadata"],
        r'"(display_name|date|seconds|peak_mb|NumPy|Python)": ("?)[^",}]+',
        r'"\1": \g<2>9000',
    ),
    "a time in metadata": (["cell"], r'"metadata": \{\}', r'"metadata": {"execution": {}}'),
}
# How many of the hundred each rule gets; rules for modules have a name of their own below.
SHARES = {
    **dict.fromkeys(RULES, 4),
    "a digit": 15,
    "a rival of the glossary": 6,
    "a file's name for a picture": 2,
    "a file's name for a plot": 2,
    "an order to nbval": 2,
    "a time in metadata": 1,
    **dict.fromkeys(["code: a comparison", "code: a number"], 4),
    "code: no assertion": 1,  # which hardly anything but a human finds, where nbval compares
    **dict.fromkeys(["module: a comparison", "module: a number", "module: no statement"], 5),
    **dict.fromkeys(["module: a condition", "module: a sign", "module: a named argument"], 4),
    **dict.fromkeys(["module: True or False", "module: an exception"], 2),
}


def blanked(pattern, text):
    """Return text with blanks for what matches."""
    return re.sub(pattern, lambda found: " " * len(found[0]), text, flags=re.DOTALL | re.MULTILINE)


def dumped(value):
    """Return JSON in one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def parts(root):
    """Yield the parts of the book's files."""
    for path in sorted(root.glob("chapters/*.ipynb")):
        yield from parts_of_a_notebook(f"chapters/{path.name}", path.read_text("utf-8"))
    for path in [root / "index.md", root / "README.md", *sorted(root.glob("chapters/*.md"))]:
        text = path.read_text("utf-8")
        kind = "readme" if path.stem == "README" else "text"
        yield Part(str(path.relative_to(root)), kind, None, [0, len(text)], text)
    # These pictures are drawn by scripts: tests/site compares them.
    drawn = {root / "img" / "playground.svg", root / "img" / "handwriting.svg"}
    for path in sorted({*root.glob("img/*.svg")} - drawn):
        text = blanked("<style>.*?</style>|<!--.*?-->", path.read_text("utf-8"))
        for found in re.finditer(r">([^<]*\w[^<]*)<", text):
            yield Part(f"img/{path.name}", "figure", None, found.span(1), found[1])
    for module in RESPONSIBLE:
        text = (root / "mnist_course" / f"{module}.py").read_text("utf-8")
        yield Part(f"mnist_course/{module}.py", "module", None, [0, len(text)], text)


def parts_of_a_notebook(file, content):
    """Yield the parts of a notebook before its exercises, which are made from another file."""
    book = json.loads(content)
    yield Part(file, "metadata", "metadata", ["metadata"], dumped(book["metadata"]))
    for number, cell in enumerate(book["cells"]):
        here = functools.partial(Part, file)
        way, place, source = ["cells", number], cell["id"], "".join(cell["source"])
        if source.startswith("## 练习"):
            return
        if cell["cell_type"] == "markdown":
            yield here("text", place, [*way, "source"], source)
        if alt := cell["metadata"].get("mystnb", {}).get("image", {}).get("alt"):
            yield here("alt", place, [*way, "metadata", "mystnb", "image", "alt"], alt)
        if cell["cell_type"] == "markdown" or book["metadata"]["run"]["seconds"] >= QUICK:
            continue
        yield here("code", place, [*way, "source"], source)
        if outputs := cell["outputs"]:
            yield here("outputs", place, [*way, "outputs"], dumped(outputs))
        if "not_compared" not in cell["metadata"]:
            yield here("cell", place, way, dumped(cell))
            for count, output in enumerate(outputs):
                keys = ["text"] if "text" in output else ["data", "text/plain"]
                text = "".join(functools.reduce(operator.getitem, keys, output))
                yield here("output", place, [*way, "outputs", count, *keys], text)


def faults(root):
    """Yield all faults that the rules know for the book's files."""
    # No reader reads addresses and attributes, nor the numbers of the items of a list.
    hidden = r"(?<=\]\()[^)]*|https?://\S+|\b(?!alt)\w+=\"[^\"]*\"|<!--.*?-->|^ *\d+\. "
    for part in parts(root):
        if part.kind in ("code", "module"):
            for rule, *fault in faults_in_python(part.text):
                if f"{part.kind}: {rule}" in SHARES:
                    yield Fault(f"{part.kind}: {rule}", part, *fault)
        text = blanked(hidden, part.text) if part.kind in PAGES else part.text
        for rule, (kinds, pattern, new) in RULES.items():
            for found in re.finditer(pattern, text, re.MULTILINE) if part.kind in kinds else []:
                with_it = new(found) if callable(new) else found.expand(new)
                yield Fault(rule, part, *found.span(), with_it)


def nodes(node):
    """Yield the nodes of a syntax tree, but for annotations and the texts of messages."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            known = isinstance(child, ast.AST) and name not in ("annotation", "returns")
            if known and not isinstance(child, (ast.Raise, ast.JoinedStr)):
                yield from nodes(child)


def faults_in_python(source):
    """Yield each fault's rule, where it starts and ends, and what is to stand there."""
    lines = source.splitlines(True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+"}

    def at(line, column):
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def span(node):
        return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)

    def between(rule, left, right):
        start, end = span(left)[1], span(right)[0]
        if found := re.search(r"[<>=!]=|[-+<>]", source[start:end]):
            yield rule, start + found.start(), start + found.end(), other[found[0]]

    for node in nodes(ast.parse(source)):
        match node:
            case ast.Compare():
                for pair in itertools.pairwise([node.left, *node.comparators]):
                    yield from between("a comparison", *pair)
            case ast.BinOp(left, ast.Add() | ast.Sub(), right):
                yield from between("a sign", left, right)
            case ast.AugAssign(left, ast.Add() | ast.Sub(), right):
                yield from between("a sign", left, right)
            case ast.Constant(value=bool(value)):
                yield "True or False", *span(node), str(not value)
            case ast.Constant(value=int(value)):
                yield "a number", *span(node), str(value + 1)
            case ast.If() | ast.While() | ast.IfExp():
                start, end = span(node.test)
                yield "a condition", start, end, f"(not ({source[start:end]}))"
            case ast.ExceptHandler(type=ast.Name(id="BaseException")):
                yield "an exception", *span(node.type), "Exception"
            case ast.ExceptHandler(type=ast.Tuple(elts=[_, *rest])):
                kept = "".join(ast.unparse(one) + "," for one in rest)
                yield "an exception", *span(node.type), f"({kept})"
            case ast.Call():
                for one in node.keywords:
                    kept = [keyword for keyword in node.keywords if keyword is not one]
                    call = ast.unparse(ast.Call(node.func, node.args, kept))
                    yield "a named argument", *span(node), call
            case ast.Assert():
                yield "no assertion", *span(node), "assert True"
        statement = isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign))
        if statement and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield "no statement", *span(node), "pass"


def changed(content, fault):
    """Return a file's content with the fault in it."""
    _, part, start, end, new = fault
    text = part.text[:start] + new + part.text[end:]
    if not part.file.endswith(".ipynb"):
        return content[: part.path[0]] + text + content[part.path[1] :]
    book = json.loads(content)
    *way, last = part.path
    holder = functools.reduce(operator.getitem, way, book)
    if part.kind in ("metadata", "outputs", "cell"):
        holder[last] = json.loads(text)
    else:
        holder[last] = text.splitlines(True) if isinstance(holder[last], list) else text
    return json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def shown(fault, content):
    """Return a line about a fault: where it is, its rule, and what becomes of what."""
    rule, part, start, end, new = fault
    place = part.place or content.count("\n", 0, part.path[0] + start) + 1
    ahead = len(os.path.commonprefix([old := part.text[start:end], new]))
    same = len(os.path.commonprefix([old[ahead:][::-1], new[ahead:][::-1]]))
    left, right = part.text[: start + ahead][-15:], part.text[end - same :][:15]
    before, after = (left + text[ahead : len(text) - same][:60] + right for text in (old, new))
    return f"{part.file}:{place}: {rule}: {before!r} -> {after!r}"


def responsible(fault):
    """Return the arguments of the runs of pytest that are to find a fault, the first first."""
    file, kind = fault.part.file, fault.part.kind
    if kind == "module":
        names = [*RESPONSIBLE[Path(file).stem], "docstrings"]
        return [[f"tests/test_{name}.py" for name in names]]
    if kind in ("code", "output", "outputs", "cell"):
        return [["tests/test_chapters.py"], ["-p", "nbval.plugin", "--nbval", file]]
    pages = ["tests/test_environment.py"] if file.endswith(".md") else []
    return [["tests/test_chapters.py", *pages]]


def passes(folder, arguments):
    """Say whether pytest finds nothing, in time and with the memory of a small machine."""
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # No bytecode, for a file may change twice in a second; and no plugins, which take as long.
    alone = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    process = psutil.Popen(pytest, cwd=folder, env={**os.environ, **alone}, **quiet)
    if hasattr(process, "rlimit"):  # on Linux
        process.rlimit(psutil.RLIMIT_AS, (12 << 30, 12 << 30))
    try:
        return process.wait(TIMEOUT) == 0
    except psutil.TimeoutExpired:
        for one in [*process.children(recursive=True), process]:
            one.kill()
        process.wait()
        return False


def survives(folder, fault, runs):
    """Put a fault into a copy of the book, and say whether none of the runs finds it."""
    path = folder / fault.part.file
    content = path.read_text("utf-8")
    path.write_text(changed(content, fault), "utf-8")
    try:
        return all(passes(folder, arguments) for arguments in runs)
    finally:
        path.write_text(content, "utf-8")


def copy(root, folder):
    """Copy the files that git knows, as they are now; the data, and its cache, as links."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
    for path in [root / "work" / "mnist.json.gz", *root.glob("work/mnist-course-*.npz")]:
        (folder / "work" / path.name).unlink(missing_ok=True)
        (folder / "work" / path.name).symlink_to(path.resolve())


def drawn(root, seed):
    """Return the faults to try: of each rule as many as it gets."""
    by_rule = {rule: [] for rule in SHARES}
    for fault in faults(root):
        by_rule[fault.rule].append(fault)
    chance = random.Random(seed)
    some = [chance.sample(by_rule[rule], min(n, len(by_rule[rule]))) for rule, n in SHARES.items()]
    return sum(some, [])


def main():
    """Draw faults, try them, and print the survivors."""
    from mnist_course import load_mnist

    seed = int(sys.argv[1]) if sys.argv[1:] else datetime.date.today().toordinal()
    start = time.perf_counter()
    load_mnist()  # leaves the cache for the copies
    trials = drawn(ROOT, seed)
    print(f"seed {seed}: {len(trials)} faults", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ThreadPoolExecutor(WORKERS, "copy") as pool,
    ):
        for number in range(WORKERS):
            copy(ROOT, Path(folder) / f"copy_{number}")

        def in_a_copy(function, *arguments):
            return function(Path(folder) / threading.current_thread().name, *arguments)

        runs = {str(run): run for fault in trials for run in responsible(fault)}.values()
        whole = pool.map(in_a_copy, itertools.repeat(passes), runs)
        for run, good in zip(runs, whole, strict=True):
            if not good:
                pool.shutdown(cancel_futures=True)
                sys.exit(f"{run} fails without a fault: mend that first.")
        survivors = pool.map(
            in_a_copy, itertools.repeat(survives), trials, map(responsible, trials)
        )
        survived = Counter()
        for fault, survivor in zip(trials, survivors, strict=True):
            if survivor:
                survived[fault.rule] += 1
                print(shown(fault, (ROOT / fault.part.file).read_text("utf-8")), flush=True)
    for rule, count in Counter(fault.rule for fault in trials).items():
        print(f"{count:4} {survived[rule]:4}  {rule}")
    minutes = (time.perf_counter() - start) / 60
    print(f"{len(trials)} faults, {survived.total()} survived, {minutes:.1f} minutes")


if __name__ == "__main__":
    main()
