"""Pages load what they need, and do not move while they load: Sphinx extension.

After the build, the theme's icon fonts (300 KB) keep the icons that the book uses, the style sheets
become one, which keeps the rules that the book can use, files that nothing refers to are removed,
and each picture's size is written beside its address, so that the browser keeps its place free. Our
own scripts and style sheets lose their comments. The theme's half megabyte of icons in JavaScript,
which its icon fonts make needless, is left out by templates/static/webpack-macros.html.
"""

import hashlib
import logging
import re
from pathlib import Path

import imagesize
import tinycss2
from fontTools import subset

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells of each table


def set_sizes(page):
    """Give each picture on a page its width and height, and a link to it, for site.js."""

    def with_size(match):
        width, height = imagesize.get(page.parent / match["source"])
        if width < 1:
            raise ValueError(f"{page}: the size of {match['source']} cannot be found in it")
        image = f'<img loading="lazy" width="{width:.0f}" height="{height:.0f}"{match["rest"]}'
        if match["link"]:  # by Sphinx, where an author gave a width
            return match["link"] + image
        if "_images/" not in match["source"]:
            return image
        return f'<a class="image-reference" href="{match["source"]}">{image}</a>'

    text = page.read_text("utf-8")
    link = r'(?P<link><a class="[^"]*image-reference"[^>]*>)?'
    image = r'<img(?P<rest>[^>]* src="(?P<source>[^":]+)"[^>]*>)'
    page.write_text(re.sub(link + image, with_size, text), "utf-8")


def defer_scripts(out, page):
    """Let a page appear before its scripts come; what they all read first stands in the page."""
    options = (out / "_static" / "documentation_options.js").read_text("utf-8")
    text = page.read_text("utf-8")
    text = re.sub(
        r'<script src="[^"]*documentation_options\.js[^"]*">', lambda _: f"<script>{options}", text
    )
    page.write_text(text.replace("<script src=", "<script defer src="), "utf-8")


def keep_used_icons(static, pages):
    """Cut icon fonts and their style sheet down to the icons that pages and the theme use."""
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    used = {name for page in pages for name in re.findall(r"fa-[a-z-]+", page.read_text("utf-8"))}
    styles = sheet.read_text("utf-8")
    icons = "".join(re.findall(r'--pst-icon-[a-z-]+: ?"(.)"', styles))

    def keep_used(rule):
        nonlocal icons
        if used.isdisjoint(re.findall(r"fa-[a-z-]+", rule["names"])):
            return ""
        icons += chr(int(rule["code"], 16))
        return rule[0]

    rule = r'(?P<names>(?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"\\(?P<code>\w+)"\}'
    sheet.write_text(re.sub(rule, keep_used, styles), "utf-8")
    for path in static.rglob("fa-*.woff2"):
        options = subset.Options(flavor="woff2", notdef_outline=True)
        font = subset.load_font(path, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=icons)
        subsetter.subset(font)
        subset.save_font(font, path, options)
        font.close()


SHEET = re.compile(
    r'\s*<link(?=[^>]* rel="stylesheet")[^>]* href="(?:\.\./)?(_static/[^"?]+)[^>]*>'
)


def join_styles(out, pages):
    """Put the style sheets that all pages have into one, and the rules that no page can use out."""
    texts = {page: page.read_text("utf-8") for page in pages}
    lists = [SHEET.findall(text) for text in texts.values()]
    common = [name for name in lists[0] if all(name in one for one in lists)]
    scripts = [path.read_text("utf-8") for path in (out / "_static").rglob("*.js")]
    for text in texts.values():
        scripts += re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        scripts += re.findall(r'(?:class|id)="([^"]*)"', text)
    # A script can give any of its words to an element as a class.
    words = set(re.findall(r"[\w-]+", " ".join(scripts)))

    text = "\n".join((out / name).read_text("utf-8") for name in common)
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    joined = used_rules(rules, words).encode()
    (out / "_static" / "styles" / "book.css").write_bytes(joined)
    version = hashlib.sha256(joined).hexdigest()[:8]
    for page, text in texts.items():
        places = [match for match in SHEET.finditer(text) if match[1] in common]
        first = places[0].start()
        root = "" if page.parent == out else "../"
        for match in reversed(places):
            text = text[: match.start()] + text[match.end() :]
        link = f'<link rel="stylesheet" href="{root}_static/styles/book.css?v={version}">'
        page.write_text(f"{text[:first]}\n  {link}{text[first:]}", "utf-8")


def used_rules(rules, words):
    """Return rules as text, without selectors of a class or an address that is none of `words`."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            used = [one.strip() for one in split(rule.prelude) if is_used(one, words)]
            if used:
                kept.append(f"{','.join(used)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if text := used_rules(inner, words):
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}")
        else:
            kept.append(rule.serialize())
    return "\n".join(kept)


def split(prelude):
    """Yield the selectors of a rule as text."""
    start = 0
    for place, token in enumerate([*prelude, ","]):
        if token == ",":
            yield tinycss2.serialize(prelude[start:place])
            start = place + 1


def is_used(selector, words):
    """Return whether an element with all classes of a selector, but for :not(...), can be there."""
    selector = re.sub(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)|\[[^]]*\]", "", selector)
    return words.issuperset(re.findall(r"[.#](-?[a-zA-Z_][\w-]*)", selector))


def remove_unused(static, pages):
    """Remove the files that no page needs, nor any style sheet or script that a page needs."""
    left, read = {path for path in static.rglob("*") if path.is_file()}, list(pages)
    while read:
        text = read.pop().read_text("utf-8")
        # .map is for those who mend the theme, .ttf for browsers older than WOFF2
        needed = {p for p in left if p.name in text and p.suffix not in (".map", ".ttf")}
        left -= needed
        read += [path for path in needed if path.suffix in (".css", ".js")]
    for path in left:
        path.unlink()


def remove_comments(path):
    """Remove the comments and the indentation of a script or style sheet of ours."""
    text = re.sub(r"^\s*(//.*\n)?", "", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL), "utf-8")


def at_end(app, exception):
    """Slim the book that was just built."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = [*out.glob("*.html"), *out.glob("chapters/*.html")]
    for page in pages:
        set_sizes(page)
        defer_scripts(out, page)
    keep_used_icons(out / "_static", pages)
    for name in app.config.html_static_path:
        if name.endswith((".css", ".js")):
            remove_comments(out / "_static" / Path(name).name)
    join_styles(out, pages)
    remove_unused(out / "_static", pages)


def setup(app):
    """Run after everything has been written and copied."""
    app.connect("build-finished", at_end, priority=900)
    return {"parallel_read_safe": True}
