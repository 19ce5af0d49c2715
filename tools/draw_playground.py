"""Draw img/playground.svg with img/playground.js in Chromium: python tools/draw_playground.py."""

from pathlib import Path

from playwright.sync_api import sync_playwright

IMG = Path(__file__).parent.parent / "img"

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
    )
    page = browser.new_page()
    page.add_script_tag(path=IMG / "playground.js")
    drawing = page.evaluate("playground.draw(playground.START, 720)")
    browser.close()
(IMG / "playground.svg").write_text(drawing, encoding="utf-8")
