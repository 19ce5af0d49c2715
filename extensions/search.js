// Search in the text of the book: what is found, in which order, and where a result lands. It takes
// the place of Sphinx's query; chinese_search.py has written the text into the index, section by
// section, each block (a paragraph, a block of code) on a line of its own; a tab is before code.

const RUN = /[a-z0-9_]+|[\u4e00-\u9fff]+/g;
const BLOCK = "p, li, dt, dd, td, th, pre, h1, h2, h3, h4, summary, figcaption";

// Where a word stands in a text: a Chinese word anywhere, any other as a whole or between _ and _.
const placesOf = (word, text) => {
  const places = [];
  const goesOn = (at) => /[a-z0-9]/.test(word) && /[a-z0-9]/.test(text.charAt(at));
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    if (!goesOn(at - 1) && !goesOn(at + word.length)) places.push(at);
  return places;
};

const has = (word, text) => placesOf(word, text).length > 0;

// All words that are one slip away: another letter, one too few, one too many, two exchanged.
const slipsOf = (word) => {
  const any = /[a-z0-9_]/.test(word) ? "[a-z0-9_]" : "[\u4e00-\u9fff]";
  const forms = [];
  for (let i = 0; i <= word.length; i++) {
    const [before, one, two] = [word.slice(0, i), word.charAt(i), word.charAt(i + 1)];
    forms.push(before + any + word.slice(i + 1), before + any + word.slice(i));
    if (one) forms.push(before + word.slice(i + 1));
    if (two) forms.push(before + two + one + word.slice(i + 2));
  }
  return forms;
};

// A query as groups of words of the book: a page should have one word of each group.
const groupsOf = (query, index) => {
  const texts = index.pages.map((page) => page.text);
  const isThere = (word) => texts.some((text) => has(word, text));
  const synonyms = new Map(Object.entries(index.synonyms));
  const meant = (word) => {
    const others = synonyms.get(word) || [];
    return isThere(word) ? [word, ...others] : others;
  };
  const empty = [...synonyms.keys()].filter((word) => !synonyms.get(word).length);
  const saysNothing = new RegExp(empty.sort((one, two) => two.length - one.length).join("|"));
  const notes = [];

  const latin = (run) => {
    const all = [...new Set(texts.flatMap((text) => text.match(/[a-z0-9_]+/g)))];
    const longer = run.length > 2 && all.filter((word) => word.includes(run));
    if (longer.length) return [longer];
    const slips = new RegExp(`^(?:${slipsOf(run).join("|")})$`);
    const near = run.length > 3 && /[a-z]/.test(run)
      ? [...new Set(all.flatMap((word) => [word, ...word.split("_")]))].filter((word) => slips.test(word))
      : [];
    if (near.length) notes.push([run, near[0]]);
    return near.length ? [near] : [];
  };

  const chinese = (run) => {
    const slips = new RegExp(`^(?:${slipsOf(run).join("|")})$`);
    const near = run.length > 2 && [...index.glossary, ...synonyms.keys()].find((word) => slips.test(word));
    if (near) {
      notes.push([run, near]);
      return [meant(near)];
    }
    const parts = [];
    for (const rest of run.split(saysNothing))
      for (let at = 0, end; at < rest.length; at = end) {
        // the longest that the book has, or has another word for
        for (end = rest.length; end > at + 1; end--)
          if (synonyms.has(rest.slice(at, end)) || isThere(rest.slice(at, end))) break;
        const part = rest.slice(at, end);
        if (part.length > 2 || /^[^不]{2}$/.test(part)) parts.push(part);
      }
    if (parts.length) notes.push([run, parts.join("”“")]);
    return parts.map(meant);
  };

  const chapter = (_, number) => number.padStart(2, "0");
  const typed = query.normalize("NFKC").toLowerCase().replace(/第 *(\d+) *章/g, chapter);
  const groups = (typed.match(RUN) || []).flatMap((run) => {
    if (meant(run).length) return [meant(run)];
    if (synonyms.has(run)) return [];
    return /[a-z0-9_]/.test(run) ? latin(run) : chinese(run);
  });
  return [groups, notes];
};

// How much a text is about a word, of which it has so many: the first ones say most.
const weight = (count) => Math.log2(1 + count);

// What is found on a page: how much it is about the words, the section that is most, the line there.
const look = (page, groups) => {
  const found = groups.filter((group) => group.some((word) => has(word, page.text)));
  if (!found.length) return null;
  const words = found.flat();
  const about = (text, title) =>
    found.reduce((sum, group) => {
      const counts = group.map((word) => placesOf(word, text).length);
      const titles = group.map((word) => has(word, title) && word.length / title.length);
      return sum + weight(counts.reduce((one, two) => one + two)) + 20 * Math.max(...titles);
    }, 0);
  const groupsIn = (text) =>
    found.filter((group) => group.some((word) => has(word, text.toLowerCase()))).length;
  const headings = page.sections.slice(1).map((section) => section[1]);
  const score = about(page.text, page.title.toLowerCase()) + 3 * groupsIn(headings.join("\n"));
  const [section] = page.sections
    .map((one) => [one, 10 * groupsIn(`${one[1]}\n${one[2]}`) + 3 * groupsIn(one[1])
      + about(one[2].toLowerCase(), "")])
    .sort((one, two) => two[1] - one[1])[0];
  const lines = [section[1], ...section[2].split("\n")];
  const line = bestOf(lines, words, (one) => one, (one) => one.startsWith("\t"));
  return { page, words, groups: found.length, score, section, line };
};

// The first of some lines that has most of the words; text is better than code.
const bestOf = (lines, words, textOf, isCode) => {
  const counts = lines.map((line) => {
    const text = textOf(line).toLowerCase();
    const count = words.filter((word) => has(word, text)).length;
    return count && count - isCode(line) / 2;
  });
  return lines[counts.indexOf(Math.max(...counts))];
};

// Mark the words in an element of a page, part by part of its text.
const mark = (element, words) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode())
    if (!walker.currentNode.parentNode.closest("svg, script, style, button, select, textarea"))
      texts.push(walker.currentNode);
  for (const node of texts) {
    const text = node.data.toLowerCase();
    const places = words.flatMap((word) => placesOf(word, text).map((at) => [at, at + word.length]));
    let last = node.data.length;
    for (const [start, end] of places.sort((one, two) => two[0] - one[0])) {
      if (end > last) continue; // inside a longer one, or across it
      const marked = document.createElement("span");
      marked.className = "highlighted"; // Sphinx takes the colour away when Escape is pressed
      marked.append(node.splitText(start));
      node.after(marked);
      const rest = marked.firstChild.splitText(end - start);
      marked.after(rest);
      last = start;
    }
  }
};

const show = ({ page, words, score, section: [id, heading], line: found }) => {
  const link = document.createElement("a");
  const root = document.documentElement.dataset.content_root.replace(/^\.\//, "");
  link.href = `${root}${page.name}.html?words=${encodeURIComponent(words.join(" "))}#${id}`;
  link.dataset.score = score;
  link.textContent = heading === page.title ? page.title : `${page.title} › ${heading}`;
  const line = found.trim();
  const text = line.toLowerCase();
  const at = Math.min(...words.flatMap((word) => placesOf(word, text).slice(0, 1)));
  const before = line.slice(Math.max(0, at - 60), at).split(/[。！？]/).pop();
  const after = line.slice(at, at + 90).match(/^[^。！？]*[。！？]?/)[0];
  const summary = document.createElement("p");
  summary.className = "context";
  summary.textContent = before + after;
  mark(summary, words);
  const item = document.createElement("li");
  item.append(link, summary);
  Search.output.append(item);
};

const say = (text) => {
  const note = document.createElement("p");
  note.className = "search-note";
  note.textContent = text;
  Search.output.before(note);
};

Search.query = (query) => {
  const index = Search._index;
  index.pages.forEach((page) => {
    page.text ??= page.sections.map((section) => `${section[1]}\n${section[2]}`).join("\n").toLowerCase();
  });
  const [groups, notes] = groupsOf(query, index);
  const found = index.pages.map((page) => look(page, groups)).filter((one) => one);
  const most = Math.max(...found.map((one) => one.groups));
  const results = found.filter((one) => one.groups === most);
  results.sort((one, two) => two.score - one.score).forEach(show);
  _finishSearch(results.length);
  for (const [typed, taken] of notes) say(`书里没有“${typed}”，找的是“${taken}”。`);
  if (found.length && most < groups.length) say("没有一页有全部的词。下面的页，有的词最多。");
};

// A result leads to ?words=words#section: the words are marked there, and the line that the
// result showed is in sight, also after what comes late (formulas) has moved it.
const land = () => {
  const words = (new URLSearchParams(location.search).get("words") || "").split(" ").filter(Boolean);
  const article = document.querySelector("article");
  if (!words.length || !article) return;
  history.replaceState(null, "", location.pathname + location.hash);
  mark(article, words);
  const section = document.getElementById(location.hash.slice(1)) || article;
  const own = (element) => element.closest("section, article") === section;
  const blocks = [...section.querySelectorAll(".highlighted")]
    .filter(own)
    .map((one) => one.closest(BLOCK) || one);
  if (!blocks.length) return;
  const block = bestOf(blocks, words, (one) => one.textContent, (one) => one.matches("pre"));
  for (let part = block; part; part = part.parentElement) if (part.matches("details")) part.open = true;
  const target = block.matches(".highlighted") ? block : block.querySelector(".highlighted");
  const scroll = () => target.scrollIntoView({ block: "center", behavior: "instant" });
  const follow = new ResizeObserver(scroll);
  follow.observe(article);
  for (const event of ["wheel", "touchstart", "keydown", "pointerdown"])
    addEventListener(event, () => follow.disconnect(), { once: true, passive: true });
  addEventListener("load", scroll, { once: true });
};

land();
