"""Run chapters in place and store their outputs: python tools/run_chapters.py [FILE ...].

Without a file, all of chapters/. A chapter that fails is left as it was.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CHAPTERS = Path(__file__).parent.parent / "chapters"

for path in map(Path, sys.argv[1:] or sorted(CHAPTERS.glob("*.ipynb"))):
    print(path.name, flush=True)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": path.parent}},
    ).execute()
    # What would differ from machine to machine, and tells a reader nothing.
    notebook.metadata["language_info"] = {"name": "python"}
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)
