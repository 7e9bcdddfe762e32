"""The one place that knows how loops over numbers are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays; it runs without the interpreter's lock.

    What is compiled is kept beside the source, under that file's time and size alone. So a compiled
    function may call only compiled functions, and use only constants, of its own file: otherwise a
    change over there would go unnoticed. Arithmetic is exact or IEEE and never reordered, so that
    every machine comes to the same pairs (I12).
    """
    try:
        made = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # a read-only installation: compiled anew in each process
        made = njit(nogil=True)(function)
    return cast(Callable[P, R], made)
