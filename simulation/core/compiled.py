"""One source, three ways to run it: the module, machine code, or plain Python as it stands.

The rules and the loops are ordinary Python functions. The decorators say how far a function goes:

``rule``          a scalar function: plain Python for Python callers, callable from compiled code.
``inlined_rule``  the same, written into its caller, so that loops around it become vectors.
``arithmetic``    a scalar function that never divides by zero; loops around it become vectors.
``loop``          a loop over arrays: plain Python too, compiled as part of whatever calls it.
``leaf``          a loop that makes no array: compiled without counting references to its arrays.
``part``          a leaf that one place calls: compiled into it.
``compiled``      an entry point called from Python: it runs as `ways.py` chooses.

numba makes the machine code, once, and keeps it on disk; it is loaded only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any

from simulation.core.compiler import compiled_folder, compiler, when_compiling
from simulation.core.ways import run_as_chosen


def rule(function: Callable) -> Callable:
    """Mark a pure scalar function: plain Python here, callable from compiled code as well."""
    return _callable_from_compiled(function)


def loop(function: Callable) -> Callable:
    """Mark a loop over arrays: plain Python here, compiled as part of whatever calls it."""
    return _callable_from_compiled(function)


def leaf(function: Callable) -> Callable:
    """`loop` that makes no array and returns none.

    numba counts who still holds an array, at every call and in every turn of a loop: that was most
    of what a contact cost. What makes no array can leave the counting to its callers.
    """
    return _callable_from_compiled(function, _nrt=False)


def part(function: Callable) -> Callable:
    """`leaf` that one place calls, compiled into it.

    A call copies every array of its arguments, some ten words each: for a person's day that took a
    third of the time.
    """
    return _callable_from_compiled(function, _nrt=False, forceinline=True)


def inlined_rule(function: Callable) -> Callable:
    """`rule`, written into its caller before compiling: only so do loops around it get vectors."""
    return _callable_from_compiled(function, inline="always")


def arithmetic(function: Callable) -> Callable:
    """`rule` that never divides by zero: compiled without a check for it, which stops vectors."""
    return _callable_from_compiled(function, error_model="numpy")


def _callable_from_compiled(function: Callable, **options: Any) -> Callable:
    """Return the function itself; code that numba compiles may call it from now on.

    Without the bridges from Python and C that numba makes for every function it compiles: they
    took a quarter of the time, and Python never crosses them.
    """

    def tell() -> None:
        from numba.extending import register_jitable

        register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)(function)

    when_compiling(tell)
    return function


class Kernel:
    """A compiled function that Python calls: the same numbers whichever way it runs."""

    def __init__(self, function: Callable) -> None:
        update_wrapper(self, function)
        self.name: str = function.__name__
        self.plain = function

    def __call__(self, *arguments: Any) -> Any:
        return run_as_chosen(self, arguments)

    @cached_property
    def native(self) -> Any:
        """The function as machine code, kept on disk."""
        numba = compiler()
        usual = numba.config.CACHE_DIR
        # read while the decorator runs, then put back: others keep theirs elsewhere
        numba.config.CACHE_DIR = str(compiled_folder())
        try:
            return numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(self.plain)
        finally:
            numba.config.CACHE_DIR = usual


def compiled(function: Callable) -> Any:
    """Mark an entry point, called from Python."""
    return Kernel(function)
