"""Orders, and the year after them in many worlds from the same evening."""

from __future__ import annotations

import numpy as np

from simulation.core.randomness import make_key
from simulation.panels.customers import (
    bought_ahead,
    customer_tables,
    evening_of,
    worlds_ahead,
)
from simulation.panels.design import read_panel
from simulation.runs.run import simulate
from simulation.runs.statistics import mean_interval
from tests.panels.common import WORLD


def customers(**options):
    """Return a small design of customers: a product every month for a year."""
    launches = {"launch_day": 30, "launches": 2, "days_between_launches": 30, "days_window": 30}
    world = {**WORLD, "n_people": 1500, **launches}
    table = {"scenario": "classroom", "set": world, "day": 250, "days_ahead": 100, "worlds": 12}
    return read_panel({"customers": table | options}).customers


def test_orders_are_the_sales_of_the_world():
    """Every copy sold until the day is in one order, and later ones are in none."""
    part = customers()
    found = customer_tables(part, 1, jobs=1, progress=False)
    run = simulate(part.scenario, part.strategy, seed=1)
    orders = found["data/orders"]
    sold = np.bincount(orders["day"], orders["copies"], minlength=part.scenario.world.n_days)
    assert (sold[: part.day] == run.table["sales"][: part.day]).all()
    assert orders["day"].max() < part.day
    assert not orders.duplicated(["person", "day"]).any()
    assert orders.groupby("person").size().max() > 3
    truth = found["truth/customers"]
    own = orders.groupby("person")["copies"].sum()
    after = run.end.people.rare.copies[own.index] - own.to_numpy()
    assert (truth.set_index("person")["lived_copies"][own.index] == after).all()


def test_the_same_luck_gives_the_same_year():
    """Lived on with its own luck the world is itself; with other luck it is not."""
    part = customers()
    town, until = evening_of(part, 1, events=False)
    own = bought_ahead(town.with_luck(make_key(1, 0)), until, part)
    assert (own == bought_ahead(town, until, part)).all()
    assert (own != bought_ahead(town.with_luck(make_key(1, 5)), until, part)).any()


def test_what_is_expected_is_what_other_worlds_bring():
    """The mean over some worlds predicts other worlds, customer by customer, without bias; who is
    expected to buy more does."""
    part = customers(worlds=30)
    truth = customer_tables(part, 1, jobs=1, progress=False)["truth/customers"]
    persons = truth["person"].to_numpy()
    others = worlds_ahead(part, 1, persons, range(1000, 1030)).mean(axis=0)
    expected = truth["expected_copies"].to_numpy()
    _, low, high, _ = mean_interval(others - expected)
    assert low < 0.02
    assert high > -0.02
    assert np.corrcoef(others, expected)[0, 1] > 0.5
    assert (truth["chance_of_order"] <= expected + 1e-12).all()
    assert np.allclose(truth["expected_value"], 20 * expected)
