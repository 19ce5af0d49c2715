"""What readers take along, on the landing page: Sphinx extension.

The course as a ZIP file and the book as a PDF, which `make along` puts into the published book.
"""

from repository import HELP, PDF, SIZES, ZIP
from sphinx.util.docutils import SphinxDirective

FILES = (
    "**带走：** [课程的 ZIP]({base}{ZIP})（{zip} MB），解压以后就能运行；"
    "[全书的 PDF]({base}{PDF})（{pdf} MB），可以打印。"
)
NO_FILES = f"**带走：** 整个课程怎样放到自己的电脑上，见[一步一步的做法]({HELP}.md)。"


class Along(SphinxDirective):
    """What can be taken along; where the book is not published, how to get the course."""

    def run(self):
        """Return the paragraph."""
        base = self.config.html_baseurl
        sizes = {"zip": SIZES[ZIP], "pdf": SIZES[PDF]}
        text = FILES.format(base=base, ZIP=ZIP, PDF=PDF, **sizes) if base else NO_FILES
        return self.parse_text_to_nodes(text)


def setup(app):
    """Offer the directive."""
    app.add_directive("along", Along)
    return {"parallel_read_safe": True}
