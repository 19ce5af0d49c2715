"""The playground of chapter 08: what a reader of the page sees and does."""

import re

import pytest
from conftest import MOVED, ROOT

IMG = ROOT / "img"
CHAPTER = "/chapters/08-sync-vs-async.html"
EXAMPLES = ["同步读取", "异步读取", "读得太慢", "两个读取者", "忽快忽慢"]
SLIDERS = ["读一批", "训练一批", "容量", "抖动", "读取者"]
PHONE = {"width": 390, "height": 844}

# The contrast of two colours as WCAG defines it; a function of JavaScript.
CONTRAST = """
const light = (color) => {
  const [r, g, b] = color.match(/[0-9.]+/g).map(Number).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
};
"""


@pytest.fixture
def chapter(site, new_page):
    """Open the chapter, with any setting of a context."""

    def chapter(**settings):
        page = new_page(**settings)
        page.goto(site + CHAPTER)
        return page

    return chapter


def drawing(page):
    """Return the drawing as a screen reader finds it."""
    return page.get_by_role("img", name="读取和训练的时间线")


def size(page, name):
    """Return how wide and high a slider or button is."""
    box = page.get_by_label(name, exact=True).or_(page.get_by_role("button", name=name)).first
    return box.bounding_box()["width"], box.bounding_box()["height"]


FOLLOWED = """() => {
  const said = document.querySelector(".pg-summary").textContent;
  return said && document.querySelector(".pg-drawing desc").textContent.includes(said);
}"""


def press(page, name):
    """Press the button of an example, and wait until the summary follows."""
    page.get_by_role("button", name=name).click()
    page.wait_for_function(FOLLOWED)


def summary(page):
    """Return the sentence that a screen reader reads aloud when it changes."""
    return page.locator("[aria-live=polite]").inner_text()


def test_it_takes_the_place_of_the_picture(chapter):
    page = chapter()
    assert drawing(page).is_visible()
    assert page.locator('img[src$="playground.svg"]').count() == 0


def test_nothing_moves_because_of_it(site, new_page):
    def moved(name):
        """Open the chapter at the figure; return how far anything moved by itself."""
        page = new_page()
        page.route("**/" + name, lambda route: route.abort())
        page.goto(site + CHAPTER)
        section = page.evaluate("""() => document
          .querySelector(".pg, img[src$='playground.svg']").closest("section").id""")
        page.goto(f"{site}/index.html")
        page.goto(f"{site}{CHAPTER}#{section}")
        return page.evaluate(MOVED)

    assert moved("nothing") <= moved("playground.js") + 0.01  # what moves in the page anyway


@pytest.mark.parametrize("media", ["screen", "print"])
def test_without_scripts_there_is_a_picture_with_words(chapter, media):
    page = chapter(java_script_enabled=False)
    page.emulate_media(media=media)
    picture = page.locator('img[src$="playground.svg"]')
    assert picture.is_visible() and picture.bounding_box()["height"] > 200
    assert len(picture.get_attribute("alt")) > 50


def test_the_picture_is_what_the_script_draws(new_page):
    page = new_page()
    page.add_script_tag(path=IMG / "playground.js")
    drawn = page.evaluate("playground.draw(playground.START, 720)")
    stored = (IMG / "playground.svg").read_text(encoding="utf-8")
    assert drawn == stored, "Make it anew: .venv/bin/python tools/draw_playground.py"
    assert page.evaluate("playground.summary(playground.START)") in stored


# Notes when a key goes down, and when the summary changes for the first time.
WHEN = """() => {
  window.when = {};
  addEventListener("keydown", () => (when.key = performance.now()), true);
  const changed = new MutationObserver(() => (when.said ??= performance.now()));
  changed.observe(document.querySelector(".pg-summary"), { childList: true });
}"""


def test_each_slider_is_moved_with_the_keyboard_alone(chapter):
    page = chapter()
    for name in SLIDERS:
        move(page, name)


def move(page, name):
    """Find a slider with the keyboard, move it, and check what is drawn and said."""
    page.get_by_role("button", name=EXAMPLES[0]).focus()
    press(page, "忽快忽慢")
    before = drawing(page).inner_html(), summary(page)
    value = page.get_by_label(name, exact=True)
    said = value.get_attribute("aria-valuetext")
    for _ in range(10):
        page.keyboard.press("Tab")
        if value.evaluate("input => input === document.activeElement"):
            break
    assert value.evaluate("input => getComputedStyle(input).outlineStyle") != "none"
    page.evaluate(WHEN)
    page.keyboard.press("ArrowLeft" if name == "抖动" else "ArrowRight")
    assert drawing(page).inner_html() != before[0]  # at once
    assert value.get_attribute("aria-valuetext") != said
    assert page.locator("output", has_text=value.get_attribute("aria-valuetext")).count()
    page.wait_for_function("when.said")
    assert page.evaluate("when.said - when.key") > 250  # not before the slider rests
    assert summary(page) != before[1]
    assert summary(page) in drawing(page).locator("desc").text_content()


SAID = {
    "同步读取": "总时间 500 毫秒。没有队列，两边轮流做",
    "异步读取": "总时间 310 毫秒，比同步读取少 38%。队列常常是满的，读取在等空位：训练是瓶颈。",
    "读得太慢": "总时间 515 毫秒，比同步读取少 36%。训练常常在等读取：读取是瓶颈。",
    "两个读取者": "总时间 325 毫秒，比同步读取少 59%。队列常常是满的，读取在等空位：训练",
    "忽快忽慢": "总时间 415 毫秒，比同步读取少 28%。有时读得慢，训练等；有时读得快，",
}


def test_each_example_says_what_it_shows(chapter):
    page = chapter()
    for name, expected in SAID.items():
        press(page, name)
        assert summary(page).startswith(expected)
        assert page.locator("button[aria-pressed=true]").inner_text() == name
        total = re.search(r"\d+ 毫秒", expected).group()
        assert drawing(page).get_by_text(re.compile("^" + total)).first.is_visible()
        readers = page.get_by_label("读取者", exact=True)
        assert readers.is_disabled() == (name == "同步读取")


def test_each_example_teaches_something_else(chapter):
    page = chapter()
    texts = set()
    for name in EXAMPLES:
        press(page, name)
        texts.add(summary(page).partition("。")[2])
    assert len(texts) == 4  # two readers bring training back to being the bottleneck


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"read": 15}, "读取和训练一样快，谁也不用等。"),
        ({"read": 14, "capacity": 8}, "训练不用等，读取总在前面：训练是瓶颈。"),
        ({"read": 40, "readers": 4, "capacity": 2}, "容量比读取者少"),
        ({"read": 40, "readers": 4, "capacity": 8}, "：训练是瓶颈。"),
        ({"jitter": 100, "capacity": 8}, "训练不用等"),
        ({"read": 15, "jitter": 100, "capacity": 1}, "容量大一些，就等得少一些。"),
        ({"read": 25, "jitter": 100, "capacity": 1}, "平均起来读取更慢：读取是瓶颈。"),
        ({"read": 25, "jitter": 100, "capacity": 0}, "没有队列，两边轮流做"),
    ],
)
def test_the_bottleneck_is_named(new_page, settings, expected):
    page = new_page()
    page.add_script_tag(path=IMG / "playground.js")
    said = page.evaluate("s => playground.summary({ ...playground.START, ...s })", settings)
    assert expected in said


def test_it_fits_a_phone(chapter):
    page = chapter(viewport=PHONE)
    for name in EXAMPLES:
        press(page, name)
        assert_it_fits(page)


def assert_it_fits(page):
    """Check that nothing is too wide, too small to read or too small to touch."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    texts = (
        drawing(page)
        .locator("text")
        .evaluate_all("""texts => texts.map((text) => {
      const scale = text.getScreenCTM().a, { left, right } = text.getBoundingClientRect();
      return [parseFloat(getComputedStyle(text).fontSize) * scale, left, right];
    })""")
    )
    box = drawing(page).bounding_box()
    assert min(font for font, _, _ in texts) >= 12
    assert min(left for _, left, _ in texts) >= box["x"]
    assert max(right for _, _, right in texts) <= box["x"] + box["width"]
    for touched in [*EXAMPLES, *SLIDERS]:
        assert min(size(page, touched)) >= 44, touched


def test_it_is_drawn_anew_when_the_window_changes(chapter):
    page = chapter(viewport={"width": 1280, "height": 900})
    wide = drawing(page).bounding_box()["width"]
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        "wide => document.querySelector('.pg svg').width.baseVal.value < wide", arg=wide
    )
    assert drawing(page).evaluate("svg => svg.getScreenCTM().a") == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_stands_out_in_both_themes(chapter, theme):
    page = chapter(color_scheme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    texts, shapes, buttons = drawing(page).evaluate(
        "svg => {"
        + CONTRAST
        + """
        const style = (node) => getComputedStyle(node);
        const panel = style(svg.querySelector(".panel")).fill;
        const shapes = [".read", ".train", ".queue", "pattern path", ".dashes", ".total", ".other"];
        return [
          [...svg.querySelectorAll("text")].map((text) => contrast(style(text).fill, panel)),
          shapes.map((name) => {
            const { fill, stroke } = style(svg.querySelector(name));
            return contrast(stroke === "none" ? fill : stroke, panel);
          }),
          [...document.querySelectorAll(".pg button")].map((button) =>
            contrast(style(button).color, style(button).backgroundColor)),
        ];
        }"""
    )
    assert min(texts) >= 4.5
    assert min(shapes) >= 3
    assert min(buttons) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_paper_it_is_the_drawing_in_dark_on_light(chapter, theme):
    page = chapter(color_scheme=theme)
    page.emulate_media(media="print")
    assert drawing(page).is_visible()
    assert not page.get_by_label("读一批", exact=True).is_visible()
    assert not page.get_by_role("button", name="忽快忽慢").is_visible()
    contrast = drawing(page).evaluate(
        "svg => {"
        + CONTRAST
        + """
        const ink = getComputedStyle(svg.querySelector("text")).fill;
        return contrast(ink, "rgb(255, 255, 255)");
        }"""
    )
    assert contrast >= 4.5


def test_it_is_loaded_on_its_page_alone_and_asks_for_nothing(site, chapter):
    page = chapter()
    for name in EXAMPLES:
        press(page, name)
    assert not page.errors and not page.foreign
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + "/index.html")
    assert asked and not [url for url in asked if "playground" in url]
