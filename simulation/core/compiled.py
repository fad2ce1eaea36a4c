"""One source, three ways to run it: the module, machine code, or plain Python as it stands.

The rules and the loops are ordinary Python functions. The decorators say how far a function goes:

``rule``          a scalar function: plain Python for Python callers, callable from compiled code.
``inlined_rule``  the same, written into its caller, so that loops around it become vectors.
``arithmetic``    a scalar function that never divides by zero; loops around it become vectors.
``loop``          a loop over arrays: plain Python too, compiled as part of whatever calls it.
``leaf``          a loop that makes no array: compiled without counting references to its arrays.
``compiled``      an entry point called from Python: it runs as `ways.py` chooses.

numba makes the machine code, once, and keeps it on disk; it is loaded only when it is asked for.
The disk cache lives in a folder named after the contents of every compiled source file: numba by
itself looks only at the file of the entry point, and would serve old rules after an edit.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simulation.core.ways import run_as_chosen
from simulation.tools.files import cache_folder
from simulation.tools.interrupts import interrupts_held as interrupts_held
from simulation.tools.stamp import fingerprint

#: Whether there is a compiler: numba, and not switched off as numba itself is (NUMBA_DISABLE_JIT).
HAVE_COMPILER: bool = importlib.util.find_spec("numba") is not None and (
    os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
)

#: The folders whose text ends up in machine code.
COMPILED_FOLDERS = ("core", "rules", "people", "engine")

#: What numba has to be told once it is loaded.
_to_tell: list[Callable[[], Any]] = []


def when_compiling(tell: Callable[[], Any]) -> Callable[[], Any]:
    """Have a function called as soon as numba is loaded: it tells numba about our functions."""
    _to_tell.append(tell)
    return tell


@cache
def compiler() -> Any:
    """Load numba, tell it about all functions that compiled code may call, and return it."""
    import numba

    while _to_tell:
        _to_tell.pop(0)()
    return numba


@cache
def compiled_folder() -> Path:
    """Return the folder of the machine code: named after sources, numba's version and Python's."""
    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = "none"
    text = f"{fingerprint(*COMPILED_FOLDERS)} {numba} {sys.version}"
    return cache_folder(hashlib.sha256(text.encode()).hexdigest()[:16])


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
    if compiler.cache_info().currsize:  # numba is loaded already: a function made later
        tell()
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


def compiled_before(name: str) -> bool:
    """Return whether the machine code of this entry point is on disk."""
    return any(compiled_folder().rglob(f"*.{name}-*.nbc"))
