"""Says, in place of a traceback, that the page needs Linux.

For pages that say so at their top. On Linux, importing it changes nothing.
"""

import sys

from IPython import get_ipython


def say(shell, kind, error, traceback, tb_offset=None):
    """Take the place of IPython's traceback."""
    first = str(error).strip().split("\n")[0]
    needs = "这一页有的单元格要在 Linux 上运行，见开头。"
    print(f"{needs} {kind.__name__}: {first}")


if sys.platform != "linux":
    get_ipython().set_custom_exc((Exception,), say)
