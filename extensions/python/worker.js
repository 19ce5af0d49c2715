// The worker that runs Python. It is handed all that it needs, and asks nobody for anything; nor
// can what it runs.

const LOCK = {
  info: { arch: "wasm32", platform: "emscripten_3_1_58", python: "3.12.7", version: "0.27.7" },
  packages: {},
};
const PACKED = /^(numpy|course|plots|data)\.zip$/;
const here = new Set(); // names of those that are unpacked
let python;
let cells;

const unpacked = (file, type) =>
  new Response(file.stream().pipeThrough(new DecompressionStream("gzip")), {
    headers: { "Content-Type": type },
  });

async function runScript(file) {
  const url = URL.createObjectURL(await unpacked(file, "text/javascript").blob());
  importScripts(url);
  URL.revokeObjectURL(url);
}

// Start Python, from the memory of an earlier start if there is one: that saves most of the time.
async function start(files, memory) {
  self.fetch = async (address) => {
    const name = String(address).split("/").at(-1);
    if (name === "pyodide-lock.json") return Response.json(LOCK);
    return unpacked(files[name], name.endsWith(".wasm") ? "application/wasm" : "");
  };
  await runScript(files["pyodide.js"]);
  await runScript(files["pyodide.asm.js"]);
  python = await loadPyodide({
    indexURL: location.href.replace(/[^/]*$/, ""),
    stdin: () => null,
    ...(memory ? { _loadSnapshot: memory.arrayBuffer() } : { _makeSnapshot: true }),
  });
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts"])
    self[name] = undefined;
  const made = memory ? undefined : new Blob([python.makeMemorySnapshot()]);
  await unpack(files);
  python.runPython("import random, sys; random.seed(); sys.path.insert(0, '/course')");
  cells = python.pyimport("run_cells");
  cells.prepare();
  return made;
}

async function unpack(files) {
  for (const [name, file] of Object.entries(files)) {
    if (!PACKED.test(name) || here.has(name)) continue;
    const content = await unpacked(file).arrayBuffer();
    python.unpackArchive(content, "zip", { extractDir: "/course" });
    here.add(name);
  }
}

self.onmessage = async ({ data: { files, memory, sources } }) => {
  try {
    if (!sources) return postMessage({ memory: await start(files, memory) });
    await unpack(files);
    cells.get_ready(sources.at(-1));
    postMessage({ begins: true });
    const write = (output) => postMessage({ output });
    const draw = (plot) => postMessage({ plot });
    postMessage({ status: cells.run(python.toPy(sources), write, draw) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
