// The worker that runs Python: it unpacks the interpreter and the course, and runs cells.
// It is handed all that it needs, and asks no one for anything, neither does what it runs.

let python;

function unpacked(file, type) {
  return new Response(file.stream().pipeThrough(new DecompressionStream("gzip")), {
    headers: { "Content-Type": type },
  });
}

async function script(file) {
  const url = URL.createObjectURL(await unpacked(file, "text/javascript").blob());
  importScripts(url);
  URL.revokeObjectURL(url);
}

async function start(files) {
  const lock = { info: { arch: "wasm32", platform: "emscripten_3_1_58", python: "3.12.7", version: "0.27.7" }, packages: {} };
  self.fetch = async (url) => {
    const name = String(url).split("/").at(-1);
    if (name === "pyodide-lock.json") return Response.json(lock);
    return unpacked(files[name], name.endsWith(".wasm") ? "application/wasm" : "");
  };
  await script(files["pyodide.js"]);
  await script(files["pyodide.asm.js"]);
  const pyodide = await loadPyodide({ indexURL: new URL(".", location).href });
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts"]) self[name] = undefined;
  for (const name in files) {
    const kind = { whl: "wheel", zip: "zip" }[name.split(".").at(-1)];
    if (!kind || name === "python_stdlib.zip") continue;
    pyodide.unpackArchive(await unpacked(files[name], "").arrayBuffer(), kind, kind === "zip" ? { extractDir: "/course" } : {});
  }
  pyodide.runPython("import sys; sys.path.insert(0, '/course')");
  python = { run: pyodide.pyimport("run_cells").run, toPy: pyodide.toPy };
}

self.onmessage = async ({ data: { files, sources } }) => {
  try {
    if (files) {
      await start(files);
      postMessage({ ready: true });
    } else {
      const status = python.run(python.toPy(sources), (text) => postMessage({ output: text }));
      postMessage({ status });
    }
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
