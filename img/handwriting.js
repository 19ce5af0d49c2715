// The canvas of chapter 11 and, smaller, of the landing page: the reader writes a digit, and sees
// what a network makes of it without and with data processing. It takes the place of
// img/handwriting.svg (tools/draw_handwriting.py makes it). The networks are in handwriting.bin
// (tools/export_weights.py makes it); prepare() is that of mnist_course/handwriting.py. Where the
// tag of this script has data-save, the reader can also keep digits and choose the network.
(() => {
  "use strict";

  const SIDE = 280, PEN = 16; // of the paper, in pixels
  const EDGE = 28; // of an image of MNIST
  const WAYS = ["直接缩小", "先处理"];
  const NETWORKS = [[784, 64, 10], [784, 10]]; // in the order of the file; the first one is shown first
  const BYTES = 59328;

  // Ten digits for those who cannot draw: lines in a square of 100, and where it lies on the paper.
  const EXAMPLES = [
    { lines: "M50 5C15 5 15 95 50 95S85 5 50 5z", x: 100, y: 15, size: 140 },
    { lines: "M52 5L48 95", x: 15, y: 100, size: 140 },
    { lines: "M20 28C22 -4 80 -2 75 30C72 52 30 72 18 95H84", x: 70, y: 100, size: 160 },
    { lines: "M20 14C50 -6 82 8 76 28C72 44 52 47 44 48C76 46 86 66 76 82C62 102 30 98 16 84", x: 15, y: 70, size: 160 },
    { lines: "M28 6L22 54H80M70 6L64 96", x: 40, y: 100, size: 140 },
    { lines: "M80 8H36L28 46C60 34 86 52 78 76C70 100 36 98 18 86", x: 100, y: 40, size: 160 },
    { lines: "M68 5C36 20 20 52 25 74C32 104 80 100 75 72C70 48 36 52 26 74", x: 100, y: 70, size: 140 },
    { lines: "M18 12H82L46 95", x: 40, y: 100, size: 160 },
    { lines: "M72 20C60 -6 24 4 30 24C36 46 74 54 72 78C68 102 24 100 27 75C30 56 76 42 72 20", x: 15, y: 40, size: 140 },
    { lines: "M74 30C66 -2 24 4 25 30C26 58 66 56 74 28C74 54 70 76 64 96", x: 15, y: 15, size: 160 },
  ];

  const FIRST = 3; // that the page begins with

  // --- Data processing. Ink is { values, width, height }: 0 is paper, 1 is ink, row by row.

  // Average ink over the parts of a box, in so many columns and rows.
  function average({ values, width }, { left, top, right, bottom }, columns, rows) {
    const across = shares(left, right, columns), down = shares(top, bottom, rows);
    const result = new Float64Array(columns * rows);
    down.forEach((share, row) => {
      const line = new Float64Array(width);
      for (const [y, part] of share) {
        for (let x = left; x < right; x++) line[x] += part * values[y * width + x];
      }
      across.forEach((share, column) => {
        for (const [x, part] of share) result[row * columns + column] += part * line[x];
      });
    });
    return result;
  }

  // Divide the pixels from `from` to `to` into so many equal parts: of each, a list of
  // [pixel, its share of the part].
  function shares(from, to, count) {
    const length = (to - from) / count;
    return Array.from({ length: count }, (_, k) => {
      const start = from + k * length, end = start + length, list = [];
      for (let pixel = Math.floor(start); pixel < Math.min(to, end); pixel++) {
        const inside = Math.min(end, pixel + 1) - Math.max(start, pixel);
        if (inside > 0) list.push([pixel, inside / length]);
      }
      return list;
    });
  }

  const grey = (value) => Math.floor(255 * value + 0.5) / 256;

  function shrink(ink) {
    const whole = { left: 0, top: 0, right: ink.width, bottom: ink.height };
    return Float32Array.from(average(ink, whole, EDGE, EDGE), grey);
  }

  // Cut the digit out, scale it to fit 20 x 20, put its centre of mass in the middle of 28 x 28.
  function prepare(ink) {
    const box = boxOf(ink), sides = [box.right - box.left, box.bottom - box.top];
    const longer = Math.max(...sides);
    const [columns, rows] = sides.map((side) => Math.max(1, Math.floor((20 * side) / longer + 0.5)));
    const digit = average(ink, box, columns, rows), darkest = Math.max(...digit);
    let mass = 0, x = 0, y = 0;
    digit.forEach((value, i) => {
      mass += value;
      x += value * (i % columns);
      y += value * Math.floor(i / columns);
    });
    const left = placeOf(x / mass, columns), top = placeOf(y / mass, rows);
    const image = new Float32Array(EDGE * EDGE);
    digit.forEach((value, i) => {
      image[(top + Math.floor(i / columns)) * EDGE + left + (i % columns)] = grey(value / darkest);
    });
    return image;
  }

  // Return where so many pixels with this centre begin, the last term being for rounding errors.
  function placeOf(centre, count) {
    return Math.min(EDGE - count, Math.max(0, Math.ceil(13.5 - centre - 1e-9)));
  }

  // Return the smallest box around the ink, if there is any.
  function boxOf({ values, width, height }) {
    let left = width, right = 0, top = height, bottom = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!values[y * width + x]) continue;
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = y + 1;
      }
    }
    return right ? { left, right, top, bottom } : undefined;
  }

  // --- The networks: fully connected layers, with ReLU between them.

  function unpack(buffer) {
    if (buffer.byteLength !== BYTES) throw new Error(`expected ${BYTES} bytes`);
    let at = 0;
    const take = (Type, count) => {
      const array = new Type(buffer, at, count);
      at += array.byteLength;
      return array;
    };
    const networks = NETWORKS.map((sizes) => sizes.slice(1).map((outputs, layer) => (
      { inputs: sizes[layer], outputs, scale: take(Float32Array, outputs), bias: take(Float32Array, outputs) })));
    for (const layer of networks.flat()) layer.weights = take(Int8Array, layer.inputs * layer.outputs);
    return networks;
  }

  function answer(network, pixels) {
    let values = pixels;
    network.forEach(({ outputs, scale, bias, weights }, layer) => {
      const sums = new Float64Array(outputs);
      values.forEach((value, i) => {
        if (layer) value = Math.max(0, value);
        if (!value) return;
        for (let j = 0; j < outputs; j++) sums[j] += value * weights[i * outputs + j];
      });
      values = sums.map((sum, j) => scale[j] * sum + bias[j]);
    });
    return values;
  }

  const best = (scores) => scores.indexOf(Math.max(...scores));

  // --- The paper.

  function pen(context, width) {
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#1f2d3d";
  }

  function drawExample(context, { lines, x, y, size }) {
    context.setTransform(size / 100, 0, 0, size / 100, x, y);
    pen(context, (100 * PEN) / size);
    context.stroke(new Path2D(lines));
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  function inkOf(context) {
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    const values = new Float64Array(SIDE * SIDE);
    for (let i = 0; i < values.length; i++) values[i] = data[4 * i + 3] / 255;
    return { values, width: SIDE, height: SIDE };
  }

  // Draw what the pointer draws: begin() before each line, changed() after each piece of one.
  function listen(paper, begin, changed) {
    const context = paper.getContext("2d");
    let last;
    const line = (event) => {
      const box = paper.getBoundingClientRect(), scale = SIDE / box.width;
      const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      const [x, y] = last ?? point;
      pen(context, PEN);
      context.beginPath();
      context.moveTo(x - 0.01, y); // a line without length would leave no dot
      context.lineTo(...(last = point));
      context.stroke();
    };
    paper.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button) return;
      paper.setPointerCapture(event.pointerId);
      begin();
      line(event);
      changed();
    });
    paper.addEventListener("pointermove", (event) => {
      if (!last || !event.isPrimary) return;
      const events = event.getCoalescedEvents?.() ?? [];
      (events.length ? events : [event]).forEach(line);
      changed();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      paper.addEventListener(end, (event) => event.isPrimary && (last = undefined));
    }
  }

  // What is to be said of ink that is no digit: the network chooses one nevertheless.
  function doubt(ink) {
    const { left, right, top, bottom } = boxOf(ink);
    const part = ink.values.reduce((sum, value) => sum + value) / ink.values.length;
    const odd = Math.max(right - left, bottom - top) < 2 * PEN ? "这只是一个点" : part > 0.5 ? "墨迹太多了" : "";
    return odd && `${odd}，不像数字。网络只会在十个数字里选分数最高的。`;
  }

  // --- The digits that the reader keeps on this device: a list of { label, pixels }, the pixels
  // being grey values from 0 to 255.

  const KEY = "mnist-course-digits";

  function stored() {
    try {
      const isDigit = ({ label, pixels }) => label in EXAMPLES && pixels.length === EDGE * EDGE;
      return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter(isDigit);
    } catch {
      return []; // the browser forbids it, or something else stands there
    }
  }

  // Return whether the browser keeps them: it may have no room, or an empty store that keeps nothing.
  function store(list) {
    const text = JSON.stringify(list);
    try {
      localStorage.setItem(KEY, text);
      return localStorage.getItem(KEY) === text;
    } catch {
      return false;
    }
  }

  // The course's format: [train, val, test], each [images, labels]. An image is a line.
  function json(list) {
    const rows = list.map(({ pixels }) => `[${pixels.map((pixel) => pixel / 256).join(", ")}]`);
    const set = `[[\n${rows.join(",\n")}\n], [${list.map(({ label }) => label).join(", ")}]]`;
    return `[${set},\n${set},\n${set}]\n`;
  }

  async function download(list) {
    const zipped = new Blob([json(list)]).stream().pipeThrough(new CompressionStream("gzip"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await new Response(zipped).blob());
    link.download = "mine.json.gz";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // Let the reader keep the image that current() gives, delete and download; clear() clears the paper.
  function keeping(find, on, current, clear) {
    let list = stored();

    function showKept(said = "") {
      find(".hw-count").textContent = said
        + (list.length ? `保存了 ${list.length} 个，都在这台设备上。按一个，就删掉它。` : "还没有保存。");
      find(".hw-download").disabled = find(".hw-forget").disabled = !list.length;
      find(".hw-kept").replaceChildren(...list.map(({ label, pixels }, i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.innerHTML = `<canvas width="${EDGE}" height="${EDGE}"></canvas>${label} ×`;
        button.setAttribute("aria-label", `删掉第 ${i + 1} 个：${label}`);
        show(button.firstChild, pixels.map((pixel) => pixel / 256));
        button.addEventListener("click", () => {
          change(list.filter((_, other) => other !== i));
          (find(".hw-kept").children[i] ?? find(".hw-keep")).focus();
        });
        return button;
      }));
    }

    function change(changed) {
      list = changed;
      showKept(store(list) ? "" : "浏览器没有存住，关掉这一页就没有了，请先下载。");
    }

    on(".hw-keep", "click", () => {
      const image = current(), label = find("#hw-label").value;
      if (!image) return showKept("先在方框里写一个数字。");
      if (!label) return showKept("先选你写的是几。");
      change([...list, { label: Number(label), pixels: Array.from(image, (pixel) => 256 * pixel) }]);
      find("#hw-label").value = "";
      clear();
    });
    on(".hw-forget", "click", () => confirm(`删掉保存的 ${list.length} 个数字？`) && change([]));
    on(".hw-download", "click", () => {
      download(list).catch(() => showKept("这个浏览器不会压缩文件，请换一个新一些的浏览器。"));
    });
    addEventListener("storage", ({ key }) => { // changed in another tab
      if (key !== KEY) return;
      list = stored();
      showKept();
    });
    showKept();
  }

  // --- The page.

  const STYLE = `
    @media screen { .hw-picture { display: none } }
    @media print { .hw { display: none } }
    .hw { --paper: 220px; --image: 84px; --row: 15px; margin: 1.5rem 0; line-height: 1.5 }
    .hw.hw-whole { --paper: 280px; --image: 112px; --row: 18px }
    .hw-row, .hw-draw, .hw-ways, .hw-line, .hw-kept { display: flex; flex-wrap: wrap; gap: .5rem }
    .hw-row { gap: 1rem 2.5rem }
    .hw-draw { flex: 1 1 var(--paper); align-items: flex-end; align-content: flex-start }
    .hw-paper { width: min(var(--paper), 100%); background: #fff; border: 2px solid var(--pst-color-text-muted);
      border-radius: 8px; touch-action: none; user-select: none; -webkit-user-select: none; cursor: crosshair }
    .hw-ways { flex: 2 1 280px; flex-wrap: nowrap; gap: 1.5rem }
    .hw-way { flex: 1 1 0; min-width: 0; max-width: 200px }
    .hw-way p { margin: 0; font-weight: 600 }
    .hw-way canvas { display: block; width: var(--image); margin: .25rem 0 .5rem; background: #fff;
      border: 1px solid var(--pst-color-text-muted); image-rendering: pixelated }
    .hw-way ol { list-style: none; margin: 0; padding: 0; font-size: 12px; line-height: var(--row); font-variant-numeric: tabular-nums }
    .hw-way li { display: flex; gap: .3rem; margin: 0; padding: 0 .25rem; border-radius: 3px }
    .hw-way i { flex: 1; margin: 3px 0; border-left: 1px solid var(--pst-color-text-muted);
      background: linear-gradient(var(--pst-color-text-muted), var(--pst-color-text-muted)) no-repeat 0 0 / var(--long) 100% }
    .hw-way b { width: 2.7em; font-weight: inherit; text-align: right }
    .hw-way .hw-best { font-weight: 700; background: var(--pst-color-surface); outline: 1px solid var(--pst-color-primary); outline-offset: -1px }
    .hw-best i { background-image: linear-gradient(var(--pst-color-primary), var(--pst-color-primary)) }
    .hw p.hw-count { margin: .5rem 0 }
    .hw p.hw-words { margin: .75rem 0; min-height: 3em }
    .hw button, .hw select { min-width: 44px; min-height: 44px; padding: 0 .6rem; font: inherit; color: var(--pst-color-text-base);
      background: var(--pst-color-surface); border: 1px solid var(--pst-color-text-muted); border-radius: 8px }
    .hw button:disabled { opacity: .5 }
    .hw :focus-visible { outline: 3px solid var(--pst-color-primary); outline-offset: 2px }
    .hw-line { align-items: center; margin: .5rem 0 }
    .hw-examples { display: grid; gap: .5rem; grid-template-columns: repeat(10, auto) }
    @media (max-width: 700px) { .hw-examples { flex: 1 1 100%; grid-template-columns: repeat(5, 1fr) } }
    .hw-kept button { display: flex; align-items: center; gap: .4rem }
    .hw-kept canvas { width: 28px; background: #fff }`;

  const each = (make) => EXAMPLES.map((_, digit) => make(digit)).join("");

  const CHOICE = `
      <div class="hw-line"><label for="hw-network">网络：</label>
        <select id="hw-network"><option>784 → 64 → 10，有一个隐藏层</option><option>784 → 10，只有一层</option></select></div>`;
  const KEEPING = `
      <div class="hw-line"><label for="hw-label">你写的是：</label>
        <select id="hw-label"><option value="">选一个</option>${each((digit) => `<option>${digit}</option>`)}</select>
        <button type="button" class="hw-keep">保存</button></div>
      <p class="hw-count" aria-live="polite"></p>
      <div class="hw-kept" role="group" aria-label="保存的数字"></div>
      <div class="hw-line"><button type="button" class="hw-download">下载 mine.json.gz</button>
        <button type="button" class="hw-forget">全部删掉</button></div>`;

  const figureOf = (whole) => `<style>${STYLE}</style>
      <div class="hw-row">
        <div class="hw-draw">
          <canvas class="hw-paper" width="${SIDE}" height="${SIDE}" role="img" aria-label="画布：用手指、鼠标或者笔写一个数字"></canvas>
          <button type="button" class="hw-clear">清空</button>
        </div>
        <div class="hw-ways">${WAYS.map((way) => `<div class="hw-way"><p>${way}</p>
          <canvas width="${EDGE}" height="${EDGE}" role="img" aria-label="${way}得到的灰度图，${EDGE} × ${EDGE}"></canvas>
          <ol aria-label="${way}的十个分数">${each((digit) => `<li><span>${digit}</span><i></i><b></b></li>`)}</ol></div>`).join("")}
        </div>
      </div>
      <p class="hw-words" aria-live="polite"></p>
      <div class="hw-line"><span>不方便写？选一个写好的：</span>
        <div class="hw-examples" role="group" aria-label="写好的数字">${each((digit) => `<button type="button">${digit}</button>`)}</div></div>
      ${whole ? CHOICE + KEEPING : ""}`;

  // Show an image on a small canvas, dark ink on white.
  function show(canvas, pixels) {
    const image = new ImageData(EDGE, EDGE);
    pixels.forEach((pixel, i) => image.data.set([31, 45, 61, Math.round(255 * pixel)], 4 * i));
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  // Show ten scores, a row each: as a bar, as long as it is above 0, and as a number.
  function showScores(rows, scores) {
    const most = scores && Math.max(...scores.map(Math.abs));
    rows.forEach((row, digit) => {
      const score = scores?.[digit];
      row.classList.toggle("hw-best", Boolean(scores) && digit === best(scores));
      row.style.setProperty("--long", `${scores ? Math.max(0, (100 * score) / most) : 0}%`);
      row.lastChild.textContent = scores ? score.toFixed(1).replace("-", "−") : "";
    });
  }

  function start(image, source, whole) {
    const figure = document.createElement("div");
    figure.className = whole ? "hw hw-whole" : "hw";
    figure.innerHTML = figureOf(whole);
    const picture = image.closest("a") ?? image;
    picture.before(figure);
    picture.classList.add("hw-picture"); // for paper, where it has to be there in time
    image.loading = "eager";
    const find = (name) => figure.querySelector(name);
    const on = (name, event, act) => find(name).addEventListener(event, act);
    const paper = find(".hw-paper"), context = paper.getContext("2d", { willReadFrequently: true });
    const ways = [...figure.querySelectorAll(".hw-way")];
    let networks, choice = 0, problem = "", images, isExample, asked, rest;

    function update() {
      asked = undefined;
      const ink = inkOf(context), blank = new Float32Array(EDGE * EDGE);
      images = boxOf(ink) && [shrink(ink), prepare(ink)];
      const answers = ways.map((way, i) => {
        const scores = images && networks && answer(networks[choice], images[i]);
        show(way.querySelector("canvas"), images ? images[i] : blank);
        showScores(way.querySelectorAll("li"), scores);
        return scores && best(scores);
      });
      clearTimeout(rest); // a screen reader reads the words aloud: not before the pen rests
      rest = setTimeout(() => (find(".hw-words").textContent = words(ink, answers)), 300);
    }

    function words(ink, [shrunk, prepared]) {
      if (problem) return problem;
      if (!images) return "在方框里写一个数字，或者选一个写好的。";
      if (!networks) return "正在读网络的权重……";
      return `${WAYS[0]}，网络看成 ${shrunk}；${WAYS[1]}，网络看成 ${prepared}。${doubt(ink)}`;
    }

    // Everything is shown anew once a frame, however many pieces of a line come.
    function changed() {
      asked ??= requestAnimationFrame(update);
    }

    function clear() {
      context.clearRect(0, 0, SIDE, SIDE);
      isExample = false;
      changed();
    }

    function example(digit) {
      clear();
      drawExample(context, EXAMPLES[digit]);
      isExample = true;
    }

    listen(paper, () => isExample && clear(), changed);
    on(".hw-clear", "click", clear);
    figure.querySelectorAll(".hw-examples button").forEach((button, digit) => {
      button.addEventListener("click", () => example(digit));
    });
    if (whole) {
      on("#hw-network", "change", ({ target }) => {
        choice = target.selectedIndex;
        changed();
      });
      keeping(find, on, () => images?.[1], clear);
    }
    example(FIRST);

    new IntersectionObserver(async ([{ isIntersecting }], observer) => {
      if (!isIntersecting) return;
      observer.disconnect();
      try {
        const response = await fetch(new URL("handwriting.bin", source));
        networks = unpack(await response.arrayBuffer());
      } catch {
        problem = location.protocol === "file:"
          ? "这一页是从文件打开的，浏览器不让它读网络的权重，所以没有分数。在网站上打开，就有了。"
          : "网络的权重没有读到，所以没有分数。检查上网的连接，再刷新这一页。";
      }
      changed();
    }, { rootMargin: "400px" }).observe(figure);
  }

  window.handwriting = { EXAMPLES, FIRST, SIDE, PEN, shrink, prepare, unpack, answer, drawExample, inkOf };
  const image = document.querySelector('img[src$="/handwriting.svg"]');
  const script = document.currentScript;
  if (image) start(image, script.src, "save" in script.dataset);
})();
