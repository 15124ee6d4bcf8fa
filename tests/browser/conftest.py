"""The built book on a port of this machine, and Chromium to read it with."""

import shutil
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, sync_playwright
from site_files import SITE

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # a container has no user namespaces to build one from
]
MOST_OPEN = 30  # pages; one takes about a hundred megabytes
# Formulas and widgets arrive after the page has loaded.
FINISHED = """async () => {
    await window.MathJax?.startup?.promise;
    const views = 'script[type="application/vnd.jupyter.widget-view+json"]';
    for (let turn = 0; turn < 100; turn++) {
        const wanted = document.querySelectorAll(views).length;
        if (document.querySelectorAll(".widget-subarea > .jupyter-widgets").length >= wanted) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await document.fonts.ready;
}"""


@dataclass
class Visit:
    """An open page, what it complained of while it loaded, and which other hosts it called."""

    page: Page
    errors: list = field(default_factory=list)
    external: list = field(default_factory=list)

    def keep_error(self, line):
        """Note what the page wrote to its console as an error."""
        if line.type == "error":
            self.errors.append(f"console: {line.text} ({line.location['url']})")

    def keep_failure(self, server, request):
        """Note a file of the book that did not arrive."""
        if request.url.startswith(server):
            self.errors.append(f"no answer: {request.url}")

    def keep_external(self, server, request):
        """Note a request that leaves this machine."""
        if not request.url.startswith((server, "data:", "blob:")):
            self.external.append(request.url)


def page_of(item):
    """The page that a test reads; empty for a test of several."""
    return item.callspec.params.get("path", "") if hasattr(item, "callspec") else ""


def pytest_collection_modifyitems(items):
    """Mark everything in this folder as reading the built book, and read it page by page."""
    readers = [item for item in items if "browser" in item.path.parts]
    for item in readers:
        item.add_marker(pytest.mark.browser)
    readers.sort(key=lambda item: (item.path, page_of(item)))
    items[:] = [item for item in items if "browser" not in item.path.parts] + readers


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a line on the terminal for each."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="session")
def server():
    """Address of the built book."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"{SITE} holds no book; build it with `make book`", pytrace=False)
    handler = partial(QuietHandler, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(scope="session")
def browser():
    """The Chromium of this machine."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no Chromium on this machine: looked for {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def visit(server, browser):
    """Function that opens a page of the book, and waits until it is all there.

    The latest pages stay open for the tests that follow; all of them would fill the memory.
    """
    opened = {}

    def visit(path, theme="light", width=1280):
        key = path, theme, width
        if key not in opened:
            if len(opened) == MOST_OPEN:
                opened.pop(next(iter(opened))).page.context.close()
            opened[key] = open_page(path, theme, width)
        return opened[key]

    def open_page(path, theme, width):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            permissions=["clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
        )
        page = context.new_page()
        seen = Visit(page)
        page.on("pageerror", lambda error: seen.errors.append(f"script: {error}"))
        page.on("console", seen.keep_error)
        page.on("request", lambda request: seen.keep_external(server, request))
        page.on("requestfailed", lambda request: seen.keep_failure(server, request))
        page.goto(f"{server}/{path}")
        page.evaluate(FINISHED)
        # What the tests do to the page afterwards is no fault of its own.
        return Visit(page, [*seen.errors], [*seen.external])

    return visit
