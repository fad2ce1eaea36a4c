"""Scale: the hours beside the ads stay, effort a head is equal, and answers put in are read out."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import x21_scale as x21
from experiments.kit.tables import pick
from simulation.engine.plan import check_equal_effort, plan
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES


def test_money_comes_on_top_of_the_same_hours():
    town = Scenario.load("launch_2025")
    none = plan(*x21.with_ads(town, 0))
    twice = [plan(*x21.with_ads(town, money)) for money in (400, 800)]
    assert none.ad_clicks.sum() == 0
    for days in twice:
        assert (days.posts == none.posts).all()
        assert (days.pieces == none.pieces).all()
        assert days.replies == pytest.approx(none.replies)
    assert twice[1].ad_clicks.sum() == pytest.approx(
        2 ** town["ads_exponent"] * twice[0].ad_clicks.sum()
    )


def test_effort_a_head_is_equal_and_strategies_cost_alike():
    _, *towns = x21.design()
    for cells in towns:
        for scenario in {cell.scenario for cell in cells.cells}:
            check_equal_effort(scenario, [STRATEGIES[name] for name in x21.NAMES])
        for cell in cells.cells:
            if cell.labels["effort"] == x21.HEAD:
                per_head = cell.scenario["hours_per_week"] / cell.scenario["n_people"]
                assert per_head == pytest.approx(10 / x21.EVERY)


def runs(exponent, winner):
    """Return runs in which copies by ads grow with money to a power, and `winner(people)` wins."""
    rows = []
    empty = {"year": 0, "money": 0, "people": 0, "effort": "", "status": "SUCCEEDED"}
    for year in x21.YEARS:
        for money in (0, *x21.MONEY):
            for world in range(5):
                more = (money / 100) ** exponent * (10 + world) if money else 0.0
                row = empty | {"year": year, "money": money, "strategy": f"ads_{money}"}
                row |= {"replication_id": world, "expected_sales": 50 + world + more}
                rows.append(row | {"clicks": 3 * more, "a_head": 0.0})
    for people in x21.TOWNS:
        for hours in (x21.HEAD, x21.SAME):
            for name in x21.NAMES:
                for world in range(5):
                    first = name == winner(people)
                    row = empty | {"people": people, "effort": hours, "strategy": name}
                    row |= {"replication_id": world, "expected_sales": 1.0, "clicks": 0.0}
                    luck = 0.1 * world * first + world
                    rows.append(row | {"a_head": 20.0 + 30 * first + luck})
    return pd.DataFrame(rows)


def test_what_a_doubling_brings_is_read_out():
    table = x21.table(runs(0.5, lambda people: "advertising"))
    row = pick(table, what="copies", part="mean doubling", year=2025)
    assert row["value"] == pytest.approx(2**0.5)
    last = pick(table, what="copies", part="times the first", year=2012, money=1_600)
    assert last["value"] == pytest.approx(4.0)
    found = x21.finding(table)
    assert found.answer.startswith("Double the money for ads brings only 1.4 times")
    assert found.answer.endswith("the extra copies; advertising wins in towns of every size.")
    assert not found.beyond()


def test_another_winner_in_large_towns_is_named():
    table = x21.table(runs(1.0, lambda people: "balanced" if people > 1e5 else "posting_only"))
    found = x21.finding(table)
    assert found.answer == (
        "No difference can be told between double the money and double the extra copies; "
        "only posting wins in small towns, a bit of everything in large ones."
    )
    assert not found.beyond()


def test_where_no_winner_can_be_told_none_is_named():
    table = x21.table(runs(1.2, lambda people: "nobody"))
    found = x21.finding(table)
    assert "more than double the extra copies; no winner can be told" in found.answer
    assert not found.beyond()
