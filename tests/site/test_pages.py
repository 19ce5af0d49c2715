"""Every page of the book: what it asks for and weighs, whether it jumps, what is seen of it."""

import pytest
from conftest import DESK, LATIN, NAMES, PAGES, PHONE, SEARCH, SLOW, html
from test_access import violations

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80))]);
}).observe({ type: "layout-shift", buffered: true });
"""


def load_pictures(page):
    """Let a page load the pictures that it loads when they come into sight."""
    page.evaluate(
        """() => {
          const shown = [...document.images].filter((image) => image.checkVisibility());
          return Promise.all(shown.map((image) => {
            image.loading = "eager";
            return image.decode();
          }));
        }"""
    )


CUT = """[...document.querySelectorAll(".cell_output pre")]
    .map((block) => [block.textContent, block.scrollWidth > block.clientWidth + 1])"""


def messages_are_whole(page, name):
    """Check that no long line of an output needs scrolling; return how many there are.

    Nor do the tables of the page side-by-side, whose names were at the end of lines and not seen.
    """
    long = 0
    for text, cut in page.evaluate(CUT):
        if max(map(len, text.splitlines())) > 76 or "时间的单位" in text:
            assert not cut, (name, text)
            long += 1
    return long


NARROW = """[...document.querySelectorAll("article td, article th")].filter((cell) => {
  const { fontSize, paddingLeft, paddingRight } = getComputedStyle(cell);
  const [inside, sign] = [cell.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight),
                          parseFloat(fontSize)];
  const columns = cell.textContent.trim().replace(/[^ -~]/g, "..").length;
  return columns > 12 && inside < 6 * sign - 1;
}).map((cell) => cell.textContent)"""


BEYOND = """[...document.querySelectorAll(".cell:not(.exercise) .highlight :is(.c1, .sd)")]
  .filter((comment) => {
    const words = document.createRange(), block = comment.closest("pre");
    words.selectNodeContents(comment);
    return words.getBoundingClientRect().right > block.getBoundingClientRect().right;
  }).map((comment) => comment.textContent)"""


def a_phone_shows_all(page, name):
    """Check that pages, comments, links and pictures are as wide as a phone at most."""
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
    assert page.evaluate(NARROW) == page.evaluate(BEYOND) == [], name
    for link in page.locator(".prev-next-area a").all():
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], name
        assert link.evaluate("link => link.scrollWidth <= link.clientWidth"), name
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    for address, width, height, shape in page.evaluate(
        """[...document.querySelectorAll(".bd-article img")].flatMap((image) => {
          if (!image.checkVisibility()) return [];
          const frame = 2 * parseFloat(getComputedStyle(image).paddingTop);
          return [[image.src, image.clientWidth - frame, image.clientHeight - frame,
                   image.getAttribute("height") / image.getAttribute("width")]];
        })"""
    ):
        assert height == pytest.approx(shape * width, abs=2), f"{name}: {address}"


# To load a page takes as long as to look at it: each is loaded once as wide as a desk in the light,
# and once as wide as a phone in the dark.
@pytest.mark.parametrize(
    ("viewport", "color_scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"]
)
def test_each_page_is_light_keeps_still_and_is_whole_chinese_and_open_to_all(
    new_page, site, viewport, color_scheme
):
    page = new_page(viewport=viewport, color_scheme=color_scheme, extra_http_headers=SLOW)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    requests, long = [], 0
    page.on("requestfinished", lambda request: requests.append(request))
    page.add_init_script(SHIFTS)
    for name in [*PAGES, SEARCH, "search.html?q=zzz", "404.html"]:
        # A line of text may be painted while half of it is still to come, once in many loads: what
        # the page itself does wrong comes each time.
        for _ in range(3):
            requests.clear()
            page.goto(f"{site}/{name}", wait_until="networkidle", timeout=60_000)
            if "?" in name or not (shifts := page.evaluate("shifts")):
                break
        assert "?" in name or shifts == [], name
        load_pictures(page)
        assert not page.foreign and not page.errors, name
        sizes = [request.sizes() for request in requests]
        total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        # A search looks into each page it finds, for the sentence.
        assert 50_000 < total < 350_000 or "?" in name, (name, total)
        asked = " ".join(request.url for request in requests)
        assert ("/editor.js" in asked) == bool(name in PAGES and html(name).select(".run")), name
        assert "/python/" not in asked, name
        assert set(page.evaluate(LATIN)) <= NAMES, name
        long += messages_are_whole(page, name)
        if viewport == PHONE:
            a_phone_shows_all(page, name)
        assert not (found := violations(page)), (name, found)
    assert long > 8


def test_the_landing_page_says_what_it_is_and_where_to_begin_without_scrolling(new_page, site):
    page = new_page(viewport=PHONE)
    page.goto(f"{site}/index.html")
    first = page.locator("article p").first
    assert "会一点 Python 就能学" in first.inner_text() and "你都能自己写" in first.inner_text()
    ways = [page.locator("article li a").nth(number) for number in range(4)]
    assert [way.get_attribute("href") for way in ways] == [
        f"chapters/{name}.html"
        for name in ("00-warm-up", "01-loading", "08-sync-vs-async", "run-online")
    ]
    for one in [page.locator("h1"), first, page.get_by_text("时间降到"), *ways]:
        box = one.bounding_box()
        assert box["y"] > 0 and box["y"] + box["height"] < PHONE["height"]


def test_a_picture_is_enlarged_by_a_tap_or_the_keyboard(new_page, site):
    page = new_page(viewport=PHONE, has_touch=True)
    page.goto(f"{site}/chapters/08-sync-vs-async.html")
    pictures = page.locator(".cell_output a.image-reference")
    assert pictures.count() == page.locator(".cell_output img").count() > 3
    shown = page.locator("dialog.picture img")
    pictures.nth(1).tap()
    assert shown.bounding_box()["width"] >= 683 > pictures.nth(1).bounding_box()["width"]
    shown.tap(position={"x": 50, "y": 50})
    assert shown.count() == 0
    pictures.nth(1).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    shown.wait_for(state="detached")
    assert page.evaluate("document.activeElement.matches('a.image-reference')")
    assert page.url.endswith("async.html") and not page.errors


def test_code_reads_on_paper_as_on_the_screen_whatever_the_theme(new_page, site):
    page = new_page(color_scheme="dark")
    page.goto(f"{site}/chapters/02-splitting.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<details>')")
    page.pdf()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("document.querySelector('details').open")
    page.emulate_media(media="print")
    hidden = """[...document.querySelectorAll("article :is(h1, p, pre, img, table)")]
        .filter((element) => !element.checkVisibility()).map((element) => element.outerHTML)"""
    assert page.evaluate(hidden) == []
    cut = """[...document.querySelectorAll("article pre")]
        .filter((element) => element.scrollWidth > element.clientWidth + 1).length"""
    page.set_viewport_size({"width": 680, "height": 900})  # A4 between the margins
    assert page.evaluate(cut) == 0
