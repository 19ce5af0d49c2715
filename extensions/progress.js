// What the reader typed and did, kept on this device alone, and how far that is: beside the chapters
// in the side bar and in the route of the landing page, and above that. Every page loads this; see
// extensions/in_page.py.
const notes = (() => {
  "use strict";

  const KEY = "mnist-course";
  const root = new URL(document.documentElement.dataset.content_root, location);
  let unsaved = null; // in place of what the browser does not keep
  let list = null;

  // Return what was typed, by the cell's id, and the numbers of the exercises that are done.
  function read() {
    return unsaved ?? { code: {}, done: [], ...JSON.parse(localStorage.getItem(KEY)) };
  }

  // Change the notes; return whether the browser keeps them.
  function change(edit) {
    const all = read();
    edit(all);
    const text = JSON.stringify(all);
    try {
      localStorage.setItem(KEY, text);
    } catch {} // it is full
    unsaved = localStorage.getItem(KEY) === text ? null : all;
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
    for (const link of document.querySelectorAll(".bd-docs-nav a, .route a")) {
      const [, here] = chapters.find(([page]) => new URL(page, root).pathname === link.pathname) ?? [];
      const count = here?.filter(([number]) => done.includes(number)).length;
      link.querySelector(".count")?.remove();
      if (!count) continue;
      const said = element("span", `${count}/${here.length}`, { className: "count", role: "img" });
      said.classList.toggle("all", count === here.length);
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
      place.append(element("button", "删除这台设备上的记录",
        { type: "button", className: "btn quiet", onclick: forget }));
    }
  }

  function forget() {
    if (!confirm("删除这台设备上的记录？你写的代码，和做对的练习上的勾，都会删掉。")) return;
    unsaved = null;
    localStorage.removeItem(KEY);
    show().then(() => document.getElementById("progress").focus());
  }

  addEventListener("storage", show); // another tab
  show();
  return { read, change, show, element };
})();
