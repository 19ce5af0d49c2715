// Cells that run in the page: an editor, buttons, what is printed. extensions/in_page.py puts the
// buttons there; python/*.js, which runs Python, is loaded when the first of them is pressed.
(() => {
  "use strict";

  const { element } = notes;
  const here = new URL("python/", document.currentScript.src);
  const cells = new Map(); // by the cell's id
  let turn = Promise.resolve(); // when all runs that were asked for before are over

  for (const node of document.querySelectorAll(".cell.in-page")) cells.set(node.id, setUp(node));
  document.querySelector("article").append(element("div",
    "Tab 缩进，Shift+Tab 取消缩进，Shift+Enter 运行。先按 Esc，再按 Tab，就离开编辑框。",
    { id: "editor-keys", hidden: true }));

  function setUp(node) {
    const find = (selector) => node.querySelector(selector);
    const cell = {
      node, find,
      given: find(".cell_input pre").textContent.trimEnd(),
      number: find(".edit") ? null : heading(node).textContent.match(/练习 (.+?)：/)[1],
      area: element("textarea", "", {
        wrap: "off", spellcheck: false, autocapitalize: "off", autocomplete: "off",
      }),
      hint: element("div", "", { className: "hint", role: "status" }),
      loading: element("div", "", { className: "loading", hidden: true }),
      said: element("div", "", { className: "said" }),
      output: element("samp", ""),
      shown: element("div", ""),
      plots: [],
      busy: false,
    };
    const { area } = cell;
    area.setAttribute("autocorrect", "off");
    area.setAttribute("aria-label", cell.number ? `练习 ${cell.number} 的代码` : "这个单元格的代码");
    area.setAttribute("aria-describedby", "editor-keys");
    const status = element("div", "", { role: "status" });
    status.append(cell.said, cell.output, cell.shown);
    const live = element("div", "", { className: "live" });
    live.append(status, cell.loading);
    find(".cell_input").append(area);
    find(".buttons").before(cell.hint);
    find(".buttons").after(live);

    const typed = notes.read().code[node.id];
    fill(cell, typed ?? cell.given);
    if (cell.number || typed !== undefined) node.classList.add("editing");
    if (notes.read().done.includes(cell.number)) tick(cell);

    area.addEventListener("input", (event) => event.isComposing || changed(cell));
    area.addEventListener("compositionend", () => changed(cell));
    area.addEventListener("beforeinput", (event) => comfort(event, area));
    area.addEventListener("keydown", (event) => press(event, cell));
    area.addEventListener("blur", () => (area.leaving = false));
    find(".run").onclick = () => run(cell);
    find(".stop").onclick = () => stop(cell);
    find(".restore").onclick = () => restore(cell);
    if (find(".edit")) {
      find(".edit").onclick = () => {
        node.classList.add("editing");
        area.setSelectionRange(0, 0);
        area.focus();
      };
    }
    return cell;
  }

  function heading(node) {
    return node.closest("section").querySelector("h3");
  }

  // ---- The editor

  function fill(cell, text) {
    cell.area.value = text;
    cell.area.style.setProperty("--lines", text.split("\n").length);
    cell.find(".restore").hidden = cell.number && text === cell.given;
    cell.hint.textContent = fullWidth(text);
  }

  function changed(cell) {
    const { node, area, given } = cell;
    fill(cell, area.value);
    const kept = notes.change(({ code }) => {
      if (area.value === given) delete code[node.id];
      else code[node.id] = area.value;
    });
    if (!kept) cell.hint.append("浏览器不让这个网页保存东西：关掉这一页，你写的就没有了。");
  }

  function restore(cell) {
    if (cell.area.value !== cell.given && !confirm("恢复原来的代码？你写的会删掉。")) return;
    cell.area.value = cell.given;
    changed(cell);
    cell.node.classList.remove("ran");
    for (const part of [cell.said, cell.output, cell.shown]) part.replaceChildren();
    if (cell.number) cell.area.focus();
    else {
      cell.node.classList.remove("editing");
      cell.find(".edit").focus();
    }
  }

  // A Chinese keyboard types these; Python knows them in strings and comments only.
  function fullWidth(text) {
    const code = text.replace(/("""|''')[^]*?\1|(["'])(?:\\.|(?!\2)[^\\\n])*\2|#.*/g,
      (quoted) => quoted.replace(/[^\n]/g, " "));
    const at = code.search(/[（）［］【】｛｝：；，。、“”‘’＝＋－＊／％＜＞！　]/);
    if (at < 0) return "";
    const line = code.slice(0, at).split("\n").length;
    return `第 ${line} 行有中文的“${code[at]}”：Python 只认英文的标点，换成英文输入法再打一次。`;
  }

  // Take the place of what is selected; only so can it be undone.
  function insert(text) {
    document.execCommand(text ? "insertText" : "delete", false, text);
  }

  // A new line begins below the one before it, and a level of indentation is deleted at once.
  function comfort(event, area) {
    if (event.isComposing || area.selectionStart !== area.selectionEnd) return;
    const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
    if (event.inputType === "insertLineBreak") {
      event.preventDefault();
      insert(`\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? "    " : ""}`);
    } else if (event.inputType === "deleteContentBackward" && /^( {4})+$/.test(line)) {
      event.preventDefault();
      area.setSelectionRange(area.selectionStart - 4, area.selectionStart);
      insert("");
    }
  }

  function press(event, cell) {
    const { area } = cell;
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run(cell);
    } else if (event.key === "Tab" && !area.leaving) {
      event.preventDefault();
      indent(area, event.shiftKey);
    }
    if (event.key !== "Tab" && event.key !== "Shift") area.leaving = event.key === "Escape";
  }

  function indent(area, back) {
    const { value, selectionStart: start, selectionEnd: end } = area;
    if (!back && start === end) return insert("    ");
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(from, end);
    area.setSelectionRange(from, end);
    insert(back ? lines.replace(/^ {1,4}/gm, "") : lines.replace(/^(?=.)/gm, "    "));
    if (start !== end) area.setSelectionRange(from, area.selectionEnd);
  }

  // ---- Running

  let engine = null, tries = 0;

  async function load() {
    const query = tries ? `?${tries}` : ""; // a failed one is remembered by browsers
    engine ??= Promise.all(["cell", "python"].map((name) => import(`${here}${name}.js${query}`)))
      .catch(() => {
        tries += 1;
        engine = null;
      });
    return engine;
  }

  function run(cell) {
    if (cell.busy) return;
    cell.busy = true;
    cell.stopped = false;
    cell.plots = [];
    cell.node.classList.add("busy");
    cell.find(".run").ariaDisabled = "true";
    cell.find(".stop").hidden = false;
    cell.said.textContent = "正在运行…";
    turn = turn.then(() => work(cell)).then((result) => finish(cell, result));
  }

  async function work(cell) {
    const loaded = !cell.stopped && await load();
    if (cell.stopped) return { status: "stopped", text: "" };
    if (!loaded) return { status: "failed", text: "Python 没有装好：网络可能断了。可以再按一次“运行”。" };
    const [{ runCell }, python] = loaded;
    return runCell(cell, needed(cell).map((id) => cells.get(id)), python);
  }

  function needed(cell) {
    return cell.find(".buttons").dataset.needs.split(" ").filter(Boolean);
  }

  function stop(cell) {
    cell.stopped = true;
    cell.python?.stop();
  }

  function finish(cell, { status, text = "", asks }) {
    const { node, find, number, plots } = cell;
    const before = needed(cell).length;
    const said = before ? [`先运行了本章前面的 ${before} 个单元格。`] : [];
    if (status === "stopped") said.push("停下了。");
    else if (!text && !plots.length) said.push("运行完了，没有输出。");
    cell.busy = false;
    cell.python = null;
    cell.loading.hidden = true;
    cell.said.textContent = asks || said.join("");
    find(".run").textContent = asks ? "装入，再运行" : "运行";
    node.classList.remove("busy");
    if (!asks) {
      cell.output.replaceChildren(text);
      cell.shown.replaceChildren(...plots);
      node.classList.add("ran");
    }
    if (document.activeElement === find(".stop")) find(".run").focus();
    find(".stop").hidden = true;
    find(".run").ariaDisabled = null;
    if (number && text.includes(`练习 ${number}：对了。`)) {
      tick(cell);
      notes.change(({ done }) => done.includes(number) || done.push(number));
      notes.show();
    }
  }

  function tick(cell) {
    const place = heading(cell.node);
    if (place.querySelector(".done")) return;
    const mark = element("span", "✓", { className: "done", role: "img", ariaLabel: "做对了" });
    place.querySelector(".headerlink").before(mark);
  }
})();
