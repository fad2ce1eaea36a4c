"""Towns, weeks and budgets: what an activity caused is what is missing without it."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, from_table
from simulation.panels.design import read_panel
from simulation.panels.lives import town_of
from simulation.panels.places import factors, levers_of, live_town, place_tables, used
from simulation.runs.run import simulate

SMALL = {"n_people": 1500, "launch_day": 7, "days_between_launches": 28, "days_window": 28}


def places(**options):
    """Return a small design of places."""
    table = {"set": SMALL, "towns": 3, "weeks": 20, **options}
    return read_panel({"places": table}).places


@pytest.fixture(scope="module")
def found():
    """Three towns of twenty weeks."""
    return place_tables(places(), 5, jobs=1, progress=False)


def steady(part):
    """Return the levers of a brand that never changes its budgets."""
    return levers_of(part, np.ones((part.weeks, len(ACTIVITIES))))


def test_steady_budgets_are_the_strategy():
    """With factors of 1 a town lives as the strategy does (which saves no money for launches)."""
    part = places()
    strategy = from_table(STRATEGIES["balanced"].phases[0].model_dump() | {
        "name": "same", "launch_mails": STRATEGIES["balanced"].launch_mails,
        "launch_posts": STRATEGIES["balanced"].launch_posts, "days_ahead": 5})  # fmt: skip
    town = town_of(part.scenario, part.strategy, seed=2, replication=1, levers=steady(part))
    run = simulate(part.scenario, strategy, seed=2, replication=1)
    assert town.live(town.start, 0, 140).table.tobytes() == run.table.tobytes()


def test_switched_off_is_a_brand_that_never_did_it(monkeypatch):
    """Sales without ads are those of a brand that spends that effort on nothing: `supporting`,
    where nothing goes wrong."""
    part = places()
    monkeypatch.setattr("simulation.panels.places.factors", lambda part, town, seed: np.ones(
        (part.weeks, len(ACTIVITIES))))  # fmt: skip
    _, weekly, _ = live_town(part, 2, 1)
    phase = STRATEGIES["balanced"].phases[0].model_dump()
    phase |= {"supporting": phase["advertising"], "advertising": 0.0}
    launch = {name: getattr(STRATEGIES["balanced"], name)
              for name in ("launch_mails", "launch_posts", "days_ahead")}  # fmt: skip
    run = simulate(part.scenario, from_table({"name": "no ads", **phase, **launch}), seed=2,
                   replication=1)  # fmt: skip
    without = weekly.loc[weekly["activity"] == "advertising", "sales_without"].to_numpy()
    assert (without == run.table["sales"].reshape(-1, 7).sum(axis=1)).all()
    assert without.sum() < weekly["sales_without"].sum() - without.sum()


def test_truth_sums_to_the_copy(found):
    """Weeks sum to the whole, caused is sales less sales without, returns are those of the sums."""
    data, weekly = found["data/places"], found["truth/places"]
    joined = weekly.merge(data[["town", "week", "sales"]])
    assert (joined["caused"] == joined["sales"] - joined["sales_without"]).all()
    towns = found["truth/towns"].set_index(["town", "activity"])
    assert (
        weekly.groupby(["town", "activity"])["caused"].sum() == towns["caused"].sort_index()
    ).all()
    for row in found["truth/returns"].itertuples():
        mine = towns.xs(row.activity, level="activity")
        assert row.roi == pytest.approx(mine["caused_value"].sum() / mine["money"].sum())
        spent = data[f"money_{row.activity}"].sum()
        assert spent == pytest.approx(mine["money"].sum())
    price = Scenario.load("product_drops").product.price
    assert (data["revenue"] == price * data["sales"]).all()


def test_budgets_can_be_told_apart_or_not():
    """Designed: nearly uncorrelated. As spent: all activities, and all towns, move together."""
    designed = factors(places(weeks=1000, block=1), 0, 1)
    apart = np.corrcoef(designed.T) - np.eye(len(ACTIVITIES))
    assert np.abs(apart).max() < 0.15
    part = places(budgets="as_spent")
    spent = factors(part, 0, 1)
    assert (spent == spent[:, :1]).all()
    assert spent[:, 0].std() > 0
    assert (spent == factors(part, 2, 7)).all()


def test_the_budget_is_held_for_a_block():
    """Factors change only where a new block of weeks begins."""
    times = factors(places(block=5), 1, 3)
    changes = np.flatnonzero((np.diff(times, axis=0) != 0).any(axis=1)) + 1
    assert changes.size
    assert not (changes % 5).any()


def test_money_is_hours_and_ads_bring_clicks(found):
    """Money is hours at what an hour is worth; without money for ads nobody clicks on one."""
    data = found["data/places"]
    for activity in used(places()):
        hour = Scenario.load("product_drops")["usd_per_hour"]
        assert np.allclose(data[f"money_{activity}"], hour * data[f"hours_{activity}"])
    none = data["money_advertising"] == 0
    assert none.any()
    assert not data.loc[none, "contacts_ad"].any()
    assert data.loc[~none, "contacts_ad"].min() > 0
