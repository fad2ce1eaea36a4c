"""The levers and measures of x13, by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from experiments import x13_deal_habit as x13
from simulation import Scenario
from simulation.core.outcomes import DAY_DTYPE
from simulation.engine.plan import plan

TOWN = Scenario.load("classroom")
DAY = TOWN["launch_day"]


@pytest.mark.parametrize(
    ("before", "depth", "days_before", "days_at_launch"),
    [(0, 0.0, 0, 0), (5, 0.0, 12, 0), (0, 0.3, 0, 60), (15, 0.5, 4, 60)],
)
def test_offers_stop_or_begin_on_launch_day(before, depth, days_before, days_at_launch):
    days = plan(TOWN, x13.deals(before, depth, DAY))
    assert days["offer"][:DAY].sum() == days_before  # of 60 days
    assert days["offer"][DAY:].sum() == days_at_launch
    assert (days["offer_depth"][DAY:] == depth).all() or depth == 0
    plain = plan(TOWN, x13.deals(0, 0.0, DAY))
    for column in ("posts", "pieces", "ad_clicks", "hours"):
        assert np.array_equal(days[column], plain[column])  # offers cost no effort


def test_copies_at_full_price_and_the_habit_of_the_day_before():
    table = np.zeros(TOWN["n_days"], DAY_DTYPE).view(np.recarray)
    table["sales"][[70, 80]], table["sales_discounted"][80] = (3, 5), 4
    table["deal_habit"][DAY - 1] = [0, 0.25, 0.5, 0.75]
    table["deal_habit"][DAY] = 1
    found = x13.measure(SimpleNamespace(table=table, scenario=TOWN))
    assert found["sales_full_price"] == 4
    assert [found[f"habit_before_{stage}"] for stage in ("follower", "member")] == [0.25, 0.75]


def test_without_offers_the_effect_of_habit_does_not_matter():
    from experiments.kit.cells import Cell, Cells, run_cells

    small = TOWN.replace(n_people=400, n_days=90)
    cells = [
        Cell(small.replace(buy_deal_habit=effect), x13.deals(0, 0.0, DAY), {"effect": effect})
        for effect in (0.0, 3.0)
    ]
    sales = run_cells(Cells(cells, 3), jobs=1)["sales"].to_numpy().reshape(2, 3)
    assert sales.sum() > 0
    assert np.array_equal(*sales)
