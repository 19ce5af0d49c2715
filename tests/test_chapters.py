"""What nbval lets through: here notebooks, pages and figures keep the rules of tests/gate*.py."""

import ast
import builtins
import keyword
import re
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import gate
import gate_text
import nbformat
import pytest
import yaml
from gate_words import ELSEWHERE, IN_EXERCISES, NUMBERS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from reading_time import minutes  # noqa: E402

CHAPTERS = [*sorted((ROOT / "chapters").glob("*.ipynb")), ROOT / "tools" / "template.ipynb"]
PAGES = [ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md"))]
EXERCISES = sorted((ROOT / "exercises").glob("*.md"))


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda path: path.stem)
def notebook(request):
    """Each chapter, read once."""
    return nbformat.read(request.param, as_version=4)


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.__name__)
def test_each_chapter_keeps_each_rule(notebook, rule):
    assert list(rule(notebook)) == []


@pytest.mark.parametrize("path", [*PAGES, *EXERCISES], ids=lambda path: path.stem)
def test_each_page_keeps_the_rules_for_text(path):
    text = path.read_text("utf-8")
    assert [found for rule in gate_text.RULES for found in rule(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_line_of_a_page_stands_there_twice(path):
    text = re.sub("^```.*", "", path.read_text("utf-8"), flags=re.MULTILINE)
    lines = [line for line in text.splitlines() if len(line) > 10]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_each_document_keeps_the_rules_that_know_no_language(name):
    text = (ROOT / name).read_text("utf-8")
    rules = [gate_text.shows_its_marks, gate_text.names_no_place_of_a_machine]
    rules += [gate_text.names_versions_that_we_know, gate_text.says_nothing_twice]
    assert [found for rule in rules for found in rule(text)] == []
    assert not re.search(" +$", text, re.MULTILINE)


def test_all_that_a_reader_sees_speaks_as_the_glossary():
    files = [*CHAPTERS, *ROOT.glob("exercises/*.py"), *ROOT.glob("img/*.[sj][vs]*")]
    files += [*ROOT.glob("extensions/**/*.po"), ROOT / "_config.yml", ROOT / "_toc.yml"]
    files += [ROOT / "work" / "aistudio.ipynb"]
    for path in files:
        text = path.read_text("utf-8")
        assert list(gate_text.speaks_as_the_glossary(text)) == [], path.name


def said(path):
    """Return the numbers in the text of a page or figure, as they come."""
    text = path.read_text("utf-8")
    if path.suffix == ".svg":
        text = re.sub("<style>.*?</style>", "", text, flags=re.DOTALL)
        return gate_text.numbers_in_order("\n".join(re.findall(">([^<]+)<", text)))
    return gate_text.numbers_in_order(gate_text.claims(text))


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_of_pages_and_figures_are_those_of_the_chapters(name):
    in_order, reasons = NUMBERS[name]
    assert " ".join(said(ROOT / name)) == in_order
    assert set(reasons) == set(in_order.split())
    for number, reason in reasons.items():
        source = ROOT / reason.split(":")[0]
        assert not source.is_file() or number in gate.held_in(source), (number, reason)


def test_no_page_and_no_figure_has_numbers_from_nowhere():
    figures = set((ROOT / "img").glob("*.svg")) - {ROOT / "img" / "logo.svg"}
    # What their scripts draw: tests/site says so.
    figures -= {ROOT / "img" / "playground.svg", ROOT / "img" / "handwriting.svg"}
    assert {ROOT / name for name in NUMBERS} == {*PAGES, *figures}


def test_the_chapters_stand_in_their_order_and_are_all_there():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    numbered = [name for name in files if re.match(r"chapters/\d\d-", name)]
    assert numbered == sorted(numbered) and len(numbered) == gate_text.LAST + 1
    pages = {f"chapters/{path.stem}" for path in [*CHAPTERS[:-1], *PAGES[1:]]}
    assert set(files) == pages and len(files) == len(pages)


def test_every_word_of_the_glossary_is_used_in_a_chapter():
    glossary = (ROOT / "chapters" / "glossary.md").read_text("utf-8")
    lines = re.findall(r"^([^\s`#:].*)\n  \S", glossary, flags=re.MULTILINE)
    for block in re.findall("```{glossary}\n(.*?)```", glossary, flags=re.DOTALL):
        entries = block.strip().split("\n\n")
        assert [entry for entry in entries if not re.fullmatch(r"\S.*\n  \S.*", entry)] == []
    words = [word for line in lines for word in re.findall(r"(\w+)(?:（|；|$)", line)]
    cells = [cell for path in CHAPTERS for cell in nbformat.read(path, as_version=4).cells]
    text = "".join(cell.source for cell in cells)
    assert len(words) > 60 and [word for word in words if word not in text] == []


def test_each_chapter_says_how_many_minutes_it_takes():
    for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb")):
        chapter = nbformat.read(path, as_version=4)
        said = re.search(r"^\*\*时间：\*\* 大约 (\d+) 分钟", chapter.cells[0].source, re.MULTILINE)
        assert said and int(said[1]) == minutes(chapter), path.stem


def test_the_landing_page_has_the_ratios_that_the_comparison_prints():
    whole = nbformat.read(ROOT / "chapters" / "side-by-side.ipynb", as_version=4)
    [printed] = [text for cell in gate.code(whole) if "原教程的 1/" in (text := gate.printed(cell))]
    said = (ROOT / "index.md").read_text("utf-8")
    assert re.findall(r"1/\d+", printed) == re.findall(r"1/\d+", said) != []


@pytest.mark.parametrize(
    ("figure", "page"),
    [
        ("playground", "chapters/08-sync-vs-async.ipynb"),
        ("handwriting", "chapters/11-your-handwriting.ipynb"),
        ("handwriting", "index.md"),
    ],
)
def test_what_is_said_instead_of_a_picture_is_what_it_says(figure, page):
    svg = (ROOT / "img" / f"{figure}.svg").read_text("utf-8")
    text = (ROOT / page).read_text("utf-8")
    if page.endswith(".ipynb"):
        text = "".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    alt = re.search(rf'{figure}.svg" alt="([^"]+)"', text)[1]
    assert alt == re.search("<desc[^>]*>([^<]+)<", svg)[1]


def texts():
    """Return the text of all pages and exercises by name; of a notebook that of its text cells."""
    found = {}
    for path in [*CHAPTERS, *PAGES, *EXERCISES]:
        found[f"{path.parent.name}/{path.name}"] = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            said = [cell.source for cell in cells if cell.cell_type == "markdown"]
            found[f"{path.parent.name}/{path.name}"] = "\n\n".join(said)
    return found


TEXTS = texts()
TITLES = {name: re.match("# (.+)", text)[1] for name, text in TEXTS.items()}


def test_a_link_leads_where_the_same_words_lead_elsewhere():
    leads = {}
    for name, text in TEXTS.items():
        for words, address in re.findall(r"\[([^]]+)\]\(([^)]+)\)", text):
            address = re.sub(r"^(\.\./)?(chapters/)?", "", address)
            assert leads.setdefault(words, address) == address, (name, words)


def test_each_chapter_says_what_it_teaches_and_needs_and_sums_up():
    for name, text in TEXTS.items():
        if number := re.match(r"chapters/(\d\d)-", name):
            assert TITLES[name].startswith(f"{number[1]} "), name
            heads = re.findall(r"^(?:\*\*\w+[^：\n]*：\*\*|## (?:小结|练习))", text, re.MULTILINE)
            assert heads[:3] == ["**学完这一章，你能：**", "**你需要：**", "**时间：**"], name
            assert "10-" in name or heads[-2:] == ["## 小结", "## 练习"], (name, heads)


def test_a_page_comes_after_those_that_it_needs_and_an_appendix_last():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [[chapter["file"] for chapter in part["chapters"]] for part in toc["parts"]]
    order = sum(parts, [])
    for place, page in enumerate(order):
        [name] = [name for name in TEXTS if name.rsplit(".", 1)[0] == page]
        assert not TITLES[name].startswith("附录") or page in parts[-1], page
        needs = re.search(r"^\*\*你需要：\*\*(.*)", TEXTS[name], re.MULTILINE)
        needs = needs[1] if needs else ""
        for number in re.findall(r"(?:第|到) (\d\d) 章(?!\]\([^)]*\)才讲)", needs):
            [needed] = [one for one in order if one.startswith(f"chapters/{number}-")]
            assert order.index(needed) < place, (page, needed)


def test_a_figure_is_told_under_its_own_title():
    for name, text in TEXTS.items():
        for figure, alt in re.findall(r'img/([\w-]+)\.svg" alt="([^"]+)"', text):
            if figure not in ("playground", "handwriting"):  # which say what they show
                svg = (ROOT / "img" / f"{figure}.svg").read_text("utf-8")
                title = re.search("<title[^>]*>([^<]+)<", svg)[1]
                assert alt.startswith(title.split("：")[0] + "："), (name, figure)


@pytest.mark.parametrize("path", sorted((ROOT / "img").glob("*.svg")), ids=lambda path: path.stem)
def test_a_figure_is_whole_and_refers_to_what_it_has(path):
    text = path.read_text("utf-8")
    root = ElementTree.fromstring(text)  # a browser draws nothing else
    used = re.findall(r'url\(#([\w-]+)\)|href="#([\w-]+)"|labelledby="([\w -]+)"', text)
    assert set(" ".join(map("".join, used)).split()) <= set(re.findall(r'\bid="([^"]+)"', text))
    style = "".join(re.findall("<style>(.*?)</style>", text, re.DOTALL))
    classes = set(" ".join(re.findall(r'class="([^"]+)"', text)).split())
    assert classes <= set(re.findall(r"\.([a-z][\w-]*)", style))
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
    for word in root.findall(".//{*}text"):
        assert 0 <= float(word.get("x", 0)) <= width and 0 <= float(word.get("y", 0)) <= height
        if "code" not in word.get("class", ""):
            assert list(gate_text.is_in_chinese("".join(word.itertext()))) == []


def test_a_term_has_the_english_of_the_glossary():
    terms = dict(re.findall(r"(\w+)（([^）]+)）", TEXTS["chapters/glossary.md"]))
    for name, text in TEXTS.items():
        for words, english in re.findall(rf"({gate_text.HAN}+)（([A-Za-z][A-Za-z -]+)）", text):
            if ends := [term for term in terms if words.endswith(term)]:
                ours = terms[max(ends, key=len)]
                # A narrower term, or the name of a mode: 守护线程（daemon thread）, 测试集（eval）.
                assert ours in english or english in ours or english == "eval", (name, words)


def test_what_a_page_calls_by_name_is_there():
    code = [*ROOT.glob("[cembtw]*/*.py"), ROOT / "start.py"]
    code = "".join(path.read_text("utf-8") for path in code)
    for path in CHAPTERS:
        for cell in gate.code(nbformat.read(path, as_version=4)):
            code += cell.source + gate.printed(cell)
    code += "".join(re.findall("```.*?```", "".join(TEXTS.values()), re.DOTALL))
    known = {*re.findall(r"\w+", code), *dir(builtins), *keyword.kwlist, *ELSEWHERE}
    for name, text in TEXTS.items():
        said = re.findall(
            r"`([\w.]+(?:\([^`\n]*\))?)`", re.sub("```.*?```", "", text, flags=re.DOTALL)
        )
        assert set(re.findall(r"\b[A-Za-z_]\w\w+", " ".join(said))) <= known, name


def test_an_exercise_that_is_mentioned_is_there():
    text = "".join(TEXTS.values())
    there = re.findall(r"^### 练习 (\w+\.\d+)：", text, re.MULTILINE)
    assert set(re.findall(r"练习 (\w+\.\d+)", text)) <= set(there)


def test_the_reference_names_a_chapter_that_has_the_name():
    for line in re.findall("^`.*第 .*章.*", TEXTS["chapters/api.md"], re.MULTILINE):
        name = re.match(r"`(\w+)`", line)[1]
        paths = [path for path in CHAPTERS if path.name[0].isdigit()]
        has = [
            int(path.name[:2])
            for path in paths
            if re.search(rf"\b{name}\b", path.read_text("utf-8"))
        ]
        said = set(map(int, re.findall(r"第 (\d+) 章", line)))
        assert said & set(has) or not has or name == "Split", line


def test_python_in_the_text_can_be_read():
    fence = re.compile("^ *```python\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    blocks = fence.findall("".join(TEXTS.values()))
    assert len(blocks) > 100
    for block in blocks:
        ast.parse(textwrap.dedent(block))


def test_the_buttons_are_called_what_stands_on_them():
    scripts = [*ROOT.glob("extensions/**/*.js"), *ROOT.glob("extensions/*.py")]
    scripts += (ROOT / "img").glob("*.js")
    labels = "".join(path.read_text("utf-8") for path in scripts)
    said = re.findall(r"按“(\w{2,10})”|“(\w+)”按钮", "".join(TEXTS.values()))
    assert len(said) > 8
    for label in map("".join, said):
        assert re.search(rf"[\"'>`]{label}[\"'<`（]", labels), label


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_the_numbers_of_an_exercise_are_of_its_code_or_its_chapter(path):
    held = gate.held_in(ROOT / "chapters" / f"{path.stem}.ipynb")
    held |= gate.held_in(path.with_suffix(".py")) | set(IN_EXERCISES)
    for part in re.split("^(?=## )", path.read_text("utf-8"), flags=re.MULTILINE):
        code = "".join(re.findall("```.*?```", part, re.DOTALL))
        said = gate_text.numbers(gate_text.claims(part))
        assert said <= held | gate_text.numbers(code), part[:30]
