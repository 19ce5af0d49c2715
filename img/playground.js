// The figure of chapter 08 in which the reader changes the reading, and sees what becomes of the
// training. It takes the place of img/playground.svg, which is what draw() gives for START
// (tools/draw_playground.py makes it). Times are in milliseconds, batches count from 0.
(() => {
  "use strict";

  const BATCHES = 20;
  const START = { read: 10, step: 15, jitter: 0, capacity: 3, readers: 1 };
  const EXAMPLES = [
    ["同步读取", { ...START, capacity: 0 }],
    ["异步读取", START],
    ["读得太慢", { ...START, read: 25 }],
    ["两个读取者", { ...START, read: 25, readers: 2 }],
    ["忽快忽慢", { ...START, read: 14, jitter: 100, capacity: 1 }],
  ];
  const ms = (time) => `${round(time)} 毫秒`;
  const SLIDERS = [
    { key: "read", name: "读一批", min: 2, max: 40, step: 1, say: (s) => ms(s.read) },
    { key: "step", name: "训练一批", min: 2, max: 40, step: 1, say: (s) => ms(s.step) },
    { key: "capacity", name: "容量", min: 0, max: 8, step: 1,
      say: (s) => (s.capacity ? `${s.capacity} 批` : "0，同步读取") },
    { key: "jitter", name: "抖动", min: 0, max: 100, step: 10, say: sayJitter },
    { key: "readers", name: "读取者", min: 1, max: 4, step: 1,
      say: (s) => (s.capacity ? `${s.readers} 个` : "同步时只有 1 个") },
  ];

  function round(number) {
    return Math.round(number * 10) / 10;
  }

  // Every fifth batch is slow and the others are fast; on average they take settings.read.
  function readingTime(settings, batch) {
    const more = settings.jitter / 100;
    return settings.read * (batch % 5 === 4 ? 1 + 2 * more : 1 - more / 2);
  }

  function sayJitter(settings) {
    if (!settings.jitter) return "没有，每批一样快";
    return `每 5 批有一批慢，要 ${ms(readingTime(settings, 4))}`;
  }

  function sum(numbers) {
    return numbers.reduce((total, number) => total + number, 0);
  }

  // How many batches came and did not go yet: a list of [from this time on, so many].
  function levels(come, go) {
    const changes = [...come.map((time) => [time, 1]), ...go.map((time) => [time, -1])];
    const list = [[0, 0]];
    for (const [time, change] of changes.sort((a, b) => a[0] - b[0])) {
      const [before, level] = list.at(-1);
      if (time === before) list.pop();
      list.push([time, level + change]);
    }
    return list;
  }

  // When is each batch read (start, end), taken out of the queue, and trained with (done)?
  function simulate(settings) {
    const { step, capacity } = settings;
    const readers = capacity ? settings.readers : 1;
    const read = Array.from({ length: BATCHES }, (_, batch) => readingTime(settings, batch));
    const start = [], end = [], take = [], done = [], free = [];
    for (let k = 0; k < BATCHES; k++) {
      free[k] = end[k - readers] ?? 0; // the reader has nothing to do from here on
      // In turn, or as soon as there is a place: batches wait in it, or are being read.
      start[k] = capacity ? Math.max(free[k], take[k - capacity] ?? 0) : done[k - 1] ?? 0;
      end[k] = start[k] + read[k];
      take[k] = Math.max(end[k], done[k - 1] ?? 0);
      done[k] = take[k] + step;
    }
    return {
      readers, read, free, start, end, take, done,
      waiting: levels(end, take), // batches in the queue
      places: levels(start, take), // batches in the queue or being read
      total: done[BATCHES - 1],
      sync: sum(read) + BATCHES * step,
      bound: Math.max(sum(read) / readers, BATCHES * step),
    };
  }

  // Who waits for whom? Judged by the second half, when the beginning is over.
  function verdict(settings, run) {
    if (!settings.capacity) return "没有队列，两边轮流做：一边做的时候，另一边在等。";
    const waits = (from, to) =>
      sum(to.map((time, k) => (k < BATCHES / 2 ? 0 : time - from(k)))) > 0.01 * run.total;
    const training = waits((k) => run.done[k - 1], run.take);
    const reading = waits((k) => run.free[k], run.start);
    const readingLoad = sum(run.read) / run.readers, trainingLoad = BATCHES * settings.step;
    if (training && reading) {
      if (settings.capacity < run.readers) {
        return "容量比读取者少：有的读取者没有空位，闲着；训练也在等。";
      }
      const larger = simulate({ ...settings, capacity: 8 }).total < 0.99 * run.total;
      return "有时读得慢，训练等；有时读得快，队列满了，读取等。"
        + (readingLoad > 1.01 * trainingLoad ? "平均起来读取更慢：读取是瓶颈。" : "")
        + (larger ? "容量大一些，就等得少一些。" : "");
    }
    if (training) return "训练常常在等读取：读取是瓶颈。";
    if (reading) return "队列常常是满的，读取在等空位：训练是瓶颈。";
    if (readingLoad < 0.99 * trainingLoad) return "训练不用等，读取总在前面：训练是瓶颈。";
    return "读取和训练一样快，谁也不用等。";
  }

  function summary(settings) {
    const run = simulate(settings), { total, sync } = run;
    const saved = settings.capacity ? `，比同步读取少 ${Math.round((1 - total / sync) * 100)}%` : "";
    return `总时间 ${ms(total)}${saved}。${verdict(settings, run)}`;
  }

  // On the screen the colours are those of the page's theme; in a file and on paper, the first ones.
  const STYLE = `
    .pg-drawing { --ink: #1f2d3d; --soft: #4a5a6b; --panel: #f7f9fc; --edge: #dde4ec;
      --blue: #dbe8f6; --blue-line: #2f6fb0; --green: #d9efe7; --green-line: #2e8b6f;
      --amber: #fbecd0; --amber-line: #b9770e }
    @media screen {
      html .pg-drawing { --ink: var(--pst-color-text-base); --soft: var(--pst-color-text-muted);
        --panel: var(--pst-color-surface); --edge: var(--pst-color-border) }
      html[data-theme=dark] .pg-drawing { --blue: #1d3a58; --blue-line: #6aaae6; --green: #17402f;
        --green-line: #55bd97; --amber: #4a3610; --amber-line: #dea23c }
    }
    .pg-drawing text { font: 14px 'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei','Source Han Sans SC',sans-serif; fill: var(--ink) }
    .pg-drawing .small { font-size: 12px; fill: var(--soft) }
    .pg-drawing .middle { text-anchor: middle }
    .pg-drawing .right { text-anchor: end }
    .pg-drawing .panel { fill: var(--panel); stroke: var(--edge) }
    .pg-drawing .read { fill: var(--blue); stroke: var(--blue-line) }
    .pg-drawing .train { fill: var(--green); stroke: var(--green-line) }
    .pg-drawing .read.fifth { fill: var(--blue-line) }
    .pg-drawing .train.fifth { fill: var(--green-line) }
    .pg-drawing .queue { fill: var(--amber); stroke: var(--amber-line) }
    .pg-drawing .wait { fill: url(#pg-hatch) }
    .pg-drawing .line { fill: none; stroke: var(--soft) }
    .pg-drawing .thin { stroke: var(--edge) }
    .pg-drawing .total { fill: var(--ink) }
    .pg-drawing .other { fill: var(--soft); opacity: .7 }
    .pg-drawing .dashes { stroke-dasharray: 5 4 }`;

  // Return the drawing, so many pixels wide, as the text of an SVG element.
  function draw(settings, width) {
    const run = simulate(settings);
    const left = 68, right = width - 16, shapes = [];
    const x = (time) => round(left + (time / run.sync) * (right - left));
    const text = (words, at, y, kind = "") =>
      shapes.push(`<text class="${kind}" x="${at}" y="${y}">${words}</text>`);
    const box = (kind, from, to, y, height) =>
      shapes.push(`<rect class="${kind}" x="${from}" y="${y}" width="${round(to - from)}" height="${height}" rx="2"/>`);
    const line = (kind, path) => shapes.push(`<path class="${kind}" d="${path}"/>`);

    // One row: what is done with these batches between `from` and `to`, and the waiting before.
    function row(kind, name, y, batches, free, from, to) {
      text(name, 14, y + 16);
      let labelled = -Infinity;
      for (const k of batches) {
        if (from[k] - free(k) > 0.01) box("wait", x(free(k)), x(from[k]), y, 22);
        const fifth = k % 5 === 4;
        box(fifth ? `${kind} fifth` : kind, x(from[k]), x(to[k]), y, 22);
        const middle = round((x(from[k]) + x(to[k])) / 2);
        if (fifth && middle - labelled > 18) text(k + 1, labelled = middle, y - 4, "small middle");
      }
    }

    let at = 14;
    for (const [kind, words] of [["read", "读一批"], ["train", "训练一批"], ["wait", "等"], ["queue", "队列里的"]]) {
      box(kind, at, at + 16, 16, 14);
      text(words, at + 22, 28);
      at += 22 + 14 * words.length + 16;
    }

    let y = 60;
    for (let reader = 0; reader < run.readers; reader++, y += 40) {
      const batches = run.start.map((_, k) => k).filter((k) => k % run.readers === reader);
      row("read", run.readers > 1 ? `读取 ${reader + 1}` : "读取", y, batches,
        (k) => run.free[k], run.start, run.end);
    }
    row("train", "训练", y, run.take.map((_, k) => k), (k) => run.done[k - 1] ?? 0, run.take, run.done);

    const bottom = y + 50 + 10 * settings.capacity;
    const height = (level) => bottom - 10 * level;
    const area = (kind, list) => {
      const steps = list.map(([time, level]) => `H${x(time)}V${height(level)}`).join("");
      line(kind, `M${left} ${bottom}${steps}z`);
    };
    text("队列", 14, bottom - 2);
    if (settings.capacity) {
      for (let level = 1; level < settings.capacity; level++) line("line thin", `M${left} ${height(level)}H${right}`);
      area("read", run.places);
      area("queue", run.waiting);
      line("line dashes", `M${left} ${height(settings.capacity)}H${right}`);
      text(`容量 ${settings.capacity}：队列里的和正在读的`, right, height(settings.capacity) - 5, "small right");
    } else {
      text("没有队列", left + 8, bottom - 5, "small");
    }

    line("line", `M${left} ${bottom}H${right}`);
    const every = [10, 20, 50, 100, 200, 500].find((time) => x(time) - left >= 42);
    for (let time = 0; time <= run.sync; time += every) {
      line("line", `M${x(time)} ${bottom}v5`);
      text(time, x(time), bottom + 19, "small middle");
    }
    text("毫秒", 14, bottom + 19, "small");

    y = bottom + 46;
    const percent = Math.round((100 * run.total) / run.sync);
    for (const [kind, name, time, words] of [
      ["total", "总时间", run.total, settings.capacity ? `，是同步的 ${percent}%` : ""],
      ["other", "同步要", run.sync, "，读取加训练"],
      ["other", "下限", run.bound, "，读取和训练中较长的"],
    ]) {
      text(name, 14, y);
      text(ms(time) + words, left, y);
      box(kind, left, x(time), y + 6, 6);
      y += 34;
    }
    y -= 8;

    const most = Math.max(...run.waiting.map(([, level]) => level));
    return `<svg xmlns="http://www.w3.org/2000/svg" class="pg-drawing" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img" lang="zh-CN" aria-labelledby="pg-title pg-desc">
  <title id="pg-title">读取和训练的时间线</title>
  <desc id="pg-desc">${BATCHES} 批。${SLIDERS.map(({ name, say }) => name + "：" + say(settings)).join("；")}。${summary(settings)}同步读取要 ${ms(run.sync)}，下限 ${ms(run.bound)}。队列里最多有 ${most} 批。</desc>
  <style>${STYLE}
  </style>
  <pattern id="pg-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <path class="line" d="M2.5 0V5"/>
  </pattern>
  <rect class="panel" x="0.5" y="0.5" width="${width - 1}" height="${y - 1}" rx="8"/>
  ${shapes.join("\n  ")}
</svg>
`;
  }

  const PAGE_STYLE = `
    .pg { margin: 1.5rem 0 }
    .pg-examples { display: flex; flex-wrap: wrap; gap: .5rem }
    .pg button { min-height: 44px; padding: 0 .9rem; font: inherit; color: var(--pst-color-text-base);
      background: var(--pst-color-surface); border: 1px solid var(--pst-color-text-muted); border-radius: 8px }
    .pg button[aria-pressed=true] { color: var(--pst-color-background); background: var(--pst-color-text-base) }
    .pg :focus-visible { outline: 3px solid var(--pst-color-primary); outline-offset: 2px }
    .pg-sliders { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 1rem 0 .5rem }
    .pg-sliders > div { flex: 1 1 180px }
    .pg-sliders > .pg-jitter { flex-basis: min(384px, 100%) }
    .pg-sliders > div > div { display: flex; justify-content: space-between; white-space: nowrap }
    .pg-sliders input { display: block; width: 100%; height: 44px; margin: -6px 0 0; accent-color: var(--pst-color-primary) }
    .pg svg { display: block; max-width: 100%; height: auto }
    .pg-summary { margin: .75rem 0 0; min-height: 3.5em }
    @media print { .pg-examples, .pg-sliders { display: none } }`;

  function start(picture) {
    const settings = { ...START };
    const figure = document.createElement("div");
    figure.className = "pg";
    figure.innerHTML = `<style>${PAGE_STYLE}</style>
      <div class="pg-examples" role="group" aria-label="例子">${EXAMPLES.map(([name]) => `<button type="button">${name}</button>`).join("")}</div>
      <div class="pg-sliders">${SLIDERS.map(({ key, name, min, max, step }) => `<div class="pg-${key}">
        <div><label for="pg-${key}">${name}</label><output for="pg-${key}" aria-live="off"></output></div>
        <input type="range" id="pg-${key}" min="${min}" max="${max}" step="${step}"></div>`).join("")}</div>
      <div class="pg-picture"></div>
      <p class="pg-summary" aria-live="polite"></p>`;
    picture.replaceWith(figure);
    const [view, words] = [".pg-picture", ".pg-summary"].map((name) => figure.querySelector(name));
    let rest;

    function update() {
      for (const { key, say } of SLIDERS) {
        const input = figure.querySelector(`#pg-${key}`);
        input.value = settings[key];
        input.disabled = key === "readers" && !settings.capacity;
        input.setAttribute("aria-valuetext", say(settings));
        figure.querySelector(`output[for=pg-${key}]`).textContent = say(settings);
      }
      figure.querySelectorAll("button").forEach((button, i) => {
        const same = Object.entries(EXAMPLES[i][1]).every(([key, value]) => settings[key] === value);
        button.setAttribute("aria-pressed", same);
      });
      view.innerHTML = draw(settings, view.clientWidth);
      clearTimeout(rest); // a screen reader reads the words aloud: not before the slider rests
      rest = setTimeout(() => (words.textContent = summary(settings)), 300);
    }

    for (const { key } of SLIDERS) {
      const input = figure.querySelector(`#pg-${key}`);
      input.addEventListener("input", () => {
        settings[key] = Number(input.value);
        update();
      });
    }
    figure.querySelectorAll("button").forEach((button, i) => {
      button.addEventListener("click", () => {
        Object.assign(settings, EXAMPLES[i][1]);
        update();
      });
    });
    update();
    words.textContent = summary(settings);
    let width = view.clientWidth;
    new ResizeObserver(() => {
      if (view.clientWidth !== width) view.innerHTML = draw(settings, (width = view.clientWidth));
    }).observe(view);
  }

  window.playground = { START, simulate, summary, draw };
  const picture = document.querySelector('img[src$="/playground.svg"]');
  if (picture) start(picture.closest("a") ?? picture);
})();
