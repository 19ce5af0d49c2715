"""The rules for chapters that nbval does not know; each says where a notebook breaks it."""

import inspect
import re

import mnist_course

SETUP = 'import sys\n\nsys.path.insert(0, "..")  # 课程模块 mnist_course 在上一级文件夹里'

# The cells whose outputs are not compared, and why. Each asserts what the text says of it, or
# draws what the cell before it asserts. Nothing else may carry the tag nbval-ignore-output.
IGNORED = {
    "01-loading": {"loading-37": "times"},
    "03-yield-vs-return": {"yield-36": "memory"},
    "05-batching": {"batching-31": "times"},
    "08-sync-vs-async": {
        "c08-22": "times",
        "c08-23": "a timeline",
        "c08-27": "times",
        "c08-28": "a timeline",
        "c08-32": "times",
        "c08-33": "a timeline",
        "c08-35": "times",
        "c08-36": "a timeline",
        "c08-59": "times",
        "c08-60": "a timeline",
        "c08-63": "times",
        "c08-64": "a timeline",
        "c08-68": "how full a queue is",
        "c08-72": "times",
        "c08-80": "times",
        "c08-81": "times, drawn",
        "c08-84": "times",
    },
    "09-beyond-one-machine": {"c09-19": "times", "c09-25": "times", "c09-26": "times, drawn"},
    "paddle-dataloader": {
        "dl-24": "times",
        "dl-48": "times",
        "dl-56": "an option that Paddle 2.6 does not have",
        "dl-60": "what only a machine with a GPU can do",
    },
}

# Numbers of the text that no cell of the chapter prints, and where they come from.
UNBOUND = {
    "01-loading": {"55": "tests/test_cache.py"},
    "03-yield-vs-return": {"40": "8 bytes of a pointer and 32 of a float, beside it"},
    "04-shuffling": {"50000": "tests/test_dataset.py"},
    "07-training": {"256": "tests/test_dataset.py"},
    "08-sync-vs-async": {"3.13": "a version of Python"},
    "09-beyond-one-machine": {
        "6170": "a port",
        "30": "gloo's limit: tests/test_distributed.py",
        "200000": "2,000 batches of 100, in the cell below it",
    },
    "data-card": {
        "3.0": "the licence's version",
        "2021": "the year of a paper",
        "15": "what that paper found",
        "1.2.6": "a version",
        "60000": "tests/test_build_mnist.py",
    },
    "fluid-to-paddle3": {
        "2.0": "a version",
        "2.5": "a version",
        "2.6": "a version",
        "2.6.2": "a version",
        "6": "reader_buffer_size, on the page of the DataLoader",
    },
}

# Words for which the glossary has another.
RIVALS = {
    "您": "你",
    "洗牌": "乱序",
    "小批次": "小批量",
    "验证集合": "验证集",
    "数据加载器": "数据读取器",
    "测试样本集": "测试集",
    "异步加载": "异步读取",
    "同步加载": "同步读取",
}


def code(notebook):
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    """Yield cell and text of each Markdown cell, with □ for code, addresses and formulas."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
            yield cell, re.sub(r"`[^`]*`|<[^>]*>|\]\([^)]*\)|\$[^$]*\$", "□", text)


def printed(cell):
    """Return all text that a cell has in its outputs."""
    texts = [output.get("text", "") for output in cell.outputs]
    texts += [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(texts)


def run_completely_and_in_order(name, notebook):
    """Find code cells that were not run, or not from the first to the last."""
    for count, cell in enumerate(code(notebook), 1):
        if cell.execution_count != count:
            yield f"{cell.id}: expected execution count {count}, found {cell.execution_count}"


def begins_with_the_setup(name, notebook):
    """Find a first code cell that is not that of all chapters."""
    if code(notebook)[0].source != SETUP:
        yield f"{code(notebook)[0].id}: expected the two lines of the other chapters"


def stores_no_error_and_no_warning(name, notebook):
    """Find stored errors: a cell that shows one catches it, so that nbval compares its message."""
    for cell in code(notebook):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{cell.id}: an error or a line on stderr is stored"
        for tag in set(cell.metadata.get("tags", [])) - {"nbval-ignore-output"}:
            yield f"{cell.id}: tag {tag!r} lets through what nbval would find"


def names_no_place_of_a_machine(name, notebook):
    """Find paths of the machine that made the outputs."""
    for cell in code(notebook):
        if place := re.search(r"/(work|root|tmp|home|Users)/\S*|[A-Z]:\\\S*", printed(cell)):
            yield f"{cell.id}: output names {place[0]!r}"


def stores_text_and_pictures_only(name, notebook):
    """Find outputs other than text and SVG, for these nbval never compares, and mute pictures."""
    for cell in code(notebook):
        for output in cell.outputs:
            kinds = set(output.get("data", {}))
            for kind in kinds - {"text/plain", "image/svg+xml"}:
                yield f"{cell.id}: an output of type {kind} is not compared"
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if "image/svg+xml" in kinds and (len(alt) < 16 or "/" in alt):
                yield f"{cell.id}: the picture has no alternative text, but {alt!r}"
        if "\x1b" in printed(cell):
            yield f"{cell.id}: output has colour codes"


def compares_each_output_but_those_listed(name, notebook):
    """Find cells that are not compared and not listed above, or that assert nothing."""
    cells = code(notebook)
    for before, cell in zip([None, *cells], cells, strict=False):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            if cell.id not in IGNORED.get(name, {}):
                yield f"{cell.id}: not compared, and not listed in tests/gate.py"
            if "assert " not in cell.source and not (before and "assert " in before.source):
                yield f"{cell.id}: not compared, and asserts nothing"


def binds_each_number(name, notebook):
    """Find numbers in the text that no cell prints or holds, and that are not listed above."""
    number = r"\d[\d,_]*(?:\.\d+)*"

    def plain(text):
        return re.sub("[,_]", "", text)

    known = set(UNBOUND.get(name, {}))
    for cell in code(notebook):
        known |= {plain(text) for text in re.findall(number, f"{cell.source}\n{printed(cell)}")}
        for output in cell.outputs:
            words = re.findall("<!-- (.*?) -->", output.get("data", {}).get("image/svg+xml", ""))
            known |= {plain(text) for text in re.findall(number, "\n".join(words))}
    for cell, text in prose(notebook):
        if text.startswith("## 练习"):
            break  # tasks, not claims
        text = re.sub(r"第 ?\d+( 到 \d+)? ?[章步]|^#.*$", "", text, flags=re.MULTILINE)
        for found in re.findall(rf"(?<![\w.\-/]){number}", text, flags=re.ASCII):
            if plain(found) not in known:
                yield f"{cell.id}: no cell prints {found}"


def quotes_the_module_as_it_is(name, notebook):
    """Find blocks in the text that show a function of mnist_course otherwise than it is."""
    for cell in notebook.cells:
        for block in re.findall(r"```python\n(.*?)```", cell.source, flags=re.DOTALL):
            for function in re.findall(r"^def (\w+)\(", block, flags=re.MULTILINE):
                original = getattr(mnist_course, function, None)
                if original and inspect.getsource(original).strip() not in block:
                    yield f"{cell.id}: the block is not the source of {function}"


def is_tidy(name, notebook):
    """Find what a reader's program does not need, and code too wide for a phone on its side."""
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield f"kernel: expected 'python3', found {notebook.metadata.get('kernelspec')}"
    for key in set(notebook.metadata) - {"kernelspec", "language_info", "run"}:
        yield f"metadata: {key!r} is of no use to a reader"
    for cell in code(notebook):
        lines = cell.source.splitlines()
        if len(lines) > 40:
            yield f"{cell.id}: {len(lines)} lines of code, at most 40"
        for line in lines:
            if len(line) > 76:
                yield f"{cell.id}: {len(line)} columns, at most 76: {line}"


def speaks_as_the_glossary(name, notebook):
    """Find words and spaces that are not those of the other chapters."""
    for cell, text in prose(notebook):
        for word, ours in RIVALS.items():
            if word in text:
                yield f"{cell.id}: the glossary has {ours} for {word}"
        if found := re.search(
            r".?[\u4e00-\u9fff][A-Za-z0-9].?|.?[A-Za-z0-9][\u4e00-\u9fff].?", text
        ):
            yield f"{cell.id}: no space between Chinese and Latin in {found[0]!r}"
        if found := re.search(r"[\u4e00-\u9fff][,;:?!].?| [，。；：？！、].?", text):
            yield f"{cell.id}: punctuation in {found[0]!r}"
        if found := re.search(r"[\u4e00-\u9fff，。；：]\n[\u4e00-\u9fff]", text):
            yield f"{cell.id}: a line ends inside a paragraph at {found[0]!r}"


RULES = [
    run_completely_and_in_order,
    begins_with_the_setup,
    stores_no_error_and_no_warning,
    names_no_place_of_a_machine,
    stores_text_and_pictures_only,
    compares_each_output_but_those_listed,
    binds_each_number,
    quotes_the_module_as_it_is,
    is_tidy,
    speaks_as_the_glossary,
]
