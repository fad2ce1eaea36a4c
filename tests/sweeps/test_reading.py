"""How a design is read: whole numbers, lists, paths and strategies, however they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation import InputError, Strategy
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import sweep
from tests.sweeps.common import DESIGN, here


def design(**changes):
    table = {**DESIGN, **changes}
    return read_design({key: value for key, value in table.items() if value is not None})


# ---- whole numbers and lists ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [[100, 200, 300], (100.0, 2e2, 300), range(100, 301, 100), np.array([100, 200, 300]),
     np.array([100.0, 200.0, 300.0]), pd.Series([100, 200, 300]), pd.Index([100, 200, 300]),
     [np.int64(100), np.float32(200), 300], {"values": range(100, 301, 100)}],
    ids=["list", "tuple", "range", "array", "floats", "Series", "Index", "NumPy", "values"],
)  # fmt: skip
def test_whole_numbers_in_any_list(values):
    found = design(parameters={"n_people": values})
    assert found.settings.axes["n_people"] == (100, 200, 300)
    assert {type(value) for value in found.settings.axes["n_people"]} == {int}
    sampled = design(method="lhs", n=3, parameters={
        "n_people": {"distribution": "values", "values": values}
        if not isinstance(values, dict) else {"distribution": "values", **values}})  # fmt: skip
    assert sorted(sampled.settings.columns["n_people"]) == [100, 200, 300]


@pytest.mark.parametrize("ends", [[10, 20], (10.0, 2e1), np.array([10, 20]), pd.Series([10, 20.0])])
def test_whole_ends_of_a_range(ends):
    found = design(method="lhs", n=np.float64(4), parameters={"days_window": ends})
    assert found.spreads["days_window"].numbers == {"low": 10, "high": 20}


@pytest.mark.parametrize("value", [300, 300.0, np.int64(300), np.float64(300), np.array(300)])
def test_one_whole_number_is_fixed(value):
    found = design(parameters={"n_people": value, "p_join": np.float64(0.5)})
    assert found.scenario["n_people"] == 300
    assert found.names == []


def test_whole_numbers_everywhere_else():
    found = design(replications=4.0, seed=7.0, method="morris", n=2.0, levels=6.0,
                   parameters={"p_join": "bounds"})  # fmt: skip
    plain = design(replications=4, seed=7, method="morris", n=2, levels=6,
                   parameters={"p_join": "bounds"})  # fmt: skip
    assert found.to_dict() == plain.to_dict()
    assert found.with_replications(5.0).replications == 5
    names = pd.Series(["balanced", "posting_only"])
    assert [s.name for s in design(strategies=names).strategies] == list(names)
    assert design(parameters=pd.Index(["p_join"]), method="lhs").names == ["p_join"]
    assert design(keep=("people",)).keep == ("people",)


def test_whole_numbers_in_files(tmp_path):
    """TOML and CSV, as Excel and R write them."""
    path = tmp_path / "d.toml"
    path.write_text("replications = 3.0\n[parameters]\nn_people = [100.0, 1e3]\nn_days = 6e2\n")
    found = read_design(path)
    assert (found.replications, found.settings.axes["n_people"]) == (3, (100, 1000))
    assert found.scenario["n_days"] == 600
    path = tmp_path / "settings.csv"
    path.write_text('"n_people";"p_join"\n300,0;0,25\n1e+05;1\n')
    found = read_design(path)
    assert found.settings.columns == {"n_people": [300, 100_000], "p_join": [0.25, 1.0]}
    assert [type(n) for n in found.settings.columns["n_people"]] == [int, int]


@pytest.mark.parametrize(
    "changes",
    [{"parameters": {"n_people": [300.5]}}, {"parameters": {"n_people": [True]}},
     {"parameters": {"n_people": np.array([[1, 2]])}}, {"parameters": {"n_people": [np.nan]}},
     {"parameters": {"n_people": pd.Series([1, None])}}, {"parameters": {"n_people": {1, 2}}},
     {"parameters": {"n_people": 300.5}}, {"replications": 2.5}, {"seed": 0.5}, {"keep": 3.5}],
)  # fmt: skip
def test_half_a_number_is_refused_in_one_line(changes):
    if changes == {"keep": 3.5}:
        changes = {"keep": ["3.5"]}
    with pytest.raises(InputError) as error:
        design(**changes)
    assert "\n" not in str(error.value)


# ---- paths ---------------------------------------------------------------------------------------

PAIRS = "a b\nb c\nc d\n"
TOWN = "n_people = 200\nn_days = 30\nlaunch_day = 10\n"
HALF = "posting = 0.5\ncontent = 0.5\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of files, and a working directory elsewhere."""
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    (there / "more").mkdir(parents=True)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (there / "friends.txt").write_text(PAIRS)
    (there / "more" / "friends.txt").write_text(PAIRS + "d e\n")
    (there / "town.toml").write_text(TOWN)
    (there / "half.toml").write_text(HALF)
    (there / "more" / "settings.csv").write_text(
        "graph,friends_file,strategy\nfile,friends.txt,../half.toml\n"
        "file,../friends.txt,posting_only\n"
    )
    return there


def written(folder, text):
    (folder / "d.toml").write_text(text)
    return folder / "d.toml"


def test_paths_of_a_design_are_meant_from_its_folder(folder):
    """In [parameters] alone, in a list, in a distribution, and in [[settings]]."""
    friends, more = folder / "friends.txt", folder / "more" / "friends.txt"
    head = 'scenario = "town.toml"\nstrategies = ["half.toml"]\n'
    found = read_design(written(folder, head + '[parameters]\ngraph = "file"\n'
                                               'friends_file = "friends.txt"\n'))  # fmt: skip
    assert found.scenario["friends_file"] == str(friends)
    assert (found.scenario["n_people"], found.strategies[0].name) == (4, "half")
    both = '[parameters]\ngraph = "file"\nfriends_file = ["friends.txt", "more/friends.txt"]\n'
    found = read_design(written(folder, head + both))
    assert found.settings.axes["friends_file"] == (str(friends), str(more))
    assert [found.world(i)["n_people"] for i in (0, 1)] == [4, 5]
    found = read_design(written(folder, head + 'method = "lhs"\nn = 2\n[parameters]\n'
        'graph = "file"\nfriends_file = {distribution = "values", values = ["friends.txt", '
        '"more/friends.txt"]}\n'))  # fmt: skip
    assert set(found.settings.columns["friends_file"]) == {str(friends), str(more)}
    found = read_design(written(folder, head + '[parameters]\ngraph = "file"\n[[settings]]\n'
                                               'friends_file = "more/friends.txt"\n'))  # fmt: skip
    assert found.settings.columns["friends_file"] == [str(more)]


def test_paths_of_a_table_are_meant_from_its_folder(folder):
    """The table from the design's folder, what stands in it from its own."""
    path = written(folder, 'scenario = "town.toml"\nsettings = "more/settings.csv"\n')
    for found in (read_design(path), read_design(folder / "more" / "settings.csv")):
        files = [folder / "more" / "friends.txt", folder / "friends.txt"]
        assert found.settings.columns["friends_file"] == [str(file) for file in files]
        assert [s.name for s in found.strategies] == ["half", "posting_only"]
        assert found.rows == (0, 1)


def test_paths_in_python_are_meant_from_the_working_directory(folder, monkeypatch):
    """In a dict, and in what replaces something of a file."""
    path = written(folder, 'scenario = "town.toml"\nstrategies = ["posting_only"]\n')
    with pytest.raises(InputError, match=r"elsewhere.half\.toml: no such file"):
        read_design(path, strategies=["./half.toml"])
    monkeypatch.chdir(folder / "more")
    assert read_design(path, strategies=["../half.toml"]).strategies[0].name == "half"
    on_file = {"graph": "file", "friends_file": "friends.txt"}
    found = read_design(
        {"scenario": "../town.toml", "strategies": ["../half.toml"], "parameters": on_file}
    )
    assert found.scenario["friends_file"] == str(folder / "more" / "friends.txt")


def test_a_path_is_not_looked_for_elsewhere(folder, monkeypatch):
    """A file of that name in the working directory is another file."""
    monkeypatch.chdir(folder)
    path = folder / "more" / "d.toml"
    path.write_text('scenario = "town.toml"\n[parameters]\np_join = [0.1]\n')
    with pytest.raises(InputError, match=r"more.town\.toml: no such file"):
        read_design(path)


def test_rows_say_how_many_people_their_file_has(folder, tmp_path):
    path = written(folder, 'scenario = "town.toml"\nstrategies = ["posting_only"]\n[parameters]\n'
        'graph = "file"\nfriends_file = ["friends.txt", "more/friends.txt"]\n')  # fmt: skip
    assert sweep(path, tmp_path / "store", jobs=1).runs()["n_people"].tolist() == [4, 5]


# ---- strategies ----------------------------------------------------------------------------------

INLINE = """
scenario = "classroom"
[parameters]
n_people = 100
n_days = 20
launch_day = 5
[[strategies]]
name = "posting_only"
[[strategies]]
name = "half"
posting = 0.5
content = 0.5
[[strategies]]
name = "later"
phases = [{posting = 1}, {from_day = 9, hosting = 1}]
"""


def test_strategies_written_in_the_design(tmp_path):
    """[[strategies]] tables; a name alone is a registered strategy; resumed from the manifest."""
    path = tmp_path / "d.toml"
    path.write_text(INLINE)
    found = read_design(path)
    assert [s.name for s in found.strategies] == ["posting_only", "half", "later"]
    assert found.strategies[0] == Strategy.load("posting_only")
    store = sweep(path, tmp_path / "store", jobs=1)
    assert store.counts()["SUCCEEDED"] == 3
    assert store.design.strategies == found.strategies


def test_names_files_and_tables_beside_each_other(tmp_path):
    (tmp_path / "mine.toml").write_text("posting = 1.0\n")
    path = tmp_path / "d.toml"
    path.write_text('strategies = ["balanced", "mine.toml", {name = "half", posting = 0.5, '
                    'content = 0.5}]\n[parameters]\np_join = [0.1]\n')  # fmt: skip
    assert [s.name for s in read_design(path).strategies] == ["balanced", "mine", "half"]
    one = design(strategies={"name": "half", "posting": 0.5, "content": 0.5})
    assert [s.name for s in one.strategies] == ["half"]


def test_rows_name_strategies_of_the_design():
    rows = [{"strategy": "half", "p_join": 0.1}, {"strategy": "balanced", "p_join": 0.1}]
    tables = ["balanced", {"name": "half", "posting": 0.5, "content": 0.5}]
    found = design(method="list", parameters=None, settings=rows, strategies=tables)
    assert found.rows == (1, 0)
    assert found.n_runs == 2 * 3
    with pytest.raises(InputError, match="balanced stands in strategies and in no setting"):
        design(method="list", parameters=None, settings=rows[:1], strategies=tables)


@pytest.mark.parametrize(
    ("table", "said"),
    [({"posting": 1.0}, "design: strategies: table 2 has no name"),
     ({"name": "half", "postng": 1.0}, 'strategies: half: unknown name "postng"; did you mean'),
     ({"name": "half", "posting": 0.5}, "strategies: half: the shares of effort sum to 0.5"),
     ({"name": "balancd"}, "'balancd' splits no effort"), (3.5, "strategies = 3.5: a name or a"),
     ({"name": "posting_only", "content": 1.0}, "strategies: posting_only is there twice")],
)  # fmt: skip
def test_wrong_tables_are_one_line(table, said):
    with pytest.raises(InputError) as error:
        design(strategies=["posting_only", table])
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_a_design_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "d.toml"
    path.write_text(INLINE, encoding="utf-8-sig")
    done = here("sweep", path, "--dry-run", "--jobs", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 runs" in done.stdout
