// Reading without a network: sw.js answers then. This starts it when the page is there, keeps what
// the page is made of, and the whole book if one asks, and sees when there is a new edition.
// `offline.json`, made with the book, lists its files: address, digest, and bytes on the line.
(async () => {
  "use strict";
  const { dataset } = document.documentElement;
  const root = new URL(dataset.content_root, location);
  const [pages, python] = ["pages", "python"].map((name) => `${name} ${root.pathname}`);
  const here = location.href.split(/[?#]/)[0].replace(/\/$/, "/index.html");
  const list = new URL("_static/offline.json", root).href;
  const nothing = () => {}; // to be done, where a network or room is missing
  let cache;

  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
  try {
    await navigator.serviceWorker.register(new URL("sw.js", root));
    await navigator.serviceWorker.ready;
    cache = await caches.open(pages);
  } catch { return; } // nothing can be kept: over http, in a private window

  const fromNetwork = (address) => fetch(address, { cache: "no-cache" }).then((response) =>
    response.ok ? response : Promise.reject(new Error(`${address}: ${response.status}`)));
  const keptFiles = async () => (await cache.match(list))?.json();

  async function keepThis() {
    const parts = performance.getEntriesByType("resource").map(({ name }) => name);
    const pictures = [...document.images].map(({ src }) => src); // those further down, too
    await Promise.all([...new Set([here, ...parts, ...pictures])].map(async (url) => {
      if (url.startsWith(root.href) && !/\.bin\?|sw\.js$/.test(url) && !(await cache.match(url)))
        await cache.add(url).catch(nothing);
    }));
  }

  // This page is shown as it was kept: has the network another?
  async function compare() {
    const response = await fromNetwork(here);
    const edition = /<html[^>]* data-edition="(\w+)"/.exec(await response.clone().text())?.[1];
    if (!edition || edition === dataset.edition || document.getElementById("newer")) return;
    await cache.put(here, response);
    document.body.insertAdjacentHTML("beforeend", '<p id="newer" role="status">' +
      '这一页有新的版本。<button type="button" class="btn quiet">打开新的</button></p>');
    document.querySelector("#newer button").onclick = () => location.reload();
  }

  // Keep the files of the book that are not kept in this edition, and no others.
  async function keepAll(tell = nothing) {
    const response = await fromNetwork(list);
    const files = await response.clone().json();
    const before = new Map((await keptFiles())?.map(([address, digest]) => [address, digest]));
    const left = files.filter(([address, digest]) => before.get(address) !== digest);
    if (!left.length && files.length === before.size) return;
    const next = left.values();
    let bytes = 0;
    const load = async () => {
      for (const [address, , size] of next) {
        await cache.put(new URL(address, root), await fromNetwork(new URL(address, root)));
        tell(((bytes += size) / 1e6).toFixed(1));
      }
    };
    // Who is told of a failure is told nothing after that.
    const loads = [load(), load(), load(), load(), load(), load()];
    for (const { reason } of await Promise.allSettled(loads)) if (reason) throw reason;
    const wanted = new Set(files.map(([address]) => new URL(address, root).href));
    for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
    await cache.put(list, response);
  }

  // On the landing page: what is kept, and the buttons to keep all and to keep nothing.
  const place = document.getElementById("offline");
  const [line, all, none] = place?.children ?? [];
  async function show(words) {
    const isAll = Boolean(await keptFiles());
    [all.hidden, none.hidden] = [isAll, !isAll && !(await caches.has(python))];
    line.textContent = words ?? (isAll ? "全书都留在这台设备上了，没有网络也能读。" : line.textContent);
    place.dataset.ready = "";
  }
  async function press(act) {
    all.disabled = true;
    await show(await act());
    all.disabled = false;
    place.focus();
  }
  if (place) {
    all.onclick = () => press(() => keepAll((mb) => (line.textContent = `已经保存了 ${mb} MB……`))
      .catch(() => "没有存完：网络断了，或者没有地方了。再按一次，就再试一次。"));
    none.onclick = () => press(async () => {
      await Promise.all([pages, python].map((name) => caches.delete(name)));
      cache = await caches.open(pages);
      return "离线的内容都删掉了。";
    });
    show();
  }

  if ("kept" in dataset) {
    compare().catch(nothing);
    addEventListener("online", () => compare().catch(nothing));
  }
  await keepThis();
  if (await keptFiles()) keepAll().catch(nothing);
})();
