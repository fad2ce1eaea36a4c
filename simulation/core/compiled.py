"""Compile when we can, run as plain Python when we cannot.

The rules and the phases are ordinary Python functions. When numba is installed they are also
compiled to machine code; in a browser, or with ``NUMBA_DISABLE_JIT=1``, the very same functions
run as they stand. The decorators say how far a function goes:

``rule``          a scalar function: plain Python for Python callers, callable from compiled code.
``inlined_rule``  the same, written into its caller, so that loops around it become vectors.
``arithmetic``    a scalar function that never divides by zero; loops around it become vectors.
``loop``          a loop over arrays: plain Python too, compiled as part of whatever calls it.
``loop_of``       the same with its types spelled out, compiled once and kept on disk.
``leaf``          a loop that makes no array: compiled without counting references to its arrays.
``compiled``      an entry point called from Python, compiled once and kept on disk.

The disk cache lives in a folder named after the contents of every compiled source file: numba by
itself looks only at the file of the entry point, and would serve old rules after an edit.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from typing import Any

from simulation.tools.files import cache_folder
from simulation.tools.interrupts import interrupts_held as interrupts_held
from simulation.tools.stamp import fingerprint

try:
    import numba
except ImportError:  # a browser, or an interpreter numba does not know yet
    numba = None  # type: ignore[assignment]

_config: Any = getattr(numba, "config", None)

HAVE_COMPILER: bool = numba is not None and not _config.DISABLE_JIT

#: The folders whose text ends up in machine code.
COMPILED_FOLDERS = ("core", "rules", "people", "engine")


def _fingerprint() -> str:
    """A short hash of what ends up in machine code, of numba's version and of Python's."""
    text = f"{fingerprint(*COMPILED_FOLDERS)} {getattr(numba, '__version__', None)} {sys.version}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


CACHE_FOLDER = cache_folder(_fingerprint()) if HAVE_COMPILER else None


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
    if not HAVE_COMPILER:
        return function
    from numba.extending import register_jitable

    return register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)(function)


def loop_of(signature: str) -> Callable[[Callable], Callable]:
    """`loop` with the types spelled out: compiled once, however many callers mix their types."""
    return lambda function: _kept(function, signature) if HAVE_COMPILER else function


def compiled(function: Callable) -> Any:
    """Compile an entry point and keep the machine code on disk."""
    return _kept(function) if HAVE_COMPILER else function


def _kept(function: Callable, *signature: str) -> Any:
    """Compile with a cache in our own folder, whatever folder others use."""
    usual = _config.CACHE_DIR
    _config.CACHE_DIR = str(CACHE_FOLDER)  # read while the decorator runs, then put back
    try:
        njit: Any = numba.njit
        return njit(*signature, cache=True, nogil=True, no_cfunc_wrapper=True)(function)
    finally:
        _config.CACHE_DIR = usual


def compiled_before(name: str) -> bool:
    """Return whether this entry point is in the cache (or nothing is ever compiled)."""
    return CACHE_FOLDER is None or any(CACHE_FOLDER.rglob(f"*.{name}-*.nbc"))
