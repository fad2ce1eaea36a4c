"""Read a CSV table that somebody made: every way in which it can be wrong is one line."""

from __future__ import annotations

import csv
from pathlib import Path

from simulation.tools.errors import InputError


def read_csv(path: str | Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the column names, and every row as (line number, its cells as text).

    UTF-8, with or without a byte order mark; commas, semicolons or tabs between the cells; empty
    lines are passed over. Raises InputError, naming file and line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, a .csv file is wanted") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line} is not UTF-8 text: save it as CSV UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason})") from None
    if "\0" in text:
        raise InputError(f"{path}: is not a text file (it holds zero bytes): a .csv file is wanted")
    first = text.lstrip().split("\n", 1)[0]
    comma = max(",;\t", key=first.count)
    try:
        reader = csv.reader(text.splitlines(), delimiter=comma, strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from None
    lines = [(number, row) for number, row in lines if any(row)]
    if not lines:
        raise InputError(f"{path}: is empty: a line of column names and rows are wanted")
    names = lines[0][1]
    for name in names:
        if not name:
            raise InputError(f"{path}: line {lines[0][0]}: a column without a name")
        if names.count(name) > 1:
            raise InputError(f'{path}: line {lines[0][0]}: column "{name}" is there twice')
    for number, row in lines[1:]:
        if len(row) != len(names):
            raise InputError(
                f"{path}: line {number} has {len(row)} cells, the heading has {len(names)}"
            )
    if len(lines) == 1:
        raise InputError(f"{path}: has a heading and no row")
    return names, lines[1:]
