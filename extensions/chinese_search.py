"""Full-text search that finds Chinese words: Sphinx extension.

Chinese has no spaces between words, and Sphinx alone indexes no Chinese text at all. Here both the
text and the query are cut into pairs of neighbouring characters; a page is found if it has each
pair of the query. No dictionary is needed, and no word is missing from it. Below each result
stands the sentence in which the query is found.
"""

import re

from sphinx.search import SearchLanguage

RUNS = re.compile(r"[a-zA-Z0-9_]+|[\u4e00-\u9fff]+")


class ChineseSearch(SearchLanguage):
    """How text is cut into terms, in Python for the index and in JavaScript for the query."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = r"""
var splitQuery = (query) =>
  (query.match(/[a-zA-Z0-9_]+|[\u4e00-\u9fff]+/g) || []).flatMap((run) =>
    /\w/.test(run) || run.length < 3
      ? [run]
      : Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2)));

document.addEventListener("DOMContentLoaded", () => {
  const summaryBySphinx = Search.makeSearchSummary;
  Search.makeSearchSummary = (html, keywords, anchor) => {
    const query = document.querySelector("#pst-search-dialog[open] input[name=q]")?.value
      ?? new URLSearchParams(location.search).get("q");
    const word = query.trim().toLowerCase();
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(".headerlink").forEach((link) => link.remove());
    const place = (anchor && page.querySelector(anchor)) || page.querySelector("article");
    const text = [...place.querySelectorAll("p, dt, dd, td, pre")]
      .map((element) => element.textContent.replace(/\s+/g, " "))
      .find((text) => text.toLowerCase().includes(word));
    if (!text) return summaryBySphinx(html, keywords, anchor);
    const at = text.toLowerCase().indexOf(word);
    const before = text.slice(Math.max(0, at - 60), at).split(/[。！？]/).at(-1);
    const after = text.slice(at, at + 90).split(/(?<=[。！？])/)[0];
    const summary = document.createElement("p");
    summary.classList.add("context");
    summary.textContent = before + after;
    return summary;
  };
});
"""

    def split(self, text):
        """Return the terms of `text`: pairs and single characters, Latin words and their parts."""
        terms = []
        for run in RUNS.findall(text):
            if run.isascii():
                terms += [run, *run.split("_")]
            else:
                terms += [*run, *map("".join, zip(run, run[1:], strict=False))]
        return terms

    def word_filter(self, word):
        """Index every Chinese term, and Latin ones from two characters that are no number."""
        return not word.isascii() or (len(word) > 1 and not word.isdigit())


def setup(app):
    """Take the place of Sphinx's own Chinese search."""
    app.add_search_language(ChineseSearch)
    return {"parallel_read_safe": True}
