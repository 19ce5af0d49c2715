"""The book as it is published: from a fork, on its own machine, on paper."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import BOOK, PAGES, PHONE, ROOT
from lxml.html import fromstring
from pikepdf import Pdf
from pypdfium2 import PdfDocument

from extensions.repository import PDF, SIZES, ZIP, set_repository

OURS = {f"GITHUB_{name}" for name in ("REPOSITORY", "REF_NAME", "BASE_REF")}
OURS |= {"BOOK_URL", "AISTUDIO_PROJECT"}
FORM = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/problem.yml").read_text("utf-8"))
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def build(folder, **environment):
    """Build the book with only these variables of a publisher; return where it is.

    It lacks what runs Python in its pages: the same anywhere, it takes a third of the time.
    """
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    settings["sphinx"]["config"]["extensions"].remove("python_in_page")
    where = settings["sphinx"]["local_extensions"]
    where |= {name: str(ROOT / path) for name, path in where.items()}
    (folder / "_config.yml").write_text(yaml.safe_dump(settings), "utf-8")
    ours = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "--all", "-W", "-n"]
    subprocess.run(
        [*command, "--quiet", "--config", folder / "_config.yml", "--path-output", folder],
        env=ours | environment,
        check=True,
        capture_output=True,
    )
    return folder / "_build" / "html"


def buttons(book, name):
    """Return the addresses of a page's buttons that leave the page, by their text."""
    text = (book / name).read_text("utf-8")
    pattern = r'<a href="([^"]+)" target="_blank".*?btn__text-container">([^<]+)<'
    return {label: url for url, label in re.findall(pattern, text, re.DOTALL)}


def html_text(path):
    """Return what a page of any book says."""
    return re.sub("<[^>]+>", "", path.read_text("utf-8"))


def taken_along(path):
    """Return the addresses of ZIP and PDF files that a page of any book links to."""
    return re.findall(r'href="([^"]+\.(?:zip|pdf))"', path.read_text("utf-8"))


BAR = """() => {
  const buttons = [...document.querySelectorAll(
    ".bd-header-article :is(button, a.nav-link):not(.dropdown-item)")];
  return buttons.map((button) => {
    const { left, right } = button.getBoundingClientRect();
    return [left, right];
  }).sort((one, two) => one[0] - two[0]);
}"""


def test_the_book_of_a_fork_leads_to_the_fork_and_its_project_in_ai_studio(tmp_path, new_page):
    fork = build(
        tmp_path,
        GITHUB_REPOSITORY="somebody/my-fork",
        GITHUB_REF_NAME="12/merge",  # a pull request's own, which is no branch
        GITHUB_BASE_REF="lessons/2027",
        BOOK_URL="https://somebody.github.io/my-fork/",
        AISTUDIO_PROJECT="https://aistudio.baidu.com/projectdetail/1",
    )
    where = FORM["body"][0]["id"]
    for path in NOTEBOOKS:
        found = buttons(fork, f"chapters/{path.stem}.html")
        tree = f"https://github.com/somebody/my-fork/{{}}/lessons/2027/chapters/{path.name}"
        assert found["Binder"] == (
            "https://mybinder.org/v2/gh/somebody/my-fork/lessons/2027"
            f"?urlpath=lab/tree/chapters/{path.name}"
        )
        assert found["AI Studio"] == "https://aistudio.baidu.com/projectdetail/1"
        assert found["修改本页"] == tree.format("edit")
        assert found["查看源码"] == tree.format("blob") + "?plain=1"
        address, _, query = found["报告问题"].replace("&amp;", "&").partition("?")
        assert address == "https://github.com/somebody/my-fork/issues/new"
        filled_in = dict(parse_qsl(query, strict_parsing=True))
        assert (ROOT / ".github/ISSUE_TEMPLATE" / filled_in.pop("template")).is_file()
        assert filled_in == {where: f"https://somebody.github.io/my-fork/chapters/{path.stem}.html"}
        assert found["仓库"] == "https://github.com/somebody/my-fork"
    steps = html_text(fork / "chapters" / "run-online.html")
    assert "https://github.com/somebody/my-fork mnist-course" in steps
    assert "git clone https://github.com/somebody/my-fork\n" in html_text(
        fork / "chapters" / "side-by-side.html"
    )

    for name in PAGES:
        assert "仓库的地址" not in html_text(fork / name), name

    # What readers take along: `make along` puts it there.
    there = "https://somebody.github.io/my-fork/"
    assert taken_along(fork / "index.html") == [there + ZIP, there + PDF]
    assert set(taken_along(fork / "chapters" / "run-online.html")) == {there + ZIP}

    # A page that is not there, as a server shows it at any address.
    lost = BeautifulSoup((fork / "404.html").read_text("utf-8"), "html.parser")
    assert "没有这一页" in lost.h1.get_text() and not lost.base
    assert lost.html["data-content_root"].startswith(there)
    found = [one.get(name) for one in lost.find_all() for name in ("href", "src", "action")]
    inside = [address for address in found if address and address.startswith(there)]
    assert len(inside) > 40 and "#main-content" in found  # skips to the content of this page
    for address in inside:
        assert (fork / address.removeprefix(there).split("?")[0]).is_file(), address
    assert all(re.match(r"#|https://", address) for address in found if address)

    # On the narrowest of phones no button lies on another one, or beyond the edge.
    page = new_page(viewport={"width": 320, "height": 600})
    page.goto((fork / "chapters" / "01-loading.html").as_uri())
    bar = page.evaluate(BAR)
    assert len(bar) == 9
    edges = [0, *sum(bar, []), 320]
    assert edges == sorted(edges)
    assert all(right - left >= 24 for left, right in bar)

    # A map, and pages that name their address and card.
    addresses = re.findall("<loc>(.*?)</loc>", (fork / "sitemap.xml").read_text("utf-8"))
    assert sorted(addresses) == sorted(
        f"https://somebody.github.io/my-fork/{page}" for page in PAGES
    )
    for name in PAGES:
        text = (fork / name).read_text("utf-8")
        assert f'<link rel="canonical" href="https://somebody.github.io/my-fork/{name}"' in text
        card = '<meta property="og:image" content="https://somebody.github.io/my-fork/_static/social-card.png"'
        assert card in text
    assert (fork / "_static" / "social-card.png").is_file()


@pytest.mark.parametrize(
    ("refs", "branch"),
    [
        ({}, "main"),
        ({"GITHUB_REF_NAME": "lessons/2027"}, "lessons/2027"),
        ({"GITHUB_REF_NAME": "lessons/2027", "GITHUB_BASE_REF": ""}, "lessons/2027"),
    ],
)
def test_the_branch_is_the_one_that_is_published(monkeypatch, refs, branch):
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"GITHUB_REPOSITORY": "somebody/my-fork", **refs}.items():
        monkeypatch.setenv(name, value)
    config = SimpleNamespace(html_theme_options={})
    set_repository(None, config)
    assert config.html_theme_options["repository_branch"] == branch


def test_without_a_repository_the_buttons_lead_to_the_steps(tmp_path):
    book = build(tmp_path) if OURS & set(os.environ) else BOOK
    assert buttons(book, "chapters/01-loading.html") == {
        "Binder": "run-online.html#binder",
        "AI Studio": "run-online.html#ai-studio",
        ".ipynb": "../_sources/chapters/01-loading.ipynb",
    }
    assert not (book / "sitemap.xml").exists()
    for name in ("index.html", "chapters/run-online.html"):
        assert taken_along(book / name) == []
    line = re.search("带走：.*", (book / "index.html").read_text("utf-8"))[0]
    assert 'href="chapters/run-online.html"' in line
    assert "Code → Download ZIP" in html_text(book / "chapters" / "run-online.html")


def test_each_chapter_says_how_its_outputs_were_made(new_page, site):
    page = new_page(viewport=PHONE)
    page.goto(f"{site}/chapters/health.html")
    box = page.locator("article .pst-scrollable-table-container")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    rows = page.locator("article tbody tr").all_inner_texts()
    versions = page.get_by_text("版本：Python").inner_text()
    assert len(rows) == len(NOTEBOOKS)
    for path, row in zip(NOTEBOOKS, rows, strict=True):
        run = json.loads(path.read_text("utf-8"))["metadata"]["run"]
        assert run["seconds"] > 0 and 50 < run["peak_mb"] < 2000
        shown = [f"{run['seconds']} 秒", f"{run['peak_mb']} MB", run["date"]]
        assert [cell.strip() for cell in row.split("\t")[1:]] == shown
        assert all(version in versions for version in run["versions"].values())
        (foot,) = fromstring(
            (BOOK / "chapters" / f"{path.stem}.html").read_text("utf-8")
        ).find_class("made-with")
        for name, version in run["versions"].items():
            assert f"{name} {version}" in foot.text_content()
    page.goto(f"{site}/chapters/{path.stem}.html")
    assert page.locator(".made-with").inner_text() == " ".join(foot.text_content().split())


def squeezed(text):
    """Return `text` without spaces and ligatures, and ? for Chinese: PDF takes 飞 for a radical."""
    return re.sub(r"[^ -~]", "?", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))


def outline(bookmarks, numbers, depth=0):
    """Yield depth, title and sheet of each bookmark."""
    for one in bookmarks:
        yield depth, one.title, numbers[one.destination[0].objgen]
        yield from outline(one.children, numbers, depth + 1)


def test_the_book_in_one_file_has_every_chapter_bookmarked_and_nothing_cut_off(tmp_path):
    file = tmp_path / "book.pdf"
    subprocess.run([sys.executable, ROOT / "tools" / "print_book.py", file], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["book.pdf"]
    texts = PdfDocument(file)

    def text(sheet):
        return squeezed(texts[sheet].get_textpage().get_text_range())

    assert file.stat().st_size < 15_000_000
    assert abs(file.stat().st_size / 1e6 - SIZES[PDF]) < 1  # as the landing page says
    with Pdf.open(file) as book, book.open_outline() as found:
        assert len(book.pages) < 250
        assert book.Root.StructTreeRoot and book.Root.Lang == "zh-CN"  # for screen readers
        numbers = {sheet.objgen: number for number, sheet in enumerate(book.pages)}
        bookmarks = list(outline(found.root, numbers))
        for sheet in book.pages:
            for link in sheet.get("/Annots", ()):
                assert not str(link.get("/A", {}).get("/URI", "")).startswith("file:")
    chapters = [(title, sheet) for depth, title, sheet in bookmarks if depth == 0]
    assert len(chapters) == len(PAGES)  # the landing page too
    assert len(bookmarks) > 150 and [b[2] for b in bookmarks] == sorted(b[2] for b in bookmarks)
    assert chapters[0][1] == 1
    front = text(0)
    for title, sheet in chapters:
        name = squeezed(title)
        assert f"{name}{sheet + 1}" in front  # the number that a viewer shows
        assert text(sheet).startswith(f"{sheet + 1}{name}")
    second = [title[:2] for title, _ in chapters].index("02")
    start, end = chapters[second][1], chapters[second + 1][1]
    printed = "".join(map(text, range(start, end)))
    for sheet in range(start, end):  # what a page alone can do is not printed
        assert "就能改" not in texts[sheet].get_textpage().get_text_range()
    notebook = json.loads((ROOT / "chapters" / "02-splitting.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            for line in cell["source"]:
                assert squeezed(line) in printed, line
            for output in cell["outputs"]:
                for line in output.get("text", []):
                    assert squeezed(line) in printed, line


def test_the_book_that_is_tested_is_no_older_than_its_sources():
    newest = max(path.stat().st_mtime for path in [*NOTEBOOKS, ROOT / "_config.yml"])
    assert (BOOK / "index.html").stat().st_mtime > newest
