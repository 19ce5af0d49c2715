"""Every link leads somewhere, every heading has an address, and no file is there in vain."""

import gzip
import re
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag

import yaml
from conftest import BOOK, PAGES, ROOT, html
from lxml.html import fromstring

TITLE = "手写数字识别：数据处理与异步读取"
ELSEWHERE = "https?:|data:|mailto:"


def parsed(path):
    """Return what an HTML file refers to, and which addresses it has."""
    page = fromstring(path.read_text("utf-8"))
    links = [one for one in page.xpath("//@href | //@src") if not re.match(ELSEWHERE, one)]
    return SimpleNamespace(links=list(map(unquote, links)), ids=page.xpath("//@id"))


PARSED = {path: parsed(path) for path in [BOOK / name for name in [*PAGES, "search.html"]]}


def test_no_link_inside_the_book_is_broken():
    for path, page in PARSED.items():
        for link in page.links:
            file, fragment = urldefrag(link)
            target = (path.parent / file.split("?")[0]).resolve() if file else path
            assert target.is_file(), (path.name, link)
            if fragment and target in PARSED:
                assert fragment in PARSED[target].ids, (path.name, link)


def test_every_address_on_a_page_is_its_own_and_can_be_typed():
    for name in PAGES:
        ids = PARSED[BOOK / name].ids
        assert len(ids) == len(set(ids)), name
        sections = re.findall(r'<section [^>]*id="([^"]+)"', (BOOK / name).read_text("utf-8"))
        assert sections, name
        for address in sections:
            assert re.fullmatch(r"[a-z][a-z0-9-]*", address), (name, address)
            assert not re.fullmatch(r"id\d+", address), (name, address)


def test_no_file_of_the_site_is_there_in_vain():
    files = [path for path in BOOK.rglob("*.[chj][stv]*") if path.is_file()]
    texts = [path.read_text("utf-8") for path in files if path.suffix != ".bin"]
    for folder in ("_static", "_images", "_sources"):
        for path in (BOOK / folder).rglob("*"):
            if path.is_file() and not path.name.endswith(".LICENSE.txt"):
                name = path.name.removesuffix(".bin")  # what files.js lists is packed
                assert any(name in text for text in texts), path


def test_previous_next_and_breadcrumbs_follow_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    order = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    for place, name in enumerate(order):
        page, path = html(f"{name}.html"), BOOK / f"{name}.html"
        around = ["index", *order, None][place : place + 3 : 2]
        for way, neighbour in zip(["a.left-prev", "a.right-next"], around, strict=True):
            found = [(path.parent / link["href"]).resolve() for link in page.select(way)]
            assert found == ([BOOK / f"{neighbour}.html"] if neighbour else [])
        trail = page.select_one(".bd-breadcrumbs")
        assert (path.parent / trail.a["href"]).resolve() == BOOK / "index.html"
        title = page.h1.get_text().removesuffix("#").strip()
        assert trail.select_one("[aria-current=page]").get_text().strip() == title


def test_the_route_has_each_page_once_in_order_with_the_minutes_of_its_own_top():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    route, minutes = html("index.html").select_one(".route"), []
    links = [link["href"] for link in route.select("a")]
    assert links == [f"{one['file']}.html" for part in toc["parts"] for one in part["chapters"]]
    for link in route.select("li li a"):
        page = (BOOK / link["href"]).read_text("utf-8")
        assert f"<h1>{link.get_text()}<a" in page
        if top := re.search(r"时间：</strong> 大约 (\d+) 分钟", page):
            minutes.append(int(top[1]))
        assert link.parent.em.get_text() == (f"{top[1]} 分钟" if top else "选读"), link
    hours = re.search(r"(\d+) 章一共大约 (\d+) 小时", route.get_text())
    assert int(hours[1]) == len(minutes) > 10
    assert abs(int(hours[2]) * 60 - sum(minutes)) <= 30


def test_a_downloaded_notebook_is_the_chapter(new_page, site):
    page = new_page()
    page.goto(f"{site}/chapters/05-batching.html")
    url = page.locator(".btn-download-source-button").evaluate("link => link.href")
    chapter = (ROOT / "chapters" / "05-batching.ipynb").read_bytes()
    assert page.request.get(url).body() == chapter


def test_text_has_no_gap_where_a_line_of_the_source_ends():
    for name in PAGES:
        for one in html(name).select("article :is(p, li, td, dd)"):
            text = one.get_text().strip()
            gap = re.search(r"[\u4e00-\u9fff，。；：]\n[\u4e00-\u9fff]", text)
            assert not gap or "\n\n" in text, (name, gap)


def test_each_page_has_a_title_an_icon_and_a_description():
    descriptions = set()
    for name in PAGES:
        text = (BOOK / name).read_text("utf-8")
        assert re.search(
            rf"<title>.+ — {TITLE}</title>|<title>{TITLE}</title>", text.replace("&#8212;", "—")
        )
        assert re.search(r'<link rel="icon" href="[./]*_static/logo.svg"', text), name
        descriptions.add(re.search(r'<meta name="description" content="([^"]{20,})"', text)[1])
    assert len(descriptions) == len(PAGES)


def test_a_page_has_one_style_sheet_of_30_kb_at_most_in_which_what_scripts_add_has_its_rules():
    for name in PAGES:
        links = [link["href"].split("?")[0] for link in html(name).select("link[rel=stylesheet]")]
        sheets = [link.rsplit("_static/")[-1] for link in links]
        assert sheets == ["styles/book.css", "editor.css"][: len(sheets)] != [], name
        for script in html(name).select("script[src]"):  # none keeps the page from appearing
            assert script.has_attr("defer") or script.has_attr("async"), (name, script)
    sheet = (BOOK / "_static" / "styles" / "book.css").read_bytes()
    assert len(gzip.compress(sheet, 6)) < 30_000
    for part in ".tooltip-inner", ".dropdown-menu.show", "span.highlighted", "dialog.picture":
        assert part in sheet.decode(), part
    assert ".accordion-item" not in sheet.decode()  # Bootstrap's, which no page has
