"""Take away from a Python on Linux what Windows lacks, and some of it macOS too.

Each Python that starts with this folder on PYTHONPATH imports this file (tests/windows.sh). Only
the course sees a difference: its modules, and the cells of its chapters. What a library does on
Linux says nothing of what it does on Windows.
"""

import builtins
import functools
import os
import signal
import sys
import time
import types
from pathlib import PurePath

# A part of what https://docs.python.org/3/library/os.html and the others mark "Unix" or "Linux".
MODULES = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "syslog", "posix"}
NAMES = {
    os: "fork forkpty killpg setpgrp setpgid getpgid setsid getuid geteuid getgid chown nice "
    "posix_fadvise posix_spawn sched_setaffinity sched_getaffinity sched_yield sendfile statvfs "
    "pread pwrite mkfifo memfd_create wait wait3 wait4 uname getloadavg sysconf",
    signal: "SIGKILL SIGALRM SIGCHLD SIGHUP SIGQUIT SIGSTOP SIGCONT SIGUSR1 SIGUSR2 alarm pause "
    "setitimer pthread_kill sigwait",
}
OTHERS = {
    os: {"name": "nt", "sep": "\\"},
    sys: {"platform": "win32"},
    time: {  # they advance 64 times a second
        "time": lambda: time.time() * 64 // 1 / 64,
        "monotonic": lambda: time.monotonic() * 64 // 1 / 64,
    },
}
FOLDERS = ("/proc/", "/sys/", "/dev/", "/var/", "/etc/")


def is_ours(frame):
    """Say whether this is code of the course, a cell, or a program that one of them starts."""
    file = frame.f_code.co_filename if frame else __file__
    if file.startswith("<"):
        return file.startswith(("<string>", "<stdin>", "<ipython-input"))
    return not file.startswith((sys.prefix, sys.base_prefix, __file__))


def for_us():
    """Say whether the standard library does something now that the course has asked for."""
    frame = sys._getframe().f_back.f_back
    library = os.path.dirname(os.__file__)
    while frame and not is_ours(frame):
        file = frame.f_code.co_filename
        if not file.startswith((library, "<frozen", __file__)) or "site-packages" in file:
            return False
        frame = frame.f_back
    return frame is not None


def take_away(module, names, others):
    """Let the course find none of the names in a module, and other things under others."""

    class Lacking(types.ModuleType):
        def __getattribute__(self, name):
            if (name in names or name in others) and is_ours(sys._getframe().f_back):
                if name in others:
                    return others[name]
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            return super().__getattribute__(name)

    module.__class__ = Lacking


def import_less(name, *args, **kind):
    """Import what Windows has."""
    if is_ours(sys._getframe().f_back):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == "mmap":
            take_away(whole_import(name), {"MADV_RANDOM", "MADV_NORMAL", "PROT_READ"}, {})
        if name.split(".")[0] == "multiprocessing":
            context = whole_import("multiprocessing.context").context
            for method in ("fork", "forkserver"):
                context._concrete_contexts.pop(method, None)
            context._default_context._default_context = context._concrete_contexts["spawn"]
    return whole_import(name, *args, **kind)


def is_open(path):
    """Say whether this process has the file open or mapped."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    files = {os.readlink(link) for link in links if os.path.islink(link)}
    with open("/proc/self/maps", "rb") as maps:
        mapped = maps.read()
    path = os.path.realpath(path)
    return path in files or b" %s\n" % os.fsencode(path) in mapped


def refuse(event, args):
    """Fail where Windows does: a file that is open, a folder that is opened, a foreign path."""
    if event not in ("open", "os.remove", "os.rename", "os.mkdir", "os.listdir", "os.scandir"):
        return
    caller = sys._getframe().f_back
    if caller and caller.f_code is is_open.__code__:
        return
    if event in ("os.remove", "os.rename") and for_us():
        # A file's path, and the folder that it is relative to; of a new name, the old one's too.
        files = [args[:2]] if event == "os.remove" else [args[0::2], args[1::2]]
        for path, folder in files:
            if folder != -1:
                path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))
            if is_open(path):
                raise PermissionError(13, "It is being used by another process", os.fsdecode(path))
    if isinstance(args[0], str) and args[0].startswith(FOLDERS) and for_us():
        raise FileNotFoundError(2, "No such file or directory", args[0])
    if event == "open" and is_ours(caller) and os.path.isdir(args[0]):
        raise PermissionError(13, "Permission denied", args[0])


def only_here(function):
    """Let a function that raises no audit event find no foreign path."""

    @functools.wraps(function)
    def careful(path, *args, **kind):
        if isinstance(path, (str, PurePath)) and os.fspath(path).startswith(FOLDERS) and for_us():
            raise FileNotFoundError(2, "No such file or directory", os.fspath(path))
        return function(path, *args, **kind)

    return careful


def rename(source, target, **folders):
    """Rename a file, if there is none of the new name; `os.replace` does that, too."""
    if for_us() and os.path.lexists(target):
        raise FileExistsError(17, "File exists", os.fspath(target))
    whole_rename(source, target, **folders)


def with_backslashes(path):
    """Show a path as Windows does, but for folders: those that are there keep their names."""
    text = with_slashes(path)
    return "\\".join(text.rsplit("/", 1)) if is_ours(sys._getframe().f_back) else text


whole_import, builtins.__import__ = builtins.__import__, import_less
with_slashes, PurePath.__str__ = PurePath.__str__, with_backslashes
for module in {**NAMES, **OTHERS}:
    take_away(module, set(NAMES.get(module, "").split()), OTHERS.get(module, {}))
whole_rename, os.rename = os.rename, rename
os.stat, os.statvfs = only_here(os.stat), only_here(os.statvfs)
sys.addaudithook(refuse)
