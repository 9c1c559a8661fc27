"""One BLAS thread: on a shared machine, threaded products of small matrices cost a hundred times what they save."""

from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


@cache
def _controller() -> ThreadpoolController:
    """Return the controller of the thread pools of this process, found once: the search costs milliseconds."""
    return ThreadpoolController()


def one_thread() -> Any:
    """Return a context in which BLAS runs on a single thread."""
    return _controller().limit(limits=1, user_api="blas")
