"""Read a CSV table that somebody made: every way in which it can be wrong is one line.

What spreadsheets, pandas and R add to a table is taken off again where it can only be that: Excel's
``sep=;``, empty columns at the edge, the row numbers of pandas and R, decimal commas. Where it
could be something else, the line says what was seen and what to do.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from simulation.tools.errors import InputError, shortened
from simulation.tools.text_file import read_text
from simulation.tools.values import whole_in

#: A row of a table: the number of its line, and its cells as text.
Row = tuple[int, list[str]]

_SEP = re.compile(r'"?sep=(.)"?', re.I)
#: A column without a name: empty, or as pandas calls it when it reads its own index.
_NAMELESS = re.compile(r"|Unnamed: \d+")
_COMMA = re.compile(r"[+-]?(\d*),(\d+)([eE][+-]?\d+)?", re.A)
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.A)


def read_csv(path: str | Path) -> tuple[list[str], list[Row]]:
    """Return the column names, and every row as (line number, its cells as text).

    Commas, semicolons, tabs or spaces between the cells; empty lines are passed over; decimal
    commas become points. Raises InputError, naming file and line.
    """
    path = Path(path)
    lines = _cells(read_text(path, ".csv"), path)
    if not lines:
        raise InputError(f"{path}: is empty: a line of column names and rows are wanted")
    (first, names), rows = lines[0], lines[1:]
    if not rows:
        raise InputError(f"{path}: has a heading and no row")
    names, rows = _without_edges(names, rows)
    names, rows = _without_row_numbers(names, rows, f"{path}: line {first}")
    for number, row in rows:
        if len(row) != len(names):
            hint = " (row names of R? row.names = FALSE)" if len(row) == len(names) + 1 else ""
            raise InputError(
                f"{path}: line {number} has {len(row)} cells, the heading has {len(names)}{hint}"
            )
    for place, name in enumerate(names):
        if not name:
            raise InputError(f"{path}: line {first}: a column without a name (column {place + 1})")
        if names.count(name) > 1:
            raise InputError(f'{path}: line {first}: column "{name}" is there twice')
    return names, _with_points(rows, path)


def _cells(text: str, path: Path) -> list[Row]:
    """Return the lines that hold anything, split into cells."""
    stream = io.StringIO(text, newline="")
    first, skipped = _first_line(stream), 0
    comma = ""
    if said := _SEP.fullmatch(first):
        comma, skipped = said.group(1), stream.tell()
        first = _first_line(stream)
    if not comma:
        comma = max(",;\t", key=first.count)
        if not first.count(comma) and " " in first:
            comma = " "  # as R's write.table: no name we know holds a space
    stream.seek(skipped)
    above = text[:skipped].count("\n") or bool(skipped)
    try:
        reader = csv.reader(stream, delimiter=comma, strict=True, skipinitialspace=comma == " ")
        lines = [(reader.line_num + above, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num + above}: {error}") from None
    return [(number, row) for number, row in lines if any(row)]


def _first_line(stream: io.StringIO) -> str:
    """Return the next line that holds anything."""
    for line in stream:
        if line.strip():
            return line.strip("\r\n ")
    return ""


def _without_edges(names: list[str], rows: list[Row]) -> tuple[list[str], list[Row]]:
    """Return the table without empty columns at its right edge, as spreadsheets leave them."""
    width = len(names)
    while width > 1 and not names[width - 1] and not any(any(row[width - 1 :]) for _, row in rows):
        width -= 1
    trimmed = [(number, row if any(row[width:]) else row[:width]) for number, row in rows]
    return names[:width], trimmed


def _without_row_numbers(
    names: list[str], rows: list[Row], where: str
) -> tuple[list[str], list[Row]]:
    """Return the table without a first column that has no name and holds the numbers of the rows.

    pandas and R write one before a table. Raises InputError where it holds something else.
    """
    if not _NAMELESS.fullmatch(names[0]):
        return names, rows
    found = [whole_in(row[0]) for _, row in rows]
    if found not in (list(range(len(rows))), list(range(1, len(rows) + 1))):
        raise InputError(
            f"{where}: the first column has no name, and does not number the rows as pandas and R "
            f"do (it begins with {shortened(rows[0][1][0])}): name it, or leave it out "
            "(pandas: index=False, R: row.names = FALSE)"
        )
    return names[1:], [(number, row[1:]) for number, row in rows]


def _with_points(rows: list[Row], path: Path) -> list[Row]:
    """Return the rows with decimal points where the table has decimal commas.

    2,5 and 0,125 are decimals; 1,234 alone could be a thousand: it is one where the table shows
    elsewhere that it writes decimals with commas. Raises InputError where that stays open.
    """
    with_comma = [(n, cell) for n, row in rows for cell in row if _COMMA.fullmatch(cell)]
    if not with_comma:
        return rows
    sure = [(n, cell) for n, cell in with_comma if not _could_be_thousands(cell)]
    pointed = [(n, cell) for n, row in rows for cell in row if _POINT.fullmatch(cell)]
    line, cell = (sure or with_comma)[0]
    if pointed or not sure:
        why = f"line {pointed[0][0]} has {pointed[0][1]}" if pointed else "it could be thousands"
        raise InputError(
            f"{path}: line {line}: is {cell} a decimal? ({why}): write decimals with a point, and "
            "nothing between thousands"
        )
    change = re.compile(r"(?<=\d),|^,|(?<=[+-]),")
    return [
        (n, [change.sub(".", cell, count=1) if _COMMA.fullmatch(cell) else cell for cell in row])
        for n, row in rows
    ]


def _could_be_thousands(cell: str) -> bool:
    before, after, power = _COMMA.fullmatch(cell).groups()  # type: ignore[union-attr]
    return power is None and 1 <= len(before) <= 3 and before[0] != "0" and len(after) == 3
