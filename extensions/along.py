"""What readers take along: Sphinx extension.

On the landing page stand the course as a ZIP file and the book as a PDF, which `make along` puts
into the published book, and a button that keeps the whole book on a device, for reading without a
network: offline.js does that, and sw.js answers then. What the whole book is, is written here.
"""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

from in_page import InPage
from repository import HELP, PDF, SIZES, ZIP
from slim import remove_comments
from sphinx.util.docutils import SphinxDirective

WORKER = Path(__file__).with_name("sw.js")
FILES = (
    "**带走：** [课程的 ZIP]({base}{ZIP})（{zip} MB），解压以后就能运行；"
    "[全书的 PDF]({base}{PDF})（{pdf} MB），可以打印。"
)
NO_FILES = f"**带走：** 整个课程怎样放到自己的电脑上，见[一步一步的做法]({HELP}.md)。"
# Seen when offline.js has found that the device can keep something; over http none can.
OFFLINE = """<div id="offline" class="d-print-none" tabindex="-1">
<p role="status">读过的页留在这台设备上，没有网络也能再读。</p>
<button type="button" class="btn quiet">全书离线可读（OFFLINE_MB MB）</button>
<button type="button" class="btn quiet" hidden>删除离线的内容</button>
<script>document.getElementById("offline").hidden = !("serviceWorker" in navigator);</script>
</div>
"""


class Along(SphinxDirective):
    """What can be taken along; where the book is not published, how to get the course."""

    def run(self):
        """Return the paragraph, and what offline.js fills."""
        base = self.config.html_baseurl
        sizes = {"zip": SIZES[ZIP], "pdf": SIZES[PDF]}
        text = FILES.format(base=base, ZIP=ZIP, PDF=PDF, **sizes) if base else NO_FILES
        return [*self.parse_text_to_nodes(text), InPage(html=OFFLINE)]


def files(out, pages):
    """Yield address, digest and bytes, on the line, of each file that reading needs."""
    texts = "".join(page.read_text("utf-8") for page in pages)
    versions = dict(re.findall(r'"(?:\.\./)?(_static/[^"?]+)(\?[^"]+)"', texts))
    parts = [path for name in ("_static", "_images") for path in (out / name).rglob("*")]
    python = out / "_static" / "python"  # what python.js loads, it keeps
    for path in [*pages, out / "searchindex.js", *sorted(parts)]:
        if path.is_file() and (path.parent != python or path.suffix == ".js"):
            content, name = path.read_bytes(), path.relative_to(out).as_posix()
            size = min(len(content), len(gzip.compress(content, 6)))
            yield name + versions.get(name, ""), hashlib.sha256(content).hexdigest()[:8], size


def write(app, exception):
    """Mark each page with its edition, and list all that a reader can keep."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    shutil.copy(WORKER, out)  # from where it sees all pages
    remove_comments(out / WORKER.name)
    pages = sorted([*out.glob("*.html"), *out.glob("chapters/*.html")])
    pages.remove(out / "404.html")
    for page in pages:
        text = page.read_text("utf-8")
        edition = hashlib.sha256(text.encode()).hexdigest()[:8]
        page.write_text(text.replace("<html ", f'<html data-edition="{edition}" ', 1), "utf-8")
    found = list(files(out, pages))
    text = json.dumps(found, separators=(",", ":"))
    (out / "_static" / "offline.json").write_text(text, "utf-8")
    landing = out / f"{app.config.root_doc}.html"
    size = f"{sum(size for *_, size in found) / 1e6:.1f}"
    landing.write_text(landing.read_text("utf-8").replace("OFFLINE_MB", size), "utf-8")


def setup(app):
    """Offer the directive; write when all else is written."""
    app.add_directive("along", Along)
    app.connect("build-finished", write, priority=970)
    return {"parallel_read_safe": True}
