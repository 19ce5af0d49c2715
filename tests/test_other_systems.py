"""Chapters run on Windows and macOS: shown on Linux, without what it has and they lack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_as_on_windows(code, *command):
    """Run code of the course without what Windows lacks; return what it printed."""
    command = command or (sys.executable, "-c")
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("tests/windows", "chapters", "."))
    done = subprocess.run(
        [*command, code], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import resource", "No module named 'resource'"),
        ("import os; os.fork()", "has no attribute 'fork'"),
        ("import os; os.sched_setaffinity(0, [0])", "has no attribute 'sched_setaffinity'"),
        ("import signal; signal.SIGKILL", "has no attribute 'SIGKILL'"),
        ("import mmap; mmap.MADV_RANDOM", "has no attribute 'MADV_RANDOM'"),
        ("import multiprocessing as m; m.get_context('fork')", "cannot find context for 'fork'"),
        ("import multiprocessing as m; print(m.get_start_method())", "spawn"),
        ("from pathlib import Path; Path('/proc/self/io').read_text()", "FileNotFoundError"),
        ("import shutil; shutil.disk_usage('/dev/shm')", "FileNotFoundError"),
        ("import os; os.open('.', os.O_RDONLY)", "PermissionError"),
        ("import os, sys; print(os.name, sys.platform)", "nt win32"),
        ("from pathlib import Path; print(Path('folder', 'file'))", r"folder\file"),
        ("import time; print(time.time() * 64 % 1)", "0.0"),
        ("import start; print(start.PYTHON)", r".venv/Scripts\python.exe"),
    ],
)
def test_what_windows_lacks_is_gone(code, says):
    assert says in run_as_on_windows(code)


@pytest.mark.parametrize(
    "harm",
    [
        "kept = open(path); os.remove(path)",
        "kept = open(path); os.replace(other, path)",
        "kept = open(other); os.replace(other, path)",
        "os.rename(other, path)",
        "pathlib.Path(other).rename(path)",
        "kept = np.load(path, mmap_mode='r'); os.remove(path)",
        "kept = np.load(path, mmap_mode='r'); folder.cleanup()",
    ],
)
def test_a_file_that_is_in_use_or_of_that_name_is_in_the_way_there(harm):
    code = """
import os, pathlib, tempfile
import numpy as np
folder = tempfile.TemporaryDirectory()
path, other = (os.path.join(folder.name, name) for name in ("one.npy", "two.npy"))
np.save(path, np.zeros(9)), np.save(other, np.zeros(9))
try:
    %s
except OSError as error:
    print("refused", error)
kept = None
os.replace(other, path)
folder.cleanup()
print("left", os.path.exists(path))
"""
    printed = run_as_on_windows(code % harm)
    assert "refused" in printed and "left False" in printed, printed


def test_a_checkpoint_is_saved_where_no_folder_can_be_opened(tmp_path):
    code = """
from mnist_course.checkpoint import save_checkpoint
class Empty:
    def state_dict(self):
        return {}
    def get_lr(self):
        return 0.1
for position in [(0, 1), (0, 2)]:
    save_checkpoint(%r, Empty(), Empty(), position, {})
print("saved")
"""
    printed = run_as_on_windows(code % str(tmp_path / "saved.npz"))
    assert printed == "saved\n" and [path.name for path in tmp_path.iterdir()] == ["saved.npz"]


def test_the_data_file_is_made_there(tmp_path):
    code = (
        "import numpy as np\nfrom work import build_mnist\nbuild_mnist.write(%r, [])\nprint('made')"
    )
    printed = run_as_on_windows(code % str(tmp_path / "mnist.json.gz"))
    assert printed == "made\n" and [path.name for path in tmp_path.iterdir()] == ["mnist.json.gz"]


def test_a_cache_that_is_in_use_there_stays_as_it_is_until_it_is_not(tmp_path):
    code = """
import numpy as np
from mnist_course import cache
cache.save(folder, 64 * "a", {"one": np.zeros(3)})
with open(cache._file(folder, 64 * "a"), "rb"):
    cache.save(folder, 64 * "a", {"one": np.ones(3)})
print(cache.load(folder, 64 * "a")["one"])
cache.save(folder, 64 * "a", {"one": np.ones(3)})
print(cache.load(folder, 64 * "a")["one"])
"""
    printed = run_as_on_windows(f"from pathlib import Path\nfolder = Path({str(tmp_path)!r}){code}")
    assert printed == "[0. 0. 0.]\n[1. 1. 1.]\n" and len(list(tmp_path.iterdir())) == 1


def test_an_answer_that_leaves_its_file_open_is_not_refused_there():
    code = """
import gzip, json
import numpy as np
from exercises import check
left_open = []
def read(path):
    left_open.append(gzip.open(path))
    train, val, test = json.load(left_open[-1])
    return train, val
check("10.1", read)
"""
    assert "应该是 NumPy 数组" in run_as_on_windows(code)  # the answer's own fault


def test_a_cell_that_needs_linux_says_so_in_one_line():
    code = "import needs_linux\nprint('before')\nimport resource\nprint('after')"
    printed = run_as_on_windows(code, sys.executable, "-m", "IPython", "--colors=NoColor", "-c")
    before, line = printed.strip().split("\n")
    assert before == "before" and "要在 Linux 上运行，见开头" in line
    assert "No module named 'resource'" in line


def test_on_linux_an_error_keeps_its_traceback():
    command = [sys.executable, "-m", "IPython", "--colors=NoColor", "-c"]
    done = subprocess.run(
        [*command, "import needs_linux\n1 / 0"],
        cwd=ROOT / "chapters",
        capture_output=True,
        text=True,
    )
    assert "Traceback" in done.stdout and "在 Linux 上运行" not in done.stdout


@pytest.mark.skipif(
    not Path("/usr/share/i18n/charmaps/GBK.gz").exists(), reason="needs the package locales"
)
def test_a_chapter_holds_as_on_windows():
    run = subprocess.run(
        ["bash", ROOT / "tests" / "windows.sh", "chapters/01-loading.ipynb"],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        encoding="gbk",
        errors="replace",
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr
