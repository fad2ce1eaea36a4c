"""numba as a front end: the LLVM code of functions as numba writes it, before any optimisation.

numba optimises for the machine it runs on, and folds this machine's offsets of structs with
pointers into the code: on 32 bits such code corrupts memory. So nothing may be optimised before
the target is set. These are private classes of numba: its version is pinned, and the build says
so when another is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba.core.caching as caching
from llvmlite import binding
from numba import njit, types
from numba.core import codegen, cpu, pythonapi


def _nothing(*_: Any, **__: Any) -> None:
    """Stand in for a step that is left out."""


def _said(thing: Any) -> bytes:
    """Return an exception of compiled code as text: no pickle, no path of this machine."""
    kind, arguments = thing[:2] if isinstance(thing, tuple) else (thing, ())
    name = getattr(kind, "__name__", "RuntimeError")
    return ": ".join([name, *(str(argument) for argument in arguments or ())]).encode()


def only_lower() -> None:
    """From now on numba types and lowers in this process: it neither optimises nor compiles.

    To be called before the functions to be lowered are imported: those with their types spelled
    out are lowered as soon as they are decorated.
    """
    library: Any = codegen.CPUCodeLibrary
    library._optimize_functions = _nothing
    library._optimize_final_module = _nothing
    jit: Any = codegen.JITCodeLibrary
    jit._finalize_specific = _nothing
    jit.get_pointer_to_function = lambda self, name: self._ensure_finalized() or 1
    target: Any = codegen.JITCPUCodegen
    target._add_module = _nothing
    target.set_env = _nothing
    context: Any = cpu.CPUContext
    context.create_cpython_wrapper = context.create_cfunc_wrapper = _nothing  # bridges from Python
    cache: Any = caching.FunctionCache
    cache.save_overload = _nothing
    cache.load_overload = _nothing

    class Texts:
        """Where numba pickles exceptions it gets their text."""

        dumps = staticmethod(_said)

    python: Any = pythonapi
    python.serialize = Texts


def lowered(function: Callable, name: str) -> binding.ModuleRef:
    """Return the module of a function of one address, everything it calls linked in.

    In the module the function is called `name`, and takes, as all of numba's functions, where to
    put its result, where to put what went wrong, and the address; it returns a status.
    """
    dispatcher: Any = njit(function)
    signature = (types.int64,)
    dispatcher.compile(signature)
    found = dispatcher.overloads[signature]
    text = str(found.library._final_module)
    return binding.parse_assembly(text.replace(found.fndesc.llvm_func_name, name))
