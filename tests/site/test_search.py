"""The search finds Chinese: the pages whose text holds the word, and no other."""

import re

import pytest
from conftest import PAGES

WORDS = """乱序 数据集 训练集 验证集 异步读取 生成器 校验 小批量 内存 飞桨 yield DataLoader
    队列 容量 线程 工作进程 内存映射 页缓存 随机种子 平方误差 学习率 全连接层 灰度值 轮 广播
    红灯 启动器 分片 prefetch batch_size 峰值内存 抖动 署名 龘龘 没有这个词的一页"""


@pytest.fixture(scope="session")
def texts(browser, site):
    """Return the text of every page of the book, folded or not."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    texts = {}
    for name in PAGES:
        page.goto(f"{site}/{name}")
        # what is folded is found too
        page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
        texts[name] = page.locator("article").first.inner_text()
    context.close()
    return texts


def results(page, site, query):
    """Search, and return the pages that the list of results links to."""
    page.goto(f"{site}/search.html?q={query}")
    page.wait_for_function(
        "/搜索完成|没有匹配/.test(document.querySelector('#search-results')?.innerText)"
    )
    links = page.locator("#search-results li > a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    return {re.split(r"[#?]", link)[0] for link in links}


def test_the_results_are_the_pages_that_hold_the_word(new_page, site, texts):
    page = new_page()
    for word in WORDS.split():
        # A Latin word is found as a whole word, or as a part of an identifier.
        pattern = rf"(?<![a-z0-9]){word}(?![a-z0-9])" if word.isascii() else word
        expected = {name for name, text in texts.items() if re.search(pattern, text, re.I)}
        assert results(page, site, word) == expected, word
    assert not page.foreign and not page.errors


def test_a_word_that_is_nowhere_says_so(new_page, site):
    page = new_page()
    assert results(page, site, "龘龘") == set()
    assert "没有匹配" in page.locator("#search-results").inner_text()


def test_a_result_shows_the_sentence_that_holds_the_word(new_page, site):
    page = new_page()
    found = results(page, site, "异步读取")
    summaries = page.locator("#search-results .context")
    page.wait_for_function(
        "n => document.querySelectorAll('#search-results .context').length >= n", arg=len(found)
    )
    for summary in summaries.all_inner_texts():
        assert "异步读取" in summary and len(summary) <= 150


def test_results_come_while_one_types(new_page, site):
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/chapters/01-loading.html")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("页缓存")
    page.keyboard.press("End")  # an input method's keys reach the page, insert_text has none
    page.locator("#search-results a", has_text="09").first.wait_for(timeout=5000)
    assert not page.errors
