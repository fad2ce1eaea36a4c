"""Listening: all arms cost alike, and gains and losses that were put in are read out."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import x20_listening as x20
from experiments.kit.tables import pick
from simulation.engine.plan import check_equal_effort, plan
from simulation.inputs.scenario import Scenario

DROPS = Scenario.load("product_drops")


def test_all_arms_of_a_part_cost_alike():
    for cells in x20.design():
        towns = {cell.scenario for cell in cells.cells}
        for town in towns:
            check_equal_effort(town, [c.strategy for c in cells.cells if c.scenario == town])


def test_offers_end_before_the_sixth_product_is_spoken_of():
    often, full, ends = (plan(DROPS, strategy) for strategy in x20.deals(DROPS))
    page = DROPS["launch_day"] + x20.LAST_DEAL * DROPS["days_between_launches"] - 5
    assert full.offer.sum() == 0
    assert (ends.offer[:page] == often.offer[:page]).all()
    assert ends.offer[page:].sum() == 0 < often.offer[page:].sum()
    assert (ends.posts == full.posts).all()  # nothing else differs


def runs(reply_gain, harm, trained):
    """Return runs with gains by share of replies, harm by support, and effect of training put in.

    Each is a share of copies: +.1 is a tenth more.
    """
    rows = []
    base = {"kind": "", "year": 0, "share": 0.0, "wrong": "", "status": "SUCCEEDED"}
    base |= dict.fromkeys(("complaints", "complaints_answered", "complaints_ignored"), 5.0)

    def add(part, strategy, factor, **place):
        for world in range(6):
            sold = (100.0 + 10 * world) * (1 + factor)
            sold += 0.2 * (-1) ** world * (factor != 0)
            row = base | {"part": part, "strategy": strategy, "replication_id": world} | place
            row |= {"expected_sales": sold, "listed": 1000.0 + world}
            for when in ("first", "trained", "after", "next"):
                row |= {f"expected_{when}": sold, f"revenue_{when}": 20 * sold}
            rows.append(row)

    for kind in x20.KINDS:
        for year in x20.YEARS:
            for share in x20.REPLYING:
                gain = reply_gain(share)
                add("replies", f"{kind}_{share}", gain, kind=kind, year=year, share=share)
    for wrong in x20.WRONG:
        for share in x20.SUPPORT:
            lost = 0.0 if wrong == x20.NEVER else harm * (1 - share / x20.ANSWERED)
            add("complaints", f"support_{share}", -lost, share=share, wrong=wrong)
    for name, factor in ((x20.DEALS, 0.3), (x20.FULL, 0.0), (x20.TRAINED, trained)):
        add("deals", name, factor)
    return pd.DataFrame(rows)


def test_what_was_put_in_is_read_out():
    table = x20.table(runs(lambda share: 0.6 * share * (0.3 - share), harm=0.08, trained=-0.05))
    lost = pick(table, what="complaints, next", wrong=x20.ASSUMED, share=x20.IGNORED)
    assert lost["value"] == pytest.approx(-8.0, abs=0.1)
    assert pick(table, what="deals, expected, first", strategy=x20.DEALS)["value"] == (
        pytest.approx(30, abs=0.1)
    )
    found = x20.finding(table)
    assert found.answer.startswith(
        "Replies pay up to 20 % of the hours; failed purchases, ignored,"
    )
    assert found.answer.endswith("buyers used to offers buy less after these end.")
    assert "40 % of the hours clearly cost copies everywhere" in found.flips
    assert not found.beyond()


def test_where_nothing_differs_nothing_is_told():
    found = x20.finding(x20.table(runs(lambda share: 0.0, harm=0.0, trained=0.0)))
    assert found.answer == (
        "No gain by replies can be told; no loss to later launches by failed purchases can be "
        "told; buyers used to offers buy no more after these end."
    )
    assert not found.beyond()
