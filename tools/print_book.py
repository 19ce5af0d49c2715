"""Print the built book into one PDF file with bookmarks: python tools/print_book.py OUTPUT.

Chromium prints page after page in the order of the table of contents; pypdf joins them. Links from
page to page, and those of the table of contents in front, lead to places in the file.
"""

import html
import io
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, NullObject, NumberObject, TextStringObject

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
    return PdfReader(
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


def lead_inside(writer, sheet_of):
    """Turn links to pages of the book into links to sheets, and drop those to pictures."""
    for sheet in writer.pages:
        for link in sheet.get("/Annots", ()):
            link = link.get_object()
            address = link.get("/A", {}).get("/URI", "").split("#")[0]
            if address in sheet_of:
                target = writer.pages[sheet_of[address]].indirect_reference
                top = [NameObject("/XYZ"), NumberObject(0), NumberObject(842), NullObject()]
                link[NameObject("/Dest")] = ArrayObject([target, *top])
            if address.startswith("file:"):
                del link["/A"]


def mend_bookmarks(bookmark):
    """Halve the doubled titles that Chromium gives headings it moved to the next sheet."""
    title = bookmark.get("/Title", "")
    half = len(title) // 2
    if title and title[:half] == title[half:]:
        bookmark[NameObject("/Title")] = TextStringObject(title[:half])
    for way in ("/First", "/Next"):
        if way in bookmark:
            mend_bookmarks(bookmark[way])


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

    writer, sheet_of = PdfWriter(), {}
    writer.append(front, outline_item=title, import_outline=False)
    for name, address, _, sheets in chapters:
        sheet_of[address] = len(writer.pages)
        writer.append(sheets, outline_item=name)
    lead_inside(writer, sheet_of)
    mend_bookmarks(writer.get_outline_root())
    writer.add_metadata({"/Title": title})
    temporary = output.with_suffix(".tmp")
    writer.write(temporary)
    os.replace(temporary, output)
    print(f"{output}: {len(writer.pages)} pages")


print_book(Path(sys.argv[1]))
