"""The compiler, numba: whether there is one, and where the machine code is kept.

It is loaded only when it is asked for. What it makes lives in a folder named after the contents of
every compiled source file: numba by itself looks only at the file of the entry point, and would
serve old rules after an edit.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simulation.tools.files import cache_folder
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
    if compiler.cache_info().currsize:  # it is loaded already
        tell()
    else:
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


def compiled_before(name: str) -> bool:
    """Return whether the machine code of this entry point is on disk."""
    return any(compiled_folder().rglob(f"*.{name}-*.nbc"))
