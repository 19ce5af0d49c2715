"""Every page of the book, as it loads."""

from conftest import PAGES


def test_no_page_asks_another_host_for_anything(new_page, site):
    page = new_page()
    for name in [*PAGES, "search.html", "genindex.html"]:
        page.goto(f"{site}/{name}", wait_until="networkidle")
        assert not page.foreign and not page.errors, name
