"""The arms and steps of x04, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import x04_matched_list as x04
from experiments.x04_matched_list import ALL, CLOSED, COMMUNITY, FULL, MATCHED, SOME, UNTIED
from simulation import Scenario, simulate

BASE = Scenario.load("classroom").replace(n_people=2_000, n_days=120, launch_day=80)


def runs(sales):
    """Return four worlds of every cell; the luck of a world is the same in all."""
    rows = [
        {"town": label, "arm": arm, "strategy": name, "replication_id": r, "status": "SUCCEEDED",
         "sales": 10.0 * r + sales[arm if name == COMMUNITY else name], "visits": 20.0,
         "months": 10.0 if name == COMMUNITY else 0.0, "raised": 1.0}
        for label in (SOME, ALL) for arm, name in (*x04.CELLS, (MATCHED, COMMUNITY))
        if arm not in x04.ROUNDS[:-1] for r in range(4)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_steps_add_up_and_contact_is_a_share_of_them():
    sales = {CLOSED: 40, MATCHED: 55, UNTIED: 57, FULL: 60, x04.AUDIENCE: 58, x04.POSTING: 5}
    table = x04.table(runs(sales)).set_index(["what", "town"])
    steps = {step: table.loc[(step, ALL), "value"].item() for step in (*x04.STEPS, x04.WHOLE)}
    assert steps == {"contact": 15, "membership": 2, "ties": 3, x04.WHOLE: 20}
    assert table.loc[(x04.SHARE, ALL), "value"].item() == pytest.approx(15 / 20)
    assert (table.loc["visits a month", "value"] == 2).all()
    found = x04.finding(table.reset_index())
    assert found.answer == (
        "Where all of a list joined, the community sells 20 more copies: contact adds 15, "
        "belonging and ties some."
    )
    assert "sells fewer where some of the list join, fewer where" in found.flips  # 58 after 60
    assert "not fully matched" not in found.limits  # all visit alike
    assert found.beyond() == []


def test_a_step_that_takes_and_a_list_that_is_visited_less_are_said():
    sales = {CLOSED: 40, MATCHED: 38, UNTIED: 60, FULL: 60, x04.AUDIENCE: 70, x04.POSTING: 5}
    frame = runs(sales)
    frame.loc[frame["arm"] == MATCHED, "visits"] = 5.0
    found = x04.finding(x04.table(frame))
    assert found.answer.endswith(
        "sells 20 more copies: belonging adds 22, contact cost some, ties nothing clear."
    )
    assert "came 2.0 times in 30 days, a list with a member's contacts 0.5 times" in found.carries
    assert "not fully matched" in found.limits
    assert "sells more where some" in found.flips
    found = x04.finding(x04.table(runs({**sales, FULL: 30, UNTIED: 30, MATCHED: 40})))
    assert "sells 10 fewer copies: belonging costs 10" in found.answer


def test_where_joining_adds_nothing_there_is_no_share():
    sales = dict.fromkeys((*x04.ARMS, x04.AUDIENCE, x04.POSTING), 40)
    table = x04.table(runs(sales))
    assert np.isnan(table.loc[table["what"] == x04.SHARE, "value"]).all()
    found = x04.finding(table)
    assert "not clear that the community sells more or fewer" in found.answer
    assert "sells not clearly more or fewer where some" in found.flips
    assert found.beyond() == []


def test_the_list_is_raised_to_the_visits_of_members():
    """Where half of what is raised is lost, two more rounds come near; and there it ends."""
    lived = runs(dict.fromkeys((*x04.ARMS, x04.AUDIENCE, x04.POSTING), 40))
    lived["arm"] = lived["arm"].replace(MATCHED, x04.ROUNDS[0])
    lived.loc[lived["arm"] == FULL, "visits"] = 50.0
    for name in x04.ROUNDS[1:]:
        (cells,) = x04.follow_up(lived, smoke=True)
        for cell in cells.cells:
            assert cell.labels["arm"] == name
            raised = cell.scenario["rate_visit_event"] / 0.1
            assert cell.scenario["visit_rate_median"] == pytest.approx(raised * 0.0016)
            row = {**lived.iloc[0], **cell.labels, "raised": raised, "strategy": COMMUNITY}
            row |= {"visits": 20.0 * raised**0.75, "months": 10.0}
            lived = pd.concat([lived, pd.DataFrame([row])])
    assert x04.follow_up(lived, smoke=True) == []
    assert lived.loc[lived["arm"] == MATCHED, "visits"].tolist() == pytest.approx([50] * 2, rel=0.1)


def test_the_same_people_are_on_the_list_or_in_the_community():
    starts = {}
    for arm in x04.ARMS:
        run = simulate(x04.town(BASE, ALL, arm, COMMUNITY), COMMUNITY, seed=3)
        stage = run.start_stage
        starts[arm] = stage
        members = set(np.unique(stage[stage >= 2]).tolist())
        assert members == ({3} if arm in (UNTIED, FULL) else {2})
    for stage in starts.values():
        assert ((stage >= 2) == (starts[FULL] >= 2)).all()


def test_visits_are_counted_over_those_who_may_visit():
    for arm in (FULL, MATCHED):
        run = simulate(x04.town(BASE, SOME, arm, COMMUNITY), COMMUNITY, seed=3)
        found, days = x04.measure(run), run.series
        may = days["n_member"] + (days["n_subscriber"] if arm == MATCHED else 0)
        assert found["months"] == pytest.approx(may.sum() / 30)
        assert found["visits"] == days["contacts_visit"].sum() > 0
