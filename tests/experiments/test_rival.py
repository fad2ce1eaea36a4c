"""A rival: who is counted as having met it and as having left, by stage and by bonds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import x11_rival
from experiments.kit import tables as common
from simulation import Scenario, simulate

TOWN = Scenario.load("classroom").replace(share_members=0.2)


@pytest.fixture(scope="module")
def run():
    """A town that ends on the day on which every fan meets the rival."""
    last = TOWN["launch_day"] - 1
    day = TOWN.replace(n_days=last + 1, launch_day=last, rival_day=last, p_rival=1.0, p_switch=0.3)
    return simulate(day, "community_building", seed=2, events=True)


def test_who_met_the_rival_left_or_stayed(run):
    found, ends = x11_rival.measure_day(run), run.summary
    for stage in ("follower", "subscriber", "member"):
        stayed = found[f"met_{stage}"] - found[f"left_{stage}"]
        assert stayed == ends[f"n_{stage}"]
    left = sum(found[f"left_{stage}"] for stage in ("follower", "subscriber", "member"))
    assert left == ends["switched"] > 0


def test_bonds_are_those_of_the_events_and_of_the_people(run):
    found = x11_rival.measure_day(run)
    gone = run.events[(run.events["event"] == "switch") & (run.events["from_stage"] == "member")]
    members = run.people[run.people["stage"] == "member"]
    assert found["left_0"] == (gone["cause"] == 0).sum()
    assert found["left_2-3"] == gone["cause"].between(2, 3).sum()
    assert found["met_1"] - found["left_1"] == (members["n_bonds"] == 1).sum()
    assert sum(found[f"left_{name}"] for name in x11_rival.CLASSES) == len(gone)


def test_the_close_community_makes_more_bonds():
    bonds = [
        simulate(town, "community_building", seed=2).summary["n_bonds"]
        for town in (TOWN, x11_rival.close(TOWN))
    ]
    assert bonds[1] > 2 * bonds[0] > 0


def day_of(left, met):
    """Return worlds of one community and arm, with who left and who met the rival in each."""
    rows = [{"community": "close", "arm": "all", "replication_id": r, "left_1": a, "met_1": b}
            for r, (a, b) in enumerate(zip(left, met, strict=True))]  # fmt: skip
    return pd.DataFrame(rows)


def test_nobody_of_few_is_not_surely_nobody():
    """0 of 40: up to 1 - .025^(1/40) at 95 %, exactly; all worlds alike is no certainty either."""
    none = x11_rival._shares_leaving(day_of([0, 0], [10, 30]), "1").iloc[0]
    assert (none["value"], none["low"]) == (0, 0)
    assert none["high"] == pytest.approx(1 - 0.025 ** (1 / 40))
    alike = x11_rival._shares_leaving(day_of([1, 1], [4, 4]), "1").iloc[0]
    assert alike["low"] < alike["value"] == 0.25 < alike["high"]
    nobody = x11_rival._shares_leaving(day_of([0, 0], [0, 0]), "1").iloc[0]
    assert np.isnan(nobody[["value", "low", "high"]].astype(float)).all()


def test_an_interval_of_the_worlds_is_left_as_it_is():
    frame = day_of([1, 2, 0, 3], [10, 10, 10, 10])
    found = x11_rival._shares_leaving(frame, "1")
    pd.testing.assert_frame_equal(
        found.drop(columns="group"), common.ratios(frame, "left_1", "met_1", ["community", "arm"])
    )


def test_what_is_kept_is_compared_between_strategies():
    """Each keeps a fixed part of its own sales: 3/4 under community_building, 1/2 and 1/4."""
    part = dict(zip(x11_rival.NAMES, (0.5, 0.25, 0.75), strict=True))
    rows = [
        {"rival": rival, "strategy": name, "replication_id": r, "status": "SUCCEEDED",
         "sales": (100 + 40 * r) * (1 if rival == x11_rival.NEVER else part[name])}
        for rival in (x11_rival.NEVER, *x11_rival.RIVALS) for name in part for r in range(3)
    ]  # fmt: skip
    found = x11_rival._apart(pd.DataFrame(rows), "sales").set_index(["rival", "baseline"])
    for other, gap in (("posting_only", 0.25), ("audience_building", 0.5)):
        row = found.loc[(x11_rival.TIED, other)]
        assert row[["value", "low", "high"]].tolist() == pytest.approx([gap] * 3)
