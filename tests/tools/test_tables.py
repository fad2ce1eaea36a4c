"""Tables and TOML as Excel, pandas, R and Notepad save them: read, or one line that explains."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation.tools.csv_table import read_csv
from simulation.tools.errors import InputError
from simulation.tools.toml_table import read_toml

PLAIN = (["p_join", "graph"], [["0.1", "none"], ["0.25", "block"]])


def read(tmp_path, content, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    names, rows = read_csv(path)
    return names, [cells for _, cells in rows]


SAVED = {
    "commas": "p_join,graph\n0.1,none\n0.25,block\n",
    "semicolons": "p_join;graph\n0.1;none\n0.25;block\n",
    "Excel says what separates": "sep=;\np_join;graph\n0.1;none\n0.25;block\n",
    "in quotes, in capitals": '"SEP=;"\r\np_join;graph\r\n0.1;none\r\n0.25;block\r\n',
    "a bar": "sep=|\np_join|graph\n0.1|none\n0.25|block\n",
    "Excel's UTF-8": b"\xef\xbb\xbfp_join,graph\r\n0.1,none\r\n0.25,block\r\n",
    "Excel's Unicode text": "\ufeffp_join\tgraph\r\n0,1\tnone\r\n0,25\tblock\r\n".encode(
        "utf-16-le"
    ),
    "the other end first": "\ufeffp_join\tgraph\n0.1\tnone\n0.25\tblock\n".encode("utf-16-be"),
    "an old Macintosh": "p_join,graph\r0.1,none\r0.25,block\r",
    "decimal commas": "p_join;graph\n0,1;none\n0,25;block\n",
    "decimal commas in quotes": 'p_join,graph\n"0,1",none\n"0,25",block\n',
    "empty columns at the right": "p_join;graph;;\n0.1;none;;\n0.25;block;;\n",
    "empty cells at the right": "p_join,graph\n0.1,none,\n0.25,block,,\n",
    "pandas with its index": ",p_join,graph\n0,0.1,none\n1,0.25,block\n",
    "and that saved again": "Unnamed: 0,p_join,graph\n0,0.1,none\n1,0.25,block\n",
    "R's write.csv": '"","p_join","graph"\n"1",0.1,"none"\n"2",0.25,"block"\n',
    "R's write.csv2": '"";"p_join";"graph"\n"1";0,1;"none"\n"2";0,25;"block"\n',
    "R's write.table without row names": '"p_join" "graph"\n0.1 "none"\n0.25 "block"\n',
    "empty lines": "\n\np_join,graph\n,\n0.1,none\n\n0.25,block\n\n",
}


@pytest.mark.parametrize("how", SAVED)
def test_the_same_table_however_it_was_saved(tmp_path, how):
    assert read(tmp_path, SAVED[how]) == PLAIN


def test_lines_are_counted_from_the_top(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("sep=;\n\np_join;graph\n0.1;none\n\n0.25;block\n")
    assert [line for line, _ in read_csv(path)[1]] == [4, 6]


def test_pandas_own_tables(tmp_path):
    """What pandas writes of a frame is that frame, with its index and without."""
    frame = pd.DataFrame({"p_join": np.array([0.1, 1 / 3, 1e-5]), "n_people": [1, 20, 100_000]})
    for index in (True, False):
        for sep, decimal in ((",", "."), (";", ","), ("\t", ",")):
            frame.to_csv(tmp_path / "t.csv", index=index, sep=sep, decimal=decimal)
            names, rows = read_csv(tmp_path / "t.csv")
            assert names == ["p_join", "n_people"]
            assert [float(cells[0]) for _, cells in rows] == frame["p_join"].tolist()


@pytest.mark.parametrize(
    ("cells", "read_as"),
    [(["1,234", "2,5"], ["1.234", "2.5"]), (["0,125"], ["0.125"]), (["-1,5e-3"], ["-1.5e-3"]),
     (["1234,567"], ["1234.567"]), ([",5"], [".5"]), (["a,5", "2,5"], ["a,5", "2.5"])],
)  # fmt: skip
def test_decimal_commas_where_they_can_be_nothing_else(tmp_path, cells, read_as):
    _, rows = read(tmp_path, "p_join;graph\n" + "".join(f"{cell};x\n" for cell in cells))
    assert [row[0] for row in rows] == read_as


BAD = {
    "perhaps thousands": ("n_people;x\n1,234;a\n5,678;b\n", "line 2: is 1,234 a decimal? (it"),
    "two kinds of decimals": ("a;b\n2,5;0.5\n", "line 2: is 2,5 a decimal? (line 2 has 0.5)"),
    "row names": (",p_join\nfirst,0.1\nlast,0.2\n", "line 1: the first column has no name"),
    "some rows of a frame": (",p_join\n3,0.1\n7,0.2\n", "(pandas: index=False, R: row.names"),
    "R's write.table": ('"a" "b"\n"1" 0.1 2\n"2" 0.2 3\n', "heading has 2 (row names of R?"),
    "no name in the middle": ("a,,b\n1,2,3\n", "line 1: a column without a name (column 2)"),
    "a workbook": (b"PK\x03\x04 and so on", "is an Excel workbook or a .zip file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel workbook"),
    "Parquet": (b"PAR1...", "is a Parquet file"),
    "UTF-16 without its mark": ("a,b\n1,2\n".encode("utf-16-le"), "it holds zero bytes"),
    "UTF-16 cut off": ("\ufeffa,b\n1,2\n".encode("utf-16-le")[:-1], "is not whole UTF-16"),
    "Latin-1": ("a,b\n1,\xe9\n".encode("latin-1"), "line 2 is not UTF-8 text: save it as .csv"),
    "only sep=": ("sep=;\n", "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_explained_in_one_line(tmp_path, what):
    content, said = BAD[what]
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert said in str(error.value), str(error.value)
    assert str(error.value).startswith(str(tmp_path / "table.csv"))
    assert "\n" not in str(error.value)


TEXT = 'name = "Zürich"\nn_people = 300\n'


@pytest.mark.parametrize(
    "content",
    [TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
     TEXT.encode("utf-16"), b"\xfe\xff" + TEXT.encode("utf-16-be")],
    ids=["plain", "byte order mark", "Notepad", "UTF-16", "UTF-16, the other end first"],
)  # fmt: skip
def test_toml_however_it_was_saved(tmp_path, content):
    path = tmp_path / "town.toml"
    path.write_bytes(content)
    assert read_toml(path) == {"name": "Zürich", "n_people": 300}


@pytest.mark.parametrize(
    ("content", "said"),
    [(TEXT.encode("latin-1"), "line 1 is not UTF-8 text: save it as .toml"),
     ("a = 1".encode("utf-16-le"), "it holds zero bytes"), (b"PK\x03\x04", "a .toml file"),
     (b"n_people = ", "not a valid TOML file")],
)  # fmt: skip
def test_toml_that_cannot_be_read(tmp_path, content, said):
    path = tmp_path / "town.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_toml(path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
