"""A kernel behind one address: its nested arguments and results in one table of int64.

The entries of the table stand in the order of the arguments, tuples opened up, and then of the
results. A number takes one entry (floats: their bits), a record its address, an array its address,
its owner, and its shape. All arrays are contiguous, the last index runs fastest. The owner of an
array that a kernel made is to be let go by the caller; it is 0 for memory the caller brought.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj, numpy_support

WORD = ir.IntType(64)
types: Any = numba.types  # what numba itself says of them is not complete


def described(kind: Any) -> dict[str, Any]:
    """Return a numba type as engine.json has it, for drivers in any language."""
    if isinstance(kind, types.Array):
        if kind.layout != "C":
            raise TypeError(f"{kind}: only contiguous arrays cross the border")
        return {"kind": "array", "dtype": _dtype(kind.dtype), "ndim": kind.ndim}
    if isinstance(kind, types.Record):
        return {"kind": "record", "dtype": _dtype(kind)}
    if isinstance(kind, types.BaseTuple):
        inner = [described(item) for item in kind.types]
        made: Any = getattr(kind, "instance_class", tuple)
        if made is tuple:
            return {"kind": "tuple", "items": inner}
        name = f"{made.__module__}:{made.__qualname__}"
        return {"kind": "tuple", "class": name, "fields": list(made._fields), "items": inner}
    if isinstance(kind, types.NoneType):
        return {"kind": "none"}
    return {"kind": "number", "dtype": _dtype(kind)}


def _dtype(kind: Any) -> Any:
    """Return the type of a number as NumPy writes it ("<f8"), of a record its fields."""
    if not isinstance(kind, (types.Record, types.Integer, types.Float, types.Boolean)):
        raise TypeError(f"{kind} cannot cross the border: numbers, records, arrays and tuples can")
    dtype = numpy_support.as_dtype(kind)
    if dtype.fields is None:
        return dtype.str
    fields = []
    for name in dtype.names or ():
        inner, offset = dtype.fields[name][:2]
        fields.append([name, inner.base.str, offset, list(inner.shape)])
    return {"itemsize": dtype.itemsize, "fields": fields}


def n_entries(kind: Any) -> int:
    """Return how many entries of the table a type takes."""
    if isinstance(kind, types.Array):
        return 2 + kind.ndim
    if isinstance(kind, types.BaseTuple):
        return sum(n_entries(item) for item in kind.types)
    return 0 if isinstance(kind, types.NoneType) else 1


class Entries:
    """The table while code is written: every access goes one entry further."""

    def __init__(self, context: Any, builder: Any, address: Any, first: int) -> None:
        self.context, self.builder, self.next = context, builder, first
        self.base = builder.inttoptr(address, WORD.as_pointer())

    def _place(self) -> Any:
        self.next += 1
        return self.builder.gep(self.base, [WORD(self.next - 1)])

    def read(self) -> Any:
        """Return the next entry."""
        return self.builder.load(self._place())

    def write(self, value: Any) -> None:
        """Fill the next entry."""
        self.builder.store(value, self._place())

    def take(self, kind: Any) -> Any:
        """Return the next value of a type."""
        builder, context = self.builder, self.context
        if isinstance(kind, types.BaseTuple):
            return context.make_tuple(builder, kind, [self.take(item) for item in kind.types])
        if isinstance(kind, types.Array):
            return self._take_array(kind)
        word, wanted = self.read(), context.get_value_type(kind)
        if isinstance(kind, types.Record):
            return builder.inttoptr(word, wanted)
        if isinstance(kind, types.Float):
            bits = word if kind.bitwidth == 64 else builder.trunc(word, ir.IntType(kind.bitwidth))
            return builder.bitcast(bits, wanted)
        return word if wanted == WORD else builder.trunc(word, wanted)

    def _take_array(self, kind: Any) -> Any:
        builder, context = self.builder, self.context
        array = context.make_array(kind)(context, builder)
        address, _ = self.read(), self.read()
        shape = [self.read() for _ in range(kind.ndim)]
        itemsize = WORD(numpy_support.as_dtype(kind.dtype).itemsize)
        strides, step = [], itemsize
        for length in reversed(shape):
            strides.append(step)
            step = builder.mul(step, length)
        data = builder.inttoptr(address, array.data.type)
        arrayobj.populate_array(array, data, shape, strides[::-1], itemsize, meminfo=None)
        return array._getvalue()

    def give(self, kind: Any, value: Any) -> None:
        """Write the next value; what a kernel made is held for the caller until he lets go."""
        builder = self.builder
        if isinstance(kind, types.BaseTuple):
            for i, item in enumerate(kind.types):
                self.give(item, builder.extract_value(value, i))
        elif isinstance(kind, types.Array):
            self.context.nrt.incref(builder, kind, value)
            array = self.context.make_array(kind)(self.context, builder, value)
            self.write(builder.ptrtoint(array.data, WORD))
            self.write(builder.ptrtoint(array.meminfo, WORD))
            for length in cgutils.unpack_tuple(builder, array.shape, kind.ndim):
                self.write(length)
        elif isinstance(kind, types.Record):
            raise TypeError(f"{kind}: a record cannot be returned, only an array of records")
        elif isinstance(kind, types.Float):
            bits = builder.bitcast(value, ir.IntType(kind.bitwidth))
            self.write(bits if kind.bitwidth == 64 else builder.zext(bits, WORD))
        elif not isinstance(kind, types.NoneType):
            signed = isinstance(kind, types.Integer) and kind.signed
            widen = builder.sext if signed else builder.zext
            self.write(value if value.type == WORD else widen(value, WORD))


def behind_one_address(kernel: Callable, arguments: Any, found: dict) -> Callable:
    """Return a function that takes the arguments of a kernel from a table and writes its results.

    `arguments` is the tuple of numba types; the type of the results, which numba infers when the
    function is lowered, is put into `found["results"]`.
    """

    def taken(typing, address):
        def written(context, builder, signature, values):
            return Entries(context, builder, values[0], 0).take(arguments)

        return arguments(types.int64), written

    def give(typing, address, results):
        results = types.unliteral(results)
        found["results"] = results

        def written(context, builder, signature, values):
            first = n_entries(arguments)
            Entries(context, builder, values[0], first).give(results, values[1])
            return context.get_dummy_value()

        return types.none(types.int64, results), written

    take_all: Any = intrinsic(taken)
    give_all: Any = intrinsic(give)

    def entry(address):
        give_all(address, kernel(*take_all(address)))

    return entry


def kernel_layout(arguments: Any, results: Any) -> dict[str, Any]:
    """Return what a driver must know to call a kernel."""
    return {
        "arguments": [described(kind) for kind in arguments.types],
        "results": described(results),
        "entries": n_entries(arguments) + n_entries(results),
    }
