"""How functions of the engine are compiled to machine code."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def _version() -> str:
    """Of the engine's code: Numba would not see that a function has changed that a compiled one calls."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


DIRECTORY = Path(config.CACHE_DIR or Path(__file__).parent / "__pycache__") / _version()  # type: ignore[attr-defined]


class _Locator(InTreeCacheLocator):
    """In our directory, whether it can be written or not: it may hold all that is needed."""

    def __init__(self, py_func: Callable[..., object], py_file: str) -> None:
        super().__init__(py_func, py_file)  # type: ignore[no-untyped-call]
        self._cache_path = str(DIRECTORY / self.get_suitable_cache_subpath(py_file))  # type: ignore[no-untyped-call]

    @classmethod
    def from_function(cls, py_func: Callable[..., object], py_file: str) -> "_Locator":
        return cls(py_func, py_file)


class _Results(CompileResultCacheImpl):
    _locator_classes = [_Locator]


class _Cache(FunctionCache):
    """What cannot be read there is compiled; what cannot be kept there is used all the same."""

    _impl_class = _Results

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with suppress(OSError):
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def compiled(kernel: Kernel) -> Kernel:
    """Numba's ``njit``, cached on disk where that is possible, releasing the interpreter's lock.

    The machine code lies in ``NUMBA_CACHE_DIR``, or else beside the source. Where that cannot be written and does not hold it,
    each process compiles for itself: seconds at its start, never an error.
    Without ``fastmath``: sums keep their order, so that equal input gives equal bits, in whichever kernel. What is divided
    by 0 is infinite or no number, as in numpy: to look for that each time would take longer than the division.
    """
    dispatcher: Any = njit(nogil=True, error_model="numpy")(kernel)
    dispatcher._cache = _Cache(kernel)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as `cache=True` does
    return cast("Kernel", dispatcher)
