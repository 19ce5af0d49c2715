"""Python in the page: exercises answer as in a notebook, nothing hangs, a second visit is quick."""

import contextlib
import gzip
import io
import os
import re

import pytest
from conftest import BOOK, KEPT, UNDER

from exercises.source import find, numbers
from extensions.python_in_page import lacks

PAGE = "chapters/01-loading.html"
IMPORT = """const { ask, run, stop } = await import(
  new URL(`${document.documentElement.dataset.content_root}_static/python/python.js`, location));"""
RUN = f"""async (cells) => {{ {IMPORT}
  const loads = [], told = [];
  const onLoad = (bytes, total) => loads.push([bytes, total]);
  const {{ status, text }} = await run(cells, {{ onLoad, onOutput: (more) => told.push(more) }});
  return {{ status, text, loads, told: told.join("") }};
}}"""
RUN_ALL = f"""async (all) => {{ {IMPORT}
  return Promise.all(all.map(async (cells) => (await run(cells)).text));
}}"""
EXERCISES = [find(number)[0] for number in numbers()]
LACKING = {number: lacks(*find(number)) for number in numbers()}
ANSWERED = [each for each in EXERCISES if not LACKING[each.number]]


@pytest.fixture
def open_page(new_page, site):
    """Open a page in which all may take its time; it reaches this machine only."""
    pages = []

    def open_page(script="", name=PAGE, **settings):
        pages.append(new_page(**settings))
        pages[-1].set_default_timeout(120_000)
        pages[-1].add_init_script(script)
        pages[-1].goto(f"{site}/{name}")
        return pages[-1]

    yield open_page
    for page in pages:
        assert not page.foreign


def cells(exercise, code):
    """Return what a reader runs: the cell at the exercises' beginning, and the exercise's own."""
    return [exercise.setup, f"{code}\n\n\ncheck({exercise.number!r}, {exercise.name})"]


def wrong_answers(exercise):
    """Return typical wrong answers, here a part of them: EVERY=1 make test-site tries all."""
    return [code for _, code in exercise.wrong][:: int(os.environ.get("EVERY", "4"))]


def in_a_notebook(sources):
    """Return what cells print here."""
    names, said = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(said):
        for source in sources:
            exec(source, names)
    return said.getvalue()


@pytest.mark.filterwarnings("ignore")
def test_each_exercise_says_of_each_answer_what_it_says_in_a_notebook(open_page):
    page = open_page()
    sources = [
        cells(exercise, code)
        for exercise in ANSWERED
        for code in [exercise.gap, exercise.solution, *wrong_answers(exercise)]
    ]
    for source, text in zip(sources, page.evaluate(RUN_ALL, sources), strict=True):
        assert text == in_a_notebook(source), source[1]
    # Only what a page cannot answer is left out.
    for exercise in EXERCISES:
        if LACKING[exercise.number]:
            said = page.evaluate(RUN_ALL, [cells(exercise, code) for _, code in exercise.wrong])
            hints = [hint for hint, _ in exercise.wrong]
            assert not all(map(str.__contains__, said, hints)), exercise.number


def test_nothing_hangs_and_the_next_run_works(open_page):
    page = open_page()
    page.clock.install()  # ten seconds pass at once
    page.evaluate(f"async () => {{ {IMPORT} Object.assign(window, {{ run, stop }}); }}")
    begin = """(cells) => { window.said = "";
      window.ended = run(cells, { onOutput: (text) => { window.said += text; } }); }"""

    page.evaluate(begin, ["print('stop me', flush=True)\nwhile True: pass"])
    page.wait_for_function("said")
    page.evaluate("() => { window.next = run(['print(6 * 7)']); }")  # waits for its turn
    page.evaluate("stop()")
    assert page.evaluate("ended") == {"status": "stopped", "text": "stop me\n"}
    assert page.evaluate("next") == {"status": "ok", "text": "42\n"}

    page.evaluate(begin, ["print('slow', flush=True)\nwhile True: pass"])
    page.wait_for_function("said")
    page.clock.fast_forward(9_500)
    race = "Promise.race([ended, new Promise((resolve) => requestIdleCallback(() => resolve(0)))])"
    assert page.evaluate(race) == 0
    page.clock.fast_forward(1_000)
    ended = page.evaluate("Promise.race([ended, new Promise((late) => setTimeout(late, 5_000))])")
    assert ended["status"] == "timeout" and ended["text"].startswith("slow\n运行了 10 秒")

    found = page.evaluate("run(['while True: print(8)'])")
    assert found["status"] == "error" and len(found["text"]) < 40_000
    assert "打印得太多" in found["text"]

    found = page.evaluate("run(['import os; os.abort()'])")  # breaks down
    assert found["status"] == "failed" and "重新开始" in found["text"]

    lines = "def half(x):\n    return x / 0\nhalf(1)"
    assert page.evaluate("(cell) => run([cell])", lines) == {
        "status": "error",
        "text": "第 3 行\n    half(1)\n第 2 行，half\n    return x / 0\n"
        "ZeroDivisionError: division by zero\n",
    }
    assert page.evaluate("run(['import js', 'js.fetch(\"/\")'])")["status"] == "error"


def test_loading_is_told_in_bytes_that_are_known_before_and_few(open_page):
    page = open_page()
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    found = page.evaluate(RUN, ["import numpy as np", "np.arange(3)"])
    assert (found["status"], found["text"]) == ("ok", "array([0, 1, 2])\n")
    assert found["told"] == found["text"]
    loaded, totals = zip(*found["loads"], strict=True)
    assert list(loaded) == sorted(loaded) and {loaded[-1]} == set(totals)
    sizes = [each.sizes()["responseBodySize"] for each in asked if ".bin?" in each.url]
    assert sum(sizes) == totals[0]
    assert page.evaluate(RUN, ["1"])["loads"] == []
    # What a reader loads before the first answer, and by what the book has grown.
    sizes = {path.name: path.stat().st_size for path in (BOOK / "_static" / "python").iterdir()}
    more = sizes.pop("plots.zip.bin"), sizes.pop("data.zip.bin")
    assert totals[0] < sum(sizes.values()) < 9_000_000
    assert more[0] < 4_200_000 and more[1] < 11_600_000


ASK = f"async (cells) => {{ {IMPORT} return ask(cells); }}"
DRAW = ["import matplotlib.pyplot as plt\nplt.plot([1, 2])"]
COUNT = ["from mnist_course import load_mnist", "print([len(one.labels) for one in load_mnist()])"]


def test_the_second_visit_needs_no_network(new_page, own_site):
    site = own_site.address
    page = new_page(service_workers="allow")
    page.set_default_timeout(120_000)
    page.goto(f"{site}/{PAGE}")
    assert set(page.evaluate(KEPT)) <= {f"pages {UNDER}/"}
    page.evaluate(
        """async (old) => {
          await (await caches.open(`python ${old}`)).put("older.bin?1", new Response("older"));
          await (await caches.open("of another site")).put("page", new Response("page"));
        }""",
        f"{UNDER}/",
    )
    assert page.evaluate(RUN, ["print(1)"])["text"] == "1\n"
    said = r"这一格要先装入 画图的工具、MNIST 的图片，共 15\.\d MB，只有第一次。"
    assert re.fullmatch(said, page.evaluate(ASK, [*DRAW, *COUNT]))
    loads = page.evaluate(RUN, COUNT)["loads"]
    assert 11_000_000 < loads[-1][0] == loads[-1][1] < 12_000_000
    page.wait_for_function("navigator.serviceWorker.controller")
    page.goto(f"{site}/chapters/02-splitting.html", wait_until="networkidle")
    kept = page.evaluate(KEPT)
    assert set(kept) == {f"python {UNDER}/", f"pages {UNDER}/", "of another site"}
    assert "older" not in str(kept) and len(kept[f"python {UNDER}/"]) == 8
    own_site.stop()
    for name in (PAGE, "chapters/02-splitting.html"):
        page.goto(f"{site}/{name}")
        sheets = "document.fonts.ready.then(() => document.styleSheets.length)"
        assert page.evaluate(sheets) == 2  # the book's and the editor's
        exercise = next(each for each in EXERCISES if each.number == f"{int(name[9:11])}.1")
        found = page.evaluate(RUN, cells(exercise, exercise.solution))
        assert found["text"].startswith(f"练习 {exercise.number}：对了。")
        assert page.evaluate(ASK, COUNT) == "" != page.evaluate(ASK, DRAW)
    assert page.evaluate(RUN, COUNT)["text"] == "[50000, 10000, 10000]\n"


def test_a_page_in_which_nobody_runs_python_keeps_and_asks_nothing_for_it(new_page, own_site):
    page = new_page(service_workers="allow")
    page.goto(f"{own_site.address}/{PAGE}")
    page.wait_for_function("navigator.serviceWorker.controller")
    page.reload(wait_until="networkidle")
    assert own_site.asked and not [path for path in own_site.asked if "/python/" in path]
    kept = page.evaluate(KEPT)
    assert set(kept) == {f"pages {UNDER}/"} and "/python/" not in str(kept)


FORBIDDEN = """for (const [where, name] of [[window, "caches"], [navigator, "serviceWorker"]])
  Object.defineProperty(where, name, { get() { throw new DOMException("", "SecurityError"); } });"""
OVER_HTTP = """for (const [where, name] of
    [[window, "caches"], [navigator, "serviceWorker"], [crypto, "subtle"]])
  Object.defineProperty(where, name, { value: undefined });"""
FULL = "Cache.prototype.put = () => Promise.reject(new DOMException('', 'QuotaExceededError'));"


@pytest.mark.parametrize("script", [FORBIDDEN, OVER_HTTP, FULL], ids=["forbidden", "http", "full"])
def test_where_nothing_can_be_kept_it_is_loaded_each_time(open_page, script):
    page = open_page(script, "index.html", service_workers="allow")
    assert page.evaluate(RUN, ["print(1)"])["text"] == "1\n"
    button = page.get_by_role("button", name="全书离线可读")
    assert button.is_visible() == (script == FULL)
    if script == FULL:
        button.click()
        page.get_by_text("没有存完").wait_for()
        assert button.is_enabled()
    assert not page.errors


def test_a_load_that_fails_says_so_and_is_tried_again(open_page):
    page = open_page()

    def damage(route):
        content = bytearray(route.fetch().body())
        assert gzip.decompress(content)
        content[4] ^= 1  # the date in gzip's head: the digest alone knows
        route.fulfill(body=bytes(content))

    page.route("**/course.zip.bin*", damage)
    failed = page.evaluate(RUN, ["print(1)"])
    assert failed["status"] == "failed" and "再按一次" in failed["text"] == failed["told"]
    page.unroute_all()
    page.route("**/course.zip.bin*", lambda route: route.abort())
    assert page.evaluate(RUN, ["print(1)"])["status"] == "failed"
    page.unroute_all()
    assert page.evaluate(RUN, ["print(1)"])["text"] == "1\n"
    page.route("**/data.zip.bin*", lambda route: route.abort())
    assert page.evaluate(RUN, COUNT)["status"] == "failed"
    page.unroute_all()
    assert page.evaluate(RUN, COUNT)["text"] == "[50000, 10000, 10000]\n"


def test_what_is_kept_is_checked_too(open_page):
    page = open_page()
    page.evaluate(
        f"""async () => {{ const {{ default: files }} = await import("../_static/python/files.js");
          const cache = await caches.open("python {UNDER}/");
          for (const {{ name, sha256, size }} of files)
            await cache.put(`../_static/python/${{name}}.bin?${{sha256}}`,
                            new Response(new Uint8Array(size)));
        }}"""
    )
    assert page.evaluate(RUN, ["print(1)"])["text"] == "1\n"


def test_loading_can_be_stopped(open_page):
    page = open_page()
    page.route("**/numpy*.bin*", lambda route: None)  # never comes
    page.evaluate(f"async () => {{ {IMPORT} Object.assign(window, {{ run, stop }}); }}")
    with page.expect_request("**/numpy*.bin*"):
        page.evaluate("() => { window.ended = run(['1']); }")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(e => /asm.wasm/.test(e.name))"
    )
    page.evaluate("stop()")
    assert page.evaluate("ended") == {"status": "stopped", "text": ""}
    page.unroute_all()
    assert page.evaluate("run(['6 * 7'])") == {"status": "ok", "text": "42\n"}
