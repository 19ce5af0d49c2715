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
    stored = {
        cell.source: cell.outputs
        for cell in notebook.cells
        if "nbval-ignore-output" in cell.metadata.get("tags", []) and cell.outputs
    }
    NotebookClient(
        notebook,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": path.parent}},
    ).execute()
    for cell in notebook.cells:
        # Outputs that differ each time (timings) stay as they are, if the code did:
        # so running all chapters changes no file unless something really changed.
        if cell.source in stored:
            cell.outputs = stored[cell.source]
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count
    # What would differ from machine to machine, and tells a reader nothing.
    notebook.metadata["language_info"] = {"name": "python"}
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)
