"""Runs cells in the page as a notebook would: one after the other, in one namespace."""

import ast
import builtins
import contextlib
import functools
import importlib
import io
import linecache
import os
import re
import sys
import traceback
import types
from pathlib import Path

HERE = Path(__file__).parent
PRINTED = 30_000  # characters; more than an answer to an exercise may print
CUT = "\n……\n打印得太多，停下了。循环什么时候结束？\n"
DRAWN = 20_000_000  # characters of pictures
TOO_LARGE = "\n……\n图太多，或者太大，停下了。\n"
NOBODY = dict.fromkeys(["Creator", "Date", "Format", "Type"])  # in the figures: as in notebooks
SHOWN = 5  # of the learner's lines that led to an error
NO_INPUT = "网页里没有 input()。把要用的值直接写进代码。"
NO_PADDLE = "网页里没有飞桨（paddle）。要用它，请在别的地方运行这一章。"


class _TooMuch(BaseException):
    """Ends what prints without end; `except Exception` does not catch it."""


class _Output(io.TextIOBase):
    """Hands on what is printed, up to a limit."""

    def __init__(self, write):
        self.to, self.left = write, PRINTED

    def write(self, text):
        if self.left < 0:
            raise _TooMuch(CUT)
        self.to(text[: self.left])
        self.left -= len(text)
        if self.left < 0:
            raise _TooMuch(CUT)
        return len(text)


class _Elsewhere(BaseException):
    """Ends what a page can't do; no check takes it for an answer's error."""


class _NoPaddle(types.ModuleType):
    """Lets a cell import Paddle, for the rest of it may need none; and that is all."""

    def __getattr__(self, name):
        if name.startswith("__"):  # what Python itself looks for in any module
            raise AttributeError(name)
        raise _Elsewhere(NO_PADDLE)


def prepare():
    """Put something in the place of what a page has not, and load what exercises need."""
    (HERE / "chapters").mkdir(exist_ok=True)
    os.chdir(HERE / "chapters")  # as the notebooks
    sys.modules["paddle"] = _NoPaddle("paddle")
    builtins.input = _ask
    import numpy as np

    from exercises import project

    np.bincount = _of_any_whole_numbers(np.bincount)
    project.some_digits = _digits


def _ask(*_):
    raise EOFError(NO_INPUT)


def _of_any_whole_numbers(bincount):
    """Let `bincount` count int64, such as labels, though this Python is one of 32 bits."""

    @functools.wraps(bincount)
    def count(x, *args, **kwargs):
        if getattr(x, "dtype", None) == "int64":
            x = x.astype("int32")
        return bincount(x, *args, **kwargs)

    return count


def _digits(count):
    """Return what `exercises.project.some_digits` takes from MNIST; packed with the book."""
    import numpy as np

    with np.load(HERE / "digits.npz") as packed:
        return packed[f"images_{count}"].astype(np.float32) / 256, packed[f"labels_{count}"]


def get_ready(source):
    """Do what no answer shall wait for: run the solutions of the exercises that a cell checks.

    Where Matplotlib has come, it draws as in the chapters, whatever was set in a run before.
    """
    from exercises import of_solution

    if (HERE / "matplotlib").is_dir():
        _prepare_plots()
    for number in re.findall(r"""\bcheck\(["'](\w+\.\d+)["'],""", source):
        with contextlib.suppress(BaseException):  # will be told when the cell runs
            of_solution(number)


def _prepare_plots():
    """Load Matplotlib, and let it draw as at the beginning of a chapter."""
    importlib.invalidate_caches()
    import matplotlib

    nothing = {"get_ipython": lambda: None, "set_matplotlib_formats": None}  # there is no IPython
    for name in ("IPython", "matplotlib_inline", "matplotlib_inline.backend_inline"):
        sys.modules[name] = types.SimpleNamespace(**nothing)
    from mnist_course.plotting import plt, use_chinese_font

    plt.close("all")
    matplotlib.rcdefaults()
    matplotlib.use("svg")
    use_chinese_font()


def run(sources, write, draw=None):
    """Run cells one after the other in a new namespace; the last one's output is seen.

    Parameters
    ----------
    sources : list of str
        The cells. One that raises an error is the last.
    write : callable
        Takes each piece of text of the output: what the last cell prints, the value of its last
        line, or the learner's lines that led to an error.
    draw : callable, optional
        Takes each figure that the last cell shows or leaves open: text, SVG.

    Returns
    -------
    str
        "ok" or "error".

    Examples
    --------
    >>> run(["a = 6", "a * 7"], sys.stdout.write)
    42
    'ok'
    """
    names, before = {"__name__": "__main__"}, (sys.stdout, sys.stderr)
    files = [f"<{number}>" for number in range(1, len(sources) + 1)]
    try:
        for file, source in zip(files, sources, strict=True):
            last = file == files[-1]
            sys.stdout = sys.stderr = _Output(write if last else lambda _: None)
            linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
            show = _figures(draw if last else None)
            _run(source, file, names, last)
            show()
    except BaseException as error:
        write(_said(error, files))
        return "error"
    finally:
        sys.stdout, sys.stderr = before
        names.clear()  # large arrays would wait for Python to look for what nobody needs
    return "ok"


def _figures(draw):
    """Return what hands on all figures that are open and closes them; `plt.show` is that, too."""
    plt, left = sys.modules.get("matplotlib.pyplot"), DRAWN

    def show(*_, **__):
        nonlocal left
        for number in plt.get_fignums() if draw else ():
            svg = io.StringIO()
            plt.figure(number).savefig(svg, format="svg", bbox_inches="tight", metadata=NOBODY)
            left -= len(svg.getvalue())
            if left < 0:
                raise _TooMuch(TOO_LARGE)
            draw(svg.getvalue())
        plt.close("all")

    if plt:
        plt.show = show
    return show if plt else lambda: None


def _run(source, file, names, show):
    """Run a cell, and show the value of its last line if it has one."""
    tree = ast.parse(source, file)
    end = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)
    if end is None:
        return
    value = eval(compile(ast.Expression(end.value), file, "eval"), names)
    if show and value is not None:
        print(repr(value))


def _said(error, files):
    """Return the learner's lines that led to an error, and what it says."""
    if isinstance(error, _TooMuch):
        return str(error)
    what = [f"{error}\n"]
    if not isinstance(error, _Elsewhere):
        what = traceback.format_exception_only(error)
    said = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename in files:
            where = f"，{frame.name}" if frame.name != "<module>" else ""
            said.append(f"{_line(frame.filename, frame.lineno, files)}{where}\n    {frame.line}\n")
    if isinstance(error, SyntaxError) and error.filename in files:
        said, what = [f"{_line(error.filename, error.lineno, files)}\n"], what[1:]
    return "".join([*[*dict.fromkeys(said)][-SHOWN:], *what])


def _line(file, number, files):
    """Return how a line is called."""
    return f"{'' if file == files[-1] else '前面的单元格，'}第 {number} 行"
