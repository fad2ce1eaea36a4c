"""Read an adjacency matrix of 0 and 1 as what it is, not as a list of pairs."""

from __future__ import annotations

from simulation.people.edge_columns import FEWEST, Row, Rows, refuse

_BITS = frozenset("01")


def matrix_in(rows: Rows, sample: list[Row]) -> tuple[list[str], list[tuple[int, int]]] | None:
    """Return the people and pairs of an adjacency matrix of 0 and 1; None where there is none.

    Its people may be named in the first line, or in the first line and the first column.
    """
    first, last = sample[0][1], sample[-1][1]
    bare = _BITS.issuperset(first)
    if len(last) < FEWEST or not _BITS.issuperset(last[1:]):
        return None
    if bare:
        shapes = [([str(k) for k in range(len(last))], 0)]
    else:
        shapes = [(first, 0), (first[1:], 1), (first, 1)]
    for names, side in shapes:
        fits = len(names) >= FEWEST and len(last) == len(names) + side
        if not fits or not _all_bits(sample[not bare :], names, side):
            continue
        table = list(rows())[not bare :]
        if not _all_bits(table, names, side):
            continue
        labels = [row[0] for _, row in table] if side else names
        if len(table) == len(names) and sorted(labels) == sorted(set(names)):
            place = {name: k for k, name in enumerate(names)}
            return names, [
                (place[label], k)
                for label, (_, row) in zip(labels, table, strict=True)
                for k, cell in enumerate(row[side:])
                if cell == "1"
            ]
        if bare:
            wrong = f"a table of 0 and 1 of {len(table):,} lines and {len(names):,} columns"
            refuse(sample[0][0], f"{wrong}; an adjacency matrix has as many lines as columns")
    return None


def _all_bits(rows: list[Row], names: list[str], side: int) -> bool:
    """Whether all lines have a 0 or a 1 for every name, `side` cells further on."""
    width = len(names) + side
    return all(len(row) == width and _BITS.issuperset(row[side:]) for _, row in rows)
