"""What we write we can read: exported settings, single rows, and stores made before."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from simulation import InputError, simulate
from simulation.core.outcomes import SUMMARY
from simulation.sweeps.labelled import export, to_dataset
from simulation.sweeps.reading import read_design
from simulation.sweeps.running import sweep
from simulation.sweeps.store import GONE, open_store
from tests import ROOT
from tests.sweeps.common import DESIGN
from tests.sweeps.test_store import fresh  # noqa: F401  (a fixture)
from tests.sweeps.test_tied import SHARES

SMALL = {"n_people": 120, "n_days": 30, "launch_day": 10, "days_warm_up": 5, "days_window": 10}
HALF = {"name": "half", "posting": 0.5, "content": 0.5}
OUTCOMES = [scalar.name for scalar in SUMMARY]

DESIGNS = {
    "a grid": {"method": "grid", "parameters": {
        **SMALL, "p_follow": [0.1, 1 / 3], "evolving": [True, False], "graph": ["none", "block"]}},
    "a sample": {"method": "lhs", "n": 7, "parameters": {
        **SMALL, "p_follow": [0.01, 0.1], "days_window": [5, 15], "p_join": "likely"}},
    "a row a strategy": {"method": "list", "strategies": ["balanced", HALF], "parameters": SMALL,
                         "settings": [{"strategy": "half", "p_join": 0.1, "offer_depth": 0.0},
                                      {"strategy": "balanced", "p_join": 1e-5, "offer_depth": 0}]},
    "nothing but strategies": {"method": "list", "strategies": None, "parameters": SMALL,
                               "settings": [{"strategy": "balanced"}, {"strategy": "advertising"}]},
}  # fmt: skip


def design_of(what, **changes):
    table = {**DESIGN, "replications": 1, **DESIGNS[what], **changes}
    return {key: value for key, value in table.items() if value is not None}


@pytest.mark.parametrize("what", DESIGNS)
def test_exported_settings_are_read_again(tmp_path, what):
    """`continuum export`, then a design on its settings.csv: the same settings, the same rows."""
    store = sweep(design_of(what), tmp_path / "store", jobs=1)
    files = export(store, tmp_path)
    assert "settings.csv" in [path.name for path in files]
    again = design_of(what, method="list", n=None, settings="settings.csv", parameters=SMALL)
    (tmp_path / "d.toml").write_text('settings = "settings.csv"\n')  # from the design's folder
    back = read_design(tmp_path / "d.toml", **{k: v for k, v in again.items() if k != "settings"})
    there = store.design.settings.frame()
    pd.testing.assert_frame_equal(back.settings.frame(), there, check_exact=True)
    assert [[type(v) for v in back.settings.values(i).values()] for i in range(len(there))] == [
        [type(v) for v in store.design.settings.values(i).values()] for i in range(len(there))
    ]
    assert back.rows == store.design.rows
    rows = sweep(back, tmp_path / "again", jobs=1).runs()
    same = ["setting_id", "strategy", "replication_id", "p_follow", *OUTCOMES]
    pd.testing.assert_frame_equal(rows[same], store.runs()[same], check_exact=True)


def test_pandas_index_and_excel_do_no_harm(tmp_path):
    """The settings of a store as pandas writes them, and with semicolons and decimal commas."""
    found = read_design(design_of("a sample"))
    frame = found.settings.frame()
    for options in ({}, {"index": False}, {"sep": ";", "decimal": ","}):
        frame.to_csv(tmp_path / "settings.csv", **options)
        back = read_design(tmp_path / "settings.csv")
        pd.testing.assert_frame_equal(back.settings.frame(), frame, check_exact=True)


def test_a_table_of_runs_is_not_taken_for_settings(tmp_path, fresh):  # noqa: F811
    export(fresh, tmp_path)
    for settings in (str(tmp_path / "runs.csv"), fresh.runs()):
        with pytest.raises(InputError, match=r"holds runs \(run_key\), not settings") as error:
            read_design({"settings": settings})
        assert "settings.csv" in str(error.value)
        assert "\n" not in str(error.value)


# ---- one row -------------------------------------------------------------------------------------


def assert_is(run, row):
    """The summary of a run is that of its row, bit for bit."""
    for name in OUTCOMES:
        value, stored = run.summary[name], row[name]
        assert stored == value or (stored != stored and value != value), name


def test_a_row_is_lived_again(fresh, capsys):  # noqa: F811
    """However it was picked out of runs()."""
    runs = fresh.runs()
    for row in (runs.iloc[17], runs.to_dict("records")[17], list(runs.itertuples())[17],
                list(runs.itertuples(index=False))[17], runs["run_key"][17],
                runs.iloc[17][["run_key", "sales"]], runs.iloc[17].drop("run_key")):  # fmt: skip
        assert_is(fresh.rerun(row), runs.iloc[17])
    assert capsys.readouterr().err == "", "there is nothing to say"
    run = fresh.rerun(runs.iloc[0], events=True, engine="mesa")
    assert_is(run, runs.iloc[0])
    assert len(run.events) > 0
    plain = simulate(fresh.design.world(0), "posting_only", seed=5)
    pd.testing.assert_frame_equal(run.series, plain.series)


def test_every_kind_of_row_is_lived_again(tmp_path):
    """Seeds of 128 bits and spawned ones, shares of effort that varied, ties, files."""
    child = np.random.SeedSequence(2**100 + 3).spawn(2)[1]
    friends = tmp_path / "friends.txt"
    friends.write_text("".join(f"{i} {(i + 1) % 40}\n" for i in range(40)))
    on_file = {**SMALL, "graph": "file", "friends_file": str(friends), "p_join": [0.1, 0.2],
               "share_subscribers": "10 / n_people"}  # fmt: skip
    on_file.pop("n_people")
    designs = [
        design_of("a sample", seed=child, replications=2),
        {**DESIGN, "method": "lhs", "n": 3, "strategies": ["balanced"], "parameters": SHARES},
        design_of("a row a strategy", replications=2),
        design_of("a grid", parameters=on_file, seed=9),
    ]
    for number, design in enumerate(designs):
        store = open_store(sweep(design, tmp_path / f"store{number}", jobs=1).folder)
        for _, row in store.runs().iterrows():
            assert_is(store.rerun(row), row)


def test_a_row_from_an_exported_table(fresh, tmp_path):  # noqa: F811
    export(fresh, tmp_path)
    row = pd.read_csv(tmp_path / "runs.csv").iloc[5]
    assert_is(fresh.rerun(row), fresh.runs().iloc[5])


@pytest.mark.parametrize(
    ("row", "said"),
    [("0" * 32, "has no run with the key"), (7, "a row is wanted: of store.runs()"),
     ({"sales": 3.0}, "the row has no setting_id"),
     ({"setting_id": 4, "strategy": "posting_only", "replication_id": 0}, "setting_id = 4 is not"),
     ({"setting_id": 0, "strategy": "balanced", "replication_id": 0}, "was not lived by 'bal"),
     ({"setting_id": 0, "strategy": "posting_only", "replication_id": 9}, "replication_id = 9"),
     ({"setting_id": 0, "strategy": "posting_only", "replication_id": 0, "run_key": "f" * 32},
      "of another store")],
)  # fmt: skip
def test_rows_that_are_none_are_one_line(fresh, row, said):  # noqa: F811
    with pytest.raises(InputError) as error:
        fresh.rerun(row)
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="a row is wanted"):
        fresh.rerun(fresh.runs())


def test_numbers_that_are_not_those_of_the_row_are_said(fresh, capsys):  # noqa: F811
    row = {**fresh.runs().iloc[3].to_dict(), "sales": -1.0}
    fresh.rerun(row)
    said = capsys.readouterr().err
    assert said.startswith(f"continuum: 1 of {len(OUTCOMES)} outcomes are not those of the row (")
    assert "(sales -1 then, " in said
    assert len(said.splitlines()) == 1


# ---- a store made before -------------------------------------------------------------------------


@pytest.fixture
def before(tmp_path):
    """A store of the version before the modules moved and before there were ties."""
    store = ROOT / "tests" / "sweeps" / "data" / "store_before"
    return open_store(shutil.copytree(store, tmp_path / "old"))


def test_a_store_made_before_is_read(before, tmp_path):
    """Its rows, its settings and its design; the parts are whole."""
    assert before.damaged() == []
    assert len(before.runs()) == 8
    assert before.design.names == ["year"]
    assert before.design.tied() == {}
    here, there = before.design.to_dict(), before.manifest["design"]
    known = there["scenario"]["parameters"]  # those that have come since are as they are by default
    for gone in GONE:
        del known[gone]
    here["scenario"]["parameters"] = {name: here["scenario"]["parameters"][name] for name in known}
    pairs = zip(here["strategies"], there["strategies"], strict=True)  # levers have come since
    here["strategies"] = [{name: new[name] for name in old} for new, old in pairs]
    assert here == there
    days = to_dataset(before, "series").contacts
    assert days.sel(channel="post").sum() > 0
    assert days.sel(channel="search").isnull().all()  # not counted then
    export(before, tmp_path / "out")
    again = read_design(tmp_path / "out" / "settings.csv", strategies=["posting_only"])
    assert again.names == ["year"]


def test_a_row_made_before_is_lived_again_and_what_changed_is_said(before, capsys):
    """One line: other code; and that the numbers are others (they have changed on purpose)."""
    run = before.rerun(before.runs().iloc[0])
    assert run.scenario["year"] == 2012
    said = capsys.readouterr().err
    assert re.match(r"continuum: \d+ of \d+ outcomes are not those of the row \(\w+ \S+ then", said)
    assert "; the code of the model is not the one the store was made with" in said
    assert len(said.splitlines()) == 1
