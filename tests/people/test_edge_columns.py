"""Tables that were once read as the wrong network: which columns, whether there is a heading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.people.edge_list import read_edge_list
from simulation.tools.errors import InputError
from tests.people.test_friends import pairs_of


@pytest.fixture
def table(tmp_path):
    """Write a table and return its path."""

    def write(text: str):
        path = tmp_path / "friends.txt"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def called(read) -> set[frozenset]:
    """Return every friendship by what the two are called."""
    names = list(range(read.n_people)) if read.names is None else list(read.names)
    return {frozenset((names[a], names[b])) for a, b in pairs_of(read.friends)}


TRIANGLE = {frozenset(pair) for pair in [(10, 20), (20, 30), (10, 30)]}
PATH = {frozenset(pair) for pair in [("ann", "bob"), ("cid", "dan")]}
BITS = {frozenset(pair) for pair in [("ann", "bob"), ("bob", "cid")]}

#: What is read: the table, and the friendships it means.
READ = {
    "row ids of a database": ("id,source,target\n1,10,20\n2,20,30\n3,10,30\n", TRIANGLE),
    "row ids beside names": ("id,source,target\n1,ann,bob\n2,cid,dan\n", PATH),
    "dates first": ("timestamp,source,target\n7,10,20\n8,20,30\n9,10,30\n", TRIANGLE),
    "columns far apart": ("from,since,to\n10,1,20\n20,2,30\n10,3,30\n", TRIANGLE),
    "the other way round": ("target,source\n10,20\n20,30\n10,30\n", TRIANGLE),
    "R": ('"from" "to"\n"1" 10 20\n"2" 20 30\n"3" 10 30\n', TRIANGLE),
    "R without quotes": ("from to\n1 10 20\n2 20 30\n3 10 30\n", TRIANGLE),
    "R with names": ('"from" "to"\n"1" "ann" "bob"\n"2" "cid" "dan"\n', PATH),
    "R with weights": ('"from" "to" "w"\n"1" "ann" "bob" 4\n"2" "cid" "dan" 5\n', PATH),
    "R's write.csv": ('"","from","to"\n"1","ann","bob"\n"2","cid","dan"\n', PATH),
    "R's other words": ('"x1" "x2"\n"1" 10 20\n"2" 20 30\n"3" 10 30\n', TRIANGLE),
    "an index of pandas": (",source,target\n0,ann,bob\n1,cid,dan\n", PATH),
    "Gephi": ("Source,Target,Type,Id,Label,Weight\nann,bob,x,0,,1\ncid,dan,x,1,,1\n", PATH),
    "Source, Destination": ("Source,Destination,Type\nann,bob,x\ncid,dan,y\n", PATH),
    "user and friend": ("user_id,friend_id\nann,bob\ncid,dan\n", PATH),
    "a row id, user and friend": ("id,user_id,friend_id\n1,ann,bob\n2,cid,dan\n", PATH),
    "follower and followee": ("follower_id,followee_id\nann,bob\ncid,dan\n", PATH),
    "user and follower": ("userId,followerId\nann,bob\ncid,dan\n", PATH),
    "German": ("von;nach\nann;bob\ncid;dan\n", PATH),
    "two persons": ("Person A,Person B\nann,bob\ncid,dan\n", PATH),
    "numbered": ("node1\tnode2\nann\tbob\ncid\tdan\n", PATH),
    "camels": ("FromNodeId ToNodeId\nann bob\ncid dan\n", PATH),
    "Excel": ("sep=;\nvon;nach\nann;bob\ncid;dan\n", PATH),
    "a pair apart, said so": ("ea,fa\nann,bob\nbob,cid\n", {*BITS, frozenset(("ea", "fa"))}, "1,2"),
    "a pair apart, with a weight": ("ann,bob,1\ncid,dan,2\n", PATH),
    "a further column tells": ("who,whom,hours\nann,bob,1\ncid,dan,2\n", PATH, "who,whom"),
    "networkx": ("ann bob {}\ncid dan {'weight': 3}\n", PATH),
    "letters are people": ("A C\nB D\nD A\n", {frozenset(p) for p in ("AC", "BD", "AD")}),
    "dates behind": ("10 20 1082040961\n20 30 1082155839\n10 30 1082414391\n", TRIANGLE),
    "a matrix": ("0 1 0\n1 0 1\n0 1 0\n", {frozenset((0, 1)), frozenset((1, 2))}),
    "a matrix with names": (",ann,bob,cid\nann,0,1,0\nbob,1,0,1\ncid,0,1,0\n", BITS),
    "a matrix under names": ("ann bob cid\n0 1 0\n1 0 1\n0 1 0\n", BITS),
    "a matrix of R": ('"ann" "bob" "cid"\n"ann" 0 1 0\n"bob" 1 0 1\n"cid" 0 1 0\n', BITS),
    "a matrix in disorder": (",ann,bob,cid\ncid,0,1,0\nann,0,1,0\nbob,0,0,0\n", BITS),
    "100000 as R writes it": ("100000 1\n1e+05 2\n", {frozenset((100000, k)) for k in (1, 2)}),
    "floats": ("10.0,20.0\n20.0,30\n10.,3e1\n", TRIANGLE),
    "hexadecimal names": ("1e5 a7\na7 bc\n", {frozenset(("1e5", "a7")), frozenset(("a7", "bc"))}),
    "columns by number": ("1 10 20\n2 20 30\n3 10 30\n", TRIANGLE, "2,3"),
    "columns by number, under words": ("id,source,target\n1,ann,bob\n2,cid,dan\n", PATH, "2,3"),
    "columns by name": ("wer;seit;wen\nann;1;bob\ncid;2;dan\n", PATH, "wer,wen"),
    "columns by name, large or small": ("Wer;Wen\nann;bob\ncid;dan\n", PATH, "wer, WEN"),
    "columns of one name": ("Name,Name\nann,bob\ncid,dan\n", PATH, "Name,Name"),
    "a name with a comma": ('"A, 1";B\nann;bob\ncid;dan\n', PATH, '"A, 1",B'),
    "one of several pairs": (
        "from_id,to_id,from_name,to_name\n1,2,ann,bob\n3,4,cid,dan\n", PATH, "from_name,to_name",
    ),
    "an adjacency list of which only two count": ("ann bob cid\ncid dan\n", PATH, "1,2"),
    "names in front, said so": ("from to\n9 10 20\n7 20 30\n8 10 30\n", TRIANGLE, "2,3"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_without_guessing_is_read(table, case):
    text, friendships, *columns = READ[case]
    read = read_edge_list(table(text), *columns)
    assert called(read) == friendships
    assert frozenset(map(_plain, read.first_pair)) in friendships


def _plain(name: str):
    return int(name) if name.isdigit() else name


HOW = "name the two columns of friends: --friends-columns"
#: What is refused: the table, and what the one line says.
REFUSED = {
    "an adjacency list": ("0 1 2 3\n1 2\n2 3\n", ["line 2", "4 cells on line 1", "adjacency list"]),
    "that begins with two": ("0 1\n1 2 3\n2 4 5\n", ["line 2", "adjacency list", HOW]),
    "of names": ("ann bob cid\nbob cid\n", ["line 2", "adjacency list"]),
    "of METIS": ("3 2\n2 3\n1\n1\n", ["line 3", "one column"]),
    "no square of bits": ("0 1 0 1\n1 0 1 0\n0 1 0 1\n", ["3 lines and 4 columns", "matrix"]),
    "a matrix of weights": ("0 3 0\n3 0 2\n0 2 0\n", ["zeros on the diagonal", "weights"]),
    "a heading nobody knows": ("Wer;Wen\nann;bob\ncid;dan\n", ["Wer - Wen", "heading", "Wer,Wen"]),
    "or a pair apart": ("Ann,Bob\nCid,Dan\n", ["Ann - Bob", "pair", "--friends-columns 1,2"]),
    "three columns nobody knows": (
        "Chef;Mitarbeiter;Stunden\n1;2;3\n2;3;4\n", ["Chef, Mitarbeiter, Stunden", HOW]),
    "several pairs": (
        "from_id,to_id,from_name,to_name\n1,2,a,b\n", ["several pairs", HOW + " from_id,to_id"]),
    "a list of people": ("Id,Label\n1,ann\n2,bob\n", ["Id, Label", "not two of friends"]),
    "without heading": ("1,ann\n2,bob\n3,cid\n", ["counts the lines", "a list of people"]),
    "ages": ("user_id,age\n1,30\n2,31\n", ["user_id, age", "not two of friends"]),
    "row numbers": ("1 7 8\n2 8 9\n3 9 7\n", ["column 1 counts the lines", HOW + " 2,3"]),
    "row ids": ("101 7 8\n205 8 9\n333 9 7\n", ["columns 2 and 3", HOW + " 2,3"]),
    "arrows": ("a -> b\nb -> c\nc -> a\n", ["columns 1 and 3", HOW + " 1,3"]),
    "Cytoscape's SIF": ("a pp b\nb pp c\nc pp a\n", ["columns 1 and 3"]),
    "full names without quotes": (
        "Ann Ek Bob Ek\nBob Ek Cid Ek\nCid Ek Ann Ek\n", ["columns 1 and 3", HOW]),
    "commas in names": ("Person A,Person B\nEk, Ann,Ro, Jo\n", ["line 2", "4 cells", "of 2"]),
    "row names of R that do not count": ("from to\n5 10 20\n9 20 30\n", ["2 cells", "lines of 3"]),
    "Python's pairs": ("(0, 1)\n(1, 2)\n", ["line 1", "brackets"]),
    "Python's list": ("[(0, 1), (1, 2)]", ["JSON", "a list of pairs"]),
    "two spellings among names": ("100000 ann\n1e+05 bob\n", ["100000 and 1e+05", "one number"]),
    "lost digits": ("1.23456789012346e+17 1\n2 1\n", ["1.23456789012346e+17", "all its digits"]),
    "no end of digits": ("1e+400 1\n2 1\n", ["1e+400", "all its digits"]),
    "a fraction": ("1.5e0 1\n2 1\n", ["line 1", "decimals (1.5e0)"]),
    "no such column": ("von;nach\na;b\n", ["line 1", "'source'", "von, nach"], "source,target"),
    "no such number": ("1 2\n3 4\n", ["1 to 2"], "2,3"),
    "one column": ("1 2\n3 4\n", ["two columns", "'2'"], "2"),
    "the same column": ("1 2\n3 4\n", ["two different columns"], "2,2"),
    "a line without it": ("1 2 3\n3 4\n", ["line 2", "2 cells", "columns 2 and 3"], "2,3"),
    "a first line without it": ("1 2\n3 4 5\n", ["line 1", "2 cells"], "2,3"),
    "a short heading, said by name": ("von nach\n9 1 2\n7 1 2\n", ["lines of 3"], "von,nach"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_rest_is_refused_in_one_line(table, case):
    text, words, *columns = REFUSED[case]
    path = table(text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (its words are looked at)
        read_edge_list(path, *columns)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_what_was_said_helps(table):
    """The columns that a refusal proposes can be said, and are read."""
    path = table("Wer;Wen\nann;bob\ncid;dan\n")
    assert read_edge_list(path, "Wer,Wen").n_people == 4
    assert read_edge_list(path, "1,2").n_people == 6
    assert read_edge_list(path, "1,2").first_pair == ("Wer", "Wen")


def test_the_first_pair_is_said(table):
    """What is read aloud ends with two people anybody can look up in the file."""
    read = read_edge_list(table("id,source,target\n1,ana,bo\n2,bo,ana\n"))
    assert read.sentence.endswith("; first pair: ana - bo")
    assert "columns source and target read" in read.sentence
    read = read_edge_list(table("3 1 2\n4 1e+05 2\n"), "2,3")
    assert read.sentence.endswith("; first pair: 1 - 2")
    assert "columns 2 and 3 read; an id such as 1e+05 read as 100000" in read.sentence
    read = read_edge_list(table(f"{'x' * 99} ann\nann bob\n"))
    assert read.sentence.endswith(f"; first pair: {'x' * 37}... - ann")


def test_a_pattern_of_the_first_lines_only_is_looked_at_to_the_end(table):
    """A hub's lines first: nobody in common in a thousand lines, somebody in the end."""
    lines = [f"hub {k} {k}" for k in range(2000)] + ["5 hub 7"]
    assert read_edge_list(table("\n".join(lines))).n_people == 2001
    with pytest.raises(ValueError, match="columns 2 and 3"):
        read_edge_list(table("\n".join(lines[:-1])))


def test_a_heading_word_may_be_a_person(table):
    """source and target are people where they are named again below."""
    read = read_edge_list(table("source target\nann source\n"))
    assert list(read.names) == ["ann", "source", "target"]
    read = read_edge_list(table("id source target\nann source bob\n"))
    assert called(read) == {frozenset(("id", "source")), frozenset(("ann", "source"))}


PIECES = ["0", "1", "12", "ann", "bob", "von", "source", "id", "1e+05", "1.5", "2.0", "-3", '"',
          "{", "}", "[", "]", "(", ")", "<", ">", "#", "%", "*", "*Vertices 2", "graph [",
          "sep=;", ":", " ", " ", ",", ",", ";", "\t", "\n", "\n", "\n", "\ufeff", "é"]  # fmt: skip


@settings(deadline=None, max_examples=600)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.sampled_from(["", "", "1,2", "3,1", "von,id", ",", '"']),
)
def test_whatever_stands_in_a_file_is_read_or_refused_in_one_line(tmp_path_factory, text, columns):
    path = tmp_path_factory.getbasetemp() / "whatever.txt"
    path.write_text(text, encoding="utf-8")
    try:
        read = read_edge_list(path, columns)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 (both ends are fine)
    else:
        assert "\n" not in read.sentence
        assert read.n_people == read.friends.start.size - 1 > 0
