"""The canvas of chapter 11 and of the landing page: what a reader writes, and sees of it."""

import base64
import gzip
import json
import re

import numpy as np
import pytest
from conftest import BOOK, DESK, FORBIDDEN, FULL, MOVED, PHONE, ROOT, compressed
from PIL import Image

from mnist_course import load_mnist
from mnist_course.handwriting import prepare
from tests.test_weights import answer, unpack
from tools import draw_handwriting

HOME, CHAPTER = "/index.html", "/chapters/11-your-handwriting.html"
SCRIPT, WEIGHTS = ROOT / "img" / "handwriting.js", ROOT / "img" / "handwriting.bin"
SHRUNK, PREPARED = "直接缩小", "先处理"
NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# Lines of digits in a square of 100, as somebody else would write them.
DIGITS = {
    0: ["50,0 20,12 5,45 12,80 40,100 70,95 92,70 95,35 80,8 50,0"],
    1: ["55,0 50,50 47,100"],
    2: ["10,25 25,5 60,0 85,15 85,35 60,60 25,85 8,100 45,97 95,98"],
    3: ["12,12 40,0 75,5 85,22 70,40 40,48 75,55 92,72 80,92 45,100 8,90"],
    4: ["20,0 12,30 10,52 45,55 85,50", "80,5 75,50 70,100"],
    5: ["85,2 30,4 22,42 55,38 85,52 90,75 70,95 35,100 8,90"],
    6: ["75,0 40,20 15,50 10,78 30,98 65,98 85,80 75,60 45,56 15,72"],
    7: ["8,8 50,8 92,5 70,45 45,100"],
    8: ["80,15 55,0 25,8 20,28 45,45 75,62 82,85 55,100 22,92 18,72 45,50 75,32 80,15"],
    9: ["82,22 60,3 28,8 12,30 28,50 60,46 82,22 80,60 70,100"],
}


@pytest.fixture
def opened(site, new_page):
    """Open a page and wait for the networks, with any setting of a context."""

    def opened(name=HOME, **settings):
        page = new_page(**settings)
        page.goto(site + name)
        page.locator(".hw").scroll_into_view_if_needed()
        page.locator(".hw-best").first.wait_for()  # of the example that it begins with
        return page

    return opened


def write(page, digit, left=0.1, top=0.1, width=0.4, height=0.5):
    """Write a digit with the mouse; place and size are parts of the paper."""
    page.get_by_role("button", name="清空").click()
    paper = page.locator(".hw-paper")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    for line in DIGITS[digit]:
        points = [
            (
                box["x"] + box["width"] * (left + width * x / 100),
                box["y"] + box["height"] * (top + height * y / 100),
            )
            for x, y in (map(int, point.split(",")) for point in line.split())
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def answers(page):
    """Return the two digits that the networks choose, or None before there are any."""
    page.evaluate(NEXT_FRAME)
    found = page.locator(".hw-way").evaluate_all(
        "ways => ways.map((way) => way.querySelector('.hw-best span')?.textContent)"
    )
    return tuple(digit and int(digit) for digit in found)


def said(page, words):
    """Wait until these words are said to a screen reader."""
    page.locator(".hw-words[aria-live=polite]", has_text=words).wait_for()


def test_it_takes_the_place_of_the_picture_and_begins_with_what_that_shows(opened):
    picture = (ROOT / "img" / "handwriting.svg").read_text("utf-8")
    for name in (HOME, CHAPTER):
        page = opened(name)
        assert page.locator(".hw-paper").is_visible()
        assert not page.locator('img[src$="handwriting.svg"]').is_visible()
        shrunk, prepared = answers(page)
        text = f"直接缩小，网络看成 {shrunk}；先处理，网络看成 {prepared}。"
        said(page, text)
        assert text in picture and shrunk != prepared
        scores = page.locator(".hw-way b").all_inner_texts()
        assert re.findall(">(−?[0-9]+[.][0-9])<", picture) == scores


def test_the_picture_is_what_the_script_computes(new_page):
    stored = (ROOT / "img" / "handwriting.svg").read_text(encoding="utf-8")
    drawn = draw_handwriting.draw(*draw_handwriting.compute(new_page()))
    assert drawn == stored, "Make it anew: .venv/bin/python tools/draw_handwriting.py"


@pytest.mark.parametrize("media", ["screen", "print"])
def test_without_scripts_there_is_a_picture_with_words(site, new_page, media):
    page = new_page(java_script_enabled=False)
    page.emulate_media(media=media)
    page.goto(site + HOME)
    picture = page.locator('img[src$="handwriting.svg"]')
    assert picture.is_visible() and picture.bounding_box()["height"] > 200


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_moves_because_of_it(site, new_page, viewport):
    def moved(name):
        """Open the landing page at the canvas; return how far anything moved by itself."""
        page = new_page(viewport=viewport)
        page.route("**/" + name, lambda route: route.abort())
        page.goto(site + HOME, wait_until="networkidle")
        return page.evaluate(MOVED)

    assert moved("nothing") <= moved("handwriting.js") + 0.001


def test_each_example_is_wrong_shrunk_and_right_prepared(opened):
    page = opened(viewport=PHONE)
    examples = page.get_by_role("group", name="写好的数字").get_by_role("button")
    for digit in range(10):
        examples.nth(digit).click()
        shrunk, prepared = answers(page)
        assert (shrunk != digit, prepared) == (True, digit)


def test_digits_of_other_sizes_and_widths_are_read_after_preparation(opened):
    page = opened(CHAPTER)
    right = {SHRUNK: 0, PREPARED: 0}
    for size, width in [(0.3, 0.95), (0.5, 0.55), (0.75, 0.75)]:
        for digit in range(10):
            left, top = (1 - size) * (digit % 3) / 2.2, (1 - size) * (digit % 4) / 3.2
            write(page, digit, left, top, width * size, size)
            for way, found in zip(right, answers(page), strict=True):
                right[way] += found == digit
    assert right[PREPARED] >= 27 and right[SHRUNK] <= 15, right


def test_both_networks_can_be_asked(opened):
    page = opened(CHAPTER)
    write(page, 7)
    scores = page.locator(".hw-way b").all_inner_texts()
    page.get_by_label("网络").select_option(index=1)
    assert answers(page)[1] == 7
    assert page.locator(".hw-way b").all_inner_texts() != scores


def test_the_first_line_of_the_reader_takes_the_example_away(opened):
    page = opened()
    before = ink(page)
    place = {"x": 150, "y": 150}
    page.locator(".hw-paper").click(position=place, button="right")
    assert ink(page) == before
    page.locator(".hw-paper").click(position=place)
    assert 0 < ink(page) < before / 4


def ink(page):
    """Return how many pixels of the paper are black."""
    return page.evaluate("""() => {
      const { inkOf } = handwriting;
      const paper = document.querySelector(".hw-paper");
      return inkOf(paper.getContext("2d")).values.filter((value) => value > 0.5).length;
    }""")


def test_what_is_no_digit_gets_a_sentence(opened):
    page = opened()
    page.get_by_role("button", name="清空").click()
    said(page, "在方框里写一个数字")
    assert answers(page) == (None, None)
    box = page.locator(".hw-paper").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 50)
    said(page, "这只是一个点")
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    for y in range(10, 210, 8):
        page.mouse.move(box["x"] + 220 * (y // 8 % 2), box["y"] + y)
        page.mouse.move(box["x"] + 220 * (y // 8 % 2), box["y"] + y + 8)
    page.mouse.up()
    said(page, "墨迹太多了")
    assert None not in answers(page) and not page.errors


def test_a_finger_draws_on_the_paper_and_scrolls_beside_it(opened):
    page = opened(viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="清空").click()
    page.evaluate(NEXT_FRAME)
    box = page.locator(".hw-paper").bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(x):
        """Move a finger up; return how far the page was scrolled, and the ink after it."""
        before, y = page.evaluate("scrollY"), box["y"] + box["height"] - 20
        touch("touchStart", (x, y))
        for up in range(10, 110, 10):
            touch("touchMove", (x, y - up))
            page.evaluate(NEXT_FRAME)
        touch("touchEnd")
        page.evaluate(NEXT_FRAME)
        return page.evaluate("scrollY") - before, ink(page)

    scrolled, drawn = swipe(box["x"] + 100)
    assert scrolled == 0 and drawn > 1000
    scrolled, still = swipe(box["x"] + box["width"] + 70)
    assert scrolled > 50 and still == drawn


def test_a_pen_draws(opened):
    page = opened()
    page.get_by_role("button", name="清空").click()
    box = page.locator(".hw-paper").bounding_box()
    session = page.context.new_cdp_session(page)
    for kind, x in [("mousePressed", 50), ("mouseMoved", 150), ("mouseReleased", 150)]:
        place = {"x": box["x"] + x, "y": box["y"] + 100, "button": "left", "clickCount": 1}
        event = {"type": kind, "pointerType": "pen", "buttons": 1}
        session.send("Input.dispatchMouseEvent", place | event)
    assert ink(page) > 1000


def test_the_keyboard_is_enough(opened):
    page = opened(CHAPTER)
    seen = []
    page.locator(".hw-clear").focus()
    page.keyboard.press("Enter")
    said(page, "在方框里写一个数字")
    for _ in range(16):
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) != "none"
        seen.append(page.evaluate("document.activeElement.innerText.split('\\n')[0]"))
        if seen[-1] == "8":
            page.keyboard.press("Space")
            said(page, "先处理，网络看成 8")
        if seen[-1] == "选一个":
            page.keyboard.press("ArrowDown")
            page.keyboard.press("End")
            page.keyboard.press("ArrowUp")
        if seen[-1] == "保存":
            page.keyboard.press("Enter")
            break
    page.get_by_role("button", name="删掉第 1 个：8").focus()
    page.keyboard.press("Enter")
    page.get_by_text("还没有保存。").wait_for()
    assert page.evaluate("document.activeElement.innerText") == "保存"


def keep(page, digit, label):
    """Write a digit and keep it with a label."""
    write(page, digit)
    page.evaluate(NEXT_FRAME)
    page.get_by_label("你写的是").select_option(str(label))
    page.get_by_role("button", name="保存", exact=True).click()


def test_kept_digits_are_downloaded_in_the_format_of_the_course(opened, tmp_path):
    page = opened(CHAPTER)
    for digit in (7, 2, 0):
        keep(page, digit, digit)
    page.get_by_text("保存了 3 个").wait_for()
    page.reload()  # they are kept on the device
    page.get_by_text("保存了 3 个").wait_for()
    page.get_by_role("button", name="删掉第 2 个：2").click()
    page.get_by_text("保存了 2 个").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 mine.json.gz").click()
    assert download.value.suggested_filename == "mine.json.gz"
    path = tmp_path / "mine.json.gz"
    download.value.save_as(path)

    data = load_mnist(path)
    assert data.test.labels.tolist() == [7, 0]
    as_seen = page.evaluate("""JSON.parse(localStorage.getItem("mnist-course-digits"))""")
    pixels = np.array([digit["pixels"] for digit in as_seen]) / 256
    assert np.array_equal(data.test.images, pixels.astype(np.float32))
    assert 0.3 < data.test.images.max(axis=1).min() < 1

    text = gzip.decompress(path.read_bytes()).decode("ascii")
    assert len(text.splitlines()) > 2 and max(map(len, text.splitlines())) < 9000
    data = json.load(gzip.open(path))  # noqa: SIM115  (as the lesson reads it)
    train_set, val_set, eval_set = data
    assert eval_set[1] == [7, 0] and np.shape(eval_set[0]) == (2, 784)

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="全部删掉").click()
    page.get_by_text("还没有保存。").wait_for()
    assert page.get_by_role("button", name="下载 mine.json.gz").is_disabled()


def test_what_cannot_be_kept_is_told(opened):
    page = opened(CHAPTER)
    page.get_by_role("button", name="清空").click()
    page.evaluate(NEXT_FRAME)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("先在方框里写一个数字。").wait_for()
    write(page, 4)
    page.evaluate(NEXT_FRAME)
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("先选你写的是几。").wait_for()


OTHER = """localStorage.setItem("mnist-course-digits", '{"made": "by another program"}')"""


@pytest.mark.parametrize("fault", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_browser_that_keeps_nothing_can_still_download(site, new_page, fault, tmp_path):
    page = new_page()
    page.add_init_script(fault)
    page.goto(site + CHAPTER)
    keep(page, 5, 5)
    page.get_by_text("浏览器没有存住").wait_for()
    keep(page, 6, 6)
    page.get_by_text("保存了 2 个").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 mine.json.gz").click()
    download.value.save_as(tmp_path / "mine.json.gz")
    assert load_mnist(tmp_path / "mine.json.gz").test.labels.tolist() == [5, 6]
    assert not [error for error in page.errors if "handwriting" in error]  # the theme has its own


def test_what_another_program_left_in_the_storage_does_no_harm(site, new_page):
    page = new_page()
    page.add_init_script(OTHER)
    page.goto(site + CHAPTER)
    page.get_by_text("还没有保存。").wait_for()
    assert not page.errors


def test_without_weights_there_are_images_and_a_sentence(site, new_page):
    page = new_page()
    page.route("**/handwriting.bin", lambda route: route.fulfill(status=404))
    page.goto(site + HOME)
    said(page, "网络的权重没有读到")
    assert answers(page) == (None, None)
    page.goto((BOOK / "index.html").as_uri())
    said(page, "这一页是从文件打开的")
    write(page, 3)
    assert answers(page) == (None, None)


def test_it_is_light_and_the_weights_come_when_one_is_near(site, new_page):
    assert len(compressed(SCRIPT)) + WEIGHTS.stat().st_size < 70_000
    page, asked = new_page(viewport=PHONE), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + CHAPTER, wait_until="networkidle")
    assert not [url for url in asked if "handwriting.bin" in url]
    page.locator(".hw").scroll_into_view_if_needed()
    page.locator(".hw-best").first.wait_for()
    assert [url for url in asked if "handwriting.bin" in url]
    write(page, 2)
    assert not page.errors and not page.foreign
    asked.clear()
    page.goto(site + "/chapters/01-loading.html")
    assert asked and not [url for url in asked if "handwriting" in url]


@pytest.mark.parametrize("name", [HOME, CHAPTER])
@pytest.mark.parametrize("width", [390, 320])
def test_it_fits_a_phone(opened, name, width):
    page = opened(name, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for button in page.locator(".hw :is(button, select)").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    fonts = page.locator(".hw :is(p, li, button, label)").evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(fonts) >= 12


def test_on_paper_there_is_the_picture(opened):
    page = opened()
    picture = page.locator('img[src$="handwriting.svg"]')
    assert picture.evaluate("image => image.naturalWidth") > 0  # before one thinks of printing
    page.emulate_media(media="print")
    assert not page.locator(".hw-paper").is_visible()
    assert picture.is_visible()


# --- The same arithmetic as in Python.


def sheet(image, rng):
    """Return an image of MNIST, turned, of any size and anywhere, as ink 0 to 255 [140, 140]."""
    size = int(rng.uniform(0.25, 1.0) * 140)
    big = Image.fromarray(np.uint8(image.reshape(28, 28) * 256)).resize((size, size))
    paper = Image.new("L", (140, 140))
    paper.paste(big.rotate(rng.uniform(-8, 8)), tuple(rng.integers(0, 141 - size, 2).tolist()))
    return np.asarray(paper)


COMPUTE = """([texts, weights]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const { prepare, shrink, unpack, answer } = handwriting;
  const networks = unpack(bytes(weights).buffer);
  return texts.map((text) => {
    const ink = { values: Float64Array.from(bytes(text), (v) => v / 255), width: 140, height: 140 };
    const image = prepare(ink);
    return [[...image], [...shrink(ink)], ...networks.map((one) => [...answer(one, image)])];
  });
}"""


def test_the_page_prepares_and_answers_as_python(new_page):
    rng = np.random.default_rng(11)
    sheets = [sheet(image, rng) for image in load_mnist().test.images[:300]]
    page = new_page()
    page.add_script_tag(path=SCRIPT)
    texts = [base64.b64encode(one.tobytes()).decode() for one in sheets]
    found = page.evaluate(COMPUTE, [texts, base64.b64encode(WEIGHTS.read_bytes()).decode()])
    prepared, shrunk, *scores = (np.array(part) for part in zip(*found, strict=True))
    expected = np.array([prepare(one / 255) for one in sheets])
    blocks = np.reshape(sheets, (-1, 28, 5, 28, 5)).mean(axis=(2, 4)).reshape(-1, 784) / 255
    assert abs(prepared - expected).max() <= 2 / 256
    assert abs(shrunk - np.floor(255 * blocks + 0.5) / 256).max() <= 1 / 256
    for layers, on_page in zip(unpack(WEIGHTS.read_bytes()), scores, strict=True):
        assert abs(answer(layers, prepared) - on_page).max() < 1e-4
        same = answer(layers, expected).argmax(axis=1) == on_page.argmax(axis=1)
        assert same.mean() >= 0.99
