"""Read a real friendship graph from a file: one pair of friends a line.

A text file (txt, csv, tsv, or one of these packed with gzip) in UTF-8. The first two columns of
every line are two people who are friends; further columns (weights, dates) are ignored and
counted. The first line that holds a pair decides what separates the columns: a tab, else a
semicolon, else a comma, else spaces. Names with spaces or separators in them may stand in double
quotes. Lines that begin with # or % are comments. The first line is a header, and skipped, if

- neither of its two cells is a number while all that follow are, or
- both are well-known header words (source, target, from, to, a, b, ...) and nobody below is
  called so.

People are numbered 0, 1, 2, ... in ascending order of their ids if these are whole numbers (007
and 7 are the same person), else in the order of their names, character by character: the order of
the lines in the file does not matter. A friendship is mutual: given twice, or in both directions,
it counts once. A person paired with himself stays, and has no friend by that line.

Large files of nothing but numbers go through the pandas reader; everything else, and every file
in which something looks odd, through a careful loop that can name the line.

Source of the example the reader is tested on: Leskovec and Krevl (2014), SNAP Datasets: Stanford
Large Network Dataset Collection; McAuley and Leskovec (2012), Learning to discover social circles
in ego networks, NIPS 25.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import zlib
from array import array
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
import pandas as pd

from simulation.people.friends import (
    MOST_FRIENDS,
    MOST_PEOPLE,
    Friends,
    TooManyFriendsError,
    friends_from_pairs,
)
from simulation.tools.errors import InputError

LONGEST_NAME = 200
LARGEST_ID = 2**63 - 1
HEADER_WORDS = re.compile(
    "(from|to|src|dst|source|target|node|person|user|name|id)_?(node|person)?_?(id)?(_?[12]|_[ab])?"
    "|[abijuvxy]|left|right|ego|alter|friend|follower|followee"
)
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}
_WANTED = "two ids a line are needed, separated by spaces, tabs, commas or semicolons"
_FINE = re.compile("[0-9]{1,18}|[A-Za-z][^\n]{0,99}")
_NUMBER = re.compile("[0-9]+")
_NEGATIVE = re.compile("[-\u2212][0-9]+")
_DECIMAL = re.compile("[-+\u2212]?([0-9]+[.][0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?")
_SEVERAL = re.compile("[0-9]+[ \t,;]+[0-9]+")


@dataclass(frozen=True)
class EdgeList:
    """A friendship graph read from a file, and what was read and dropped on the way.

    Attributes
    ----------
    friends : Friends
        The graph.
    names : int64 array or list of str, length n_people, or None
        The ids of the file in order of person number; None if they are just 0 .. n_people - 1.
    file : str
        Name of the file, without its folders.
    n_people, n_friendships : int
        Size of the graph.
    n_lines : int
        Lines of the file, of whatever kind.
    n_comments : int
        Comment lines.
    n_duplicates : int
        Lines that repeat an earlier one, with the two people in the same order.
    n_both_directions : int
        Friendships given as a-b and as b-a.
    n_self_loops : int
        Lines that pair a person with himself.
    n_wider_lines : int
        Lines with more than two columns; what stands there is ignored.
    has_header : bool
        Whether a header line was skipped.
    """

    friends: Friends
    names: np.ndarray | list[str] | None
    file: str
    n_people: int
    n_friendships: int
    n_lines: int
    n_comments: int
    n_duplicates: int
    n_both_directions: int
    n_self_loops: int
    n_wider_lines: int
    has_header: bool

    @property
    def sentence(self) -> str:
        """What was read and what was dropped, in one plain sentence."""
        dropped = ", ".join(
            (
                _many(self.n_comments, "comment line"),
                _many(self.n_duplicates, "duplicate"),
                _many(self.n_self_loops, "self-loop") + " dropped",
            )
        )
        more = "; header line skipped" if self.has_header else ""
        if self.n_both_directions:
            more += f"; {_many(self.n_both_directions, 'friendship')} given in both directions"
        if self.n_wider_lines:
            more += f"; further columns ignored on {_many(self.n_wider_lines, 'line')}"
        people = "1 person" if self.n_people == 1 else f"{self.n_people:,} people"
        return (
            f"{people}, {_many(self.n_friendships, 'friendship')} read from {self.file} "
            f"({dropped}{more})"
        )


class _Rows(NamedTuple):
    """The pairs as they stand in the file."""

    a: np.ndarray  # int64, shape (n_pairs,): positions in ids
    b: np.ndarray
    ids: np.ndarray | list[str]  # what the file calls them: whole numbers, or names
    n_comments: int
    n_wider_lines: int
    has_header: bool


class _Line(NamedTuple):
    """The first line that is neither blank nor comment."""

    number: int
    cells: list[str]
    separator: str
    n_comments: int  # comment lines above it
    end: int  # where the next line begins in the text


def read_edge_list(path: str | os.PathLike[str]) -> EdgeList:
    """Read a friendship graph from a text file (see the head of this module for the format).

    Raises
    ------
    ValueError
        In one line, naming the file, the line where there is one, what is wrong and what is
        allowed: no such file, a folder, not readable, broken gzip, not text, empty, fewer than
        two columns, an id that is negative, 2**63 or more, or longer than 200 characters, more
        than 2**31 - 1 people, or more than 65,535 friends of one person.
    """
    data = _unpacked(path)
    n_lines = data.count(b"\n") + (not data.endswith(b"\n")) if data else 0
    first = _first_line(path, data)
    rows = _fast(path, data, first) or _careful(path, data, first)
    numbers, names = _numbered(path, rows.ids)
    a, b = numbers[rows.a], numbers[rows.b]
    n_people = int(numbers.max()) + 1
    try:
        friends, counts = friends_from_pairs(n_people, a, b)
    except TooManyFriendsError as error:
        called = error.person if names is None else names[error.person]
        allowed = f"at most {MOST_FRIENDS:,} are allowed"
        _refuse(path, f"person {called} has {error.n_friends:,} friends; {allowed}")
    return EdgeList(
        friends=friends,
        names=names,
        file=Path(path).name,
        n_people=n_people,
        n_friendships=counts.friendships,
        n_lines=n_lines,
        n_comments=rows.n_comments,
        n_duplicates=counts.duplicates,
        n_both_directions=counts.both_directions,
        n_self_loops=counts.self_loops,
        n_wider_lines=rows.n_wider_lines,
        has_header=rows.has_header,
    )


# -- the file -------------------------------------------------------------------------------------


def _unpacked(path: str | os.PathLike[str]) -> bytes:
    """Return the text of the file as bytes of UTF-8, its lines ended by line feeds."""
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        wrong = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        if isinstance(error, FileNotFoundError):
            wrong = "no such file"
        elif Path(path).is_dir():
            wrong = "this is a folder"
        _refuse(path, f"{wrong}; a text file of friendships is needed")
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            _refuse(path, f"broken gzip ({error}); a whole gzip file or plain text is needed")
    elif data and str(path).endswith(".gz"):
        _refuse(path, "broken gzip (not a gzip file); a whole gzip file or plain text is needed")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    zero = data.find(b"\0")
    if zero >= 0:
        _refuse(path, "not a text file (it holds zero bytes); UTF-8 text is needed", data, zero)
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        _refuse(path, "not UTF-8 text; UTF-8 is needed", data, error.start)
    return data


def _first_line(path: str | os.PathLike[str], data: bytes) -> _Line:
    """Return the first line that may hold a pair, or say that there is none."""
    begin = n_comments = 0
    number = 1
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        raw = data[begin:end].decode()
        line = raw.strip()
        begin = end + 1
        if line and line[0] not in "#%":
            bare = re.sub('"[^"]*"', "", line)
            separator = next((mark for mark in "\t;," if mark in bare), " ")
            cells = _cells(path, number, raw, separator)
            if len(cells) < 2:
                _refuse_line(path, number, f"one column; {_WANTED}")
            for cell in cells[:2]:
                _check_id(path, number, cell)
            return _Line(number, cells, separator, n_comments, begin)
        n_comments += bool(line)
        number += 1
    _refuse(path, f"{'only comments' if n_comments else 'empty'}, no friendships; {_WANTED}")


# -- the lines ------------------------------------------------------------------------------------


def _fast(path: str | os.PathLike[str], data: bytes, first: _Line) -> _Rows | None:
    """Read a file of nothing but numbers; None if that is not what it is."""
    kinds = [_NUMBER.fullmatch(cell) is not None for cell in first.cells[:2]]
    body = data[first.end :]
    if kinds[0] != kinds[1] or body.translate(None, b"0123456789 \t,;\n.-") or not body.strip():
        return None
    marks = (" \t" if first.separator == " " else first.separator).encode()
    no_ids = rb"(?m)^[ \t]*(?:[^%b\n]*[%b]+)?[^%b\n]*[.-]" % (marks, marks, marks)
    if (b"." in body or b"-" in body) and re.search(no_ids, body):
        return None  # pandas would take 1.0 and -0 for whole numbers
    if kinds[0]:
        body = first.separator.join(first.cells).encode() + b"\n" + body
    else:
        _check_header(path, first)
    try:
        table = pd.read_csv(
            io.BytesIO(body),
            sep=r"\s+" if first.separator == " " else first.separator,
            header=None,
            index_col=False,
            dtype=defaultdict(lambda: "float64", {0: "int64", 1: "int64"}),
            skipinitialspace=True,
        )
    except (ValueError, OverflowError):
        return None
    pairs = table.iloc[:, :2].to_numpy()
    if pairs.shape[1] < 2 or table.iloc[:, 2:].isna().any(axis=None):
        return None
    codes, ids = pd.factorize(pairs.reshape(-1))
    n_wider = len(table) if table.shape[1] > 2 else 0
    return _Rows(codes[0::2], codes[1::2], ids, first.n_comments, n_wider, not kinds[0])


def _careful(path: str | os.PathLike[str], data: bytes, first: _Line) -> _Rows:
    """Read any file line by line, and name the line where something is wrong."""
    index: dict[str, int] = {}
    ends = array("q"), array("q")
    n_comments, n_wider = first.n_comments, 0
    for number, raw in enumerate(data[first.end :].decode().split("\n"), first.number + 1):
        line = raw.strip()
        if not line:
            continue
        if line[0] in "#%":
            n_comments += 1
            continue
        cells = _cells(path, number, raw, first.separator)
        if len(cells) < 2:
            as_before = f"separated by {_SEPARATORS[first.separator]} as on line {first.number}"
            _refuse_line(path, number, f"one column; two ids a line are needed, {as_before}")
        for cell, column in zip(cells, ends, strict=False):
            position = index.get(cell)
            if position is None:
                _check_id(path, number, cell)
                position = index[cell] = len(index)
            column.append(position)
        n_wider += len(cells) > 2 and any(cells[2:])
    has_header = _is_header(first, index)
    if has_header:
        _check_header(path, first)
    else:
        for cell, column in zip(first.cells, ends, strict=False):
            column.append(index.setdefault(cell, len(index)))
        n_wider += any(first.cells[2:])
    if not index:
        _refuse(path, f"only a header line, no friendships; {_WANTED}")
    a, b = (np.array(column, np.int64) for column in ends)
    ids: np.ndarray | list[str] = list(index)
    if all(map(_NUMBER.fullmatch, ids)):
        ids = np.array([int(name) for name in ids], np.int64)
    return _Rows(a, b, ids, n_comments, n_wider, has_header)


def _cells(path: str | os.PathLike[str], number: int, line: str, separator: str) -> list[str]:
    """Return the columns of a line, without the blanks and quotes around them."""
    if '"' in line:
        if separator == " ":
            line = line.replace("\t", " ").strip()
        try:
            row = next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))
        except csv.Error as error:
            _refuse_line(path, number, f"quotes that do not match ({error}); {_WANTED}")
        return [cell.strip() for cell in row]
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in line.split(separator)]


def _is_header(first: _Line, index: dict[str, int]) -> bool:
    """Whether the first line names the columns; `index` holds the ids of all other lines."""
    two = first.cells[:2]
    if any(map(_NUMBER.fullmatch, two)):
        return False
    known = all(HEADER_WORDS.fullmatch(cell.lower()) and cell not in index for cell in two)
    if not index:
        return known and all(len(cell) > 1 for cell in two)
    return known or all(map(_NUMBER.fullmatch, index))


def _check_header(path: str | os.PathLike[str], first: _Line) -> None:
    """Say so if the header names two columns of friends, but not the first two."""
    where = [k for k, cell in enumerate(first.cells, 1) if HEADER_WORDS.fullmatch(cell.lower())][:2]
    if len(where) == 2 and where != [1, 2]:
        wrong = f"the friends seem to be in columns {where[0]} and {where[1]}"
        _refuse_line(path, first.number, f"{wrong}; the first two columns are read")


def _check_id(path: str | os.PathLike[str], number: int, cell: str) -> None:
    """Say what is wrong with an id, if anything is."""
    if _FINE.fullmatch(cell):
        return
    allowed = f"whole numbers from 0 to 2**63 - 1 or names of up to {LONGEST_NAME} characters"
    shown = cell if len(cell) <= 30 else cell[:27] + "..."
    wrong = ""
    if not cell:
        wrong = "an empty id"
    elif len(cell) > LONGEST_NAME:
        wrong = f"an id of {len(cell):,} characters ({shown!r})"
    elif _NEGATIVE.fullmatch(cell):
        wrong = f"a negative id ({shown})"
    elif _DECIMAL.fullmatch(cell):
        wrong = f"an id with decimals ({shown})"
    elif _SEVERAL.fullmatch(cell):
        wrong = f"two numbers in one cell ({shown})"
    elif _NUMBER.fullmatch(cell) and int(cell) > LARGEST_ID:
        wrong = f"an id too large ({shown})"
    if wrong:
        _refuse_line(path, number, f"{wrong}; ids are {allowed}")


def _numbered(
    path: str | os.PathLike[str], ids: np.ndarray | list[str]
) -> tuple[np.ndarray, np.ndarray | list[str] | None]:
    """Return the person number of every id, and the ids in order of person number."""
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
        _refuse(path, f"{n_people:,} people; at most {MOST_PEOPLE:,} are allowed")
    return numbers, names


# -- words ----------------------------------------------------------------------------------------


def _many(number: int, thing: str) -> str:
    """Return "1 line", "2,000 lines"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _refuse(
    path: str | os.PathLike[str], wrong: str, data: bytes | None = None, offset: int = 0
) -> NoReturn:
    """Raise the one-line error; with data and offset, name the line."""
    where = "" if data is None else f" line {data.count(10, 0, offset) + 1}:"
    raise InputError(f"{os.fspath(path)}:{where} {wrong}") from None


def _refuse_line(path: str | os.PathLike[str], number: int, wrong: str) -> NoReturn:
    """Raise the one-line error of a line."""
    raise InputError(f"{os.fspath(path)}: line {number}: {wrong}") from None
