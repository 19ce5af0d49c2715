"""Everybody can read the book: with a screen reader, a keyboard, in the dark."""

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from conftest import DESK, PAGES, PHONE, html

# Targets of 24 pixels are WCAG 2.2, which axe does not ask for by itself.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}

# Text in elements of one kind, in elements of one kind, looks alike: axe, which takes seconds for
# the contrast of thousands, gets the first of each that is seen. Other words of code become plain.
ONE_OF_EACH = """() => {
  const seen = new Set(), drawn = { visibilityProperty: true };
  const walk = (element, way) => {
    const row = element.matches("tr:nth-child(even)") ? "even" : "";
    const kind = `${way} ${element.tagName}${row}.${element.className}${element.style.cssText}`;
    if (!seen.has(kind) && element.checkVisibility(drawn) && !element.disabled) {
      element.dataset.first = "";
      seen.add(kind);
    }
    for (const child of [...element.children]) walk(child, kind);
    if (element.matches(".highlight span:not([data-first], .c1, .sd)"))
      element.replaceWith(...element.childNodes);
  };
  walk(document.body, "");
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-first]" }] });
}"""


def violations(page):
    """Return what axe finds on a page, as a report; an empty text if nothing."""
    page.evaluate(Axe().axe_script)
    page.evaluate(ONE_OF_EACH)
    results = AxeResults(page.evaluate("options => axe.run(options)", RULES))
    return results.generate_report() if results.violations_count else ""


def test_each_picture_says_what_it_shows():
    seen = 0
    for name in PAGES:
        for image in html(name).select("article img"):
            alt = image["alt"]
            assert len(alt) > 15 and "/" not in alt and ".svg" not in alt, (name, alt)
            seen += 1
    assert seen > 30


def test_headings_are_in_order_and_the_language_is_declared():
    for name in PAGES:
        page = html(name)
        assert page.html["lang"] == "zh-CN"
        levels = [int(one.name[1]) for one in page.select("main :is(h1, h2, h3, h4, h5, h6)")]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), name


def focused(page):
    """Return the text or label of the element that has the focus."""
    return page.evaluate(
        "document.activeElement.ariaLabel || document.activeElement.title"
        " || document.activeElement.innerText"
    )


OUTLINE = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return `${outlineStyle} ${outlineWidth}`;
}"""


def test_the_keyboard_is_enough(new_page, site):
    page = new_page(viewport=DESK)
    page.goto(f"{site}/chapters/01-loading.html", wait_until="networkidle")
    page.keyboard.press("Tab")
    assert "跳转至主要内容" in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/01-loading.html#main-content")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        assert page.evaluate(OUTLINE) == "solid 3px", seen[-1]
        if seen[-1] == "在线运行":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Binder"
    assert page.evaluate(OUTLINE) == "solid 3px"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("yield")
    page.get_by_text("搜索完成").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/03-yield-vs-return.html*")


def test_code_is_copied_without_prompts_with_a_button_that_is_there(new_page, site):
    page = new_page(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        color_scheme="dark",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.goto(f"{site}/chapters/api.html", wait_until="networkidle")
    block = page.locator(".highlight", has_text=">>> ").first
    frame = "block => getComputedStyle(block).backgroundColor"
    assert block.evaluate(frame) == "rgba(0, 0, 0, 0)"
    button = block.locator("button.copybtn")
    assert button.evaluate("button => getComputedStyle(button).opacity") == "1"
    button.tap()
    copied = page.evaluate("navigator.clipboard.readText()")
    first = block.inner_text().splitlines()[0]
    assert first.startswith(">>> ") and copied.splitlines()[0] == first.removeprefix(">>> ")
    assert ">>>" not in copied


def test_the_search_page_has_a_way_home_and_a_switch_on_a_phone(new_page, site):
    page = new_page(viewport=PHONE)
    page.goto(f"{site}/search.html?q=yield")
    assert page.locator(".theme-switch-button").is_visible()
    page.locator(".breadcrumb-home a").click()
    page.wait_for_url("**/index.html")


def test_the_contents_open_and_close_on_a_phone(new_page, site):
    page = new_page(viewport=PHONE)
    page.goto(f"{site}/chapters/01-loading.html", wait_until="networkidle")
    chapter = page.locator(".bd-docs-nav a", has_text="02 划分数据集")
    assert chapter.bounding_box()["x"] < 0
    page.get_by_role("button", name="全书目录").click()
    chapter.click()
    page.wait_for_url("**/02-splitting.html")
