// Runs Python in the page. Loaded when the reader first presses 运行, never before.
//
// `files.js` is made with the book: the name, size and digest of each file that Python needs, packed
// with gzip, which any server of static pages leaves as it is. A worker of our own, because what
// exists is ten times as heavy: see the comment in extensions/python_in_page.py.

import files from "./files.js";

const SECONDS = 10; // that a run may take
const TOTAL = files.reduce((sum, file) => sum + file.size, 0);
const SLOW = "运行了 10 秒还没有结束，停下了。循环什么时候停？";
const NOT_LOADED = "Python 没有装好：网络断了，或者文件不完整。请再按一次“运行”。";

let blobs; // what was loaded, by name
let worker; // is ready to run, or undefined
let queue = Promise.resolve();
let end = () => {}; // ends what runs, with a status and a text

async function load({ name, size, sha256 }, onBytes) {
  const response = await fetch(new URL(`${name}.bin?${sha256.slice(0, 8)}`, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const parts = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    onBytes(value.length);
  }
  return new Blob(parts);
}

async function loadAll(onLoad) {
  let loaded = 0;
  const count = (bytes) => onLoad?.((loaded += bytes), TOTAL);
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.name, await load(file, count)])),
  );
}

function start() {
  return new Promise((resolve, reject) => {
    const started = new Worker(new URL("worker.js", import.meta.url));
    started.onmessage = ({ data }) => (data.ready ? resolve(started) : reject(new Error(data.failed)));
    started.onerror = reject;
    started.postMessage({ files: blobs });
  });
}

function runNow(sources, { onLoad, onOutput } = {}) {
  let text = "";
  return new Promise(async (resolve) => {
    let timer;
    end = (status, more = "") => {
      clearTimeout(timer);
      if (status !== "ok" && status !== "error") {
        worker?.terminate();
        worker = undefined;
      }
      end = () => {};
      resolve({ status, text: text + more });
    };
    const mine = end;
    try {
      blobs ??= await loadAll(onLoad);
      worker ??= await start();
    } catch (error) {
      blobs = undefined;
      console.warn(error);
      return mine("failed", NOT_LOADED);
    }
    if (end !== mine) return;
    timer = setTimeout(() => end("timeout", SLOW), SECONDS * 1000);
    worker.onerror = () => end("failed", NOT_LOADED);
    worker.onmessage = ({ data }) => {
      if (data.output) {
        text += data.output;
        onOutput?.(data.output);
      } else end(data.status ?? "failed", data.failed ?? "");
    };
    worker.postMessage({ sources });
  });
}

export function run(sources, options) {
  return (queue = queue.then(() => runNow(sources, options)));
}

export function stop() {
  end("stopped");
}
