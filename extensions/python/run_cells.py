"""Runs cells in the page as a notebook would, one after the other in one namespace."""

import ast
import io
import linecache
import sys
import traceback
import types

MOST = 20_000  # characters of output
CUT = "\n……\n输出太多，停下了。循环什么时候结束？\n"
NO_PADDLE = "网页里没有飞桨。要用它，请在别处运行这一章：页面上方的小火箭。"


class _TooMuch(BaseException):
    """Ends what prints without end; no `except Exception` catches it."""


class _Output(io.TextIOBase):
    """Hands on what is printed, up to a limit."""

    def __init__(self, write):
        self.to, self.left = write, MOST

    def write(self, text):
        if self.left <= 0:
            raise _TooMuch
        self.to(text[: self.left])
        self.left -= len(text)
        if self.left <= 0:
            self.to(CUT)
            raise _TooMuch
        return len(text)


class _NoPaddle(types.ModuleType):
    """Can be imported, for what stands in the same cell and needs no Paddle; and that is all."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(NO_PADDLE)


def run(sources, write):
    """Run cells one after the other in a new namespace; only the last one's output is seen.

    Parameters
    ----------
    sources : list of str
        The cells.
    write : callable
        Called with each piece of text that the last cell prints.

    Returns
    -------
    str
        "ok" or "error"
    """
    names = {"__name__": "__main__"}
    sys.modules["__main__"].__dict__.update(names)
    sys.modules.setdefault("paddle", _NoPaddle("paddle"))
    before = sys.stdout, sys.stderr
    shown = _Output(write)
    try:
        for number, source in enumerate(sources, 1):
            last = number == len(sources)
            sys.stdout = sys.stderr = shown if last else _Output(lambda _: None)
            _run(source, f"<{number}>", names, last)
    except _TooMuch:
        return "error"
    except BaseException as error:
        sys.stdout = sys.stderr = shown
        with_limits = _said(error, len(sources))
        try:
            shown.write(with_limits)
        except _TooMuch:
            pass
        return "error"
    finally:
        sys.stdout, sys.stderr = before
    return "ok"


def _run(source, file, names, last):
    """Run a cell; show the value of its last line, if it is the last one."""
    linecache.cache[file] = len(source), None, source.splitlines(True), file
    tree = ast.parse(source, file)
    end = tree.body.pop() if last and tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)
    if end and (value := eval(compile(ast.Expression(end.value), file, "eval"), names)) is not None:
        print(repr(value))


def _said(error, cells):
    """Return the learner's lines that led to an error, and what it says."""
    said = []
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        pass
    return "".join(said) + "".join(traceback.format_exception_only(error))
