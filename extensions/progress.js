// What the reader typed and did, kept on this device alone, and how far that is: beside the chapters
// in the side bar, and on the landing page. Every page loads this; see extensions/in_page.py.
const notes = (() => {
  "use strict";

  const KEY = "mnist-course";
  const NOTHING = { code: {}, done: [] }; // cell: what was typed; numbers of exercises
  const root = new URL(document.documentElement.dataset.content_root, location);
  let unsaved = null; // in place of what the browser does not keep
  let list = null;

  function read() {
    try {
      return unsaved ?? { ...NOTHING, ...JSON.parse(localStorage.getItem(KEY)) };
    } catch {
      return structuredClone(NOTHING);
    }
  }

  // Change the notes; return whether the browser keeps them.
  function change(edit) {
    const all = structuredClone(read());
    edit(all);
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      unsaved = null;
    } catch {
      unsaved = all;
    }
    show();
    return !unsaved;
  }

  function element(name, text, more) {
    return Object.assign(document.createElement(name), { textContent: text }, more);
  }

  // Only one who has done something, or is on the landing page, loads the list of exercises.
  async function show() {
    const place = document.getElementById("progress");
    if (!place && !read().done.length) return;
    list ??= fetch(new URL("_static/exercises.json", root)).then((response) => response.json());
    let chapters;
    try {
      chapters = await list;
    } catch {
      return; // the book as files, or no network
    }
    const { code, done } = read();
    const all = chapters.flatMap(([page, here]) => here.map((one) => [page, ...one]));
    const undone = all.filter(([, number]) => !done.includes(number));
    for (const link of document.querySelectorAll(".bd-docs-nav a")) {
      const [, here] = chapters.find(([page]) => new URL(page, root).pathname === link.pathname) ?? [];
      const count = here?.filter(([number]) => done.includes(number)).length;
      link.querySelector(".count")?.remove();
      if (!count) continue;
      const said = element("span", `${count}/${here.length}`, { className: "count", role: "img" });
      said.ariaLabel = `练习做对了 ${count} 道，共 ${here.length} 道`;
      link.append(said);
    }
    if (!place) return;
    const [page, , id, heading] = undone[0] ?? [];
    const right = all.length - undone.length;
    const words = [
      `网页里能做的练习有 ${all.length} 道`,
      right ? `，你做对了 ${right} 道。` : "：写好，按“运行”，就知道对不对。",
    ];
    if (page) {
      words.push(right ? "接着做：" : "从这里开始：");
      words.push(element("a", heading, { href: `${new URL(page, root)}#${id}` }), "。");
    }
    place.replaceChildren(element("p", ""));
    place.firstChild.append(...words);
    if (done.length || Object.keys(code).length) {
      const button = element("button", "删除这台设备上的记录", { type: "button", onclick: forget });
      place.append(button);
    }
  }

  function forget() {
    if (!confirm("删除这台设备上的记录？你写的代码，和做对的练习上的勾，都会删掉。")) return;
    unsaved = null;
    try {
      localStorage.removeItem(KEY);
    } catch {} // then there is none
    show().then(() => document.getElementById("progress").focus());
  }

  addEventListener("storage", show); // another tab
  show();
  return { read, change, element };
})();
