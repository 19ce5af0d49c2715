"""The built book, served as it will be published, in a real browser."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
UNDER = "/mnist-course"
BOOK = ROOT / "_build" / "html"
PAGES = ["index.html", *sorted(f"chapters/{path.name}" for path in BOOK.glob("chapters/*.html"))]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the book under a folder of the site."""

    def translate_path(self, path):
        """Refuse what is not under the folder."""
        return super().translate_path(path.removeprefix(UNDER) if path.startswith(UNDER) else "?")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def site():
    """Return the address of the book, without a slash at its end."""
    assert len(PAGES) > 14, "Build the book first: make book"
    handler = functools.partial(Handler, directory=BOOK)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{UNDER}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, which asks nobody for anything on its own."""
    arguments = """--no-sandbox --disable-gpu --disable-background-networking
        --disable-component-update --disable-sync"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=arguments.split()
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser):
    """Open pages, with any setting of a context: new_page(color_scheme="dark").

    A page reaches this machine only; what else it asks for is listed in its `foreign`, and the
    errors of its scripts in its `errors`.
    """
    contexts = []

    def new_page(**settings):
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.foreign, page.errors = [], []

        def local_only(route):
            if route.request.url.startswith("http://127.0.0.1:"):
                route.continue_()
            else:
                page.foreign.append(route.request.url)
                route.abort()

        page.route("**/*", local_only)
        page.on("pageerror", lambda error: page.errors.append(str(error.stack)))
        return page

    yield new_page
    for context in contexts:
        context.close()
