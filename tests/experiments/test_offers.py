"""The levers and measures of x13, by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from experiments import x13_offers as x13
from simulation import Scenario
from simulation.core.outcomes import DAY_DTYPE
from simulation.engine.plan import plan

TOWN = Scenario.load("classroom")
DAY = TOWN["launch_day"]


@pytest.mark.parametrize(
    ("before", "depth", "days_before", "days_at_launch"),
    [(0, 0.0, 0, 0), (5, 0.0, 11, 0), (0, 0.3, 0, 65), (15, 0.5, 4, 65)],
)
def test_offers_stop_or_begin_when_the_book_is_announced(
    before, depth, days_before, days_at_launch
):
    days, out = plan(TOWN, x13.deals(before, depth, DAY)), DAY - 5
    assert days["offer"][:out].sum() == days_before  # of 55 days
    assert days["offer"][out:].sum() == days_at_launch
    assert (days["offer_depth"][out:] == depth).all() or depth == 0
    assert days["announce_mail"].argmax() == out
    preset = plan(TOWN, x13.DEALS)
    for column in ("posts", "pieces", "ad_clicks", "announce_mail", "launch_on"):
        assert np.array_equal(days[column], preset[column])  # all launch alike
    plain = plan(TOWN, x13.deals(0, 0.0, DAY))
    for column in ("posts", "pieces", "ad_clicks", "hours"):
        assert np.array_equal(days[column], plain[column])  # offers cost no effort


def test_copies_at_full_price_and_the_prices_expected():
    table = np.zeros(TOWN["n_days"], DAY_DTYPE).view(np.recarray)
    table["sales"][[70, 80]], table["sales_discounted"][80] = (3, 5), 4
    lives = SimpleNamespace(reference_price=np.array([9.0, 18.0, 16.0, 12.0]))
    end = SimpleNamespace(people=SimpleNamespace(stage=np.array([0, 1, 5, 3]), lives=lives))
    found = x13.measure(SimpleNamespace(table=table, scenario=TOWN, end=end))
    assert found["sales_full_price"] == 4
    assert (found["expected_follower"], found["expected_member"]) == (17.0, 12.0)  # 5: told
    assert np.isnan(found["expected_subscriber"])


def test_without_offers_it_does_not_matter_how_fast_people_learn():
    from experiments.kit.cells import Cell, Cells, run_cells

    small = TOWN.replace(n_people=400, n_days=90)
    cells = [
        Cell(small.replace(price_learning=speed), x13.deals(0, 0.0, DAY), {"learning": speed})
        for speed in (0.0, 0.3)
    ]
    sales = run_cells(Cells(cells, 3), jobs=1)["sales"].to_numpy().reshape(2, 3)
    assert sales.sum() > 0
    assert np.array_equal(*sales)
