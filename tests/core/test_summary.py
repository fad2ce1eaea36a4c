"""The summary, made by compiled code, against the days added up by NumPy: the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.core.outcomes import DAY_DTYPE, OUTCOMES, SUMMARY, columns_of
from simulation.core.summary import summarise
from simulation.core.ways import running

PRICES = {"price": 19.99, "usd_per_hour": 41.3}


def days_of(n: int, seed: int) -> np.recarray:
    """Return days of any numbers, floats of very different sizes."""
    rng, table = np.random.default_rng(seed), np.zeros(n, DAY_DTYPE).view(np.recarray)
    for name in DAY_DTYPE.names:
        column = table[name]
        if column.dtype == np.int64:
            column[...] = rng.integers(0, 50, column.shape)
        else:
            column[...] = rng.random(column.shape) * 10.0 ** rng.integers(-3, 6, column.shape)
    return table


def added_up(table: np.recarray, world: dict[str, float]) -> dict[str, float]:
    """Return the summary as NumPy adds it up."""
    found = {}
    for outcome in OUTCOMES:
        column = table[outcome.name]
        total = column.sum(axis=0) if outcome.kind == "flow" else column[-1]
        found |= dict(zip(columns_of(outcome), np.atleast_1d(total), strict=True))
        found[outcome.name] = total.sum()
    launch, between = world["launch_day"], world["days_between_launches"]
    at = [launch + k * between for k in range(world["launches"])]
    products = np.split(table.sales, at[1:])
    found |= {"sales_first_product": products[0].sum(), "sales_last_product": products[-1].sum()}
    for stage, heads in zip(("stranger", "follower", "subscriber", "member"), table.n[launch],
                            strict=True):  # fmt: skip
        sold = found[f"sales_to_{stage}"]
        found[f"sales_per_{stage}"] = sold / heads if heads else np.nan
    found["mean_stars"] = found["stars"] / found["reviews"] if found["reviews"] else np.nan
    found["revenue"] = found["sales"] * world["price"] - found["margin_lost"]
    found["cost"] = found["hours"] * world["usd_per_hour"]
    found["cost_per_sale"] = found["cost"] / found["sales"] if found["sales"] else np.nan
    return {scalar.name: float(found[scalar.name]) for scalar in SUMMARY}


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 127, 128, 129, 250, 365, 730, 1095, 4001, 20_000])
def test_the_summary_is_what_numpy_adds_up(n):
    """To the last bit, whatever the number of days and of launches."""
    for launches in {1, min(2, n), min(3, n)}:
        between = max(1, n // 3)
        world = {"launch_day": 0, "launches": launches, "days_between_launches": between, **PRICES}
        table = days_of(n, n + launches)
        found = summarise(table, world)
        assert list(found) == [scalar.name for scalar in SUMMARY]
        wanted = added_up(table, world)
        np.testing.assert_array_equal(list(found.values()), list(wanted.values()))


def test_what_is_divided_by_nothing_is_not_a_number():
    table = days_of(40, 0)
    table.reviews = table.sales = 0
    table.n[20, 3] = 0
    world = {"launch_day": 20, "launches": 1, "days_between_launches": 365, **PRICES}
    found, wanted = summarise(table, world), added_up(table, world)
    assert [name for name, value in found.items() if np.isnan(value)] == [
        "sales_per_member", "mean_stars", "cost_per_sale",
    ]  # fmt: skip
    np.testing.assert_array_equal(list(found.values()), list(wanted.values()))


@pytest.mark.parametrize("way", ["module", "python"])
def test_days_that_end_before_the_launch_are_refused(way):
    world = {"launch_day": 40, "launches": 1, "days_between_launches": 365, **PRICES}
    with running(way), pytest.raises(IndexError, match="end before launch day"):
        summarise(days_of(40, 0), world)
