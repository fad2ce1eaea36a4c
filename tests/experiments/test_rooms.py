"""What makes a room sell: the strategies cost alike, and the table reads leads that were put in."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import x17_rooms
from simulation.engine.plan import check_equal_effort, plan
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES


def test_hosting_takes_its_hours_from_all_else():
    town = Scenario.load("launch_2025")
    strategies = [STRATEGIES[x17_rooms.LIST], *map(x17_rooms.hosted, x17_rooms.HOSTING)]
    check_equal_effort(town, strategies)
    events = [plan(town, strategy).events.sum() for strategy in strategies]
    assert events[0] == 0 < events[1] < events[2]
    (alone,), (phase,) = STRATEGIES[x17_rooms.LIST].phases, x17_rooms.hosted(0.3).phases
    for activity in ("posting", "replying", "content"):  # as without a host
        assert getattr(phase, activity) == pytest.approx(0.7 * getattr(alone, activity))


def sold(by_purpose):
    """Return the table of rooms that sell so many copies more an hour of hosting and purpose."""
    rows = []
    for purpose in (0.0, 1.0):
        for room in (60, 2_000):
            for share in (0.0, *x17_rooms.HOSTING):
                name = x17_rooms.hosted(share).name if share else x17_rooms.LIST
                for world in range(4):
                    row = {"purpose": purpose, "room": room, "strategy": name}
                    row |= {"replication_id": world, "status": "SUCCEEDED"}
                    row |= {"expected_sales": 50.0 + world + by_purpose * share * purpose}
                    row |= {"visits_per_member_day": 0.1, "bonded": 0.2}
                    rows.append(row)
    return x17_rooms.table(pd.DataFrame(rows))


def test_leads_are_those_put_in():
    """A room sells 10 purpose copies more a half of hosting, whatever its size."""
    table = sold(by_purpose=20)
    lead = table[table["what"] == "lead 0.3"].set_index(["purpose", "room"])["value"]
    assert lead[1.0, 60] == pytest.approx(6.0)
    assert lead[0.0, 2_000] == pytest.approx(0.0)
    found = x17_rooms.finding(table)
    assert found.answer == (
        "Lightly hosted, a community is clearly ahead of a list in 2 of 4 rooms; "
        "heavily hosted in about half of them."
    )
    assert not found.beyond()


def test_rooms_that_never_lead_are_said_so():
    for by_purpose in (0, -20):
        found = x17_rooms.finding(sold(by_purpose))
        assert found.answer == (
            "Hosted lightly or heavily, a community is clearly ahead of a list in none of 4 rooms."
        )
        assert not found.beyond()
