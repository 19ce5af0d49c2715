"""Full-text search that finds Chinese words: Sphinx extension.

Chinese has no spaces between words, and Sphinx alone indexes no Chinese text at all. Here the index
is the text itself, section by section: 150 KB compressed, loaded when one is about to search; no
page is loaded to show a result. search.js looks in it, and synonyms.txt has the words that readers
use for what the book calls otherwise.
"""

import json
import re
from pathlib import Path

from lxml.etree import Comment
from lxml.html import fromstring
from sphinx.search import SearchLanguage

HERE = Path(__file__).parent
# What is a line of its own in the index: as BLOCK in search.js.
BLOCKS = ["p", "li", "dt", "dd", "td", "th", "pre", "h1", "h2", "h3", "h4", "summary", "figcaption"]
LEFT_OUT = ["script", "style", "svg", Comment]


class ChineseSearch(SearchLanguage):
    """Sphinx's own index has no words; its scripts get ours."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = (HERE / "search.js").read_text("utf-8")

    def split(self, text):
        """Return no words."""
        return []


def synonyms():
    """Return the words of the book for each word on the left of the list."""
    found = {}
    for line in (HERE / "synonyms.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            used, ours = line.split(":")
            for word in used.lower().split():
                found[word] = [*found.get(word, []), *ours.lower().split()]
    return found


def read(element, own, found):
    """Add an element's text to that of its section, and the sections in it to those found."""
    if element.tag in LEFT_OUT or "headerlink" in element.get("class", ""):
        return
    if element.tag == "section":
        own = []
        found.append((element.get("id"), own))
    line = "\0" if element.tag in BLOCKS else ""
    own += [line, "\1" if element.tag == "pre" else "", element.text or ""]
    for child in element:
        read(child, own, found)
        own.append(child.tail or "")
    own.append(line)


def sections(article):
    """Return the address, the heading and the text of each section of an article."""
    read(article, [], found := [])
    rows = []
    for address, own in found:
        lines = [" ".join(line.split()).replace("\1", "\t") for line in "".join(own).split("\0")]
        heading, *lines = filter(None, lines)
        rows.append([address, heading, "\n".join(line for line in lines if line != heading)])
    return rows


def write_text(app, exception):
    """Put the text of the book into the index."""
    if exception or app.builder.format != "html":
        return
    path = Path(app.outdir, "searchindex.js")
    index = json.loads(path.read_text("utf-8").removeprefix("Search.setIndex(").removesuffix(")"))
    # Sphinx loads it again if one builds on what is built: its keys stay.
    index |= {key: {} for key in ("alltitles", "indexentries", "objects", "objnames", "objtypes")}
    index["synonyms"] = synonyms()
    index["pages"], index["glossary"] = [], []
    for name in sorted(app.env.found_docs):
        page = fromstring(Path(app.builder.get_outfilename(name)).read_text("utf-8"))
        article = page.find(".//article")
        # A slip is one of these, wrongly written.
        for term in article.xpath(".//dl[contains(@class, 'glossary')]//dt"):
            index["glossary"] += re.findall("[\u4e00-\u9fff]{3,}", term.text_content())
        found = sections(article)
        index["pages"].append({"name": name, "title": found[0][1], "sections": found})
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"Search.setIndex({text})", "utf-8")


def name_page(app, pagename, templatename, context, doctree):
    """Give the page of the search its name, without which it has no way home."""
    if pagename == "search":
        context["title"] = "搜索"


def setup(app):
    """Take the place of Sphinx's own Chinese search."""
    app.add_search_language(ChineseSearch)
    app.connect("build-finished", write_text)
    app.connect("html-page-context", name_page)
    return {"parallel_read_safe": True}
