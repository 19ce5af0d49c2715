"""Print the built book into one PDF file with bookmarks: python tools/print_book.py OUTPUT.

All pages are put into one, in the order of the table of contents, which Chromium prints: so that
links lead to places in the file, fonts are there once, and the tags for screen readers stay. It is
printed twice: the first time says on which sheets the chapters begin.
"""

import html
import io
import os
import sys
from pathlib import Path

from pikepdf import Dictionary, ObjectStreamMode, Pdf, Stream
from playwright.sync_api import sync_playwright

BOOK = Path(__file__).parent.parent / "_build" / "html"
# Code that fits on a third of a page is not torn.
STYLE = """
@page { margin: 14mm 15mm; @bottom-center { content: counter(page); font: 9pt sans-serif; } }
.bd-article + .bd-article { break-before: page; }
body .bd-article { padding: 0 !important; font-size: 9.5pt; line-height: 1.6; }
.bd-article p, .bd-article ul, .bd-article ol { margin-bottom: 0.5em; orphans: 3; widows: 3; }
.bd-article :is(p, li, dd) { max-width: none; }
.bd-article li > p { margin-bottom: 0.1em; }
.bd-article pre { padding: 0.4rem 0.6rem; line-height: 1.35 !important; }
.bd-article pre { font-size: 7.5pt !important; orphans: 4; widows: 4; }
.bd-article h2 { margin: 1.2em 0 0.5em; }
.bd-article h3 { margin: 1em 0 0.4em; }
.bd-article div.cell { margin: 0.5em 0; }
.bd-article div.cell_input.long { break-inside: auto; }
.bd-article img { max-height: 95mm; }
.bd-article details { margin: 0.3em 0; }
.bd-article .table { font-size: 8.5pt; line-height: 1.4; }
.bd-article .table :is(td, th) { padding: 0.25em 0.5em; }
.contents { font-size: 10pt; line-height: 1.7; }
.contents strong { display: block; margin: 8mm 0; font-size: 20pt; line-height: 1.4; }
.contents p { display: flex; margin: 0; }
.contents a { color: inherit !important; text-decoration: none !important; }
.contents span { flex: 1; margin: 0 1em 0.5em; border-bottom: 1px dotted; }
"""

# Of the first printing only this is looked at; all the rest takes three times as long to print.
CHAPTERS_ONLY = ".bd-article { visibility: hidden; } h1 { visibility: visible; }"

# Put the articles of all pages into the one that is open, with addresses that are their own among
# those of all pages, below an empty table of contents; return their headings.
PUT = """async ([addresses, texts]) => {
  const articles = texts.map((text, own) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    page.head.append(Object.assign(page.createElement("base"), { href: addresses[own] }));
    const article = page.querySelector("article");
    article.querySelectorAll(".headerlink, script, button, textarea, .buttons, .elsewhere")
      .forEach((one) => one.remove());
    article.querySelectorAll("details").forEach((one) => (one.open = true));
    article.querySelectorAll("[id]").forEach((one) => (one.id = `${own}-${one.id}`));
    article.id = `${own}-`;
    for (const link of article.querySelectorAll("a[href]")) {
      const [address, place] = link.href.split("#");
      if (addresses.includes(address))
        link.href = `#${addresses.indexOf(address)}-${decodeURIComponent(place || "")}`;
      else if (address.startsWith("file:")) link.removeAttribute("href");
    }
    for (const image of article.querySelectorAll("img")) {
      image.src = image.src;
      image.loading = "eager";
    }
    for (const input of article.querySelectorAll("div.cell_input"))
      input.classList.toggle("long", input.textContent.split("\\n").length > 24);
    return article;
  });
  document.documentElement.dataset.theme = "light";
  const front = Object.assign(document.createElement("div"), { className: "bd-article contents" });
  document.querySelector("article").replaceWith(front, ...articles);
  document.head.append(Object.assign(document.createElement("style"), { id: "printed" }));
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.localName, one.textContent.trim()]);
}"""

SET = """([contents, style]) => {
  document.querySelector(".contents").innerHTML = contents;
  document.querySelector("#printed").textContent = style;
}"""


def contents(title, chapters, sheets):
    """Return the table of contents, with the sheets on which chapters begin."""
    rows = "".join(
        f'<p><a href="#{number}-">{html.escape(name)}</a><span></span>{sheet}</p>'
        for number, (name, sheet) in enumerate(zip(chapters, sheets, strict=True))
    )
    return f"<strong>{html.escape(title)}</strong>{rows}"


def beginnings(pdf):
    """Return the sheets, counted from 1, on which the chapters begin."""
    numbers = {sheet.objgen: number for number, sheet in enumerate(pdf.pages, start=1)}
    with pdf.open_outline() as outline:
        return [numbers[one.destination[0].objgen] for one in outline.root]


def in_order(bookmarks):
    """Yield bookmarks as they follow one another in the book."""
    for one in bookmarks:
        yield one
        yield from in_order(one.children)


def merge_pictures(pdf):
    """Chromium writes a picture anew for each place it paints it in: keep one of those alike."""
    kept = {}

    def first(image):
        if mask := image.get("/SMask"):
            image.SMask = first(mask)
        rest = [(key, value) for key, value in image.items() if key != "/SMask"]
        alike = (image.read_raw_bytes(), repr(rest), mask and image.SMask.objgen)
        return kept.setdefault(alike, image)

    for one in pdf.objects:
        resources = one.get("/Resources") if isinstance(one, (Dictionary, Stream)) else None
        pictures = resources.get("/XObject", {}) if resources is not None else {}
        for name, picture in list(pictures.items()):
            if picture.get("/Subtype") == "/Image":
                pictures[name] = first(picture)


def print_book(output):
    """Write the PDF; until it is complete nothing stands under its name."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(300_000)
        page.goto((BOOK / "index.html").as_uri())
        pages = ["index.html"] + page.eval_on_selector_all(
            ".bd-docs-nav a", "links => links.map((link) => link.getAttribute('href'))"
        )
        paths = [BOOK / name for name in pages]
        texts = [path.read_text("utf-8") for path in paths]
        headings = page.evaluate(PUT, [[path.as_uri() for path in paths], texts])
        title, *_ = chapters = [text for tag, text in headings if tag == "h1"]
        sheets = [100] * len(chapters)
        for style in (STYLE + CHAPTERS_ONLY, STYLE):
            page.evaluate(SET, [contents(title, chapters, sheets), style])
            printed = page.pdf(format="A4", print_background=True, outline=True, tagged=True)
            book = Pdf.open(io.BytesIO(printed))
            sheets = beginnings(book)
        browser.close()

    with book.open_outline() as outline:
        # Chromium doubles a part of a heading that it moved to the next sheet.
        for one, (_, heading) in zip(in_order(outline.root), headings, strict=True):
            one.title = heading
    merge_pictures(book)
    book.docinfo["/Title"] = title
    temporary = output.with_suffix(".tmp")
    book.save(temporary, object_stream_mode=ObjectStreamMode.generate)
    os.replace(temporary, output)
    print(f"{output}: {len(book.pages)} pages")


print_book(Path(sys.argv[1]))
