"""After the host: three cost alike; a mass that was put in is found, and none is called none."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x18_after_hosting as x18
from simulation.core.outcomes import DAY_DTYPE
from simulation.core.stages import Channel
from simulation.engine.plan import check_equal_effort, plan


def runs(keeps):
    """Return runs in which a room keeps `keeps(door, room)` of the visits when its host stops."""
    rows = []
    for door in x18.DOORS:
        for room in x18.ROOMS:
            for strategy in (x18.HOSTED, x18.STOPS, x18.NONE):
                for world in range(4):
                    luck = 0.04 * (world - 1.5)
                    often = 1.0 if strategy is x18.HOSTED else keeps(door, room) + luck
                    row = {"door": door, "room": room, "strategy": strategy.name}
                    row |= {"replication_id": world, "status": "SUCCEEDED"}
                    row |= {"expected_sales": 50 + world + 5.0 * (strategy is x18.STOPS)}
                    row |= {"kept_member": 0.5 * room, "began_member": float(room)}
                    row |= {"bonded": 3.0, "n_member": 10.0, "novelty_last_year": 0.5}
                    row |= {"answers_last_year": 1.0}
                    for when in (*x18.QUARTERS, "last_year"):
                        months = float(room + world)
                        row |= {f"member_months_{when}": months}
                        row |= {f"visits_{when}": 3 * often * months}
                    rows.append(row)
    return pd.DataFrame(rows)


def test_the_host_stops_after_a_year_and_costs_alike():
    cells = x18.design().cells
    town = cells[0].scenario
    check_equal_effort(town, [x18.HOSTED, x18.STOPS, x18.NONE])
    events = plan(town, x18.STOPS).events
    assert events[: x18.STOP].sum() > 10
    assert events[x18.STOP :].sum() == 0 < plan(town, x18.HOSTED).events[x18.STOP :].sum()
    assert x18.days_of(1).start == x18.STOP
    assert x18.days_of(x18.QUARTERS[-1]).stop <= town["n_days"]


def test_a_critical_mass_put_in_is_read_out():
    """Closed rooms keep .3 up to 60 members and .7 from 200 on; open ones keep nearly all."""
    table = x18.table(runs(lambda door, room: 0.9 if door == x18.OPEN else 0.3 + 0.4 * (room > 99)))
    mass = table[table["what"] == "critical mass"].set_index("door")["value"]
    assert mass[x18.CLOSED] == pytest.approx(math.sqrt(60 * 200), rel=0.05)
    assert mass[x18.OPEN] == 0
    found = x18.finding(table)
    assert found.answer == (
        "Without its host a closed room keeps half of its visits only from about 110 members on; "
        "with new members every room does."
    )
    assert "clearly more in 10, clearly less in 0 of 10 rooms" in found.flips
    assert not found.beyond()


@pytest.mark.parametrize(
    ("kept", "said"),
    [(0.8, "There is no critical mass"), (0.2, "Without its host no closed room keeps half")],
)
def test_where_there_is_no_critical_mass_it_is_said(kept, said):
    found = x18.finding(x18.table(runs(lambda door, room: kept)))
    assert found.answer.startswith(said)
    assert not found.beyond()


def test_visits_are_counted_in_their_quarter():
    table = np.zeros(x18.N_DAYS, DAY_DTYPE).view(np.recarray)
    table["n"][:, 3] = 30
    table["contacts"][x18.STOP - 1, Channel.VISIT] = 7  # the last day of the host
    table["contacts"][x18.STOP, Channel.VISIT] = 5
    stage = np.array([3, 3, 2])
    run = SimpleNamespace(
        table=table, start_stage=stage,
        end=SimpleNamespace(people=SimpleNamespace(stage=np.array([3, 1, 3]))),
    )  # fmt: skip
    found = x18.measure(run)
    assert (found["visits_0"], found["visits_1"], found["visits_2"]) == (7, 5, 0)
    assert found["member_months_1"] == x18.QUARTER
    assert (found["began_member"], found["kept_member"]) == (2, 1)
