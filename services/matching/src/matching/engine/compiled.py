"""Numba, typed: what is compiled keeps its signature for the type checker."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Args = ParamSpec("Args")
Answer = TypeVar("Answer")


def compiled(function: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """Compile to machine code at the first call, kept on disk for later processes; other threads go on while it runs."""
    return cast("Callable[Args, Answer]", numba.njit(cache=True, nogil=True)(function))
