// Runs Python in the page. Loaded when the reader first presses 运行, never before.
//
// `files.js` is made with the book: name, size and digest of each file that Python needs. All are
// packed with gzip, which any server of static pages sends as they are. The browser keeps them, and
// the pages that are visited from then on: the next visit needs no network. Where it may keep
// nothing (a private window, a page over http), each page loads them anew.

import files from "./files.js";

const SECONDS = 10; // that a run may take
const HERE = new URL(".", import.meta.url);
const ROOT = new URL("../../", HERE);
const SLOW = `运行了 ${SECONDS} 秒还没有结束，停下了。循环什么时候停？\n`;
const NOT_LOADED = "Python 没有装好：网络断了，或者文件不完整。再按一次“运行”，就再试一次。\n";
const DIED = "Python 意外停下了，也许是内存不够。再按一次“运行”，它会重新开始。\n";

const total = files.reduce((sum, { size }) => sum + size, 0);
const address = ({ name, sha256 }) => new URL(`${name}.bin?${sha256}`, HERE).href;
const addresses = files.map(address);
const version = files.map(({ name, sha256 }) => (name === "course.zip" ? "" : sha256.slice(0, 8)));
const memoryAddress = new URL(`memory.bin?${version.join("")}`, HERE).href;

let loaded; // the files, by name
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

async function loadAll(cache, onLoad, signal) {
  let bytes = 0;
  const count = (more) => onLoad?.((bytes += more), total);
  const blobs = await Promise.all(files.map((file) => load(file, cache, count, signal)));
  for (const { url } of (await cache?.keys()) ?? [])
    if (![...addresses, memoryAddress].includes(url)) cache.delete(url); // of an older book
  return Object.fromEntries(files.map(({ name }, i) => [name, blobs[i]]));
}

// Keep these scripts; of what else the page is made, offline.js does.
async function keepScripts() {
  const cache = await keptIn("pages");
  await cache?.addAll([import.meta.url, `${HERE}files.js`, `${HERE}worker.js`]).catch(() => {});
}

function start() {
  return new Promise((resolve, reject) => {
    worker = new Worker(new URL("worker.js", HERE));
    worker.onmessage = ({ data }) => (data.failed ? reject(data.failed) : resolve(data.memory));
    worker.onerror = reject;
    worker.postMessage({ files: loaded, memory });
  });
}

async function getReady(onLoad, signal, say) {
  if (worker) return "ready";
  const cache = await keptIn("python");
  try {
    if (!loaded) {
      loaded = await loadAll(cache, onLoad, signal);
      memory = await (await cache?.match(memoryAddress))?.blob();
      keepScripts();
    }
    signal.throwIfAborted();
    const made = await start();
    if (made) {
      memory = made;
      cache?.put(memoryAddress, new Response(memory)).catch(() => {});
    }
    return "ready";
  } catch (error) {
    if (signal.aborted) return "stopped";
    console.warn(error);
    loaded = memory = undefined;
    cache?.delete(memoryAddress);
    again = true;
    say(NOT_LOADED);
    return "failed";
  }
}

function answer(sources, say) {
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
      else say(data.output);
    };
    worker.postMessage({ sources });
  });
}

async function runNow(sources, { onLoad, onOutput } = {}) {
  let text = "";
  const say = (more) => {
    text += more;
    onOutput?.(more);
  };
  const loading = new AbortController();
  const stopped = new Promise((resolve) => (stopNow = () => resolve("stopped")));
  let status = await Promise.race([stopped, getReady(onLoad, loading.signal, say)]);
  if (status === "ready") status = await Promise.race([stopped, answer(sources, say)]);
  if (status === "timeout") say(SLOW);
  if (status !== "ok" && status !== "error") {
    loading.abort();
    worker?.terminate();
    worker = undefined;
  }
  return { status, text };
}

/** Run cells in a new namespace, after the runs before; say what the last one puts out.
 *
 * `onLoad(bytes, total)` is called while Python is loaded, `onOutput(text)` with each piece of the
 * output. The promise gives `{ status, text }`: all of the output, and "ok", "error" (the cell
 * raised one), "timeout", "stopped" or "failed" (Python could not be loaded, or broke down).
 */
export function run(sources, options) {
  return (waiting = waiting.then(() => runNow(sources, options)));
}

/** End what runs, or is being loaded, at once. The next run starts anew. */
export function stop() {
  stopNow();
}
