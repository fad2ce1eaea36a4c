"""How the engine runs: as the WebAssembly module, as machine code, or as plain Python.

All three give the same numbers, bit for bit; they differ in how soon and how fast they run.

======  ==========================================================================================
module  engine.wasm through wasmtime: runs at once; built from the sources, and used only with them
native  machine code made by numba, for this machine: half a minute the first time, then faster
python  the sources as they stand: a hundred times slower
auto    the module; machine code where the work is long enough to pay for making or loading it
======  ==========================================================================================

CONTINUUM_ENGINE says which, where nothing else does.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

from simulation.core.compiler import HAVE_COMPILER, compiled_before
from simulation.core.module_about import about, text_of
from simulation.tools import PACKAGE
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.files import cache_folder
from simulation.tools.stamp import code_fingerprint

WAYS = ("auto", "native", "module", "python")

#: Person-days of work from which machine code pays: where it is on disk, and where it is not.
LARGE, LARGER = 3e9, 5e10
#: People of a world for which the 4 GiB that a module can address are surely enough.
MOST_IN_MODULE = 15_000_000

#: The module, or the way, in which kernels run now; None: not chosen yet.
_now: ContextVar[Any] = ContextVar("_now", default=None)


@contextmanager
def running(way: Any) -> Iterator[None]:
    """Run kernels in one way ("native", "module", "python", or a Module) inside a block."""
    before = _now.set(way)
    try:
        yield
    finally:
        _now.reset(before)


def run_as_chosen(kernel: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a kernel in the way of the block it is called in."""
    way = _now.get() or chosen()
    if isinstance(way, str):
        if way == "module":
            way = the_module()
        else:
            return (kernel.native if way == "native" else kernel.plain)(*arguments)
    if kernel.name in way.kernels:
        return way.call(kernel.name, *arguments)
    return kernel.plain(*arguments)


def chosen(asked: str = "auto", person_days: float = 0.0, n_people: int = 0) -> Any:
    """Return the way to take: what was asked for, else what suits so much work, in such a world.

    Raises InputError where it cannot be taken, with one line that says what to install.
    """
    too_large = n_people > MOST_IN_MODULE and HAVE_COMPILER
    if asked == "auto":
        if _now.get() is not None:
            return "native" if too_large and _now.get() == "module" else _now.get()
        asked = os.environ.get("CONTINUUM_ENGINE") or "auto"
    if asked not in WAYS:
        raise InputError(f'unknown engine "{asked}"{did_you_mean(asked, WAYS)}')
    if asked == "native" and not HAVE_COMPILER:
        raise InputError('engine "native" needs a compiler: pip install "continuum-brand[native]"')
    if asked == "module" and changed_sources():
        raise InputError(f'engine "module" was built before {_changes()} changed: make module')
    if asked != "auto":
        return asked
    if changed_sources():
        if HAVE_COMPILER:
            return "native"
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            return "python"
        raise InputError(
            f"{_changes()} changed since the engine's module was built, so it must be compiled: "
            'pip install "continuum-brand[native]" (or CONTINUUM_ENGINE=python, far slower)'
        )
    if too_large:
        return "native"
    if HAVE_COMPILER and person_days >= LARGE:
        return "native" if person_days >= LARGER or compiled_before("run_days") else "module"
    return "module"


def usable_here(way: Any) -> Any:
    """Return a way chosen elsewhere; another where this machine has no compiler."""
    return chosen() if way == "auto" or (way == "native" and not HAVE_COMPILER) else way


@cache
def the_module() -> Any:
    """Return the module that belongs to these sources."""
    from simulation.core.module import Module  # wasmtime takes a moment to load

    return Module()


@cache
def changed_sources() -> tuple[str, ...]:
    """Return the sources that are not those the module was built from, comments aside.

    To the byte the same, comments and all, they are known at once. Where a comment was changed they
    have to be parsed, which takes a while: what was found is kept in the user's cache.
    """
    built = about()["sources"]
    files = {name: PACKAGE / name for name in built}
    missing = tuple(name for name, file in files.items() if not file.exists())
    if missing:
        return missing
    text = text_of(built)
    if text == about().get("text"):
        return ()
    digest = hashlib.sha256(repr((text, sorted(built.items()))).encode()).hexdigest()[:16]
    known = cache_folder("module") / f"{digest}-{sys.version_info[1]}.sources"
    with suppress(OSError, UnicodeDecodeError):
        return tuple(known.read_text(encoding="utf-8").split())
    found = tuple(name for name, file in files.items() if code_fingerprint(file) != built[name])
    with suppress(OSError):  # a cache that cannot be written is no reason to stop
        known.write_text(" ".join(found), encoding="utf-8")
    return found


def _changes() -> str:
    first, *others = changed_sources()
    return f"simulation/{first}" + (f" and {len(others)} other files" if others else "")
