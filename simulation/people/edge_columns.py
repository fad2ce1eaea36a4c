"""Which two columns of a table hold the friends, and whether its first line is a heading.

Nothing is guessed: where the table does not say it, it is refused in one line that says how to
(``--friends-columns``). A first line is a heading if

- a number stands in neither of its two cells while numbers alone stand below, or
- its words are those of a pair (source, target; from, to; user_id, friend_id; Person A, Person B;
  follower_id, followee_id; von, nach; ...) and nobody below is called so, or
- a further column has a word in it, and numbers below.

A heading with the words of one pair says where the friends are: ``id,source,target`` has them in
columns 2 and 3. A heading one cell shorter than all other lines, whose first cells count the
lines, is R's: row names stand in front.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, NoReturn

from simulation.people.edge_ids import is_number, may_be_id
from simulation.tools.errors import InputError

#: A row of a table: its number, and its cells without the blanks around them.
Row = tuple[int, list[str]]
Rows = Callable[[], Iterable[Row]]


def _words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


HOW = "name the two columns of friends: --friends-columns"
_PERSON = _words(
    "node person user name vertex actor member student people account profile agent employee "
    "colleague pupil participant respondent mitarbeiter knoten nutzer persona personne"
)
_FILLER = _PERSON | _words("id ids key code label number nr no num idx index screen uid")
_SIDES = {
    "source": ("source src origin quelle origen origine origem",
               "target tgt dest dst destination sink ziel destino cible"),
    "from": ("from von de da van fra od", "to nach zu an para vers naar til till do"),
    "sender": ("sender", "receiver recipient addressee"),
    "follower": ("follower", "followee following followed leader"),
    "ego": ("ego nominator chooser", "alter nominee chosen"),
    "friend": ("", "friend contact peer neighbor neighbour buddy acquaintance partner freund knows "
                   "follows ami amigo"),
    "left": ("left", "right"),
    "ab": ("a", "b"), "ij": ("i", "j"), "uv": ("u", "v"), "xy": ("x", "y"), "12": ("1", "2"),
}  # fmt: skip
#: What a word says of a column: the family of pairs it belongs to, and which of the two it is.
_ROLES = {
    word: (family, side)
    for family, sides in _SIDES.items()
    for side, words in enumerate(sides)
    for word in words.split()
}
#: Words of columns that hold no friend.
_NO_FRIEND = _words(
    "row rownames nr no index weight value count type label age date time timestamp since year "
    "degree strength score group gender sex city email role kind category"
)
_NOTHING = frozenset(["", "na", "nan", "null", "none", "-"])
_TOKENS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[^\\W\\d_A-Z]+|[0-9]+")
#: Lines that can show a pattern.
FEWEST = 3


class Layout(NamedTuple):
    """Where the friends stand, as far as the first lines tell."""

    top: tuple[int, int]  # columns in the first line, from 0
    body: tuple[int, int]  # columns in all other lines
    header: bool | None  # whether the first line is a heading; None: the lines below decide
    known: bool  # whether the two headings are the words of a pair
    wished: str  # what was asked for: "", "names" or "numbers"


# -- the first lines ------------------------------------------------------------------------------


def layout_of(rows: list[Row], wished: str) -> Layout:
    """Return where the friends stand; `rows` are the first of the table.

    `wished` are the two columns asked for, by name or by number from 1, separated by a comma; ""
    if none are.
    """
    number, first = rows[0]
    if wished:
        return _wished(rows, wished)
    pairs = pairs_in(first)
    known = bool(pairs)
    top = pairs[0] if pairs else (0, 1)
    if any(is_number(first[k]) for k in top):
        return Layout((0, 1), (0, 1), False, False, "")
    if len(pairs) > 1:
        refuse(number, f"several pairs of columns ({_listed(first)}); {HOW} {_example(first, top)}")
    return Layout(top, _shifted(rows, top), None, known, "")


def _wished(rows: list[Row], wished: str) -> Layout:
    """Return the layout somebody asked for."""
    number, first = rows[0]
    names = [name.strip() for name in next(csv.reader([wished], skipinitialspace=True))]
    if len(names) != 2 or not all(names):
        raise InputError(
            f"friends_columns = {wished!r}: two columns, by heading or by number from 1, separated "
            "by a comma, e.g. source,target or 2,3"
        )
    if all(re.fullmatch("[0-9]{1,6}", name) for name in names):
        one, other = (int(name) - 1 for name in names)
        widest = max(len(cells) for _, cells in rows)
        if one == other or not 0 <= min(one, other) <= max(one, other) < widest:
            refuse(number, f"columns {wished}: two different columns from 1 to {widest} are needed")
        places = one, other
        if max(places) < len(first):
            known = (min(places), max(places)) in pairs_in(first)
            return Layout(places, places, None, known, "numbers")
        if min(places) and _is_short(rows) and not any(map(is_number, first)):  # R's heading
            return Layout((one - 1, other - 1), places, True, True, "numbers")
        return Layout(places, places, False, False, "numbers")
    found: list[int] = []
    for name in names:
        exact = [k for k, cell in enumerate(first) if cell == name and k not in found]
        near = [k for k, c in enumerate(first) if c.lower() == name.lower() and k not in found]
        if not exact and not near:
            refuse(number, f"no column is called {name!r}; the heading is {_listed(first)}")
        found.append((exact or near)[0])
    top = found[0], found[1]
    return Layout(top, _shifted(rows, top), True, True, "names")


def _shifted(rows: list[Row], top: tuple[int, int]) -> tuple[int, int]:
    """Return the columns of the body: one further on where R wrote the names of the rows."""
    body = [cells for _, cells in rows[1:]]
    if _is_short(rows) and counts_lines([cells[0] for cells in body]):
        return top[0] + 1, top[1] + 1
    return top


def _is_short(rows: list[Row]) -> bool:
    """Whether the first line is one cell shorter than all others."""
    width = len(rows[0][1])
    return len(rows) > 1 and all(len(_trimmed(cells)) == width + 1 for _, cells in rows[1:])


def counts_lines(cells: list[str]) -> bool:
    """Whether cells are whole numbers that go up by one."""
    if not all(re.fullmatch("[0-9]{1,9}", cell) for cell in cells):
        return False
    begin = int(cells[0])
    return all(int(cell) == begin + k for k, cell in enumerate(cells))


def pairs_in(cells: list[str]) -> list[tuple[int, int]]:
    """Return the pairs of columns whose headings belong together; single letters come last."""
    roles = [_role(cell) for cell in cells]
    found, letters = [], []
    for family in _SIDES:
        sides = [[k for k, role in enumerate(roles) if role == (family, s)] for s in (0, 1)]
        some = [(one, other) for one in sides[0] for other in sides[1]]
        bare = [pair for pair in some if all(len(cells[k]) == 1 for k in pair)]
        letters += bare
        found += [pair for pair in some if pair not in bare]
    if not found:  # user_id, friend_id: one column of people, one of those they are friends with
        people = [k for k, role in enumerate(roles) if role == ("person", 0)]
        others = [k for k, role in enumerate(roles) if role and role[0] in _SIDES]
        others = [k for k in others if len(cells[k]) > 1]
        found = [(one, other) for one in people for other in others]
    return [(min(pair), max(pair)) for pair in found or letters]


def _role(cell: str) -> tuple[str, int] | None:
    """Return what a heading says of its column."""
    tokens = [token.lower() for token in _TOKENS.findall(cell)]
    core = [token for token in tokens if token not in _FILLER]
    if not core:
        return ("person", 0) if _PERSON.intersection(tokens) else None
    if len(core) == 2 and _ROLES.get(core[0], ("",))[0] == "friend":
        core = core[1:]  # friend 1, friend 2
    return _ROLES.get(core[0]) if len(core) == 1 else None


# -- when all lines are read ----------------------------------------------------------------------


def is_header(layout: Layout, rows: list[Row], below: Collection[str], numbers: bool) -> bool:
    """Whether the first line is a heading.

    Parameters
    ----------
    rows : list of Row
        The first of the table.
    below : collection of str
        What people are called in all other lines.
    numbers : bool
        Whether all of these are numbers.

    Raises
    ------
    InputError
        When it cannot be told.
    """
    if layout.header is not None:
        return layout.header
    number, first = rows[0]
    two = [first[k] for k in layout.top]
    if any(is_number(cell) or cell in below for cell in two):
        return False
    if not below:
        return layout.known and all(len(cell) > 1 for cell in two)
    single = all(len(cell) == 1 for cell in two) and all(len(name) == 1 for name in below)
    if numbers or (layout.known and not single) or "" in two or _words_over_numbers(rows):
        return True
    if layout.wished or any(is_number(cell) or cell[:1] == "{" for cell in first[2:]):
        return False  # a weight, or what networkx writes
    if _no_friends(first):
        return True
    one, other = (cell if len(cell) <= 30 else f"{cell[:27]}..." for cell in two)
    refuse(
        number,
        f"{one} - {other} may be a pair of friends or a heading: nobody below is called so; say "
        f"--friends-columns 1,2 if a pair, --friends-columns {_example(first, layout.top)} if not",
    )


def _words_over_numbers(rows: list[Row]) -> bool:
    """Whether a further column has a word in the first line, and numbers alone below."""
    first = rows[0][1]
    for k in range(2, len(first)):
        if is_number(first[k]) or first[k].lower() in _NOTHING:
            continue
        below = [cells[k] for _, cells in rows[1:] if len(cells) > k and cells[k]]
        if below and all(map(is_number, below)):
            return True
    return False


def _no_friends(first: list[str]) -> bool:
    """Whether the first two headings say that not both columns hold friends (id, name; age)."""
    words = [token.lower() for cell in first[:2] for token in _TOKENS.findall(cell)]
    return bool(_NO_FRIEND.intersection(words)) or words[:1] == ["id"]


def check_heading(layout: Layout, rows: Rows, sample: list[Row], widest: int) -> None:
    """Refuse a table with a heading that does not say where the friends are."""
    number, first = sample[0]
    width = len(_trimmed(first))
    if not layout.known and not layout.wished:
        if width > 2:
            wrong = f"{width} columns ({_listed(first)}), and which hold the friends is not clear"
            refuse(number, f"{wrong}; {HOW} {_example(first, (0, 1))}")
        if _no_friends(first):
            refuse(number, f"columns {_listed(first)}: not two of friends; {HOW}")
    if layout.wished == "numbers":
        return
    if layout.body == layout.top and _is_short(sample):
        refuse(
            number,
            f"a heading of {len(first)} cells over lines of {len(first) + 1}; {HOW}, by number, "
            f"e.g. {layout.top[0] + 2},{layout.top[1] + 2}",
        )
    allowed = len(first) + layout.body[0] - layout.top[0]
    if widest > allowed:
        for place, cells in rows():
            if len(_trimmed(cells)) > allowed:
                refuse(place, f"{len(_trimmed(cells))} cells under a heading of {len(first)}")


def check_bare(rows: Rows, sample: list[Row], whole: bool, widths: Collection[int]) -> None:
    """Refuse a table without heading that may be something else than a list of pairs.

    `whole` says whether `sample` is all of the table, `widths` how many cells its lines have.
    """
    number = sample[0][0]
    cells = [cells for _, cells in sample]
    counts = len(cells) >= FEWEST and counts_lines([row[0] for row in cells])
    if counts and not any(is_number(row[1]) for row in cells):
        wrong = "column 1 counts the lines and column 2 has names: a list of people?"
        refuse(number, f"{wrong} Two columns of friends are needed; {HOW} 1,2 if these are")
    if max(widths) <= 2:
        return
    if len(widths) > 1:
        _check_ragged(rows, number)
    cells = [row for row in cells if len(row) > 2]
    if counts and len(cells) == len(sample) and all(may_be_id(row[2]) for row in cells):
        wrong = "column 1 counts the lines: row numbers, or people?"
        refuse(number, f"{wrong} {HOW} 2,3, or 1,2")
    _check_square(sample, whole)
    places = _apart(cells)
    if places and not whole:
        places = _apart(row for _, row in rows() if len(row) > 2)
    if places:
        refuse(
            number,
            f"columns 1 and 2 have nobody in common, columns {places[0]} and {places[1]} have; "
            f"{HOW} {places[0]},{places[1]}, or 1,2",
        )


def _check_ragged(rows: Rows, number: int) -> None:
    """Refuse lines of different lengths whose further cells may be people."""
    width, odd, people = None, 0, False
    for place, row in rows():
        cells = _trimmed(row)
        cells = next((cells[:k] for k, cell in enumerate(cells) if cell.startswith("{")), cells)
        width = len(cells) if width is None else width
        odd = odd or (place if len(cells) != width else 0)
        people = people or any(map(may_be_id, cells[2:]))
        if odd and people:
            wrong = f"lines of different lengths ({width} cells on line {number}): an adjacency"
            refuse(odd, f"{wrong} list? One pair a line is needed; {HOW} 1,2 if the rest is not")


def _check_square(sample: list[Row], whole: bool) -> None:
    """Refuse what looks like a matrix of weights."""
    n = len(sample)
    if not whole or n < FEWEST or any(len(_trimmed(row)) != n for _, row in sample):
        return
    table = [row for _, row in sample]
    empty = all(re.fullmatch("0*[.]?0*", table[k][k]) for k in range(n))
    mirrored = all(table[i][j] == table[j][i] for i in range(n) for j in range(i))
    if empty and (mirrored or n > 4) and all(is_number(cell) for row in table for cell in row):
        wrong = f"{n} lines of {n} cells with zeros on the diagonal: a matrix of weights?"
        refuse(sample[0][0], f"{wrong} One pair a line is needed; {HOW} 1,2 if it is none")


def _apart(rows: Iterable[list[str]]) -> tuple[int, int] | None:
    """Return the columns (from 1) that have people in common, if the first two have none."""
    n, sets = 0, (set[str](), set[str](), set[str]())
    for n, row in enumerate(rows, 1):  # noqa: B007
        for seen, cell in zip(sets, row, strict=False):
            seen.add(cell)
    if n < FEWEST or sets[0] & sets[1]:
        return None
    if sets[1] & sets[2]:
        return 2, 3
    return (1, 3) if sets[0] & sets[2] else None


# -- words ----------------------------------------------------------------------------------------


def _trimmed(cells: list[str]) -> list[str]:
    """Return the cells without the empty ones at the end."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _listed(cells: list[str]) -> str:
    """Return headings for a message."""
    text = ", ".join(cell or '""' for cell in cells)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _example(cells: list[str], places: tuple[int, int]) -> str:
    """Return what to write after --friends-columns."""
    names = [cells[k] for k in places]
    if not all(re.fullmatch("[^\\W\\d]\\w{0,39}", name) for name in names):
        return "2,3" if not names[0] else f"{places[0] + 1},{places[1] + 1}"
    return ",".join(names)


def refuse(number: int, wrong: str) -> NoReturn:
    """Raise the one-line error of a line."""
    raise InputError(f"line {number}: {wrong}")
