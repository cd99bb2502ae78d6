"""Compiles the engine's kernels, which are functions over arrays, to machine code, and caches the result on disk."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def _version() -> str:
    """A digest of the engine's code. Numba's own cache misses a change of a function that a compiled one calls."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


DIRECTORY = Path(config.CACHE_DIR or Path(__file__).parent / "__pycache__") / _version()  # type: ignore[attr-defined]


class _Locator(InTreeCacheLocator):
    """Uses our directory even if it is not writable: it may already hold everything."""

    def __init__(self, py_func: Callable[..., object], py_file: str) -> None:
        super().__init__(py_func, py_file)  # type: ignore[no-untyped-call]
        self._cache_path = str(DIRECTORY / self.get_suitable_cache_subpath(py_file))  # type: ignore[no-untyped-call]

    @classmethod
    def from_function(cls, py_func: Callable[..., object], py_file: str) -> "_Locator":
        return cls(py_func, py_file)


class _Results(CompileResultCacheImpl):
    _locator_classes = [_Locator]


class _Cache(FunctionCache):
    """Compiles what the directory does not have. Code that cannot be stored there is used anyway."""

    _impl_class = _Results

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with suppress(OSError):
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def compiled(kernel: Kernel) -> Kernel:
    """Numba's ``njit``, cached on disk if possible, which releases the interpreter's lock.

    The machine code is in ``NUMBA_CACHE_DIR``, or beside the source. If it is missing and the directory is not writable, each
    process compiles for itself: that takes seconds at startup, and is never an error.

    ``fastmath`` is off, so sums keep their order and equal input gives equal bits in every kernel. A division by 0 gives infinity
    or NaN, as in numpy: a check each time would take longer than the division.
    """
    dispatcher: Any = njit(nogil=True, error_model="numpy")(kernel)
    dispatcher._cache = _Cache(kernel)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as `cache=True` does
    return cast("Kernel", dispatcher)
