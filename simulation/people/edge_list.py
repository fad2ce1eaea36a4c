"""Read a real friendship graph from a file.

A table: one pair of friends a line, in a text file (txt, csv, tsv, or one of these packed with
gzip) in UTF-8, or in JSON. Two of the columns are two people who are friends; further columns
(weights, dates) are ignored and counted. The first line tells what separates the columns: a tab,
else a semicolon, else a comma, else spaces. Names with spaces or separators in them may stand in
double quotes. Lines that begin with # or % are comments. Whether there is a heading, and which
columns hold the friends, is told in `simulation.people.edge_columns`, what people are called in
`simulation.people.edge_ids`; a matrix of 0 and 1 is read as one.

Graphs in other formats (GraphML, GML, GEXF, Pajek, JSON of nodes and links, Matrix Market) are
read by `simulation.people.edge_formats`.

A friendship is mutual: given twice, or in both directions, it counts once. A person paired with
himself stays, and has no friend by that line; so does a node without links.

Source of the example the reader is tested on: Leskovec and Krevl (2014), SNAP Datasets: Stanford
Large Network Dataset Collection; McAuley and Leskovec (2012), Learning to discover social circles
in ego networks, NIPS 25.
"""

from __future__ import annotations

import gzip
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulation.people.edge_formats import kind_of, read_format
from simulation.people.edge_ids import Pairs, numbered
from simulation.people.edge_table import read_text
from simulation.people.friends import MOST_FRIENDS, Friends, TooManyFriendsError, friends_from_pairs
from simulation.tools.errors import InputError
from simulation.tools.shown import Shown


@dataclass(frozen=True, repr=False)
class EdgeList(Shown):
    """A friendship graph read from a file, and what was read and dropped on the way.

    Attributes
    ----------
    friends : Friends
        The graph.
    names : int64 array or list of str, length n_people, or None
        The ids of the file in order of person number; None if they are just 0 .. n_people - 1.
    file : str
        Name of the file, without its folders.
    kind : str
        Its format, where it is no list of pairs: "GraphML", "JSON", "a matrix of 0 and 1", ...
    n_people, n_friendships : int
        Size of the graph.
    n_alone : int
        People without friends.
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
    heading : (str, str) or None
        The headings of the two columns, if a header line was skipped.
    columns : (int, int)
        Where the friends stand, from 1.
    first_pair : (str, str) or None
        The first two people who were paired, as the file calls them.
    remark : str
        What was made of unusual ids.
    """

    friends: Friends
    names: np.ndarray | list[str] | None
    file: str
    kind: str
    n_people: int
    n_friendships: int
    n_alone: int
    n_lines: int
    n_comments: int
    n_duplicates: int
    n_both_directions: int
    n_self_loops: int
    n_wider_lines: int
    heading: tuple[str, str] | None
    columns: tuple[int, int]
    first_pair: tuple[str, str] | None
    remark: str

    def _says(self) -> tuple[str, str]:
        return self.file, self.sentence

    @property
    def has_header(self) -> bool:
        """Whether a header line was skipped."""
        return self.heading is not None

    @property
    def sentence(self) -> str:
        """What was read and what was dropped, and the first pair, in one plain sentence."""
        dropped = f"{_many(self.n_duplicates, 'duplicate')}, "
        dropped += f"{_many(self.n_self_loops, 'self-loop')} dropped"
        more = [f"{_many(self.n_comments, 'comment line')}, {dropped}"]
        if self.kind:
            more = [self.kind, dropped]
        if self.heading:
            one, other = map(_shown, self.heading)
            more.append(f"header line skipped, columns {one} and {other} read")
        elif self.columns != (1, 2):
            more.append(f"columns {self.columns[0]} and {self.columns[1]} read")
        if self.remark:
            more.append(self.remark)
        if self.n_both_directions:
            more.append(f"{_many(self.n_both_directions, 'friendship')} given in both directions")
        if self.n_wider_lines:
            more.append(f"further columns ignored on {_many(self.n_wider_lines, 'line')}")
        if self.n_alone:
            more.append(f"{_people(self.n_alone)} without friends")
        first = ""
        if self.first_pair:
            first = "; first pair: {} - {}".format(*map(_shown, self.first_pair))
        return (
            f"{_people(self.n_people)}, {_many(self.n_friendships, 'friendship')} read from "
            f"{self.file} ({'; '.join(more)}){first}"
        )


def read_edge_list(path: str | os.PathLike[str], columns: str = "") -> EdgeList:
    """Read a friendship graph from a file (see the head of this module for the formats).

    Parameters
    ----------
    path : path of the file
    columns : str
        The two columns of friends, by heading or by number from 1, separated by a comma
        ("source,target", "2,3"), where the file does not tell them.

    Raises
    ------
    InputError
        In one line, naming the file, the line where there is one, what is wrong and what is
        allowed: no such file, a folder, not readable, broken gzip, not text, empty, fewer than
        two columns, columns of friends that the file does not tell, an id that is negative, with
        decimals, 2**63 or more, or longer than 200 characters, more than 2**31 - 1 people, or
        more than 65,535 friends of one person.
    """
    try:
        data = _unpacked(path)
        kind = kind_of(data)
        pairs = read_format(data, kind, columns) if kind else read_text(data, columns)
        numbers, names, remark = numbered(pairs.ids)
        n_people = int(numbers.max()) + 1
        try:
            friends, counts = friends_from_pairs(n_people, numbers[pairs.a], numbers[pairs.b])
        except TooManyFriendsError as error:
            called = error.person if names is None else names[error.person]
            allowed = f"at most {MOST_FRIENDS:,} are allowed"
            raise InputError(
                f"person {called} has {error.n_friends:,} friends; {allowed}"
            ) from None
    except InputError as error:
        raise InputError(f"{os.fspath(path)}: {error}") from None
    return EdgeList(
        friends=friends,
        names=names,
        file=Path(path).name,
        kind=pairs.kind,
        n_people=n_people,
        n_friendships=counts.friendships,
        n_alone=int(np.count_nonzero(friends.start[1:] == friends.start[:-1])),
        n_lines=data.count(b"\n") + (not data.endswith(b"\n")),
        n_comments=pairs.n_comments,
        n_duplicates=counts.duplicates,
        n_both_directions=counts.both_directions,
        n_self_loops=counts.self_loops,
        n_wider_lines=pairs.n_wider,
        heading=pairs.heading,
        columns=(pairs.columns[0] + 1, pairs.columns[1] + 1),
        first_pair=_first(numbers, names, pairs),
        remark=remark,
    )


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
        raise InputError(f"{wrong}; a text file of friendships is needed") from None
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            wrong = f"broken gzip ({error}); a whole gzip file or plain text is needed"
            raise InputError(wrong) from None
    elif data and str(path).endswith(".gz"):
        raise InputError("broken gzip (not a gzip file); a whole gzip file or plain text is needed")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    zero = data.find(b"\0")
    if zero >= 0:
        where = f"line {data.count(10, 0, zero) + 1}"
        raise InputError(f"{where}: not a text file (it holds zero bytes); UTF-8 text is needed")
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        where = f"line {data.count(10, 0, error.start) + 1}"
        raise InputError(f"{where}: not UTF-8 text; UTF-8 is needed") from None
    return data


# -- words ----------------------------------------------------------------------------------------


def _first(
    numbers: np.ndarray, names: np.ndarray | list[str] | None, pairs: Pairs
) -> tuple[str, str] | None:
    """Return what the first two people who were paired are called; None where nobody was."""
    if not len(pairs.a):
        return None
    one, other = (numbers[ends[0]] for ends in (pairs.a, pairs.b))
    return (str(one), str(other)) if names is None else (str(names[one]), str(names[other]))


def _many(number: int, thing: str) -> str:
    """Return "1 line", "2,000 lines"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _people(number: int) -> str:
    """Return "1 person", "2,000 people"."""
    return "1 person" if number == 1 else f"{number:,} people"


def _shown(name: str) -> str:
    """Return a name for a sentence of one line."""
    name = " ".join(name.split())
    return name if len(name) <= 40 else f"{name[:37]}..."
