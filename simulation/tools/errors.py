"""What is said when the input is wrong: one line that names what, where, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from simulation.tools.values import whole


class InputError(ValueError):
    """A wrong input: one line that names what, where, and what is allowed."""


class Stopped(RuntimeError):
    """Work that ended early for a reason outside it: a full disk, a scheduler gone, Ctrl-C.

    One line that says why, what is safe, and how to go on; `code` is the exit code.
    """

    def __init__(self, message: str, code: int = 3):
        super().__init__(message)
        self.code = code


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the nearest known name, or the list when none is near."""
    known = list(known)
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known: {', '.join(known)}" if len(known) <= 20 else ""


def check_whole(name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number from low to high (300.0 is 300); raise InputError for anything else."""
    found = whole(value)
    if found is None or not low <= found <= high:
        raise InputError(
            f"{name} = {shortened(value)} is not allowed: a whole number from {low} to {high:,}"
        )
    return found


def shortened(value: Any) -> str:
    """Return a value as text of one line, cut when it is long."""
    text = " ".join(repr(value).split("\n"))
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text)} characters)"


def check_confidence(value: Any) -> None:
    """Raise InputError unless a value can be the confidence of an interval."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < 1:
        raise InputError(f"confidence = {value!r} is not allowed: a number above 0 and below 1")
