"""The table of one call of a module: nested arguments in, nested results out.

The entries stand in the order of the arguments, tuples opened up, then of the results. A number
takes one entry, a record its address, an array its address, its owner, and its shape
(simulation/engine/wasm/table.py writes the other side).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

_WORD = 8
#: Bytes of a line of the cache.
LINE = 64


def in_lines(n_bytes: int) -> int:
    """Return a number of bytes rounded up to whole lines of the cache."""
    return -(-n_bytes // LINE) * LINE


class Table:
    """The table, and the arrays that travel with it in one block of memory.

    Each begins at a line of the cache (LINE), so that a record of 64 bytes lies in one.
    """

    def __init__(self, n_entries: int) -> None:
        self.words = np.zeros(n_entries, np.int64)
        self.n_bytes = n_entries * _WORD  # of the block so far
        self.owners: list[int] = []  # of arrays that the kernel made
        self._next = 0
        self._sent: list[tuple[np.ndarray, int]] = []
        self._offsets: dict[tuple[int, int], int] = {}
        self.addresses: list[tuple[int, int]] = []  # (entry, offset in the block)
        self._memory = np.empty(0, np.uint8)
        self._base = 0

    def entry(self, dtype: Any = np.int64) -> np.ndarray:
        """Return the next entry as an array of one number, to be read or written."""
        self._next += 1
        return self.words[self._next - 1 : self._next].view(dtype)

    def put_array(self, array: np.ndarray) -> None:
        """Let an array travel along; its address goes into the next entry once it is known.

        An array that is given twice stands in the memory once, as it does for the function.
        """
        key = array.ctypes.data, array.nbytes
        if key not in self._offsets or not array.nbytes:
            self._offsets[key] = offset = in_lines(self.n_bytes)
            self.n_bytes = offset + array.nbytes
            self._sent.append((array, offset))
        self.addresses.append((self._next, self._offsets[key]))
        self._next += 1

    def send(self, base: int, memory: np.ndarray) -> None:
        """Copy table and arrays to an address of the memory."""
        self._base = base
        for entry, offset in self.addresses:
            self.words[entry] = base + offset
        block = memory[base : base + self.n_bytes]
        block[: self.words.nbytes] = bytes_of(self.words)
        for array, offset in self._sent:
            block[offset : offset + array.nbytes] = bytes_of(array)

    def fetch(self, memory: np.ndarray, base: int | None = None) -> None:
        """Copy the table, and what a kernel may have changed, back (from elsewhere: `base`)."""
        self._memory, self._base = memory, self._base if base is None else base
        block = memory[self._base : self._base + self.n_bytes]
        bytes_of(self.words)[:] = block[: self.words.nbytes]
        for array, offset in self._sent:
            if array.flags.writeable:
                bytes_of(array)[:] = block[offset : offset + array.nbytes]

    def get_array(self, dtype: np.dtype, n_dims: int) -> np.ndarray:
        """Return the next array: the caller's own where the kernel returned it, else a copy."""
        address, owner = int(self.entry()[0]), int(self.entry()[0])
        shape = tuple(int(self.entry()[0]) for _ in range(n_dims))
        if owner:
            self.owners.append(owner)
        for array, offset in self._sent:
            same = array.shape == shape and array.dtype == dtype
            if same and not owner and address == self._base + offset:
                return array
        found = np.empty(shape, dtype)
        bytes_of(found)[:] = self._memory[address : address + found.nbytes]
        return found


def bytes_of(array: np.ndarray) -> np.ndarray:
    """Return the bytes of a contiguous array, to be read and written."""
    return array.view(np.ndarray).reshape(-1).view(np.uint8)


class Number:
    """A number: one entry, floats by their bits."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self.dtype = np.dtype(layout["dtype"])
        whole = {"b": np.uint64, "u": np.uint64, "i": np.int64}
        self._wide = whole.get(self.dtype.kind, np.float64)

    def put(self, table: Table, value: Any) -> None:
        """Write a number into the next entry."""
        if self.dtype.itemsize == 4 and self.dtype.kind == "f":
            table.entry()[0] = np.float32(value).view(np.uint32)
        else:
            table.entry(self._wide)[0] = value

    def get(self, table: Table) -> Any:
        """Return the number in the next entry, as Python's own."""
        entry = table.entry()
        if self.dtype.kind == "f":
            return entry.view(self.dtype)[0].item()
        return self.dtype.type(entry.view(self._wide)[0]).item()


class Record:
    """A record: an address. Anything that has its fields can be given for one."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self.dtype = dtype_of(layout["dtype"])

    def put(self, table: Table, value: Any) -> None:
        """Let a record travel along; one that lies in an array is changed where it lies."""
        if isinstance(value, np.void):
            if value.dtype != self.dtype:
                raise TypeError(f"a record of {value.dtype} was given, {self.dtype} is wanted")
            table.put_array(np.ndarray((1,), self.dtype, value.data))
            return
        names = self.dtype.names or ()
        table.put_array(np.array([tuple(getattr(value, name) for name in names)], self.dtype))


class Array:
    """An array: its address, its owner (0: the caller), its shape."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self.dtype, self.n_dims = dtype_of(layout["dtype"]), layout["ndim"]

    def put(self, table: Table, value: Any) -> None:
        """Let an array travel along."""
        right = isinstance(value, np.ndarray) and value.flags.c_contiguous
        if not right or value.dtype != self.dtype or value.ndim != self.n_dims:
            given = f"{value.dtype}, {value.ndim}" if isinstance(value, np.ndarray) else type(value)
            raise TypeError(
                f"a contiguous array of {self.dtype} in {self.n_dims} dimensions is wanted, "
                f"not {given}"
            )
        table.put_array(value)
        table.entry()
        for length in value.shape:
            table.entry()[0] = length

    def get(self, table: Table) -> np.ndarray:
        """Return the next array."""
        return table.get_array(self.dtype, self.n_dims)


class Tuple:
    """A tuple, named or not: its items in order."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self._items = [kind_of(item) for item in layout["items"]]
        self._class = layout.get("class")

    def put(self, table: Table, value: Any) -> None:
        """Write every item."""
        for kind, item in zip(self._items, value, strict=True):
            kind.put(table, item)

    def get(self, table: Table) -> Any:
        """Return the items, named as the function names them."""
        items = tuple(kind.get(table) for kind in self._items)
        if self._class is None:
            return items
        module, name = self._class.split(":")
        return getattr(import_module(module), name)._make(items)


class Nothing:
    """None: no entry."""

    def __init__(self, layout: dict[str, Any]) -> None:
        pass

    def put(self, table: Table, value: Any) -> None:
        """Write nothing."""

    def get(self, table: Table) -> None:
        """Return None."""


KINDS = {"array": Array, "record": Record, "tuple": Tuple, "number": Number, "none": Nothing}


def kind_of(layout: dict[str, Any]) -> Any:
    """Return what carries values of one kind to the table and back."""
    kind: Any = KINDS[layout["kind"]]
    return kind(layout)


def dtype_of(described: Any) -> np.dtype:
    """Return a NumPy type as engine.json describes it."""
    if isinstance(described, str):
        return np.dtype(described)
    names, formats, offsets, shapes = zip(*described["fields"], strict=True)
    inner = [(form, tuple(shape)) for form, shape in zip(formats, shapes, strict=True)]
    size = described["itemsize"]
    found = {"names": names, "formats": inner, "offsets": offsets, "itemsize": size}
    return np.dtype(found)  # type: ignore[call-overload]
