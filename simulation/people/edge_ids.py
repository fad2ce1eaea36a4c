"""What people are called in a file of friendships, and the numbers they get from it.

An id is a whole number from 0 to 2**63 - 1, however it is written (7, 007, 7.0, 1e+05: R writes
100000 so), or a name of up to 200 characters. People are numbered 0, 1, 2, ... in ascending order
of their ids if all of these are whole numbers, else in the order of their names, character by
character: the order of the lines does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from simulation.people.friends import MOST_PEOPLE
from simulation.tools.errors import InputError

LONGEST_NAME = 200
LARGEST_ID = 2**63 - 1
#: Up to here a number with a point or an exponent has kept its last digit (R, Excel, pandas).
LARGEST_EXACT = 2**53
ALLOWED = f"ids are whole numbers from 0 to 2**63 - 1 or names of up to {LONGEST_NAME} characters"
_FINE = re.compile("[0-9]{1,18}|[A-Za-z][^\n]{0,99}")
DIGITS = re.compile("[0-9]+")
_NEGATIVE = re.compile("[-\u2212][0-9]+")
_POINT = re.compile("[-+\u2212]?([0-9]+[.][0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?")
_UNSIGNED = re.compile("([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?")
_ANY_NUMBER = re.compile("[-+\u2212]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?")
_SEVERAL = re.compile("[0-9]+[ \t,;]+[0-9]+")


class Pairs(NamedTuple):
    """The pairs as they stand in a file or a graph, and what was seen on the way."""

    a: np.ndarray  # int64, shape (n_pairs,): positions in ids
    b: np.ndarray
    ids: np.ndarray | list[str]  # what people are called: whole numbers, or text
    kind: str = ""  # of the file, where it is no table
    n_comments: int = 0
    n_wider: int = 0  # lines with more than two columns
    heading: tuple[str, str] | None = None  # of the two columns
    columns: tuple[int, int] = (0, 1)


def is_number(cell: str) -> bool:
    """Whether a cell is a number of any kind, so that it is no heading."""
    return _ANY_NUMBER.fullmatch(cell) is not None


def may_be_id(cell: str) -> bool:
    """Whether a cell could be what a person is called: not empty, no fraction, no {...}."""
    if not cell or cell[0] == "{":
        return False
    return not is_number(cell) or _whole(cell) is not None


def _whole(cell: str) -> int | None:
    """Return the whole number a cell is, None if it is none."""
    if DIGITS.fullmatch(cell):
        return int(cell) if len(cell) < 4000 else None  # Python's own limit is 4300 digits
    if _UNSIGNED.fullmatch(cell) is None:
        return None
    value = Decimal(cell)
    return int(value) if value == value.to_integral_value() else None


def check_id(cell: str, where: str) -> None:
    """Say what is wrong with an id, if anything is; `where` is "line 3"."""
    if _FINE.fullmatch(cell):
        return
    shown = cell if len(cell) <= 30 else cell[:27] + "..."
    wrong = ""
    if not cell:
        wrong = "an empty id"
    elif len(cell) > LONGEST_NAME:
        wrong = f"an id of {len(cell):,} characters ({shown!r})"
    elif _NEGATIVE.fullmatch(cell):
        wrong = f"a negative id ({shown})"
    elif _POINT.fullmatch(cell) and _whole(cell) is None:
        wrong = f"an id with decimals ({shown})"
    elif _SEVERAL.fullmatch(cell):
        wrong = f"two numbers in one cell ({shown})"
    elif DIGITS.fullmatch(cell) and int(cell) > LARGEST_ID:
        wrong = f"an id too large ({shown})"
    elif cell[0] == "{":
        wrong = f"an id in braces ({shown})"
    if wrong:
        raise InputError(f"{where}: {wrong}; {ALLOWED}")


def numbered(ids: np.ndarray | list[str]) -> tuple[np.ndarray, np.ndarray | list[str] | None, str]:
    """Return the person number of every id, the ids in order of person number, and a remark.

    The ids are None if they are just 0 .. n_people - 1. The remark says which ids were read as
    whole numbers although they are written with a point or an exponent.
    """
    remark = ""
    if isinstance(ids, list):
        ids, remark = _as_numbers(ids)
    if isinstance(ids, list):
        order = sorted(range(len(ids)), key=ids.__getitem__)
        numbers = np.empty(len(ids), np.int64)
        numbers[order] = np.arange(len(ids))
        names: np.ndarray | list[str] | None = [ids[position] for position in order]
        n_people = len(ids)
    else:
        names, numbers = np.unique(ids, return_inverse=True)
        n_people = len(names)
        if names[-1] == n_people - 1:
            names = None
    if n_people > MOST_PEOPLE:
        raise InputError(f"{n_people:,} people; at most {MOST_PEOPLE:,} are allowed")
    return numbers, names, remark


def _as_numbers(ids: list[str]) -> tuple[np.ndarray | list[str], str]:
    """Return text ids as whole numbers if all of them are, with a remark, else as they are."""
    if all(map(DIGITS.fullmatch, ids)):
        return np.array([int(name) for name in ids], np.int64), ""
    odd = [name for name in ids if name[0] in "0123456789." and not DIGITS.fullmatch(name)]
    respelled = {name: whole for name in odd if (whole := _whole(name)) is not None}
    if not respelled:
        return ids, ""
    if not all(name in respelled or DIGITS.fullmatch(name) for name in ids):
        _check_not_twice(ids, respelled)
        return ids, ""
    for name, whole in respelled.items():
        if whole > LARGEST_EXACT:
            raise InputError(f"an id too large to be written as {name}; write all its digits")
    count = f"{len(respelled):,} ids" if len(respelled) > 1 else "an id"
    name = next(iter(respelled))
    remark = f"{count} such as {name} read as {respelled[name]}"
    values = (respelled[name] if name in respelled else int(name) for name in ids)
    return np.fromiter(values, np.int64, len(ids)), remark


def _check_not_twice(ids: Iterable[str], respelled: dict[str, int]) -> None:
    """Say so if, among names, one number is written in two ways: is that one person?"""
    plain = {name: name for name in ids if name not in respelled}
    for name, whole in respelled.items():
        other = plain.setdefault(str(whole), name)
        if other != name:
            raise InputError(
                f"{other} and {name} are one number, but there are names beside them; "
                "write the number in one way"
            )
