"""Three books: who bought again is counted by hand, and the answers put in are read out."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x19_three_books as x19
from simulation import STRATEGIES, simulate
from simulation.core.outcomes import DAY_DTYPE, Event
from simulation.core.stages import STAGES
from simulation.engine.plan import check_equal_effort
from simulation.inputs.scenario import Scenario

SMALL = Scenario.load("author_career").replace(
    n_people=1_500, n_days=260, launch_day=60, days_between_launches=80, days_warm_up=60, p_buy=0.5
)


def test_the_strategies_cost_alike():
    check_equal_effort(Scenario.load("author_career"), [STRATEGIES[name] for name in x19.NAMES])


def test_first_buyers_and_worth_by_hand():
    log = np.array(
        [
            (10, 0, Event.MOVE, 0, 1, 0),
            (12, 0, Event.MOVE, 1, 2, 0),  # a subscriber before the launch
            (70, 1, Event.MOVE, 1, 2, 0),  # after it: a follower on the first launch day
            (60, 0, Event.BUY, 2, 2, 5),
            (61, 1, Event.BUY, 1, 1, 1),
            (140, 0, Event.BUY, 2, 2, 5),  # the second book
            (141, 2, Event.BUY, 2, 2, 5),
            (230, 1, Event.BUY, 2, 2, 5),  # the third
        ],
        np.int32,
    )
    table = np.zeros(SMALL["n_days"], DAY_DTYPE).view(np.recarray)
    rare = SimpleNamespace(copies=np.array([3, 2, 1]), spent=np.array([60.0, 40.0, 20.0]))
    people = SimpleNamespace(stage=np.array([2, 0, 3]), rare=rare)
    products = pd.DataFrame({"launch_day": [60, 140, 220], "sales": 1.0, "expected_sales": 2.0})
    run = SimpleNamespace(
        log=log, table=table, scenario=SMALL, start_stage=np.array([0, 1, 2]),
        end=SimpleNamespace(people=people), products=products,
    )  # fmt: skip
    found = x19.measure(run)
    assert (found["first_buyers"], found["again_2"], found["again_3"]) == (2, 1, 1)
    assert (found["still_fans"], found["still_listed"]) == (1, 1)
    assert (found["first_subscriber"], found["copies_subscriber"]) == (2, 4)
    assert (found["first_follower"], found["money_follower"]) == (1, 40)
    assert found["others_expected"] == 1  # the other subscriber bought the second book


def test_stages_before_a_day_are_those_counted():
    run = simulate(SMALL, "audience_building", events=True)
    for day in (1, 60, SMALL["n_days"]):
        heads = np.bincount(x19.stages_before(run, day), minlength=4)
        np.testing.assert_array_equal(heads, run.table["n"][day - 1])


def runs(again, member):
    """Return runs in which first buyers come again, and members are worth, as told."""
    rows = []
    for i, name in enumerate(x19.NAMES):
        for world in range(4):
            row = {"strategy": name, "replication_id": world, "status": "SUCCEEDED"}
            row |= {"first_buyers": 100.0, "still_fans": 80.0, "still_listed": 40.0 + i}
            row |= {"again_2": again, "again_3": again, "others_expected": 2.0}
            for stage, money in zip(STAGES, (0.1, 1.0, 5.0, member), strict=True):
                row |= {f"first_{stage}": 10.0, f"copies_{stage}": 1.0}
                row |= {f"money_{stage}": 10.0 * money}
            for book in x19.BOOKS:
                sold = 10.0 + i + world
                row |= {f"copies_of_{book}": sold, f"expected_of_{book}": sold}
                row |= {f"{stage}_after_{book}": 10.0 for stage in STAGES}
            rows.append(row)
    return pd.DataFrame(rows)


def test_answers_put_in_are_read_out():
    table = x19.table(runs(again=3.0, member=7.0))
    assert x19.pick(table, what="times as likely", strategy="all")["value"] == pytest.approx(1.5)
    found = x19.finding(table)
    assert found.answer == (
        "Of the first book's buyers at most 3 % buy the second; "
        "in a hosted community one member is worth as much as 7 followers."
    )
    first = "giving discounts first at books 1 and 3; community against list: 1 copies"
    assert found.flips.startswith(first)
    assert not found.beyond()


def test_where_nothing_differs_nothing_is_told():
    found = x19.finding(x19.table(runs(again=2.0, member=1.0)))
    assert "no difference in worth can be told" in found.answer
    assert "no difference can be told between who bought" in found.carries
    assert not found.beyond()
