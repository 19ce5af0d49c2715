"""Every word that the theme puts on a page is Chinese."""

from conftest import LATIN


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
