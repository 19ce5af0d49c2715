"""Links from each page to where its source is kept and can be run: Sphinx extension.

The repository is the one that publishes the book, as GitHub Actions names it (GITHUB_REPOSITORY,
GITHUB_REF_NAME), so that in a fork each link leads to the fork. Without one, as on one's own
machine, there are no links to sources. BOOK_URL is the address of the published book,
AISTUDIO_PROJECT that of the course's project in AI Studio, which cannot be told from a repository.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlencode

HELP = "chapters/run-online"
# What `make along` puts into the published book, and about how many MB it has.
ZIP, PDF = "mnist-course.zip", "mnist-course.pdf"
SIZES = {ZIP: 21, PDF: 7}  # tests/test_start.py, tests/site/test_publishing.py


def set_repository(app, config):
    """Fill in what depends on where the book is built."""
    repository = os.environ.get("GITHUB_REPOSITORY")
    config.html_theme_options["repository_url"] = ""  # Jupyter Book's own is the default
    if repository:
        # A pull request's own ref is no branch; what it is to be merged into is.
        branch = os.environ.get("GITHUB_BASE_REF") or os.environ.get("GITHUB_REF_NAME") or "main"
        config.html_theme_options |= {
            "repository_url": f"https://github.com/{repository}",
            "repository_branch": branch,
            "use_repository_button": True,
            "use_source_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }
    address = os.environ.get("BOOK_URL", "").rstrip("/")
    config.html_baseurl = config.ogp_site_url = f"{address}/" if address else ""
    if config.html_baseurl:
        app.setup_extension("sphinx_sitemap")
        config.sitemap_url_scheme = "{link}"
        config.sitemap_excludes = ["search.html", "genindex.html", "404.html"]


def name_repository(app, docname, source):
    """Write the repository's address where pages need it."""
    url = app.config.html_theme_options["repository_url"]
    source[0] = source[0].replace("REPOSITORY_URL", url or "课程仓库的地址")
    source[0] = source[0].replace("<仓库的地址>", url or "<仓库的地址>")
    if base := app.config.html_baseurl:
        source[0] = source[0].replace("COURSE_ZIP", base + ZIP)
    else:
        elsewhere = f"课程的 ZIP（打开 `{url or '课程仓库的地址'}`，点 Code → Download ZIP）"
        source[0] = source[0].replace("[课程的 ZIP](COURSE_ZIP)", elsewhere)


def add_page_of_lost(app):
    """Make the page that a server shows for an address that does not exist."""
    yield "404", {"title": "没有这一页"}, "404.html"


def place_page_of_lost(app, exception):
    """Let its links, if the book's address is known, lead there from any address."""
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    path = Path(app.outdir, "404.html")
    relative = r'( (?:href|src|action|data-content_root)=")(?!\w+:|#)'
    text = re.sub(relative, rf"\g<1>{app.config.html_baseurl}", path.read_text("utf-8"))
    path.write_text(text, "utf-8")


def launch_links(app, pagename, help_page):
    """Return name and address of each place where a notebook page can be run."""
    options = app.config.html_theme_options
    binder = f"{help_page}#binder"
    if options["repository_url"]:
        repository = options["repository_url"].removeprefix("https://github.com/")
        binder = (
            f"https://mybinder.org/v2/gh/{repository}/{options['repository_branch']}"
            f"?urlpath=lab/tree/{pagename}.ipynb"
        )
    aistudio = os.environ.get("AISTUDIO_PROJECT") or f"{help_page}#ai-studio"
    return [("Binder", binder), ("AI Studio", aistudio)]


def add_launch_buttons(app, pagename, templatename, context, doctree):
    """Offer Binder and AI Studio on each notebook page."""
    if context.get("page_source_suffix") != ".ipynb":
        return
    buttons = [
        {"type": "link", "url": url, "text": name, "icon": "fas fa-play"}
        for name, url in launch_links(app, pagename, context["pathto"](HELP))
    ]
    context["header_buttons"].insert(
        0,
        {
            "type": "group",
            "tooltip": "在线运行",
            "icon": "fas fa-rocket",
            "label": "launch-buttons",
            "buttons": buttons,
        },
    )


def fill_in_problem(app, pagename, templatename, context, doctree):
    """Let the theme's button for issues open the form of a problem, with the page written in it."""
    target = app.builder.get_target_uri(pagename)
    query = urlencode({"template": "problem.yml", "where": app.config.html_baseurl + target})
    for group in context["header_buttons"]:
        for button in group.get("buttons", []):
            if button.get("label") == "source-issues-button":
                button["url"] = f"{button['url'].split('?')[0]}?{query}"


def setup(app):
    """Take effect after the theme has made its own buttons."""
    app.connect("build-finished", place_page_of_lost, priority=960)  # when all is written
    app.connect("config-inited", set_repository)
    app.connect("source-read", name_repository)
    app.connect("html-collect-pages", add_page_of_lost)
    app.connect("html-page-context", add_launch_buttons, priority=502)
    app.connect("html-page-context", fill_in_problem, priority=502)
    return {"parallel_read_safe": True}
