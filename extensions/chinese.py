"""Chinese words on the site, and addresses of Chinese headings: Sphinx extension.

The words are in locale/zh_CN/LC_MESSAGES/sphinx.po, where Sphinx looks first (`locale_dirs` in
_config.yml). The theme looks in a catalogue of its own, which takes second place here.
An address is the heading in pinyin; docutils would call headings id1, id2, ..., and a new section
would change the addresses of those after it.
"""

from docutils import nodes
from pypinyin import lazy_pinyin
from sphinx.locale import translators

ascii_id = nodes.make_id


def pinyin_id(string):
    """Return `string` as an address: 乱序与种子 is luan-xu-yu-zhong-zi."""
    return ascii_id("-".join(lazy_pinyin(string)))


def tidy_description(app, pagename, templatename, context, doctree):
    """Take out the comma that sphinxext.opengraph puts between the items of a list."""
    if doctree:
        context["metatags"] = context["metatags"].replace("；, ", "；")


def setup(app):
    """Take effect for every page; to be listed after the theme."""
    words = translators["general", "sphinx"]
    words.add_fallback(translators["general", "booktheme"])
    translators["general", "booktheme"] = words
    nodes.make_id = pinyin_id
    app.connect("html-page-context", tidy_description, priority=900)
    return {"parallel_read_safe": True}
