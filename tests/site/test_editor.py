"""Exercises and cells in the page: what a reader types, presses, sees, and finds again."""

import gzip
import json
import re

import nbformat
import pytest
from conftest import BOOK, DESK, FORBIDDEN, FULL, PAGES, PHONE, ROOT, compressed, html
from test_access import violations
from test_pages import load_pictures

from exercises.source import find, numbers
from extensions.python_in_page import lacks

CHAPTER = "/chapters/00-warm-up.html"
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
RIGHT = """def mean_image(images, labels, digit):
    return images[labels == digit].mean(axis=0)


check("0.1", mean_image)"""

# Takes the place of python.js, where it is not Python that is tested: it prints the last line.
STAND_IN = """
let end;
export function stop() { end({ status: "stopped", text: "" }); }
export const ask = async (sources) => sources.at(-1) === "ask" ? "这一格要先装入。" : "";
export function run(sources, { onLoad, onOutput, onPlot }) {
  window.ran = [...(window.ran ?? []), sources];
  const last = sources.at(-1);
  return new Promise((resolve) => {
    end = resolve;
    if (last === "load") return onLoad(2.5e6, 8.7e6);
    if (last === "wait") return onOutput("1\\n");
    if (last === "plot") onPlot(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"/>`);
    if (last === "slow") return setTimeout(end, 300, { status: "ok", text: "" });
    const right = last.match(/check\\("(.+?)", right\\)/);
    const text = right ? `练习 ${right[1]}：对了。` : last.split("\\n").at(-1);
    onOutput(text);
    resolve({ status: "ok", text });
  });
}
"""


def served(route):
    """Answer a request with the stand-in."""
    route.fulfill(body=STAND_IN, content_type="text/javascript")


@pytest.fixture
def chapter(site, new_page):
    """Open a chapter, with any setting of a context, and the stand-in in place of Python."""

    def chapter(address=CHAPTER, **settings):
        page = new_page(**settings)
        page.context.route("**/python/python.js*", served)
        page.goto(site + address)
        return page

    return chapter


def cell(page, name="ex-0-1-gap"):
    """Return a cell; its editor, buttons and output are in it."""
    return page.locator(f"#{name}")


def press(page, button, name="ex-0-1-gap"):
    """Press a button of a cell."""
    cell(page, name).get_by_role("button", name=button).click()


def editor(page, name="ex-0-1-gap"):
    """Return the editor of a cell."""
    return cell(page, name).locator("textarea")


def ends(page, name="ex-0-1-gap"):
    """Wait until a run is over; return what is printed."""
    page.wait_for_selector(f"#{name}.ran:not(.busy)", timeout=60_000)
    return cell(page, name).locator(".live samp").inner_text().strip()


def to_play_with():
    """Yield each cell that is no exercise: as it is stored, and what is run when it is pressed."""
    for path in NOTEBOOKS:
        page = html(f"chapters/{path.stem}.html")
        for stored in nbformat.read(path, as_version=4).cells:
            if "in-page" in stored.metadata.get("tags", []):
                buttons = page.select_one(f"#{stored.id} .buttons")
                ids = [*buttons["data-needs"].split(), stored.id]
                codes = [page.select_one(f"#{name} pre").get_text().strip("\n") for name in ids]
                yield stored, [code for code in [buttons["data-first"], *codes] if code]


def shown(cell):
    """Return the text and the pictures of a cell as they should be in the page."""
    text = "".join(output.get("text", "") for output in cell.outputs)
    for number, there in cell.metadata.get("in_page", {}).items():
        text = text.replace(number, there)
    pictures = [output.data["image/svg+xml"] for output in cell.outputs if "data" in output]
    return text.strip(), pictures


# Run cells; return what each prints, and for each picture whether it is the one it should be.
RUN_AND_COMPARE = """async ([cells, stored]) => {
  const wait = setTimeout;  // a busy machine may take longer than a reader's
  window.setTimeout = (then, time) => time < 10_000 && wait(then, time);
  const { run } = await import(new URL("../_static/python/python.js", location));
  async function pixels(svg) {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return [width, ...canvas.getImageData(0, 0, width, height).data].join();
  }
  const found = [];
  for (const [i, sources] of cells.entries()) {
    const plots = [];
    const { text } = await run(sources, { onPlot: (svg) => plots.push(pixels(svg)) });
    const wanted = await Promise.all(stored[i].map(pixels));
    found.push([text.trim(), (await Promise.all(plots)).map((plot, j) => plot === wanted[j])]);
  }
  return found;
}"""


def test_each_cell_to_play_with_shows_what_is_stored(site, new_page):
    cells, sources = zip(*reversed(list(to_play_with())), strict=True)  # no run relies on another
    wanted = [shown(cell) for cell in cells]
    page = new_page()
    page.goto(f"{site}/chapters/03-yield-vs-return.html")
    found = page.evaluate(RUN_AND_COMPARE, [sources, [pictures for _, pictures in wanted]])
    for cell, (text, pictures), (printed, same) in zip(cells, wanted, found, strict=True):
        assert printed == text, cell.id
        assert same == [True] * len(pictures), cell.id  # pixel by pixel
    assert len(cells) > 70 and not page.foreign and not page.errors
    # Chapters 00 and 03 whole: all that shows something, but for the exercises.
    for name in ("00-warm-up", "03-yield-vs-return"):
        for cell in nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4).cells:
            assert cell in cells or not cell.get("outputs") or cell.id.startswith("ex-"), cell.id


def test_an_exercise_is_solved_and_that_is_seen_until_it_is_deleted(site, new_page):
    page = new_page(viewport=DESK)
    page.goto(site + CHAPTER)
    assert page.locator(".done, .count").count() == 0
    press(page, "运行")
    assert ends(page) == "练习 0.1：还没有做。把 ... 换成你的代码。"
    editor(page).fill(RIGHT.replace("axis=0", "axis=1"))
    press(page, "运行")
    assert "还不对。沿错了方向" in ends(page)
    page.reload()  # in the middle
    assert editor(page).input_value() == RIGHT.replace("axis=0", "axis=1")
    assert page.locator(".done, .count").count() == 0
    editor(page).fill(RIGHT)
    press(page, "运行")
    assert ends(page).startswith("练习 0.1：对了。")
    for _ in range(2):
        heading = page.get_by_role("heading", name="练习 0.1")
        assert heading.get_by_role("img", name="做对了").is_visible()
        line = page.locator(".bd-docs-nav").get_by_role("link", name="00 热身")
        assert line.locator(".count").inner_text() == "1/3"
        page.reload()  # both are still there
        page.locator(".count").wait_for()
    assert page.locator(".done, .count").count() == 2

    page.goto(f"{site}/index.html")
    place = page.locator("#progress")
    total = len(exercises_in_the_page())
    place.get_by_text(f"练习有 {total} 道，你做对了 1 道").wait_for()
    place.get_by_role("link", name="练习 0.2").click()
    page.wait_for_url("**/00-warm-up.html#lian-xi-0-2*")
    page.go_back()
    page.once("dialog", lambda dialog: dialog.dismiss())
    place.get_by_role("button", name="删除").click()
    for where in ".route", ".bd-docs-nav":
        assert page.locator(f"{where} .count").all_inner_texts() == ["1/3"]
    page.once("dialog", lambda dialog: dialog.accept())
    place.get_by_role("button", name="删除").click()
    place.get_by_text("从这里开始：练习 0.1").wait_for()
    assert page.locator(".count").count() == place.get_by_role("button").count() == 0
    assert page.evaluate("localStorage.getItem('mnist-course')") is None
    page.goto(site + CHAPTER)
    assert "return ..." in editor(page).input_value() and page.locator(".done").count() == 0
    assert not page.foreign and not page.errors


def exercises_in_the_page():
    """Return the numbers of the exercises that can be answered in the page."""
    return [number for number in numbers() if not lacks(*find(number))]


def test_every_exercise_has_an_editor_or_says_where_it_runs():
    seen = []
    listed = json.loads((BOOK / "_static" / "exercises.json").read_text("utf-8"))
    for name, exercises in listed:
        for number, address, heading in exercises:
            section = html(name).find(id=address)
            assert section.select_one(".exercise.in-page .run")
            assert heading.startswith(f"练习 {number}：") and heading in section.h3.text
            seen.append(number)
    assert sorted(seen) == sorted(exercises_in_the_page()) and len(seen) >= 36
    sentences = [part for name in PAGES for part in html(name).select(".elsewhere")]
    assert len(sentences) == len(numbers()) - len(seen) > 0
    for sentence in sentences:
        assert [link["href"] for link in sentence.select("a")] == [
            "run-online.html#binder",
            "run-online.html#ai-studio",
        ]


def test_a_page_weighs_six_kilobytes_more_at_most():
    files = [BOOK / "_static" / f for f in ("editor.js", "editor.css", "progress.js")]
    scripts = sum(len(compressed(path)) for path in files)
    for name in PAGES:
        page = (BOOK / name).read_bytes()
        without = re.sub(rb'<div class="buttons".*?</div>', b"", page, flags=re.DOTALL)
        extra = len(gzip.compress(page, 6)) - len(gzip.compress(without, 6))
        assert scripts + extra < 6_000, name


def test_the_keyboard_is_enough_and_indents(chapter):
    page = chapter(viewport=DESK)
    page.locator("#lian-xi .headerlink").first.focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.ariaLabel") == "练习 0.1 的代码":
            break
    area, keys = editor(page), page.keyboard
    assert area.evaluate("area => area === document.activeElement")
    assert area.evaluate("area => getComputedStyle(area).outlineStyle") != "none"
    keys.press("Control+a")
    keys.type("if 1:\nx\n")
    assert area.input_value() == "if 1:\n    x\n    "
    keys.press("Tab")
    assert area.input_value() == "if 1:\n    x\n        "
    keys.press("Backspace")
    keys.press("Shift+Tab")
    assert area.input_value() == "if 1:\n    x\n"
    keys.press("Control+a")
    keys.press("Tab")
    assert area.input_value() == "    if 1:\n        x\n"
    keys.press("Shift+Tab")
    keys.press("Control+z")
    assert area.input_value() == "    if 1:\n        x\n"
    keys.press("Control+a")
    keys.type("first")
    keys.press("Shift+Enter")
    assert ends(page) == "first"
    keys.press("Escape")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "运行"
    keys.press("Shift+Tab")
    keys.type("\nsecond")
    keys.press("Tab")  # indents again
    assert area.input_value() == "first\nsecond    "
    keys.press("Escape")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_function("window.ran.length === 2")
    assert ends(page) == "second"


def test_a_chinese_keyboard_is_left_alone_and_its_punctuation_named(chapter):
    page = chapter(**TOUCH)
    area, hint = editor(page), cell(page).locator(".hint")
    area.fill("x = [1]\n")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send(
        "Input.imeSetComposition", {"text": "ni（", "selectionStart": 3, "selectionEnd": 3}
    )
    assert area.input_value() == "x = [1]\nni（" and hint.is_hidden()  # it is not yet chosen
    for event in [  # Enter and Tab choose what the keyboard offers
        'InputEvent("beforeinput", { inputType: "insertLineBreak", isComposing: true,',
        'KeyboardEvent("keydown", { key: "Tab", isComposing: true,',
        'KeyboardEvent("keydown", { key: "Tab", keyCode: 229,',
    ]:
        assert area.evaluate(f"area => area.dispatchEvent(new {event} cancelable: true }}))")
    keyboard.send("Input.insertText", {"text": "你"})
    assert area.input_value() == "x = [1]\n你"
    area.fill('x = "（你好，"  # 注释：\n')
    area.press("Control+End")
    keyboard.send("Input.insertText", {"text": "print（x)"})
    assert area.input_value().endswith("print（x)")  # not rewritten
    assert hint.inner_text().startswith("第 2 行有中文的“（”")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    area.fill("print(x)")
    assert hint.is_hidden()


def test_a_run_is_stopped_and_two_take_turns(chapter):
    page = chapter()
    page.on("dialog", lambda dialog: dialog.accept())
    editor(page, "ex-0-2-gap").fill("other")
    editor(page).fill("slow")
    press(page, "运行")
    cell(page).get_by_role("button", name="运行").click(force=True)  # it runs: nothing happens
    press(page, "运行", "ex-0-2-gap")
    assert ends(page, "ex-0-2-gap") == "other"
    assert page.evaluate("ran.length") == 2
    editor(page).fill("wait")
    press(page, "运行")
    page.wait_for_selector("#ex-0-1-gap.ran.busy")
    assert cell(page).locator(".live samp").inner_text() == "1\n"
    press(page, "运行", "ex-0-2-gap")
    assert page.evaluate("ran.length") == 3
    press(page, "停止")
    assert ends(page, "ex-0-2-gap") == "other"
    assert cell(page).locator(".said").inner_text() == "停下了。"
    assert not cell(page).get_by_role("button", name="停止").is_visible()
    assert page.evaluate("document.activeElement.innerText") == "运行"
    # One that waits is stopped before it begins.
    press(page, "运行")
    press(page, "运行", "ex-0-2-gap")
    press(page, "停止", "ex-0-2-gap")
    press(page, "停止")
    ends(page, "ex-0-2-gap")
    assert cell(page, "ex-0-2-gap").locator(".said").inner_text() == "停下了。"
    assert page.evaluate("ran.length") == 5


def test_a_cell_is_changed_kept_and_as_it_was_again(chapter):
    page, asked = chapter(), []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    stored = cell(page, "warm-06").locator(".cell_output").first
    given = cell(page, "warm-06").locator("pre").first.inner_text()
    assert not editor(page, "warm-06").is_visible()
    press(page, "修改", "warm-06")
    assert editor(page, "warm-06").input_value() == given.rstrip()
    press(page, "恢复原样", "warm-06")  # asks nothing, for nothing was changed
    assert not editor(page, "warm-06").is_visible() and not asked
    press(page, "修改", "warm-06")
    editor(page, "warm-06").fill("changed")
    press(page, "运行", "warm-06")
    assert ends(page, "warm-06") == "changed" and not stored.is_visible()
    press(page, "运行", "warm-09")  # runs what was changed first
    ends(page, "warm-09")
    assert page.evaluate("ran.at(-1).slice(0, 2)") == ["import numpy as np", "changed"]
    page.reload()
    assert editor(page, "warm-06").input_value() == "changed"
    press(page, "恢复原样", "warm-06")
    assert not editor(page, "warm-06").is_visible() and stored.is_visible() and asked
    page.reload()
    assert cell(page, "warm-06").locator("pre").first.inner_text() == given
    assert not editor(page, "warm-06").is_visible()


def test_another_tab_sees_what_is_done(chapter, site):
    page = chapter()
    other = page.context.new_page()
    other.goto(f"{site}/index.html")
    other.get_by_text("从这里开始：练习 0.1").wait_for()
    editor(page).fill('check("0.1", right)')
    press(page, "运行")
    other.get_by_text("你做对了 1 道").wait_for()


def test_what_is_loaded_is_said_before(chapter):
    page = chapter()
    editor(page).fill("ask")
    press(page, "运行")
    cell(page).get_by_text("这一格要先装入。").wait_for()
    assert not page.evaluate("window.ran") and cell(page).locator(".ran").count() == 0
    press(page, "装入，再运行")
    assert ends(page) == "ask"
    assert cell(page).locator(".run").inner_text() == "运行"
    press(page, "运行")  # is not asked again
    page.wait_for_function("ran.length === 2")


def test_a_plot_is_shown_in_place_of_the_stored_one(chapter):
    page = chapter()
    page.on("dialog", lambda dialog: dialog.accept())
    stored = cell(page, "warm-10").locator(".cell_output img")
    live = cell(page, "warm-10").locator(".live img")
    alt = stored.get_attribute("alt")
    press(page, "运行", "warm-10")
    ends(page, "warm-10")
    said = cell(page, "warm-10").locator(".said").inner_text()
    assert said == "先运行了本章前面的 1 个单元格。"
    press(page, "修改", "warm-10")
    for code, word in [("plot", "你的代码画的图"), ("1", ""), ("plot", "你的代码画的图")]:
        editor(page, "warm-10").fill(code)
        press(page, "运行", "warm-10")
        page.wait_for_selector("#warm-10:not(.busy)")
        assert [image.get_attribute("alt") for image in live.all()] == [word] * bool(word)
    assert alt and live.evaluate("image => [image.width, image.height]") == [9, 6]
    assert not stored.is_visible()
    live.click()  # larger
    page.get_by_role("button", name="关闭").click()
    press(page, "恢复原样", "warm-10")
    assert stored.is_visible() and live.count() == 0


@pytest.mark.parametrize("script", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_store_that_keeps_nothing_changes_nothing_else(chapter, site, script):
    page = chapter()
    page.add_init_script(script)
    page.goto(site + CHAPTER)
    editor(page).fill('check("0.1", right)')
    assert "关掉这一页，你写的就没有了" in cell(page).locator(".hint").inner_text()
    press(page, "运行")
    assert ends(page) == "练习 0.1：对了。"
    page.get_by_role("img", name="做对了", exact=True).wait_for()
    assert page.locator(".count").inner_text() == "1/3"
    page.goto(f"{site}/index.html")
    page.get_by_text("从这里开始：练习 0.1").wait_for()
    if script is FORBIDDEN:
        assert not page.errors


def test_loading_is_seen_and_can_be_tried_again(chapter):
    page = chapter()
    page.context.unroute("**/python/python.js*")
    page.context.route("**/python/python.js*", lambda route: route.abort())
    press(page, "运行")
    assert "没有装好" in ends(page)
    page.context.unroute("**/python/python.js*")
    page.context.route("**/python/python.js*", served)
    editor(page).fill("load")
    press(page, "运行")
    cell(page).get_by_text("2.5 MB，共 8.7 MB").wait_for()
    press(page, "停止")
    ends(page)
    assert not cell(page).locator(".loading").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_and_after_it_runs(chapter, theme):
    page = chapter(color_scheme=theme, **TOUCH)
    editor(page).fill('check("0.1", right)')
    press(page, "运行")
    ends(page)
    press(page, "修改", "warm-06")
    editor(page, "ex-0-2-gap").fill("load")
    press(page, "运行", "ex-0-2-gap")
    cell(page, "ex-0-2-gap").get_by_text("共 8.7 MB").wait_for()
    editor(page, "ex-0-3-gap").fill("print（）")
    assert not (found := violations(page)), found


def test_it_fits_a_phone(chapter):
    page = chapter(**TOUCH)
    editor(page).fill("# " + "很长" * 100)
    press(page, "运行")
    ends(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    output = cell(page).locator(".live samp")
    assert output.evaluate("samp => samp.scrollWidth <= samp.clientWidth")  # wrapped
    assert editor(page).evaluate("area => getComputedStyle(area).fontSize") == "16px"  # no zoom
    for button in cell(page).locator("button:visible").all():
        assert button.bounding_box()["height"] >= 36 and button.bounding_box()["width"] >= 44


HEIGHT = "document.querySelector('article').getBoundingClientRect().height"


@pytest.mark.parametrize("address", [CHAPTER, "/index.html"])
def test_without_scripts_the_page_is_as_it_was(chapter, address):
    page = chapter(address, java_script_enabled=False)
    assert page.locator(":is(.buttons, .elsewhere, #progress, textarea):visible").count() == 0
    before = page.evaluate(HEIGHT)
    page.evaluate("""document.querySelectorAll(".buttons, .elsewhere, #progress")
        .forEach((element) => element.remove())""")
    assert page.evaluate(HEIGHT) == before


def test_on_paper_the_chapter_is_as_it_was_whatever_was_done(chapter):
    page = chapter()
    load_pictures(page)
    page.emulate_media(media="print")
    before = page.evaluate(HEIGHT), page.locator("article").inner_text()
    page.emulate_media(media="screen")
    editor(page).fill('check("0.1", right)\n\n')
    press(page, "运行")
    ends(page)
    press(page, "修改", "warm-06")
    page.emulate_media(media="print")
    assert (page.evaluate(HEIGHT), page.locator("article").inner_text()) == before
    assert page.locator(":is(.buttons, .live, .hint, textarea, .done):visible").count() == 0


TOPS = """[...document.querySelectorAll("article :is(h2, h3, details, ol, .route li)")]
    .map((element) => element.getBoundingClientRect().top + scrollY)"""
CAME_BACK = """localStorage.setItem("mnist-course",
    '{"code": {"ex-0-1-gap": "a\\\\n\\\\n\\\\n\\\\nb"}, "done": ["0.1", "0.3"]}')"""


@pytest.mark.parametrize("settings", [{"viewport": DESK}, TOUCH], ids=["desk", "phone"])
@pytest.mark.parametrize("address", ["/index.html", CHAPTER])
def test_scripts_move_nothing_also_for_one_who_comes_back(chapter, site, settings, address):
    page = chapter(address, **settings)
    page.evaluate(CAME_BACK)
    page.route(re.compile("(editor|progress).js"), lambda route: route.abort())
    page.goto(site + address, wait_until="networkidle")
    before = page.evaluate(TOPS)
    page.unroute_all()
    page.goto(site + address, wait_until="networkidle")
    assert set(page.locator(".count").all_text_contents()) == {"2/3"}
    assert page.evaluate(TOPS) == pytest.approx(before, abs=1)
