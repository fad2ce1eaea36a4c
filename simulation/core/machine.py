"""Two instructions of the machine that Python has no word for; numbers do not depend on them."""

from __future__ import annotations

from typing import Any

from simulation.core.compiler import when_compiling


def fetch_ahead(array: Any, index: int) -> None:
    """Ask memory for a row of an array that will be needed soon: nothing, in plain Python."""


def lowest_bit(word: Any) -> int:
    """Return the number of the lowest bit set in a word that is not 0."""
    return (int(word) & -int(word)).bit_length() - 1


@when_compiling
def _compile_to_one_instruction() -> None:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

    @intrinsic
    def _prefetch(typing_context: Any, array: Any, index: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            rows = context.make_array(signature.args[0])(context, builder, given[0])
            step = cgutils.unpack_tuple(builder, rows.strides)[0]
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            place = builder.gep(builder.bitcast(rows.data, byte), [builder.mul(given[1], step)])
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(ask, [place, number(1), number(3), number(1)])  # to write, and to keep
            return context.get_dummy_value()

        return types.void(array, types.int64), code

    @intrinsic
    def _count_zeros(typing_context: Any, word: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.uint64), code

    prefetch: Any = _prefetch
    count_zeros: Any = _count_zeros

    @overload(fetch_ahead, inline="always")
    def _fetch_ahead(array, index):
        return lambda array, index: prefetch(array, index)

    @overload(lowest_bit, inline="always")
    def _lowest_bit(word):
        return lambda word: count_zeros(word)
