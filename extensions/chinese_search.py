"""Full-text search that finds Chinese words: Sphinx extension.

Chinese has no spaces between words, and Sphinx alone indexes no Chinese text at all. Here both the
text and the query are cut into pairs of neighbouring characters; a page is found if it has each
pair of the query. No dictionary is needed, and no word is missing from it.
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
