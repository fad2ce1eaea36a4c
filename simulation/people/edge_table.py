"""Read the pairs of friends from a table: a text of one pair a line, or rows of JSON.

Large texts of nothing but numbers go through the pandas reader; everything else, and every text
in which something looks odd, through a careful loop that can name the line.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from simulation.people.edge_columns import (
    Layout,
    Row,
    Rows,
    check_bare,
    check_heading,
    is_header,
    layout_of,
)
from simulation.people.edge_ids import DIGITS, Pairs, check_id, is_number
from simulation.people.edge_matrix import matrix_in
from simulation.tools.errors import InputError

#: Lines from which the layout of a table is told.
SAMPLE = 1000
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}
_WANTED = "two ids a line are needed, separated by spaces, tabs, commas or semicolons"
_EXCEL = re.compile(r'"?sep=(\t|[;, ])"?')


class Text:
    """The lines of a text, without blank ones and comments.

    What separates the columns is told by the first line: a tab, else a semicolon, else a comma,
    else spaces; or by ``sep=;`` above it, as Excel wants it. `body` is where its second line begins
    in the data, `n_comments` the number of comment lines so far.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.separator, self.n_comments = "", 0
        begin, number = 0, 1
        while begin < len(data):
            end = data.find(b"\n", begin)
            end = len(data) if end < 0 else end
            line = data[begin:end].decode().strip(" \n")
            excel = _EXCEL.fullmatch(line.lower()) if not self.separator else None
            if excel:
                self.separator = excel[1]
            elif line.strip() and line.strip()[0] not in "#%":
                break
            else:
                self.n_comments += bool(line.strip())
            begin, number = end + 1, number + 1
        else:
            what = "only comments" if self.n_comments else "empty"
            raise InputError(f"{what}, no friendships; {_WANTED}")
        self.begin, self.body, self.first_number = begin, end + 1, number
        self._above = self.n_comments
        if not self.separator:
            bare = re.sub('"[^"]*"', "", line)
            self.separator = next((mark for mark in "\t;," if mark in bare), " ")

    def __call__(self) -> Iterator[Row]:
        """Yield the number and the cells of every line."""
        self.n_comments = self._above
        separator = self.separator
        lines = io.BytesIO(self.data)
        lines.seek(self.begin)
        text = io.TextIOWrapper(lines, "utf-8", newline="\n")
        for number, raw in enumerate(text, self.first_number):
            line = raw.strip()
            if not line:
                continue
            if line[0] in "#%":
                self.n_comments += 1
            elif '"' in line:
                yield number, self._quoted(number, raw)
            elif separator == " ":
                yield number, line.split()
            else:
                yield number, [cell.strip() for cell in raw.split(separator)]

    def _quoted(self, number: int, line: str) -> list[str]:
        """Return the cells of a line with quotes."""
        line = line.removesuffix("\n")
        if self.separator == " ":
            line = line.replace("\t", " ").strip()
        try:
            row = next(
                csv.reader([line], delimiter=self.separator, skipinitialspace=True, strict=True)
            )
        except csv.Error as error:
            wrong = f"quotes that do not match ({error}); {_WANTED}"
            raise InputError(f"line {number}: {wrong}") from None
        return [cell.strip() for cell in row]


def read_text(data: bytes, columns: str = "") -> Pairs:
    """Read the pairs of a text table; `columns` are those of the friends, as in `layout_of`."""
    text = Text(data)
    sample = list(islice(text(), SAMPLE + 1))
    number, cells = sample[0]
    if len(cells) < 2:
        raise InputError(f"line {number}: one column; {_WANTED}")
    if cells[0].startswith("(") and cells[-1].endswith(")"):
        raise InputError(f"line {number}: brackets around the pair; {_WANTED}")
    apart = f"two ids a line are needed, separated by {_SEPARATORS[text.separator]} as on line"
    found = _read(text, sample, columns, f"{apart} {number}", text)
    return found._replace(n_comments=text.n_comments)


def read_rows(rows: list[list[str]], columns: str = "") -> Pairs:
    """Read the pairs of rows of cells, the first of which may be a heading."""
    numbered = list(enumerate(rows, 1))
    try:
        return _read(lambda: iter(numbered), numbered[: SAMPLE + 1], columns, "two ids are needed")
    except InputError as error:
        raise InputError(re.sub("^line", "row", str(error))) from None


def _read(
    rows: Rows, sample: list[Row], columns: str, wanted: str, text: Text | None = None
) -> Pairs:
    """Read a table of any kind, the fast way where there is one."""
    whole = len(sample) <= SAMPLE
    matrix = None if columns else matrix_in(rows, sample)
    if matrix:
        names, ends = matrix
        a, b = np.array(ends, np.int64).reshape(-1, 2).T
        return Pairs(a, b, names, "a matrix of 0 and 1")
    layout = layout_of(sample, columns)
    found = _fast(text, layout, sample, whole) if text is not None else None
    return found or _careful(rows, layout, sample, whole, wanted)


def _fast(text: Text, layout: Layout, sample: list[Row], whole: bool) -> Pairs | None:
    """Read a text of nothing but numbers; None if that is not what it is."""
    first = sample[0][1]
    top = [first[k] if k < len(first) else "" for k in layout.top]
    numbers = [DIGITS.fullmatch(cell) is not None for cell in top]
    words = not any(map(is_number, top)) and layout.header is not False
    body = text.data[text.body :]
    if not (all(numbers) or words) or (numbers[0] and layout.header):
        return None
    if body.translate(None, b"0123456789 \t,;\n.-") or not body.strip():
        return None
    separator = text.separator
    marks = (" \t" if separator == " " else separator).encode()
    last = max(layout.body)
    cell = rb"[^%b\n]*" % marks
    no_ids = rb"(?m)^[ \t]*(?:%b[%b]+){0,%d}%b[.-]" % (cell, marks, last, cell)
    if (b"." in body or b"-" in body) and re.search(no_ids, body):
        return None  # pandas would take 1.0 and -0 for whole numbers
    if not words:
        body = separator.join(first).encode() + b"\n" + body
    width = len(sample[int(words)][1])
    # every column by its number: with a default, pandas made floats of ids, which merges large ones
    dtypes = dict.fromkeys(range(width), "float64") | dict.fromkeys(layout.body, "int64")
    try:
        table = pd.read_csv(
            io.BytesIO(body),
            sep=r"\s+" if separator == " " else separator,
            header=None,
            index_col=False,
            dtype=dtypes,
            skipinitialspace=True,
        )
    except (ValueError, OverflowError):
        return None
    if table.shape[1] != width or width <= last:
        return None
    if table.drop(columns=list(layout.body)).isna().any(axis=None):
        return None  # lines of different lengths
    if words:
        check_heading(layout, text, sample, width)
    elif not layout.wished:
        check_bare(text, sample, whole, {width})
    pairs = table[list(layout.body)].to_numpy()
    codes, ids = pd.factorize(pairs.reshape(-1))
    return Pairs(
        codes[0::2],
        codes[1::2],
        ids,
        n_wider=len(table) if width > 2 else 0,
        heading=(top[0], top[1]) if words else None,
        columns=layout.body,
    )


def _careful(rows: Rows, layout: Layout, sample: list[Row], whole: bool, wanted: str) -> Pairs:
    """Read any table line by line, and name the line where something is wrong."""
    number, first = sample[0]
    if layout.header is False:
        _two_of(first, layout.top, number, wanted)
    index: dict[str, int] = {}
    known = index.get
    ends = array("q"), array("q")
    add_one, add_other = ends[0].append, ends[1].append
    widths: set[int] = set()
    n_wider = 0
    one, other = layout.body
    for place, cells in islice(rows(), 1, None):
        width = len(cells)
        if width != 2:
            n_wider += width - cells.count("") > 2
        widths.add(width)
        if width <= one or width <= other:
            _two_of(cells, layout.body, place, wanted)
        position = known(cell := cells[one])
        if position is None:
            check_id(cell, f"line {place}")
            position = index[cell] = len(index)
        add_one(position)
        position = known(cell := cells[other])
        if position is None:
            check_id(cell, f"line {place}")
            position = index[cell] = len(index)
        add_other(position)
    heading = None
    if is_header(layout, sample, index, all(map(is_number, index))):
        heading = first[layout.top[0]], first[layout.top[1]]
        check_heading(layout, rows, sample, max(widths, default=0))
        if not index:
            raise InputError(f"only a header line, no friendships; {_WANTED}")
    elif not layout.wished and layout.body != (0, 1):
        return _careful(rows, Layout((0, 1), (0, 1), False, False, ""), sample, whole, wanted)
    else:
        for cell, column in zip(_two_of(first, layout.top, number, wanted), ends, strict=True):
            column.insert(0, index.setdefault(cell, len(index)))
        n_wider += len(first) - first.count("") > 2
        if not layout.wished:
            check_bare(rows, sample, whole, widths | {len(first)})
    a, b = (np.array(column, np.int64) for column in ends)
    return Pairs(a, b, list(index), "", 0, n_wider, heading, layout.body)


def _two_of(cells: list[str], columns: tuple[int, int], number: int, wanted: str) -> list[str]:
    """Return the two ids of a line, or say what is wrong with them."""
    if len(cells) < 2:
        raise InputError(f"line {number}: one column; {wanted}")
    if len(cells) <= max(columns):
        places = " and ".join(str(k + 1) for k in columns)
        wrong = f"{len(cells)} cells, but the friends are in columns {places}"
        raise InputError(f"line {number}: {wrong}")
    two = [cells[k] for k in columns]
    for cell in two:
        check_id(cell, f"line {number}")
    return two
