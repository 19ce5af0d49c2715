"""start.py: what a reader meets who has nothing but Python and the ZIP file of the course."""

import ast
import collections
import contextlib
import errno
import functools
import hashlib
import http.server
import importlib.util
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
import types
import zipfile
from pathlib import Path

import pytest

from extensions.repository import PDF, SIZES, ZIP

ROOT = Path(__file__).parent.parent


@pytest.fixture
def start():
    """Return start.py as a module of its own."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def course(tmp_path):
    """Make a folder as a reader may have, with start.py and a lock of two small packages."""
    folder = tmp_path / "手写 数字 (第 2 份)"
    (folder / "binder").mkdir(parents=True)
    shutil.copy(ROOT / "start.py", folder)
    wheels = {
        "one": "",
        "jupyterlab": "import one, os, sys; print('JupyterLab:', *map(os.path.basename, sys.argv))",
    }
    lock = ""
    for name, code in wheels.items():
        file = package(tmp_path / "index", name, code)
        lock += f"{name}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
    lock += 'elsewhere==1.0 ; sys_platform == "nowhere" --hash=sha256:' + 64 * "0" + "\n"
    (folder / "binder" / "requirements.txt").write_text(lock)
    return folder


def package(index, name, code):
    """Make a wheel of one module in a folder that pip takes for an index."""
    folder = index / name
    folder.mkdir(parents=True)
    file = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "")
        wheel.writestr(f"{name}/__main__.py", code)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return file


@pytest.fixture
def index(tmp_path):
    """Serve the folder `index`; return its address, what was asked for, and what is to fail."""
    asked, failing = collections.Counter(), set()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked[Path(self.path).name] += 1
            if Path(self.path).name in failing:
                self.connection.close()
            else:
                super().do_GET()

        def end_headers(self):
            self.send_header("Cache-Control", "max-age=1000")  # as indexes do
            super().end_headers()

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=tmp_path / "index")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked, failing
    server.shutdown()
    server.server_close()


def run(folder, *arguments, index="http://127.0.0.1:9/", before=(), letters="utf-8"):
    """Run start.py; return its exit code, what it printed, and its error in two lines."""
    done = subprocess.run(
        [*before, sys.executable, folder / "start.py", *arguments],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "PIP_INDEX_URL": index,
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_CACHE_DIR": str(folder.parent / "cache"),
            "PIP_RETRIES": "1",
            "PIP_TRUSTED_HOST": "127.0.0.1",  # or pip keeps nothing that came by http
            "PYTHONIOENCODING": letters,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd="/",
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr.strip().split("\n")


def test_without_a_network_it_says_so(start, course, capsys, monkeypatch):
    monkeypatch.setattr(start, "PYTHON", sys.executable)  # any with a pip
    monkeypatch.setattr(start, "LOCK", course / "binder" / "requirements.txt")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SystemExit) as end:
        start.install()
    chinese, english = capsys.readouterr().err.strip().split("\n")
    assert end.value.code == 1
    assert "检查网络" in chinese and "PIP_INDEX_URL" in chinese and "check the network" in english


def test_it_goes_on_where_the_network_failed_and_then_just_opens(course, index):
    address, asked, failing = index
    installed = course / ".venv" / "installed.txt"
    left = course / ".venv" / "left"
    left.parent.mkdir()
    left.touch()  # by an attempt that was broken off
    failing.add("jupyterlab-1.0-py3-none-any.whl")
    code, printed, (chinese, _) = run(course, index=address)
    assert code == 1 and not installed.exists() and not left.exists()
    assert "检查网络" in chinese and "[1/2] one\n" in printed and "再试一次" in printed

    failing.clear()
    code, printed, _ = run(course, "--no-browser", index=address)
    assert (
        code == 0 and asked["one-1.0-py3-none-any.whl"] == 1
    )  # what was there is not fetched again
    assert "[1/2] one\n[2/2] jupyterlab\n" in printed and "elsewhere" not in printed
    assert "JupyterLab:" in printed and "00-warm-up.ipynb --no-browser\n" in printed

    asked.clear()
    left.touch()
    code, printed, _ = run(course, index=address)
    assert code == 0 and not asked and left.exists()
    assert "JupyterLab:" in printed and "01-loading.ipynb\n" in printed and "[1/2]" not in printed


@pytest.mark.parametrize(
    "damage",
    [
        lambda start: start.INSTALLED.unlink(),
        lambda start: start.INSTALLED.write_text("of another edition of the course"),
        lambda start: start.PYTHON.unlink(),
        lambda start: start.PYTHON.write_text("#!/bin/sh\nexit 1\n"),  # its base was removed
    ],
)
def test_an_environment_that_is_not_whole_is_not_used(start, tmp_path, monkeypatch, damage):
    monkeypatch.setattr(start, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(start, "INSTALLED", tmp_path / "installed.txt")
    start.PYTHON.write_text("#!/bin/sh\nexit 0\n")
    start.PYTHON.chmod(0o755)
    shutil.copy(start.LOCK, start.INSTALLED)
    assert start.is_ready()
    damage(start)
    assert not start.is_ready()


def test_a_folder_that_cannot_be_written_is_refused(course):
    course.chmod(0o555)
    drop = [] if os.geteuid() else ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
    code, _, (chinese, english) = run(course, before=drop)
    assert code == 1 and "不能写课程的文件夹" in chinese and "cannot be written" in english
    assert str(course) in chinese and str(course) in english
    # Where the console lacks letters, it is said with those that it has.
    _, printed, (_, english) = run(course, before=drop, letters="ascii")
    assert "Making .venv" in printed and "cannot be written" in english


def test_a_start_from_inside_the_zip_file_is_refused(tmp_path):
    shutil.copy(ROOT / "start.py", tmp_path)
    code, _, (chinese, english) = run(tmp_path)
    assert code == 1 and "解压" in chinese and "unpack the whole ZIP" in english
    assert [path.name for path in tmp_path.iterdir()] == ["start.py"]


def refused(start, capsys):
    """Run main, which must refuse; return the sentences."""
    with pytest.raises(SystemExit) as end:
        start.main()
    assert end.value.code == 1
    return capsys.readouterr().err.strip().split("\n")


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 14, 0), (2, 7, 18)])
def test_another_python_is_refused(start, capsys, monkeypatch, version):
    monkeypatch.setattr(start, "make", lambda: pytest.fail("it began"))
    monkeypatch.setattr(start, "open_lab", lambda chapter: pytest.fail("it began"))
    monkeypatch.setattr(sys, "version_info", version)
    name = ".".join(map(str, version))
    monkeypatch.setattr(sys, "version", f"{name} (main, Oct 7 2025)")
    chinese, english = refused(start, capsys)
    assert "需要 64 位的 Python 3.11 到 3.13" in chinese and name in chinese
    assert "Python 3.11, 3.12 or 3.13 (64-bit) is needed" in english and name in english


def test_a_python_of_32_bits_is_refused(start, capsys, monkeypatch):
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    chinese, english = refused(start, capsys)
    assert "这是 32 位的" in chinese and "(32-bit)" in english


def test_an_old_python_gets_as_far_as_saying_so():
    source = (ROOT / "start.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {name.name.split(".")[0] for name in node.names} <= sys.stdlib_module_names
        if isinstance(node, ast.ImportFrom):
            assert node.module in sys.stdlib_module_names
        assert not isinstance(node, ast.NamedExpr)


def test_a_full_disk_is_refused_before_anything_is_made(start, capsys, monkeypatch):
    monkeypatch.setattr(start, "is_ready", lambda: False)
    monkeypatch.setattr(start.venv, "create", lambda *args, **kind: pytest.fail("it began"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1e9))
    chinese, english = refused(start, capsys)
    assert "硬盘空间不够，至少要 2 GB" in chinese and "2 GB are needed" in english


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "硬盘空间不够"),
        (PermissionError(errno.EACCES, "Access is denied"), "不能写课程的文件夹"),
        (subprocess.CalledProcessError(1, "ensurepip"), "python.org"),
        (KeyboardInterrupt(), "停下了"),
    ],
)
def test_an_environment_that_cannot_be_made_is_said_plainly(
    start, capsys, monkeypatch, error, says
):
    def fail(*args, **kind):
        raise error

    monkeypatch.setattr(start, "is_ready", lambda: False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1e12))
    monkeypatch.setattr(start.venv, "create", fail)
    chinese, english = refused(start, capsys)
    assert says in chinese and english.isascii()


@pytest.mark.parametrize(("system", "links"), [("nt", False), ("posix", True)])
def test_an_environment_is_made_anew_without_links_where_they_need_rights(
    start, monkeypatch, system, links
):
    made = []
    monkeypatch.setattr(start, "os", types.SimpleNamespace(name=system))
    monkeypatch.setattr(start.venv, "create", lambda folder, **how: made.append((folder, how)))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1e12))
    monkeypatch.setattr(start, "install", lambda: None)
    monkeypatch.setattr(shutil, "copy", lambda *paths: None)
    start.make()
    assert made == [(start.VENV, {"clear": True, "with_pip": True, "symlinks": links})]


def test_a_python_without_venv_says_what_to_install(start, capsys, monkeypatch):
    monkeypatch.setattr(start, "is_ready", lambda: False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    chinese, english = refused(start, capsys)
    assert "sudo apt install python3-venv" in chinese and "python3-venv" in english


# What pip of Python 3.11 to 3.13 says, shortened.
RETRYING = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
NOTHING = "ERROR: No matching distribution found for paddlepaddle==3.3.1\n"
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
LONG = (
    "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory\n"
    "HINT: This error might have occurred since this system does not have Windows Long Path "
    "support enabled.\n"
)
DAMAGED = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
NO_SSL = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'SSLError(\"Can't connect to "
    "HTTPS URL because the SSL module is not available.\")'\n"
)
IN_USE = "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied\n"
GBK = "ERROR: Could not install packages due to an OSError: [WinError 112] \udcb4\udcc5\n"


@pytest.mark.parametrize(
    ("pip", "says"),
    [
        (RETRYING + NOTHING, "检查网络"),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.\n", "检查网络"),
        (NOTHING, "或者没有给这台电脑的"),
        (FULL, "硬盘空间不够"),
        (GBK, "硬盘空间不够"),
        ("OSError: No space left on device\n", "硬盘空间不够"),
        ("OSError: [Errno 30] Read-only file system\n", "不能写课程的文件夹"),
        ("OSError: [Errno 13] Permission denied\n", "不能写课程的文件夹"),
        ("OSError: [WinError 32] used by another process\n", "不能写课程的文件夹"),
        ("OSError: [WinError 53]\n", "安装没有成功"),
        ("requests.exceptions.ProxyError: HTTPSConnectionPool\n", "检查网络"),
        ("requests.exceptions.SSLError: certificate verify failed\n", "检查网络"),
        ("urllib3.exceptions.ProtocolError: Connection broken\n", "检查网络"),
        (RETRYING + FULL, "硬盘空间不够"),
        (LONG, "路径太长"),
        (RETRYING + DAMAGED, "可能坏了"),
        (IN_USE, "不能写课程的文件夹"),
        (NO_SSL + NOTHING, "Anaconda"),
        ("Collecting\n" * 20 + "ERROR: something else\n", "安装没有成功"),
    ],
)
def test_what_pip_says_becomes_one_sentence(start, capsys, monkeypatch, tmp_path, pip, says):
    fake_pip(start, monkeypatch, tmp_path, pip, code=1)
    with pytest.raises(SystemExit):
        start.install()
    printed, error = capsys.readouterr()
    chinese, english = error.strip().split("\n")
    assert says in chinese and english.isascii()
    assert ("安装没有成功" in says) == (pip[-20:] in printed)  # the unknown is shown


def fake_pip(start, monkeypatch, folder, says, code=0):
    """Let start.py meet a Python whose pip says this."""
    (folder / "says").write_bytes(says.encode(errors="surrogateescape"))
    python = folder / "python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *--help) echo raw; exit;; esac\n'
        f'echo "$*" > "${{0%/*}}/asked"; cat "${{0%/*}}/says"; exit {code}\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(start, "PYTHON", python)


def test_a_terminal_shows_how_much_of_a_file_is_here(start, monkeypatch, tmp_path):
    pip = (
        "Ignoring appnope: markers\nCollecting paddlepaddle==3.3.1 (from -r binder/x.txt (line 9))"
    )
    fake_pip(start, monkeypatch, tmp_path, pip + "\nProgress 52000000 of 194839332\n")
    monkeypatch.setattr(start, "LOCK", tmp_path / "lock.txt")
    start.LOCK.write_text("appnope==1.0 ; sys_platform == 'darwin'\npaddlepaddle==3.3.1\nsix==1\n")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        start.install()
    shown = b""
    with contextlib.suppress(OSError):  # that nobody writes there any more
        while piece := os.read(ours, 10_000):
            shown += piece
    os.close(ours)
    shown = shown.decode()
    assert "[1/2] paddlepaddle" in shown and "52.0 / 194.8 MB" in shown
    # Nothing is compiled on a reader's machine, nothing installed that the lock does not know.
    asked = (tmp_path / "asked").read_text()
    assert f"--only-binary :all: --require-hashes -r {start.LOCK} " in asked


@pytest.mark.parametrize(("system", "waits"), [("nt", 1), ("posix", 0)])
def test_a_window_of_its_own_stays_until_the_words_are_read(
    start, capsys, monkeypatch, system, waits
):
    asked = []
    monkeypatch.setattr(start, "os", types.SimpleNamespace(name=system))
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", asked.append)
    with pytest.raises(SystemExit):
        start.stop("中文", "English")
    assert len(asked) == waits
    assert capsys.readouterr().err == "\n中文\nEnglish\n"


def test_jupyterlab_has_the_whole_course_and_answers_ctrl_c_itself(start, monkeypatch):
    ends = iter([True, False])

    def wait():
        if next(ends):
            raise KeyboardInterrupt
        return 0

    def begin(command):
        place = command.index("--notebook-dir")
        assert command[place + 1 :] == [str(ROOT), str(ROOT / "chapters" / "01-loading.ipynb")]
        return types.SimpleNamespace(wait=wait)

    monkeypatch.setattr(sys, "argv", ["start.py"])
    monkeypatch.setattr(subprocess, "Popen", begin)
    assert start.open_lab("01-loading.ipynb") == 0


def test_a_jupyterlab_that_fails_is_not_silent(start, capsys, monkeypatch):
    monkeypatch.setattr(start, "is_ready", lambda: True)
    monkeypatch.setattr(start, "open_lab", lambda chapter: 1)
    chinese, english = refused(start, capsys)
    assert "JupyterLab 出错了" in chinese and "JupyterLab failed" in english


def test_the_zip_file_that_readers_take_has_what_is_committed_and_starts(tmp_path):
    """As `make along` makes it; the numbers on the landing page are its own."""
    file = tmp_path / "course.zip"
    subprocess.run(["make", "-C", ROOT, "--silent", "zip", f"ZIP={file}"], check=True)
    commands = subprocess.check_output(["make", "-C", ROOT, "--just-print", "along"], text=True)
    assert {f"_build/html/{name}" for name in (ZIP, PDF)} <= set(re.split("[ =\n]", commands))
    assert round(file.stat().st_size / 1e6) == SIZES[ZIP]
    listing = ["git", "-C", ROOT, "ls-tree", "-rz", "--name-only", "HEAD"]
    committed = subprocess.check_output(listing, text=True)
    with zipfile.ZipFile(file) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        assert names == {f"mnist-course/{name}" for name in committed.split("\0")[:-1]}
        archive.extractall(tmp_path)
    course = tmp_path / "mnist-course"
    data = Path("work", "mnist.json.gz")
    assert (course / data).read_bytes() == (ROOT / data).read_bytes()

    # With an environment that is ready, it opens a chapter that is there.
    python = course / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\ntest "$1" = -c || echo "$@"\n')
    python.chmod(0o755)
    shutil.copy(course / "binder" / "requirements.txt", course / ".venv" / "installed.txt")
    code, printed, _ = run(course)
    assert code == 0 and Path(printed.split()[-1]).is_file()
    assert Path(printed.split()[-1]).parent == course / "chapters"
