"""What nbval lets through: here notebooks, pages and figures keep the rules of tests/gate*.py."""

import re
import sys
from pathlib import Path

import gate
import gate_text
import nbformat
import pytest
import yaml
from gate_words import NUMBERS

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
