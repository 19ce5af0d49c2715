"""The built book, served as it will be published, in a real browser."""

import functools
import gzip
import http.server
import io
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
UNDER = "/mnist-course"
BOOK = ROOT / "_build" / "html"
PAGES = ["index.html", *sorted(f"chapters/{path.name}" for path in BOOK.glob("chapters/*.html"))]
SEARCH = "search.html?q=yield"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# Names, and keys of the keyboard, which are the same in Chinese.
NAMES = {"Ctrl", "Binder", "AI Studio", ".ipynb", ".md", ".pdf"}

# Words in Latin letters in tooltips and labels anywhere, and in text outside the article. What
# repeats a heading of the article (titles, tables of contents) is the author's, not the theme's.
LATIN = r"""
(() => {
  const found = new Set(), chinese = /[\u4e00-\u9fff]/, latin = /[a-z]{2}/i;
  const add = (words) => latin.test(words) && !chinese.test(words) && found.add(words.trim());
  for (const element of document.querySelectorAll("html, html *")) {
    for (const name of ["title", "aria-label", "aria-description", "placeholder", "alt",
                        "data-bs-title", "data-bs-original-title", "data-tooltip"])
      if (element.hasAttribute(name) && !element.matches(".reference.internal"))
        add(element.getAttribute(name));
    if (element.closest("article, head, script, style, .search, nav.page-toc, .bd-docs-nav, " +
                        ".bd-breadcrumbs, .prev-next-title")) continue;
    for (const node of element.childNodes)
      if (node.nodeType === Node.TEXT_NODE) add(node.data);
  }
  return [...found];
})()
"""


# How far anything has moved by itself since a page was opened.
MOVED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 500);
})"""

# Scripts to begin a page with: its browser forbids it to keep anything, or has no room.
FORBIDDEN = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
})"""
FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
}"""


@functools.cache
def html(name):
    """Return a page as it was built, for what needs no browser to be seen."""
    return BeautifulSoup((BOOK / name).read_bytes(), "html.parser")


# What a page opened with new_page(extra_http_headers=SLOW) asks for comes as on a poor line. A line
# slowed down by the browser itself comes to a stop once in some hundred pages, and stays there.
SLOW = {"Slow": "1"}
LATENCY, BYTES_A_SECOND = 0.05, 400_000
LINE = threading.Lock()  # one line, shared by all that a page asks for


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the book under a folder of the site."""

    def translate_path(self, path):
        """Refuse what is not under the folder."""
        inside = path.startswith(UNDER + "/")
        return super().translate_path(path.removeprefix(UNDER)) if inside else "/nowhere"

    def do_GET(self):
        """Send text compressed, as servers of static pages do."""
        path = Path(self.translate_path(self.path))
        if "Slow" in self.headers:
            time.sleep(LATENCY)
        if path.suffix not in (".html", ".css", ".js", ".svg") or not path.is_file():
            return super().do_GET()
        body = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(path)}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.copyfile(io.BytesIO(body), self.wfile)

    def copyfile(self, source, outputfile):
        """Send a file, on a slow line piece by piece."""
        if "Slow" not in self.headers:
            return super().copyfile(source, outputfile)
        while piece := source.read(16_384):
            with LINE:
                time.sleep(len(piece) / BYTES_A_SECOND)
            outputfile.write(piece)

    def end_headers(self):
        """Let a page take what the page before it has loaded, as those of a real site do."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *_):
        """Say nothing."""


@functools.cache
def compressed(path):
    """Return a file's content as it is sent."""
    return gzip.compress(path.read_bytes(), 6)


@pytest.fixture(scope="session")
def site():
    """Return the address of the book, without a slash at its end."""
    assert len(PAGES) > 14, "Build the book first: make book"
    handler = functools.partial(Handler, directory=BOOK)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{UNDER}"
        server.shutdown()


@pytest.fixture
def own_site():
    """Serve the book at an address of its own, where the network can change, wait and be lost.

    `changed` has the new content of files; while `open` is not set no answer comes; `asked` lists
    the paths. No browser takes anything for fresh.
    """
    network = SimpleNamespace(changed={}, open=threading.Event(), asked=[])
    network.open.set()

    class OwnHandler(Handler):
        def do_GET(self):
            network.asked.append(self.path)
            network.open.wait(60)
            content = network.changed.get(self.path.removeprefix(f"{UNDER}/").split("?")[0])
            if content is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(self.path))
            self.end_headers()
            self.wfile.write(content)

        def send_header(self, name, value):
            super().send_header(name, "no-cache" if name == "Cache-Control" else value)

    def start(port=0):
        handler = functools.partial(OwnHandler, directory=BOOK)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        network.address = f"http://127.0.0.1:{server.server_port}{UNDER}"

        def stop():
            server.shutdown()
            server.server_close()
            network.start = lambda: start(server.server_port)

        network.stop = stop

    start()
    yield network
    network.open.set()
    network.stop()


# What the browser keeps: the addresses in each cache.
KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys())
    found[name] = (await (await caches.open(name)).keys()).map(({ url }) => url);
  return found;
}"""


# Two pages of the address bar, which nobody sees, take longer to start than a page of ours.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    " --disable-sync --disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, which asks nobody for anything on its own."""
    here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS.split(), here]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser):
    """Open pages, with any setting of a context: new_page(color_scheme="dark").

    A page reaches this machine only; what else it asks for is listed in its `foreign`, and the
    errors of its scripts in its `errors`. Its service worker, which would stand between it and what
    a test puts in place of the network, is left out unless asked for.
    """
    contexts = []

    def new_page(**settings):
        contexts.append(browser.new_context(**{"service_workers": "block"} | settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.foreign, page.errors = [], []

        def note(request):
            if not request.url.removeprefix("blob:").startswith("http://127.0.0.1:"):
                page.foreign.append(request.url)

        page.on("request", note)
        page.on("pageerror", lambda error: page.errors.append(str(error.stack)))
        page.on("console", lambda line: line.type == "error" and page.errors.append(line.text))
        return page

    yield new_page
    for context in contexts:
        context.close()
