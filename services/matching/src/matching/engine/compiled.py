"""How functions of the engine are compiled to machine code."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, cast

from numba import config, njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def _version() -> str:
    """Of the engine's code: Numba would not see that a function has changed that a compiled one calls."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


config.CACHE_DIR = str(Path(config.CACHE_DIR or Path(__file__).parent / "__pycache__") / _version())  # type: ignore[attr-defined]
config.CACHE_LOCATOR_CLASSES = "UserProvidedCacheLocator"  # type: ignore[attr-defined]


def compiled(kernel: Kernel) -> Kernel:
    """Numba's ``njit``, cached on disk where that is possible, releasing the interpreter's lock.

    The machine code lies in ``NUMBA_CACHE_DIR``, or else beside the source. Where that cannot be written, each process
    compiles for itself: seconds at its start, never an error.
    Without ``fastmath``: sums keep their order, so that equal input gives equal bits, in whichever kernel. What is divided
    by 0 is infinite or no number, as in numpy: to look for that each time would take longer than the division.
    """
    try:
        return cast("Kernel", njit(cache=True, nogil=True, error_model="numpy")(kernel))
    except RuntimeError:  # "cannot cache function: no locator available"
        return cast("Kernel", njit(nogil=True, error_model="numpy")(kernel))
