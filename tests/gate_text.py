"""The rules for text, in notebooks, pages and exercises; each says what breaks it."""

import re

from gate_words import RIVALS, VERSIONS

LAST = 11
HAN = "[\u4e00-\u9fff]"
PLAIN = "[\n -~，。、；：？！（）“”「」…—×÷→✓✗■]"  # what is no Chinese character
VERSION = rf"({'|'.join(VERSIONS)}) ?([\d.]*\d)(?: (?:到|to) ([\d.]*\d))?"


def words(text):
    """Return text without blocks of code, with what stands for pictures, and □ for addresses."""
    text = re.sub(r"^```{glossary}\n(.*?)^```", r"\1", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"```.*?```|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'<img [^>]*?alt="([^"]*)"[^>]*>', r"\1", text)
    return re.sub(r"<[^>]*>|\]\([^)]*\)|https?://[^\s)]+|\$[^$]*\$", "□", text)


def prose(text):
    """Return text with □ for what is no prose: code, addresses, formulas."""
    return re.sub(r"`[^`]*`", "□", words(text))


def claims(text):
    """Return text with the numbers in `code`, and without those that claim nothing.

    These are numbers of chapters and steps, of the points of a list, in headings and addresses, and
    the versions of programs.
    """
    no_claim = rf"第 ?\d+( 到 \d+)? ?[章步]|^#.*$|^ *\d+\. |练习 \d+\.\d+|大约 \d+ 分钟|{VERSION}"
    return re.sub(no_claim, "", words(text), flags=re.MULTILINE)


def numbers(text):
    """Return the set of numbers in a text, as digits alone: 50,000 and 50_000.0 are 50000."""
    return set(numbers_in_order(text))


def numbers_in_order(text):
    """Return the numbers in a text as they come."""
    found = re.findall(r"(?<![\w.\-/])\d[\d,_]*(?:\.\d+)*", text, flags=re.ASCII)
    return [re.sub(r"[,_]|\.0+$", "", number) for number in found]


def is_alternative_text(sentence):
    """Say whether it can stand for a picture: a sentence in Chinese, not the name of a file."""
    return len(re.findall(HAN, sentence)) >= 8 and not re.search(r"/|\.(svg|png)", sentence)


def pictures_have_words(text):
    """Find pictures of Markdown and HTML whose alternative text says nothing."""
    for found in re.findall(r'!\[([^\]]*)\]|<img [^>]*?alt="([^"]*)"', text):
        if not is_alternative_text("".join(found)):
            yield f"a picture has no alternative text, but {''.join(found)!r}"
    if len(re.findall("<img ", text)) != len(re.findall('<img [^>]*?alt="', text)):
        yield "a picture has no alternative text"


def paragraphs(text):
    """Return the paragraphs and points of lists, without blocks of code."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.split(r"\n\s*\n|\n(?= *(?:-|\d+\.) )", text)


def shows_its_marks(text):
    """Find marks that a page would show as they stand, for they have no partner or touch a word."""
    for paragraph in paragraphs(text):
        bare = re.sub(r"`[^`\n]+`", "（）", paragraph)  # which is no word either
        if "`" in bare:
            yield f"` without another in {paragraph[:40]!r}"
        pieces = bare.split("**")
        if len(pieces) % 2 == 0:
            yield f"** without another in {paragraph[:40]!r}"
        for before, bold, after in zip(pieces[::2], pieces[1::2], pieces[2::2], strict=False):
            opens = re.search(r"\w$", before) and re.match(r"\W", bold)
            if opens or re.search(r"\W$", bold) and re.match(r"\w", after):
                yield f"** that touches a word beside {bold!r}: leave a blank"
        link = rf"\[[^],[]*{HAN}[^],[]*\](?!\([^)])"
        for found in re.findall(rf"^#+[^# \n].*|^##? .*[。，；：]$|{link}", bare, re.MULTILINE):
            yield f"no heading, or no link: {found!r}"


def ends_its_paragraphs(text):
    """Find a paragraph, or a point of a list, that breaks off; links may end one."""
    for paragraph in map(str.strip, paragraphs(text)):
        is_text = len(re.findall(HAN, paragraph)) > 3 and paragraph[0] not in "#|<($!"
        if is_text and not re.search(r"[。：；！？”）]\**$|\]\([^)]*\)$", paragraph):
            yield f"no end: {paragraph[-30:]!r}"


def has_the_characters_of_the_book(text):
    """Find traditional and unseen characters, and wide digits, which no search finds."""
    for one in sorted(set(re.sub(PLAIN, "", text))):
        if not (re.match(HAN, one) and one.encode("gb2312", "ignore")):
            yield f"a character that no other page has: {one!r}"


def counts_its_lists(text):
    """Find a list of fewer or more points than the words before it say."""
    point = r"(?:-|\d+\.) .*\n(?: .*\n|\n(?= ))*\n?"
    number = "[二两三四五六七八九]"
    said = rf"({number})(?:件事|种|个新词|条|步)[^，。：\n]{{0,6}}：\n\n((?:{point})+)"
    for word, points in re.findall(said, text + "\n"):
        count = len(re.findall(r"^(?:-|\d+\.) ", points, re.MULTILINE))
        if count != "零一二三四五六七八九".index(word.replace("两", "二")):
            yield f"{word} is said of {count} points"


def names_no_place_of_a_machine(text):
    """Find paths of somebody's machine; /home/me/ is an example."""
    place = r"(?<![\w.])/(?!home/me/)(work|root|tmp|home|mnt|opt|var|media|Users)/\S*|[A-Z]:\\\S*"
    if place := re.search(place, text):
        yield f"a path of a machine: {place[0]!r}"


def is_in_chinese(text):
    """Find paragraphs and sentences in another language, but for error messages and titles."""
    text = re.sub(r"^#.*$|(?<!\*)\*[^*\n]+\*(?!\*)", "", prose(text), flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", text):
        latin = re.search(r"[A-Za-z]+(?:[ ,]+[A-Za-z]+){4,}", paragraph)
        if not re.search(HAN, paragraph) and re.search(r"[A-Za-z]{2} [a-z]{2}", paragraph):
            yield f"no Chinese in {paragraph.strip()[:40]!r}"
        elif latin:
            yield f"a sentence that is not Chinese: {latin[0]!r}"


def speaks_as_the_glossary(text):
    """Find words for which the glossary has another."""
    for word, ours in RIVALS.items():
        if word in text:
            yield f"the glossary has {ours} for {word}"


def says_nothing_twice(text):
    """Find what a merge or a tired hand left: its marks, and words that stand twice."""
    if found := re.search("^(<{7}|={7}|>{7}).*", text, flags=re.MULTILINE):
        yield f"what a merge left: {found[0]!r}"
    if found := re.search(rf"([的了是在和有到也]|(?![一来]){HAN}{{2,}})\1", prose(text)):
        yield f"twice: {found[0]!r}"


def is_set_as_elsewhere(text):
    """Find spaces and punctuation that are not those of the other pages."""
    if found := re.search(r" +$", text, flags=re.MULTILINE):
        line = text[: found.start()].rpartition("\n")[2]
        yield f"blanks at the end of {line[:30]!r}"
    text = prose(text)
    if found := re.search(rf".?{HAN}[A-Za-z0-9].?|.?[A-Za-z0-9]{HAN}.?", text):
        yield f"no space between Chinese and Latin in {found[0]!r}"
    latin = rf"{HAN}[,;:?!].?|{HAN}\.(?![a-z])|{HAN}[\"']|[\"']{HAN}|\([^()\n]*{HAN}[^()\n]*\)"
    if found := re.search(rf"{latin}| [，。；：？！、].?|[，。；：？、]{{2}}", text):
        yield f"punctuation in {found[0]!r}"
    if found := re.search(rf"(?:{HAN}|[，。；：])\n{HAN}", text):
        yield f"a line ends inside a paragraph at {found[0]!r}"


def counts_in_digits(text):
    """Find measures in words, which no rule could compare with what a cell prints."""
    number = "(?<![几十百])[一两二三四五六七八九十百]"
    for found in re.findall(rf"{number}+ ?(?:倍|成(?![一了为功绩熟立])|分之[^几])", prose(text)):
        yield f"write it in digits, as a cell prints them: {found!r}"


def names_chapters_that_exist(text):
    """Find chapters beyond the last, and links to another chapter than they say."""
    for number in re.findall(r"第 ?(\d+) ?章", text):
        if int(number) > LAST:
            yield f"there is no chapter {number}"
    for number, address in re.findall(r"\[第 (\d+) 章[^]]*\]\((?:chapters/)?([^)]*)\)", text):
        if not address.startswith(f"{number}-"):
            yield f"the link of chapter {number} leads to {address}"


def names_versions_that_we_know(text):
    """Find versions of programs other than those that the book is about."""
    for name, *found in re.findall(VERSION, words(text)):
        for version in set(found) - VERSIONS[name] - {""}:
            yield f"{name} {version}: expected one of {sorted(VERSIONS[name])}"


RULES = [
    pictures_have_words,
    shows_its_marks,
    ends_its_paragraphs,
    has_the_characters_of_the_book,
    counts_its_lists,
    names_no_place_of_a_machine,
    is_in_chinese,
    speaks_as_the_glossary,
    says_nothing_twice,
    is_set_as_elsewhere,
    counts_in_digits,
    names_chapters_that_exist,
    names_versions_that_we_know,
]
