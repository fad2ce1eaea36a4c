"""Files of friendships: read as what they are, or refused in one line that says what was seen."""

from __future__ import annotations

import gzip
from pathlib import Path
from unittest import mock

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.core.randomness import make_key
from simulation.people import edge_ids, edge_table
from simulation.people.edge_list import read_edge_list
from simulation.people.friends import random_graph
from tests import ROOT
from tests.people.test_friends import as_networkx, check_well_formed, digest, pairs_of

REAL = ROOT.parent / "shared" / "data" / "ego-facebook.txt.gz"


@pytest.fixture
def write(tmp_path):
    """Write a file: gzip if its name says so."""

    def write(name: str, text: str | bytes) -> Path:
        data = text if isinstance(text, bytes) else text.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def test_the_real_friendships():
    if not REAL.exists():
        pytest.skip("shared/data/ego-facebook.txt.gz is not beside this checkout")
    read = read_edge_list(REAL)
    check_well_formed(read.friends, 4039)
    assert read.names is None
    assert read.sentence == (
        "4,039 people, 88,234 friendships read from ego-facebook.txt.gz "
        "(1 comment line, 0 duplicates, 0 self-loops dropped); first pair: 0 - 1"
    )
    assert len(read.friends.ids) / 4039 == pytest.approx(43.7, abs=0.01)
    graph = as_networkx(read.friends)
    assert nx.average_clustering(graph) == pytest.approx(0.6055, abs=0.00005)
    with gzip.open(REAL, "rt") as lines:
        theirs = nx.parse_edgelist(lines, nodetype=int)
    assert {frozenset(pair) for pair in graph.edges} == {frozenset(pair) for pair in theirs.edges}


TRIANGLE = [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "0 1\n1 2\n2 0\n"),
        ("a.txt", "0 1\n1 2\n2 0"),
        ("a.txt", "  0   1 \n\n1\t2\n \n2 0\n"),
        ("a.txt", "\ufeff0 1\r\n1 2\r\n2 0\r\n"),
        ("a.txt", "0 1\r1 2\r2 0\r"),
        ("a.csv", "0,1\n1,2\n2,0\n"),
        ("a.csv", "0, 1\n1 ,2\n 2 , 0\n"),
        ("a.csv", '"0","1"\n"1","2"\n2,0\n'),
        ("a.csv", "0;1\n1;2\n2;0\n"),
        ("a.tsv", "0\t1\n1\t2\n2\t0\n"),
        ("a.tsv.gz", "0\t1\n1\t2\n2\t0\n"),
        ("a.csv.gz", "0,1\n1,2\n2,0\n"),
        ("a.txt.gz", "# two\n% three\n0 1\n1 2\n# four\n2 0\n"),
        ("a.csv", "source,target\n0,1\n1,2\n2,0\n"),
        ("a.csv", "Alice's number,Bob's number\n0,1\n1,2\n2,0\n"),
        ("a.txt", "FromNodeId ToNodeId\n0 1\n1 2\n2 0\n"),
        ("a.csv", "from,to,weight\n0,1,.5\n1,2,-3\n2,0,1e-3\n"),
        ("a.csv", "from;to;weight\n0;1;0,5\n1;2;2\n2;0;3\n"),
        ("a.csv", "0,1,\n1,2,\n2,0,\n"),
        ("a.txt", "0 1 0.5\n1 2\n2 0 .25\n"),
        ("a.txt", "0 1 {}\n1 2 {'weight': 3}\n2 0 {}\n"),  # networkx.write_edgelist
        ("a.csv", "0.0,1.0\n1.0,2.0\n2.0,0.0\n"),  # pandas, where a cell was missing
        ("a.csv", ",source,target\n0,0,1\n1,1,2\n2,2,0\n"),  # its index, without a name
        ("a.csv", "sep=;\n0;1\n1;2\n2;0\n"),  # Excel
        ("a.txt", "000 1\n1 02\n2 00\n"),
    ],
)
def test_formats(write, name, text):
    read = read_edge_list(write(name, text))
    check_well_formed(read.friends, 3)
    assert pairs_of(read.friends) == TRIANGLE
    assert read.names is None
    assert (read.n_people, read.n_friendships) == (3, 3)
    assert read.has_header == any(word in text for word in ("source", "number", "rom"))
    assert read.n_comments == text.count("#") + text.count("%")
    assert read.n_lines == len(text.splitlines())


@pytest.mark.parametrize(
    ("text", "names", "pairs"),
    [
        ("10 7\n7 1000000000000\n", [7, 10, 10**12], [(0, 1), (0, 2)]),
        (f"1 {2**63 - 1}\n", [1, 2**63 - 1], [(0, 1)]),
        ("Cleo Bob\nAnna Cleo\n", ["Anna", "Bob", "Cleo"], [(0, 2), (1, 2)]),
        ('"Eve, Ann",Zoë\nZoë,Bob Lee\n', ["Bob Lee", "Eve, Ann", "Zoë"], [(0, 2), (1, 2)]),
        ('"Eve Ann" Zoe\nBob "Eve Ann"\n', ["Bob", "Eve Ann", "Zoe"], [(0, 1), (1, 2)]),
        ("Eve Ann\tZoe\nBob\tEve Ann\n", ["Bob", "Eve Ann", "Zoe"], [(0, 1), (1, 2)]),
        ("10 x\n9 x\n", ["10", "9", "x"], [(0, 2), (1, 2)]),
        ("source,target\nAnna,Bob\n", ["Anna", "Bob"], [(0, 1)]),
        ("a b\nb c\n", ["a", "b", "c"], [(0, 1), (1, 2)]),  # b is a person, no header word
        ("a b\n", ["a", "b"], [(0, 1)]),
        ("5 5\n5 6\n9 9\n", [5, 6, 9], [(0, 1)]),  # 9 stays, without friends
        ("Ann Ann\n", ["Ann"], []),
    ],
)
def test_ids_and_names(write, text, names, pairs):
    read = read_edge_list(write("names.txt", text))
    assert list(read.names) == names
    assert pairs_of(read.friends) == pairs
    assert read.n_people == len(names)


def test_numbers_may_have_no_gap_but_begin_at_one(write):
    read = read_edge_list(write("one.txt", "1 2\n2 3\n"))
    assert read.names.tolist() == [1, 2, 3]
    assert pairs_of(read.friends) == [(0, 1), (1, 2)]


def test_the_order_of_the_lines_does_not_matter(write):
    lines = ["b c", "a d", "z a", "c d"]
    one = read_edge_list(write("one.txt", "\n".join(lines)))
    other = read_edge_list(write("other.txt", "\n".join(reversed(lines))))
    assert one.names == other.names
    assert digest(one.friends) == digest(other.friends)


def test_what_was_dropped_is_said(write):
    text = "# c\nsource,target,since\n1,2,2001\n2,1,2001\n1,2,2001\n3,3,\n4,3,\n"
    read = read_edge_list(write("mine.csv", text))
    assert (read.n_lines, read.n_comments, read.n_wider_lines) == (7, 1, 3)
    assert (read.n_duplicates, read.n_both_directions, read.n_self_loops) == (1, 1, 1)
    assert read.sentence == (
        "4 people, 2 friendships read from mine.csv (1 comment line, 1 duplicate, 1 self-loop "
        "dropped; header line skipped, columns source and target read; 1 friendship given in both "
        "directions; further columns ignored on 3 lines); "
        "first pair: 1 - 2"
    )


cells = st.one_of(
    st.integers(0, 30).map(str),
    st.sampled_from(
        ["007", "-1", "-0", "1.0", "1.5", "1e3", "1.2.3", "+4", "", "x", str(2**63), '"5"', "1 2"]
    ),
)
weighted = st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([".5", "-2.25", "7"]))
lines = st.one_of(
    weighted.map(lambda row: [str(cell) for cell in row]),
    st.lists(st.integers(0, 30).map(str), min_size=2, max_size=2),
    st.lists(st.integers(0, 30).map(str), min_size=2, max_size=2),
    st.lists(cells, min_size=0, max_size=4),
    st.just(["# comment"]),
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(lines, max_size=6),
    st.sampled_from([" ", ",", ";", "\t", ", ", "  "]),
    st.sampled_from(["\n", "\r\n", "\n\n", "\n \n"]),
    st.sampled_from(
        ["", "source{}target\n", "id{}source{}target\n", "# one\n", "von{}nach\n", "a{}b{}c\n"]
    ),
    st.sampled_from(["", "", "", "1,2", "2,3", "target,source"]),
)
def test_the_fast_and_the_careful_reader_agree(
    tmp_path_factory, rows, separator, ending, head, columns
):
    text = head.replace("{}", separator) + ending.join(separator.join(row) for row in rows)
    path = tmp_path_factory.getbasetemp() / "agree.txt"
    path.write_bytes(text.encode())

    def outcome():
        try:
            read = read_edge_list(path, columns)
        except ValueError as error:
            return str(error)
        names = None if read.names is None else list(read.names)
        return digest(read.friends), names, read.sentence, read.n_lines

    usual = outcome()
    with mock.patch.object(edge_table, "_fast", return_value=None):
        assert outcome() == usual


def test_the_fast_reader_is_used_for_plain_numbers(write):
    path = write("plain.csv", "a,b,w\n" + "".join(f"{k},{k + 1},0.5\n" for k in range(50)))
    with mock.patch.object(edge_table, "_careful", side_effect=AssertionError):
        assert read_edge_list(path).n_friendships == 50


WANTED = "two ids a line are needed, separated by spaces, tabs, commas or semicolons"
IDS = "ids are whole numbers from 0 to 2**63 - 1 or names of up to 200 characters"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("e.txt", "", f"empty, no friendships; {WANTED}"),
        ("e.txt.gz", "", f"empty, no friendships; {WANTED}"),
        ("e.txt", " \n\n", f"empty, no friendships; {WANTED}"),
        ("e.txt", "# a\n% b\n", f"only comments, no friendships; {WANTED}"),
        ("e.csv", "source,target\n", f"only a header line, no friendships; {WANTED}"),
        ("e.txt", "# a\n\n7\n8\n", f"line 3: one column; {WANTED}"),
        (
            "e.txt",
            "1 2\n# a\n3\n4 5\n",
            "line 3: one column; two ids a line are needed, separated by spaces as on line 1",
        ),
        (
            "e.csv",
            "1,2\n1 2\n",
            "line 2: one column; two ids a line are needed, separated by commas as on line 1",
        ),
        ("e.txt", "1 2\n3 -4\n", f"line 2: a negative id (-4); {IDS}"),
        ("e.txt", "-1 2\n3 4\n", f"line 1: a negative id (-1); {IDS}"),
        ("e.txt", "Ann Bob\nBob -3\n", f"line 2: a negative id (-3); {IDS}"),
        ("e.txt", "1 2\n3.5 4\n", f"line 2: an id with decimals (3.5); {IDS}"),
        ("e.csv", "1,.5\n3,4\n", f"line 1: an id with decimals (.5); {IDS}"),
        ("e.txt", f"1 2\n{2**63} 4\n", f"line 2: an id too large ({2**63}); {IDS}"),
        (
            "e.txt",
            f"1 2\n1 {'9' * 5000}\n",
            f"line 2: an id of 5,000 characters ('{'9' * 27}...'); {IDS}",
        ),
        (
            "e.txt",
            f"{'x' * 201} 2\n",
            f"line 1: an id of 201 characters ('{'x' * 27}...'); {IDS}",
        ),
        ("e.csv", "1,2\n3,,5\n", f"line 2: an empty id; {IDS}"),
        ("e.csv", "1,\n,2\n", f"line 1: an empty id; {IDS}"),
        ("e.csv", "1 2,0.5\n", f"line 1: two numbers in one cell (1 2); {IDS}"),
        (
            "e.csv",
            'Ann,Bob\n"Cleo,Bob\n',
            f"line 2: quotes that do not match (unexpected end of data); {WANTED}",
        ),
        (
            "e.txt",
            b"1 2\n3\x004\n",
            "line 2: not a text file (it holds zero bytes); UTF-8 text is needed",
        ),
        ("e.txt", b"1 2\nJos\xe9 Ann\n", "line 2: not UTF-8 text; UTF-8 is needed"),
    ],
)
def test_bad_files(write, name, text, message):
    path = write(name, text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole message is compared)
        read_edge_list(path)
    assert str(caught.value) == f"{path}: {message}"


def refusal(path: Path) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the callers compare the message)
        read_edge_list(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_that_cannot_be_opened(tmp_path, monkeypatch):
    missing = tmp_path / "missing.txt"
    needed = "a text file of friendships is needed"
    assert refusal(missing) == f"{missing}: no such file; {needed}"
    assert refusal(tmp_path) == f"{tmp_path}: this is a folder; {needed}"
    locked = tmp_path / "locked.txt"
    locked.write_text("1 2\n")

    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert refusal(locked) == f"{locked}: cannot be read (Permission denied); {needed}"


def test_broken_gzip(tmp_path):
    whole = gzip.compress(b"".join(b"%d %d\n" % (k, k + 1) for k in range(5000)))
    for data in (whole[: len(whole) // 2], whole[:-8] + b"12345678", whole[:2] + b"nonsense"):
        path = tmp_path / "broken.txt.gz"
        path.write_bytes(data)
        message = refusal(path)
        assert message.startswith(f"{path}: broken gzip (")
        assert message.endswith("); a whole gzip file or plain text is needed")
    path.write_bytes(b"1 2\n")
    assert "broken gzip (not a gzip file)" in refusal(path)
    unnamed = tmp_path / "packed.txt"  # gzip without saying so is read all the same
    unnamed.write_bytes(whole)
    assert read_edge_list(unnamed).n_friendships == 5000


def test_too_many_friends_or_people(write, monkeypatch):
    path = write("star.txt", "".join(f"hub leaf{k}\n" for k in range(65_536)))
    assert refusal(path) == f"{path}: person hub has 65,536 friends; at most 65,535 are allowed"
    path = write("star.txt", "".join(f"900000 {k}\n" for k in range(65_536)))
    assert refusal(path) == f"{path}: person 900000 has 65,536 friends; at most 65,535 are allowed"
    monkeypatch.setattr(edge_ids, "MOST_PEOPLE", 3)
    path = write("crowd.txt", "1 2\n3 4\n")
    assert refusal(path) == f"{path}: 4 people; at most 3 are allowed"


def test_a_file_gives_the_graph_its_pairs_give(write):
    graph = random_graph(make_key(1), 500, 3)
    text = "".join(f"{other} {one}\n" for one, other in pairs_of(graph))
    alone = [i for i in range(500) if graph.start[i] == graph.start[i + 1]]
    assert alone
    text += "".join(f"{i} {i}\n" for i in alone)
    assert digest(read_edge_list(write("random.txt", text)).friends) == digest(graph)


def test_large_ids_stay_apart_in_large_tables(write):
    """Ids above 2**53 (as networks on the web have) beside a column of numbers: no floats."""
    begin, n = 2**53, 50_000
    text = "".join(f"{begin + k} {begin + k + 1} {k % 7}\n" for k in range(n))
    with mock.patch.object(edge_table, "_careful", side_effect=AssertionError):
        read = read_edge_list(write("large.txt", text))
    assert (read.n_people, read.n_friendships, read.n_self_loops) == (n + 1, n, 0)
    assert read.names.tolist() == list(range(begin, begin + n + 1))
