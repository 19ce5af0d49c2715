"""The search finds Chinese: the pages whose text holds the word, what the word is about first."""

import re

import pytest
from conftest import BOOK, PAGES, PHONE, html

from extensions.chinese_search import synonyms

WORDS = """乱序 数据集 训练集 验证集 异步读取 生成器 校验 小批量 内存 飞桨 yield
    队列 容量 线程 工作进程 页缓存 随机种子 平方误差 全连接层 灰度值 轮 广播
    红灯 启动器 分片 prefetch batch_size 抖动 署名 龘龘 784 05 deque"""
ABOUT = {
    "num_workers": "paddle-dataloader",
    "yield": "03-yield-vs-return",
    "05": "05-batching",
    "断点": "resume",
    "队列": "08-sync-vs-async",
    "rank": "09-beyond-one-machine",
    # words that the book has others for
    "分布式": "09-beyond-one-machine",
    "死锁": "paddle-dataloader",
    "多进程": "paddle-dataloader",
    "BrokenPipe": "paddle-dataloader",
    "多线程": "inside-prefetch",
    "测试集泄漏": "02-splitting",
    "中文乱码": "troubleshooting",
    "显存": "inside-prefetch",
    # slips, and questions of which a part is found
    "DataLoder": "paddle-dataloader",
    "yeild": "03-yield-vs-return",
    "多线成": "inside-prefetch",
    "第 5 章": "05-batching",
    "平方误叉": "06-validation",
    "画图怎么解决中文乱码": "troubleshooting",
    "fluid 怎样迁移到新版": "fluid-to-paddle3",
}


@pytest.fixture(scope="session")
def texts():
    """Return the text of every page of the book, folded or not."""
    return {name: html(name).select_one("article").get_text().lower() for name in PAGES}


@pytest.fixture
def search(new_page, site):
    """Return a function that searches, and returns the addresses of what is found, best first."""
    page = new_page()
    page.goto(f"{site}/search.html")
    page.wait_for_function("Search._index")

    def search(query):
        page.evaluate("document.querySelector('#search-results').replaceChildren()")
        page.evaluate("(query) => Search.performSearch(query)", query)
        links = page.locator("#search-results li > a")
        return links.evaluate_all("links => links.map(link => link.getAttribute('href'))")

    search.page = page
    yield search
    assert not page.foreign and not page.errors


def name_of(address):
    """Return which page an address leads to."""
    return re.split("[#?]", address)[0]


def test_the_results_are_the_pages_that_hold_the_word(search, texts):
    for word in WORDS.split():
        # A Latin word is found as a whole word, or as a part of an identifier.
        pattern = rf"(?<![a-z0-9]){word}(?![a-z0-9])" if word.isascii() else word
        expected = {name for name, text in texts.items() if re.search(pattern, text)}
        ours = synonyms().get(word, ())
        expected |= {name for name, text in texts.items() if any(one in text for one in ours)}
        assert set(map(name_of, search(word))) == expected, word


def test_the_page_that_is_about_the_word_comes_first(search):
    for word, name in ABOUT.items():
        assert [*map(name_of, search(word)), None][0] == f"chapters/{name}.html", word
        assert name != "glossary"


def test_what_is_looked_for_instead_is_said_and_nothing_is_found_for_nothing(search):
    assert search("DataLoder") == search("DataLoader")
    search("DataLoder")
    assert "找的是“dataloader”" in search.page.locator(".search-note").inner_text()
    search("内存映射和龘龘龘龘")
    notes = search.page.locator(".search-note").all_inner_texts()
    assert any("找的是“内存映射”" in note for note in notes)
    assert search("署名 红灯")
    notes = search.page.locator(".search-note").all_inner_texts()
    assert any("没有一页有全部的词" in note for note in notes)
    for word in ["龘龘", "zzqqx"]:
        assert search(word) == []
        assert "没有匹配" in search.page.locator("#search-results").inner_text()


def test_each_synonym_is_in_the_book(texts):
    for used, ours in synonyms().items():
        for word in ours:
            assert any(word in text for text in texts.values()), (used, word)


def test_a_result_shows_the_sentence_that_holds_the_word_and_loads_no_page(search):
    requests = []
    search.page.on("request", lambda request: requests.append(request.url))
    assert len(search("异步读取")) > 5
    for summary in search.page.locator("#search-results .context").all_inner_texts():
        assert "异步读取" in summary and len(summary) <= 150
    assert not requests
    assert (BOOK / "searchindex.js").stat().st_size < 600_000


def test_results_come_while_one_types_and_lead_to_the_marked_sentence(new_page, site):
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/chapters/01-loading.html")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("页缓存")
    page.keyboard.press("End")  # an input method's keys reach the page, insert_text has none
    page.locator("#search-results a[href*='09-beyond']").click()
    page.wait_for_url("**/09-beyond-one-machine.html#*")
    page.locator("article .highlighted").first.wait_for()
    page.keyboard.press("Escape")
    assert page.locator("article .highlighted").count() == 0
    assert not page.errors


IN_SIGHT = """() => {
  const shown = [...document.querySelectorAll("article .highlighted")].filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return one.checkVisibility() && top > 60 && bottom < innerHeight;
  });
  return [scrollY, shown.map((one) => one.parentElement.closest("p, li, pre, td, h2").textContent)];
}"""


@pytest.mark.parametrize("word", ["灰度值", "学习率", "deque", "吓一跳", "全部 像素"])
def test_a_result_leads_to_its_sentence_and_stays_there(search, new_page, site, word):
    found = search(word)
    summaries = search.page.locator("#search-results .context").all_inner_texts()
    page = new_page(viewport=PHONE)
    for address, summary in list(zip(found, summaries, strict=True))[:2]:
        page.goto(f"{site}/{address}", wait_until="networkidle")
        place, seen = page.evaluate(IN_SIGHT)
        assert any(squeezed(summary) in squeezed(one) for one in seen), (address, summary, seen)
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") == place
        assert "words" not in page.url


def squeezed(text):
    """Return `text` without spaces."""
    return re.sub(r"\s", "", text)
