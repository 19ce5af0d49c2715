"""Print the built book into one PDF file with bookmarks: python tools/print_book.py OUTPUT.

Chromium prints page after page in the order of the table of contents; pikepdf joins them. Links
from page to page, and those of the table of contents in front, lead to places in the file.
"""

import html
import io
import os
import sys
from pathlib import Path

from pikepdf import Array, Name, ObjectStreamMode, OutlineItem, Pdf
from playwright.sync_api import sync_playwright

BOOK = Path(__file__).parent.parent / "_build" / "html"
NUMBERED = (
    "@page { @bottom-center { content: counter(page); font: 9pt sans-serif; color: #4a5a6b; } }"
)
FRONT = """<style>
body { margin: 12mm; font: 11pt/1.9 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"; }
h1 { margin: 20mm 0 12mm; font-size: 22pt; }
p { display: flex; margin: 0; }
a { color: inherit; text-decoration: none; }
span { flex: 1; margin: 0 1em 0.6em; border-bottom: 1px dotted; }
</style>"""


def print_page(page, first=None):
    """Return an open page of the browser as PDF; its sheets are numbered from `first`."""
    if first:
        page.add_style_tag(content=f"{NUMBERED} html {{ counter-reset: page {first - 1}; }}")
    return Pdf.open(
        io.BytesIO(page.pdf(format="A4", print_background=True, outline=True, tagged=True))
    )


def heading(page):
    """Return the title of an open page, without the mark of its address."""
    return page.locator("h1").inner_text().removesuffix("#").strip()


def contents(title, chapters):
    """Return the front page: title, and each chapter's title and page number."""
    rows = "".join(
        f'<p><a href="{address}">{html.escape(name)}</a><span></span>{first}</p>'
        for name, address, first, _ in chapters
    )
    return f'<html lang="zh-CN"><title>{title}</title>{FRONT}<h1>{title}</h1>{rows}'


def lead_inside(book, sheet_of):
    """Turn links to pages of the book into links to sheets, and drop those to pictures."""
    for sheet in book.pages:
        for link in sheet.get("/Annots", ()):
            address = str(link.get("/A", {}).get("/URI", "")).split("#")[0]
            if address in sheet_of:
                target = book.pages[sheet_of[address]].obj
                link.Dest = Array([target, Name.XYZ, 0, 842, 0])
            if address.startswith("file:"):
                del link["/A"]


def bookmark(title, sheet, sheets=None):
    """Return a bookmark; below it are those of a chapter that was printed, if any."""
    found = OutlineItem(title, sheet, "XYZ", top=842)
    if sheets:
        numbers = {one.objgen: number for number, one in enumerate(sheets.pages)}
        with sheets.open_outline() as outline:
            found.children = list(moved(outline.root, numbers, sheet))
    return found


def moved(bookmarks, numbers, by):
    """Yield bookmarks of a chapter whose sheets are now so many further."""
    for one in bookmarks:
        half = len(one.title) // 2  # Chromium doubles headings that it moved to the next sheet
        title = one.title[:half] if one.title[:half] == one.title[half:] else one.title
        sheet, _, _, top, _ = one.destination
        new = OutlineItem(title, by + numbers[sheet.objgen], "XYZ", top=float(top))
        new.children = list(moved(one.children, numbers, by))
        yield new


def print_book(output):
    """Write the PDF; until it is complete nothing stands under its name."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto((BOOK / "index.html").as_uri())
        title = heading(page)
        addresses = page.eval_on_selector_all(
            ".bd-docs-nav a", "links => links.map((link) => link.href)"
        )
        first, chapters = 1, []
        for address in addresses:
            page.goto(address)
            sheets = print_page(page, first)
            chapters.append((heading(page), address, first, sheets))
            first += len(sheets.pages)
        page.set_content(contents(title, chapters))
        front = print_page(page)
        browser.close()

    book, sheet_of = Pdf.new(), {}
    book.add_pages_from(front, outlines="ignore")
    with book.open_outline() as outline:
        outline.root.append(bookmark(title, 0))
        for name, address, _, sheets in chapters:
            sheet_of[address] = len(book.pages)
            book.add_pages_from(sheets, outlines="ignore")
            outline.root.append(bookmark(name, sheet_of[address], sheets))
    lead_inside(book, sheet_of)
    book.docinfo["/Title"] = title
    temporary = output.with_suffix(".tmp")
    book.save(temporary, object_stream_mode=ObjectStreamMode.generate)
    os.replace(temporary, output)
    print(f"{output}: {len(book.pages)} pages")


print_book(Path(sys.argv[1]))
