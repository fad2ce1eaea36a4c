"""Answers of x01, x02 and x06: a lead is put in, and the sentence is read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import x01_equal_effort as x01
from experiments import x02_selection_only as x02
from experiments import x06_era as x06
from simulation.core.stages import STAGES, TOUCHPOINTS

POSTING, LIST, COMMUNITY = "posting_only", "audience_building", "community_building"


# ---- x01 ---------------------------------------------------------------------------------------


def by_effort(**sold):
    """Return four worlds of strategies, each {touchpoint: copies}."""
    rows = [
        {"strategy": name, "replication_id": r, "status": "SUCCEEDED", "cost": 100.0,
         "sales": sum(copies.values()) + r * bool(copies),
         **{f"sales_by_{t}": copies.get(t, 0.0) for t in TOUCHPOINTS},
         **{f"{what}_{stage}": 9.0 for stage in STAGES for what in ("sales_to", "heads")}}
        for name, copies in sold.items() for r in range(4)
    ]  # fmt: skip
    return x01.table(pd.DataFrame(rows))


def test_who_sells_most_by_what_and_who_without_it():
    table = by_effort(posting_only={"post": 20.0}, advertising={"ad": 50.0, "gift": 10.0},
                      audience_building={"mail": 40.0})  # fmt: skip
    found = x01.finding(table)
    assert found.answer == (
        "For the same effort, advertising sells 20 more copies than building a list, "
        "the second best, and 40 more than only posting."
    )
    assert found.carries == "ads, with 50 of the 62 copies of advertising."  # of luck 1.5 are gifts
    assert found.flips == "without ads building a list sells most, 42 copies, by mails."
    assert found.beyond() == []


def test_posting_may_lead_and_a_lead_may_be_unclear():
    found = x01.finding(by_effort(posting_only={"post": 30.0}, audience_building={"mail": 20.0}))
    assert found.answer == (
        "For the same effort, only posting sells 10 more copies than building a list, "
        "the second best."
    )
    table = by_effort(advertising={"ad": 50.0}, balanced={"ad": 50.0}, posting_only={"ad": 9.0})
    found = x01.finding(table)
    assert found.answer == (
        "For the same effort, no difference can be told between advertising and a bit of "
        "everything, the two that sell most, and advertising sells 41 more than only posting."
    )
    assert found.flips == "nowhere among these: all that sell use ads."
    assert found.beyond() == []


def test_where_nothing_is_sold_it_is_said():
    found = x01.finding(by_effort(posting_only={}, audience_building={}))
    assert "no difference can be told" in found.answer
    assert found.carries == "nothing: no copy was sold."
    assert found.beyond() == []


# ---- x02 ---------------------------------------------------------------------------------------


def arms(member, member_without, list_=(60.0, 50.0), posting=20.0):
    """Return worlds in which followers buy .01 a head, and members so many times as much."""
    rows = []
    for off, times in ((False, member), (True, member_without)):
        for name in (POSTING, LIST, COMMUNITY):
            for r in range(4):
                sales = posting if name == POSTING else list_[off]
                row = {"selection_only": off, "strategy": name, "replication_id": r}
                row |= {"status": "SUCCEEDED", "sales": sales + r}
                row |= {f"heads_{stage}": 100.0 for stage in STAGES}
                row |= {f"sales_to_{stage}": 1.0 for stage in STAGES}
                rows.append(row | {"sales_to_member": times})
    return x02.table(pd.DataFrame(rows))


def test_what_is_left_without_attachment():
    found = x02.finding(arms(member=8.0, member_without=4.0))
    assert found.answer == (
        "Yes: without attachment members still buy 4 times as much as followers; with it 8 times."
    )
    assert found.carries.startswith("mostly who members are")  # ln 4 / ln 8 = 2 / 3
    assert found.flips == (
        "building a community beats only posting without attachment too, "
        "by 30 copies instead of 40."
    )
    assert found.beyond() == []
    found = x02.finding(arms(8.0, 1.5, list_=(60.0, 20.0)))
    assert found.carries.startswith("mostly attachment")
    assert "no longer clearly beats" in found.flips
    assert x02.finding(arms(8.0, 0.5)).answer.startswith("No: without attachment members buy only")
    assert "cannot be told whether" in x02.finding(arms(8.0, 1.0)).answer
    assert "even with" in x02.finding(arms(8.0, 4.0, list_=(10.0, 10.0))).flips


def test_where_no_follower_buys_nothing_is_told():
    table = arms(8.0, 4.0)
    table.loc[table["what"] == "step", ["value", "low", "high"]] = np.nan
    found = x02.finding(table)
    assert found.answer == "It cannot be told: too few followers or members bought."
    assert found.carries.startswith("it cannot be told")
    assert x02.figure(table) is not None


# ---- x06 ---------------------------------------------------------------------------------------


def eras(**sold):
    """Return four worlds of 2009, 2015 and 2025; strategies that are not named sell 1 copy."""
    rows = [
        {"year": year, "strategy": name, "replication_id": r, "status": "SUCCEEDED",
         "sales": sold.get(name, (1.0, 1.0, 1.0))[i] + r}
        for i, year in enumerate((2009, 2015, 2025))
        for name in (x06.BASELINE, *x06.RIVALS)
        for r in range(4)
    ]  # fmt: skip
    return x06.table(pd.DataFrame(rows))


def test_until_when_posting_is_best_and_who_follows():
    found = x06.finding(eras(posting_only=(400, 100, 10), audience_building=(100, 90, 50)))
    assert found.answer == (
        "Only posting is clearly best until 2015; building a list outsells it from 2017 on."
    )
    assert found.carries.endswith("only posting sells 402 copies in 2009, 12 in 2025.")
    assert found.flips == (
        "clearly best of all: only posting in 2009 to 2015 and building a list in 2025."
    )
    assert found.beyond() == []


@pytest.mark.parametrize(
    ("sold", "answer"),
    [
        ({"audience_building": (9, 9, 9)},
         "Only posting never was the best: building a list outsells it in every year from 2009 to "
         "2025."),
        ({"posting_only": (9, 9, 9)},
         "Only posting is clearly best until 2025; no other outsells it for good."),
        ({}, "In no year is only posting clearly best; no other outsells it for good."),
    ],
)  # fmt: skip
def test_it_may_never_or_always_be_best(sold, answer):
    found = x06.finding(eras(**sold))
    assert found.answer == answer
    assert found.flips.startswith("clearly best of all" if sold else "nowhere: in no year")
    assert found.beyond() == []
