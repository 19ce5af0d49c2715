"""Open the chapters on your own machine: python start.py, or a double-click on Windows.

The first time it makes .venv from binder/requirements.txt, with what a reader needs; afterwards it
only opens JupyterLab. What follows the name is for JupyterLab: python start.py --no-browser

It needs nothing but Python, and has no syntax that is newer than Python 3.6: an old one gets as far
as saying that it is too old.
"""

import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

COURSE = Path(__file__).resolve().parent
LOCK = COURSE / "binder" / "requirements.txt"
VENV = COURSE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INSTALLED = VENV / "installed.txt"  # a copy of LOCK, made when all of it is there
SPACE = 2e9  # bytes: 1.0e9 in .venv, 0.3e9 that pip keeps, as much while it unpacks

NO_SPACE = (
    f"硬盘空间不够，至少要 {SPACE / 1e9:.0f} GB：请删掉一些文件，再运行一次。",
    f"The disk is full, {SPACE / 1e9:.0f} GB are needed: make room and run this again.",
)
NO_NETWORK = (
    "下载没有成功：请检查网络，再运行一次，已经下载的不会再下载；慢或者连不上，"
    "可以先用环境变量 PIP_INDEX_URL 换一个镜像。",
    "The download failed: check the network and run this again, what is here is not downloaded "
    "twice. PIP_INDEX_URL may name a mirror.",
)
NOT_WRITABLE = (
    f"不能写课程的文件夹 {COURSE}：请关掉正在用它的程序，或者把它移到你的用户文件夹里。",
    f"The course's folder {COURSE} cannot be written: close what uses it, or move it to your home.",
)
# What pip says of a failure, and what a reader is told; the first that fits.
CAUSES = [
    (r"Errno 28|WinError 112|No space left", NO_SPACE),
    (
        r"Long Path",
        (
            f"文件夹的路径太长：请把 {COURSE} 移到短一些的地方，例如 C:\\mnist，再运行一次。",
            f"The path is too long: move {COURSE} to a shorter one, such as C:\\mnist.",
        ),
    ),
    (
        r"DO NOT MATCH THE HASHES",
        (
            "下载的文件和课程要的不一样，可能坏了：请再运行一次，还是这样就换一个镜像。",
            "A downloaded file is not the expected one, it may be damaged: run this again, and if "
            "that does not help, choose another mirror.",
        ),
    ),
    (
        r"(?i)ssl module .*not available",
        (
            "这个 Python 不能加密上网，Anaconda 的常常这样：请在 Anaconda Prompt 里运行 "
            "python start.py，或者换一个从 python.org 装的 Python。",
            "This Python has no SSL, as Anaconda's may: run start.py in the Anaconda Prompt, "
            "or try a Python from python.org.",
        ),
    ),
    (r"Retrying|Connection|timed out|Timeout|ProxyError|SSLError", NO_NETWORK),
    (
        r"No matching distribution found",
        (
            "有一个包，镜像里没有，或者没有给这台电脑的（要 64 位的 Intel、AMD，或者 Apple 芯片）："
            "请换一个镜像，或者在线运行。",
            "A package is not in the mirror, or not for this computer (64-bit Intel or AMD, or "
            "Apple's chips): choose another mirror, or run the chapters online.",
        ),
    ),
    (r"Errno 13|Errno 30|WinError 5\b|WinError 32", NOT_WRITABLE),
]


def stop(chinese, english):
    """Say what is wrong, and end."""
    print(f"\n{chinese}\n{english}", file=sys.stderr)
    # On Windows, a double-click gives a window that would vanish with these words.
    if os.name == "nt" and sys.stdin and sys.stdin.isatty():
        input("\n按 Enter 键结束。Press Enter to close. ")
    sys.exit(1)


def is_ready():
    """Say whether .venv is whole and of this edition of the course, and its Python still works."""
    try:
        whole = INSTALLED.read_bytes() == LOCK.read_bytes()
        return whole and subprocess.call([str(PYTHON), "-c", ""]) == 0
    except OSError:
        return False


def make():
    """Make .venv anew: what an earlier attempt left may have gaps that pip does not see."""
    print("准备课程要用的包：要下载几百 MB，只有这一次。中断了，再运行一次就接着来。")
    print("Making .venv: some hundred MB to download, just once. If it breaks off, run this again.")
    if importlib.util.find_spec("ensurepip") is None:  # so it is on Debian and Ubuntu
        stop(
            "这个 Python 缺少 venv：请先运行 sudo apt install python3-venv。",
            "This Python lacks venv: run sudo apt install python3-venv first.",
        )
    if shutil.disk_usage(COURSE).free < SPACE:
        stop(*NO_SPACE)
    venv.create(VENV, clear=True, symlinks=os.name != "nt", with_pip=True)
    install()
    shutil.copy(LOCK, INSTALLED)


def install():
    """Let pip install what LOCK lists, and show how far it is."""
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    pip += ["--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)]
    if b"raw" in subprocess.check_output([*pip, "--help"]):
        pip += ["--progress-bar", "raw"]  # pip from 24.1 tells a program how far it is
    packages = len(re.findall(r"^\w\S*==", LOCK.read_text("utf-8"), flags=re.MULTILINE))
    said, count, package = [], 0, ""
    running = subprocess.Popen(
        pip,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
    )
    for line in running.stdout:
        progress = re.match(r"Progress (\d+) of (\d+)", line)
        collecting = re.match(r"(?:Collecting|Processing) (?:\S*[/\\])?([^=\s]+)", line)
        if progress:
            if sys.stdout.isatty():
                here, whole = (int(number) / 1e6 for number in progress.groups())
                print(f"\r{package}  {here:.1f} / {whole:.1f} MB ", end="", flush=True)
            continue
        said.append(line)
        if line.startswith("Ignoring"):  # what is for another system
            packages -= 1
        elif collecting:
            count += 1
            package = f"[{count}/{packages}] {collecting[1]}"
            print(f"\n{package}", end="", flush=True)
        elif "Retrying" in line:
            print("\n网络没有回答，再试一次。No answer, trying again.", end="", flush=True)
        elif line.startswith("Installing"):
            print("\n正在安装，要一两分钟。Installing, this takes a minute or two.", flush=True)
    if running.wait() == 0:
        return
    text = "".join(said)
    for cause, sentences in CAUSES:
        if re.search(cause, text):
            stop(*sentences)
    print("".join(said[-10:]))
    stop(
        "安装没有成功，上面是 pip 最后说的话：请再运行一次，还是这样就告诉课程的作者。",
        "pip failed, with the words above: run this again, or report them as an issue.",
    )


def open_lab(chapter):
    """Run JupyterLab until it is shut down; return its exit code."""
    print(f"打开 {chapter}。结束：JupyterLab 的菜单 File → Shut Down，或者在这里按 Ctrl+C。")
    print(f"Opening {chapter}. To end: File → Shut Down in JupyterLab, or Ctrl+C here.", flush=True)
    command = [str(PYTHON), "-m", "jupyterlab", "--log-level=WARN", "--notebook-dir", str(COURSE)]
    lab = subprocess.Popen([*command, str(COURSE / "chapters" / chapter), *sys.argv[1:]])
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:
            pass  # JupyterLab has heard it, too, and asks what is meant


def main():
    """Make .venv if need be, and open JupyterLab: at first at the warm-up."""
    version = sys.version.split()[0]
    bits = 64 if sys.maxsize > 2**32 else 32
    if not (3, 11) <= sys.version_info[:2] <= (3, 13) or bits == 32:
        again = "py -3.13 start.py" if os.name == "nt" else "python3.13 start.py"
        stop(
            f"需要 64 位的 Python 3.11 到 3.13，这是 {bits} 位的 {version}："
            f"请装一个 3.13，再运行 {again}。",
            f"Python 3.11, 3.12 or 3.13 (64-bit) is needed, this is {version} ({bits}-bit): "
            f"install 3.13 and run {again}.",
        )
    for stream in (sys.stdout, sys.stderr):  # a console may lack letters
        stream.reconfigure(errors="replace")
    if not LOCK.exists():
        stop(
            "这里只有 start.py，没有课程别的文件：请先把整个 ZIP 解压，再运行解压出来的 start.py。",
            "The rest of the course is not here: unpack the whole ZIP file, then run this again.",
        )
    chapter = "01-loading.ipynb"
    try:
        if not is_ready():
            make()
            chapter = "00-warm-up.ipynb"
    except KeyboardInterrupt:
        stop("停下了。再运行一次，就接着来。", "Stopped. Run this again to go on.")
    except subprocess.CalledProcessError as error:
        stop(
            f"不能造好 .venv，{error}：请换一个从 python.org 装的 Python，再运行一次。",
            f".venv could not be made, {error}: try a Python from python.org.",
        )
    except OSError as error:
        stop(*(NO_SPACE if error.errno == errno.ENOSPC else NOT_WRITABLE))
    if open_lab(chapter) != 0:
        stop("JupyterLab 出错了，原因在上面。", "JupyterLab failed; the reason is above.")


if __name__ == "__main__":
    main()
