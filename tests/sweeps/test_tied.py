"""Tied parameters and levers in designs: what varies is varied, the rest follows, and is stored."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simulation import STRATEGIES, InputError, Scenario, simulate
from simulation.analyses.sensitivity import sensitivity
from simulation.inputs.scenario import parameters
from simulation.sweeps.design import Design
from simulation.sweeps.reading import read_design
from simulation.sweeps.reproducing import reproduce
from simulation.sweeps.running import resume, sweep
from simulation.sweeps.store import open_store
from tests.sweeps.common import DESIGN, here

SMALL = {"n_people": 150, "days_warm_up": 5, "days_window": 10}
TIED = {
    **DESIGN, "replications": 2, "keep": ["series"],
    "parameters": {**SMALL, "n_days": [30, 40], "launch_day": "n_days - 20",
                   "share_subscribers": "15 / n_people", "share_members": "share_subscribers / 3"},
}  # fmt: skip
#: Shares of effort that sum to 1 whatever the two that vary are.
SHARES = {**SMALL, "n_days": 30, "launch_day": 10, "posting": [0.1, 0.5], "content": [0.0, 0.3],
          "hosting": "1 - posting - content", "replying": 0.0, "supporting": 0.0,
          "advertising": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return sweep(TIED, tmp_path_factory.mktemp("tied") / "store", jobs=1)


def test_rows_show_the_number_and_are_its_runs(store):
    """Every row is what simulate gives for the values that stand in it."""
    runs = store.runs()
    assert sorted(runs["launch_day"].unique()) == [10, 20]
    np.testing.assert_allclose(runs["share_subscribers"], 0.1)
    np.testing.assert_allclose(runs["share_members"], 0.1 / 3)
    for row in runs.to_dict("records"):
        world = Scenario.load("classroom").replace(**{name: row[name] for name in parameters()})
        run = simulate(world, row["strategy"], seed=5, replication=row["replication_id"])
        assert run.summary["sales"] == row["sales"]
        assert run.summary["n_follower"] == row["n_follower"]


def test_only_the_independent_ones_vary(store):
    assert store.design.names == ["n_days"]
    assert set(store.to_xarray().sizes) == {"strategy", "n_days", "replication"}
    assert "launch_day = n_days - 20" in store.design.describe()


def test_the_manifest_keeps_the_ties(store):
    """The design comes back as it was: the same keys, nothing to run, more worlds the same way."""
    assert store.manifest["design"]["ties"] == {
        "launch_day": "n_days - 20", "share_subscribers": "15 / n_people",
        "share_members": "share_subscribers / 3",
    }  # fmt: skip
    first, back = read_design(TIED), open_store(store.folder).design
    assert back.to_dict() == first.to_dict()
    assert [back.key(*back.at(i)) for i in range(8)] == [first.key(*first.at(i)) for i in range(8)]
    assert back.world(1)["launch_day"] == 20
    parts = set(store.folder.rglob("part-*"))
    assert len(sweep(TIED, store.folder, jobs=1).runs()) == 8
    assert set(store.folder.rglob("part-*")) == parts, "nothing was run again"
    assert reproduce(store, sample=8).same


def test_more_worlds_of_a_tied_design(tmp_path):
    store = sweep({**TIED, "keep": []}, tmp_path / "store", jobs=1)
    more = resume(store.folder, jobs=1, replications=3)
    assert more.counts()["SUCCEEDED"] == 12
    last = more.runs().query("replication_id == 2")
    assert sorted(last["launch_day"].unique()) == [10, 20]


def test_another_tie_is_another_design(store):
    other = {**TIED["parameters"], "launch_day": "n_days - 20 + 0"}
    with pytest.raises(InputError, match="launch_day = n_days - 20 there, n_days - 20 \\+ 0 here"):
        sweep({**TIED, "parameters": other}, store.folder, jobs=1)
    a, b = read_design(TIED), read_design({**TIED, "parameters": other})
    assert not {a.key(*a.at(i)) for i in range(8)} & {b.key(*b.at(i)) for i in range(8)}


@pytest.mark.parametrize("method", ["lhs", "sobol", "morris"])
def test_samples_over_the_independent_ones(method):
    """k counts what varies; what is tied follows every setting."""
    found = read_design({
        **DESIGN, "method": method, "n": 8,
        "parameters": {**SMALL, "n_days": [30, 60], "p_join": "bounds", "launch_day": "n_days // 2",
                       "p_follow": "p_join / 2"},
    })  # fmt: skip
    assert found.names == ["n_days", "p_join"]
    assert found.settings.units.shape == (len(found.settings), 2)
    for setting in range(len(found.settings)):
        values, world = found.settings.values(setting), found.world(setting)
        assert world["launch_day"] == values["n_days"] // 2
        assert world["p_follow"] == values["p_join"] / 2


def test_sensitivity_sees_the_independent_ones(tmp_path):
    design = {
        **DESIGN, "method": "sobol", "n": 8, "replications": 2, "strategies": ["posting_only"],
        "parameters": {**SMALL, "n_days": [30, 40], "p_follow": [0.01, 0.1],
                       "launch_day": "n_days - 20"},
    }  # fmt: skip
    store = sweep(design, tmp_path / "store", jobs=1)
    found = sensitivity(store.design, store.runs(), outcome="n_follower")
    assert list(dict.fromkeys(found.table["parameter"])) == ["n_days", "p_follow"]


def test_levers_that_sum_to_one(tmp_path):
    """Shares of effort may be tied, so that they can be sampled; the row shows what came out."""
    store = sweep({**DESIGN, "method": "lhs", "n": 6, "replications": 1,
                   "strategies": ["balanced"], "parameters": SHARES},
                  tmp_path / "store", jobs=1)  # fmt: skip
    runs = store.runs()
    assert store.design.names[:2] == ["posting", "content"]
    assert "hosting" not in store.design.names
    np.testing.assert_allclose(runs["posting"] + runs["content"] + runs["hosting"], 1)
    assert runs["hosting"].nunique() == 6
    row = runs.iloc[3]
    phase = store.design.lever(3, 0).phases[0]
    assert (phase.posting, phase.content, phase.hosting) == tuple(
        row[["posting", "content", "hosting"]]
    )
    balanced = STRATEGIES["balanced"].model_dump()  # its plan of a launch stays
    levers = {**balanced, "name": "x", "phases": [phase.model_dump()]}
    assert (
        simulate(store.design.world(3), levers, seed=5).summary["n_follower"] == row["n_follower"]
    )
    assert open_store(store.folder).design.ties == {"hosting": "1 - posting - content"}
    assert reproduce(store, sample=6).same


def test_a_lever_may_follow_a_parameter_and_the_strategy():
    """What a setting does not vary is the strategy's own."""
    found = read_design({
        **DESIGN, "strategies": [{"name": "a", "posting": 0.5, "content": 0.5},
                                 {"name": "b", "posting": 0.2, "content": 0.8}],
        "parameters": {"discovery": [0.1, 0.2], "hosting": "discovery * posting",
                       "content": "1 - posting - hosting"},
    })  # fmt: skip
    assert found.lever(1, 0).phases[0].hosting == 0.1
    assert found.lever(1, 1).phases[0].hosting == 0.2 * 0.2
    assert found.shown(0, 1)["hosting"] == 0.1 * 0.2


def test_rows_of_a_list_may_be_tied(tmp_path):
    """Each row by itself, in tables and in CSV; stored is the number."""
    rows = [{"n_days": 30, "launch_day": "n_days - 20", "posting": 0.25, "content": "1-posting"},
            {"n_days": 40.0, "launch_day": 15, "posting": "price/40", "content": 0.5}]  # fmt: skip
    others = {"replying": 0.0, "hosting": 0.0, "supporting": 0.0, "advertising": 0.0}
    rows = [{**row, **others} for row in rows]
    path = tmp_path / "settings.csv"
    lines = [rows[0].keys(), *(row.values() for row in rows)]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines))
    for settings in (rows, str(path)):
        found = read_design({**DESIGN, "method": "list", "strategies": ["balanced"],
                             "parameters": SMALL, "settings": settings})  # fmt: skip
        assert found.settings.columns["launch_day"] == [10, 15]
        assert found.settings.columns["content"] == [0.75, 0.5]
        assert found.settings.columns["posting"] == [0.25, 0.5]
        assert found.tied() == {}


def test_a_scenario_of_a_file_keeps_its_ties(tmp_path):
    (tmp_path / "town.toml").write_text('n_people = 99\nn_days = 100\nlaunch_day = "n_days - 60"\n')
    (tmp_path / "d.toml").write_text('scenario = "town.toml"\n[parameters]\nn_days = [80, 90]\n')
    found = read_design(tmp_path / "d.toml")
    assert [found.world(i)["launch_day"] for i in (0, 1)] == [20, 30]
    again = Design.from_dict(json.loads(json.dumps(found.to_dict())), None)
    assert again.world(1)["launch_day"] == 30


BAD = {
    "unknown": ({"launch_day": "n_dys - 60"}, 'design: launch_day=n_dys - 60 is not allowed'),
    "a circle": ({"price": "quality", "quality": "price"}, "tied in a circle: "),
    "a lever beneath the world": ({"n_people": "1000 * posting"}, '"posting", which is unknown'),
    "levers in a circle": ({"posting": "content", "content": "posting"}, "tied in a circle"),
    "in some settings": ({"n_days": [90, 50], "launch_day": "n_days - 60"},
                         'setting 1 (n_days = 50): launch_day = "n_days - 60" with n_days = 50 is'),
    "division by zero": ({"discovery": [1.0, 0.0], "price": "1 / discovery"}, "division by zero"),
    "shares": ({"posting": [0.5], "content": "0.9 - posting"}, "the shares of effort sum to"),
    "in a list of values": ({"launch_day": ["n_days - 60"]}, "'n_days - 60' is not allowed: a who"),
    "a switch": ({"ask_reviews": "posting"}, "'posting'"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_wrong_ties_are_one_line(what):
    changes, said = BAD[what]
    with pytest.raises(InputError) as error:
        read_design({**DESIGN, "parameters": changes})
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_ties_in_a_table_name_their_line(tmp_path):
    path = tmp_path / "settings.csv"
    cells = {"n_dys - 60": "launch_day=n_dys - 60 is not allowed",
             "n_days - 6000": 'launch_day = "n_days - 6000" with n_days = 730'}  # fmt: skip
    for cell, said in cells.items():
        path.write_text(f"launch_day,p_join\n50,0.1\n{cell},0.2\n")
        done = here("sweep", path, "--out", tmp_path / "store")
        assert done.returncode == 2
        assert f"line 3: {said}" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not (tmp_path / "store").exists()
