"""Arithmetic on names, from a text: ``"n_days - 60"``, ``"min(0.3, 5000 / n_people)"``.

The text is parsed to a syntax tree of which only the pieces named here are let through; it is never
run as code.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulation.tools.errors import InputError, shortened

#: What may be written, in words.
ALLOWED = "names, numbers, + - * / // % **, parentheses, min(), max() and round()"
LONGEST = 300
#: Powers of whole numbers are worked out up to so many bits.
MOST_BITS = 10_000


def _power(base: Any, exponent: Any) -> Any:
    both_whole = isinstance(base, int) and isinstance(exponent, int)
    if both_whole and exponent > 0 and base.bit_length() * exponent > MOST_BITS:
        raise OverflowError
    return base**exponent


_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_UNARY: dict[type, Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
#: The functions, with the fewest and the most numbers each takes.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (min, 2, 20),
    "max": (max, 2, 20),
    "round": (round, 1, 2),
}


@dataclass(frozen=True)
class Arithmetic:
    """A text that was checked, and the names that stand in it, in their order."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr

    def value(self, values: Mapping[str, Any]) -> int | float:
        """Return what comes out, given a number for every name.

        Raises InputError for a division by zero, and for what is no finite number.
        """
        try:
            found = _evaluated(self.tree, values)
        except ZeroDivisionError:
            raise InputError("division by zero") from None
        except (OverflowError, ValueError, TypeError):  # round(x, 1.5), round(inf)
            found = math.nan
        if isinstance(found, complex) or not (isinstance(found, int) or math.isfinite(found)):
            raise InputError("no finite number comes out")
        return found


@lru_cache(maxsize=1024)
def arithmetic(text: str) -> Arithmetic:
    """Return the arithmetic a text holds; raise InputError where it holds anything else."""
    if len(text) > LONGEST:
        raise InputError(f"is longer than {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parser, about texts that are refused anyway
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InputError(f"is no arithmetic: {ALLOWED}") from None
    names: dict[str, None] = {}
    _check(tree, names)
    return Arithmetic(text, tuple(names), tree)


def _check(node: ast.AST, names: dict[str, None]) -> None:
    """Note the names of a tree; raise InputError for a piece that is not let through."""
    if isinstance(node, ast.Name):
        names[node.id] = None
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        pass
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        _check(node.left, names)
        _check(node.right, names)
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        _check(node.operand, names)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        _, fewest, most = _FUNCTIONS.get(node.func.id, (None, 1, 0))
        if not fewest <= len(node.args) <= most:
            raise InputError(f"{shortened(ast.unparse(node))} is not allowed in it: {ALLOWED}")
        for argument in node.args:
            _check(argument, names)
    else:
        raise InputError(f"{shortened(ast.unparse(node))} is not allowed in it: {ALLOWED}")


def _evaluated(node: ast.AST, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_evaluated(node.left, values), _evaluated(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_evaluated(node.operand, values))
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)  # noqa: PT018 (_check)
    return _FUNCTIONS[node.func.id][0](*(_evaluated(inner, values) for inner in node.args))
