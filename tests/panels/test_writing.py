"""The folder of a panel: whole or not there, the same bytes again, and every column explained."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from pyarrow.csv import read_csv

from experiments.benchmarks.panel import design_of_the_page
from simulation import InputError, panel
from simulation.commands.cli import main
from simulation.panels.columns import KEYS, TABLES
from simulation.panels.design import read_panel
from simulation.tools.files import check_new_folder
from tests import ROOT
from tests.panels.common import whole


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small panel of all three parts, and the folder it was written into."""
    folder = tmp_path_factory.mktemp("panel") / "small"
    return panel(whole(), out=folder, jobs=1, progress=False), folder


def bytes_of(folder):
    """Return every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_every_table_is_there_twice(made):
    """Parquet and CSV of every table hold the same, to the last digit; nothing else is there."""
    found, folder = made
    assert set(found.tables) == set(TABLES)
    names = {f"{name}.{end}" for name in TABLES for end in ("parquet", "csv")}
    assert set(bytes_of(folder)) == names | {
        "dictionary.csv", "manifest.json", "LICENSE", "README.md"
    }  # fmt: skip
    for name, frame in found.tables.items():
        parquet = pd.read_parquet(folder / f"{name}.parquet")
        csv = read_csv(folder / f"{name}.csv").to_pandas()
        if "date" in csv:
            csv["date"] = csv["date"].astype(str)
        pd.testing.assert_frame_equal(parquet, csv, check_dtype=False, check_exact=True)
        pd.testing.assert_frame_equal(parquet, frame, check_dtype=False, check_exact=True)
        assert len(frame)


def test_every_column_is_in_the_dictionary(made):
    """Each with unit and meaning, in the order of the tables; and no other."""
    found, folder = made
    told = pd.read_csv(folder / "dictionary.csv", keep_default_na=False)
    listed = list(told[["table", "column"]].itertuples(index=False, name=None))
    assert listed == [(name, column) for name, frame in found.tables.items() for column in frame]
    assert (told[["type", "unit", "meaning"]] != "").all(axis=None)


def test_no_column_is_declared_that_is_never_made(made):
    """The list of columns holds no more than the tables do."""
    found, _ = made
    for name, declared in TABLES.items():
        assert set(declared) <= set(found.tables[name]), name


def test_truth_holds_nothing_that_data_hold(made):
    """But for the keys no column of truth has the name, or the values, of a column of data."""
    tables = made[0].tables
    seen = {(name, column) for name in tables if name.startswith("data/")
            for column in tables[name]}  # fmt: skip
    names = {column for _, column in seen} - set(KEYS)
    for table, frame in tables.items():
        if table.startswith("truth/"):
            assert not names & set(frame), table
    data, truth = tables["data/people"], tables["truth/people"]
    for one in truth.drop(columns="person"):
        for other in data.drop(columns="person"):
            if truth[one].nunique() > 1 and data[other].dtype.kind in "if":
                assert not np.array_equal(truth[one], data[other]), (one, other)


def test_the_same_design_and_seed_give_the_same_bytes(made, tmp_path):
    """With two processes as with one; another seed gives others."""
    _, folder = made
    panel(whole(), out=tmp_path / "two", jobs=2, progress=False)
    assert bytes_of(tmp_path / "two") == bytes_of(folder)
    other = panel(whole(), seed=4, jobs=1, progress=False)
    assert not other.tables["data/people"].equals(made[0].tables["data/people"])


def test_the_manifest_traces_it(made):
    """Design, seed, versions and the hash of every file."""
    _, folder = made
    about = json.loads((folder / "manifest.json").read_text())
    assert about["seed"] == "3"
    assert about["versions"]["continuum-brand"]
    assert about["licence"] == "CC0-1.0"
    assert about["design"]["people"]["treatment"] == "discount"
    assert set(about["sha256"]) == set(bytes_of(folder)) - {"manifest.json"}
    assert "CC0 1.0" in (folder / "LICENSE").read_text()


WRONG = {
    "an empty design": ({}, "empty"),
    "an unknown part": ({"poeple": {}}, 'did you mean "people"'),
    "an unknown name": ({"people": {"tretment": "ad"}}, 'did you mean "treatment"'),
    "an unknown treatment": ({"people": {"treatment": "hug"}}, "invitation"),
    "a share beyond 1": ({"people": {"share": 1.5}}, "share = 1.5"),
    "an unknown stage": ({"people": {"who": ["fan"]}}, "unknown stage"),
    "members invited": (
        {"people": {"treatment": "invitation", "who": ["member"]}}, "no invitation"
    ),
    "a rule on what is hidden": ({"people": {"assignment": "rule", "on": "relevance"}}, "one of"),
    "a selection beyond 1": ({"people": {"selection": 2}}, "0 to 1"),
    "noise beyond 1": ({"people": {"seen": {"opens": 3}}}, "opens = 3"),
    "a day after the horizon": ({"people": {"day": 729}}, "after the horizon"),
    "two discounts": ({"people": {"treatment": "discount", "strategy": "deal_driven"}}, "offers"),
    "an unknown scenario": ({"places": {"scenario": "lunch_2025"}}, "did you mean"),
    "an unknown parameter": ({"places": {"set": {"n_peple": 9}}}, "did you mean"),
    "a part that is no table": ({"places": 3}, "table"),
    "offers among budgets": ({"places": {"strategy": "deal_driven"}}, "no offers"),
    "a switch of nothing": (
        {"places": {"budgets": "switched", "activity": "supporting"}}, "spends on"
    ),
    "a switch at the end": (
        {"places": {"budgets": "switched", "weeks": 9, "from_week": 9}}, "from 1 to 8"
    ),
    "no week": ({"places": {"weeks": 0}}, "weeks = 0"),
    "one world ahead": ({"customers": {"worlds": 1}}, "worlds = 1"),
    "too many days": ({"customers": {"day": 19_900}}, "20,000"),
    "a wrong seed": ({"seed": -1, "people": {}}, "seed = -1"),
    "a name of two lines": ({"name": "a\nb", "people": {}}, "name"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_design_is_one_line(case, tmp_path, capsys):
    """Exit code 2, one line that says what is allowed, and nothing is written."""
    design, said = WRONG[case]
    with pytest.raises(InputError, match=re.escape(said)):
        read_panel(design)
    file = tmp_path / "design.toml"
    file.write_text(as_toml(design))
    assert main(["panel", str(file), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert said in printed.err
    assert not printed.out
    assert [path.name for path in tmp_path.iterdir()] == ["design.toml"]


def as_toml(design):
    """Return a design as TOML: numbers and texts, tables in one line."""

    def value(x):
        if isinstance(x, dict):
            return "{" + ", ".join(f"{key} = {value(y)}" for key, y in x.items()) + "}"
        return json.dumps(x)

    return "".join(f"{key} = {value(x)}\n" for key, x in design.items())


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_half_written(made, tmp_path, monkeypatch, error):
    """When the last file cannot be written no file is there, and no folder."""

    def fail(*_):
        raise error

    monkeypatch.setattr("simulation.panels.writing.manifest_of", fail)
    wanted = InputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(wanted):
        made[0].save(tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_refused(tmp_path):
    """Before anything is lived; an empty one, and one that is not there, are welcome."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="new folder"):
        panel(whole(), out=tmp_path / "full")
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        assert check_new_folder(tmp_path / name, "a panel") == tmp_path / name
    assert not (tmp_path / "new").exists()


def test_the_command_says_what_it_made(tmp_path, capsys):
    """A dry run makes nothing; a run lists the tables."""
    file = tmp_path / "design.toml"
    file.write_text(as_toml({"people": whole()["people"] | {"sample": 0}}))
    words = ["panel", str(file), "--out", str(tmp_path / "out"), "--jobs", "1"]
    assert main([*words, "--dry-run"]) == 0
    assert "discount by lot" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    assert main(words) == 0
    assert "truth/people" in capsys.readouterr().out
    assert (tmp_path / "out" / "manifest.json").exists()


def test_the_design_of_the_page_is_a_design():
    """TRUTH.md shows one that is read, of the size that is promised."""
    design = read_panel(design_of_the_page())
    assert design.people.scenario.world.n_people == 100_000
    assert (design.places.towns, design.places.weeks) == (50, 200)


def test_the_page_of_the_bench_names_what_there_is():
    """TRUTH.md names every treatment, every table, and every column of the effects."""
    text = (ROOT / "simulation" / "TRUTH.md").read_text()
    spans = set(re.findall(r"`([^`\n]+)`", text))
    assert set(TABLES) <= spans
    assert {"invitation", "mail", "ad", "discount", "nothing"} <= spans
    assert set(TABLES["truth/effects"]) - {"person", "total"} <= spans
