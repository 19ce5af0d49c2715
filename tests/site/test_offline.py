"""The book without a network: pages that were read, all of it if one asks, a new edition."""

import gzip
import json
import re

import pytest
from conftest import BOOK, KEPT, PAGES, PHONE, UNDER

READ, UNREAD, OTHER = (
    f"chapters/{name}.html" for name in ("03-yield-vs-return", "00-warm-up", "05-batching")
)
NOWHERE = "chapters/nowhere.html"
LISTED = json.loads((BOOK / "_static" / "offline.json").read_text("utf-8"))
# Wait until all of these addresses are kept, or none of them.
WAIT = """async ([addresses, keeps]) => {
  const kept = (address) => caches.match(new URL(address, document.baseURI));
  for (let i = 0; i < 600; i++) {
    const found = await Promise.all(addresses.map(kept));
    if (found.every((response) => Boolean(response) === keeps)) return true;
    await new Promise((next) => setTimeout(next, 50));
  }
}"""
# Pictures that come into sight later are loaded now, and each is there.
PICTURES = """() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().then(() => image.src);
}))"""
NEWER = "这一页有新的版本"
# A device that takes its time.
SLOW = """() => {
  const has = caches.has.bind(caches);
  caches.has = async (name) => {
    await new Promise((next) => setTimeout(next, 300));
    return has(name);
  };
}"""


@pytest.fixture
def page(new_page):
    """Return a page with its service worker."""
    page = new_page(service_workers="allow", viewport=PHONE)
    page.set_default_timeout(60_000)
    yield page
    assert not page.foreign


def heading(page):
    """Return the heading of a page."""
    return page.locator("h1").inner_text()


def test_a_page_that_was_read_opens_without_a_network_an_unread_one_says_so(page, own_site):
    site = own_site.address
    page.goto(f"{site}/{READ}")  # a first visit
    pictures = page.evaluate("[...document.images].map((image) => image.src)")
    parts = "[...document.querySelectorAll('link[rel=stylesheet], script[src]')]"
    parts = page.evaluate(f"{parts}.map((one) => one.href || one.src)")
    assert len(parts) > 8 and page.evaluate(WAIT, [[*pictures, *parts], True])
    page.goto(f"{site}/index.html")
    assert page.evaluate(WAIT, [["index.html"], True])
    # Of a part one version is kept, of an answer that it is not there nothing.
    old, new = (f"{site}/_static/playground.js?v={version}" for version in (1, 2))
    for version in (old, new):
        page.evaluate("(address) => fetch(address)", version)
        assert page.evaluate(WAIT, [[version], True])
    assert page.evaluate(WAIT, [[old], False])
    assert page.goto(f"{site}/{NOWHERE}").status == 404
    own_site.stop()
    assert page.goto(f"{site}/{NOWHERE}").status == 503
    page.goto(f"{site}/{READ}?words=%E9%98%9F%E5%88%97#main-content")  # as the search leads there
    assert heading(page).startswith("03")
    assert page.evaluate(PICTURES) == pictures and len(pictures) > 2
    sheets = "[...document.styleSheets].map((sheet) => sheet.cssRules.length)"
    assert all(page.evaluate(sheets))
    assert page.goto(f"{site}/{UNREAD}").status == 503
    assert heading(page) == "没有网络"
    assert "没有留在这台设备上" in page.locator("body").inner_text()
    page.get_by_role("link", name="回到首页").click()  # its other address
    assert heading(page).startswith("手写数字识别")


def of_the_second_edition(name):
    """Return a page as another edition has it."""
    text = re.sub('data-edition="[^"]+"', 'data-edition="2"', (BOOK / name).read_text("utf-8"))
    return re.sub("<h1>", "<h1>第二版", text).encode()


def test_who_asks_for_all_has_all_of_the_newest_edition_until_it_is_deleted(page, own_site):
    site = own_site.address
    page.goto(f"{site}/index.html")
    # A file of the list is not there: not all is kept, and it can be tried again.
    own_site.changed["_static/offline.json"] = json.dumps([[NOWHERE, "1", 1], *LISTED]).encode()
    page.get_by_role("button", name="全书离线可读").click()
    page.get_by_text("没有存完").wait_for()
    del own_site.changed["_static/offline.json"]
    page.get_by_role("button", name="全书离线可读").click()
    page.get_by_text("全书都留在这台设备上").wait_for()
    assert page.get_by_role("button", name="全书离线可读").is_hidden()
    kept = page.evaluate(KEPT)[f"pages {UNDER}/"]
    addresses = [*(address for address, *_ in LISTED), "_static/offline.json"]
    assert sorted(kept) == sorted(f"{site}/{address}" for address in addresses)

    # So slow that nothing comes: the page is that which is kept. When the other comes, it says so.
    own_site.changed[UNREAD] = of_the_second_edition(UNREAD)
    own_site.open.clear()
    page.goto(f"{site}/{UNREAD}")
    assert heading(page).startswith("00") and page.get_by_text(NEWER).count() == 0
    own_site.open.set()
    page.get_by_text(NEWER).wait_for()
    page.get_by_role("button", name="打开新的").click()
    page.locator("h1", has_text="第二版").wait_for()
    assert page.get_by_text(NEWER).count() == 0

    # The next page read with a network brings all that is new, and that alone.
    page.goto("about:blank")
    own_site.asked.clear()
    changed = [[name, "2" if name == OTHER else was, size] for name, was, size in LISTED]
    own_site.changed["_static/offline.json"] = json.dumps(changed[:-1]).encode()
    own_site.changed[OTHER] = of_the_second_edition(OTHER)
    page.goto(f"{site}/{UNREAD}")
    assert page.evaluate(WAIT, [[f"{site}/{LISTED[-1][0]}"], False])
    assert f"{UNDER}/{OTHER}" in own_site.asked and f"{UNDER}/{READ}" not in own_site.asked
    own_site.stop()
    page.goto(f"{site}/{OTHER}")
    assert heading(page).startswith("第二版") and len(page.evaluate(PICTURES)) > 0

    # Back on the line, one is told.
    own_site.changed[OTHER] = (BOOK / OTHER).read_bytes()
    own_site.start()
    assert page.get_by_text(NEWER).count() == 0
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text(NEWER).wait_for()

    own_site.stop()
    page.goto(f"{site}/search.html?q=%E9%98%9F%E5%88%97")
    page.locator("#search-results li a").first.wait_for()
    page.goto(f"{site}/index.html")
    page.evaluate(SLOW)
    page.get_by_role("button", name="删除").click()
    page.get_by_text("删掉了").wait_for()
    assert page.get_by_role("button", name="全书离线可读").is_visible()
    assert not any(page.evaluate(KEPT).values())
    assert page.goto(f"{site}/{UNREAD}").status == 503


def test_all_of_the_book_is_listed_with_its_size():
    sizes = {address: size for address, _, size in LISTED}
    assert len(sizes) == len(LISTED)
    assert {*PAGES, "search.html", "searchindex.js", "_static/python/python.js"} <= set(sizes)
    for name in PAGES:
        text = (BOOK / name).read_text("utf-8")
        found = re.findall(
            r'<(?:img|script|link rel="stylesheet")[^>]* (?:src|href)="([^"]+)"', text
        )
        for address in found:
            assert address.removeprefix("../") in sizes, (name, address)
    for address, size in list(sizes.items())[1::9]:
        content = (BOOK / address.split("?")[0]).read_bytes()
        assert size == min(len(content), len(gzip.compress(content, 6)))
    (said,) = re.findall(r"全书离线可读（([\d.]+) MB）", (BOOK / "index.html").read_text("utf-8"))
    assert float(said) == pytest.approx(sum(sizes.values()) / 1e6, abs=0.06)
