"""A rival: who is counted as having met it and as having left, by stage and by bonds."""

from __future__ import annotations

import pytest

from experiments import x11_rival
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
