"""Run a learner's code so that it harms nothing: it ends, and it leaves the kernel as it was."""

import _thread
import builtins
import contextlib
import io
import os
import sys
import threading
import time

from exercises.results import Hint

try:
    import psutil
except ImportError:  # in a web page
    psutil = None
try:
    import resource
except ImportError:  # Windows
    resource = None

MEMORY = 500_000_000  # bytes that an answer may take beyond what was in use
ADDRESSES = 4_000_000_000  # the same, where the system says no at once (Linux)
PRINTED = 20_000  # characters
PATIENCE = 2  # seconds until a thread that was told to end is left behind

PYTHONS = os.path.dirname(threading.__file__)

SLOW = "等了 {:.0f} 秒还没有结束。循环什么时候停？如果在等什么，它一定会来吗？"
LARGE = "占的内存越来越多，停下了。是不是有一个列表在不停地变长，或者一次造了太大的数组？"
INPUT = "不要用 input()：函数要的东西，都从参数里来。"
MEANS = {
    MemoryError: LARGE,
    SystemExit: "不要用 exit()：它会结束整个程序。函数里要结束，用 return。",
    KeyboardInterrupt: "不要抛出 KeyboardInterrupt：它是留给人来中断程序的。",  # ours pass
}
PRINTS = "打印得太多，停下了。循环什么时候结束？"


class _Stop(SystemExit):
    """Ends a thread without a word; raised once more in the next line, where it was caught."""

    raised = 0

    def __init__(self):
        _Stop.raised += 1
        frame = sys._getframe(1)
        while frame:
            if not frame.f_code.co_filename.startswith((__file__, PYTHONS)):  # may hold locks
                frame.f_trace = _stop
            frame = frame.f_back
        sys.settrace(_stop)


def _stop(frame, event, _):
    """Trace a thread that is to end."""
    if event == "call":  # of something else, which may hold a lock
        return None
    if event == "line":
        raise _Stop
    return _stop


_telling = threading.Lock()


def _leave(thread, ended):
    """Note that a thread has ended, and hear what it was told before."""
    while True:
        try:
            sys.settrace(None)
            with _telling:
                ended.add(thread)
            for _ in range(9):
                time.sleep(0)
            return
        except _Stop:
            pass


def safely(work, seconds, loud=True):
    """Do `work()` in a thread, with limits; a hint if it exceeds one.

    What blocks a thread outside of Python can't be ended: such a thread is left behind.
    """
    threads, ended, errors, most = [], set(), [], _memory() + MEMORY

    def begin():
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            _leave(worker, ended)

    with _guarded(threads, ended, loud):
        worker = threading.Thread(target=begin, name="answer", daemon=True)
        threads.append(worker)
        try:
            worker.start()
        except RuntimeError:  # no threads here: a web page
            begin()
        try:
            reason = _watch(worker, seconds, most)
        finally:  # also after Ctrl-C
            _end(threads, ended)
    if reason:
        raise Hint(reason, reason[:2])
    for error in errors:
        for kind in MEANS:
            if isinstance(error, kind):
                raise Hint(MEANS[kind]) from error
        raise error


def _memory():
    return psutil.Process().memory_info().rss if psutil else 0


def _watch(worker, seconds, most):
    """Wait until the thread has ended; return why it must, if it exceeds a limit."""
    end = time.monotonic() + seconds
    while worker.is_alive():
        worker.join(0.05)
        if time.monotonic() > end:
            return SLOW.format(seconds)
        if _memory() > most:
            return LARGE


def _end(threads, ended):
    """Tell all threads that still run to end, again and again, for they may catch it."""
    for thread in threads:
        if thread.is_alive():
            thread.join(0.05)
    if not any(thread.is_alive() for thread in threads):
        return
    import ctypes  # not where there are no threads

    often, patience = sys.getswitchinterval(), time.monotonic() + PATIENCE
    raised, heard = _Stop.raised, time.monotonic()
    try:
        sys.setswitchinterval(1e-6)
        while alive := [each for each in threads if each.is_alive() and each not in ended]:
            for thread in alive:
                with _telling:
                    if thread not in ended:
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(
                            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stop)
                        )
            time.sleep(0)
            if _Stop.raised > raised:
                raised, heard = _Stop.raised, time.monotonic()
            if time.monotonic() > min(patience, heard + 0.2):  # outside of Python none hears it
                return
    finally:
        sys.setswitchinterval(often)


class _Lock:
    """A lock that `threading.Condition` waits for, as queues do: in turns, so that it can end."""

    def __init__(self):
        self.lock = _thread.allocate_lock()
        self.release = self.lock.release

    def acquire(self, *how):
        if how:
            return self.lock.acquire(*how)
        while not self.lock.acquire(True, 0.05):
            pass
        return True


class _Printed(io.TextIOBase):
    """What an answer prints, up to a limit; nothing at all if it is not loud."""

    def __init__(self, to, loud):
        self.to, self.loud, self.left = to, loud, PRINTED

    def write(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise Hint(PRINTS)
        return self.to.write(text) if self.loud else len(text)

    def flush(self):
        self.to.flush()


@contextlib.contextmanager
def _guarded(threads, ended, loud):
    """Take from the answer what would end or stop the kernel; note the threads that it starts."""
    start = threading.Thread.start

    def noted(thread):
        if threading.current_thread() in threads:
            thread._daemonic = True  # else the program can't end before it does
            threads.append(thread)
            run = thread.run

            def run_and_leave():
                try:
                    with contextlib.suppress(_Stop):
                        run()
                finally:
                    _leave(thread, ended)

            thread.run = run_and_leave
        start(thread)

    def leave(*_):
        raise SystemExit

    def ask(*_):
        raise Hint(INPUT)

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    with contextlib.ExitStack() as stack:
        for owner, name, new in [
            (threading.Thread, "start", noted),
            (threading, "_allocate_lock", _Lock),
            (threading, "excepthook", lambda _: None),
            (sys, "unraisablehook", lambda _: None),
            (builtins, "input", ask),
            (sys, "stdout", _Printed(sys.stdout, loud)),
            *([] if loud else [(sys, "stderr", _Printed(sys.stderr, loud))]),
            *([(shell, "ask_exit", leave)] if shell else []),
        ]:
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, new)
        stack.enter_context(_few_addresses())
        yield


@contextlib.contextmanager
def _few_addresses():
    """Let the system refuse what is far too large: only Linux does."""
    if not (resource and psutil and sys.platform == "linux"):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + ADDRESSES
    new = most if soft == resource.RLIM_INFINITY else min(soft, most)
    resource.setrlimit(resource.RLIMIT_AS, (new, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
