"""The frames of the tools: the names they have there, and the numbers of the panel."""

from __future__ import annotations

import re

import networkx
import numpy as np
import pandas as pd
import pytest

from simulation import InputError, panel
from simulation.panels.exports import EXPORTS, export
from simulation.panels.lives import town_of
from tests.panels.common import whole


@pytest.fixture(scope="module")
def made():
    """A small panel of all three parts."""
    return panel(whole(), jobs=1, progress=False)


def test_uplift_frames_are_the_people(made):
    """Who may be treated, in one order everywhere; tau is that of the truth."""
    data, truth = made.tables["data/people"], made.tables["truth/people"]
    may = data["may_be_treated"]
    found = export(made, "causalml")
    assert list(found["scoring"]) == ["y", "w", "tau"]
    assert found["X"].index.tolist() == data.loc[may, "person"].tolist()
    assert found["X"].dtypes.eq(float).all()
    assert (found["treatment"].to_numpy() == data.loc[may, "treated"]).all()
    assert set(found["treatment"]) == {0, 1}
    assert (found["scoring"]["tau"].to_numpy() == truth.loc[may, "tau"]).all()
    other = export(made, "econml")
    assert set(other["X"]) | set(other["W"]) == set(found["X"])
    assert not set(other["X"]) & set(other["W"])
    assert set(export(made, "scikit_uplift")["y"]) == {0, 1}
    assert not set(found["X"]) & set(truth)


def test_networks_are_those_of_the_world(made):
    """Friendships are the graph the world is lived on; a bond made is counted as one."""
    found = export(made, "networks")
    part = made.design.people
    town = town_of(part.scenario, part.strategy, seed=made.design.seed)
    graph = networkx.from_pandas_edgelist(found["friendships"])
    friends = town.prepared.friends
    for person in (0, 17, 999):
        mine = friends.ids[friends.start[person] : friends.start[person + 1]]
        assert set(graph[person]) == set(mine.tolist())
    assert graph.number_of_edges() == friends.ids.size // 2
    lived = town.live(town.start, 0, part.first_day)
    bonds = found["bonds"]
    assert (bonds["day"] >= 0).sum() == lived.table["bonds_formed"].sum() > 0
    assert (bonds["day"] == -1).sum() > 0
    assert bonds["day"].max() < part.first_day
    assert (bonds["source"] != bonds["target"]).all()


def test_media_mix_frames_are_the_places(made):
    """Channels, target and dimensions have the names the tools ask for, and sum to the panel."""
    places = made.tables["data/places"]
    found = export(made, "pymc_mmm")
    frame, tests = found["X"], found["lift_tests"]
    assert list(frame)[:2] == ["date", "town"]
    assert frame["date"].dtype.kind == "M"
    assert found["y"].name == "y"
    assert found["y"].sum() == places["sales"].sum()
    assert not frame.duplicated(["date", "town"]).any()
    assert list(tests) == ["channel", "x", "delta_x", "delta_y", "sigma"]
    assert set(tests["channel"]) <= set(frame)
    assert np.allclose(tests["delta_x"], made.design.places.step * tests["x"])
    assert np.allclose(tests["x"], found["X_all"][tests["channel"]].mean())
    assert found["y_all"].sum() == found["y"].sum()
    assert len(found["X_all"]) == 12
    towns = made.tables["truth/towns"]
    assert tests["delta_y"].sum() * 12 == pytest.approx(towns["more_caused"].sum())


def test_meridian_has_paid_and_organic_media(made):
    """Every column that is named is there, time is yyyy-mm-dd, nothing is below 0 or missing."""
    found = export(made, "meridian")
    frame, columns = found["data"], found["columns"]
    for name in columns.values():
        assert set([name] if isinstance(name, str) else name) <= set(frame)
    assert frame["time"].map(lambda day: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", day))).all()
    assert columns["media"]
    assert {"posts", "mails"} <= set(columns["organic_media"])
    assert not set(columns["media"]) & set(columns["organic_media"])
    assert frame[["kpi", "ads_spend", "posts", "mails"]].min().min() >= 0
    assert not frame.isna().any(axis=None)
    revenue = (frame["kpi"] * frame["revenue_per_kpi"]).sum()
    assert revenue == made.tables["data/places"]["revenue"].sum()


def test_a_switch_is_on_in_half_of_the_towns():
    """Nothing is spent before the week, nor ever in the others; the truth is 0 there and then."""
    places = whole()["places"] | {"budgets": "switched", "towns": 4, "from_week": 5}
    switched = panel({"places": places}, jobs=1, progress=False)
    found = export(switched, "causalpy")
    did, data = found["did"], switched.tables["data/places"]
    on = (did["group"] == 1) & did["post_treatment"]
    assert ((data["money_advertising"] > 0) == on).all()
    assert did.groupby("unit")["group"].first().tolist().count(1) == 2
    truth = switched.tables["truth/places"].query("activity == 'advertising'")
    assert (truth["caused"].to_numpy()[~on] == 0).all()
    assert truth["caused"].sum() > 0
    wide = found["synthetic"]
    assert wide.shape == (12, 3)
    assert wide["actual"].sum() * 2 == did.loc[did["group"] == 1, "y"].sum()
    assert found["treatment_time"] == 5
    assert list(found["its"]) == ["t", "y", "date"]


def test_robyn_and_bass_are_weekly(made):
    """One row a week, over all towns."""
    places = made.tables["data/places"]
    frame = export(made, "robyn")["dt_input"]
    assert len(frame) == 12
    assert frame["DATE"].is_monotonic_increasing
    assert frame["revenue"].sum() == places["revenue"].sum()
    assert frame["advertising_S"].sum() == pytest.approx(places["money_advertising"].sum())
    weekly = export(made, "bass")
    assert weekly["T"].tolist() == list(range(12))
    assert weekly["observed"].sum() == places["sales"].sum()


def test_customers_are_summed_up_as_the_tools_do(made):
    """Worked out once more by hand: repeat days, recency, T and the value of repeat orders."""
    found = export(made, "pymc_clv")
    orders, rfm = made.tables["data/orders"], found["rfm"].set_index("customer_id")
    assert (rfm["T"] >= rfm["recency"]).all()
    assert (rfm["frequency"] > 0).any()
    for person, mine in orders.groupby("person"):
        days, row = sorted(set(mine["day"])), rfm.loc[person]
        later = mine.loc[mine["day"] > days[0], "value"]
        assert row["frequency"] == len(days) - 1
        assert row["recency"] == days[-1] - days[0]
        assert row["T"] == made.design.customers.day - 1 - days[0]
        assert row["monetary_value"] == (later.mean() if len(later) else 0.0)
    assert len(rfm) == orders["person"].nunique()
    assert list(found["transactions"]) == ["customer_id", "date", "value"]
    assert found["transactions"]["date"].min() >= pd.Timestamp("2021-01-04")


def test_what_cannot_be_exported_is_one_line(made):
    """An unknown tool, a part that is not there, a brand without paid media."""
    with pytest.raises(InputError, match='did you mean "robyn"'):
        export(made, "robin")
    only = panel({"people": whole()["people"] | {"sample": 0}}, jobs=1, progress=False)
    with pytest.raises(InputError, match="switched"):
        export(made, "causalpy")
    for tool in ("pymc_mmm", "meridian", "robyn", "bass", "pymc_clv"):
        with pytest.raises(InputError, match="is wanted"):
            export(only, tool)
    quiet = whole()["places"] | {"strategy": "audience_building", "towns": 1, "weeks": 8}
    with pytest.raises(InputError, match="paid channel"):
        export(panel({"places": quiet}, jobs=1, progress=False), "meridian")


def test_every_tool_has_a_test():
    """The list is the one these tests were written for."""
    assert set(EXPORTS) == {"causalml", "econml", "scikit_uplift", "pymc_mmm", "meridian", "robyn",
                            "bass", "causalpy", "pymc_clv", "networks"}  # fmt: skip
