"""The compiled engine as a WebAssembly module: engine.wasm, called through wasmtime.

`Module().call("run_days", given, state, ...)` takes and returns what the function of that name
does: nested tuples of arrays, records and numbers. The arrays are copied into the memory of the
module, and back after the call, because kernels change them in place. What a kernel takes and
returns is read from engine.json, which the build writes (simulation/engine/wasm/build.py).
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import ctypes
import hashlib
import platform
import threading
import weakref
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import wasmtime

from simulation.core.module_about import LAYOUT, WASM, about
from simulation.core.module_table import LINE, Table, in_lines, kind_of
from simulation.tools.errors import InputError
from simulation.tools.files import cache_folder, write_all
from simulation.tools.interrupts import interrupts_held

#: A module counts addresses in 32 bits; the last pages are left alone.
MOST_BYTES = 2**32 - 2**20
#: A memory never shrinks: one that grew beyond this is given up after the call.
KEPT_BYTES = 2**28


_OPEN: Any = weakref.WeakSet()


@atexit.register
def _leave_open() -> None:
    """At the end of Python the system cleans up: wasmtime's own way needs names that are gone."""
    for held in list(_OPEN):
        with contextlib.suppress(AttributeError, ValueError):
            held._consume()


class ModuleError(RuntimeError):
    """The module stopped in the middle of a call; the next call begins afresh."""


class Module:
    """engine.wasm, ready to be called; every thread that calls has a memory of its own.

    `most_bytes` bounds the memory of a thread. What wasmtime makes of the module is kept in the
    user's cache folder: the first load takes about a second, later ones a few milliseconds.
    """

    def __init__(
        self, wasm: Path = WASM, layout: Path = LAYOUT, most_bytes: int = MOST_BYTES
    ) -> None:
        self.most_bytes = min(most_bytes, MOST_BYTES)
        code = wasm.read_bytes()
        self.about = about(layout)
        found = hashlib.sha256(code).hexdigest()
        if found != self.about["sha256"]:
            raise ModuleError(f"{wasm.name} and {layout.name} do not belong together")
        self.kernels = {name: Kernel(name, how) for name, how in self.about["kernels"].items()}
        self._code, self._threads = code, threading.local()
        self._load(frugal=False)

    def call(self, kernel: str, *arguments: Any) -> Any:
        """Call a kernel; arrays among the arguments are changed as the function changes them.

        Raises InputError when the memory of a module cannot hold what is asked for, ModuleError
        when the module stops, and what the function itself raises.
        """
        with interrupts_held():
            memory = getattr(self._threads, "memory", None)
            if memory is None:
                memory = self._new_memory()
            self._threads.memory = None  # unless all goes well it is not used again
            results = self.kernels[kernel].call(memory, arguments)
            if memory.size() <= KEPT_BYTES:
                self._threads.memory = memory
            return results

    def _load(self, *, frugal: bool) -> None:
        """Make the module ready for this machine; frugal: a little slower, with few addresses."""
        config = wasmtime.Config()
        if frugal:
            config.memory_reservation = config.memory_guard_size = 0
        self._frugal, self._engine = frugal, wasmtime.Engine(config)
        digest = self.about["sha256"][:16] + ("-frugal" if frugal else "")
        self._compiled = _from_cache(self._engine, self._code, digest)
        _OPEN.update((self._engine, self._compiled))

    def _new_memory(self) -> Memory:
        """Return a memory; where addresses are rationed (ulimit -v) one that reserves none."""
        try:
            return Memory(self._engine, self._compiled, self.most_bytes)
        except wasmtime.WasmtimeError as error:
            if self._frugal:
                raise MemoryError(f"the engine's module: {str(error).splitlines()[0]}") from None
        self._load(frugal=True)
        return self._new_memory()

    def bytes_in_use(self) -> int:
        """Return what is reserved in this thread's memory: 0 between two calls."""
        memory = getattr(self._threads, "memory", None)
        return 0 if memory is None else memory.do("in_use")

    def bytes_held(self) -> int:
        """Return the size of this thread's memory."""
        memory = getattr(self._threads, "memory", None)
        return 0 if memory is None else memory.size()


def _from_cache(engine: wasmtime.Engine, code: bytes, digest: str) -> wasmtime.Module:
    """Return the module compiled for this machine, from the cache or for the first time."""
    name = f"{digest}-{version('wasmtime')}-{platform.machine()}.cwasm"
    file = cache_folder("module") / name
    with contextlib.suppress(OSError, wasmtime.WasmtimeError):  # of another processor: once more
        return wasmtime.Module.deserialize_file(engine, str(file))
    compiled = wasmtime.Module(engine, code)
    with contextlib.suppress(InputError):  # a cache that cannot be written is no reason to stop
        write_all({file: lambda path: path.write_bytes(compiled.serialize())})
    return compiled


class Memory:
    """One instance of the module and its memory, for one thread."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module, most: int) -> None:
        self._store = wasmtime.Store(engine)
        _OPEN.add(self._store)
        self._store.set_limits(memory_size=most)
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._exports = {name: exports[name] for name in exports}
        self._memory: Any = self._exports["memory"]
        self.most_bytes = most

    def do(self, function: str, *numbers: int) -> int:
        """Call an exported function of whole numbers; addresses are not negative."""
        call: Any = self._exports[function]
        try:
            signed = [number - 2**32 if number >= 2**31 else number for number in numbers]
            return (call(self._store, *signed) or 0) % 2**32
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            why = str(getattr(error, "message", error)).strip().splitlines()[-1]
            why = why.rpartition("wasm trap: ")[2]
            raise ModuleError(f"{function} stopped inside {WASM.name}: {why}") from error

    def size(self) -> int:
        """Return the size of the memory in bytes."""
        return self._memory.data_len(self._store)

    def bytes(self) -> np.ndarray:
        """Return the whole memory as it is now; growing moves it."""
        place = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        there: Any = (ctypes.c_ubyte * self.size()).from_address(place)
        return np.frombuffer(there, np.uint8)

    def reserve(self, n_bytes: int) -> int:
        """Return the address of so many bytes."""
        place = self.do("reserve", n_bytes) if n_bytes < self.most_bytes else 0
        return place or self.too_large()

    def too_large(self) -> Any:
        """Raise InputError: the memory cannot hold what is asked for."""
        raise InputError(
            f"this world needs more than the {self.most_bytes / 2**30:.2g} GiB that a WebAssembly "
            "module can hold: take fewer people, or machine code (engine native; pip install "
            "'continuum-brand[native]')"
        )


class Kernel:
    """One function of the module: how its arguments and results lie in the table."""

    def __init__(self, name: str, layout: dict[str, Any]) -> None:
        self.name, self._layout = name, layout

    @cached_property
    def arguments(self) -> list[Any]:
        """What carries each argument into the table."""
        return [kind_of(kind) for kind in self._layout["arguments"]]

    @cached_property
    def results(self) -> Any:
        """What reads the results from the table."""
        return kind_of(self._layout["results"])

    def table(self, arguments: tuple[Any, ...]) -> Table:
        """Return the table of a call."""
        if len(arguments) != len(self.arguments):
            given, wanted = len(arguments), len(self.arguments)
            raise TypeError(f"{self.name} takes {wanted} arguments, {given} were given")
        table = Table(self._layout["entries"])
        for kind, value in zip(self.arguments, arguments, strict=True):
            kind.put(table, value)
        return table

    def call(self, memory: Memory, arguments: tuple[Any, ...]) -> Any:
        """Copy the arguments in, call, copy arrays that were changed back, return the results."""
        table = self.table(arguments)
        place = memory.reserve(table.n_bytes + LINE)
        base = in_lines(place)
        table.send(base, memory.bytes())
        why = memory.do(self.name, base)
        if why:
            _raise(memory, why)
        table.fetch(memory.bytes())
        results = self.results.get(table)
        for owner in table.owners:
            memory.do("let_go", owner)
        memory.do("release", place)
        return results


def _raise(memory: Memory, why: int) -> None:
    """Raise what went wrong inside: a text, "ZeroDivisionError: division by zero"."""
    there = memory.bytes()
    place, length = (int(word) for word in there[why : why + 8].view(np.uint32))
    kind, _, text = there[place : place + length].tobytes().decode().partition(": ")
    error = getattr(builtins, kind, RuntimeError)
    if error is MemoryError:
        memory.too_large()
    raise error(text)
