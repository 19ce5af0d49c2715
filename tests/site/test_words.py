"""Every word that the theme puts on a page is Chinese."""

import pytest
from conftest import DESK, PAGES, PHONE, SEARCH

# Names, and keys of the keyboard, which are the same in Chinese.
NAMES = {"Ctrl", "Binder", "AI Studio", ".ipynb", ".md", ".pdf"}

# Words in Latin letters in tooltips and labels anywhere, and in text outside the article. What
# repeats a heading of the article (titles, tables of contents) is the author's, not the theme's.
LATIN = r"""
(() => {
  const found = new Set(), chinese = /[\u4e00-\u9fff]/, latin = /[a-z]{2}/i;
  const add = (words) => latin.test(words) && !chinese.test(words) && found.add(words.trim());
  for (const element of document.querySelectorAll("html, html *")) {
    for (const name of ["title", "aria-label", "aria-description", "placeholder", "alt",
                        "data-bs-title", "data-bs-original-title", "data-tooltip"])
      if (element.hasAttribute(name) && !element.matches(".reference.internal"))
        add(element.getAttribute(name));
    if (element.closest("article, head, script, style, .search, nav.page-toc, .bd-docs-nav, " +
                        ".bd-breadcrumbs, .prev-next-title")) continue;
    for (const node of element.childNodes)
      if (node.nodeType === Node.TEXT_NODE) add(node.data);
  }
  return [...found];
})()
"""


@pytest.mark.parametrize(("viewport", "color_scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_the_interface_is_chinese(new_page, site, viewport, color_scheme):
    page = new_page(viewport=viewport, color_scheme=color_scheme)
    english = {}
    for name in [*PAGES, SEARCH, "search.html?q=zzz"]:
        page.goto(f"{site}/{name}", wait_until="networkidle" if "?" in name else "load")
        for words in set(page.evaluate(LATIN)) - NAMES:
            english.setdefault(words, name)
    assert not english


def test_the_test_would_see_english(new_page, site):
    page = new_page()
    page.goto(f"{site}/index.html")
    page.evaluate("document.querySelector('.theme-switch-button').title = 'Color mode'")
    page.evaluate("document.querySelector('footer').append('Last updated')")
    assert {"Color mode", "Last updated"} <= set(page.evaluate(LATIN))


def test_the_theme_button_says_what_it_does(new_page, site):
    page = new_page()
    page.goto(f"{site}/index.html", wait_until="networkidle")
    page.hover(".theme-switch-button")
    assert page.locator(".tooltip").inner_text() == "亮色或暗色"
    themes = []
    for _ in range(3):
        page.click(".theme-switch-button")
        themes.append(page.evaluate("document.documentElement.dataset.mode"))
    assert set(themes) == {"light", "dark", "auto"}
