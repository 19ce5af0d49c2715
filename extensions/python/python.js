// Runs Python in the page. Loaded when the reader first presses 运行, never before.
//
// `files.js` is made with the book: name, size and digest of each file that Python needs. All are
// packed with gzip, which any server of static pages sends as they are. The browser keeps them: the
// next visit needs no network. Where it may keep nothing (a private window, a page over http), each
// page loads them anew. What draws and the data are loaded by those runs alone that need them.

import files from "./files.js";

// Those two, and what in a run's code says that it needs them.
const ONLY = {
  "plots.zip": { sign: /\b(matplotlib|plotting)\b/, what: "画图的工具" },
  "data.zip": { sign: /\b(load_mnist|load_data|mnist\.json)\b/, what: "MNIST 的图片" },
};

const SECONDS = 10; // that a run may take
const HERE = new URL(".", import.meta.url);
const ROOT = new URL("../../", HERE);
const SLOW = `运行了 ${SECONDS} 秒还没有结束，停下了。是循环停不下来，还是这台设备太慢？\n`;
const NOT_LOADED = "Python 没有装好：网络断了，或者文件不完整。再按一次“运行”，就再试一次。\n";
const DIED = "Python 意外停下了，也许是内存不够。再按一次“运行”，它会重新开始。\n";

const address = ({ name, sha256 }) => new URL(`${name}.bin?${sha256}`, HERE).href;
const sum = (some) => some.reduce((bytes, { size }) => bytes + size, 0);
const addresses = files.map(address);
const started = files.filter(({ name }) => !ONLY[name] && name !== "course.zip");
const version = started.map(({ sha256 }) => sha256.slice(0, 8));
const memoryAddress = new URL(`memory.bin?${version.join("")}`, HERE).href;

let loaded = {}; // files, by name
let memory; // of Python when it had just started; with it, it starts faster
let worker; // that is ready to run
let again = false; // loading has failed before
let stopNow = () => {};
let waiting = Promise.resolve(); // for the runs so far

async function keptIn(name) {
  try {
    return await caches.open(`${name} ${ROOT.pathname}`);
  } catch {
    return undefined; // nothing may be kept
  }
}

async function isRight(blob, { size, sha256 }) {
  if (blob.size !== size) return false;
  if (!globalThis.crypto?.subtle) return true; // over http; gzip has a checksum of its own
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  const digits = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return digits.join("") === sha256;
}

async function load(file, cache, count, signal) {
  const kept = await (await cache?.match(address(file)))?.blob();
  if (kept && (await isRight(kept, file))) {
    count(file.size);
    return kept;
  }
  const response = await fetch(address(file), { signal, cache: again ? "reload" : "default" });
  const parts = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    count(part.value.length);
  }
  const blob = new Blob(parts);
  if (!(await isRight(blob, file)))
    throw new Error(`${address(file)}: ${response.status}, ${blob.size} bytes, not those expected`);
  await cache?.put(address(file), new Response(blob)).catch(() => {}); // there is no room
  return blob;
}

// Return the files that are needed to run some code.
function needed(sources) {
  const code = sources.join("\n");
  return files.filter(({ name }) => ONLY[name]?.sign.test(code) ?? true);
}

const blobs = (wanted) => Object.fromEntries(wanted.map(({ name }) => [name, loaded[name]]));

async function loadAll(wanted, cache, onLoad, signal) {
  const missing = wanted.filter(({ name }) => !loaded[name]);
  const total = sum(missing);
  let bytes = 0;
  const count = (more) => onLoad?.((bytes += more), total);
  const blobs = await Promise.all(missing.map((file) => load(file, cache, count, signal)));
  for (const { url } of (await cache?.keys()) ?? [])
    if (![...addresses, memoryAddress].includes(url)) cache.delete(url); // of an older book
  missing.forEach(({ name }, i) => (loaded[name] = blobs[i]));
}

// Keep these scripts; of what else the page is made, offline.js does.
async function keepScripts() {
  const cache = await keptIn("pages");
  const others = ["cell", "files", "worker"].map((name) => `${HERE}${name}.js`);
  await cache?.addAll([import.meta.url, ...others]).catch(() => {});
}

function start(wanted) {
  return new Promise((resolve, reject) => {
    worker = new Worker(new URL("worker.js", HERE));
    worker.onmessage = ({ data }) => (data.failed ? reject(data.failed) : resolve(data.memory));
    worker.onerror = reject;
    worker.postMessage({ files: blobs(wanted), memory });
  });
}

async function getReady(wanted, onLoad, signal, say) {
  const cache = await keptIn("python");
  try {
    const first = !loaded["course.zip"];
    await loadAll(wanted, cache, onLoad, signal);
    if (first) {
      memory = await (await cache?.match(memoryAddress))?.blob();
      keepScripts();
    }
    signal.throwIfAborted();
    if (worker) return "ready";
    const made = await start(wanted);
    if (made) {
      memory = made;
      cache?.put(memoryAddress, new Response(memory)).catch(() => {});
    }
    return "ready";
  } catch (error) {
    if (signal.aborted) return "stopped";
    console.warn(error);
    loaded = {};
    memory = undefined;
    cache?.delete(memoryAddress);
    again = true;
    say(NOT_LOADED);
    return "failed";
  }
}

function answer(sources, wanted, say, onPlot) {
  return new Promise((resolve) => {
    const die = (reason) => {
      console.warn(reason);
      say(DIED);
      resolve("failed");
    };
    worker.onerror = die;
    worker.onmessage = ({ data }) => {
      if (data.begins) setTimeout(resolve, SECONDS * 1000, "timeout");
      else if (data.failed) die(data.failed);
      else if (data.status) resolve(data.status);
      else if (data.plot) onPlot?.(data.plot);
      else say(data.output);
    };
    worker.postMessage({ sources, files: blobs(wanted) });
  });
}

async function runNow(sources, { onLoad, onOutput, onPlot } = {}) {
  let text = "";
  const say = (more) => {
    text += more;
    onOutput?.(more);
  };
  const loading = new AbortController();
  const stopped = new Promise((resolve) => (stopNow = () => resolve("stopped")));
  const wanted = needed(sources);
  let status = await Promise.race([stopped, getReady(wanted, onLoad, loading.signal, say)]);
  if (status === "ready")
    status = await Promise.race([stopped, answer(sources, wanted, say, onPlot)]);
  if (status === "timeout") say(SLOW);
  if (status !== "ok" && status !== "error") {
    loading.abort();
    worker?.terminate();
    worker = undefined;
  }
  return { status, text };
}

/** Say what a run of these cells loads first, if that is more than Python itself; else nothing. */
export async function ask(sources) {
  const missing = needed(sources).filter(({ name }) => !loaded[name]);
  if (!missing.some(({ name }) => ONLY[name])) return "";
  const cache = await keptIn("python");
  const kept = await Promise.all(missing.map((file) => cache?.match(address(file))));
  const left = missing.filter((_, i) => !kept[i]);
  if (!left.some(({ name }) => ONLY[name])) return "";
  const what = [...new Set(left.map(({ name }) => ONLY[name]?.what ?? "Python"))].join("、");
  return `这一格要先装入 ${what}，共 ${(sum(left) / 1e6).toFixed(1)} MB${cache ? "，只有第一次" : ""}。`;
}

/** Run cells in a new namespace, after the runs before; say what the last one puts out.
 *
 * `onLoad(bytes, total)` is called while Python is loaded, `onOutput(text)` with each piece of the
 * output, `onPlot(svg)` with each figure. The promise gives `{ status, text }`: all of the output,
 * and "ok", "error" (the cell raised one), "timeout", "stopped" or "failed" (Python could not be
 * loaded, or broke down).
 */
export function run(sources, options) {
  return (waiting = waiting.then(() => runNow(sources, options)));
}

/** End what runs, or is being loaded, at once. The next run starts anew. */
export function stop() {
  stopNow();
}
