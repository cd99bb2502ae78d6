"""How functions of the engine are compiled to machine code."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel) -> Kernel:
    """Numba's ``njit``, cached on disk where that is possible, releasing the interpreter's lock.

    The machine code lies beside the source, or else in the user's cache directory or ``NUMBA_CACHE_DIR``. Where nothing
    of these can be written, each process compiles for itself: seconds at its start, never an error.
    Without ``fastmath``: sums keep their order, so that equal input gives equal bits, in whichever kernel.
    """
    try:
        return cast("Kernel", njit(cache=True, nogil=True)(kernel))
    except RuntimeError:  # "cannot cache function: no locator available"
        return cast("Kernel", njit(nogil=True)(kernel))
