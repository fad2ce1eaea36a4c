"""What x03 reads off the counts of a randomised invitation, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import x03_invitation as x03
from simulation.checks.invitation import COUNTS

#: Of 100 invited 20 join and 8 of them buy, of the 80 who stay 8 buy; of 100 not invited 12 buy.
#: So .16 - .12 = .04 is what inviting causes, .04 / .2 = .2 what joining causes, and .4 - .1 = .3
#: the naive gap: .1 of it is selection.
BY_HAND = {
    "heads_invited": 100, "buyers_invited": 16, "heads_not_invited": 100, "buyers_not_invited": 12,
    "heads_joined": 20, "buyers_joined": 8, "heads_stayed": 80, "buyers_stayed": 8,
}  # fmt: skip


def runs(counts, worlds=4):
    rows = [
        {"world": world, "replication_id": r, "status": "SUCCEEDED", **counts}
        for world in x03.WORLDS
        for r in range(worlds)
    ]
    return pd.DataFrame(rows)


def value(table, effect, scale):
    here = table[(table["effect"] == effect) & (table["scale"] == scale)]
    assert len(here) == len(x03.WORLDS)
    assert here["value"].nunique(dropna=False) == 1
    return here["value"].iloc[0]


def test_selection_is_the_naive_gap_less_the_complier_effect():
    sums = [BY_HAND[name] for name in COUNTS]
    assert float(x03.selected(*sums)) == pytest.approx(0.1)
    assert float(x03.share_selected(*sums)) == pytest.approx(1 / 3)
    many = x03.selected(*(np.array([n, 2 * n]) for n in sums))  # as the bootstrap calls it
    assert many == pytest.approx([0.1, 0.1])


def test_the_table_reads_the_sums_of_the_worlds():
    table = x03.table(runs(BY_HAND))
    found = {
        effect: value(table, effect, "buyers a head") for effect in (*x03.EFFECTS, "selection")
    }
    assert found == pytest.approx(
        {"intention_to_treat": 0.04, "complier_effect": 0.2, "naive_gap": 0.3, "selection": 0.1}
    )
    assert value(table, "complier_effect", "relative") == pytest.approx(1.0)  # .2 without joining
    assert value(table, "naive_gap", "relative") == pytest.approx(3.0)
    assert value(table, "share_selected", "share") == pytest.approx(1 / 3)
    assert value(table, x03.EXCESS, "relative") == pytest.approx(0.0)  # 3 less 3 times 1
    found = x03.finding(table)
    assert found.answer == (
        "Mostly joining makes them buy: of those who joined 300 more in a thousand buy; "
        "a lottery shows that joining itself adds 200."
    )
    assert found.carries.startswith("more than contact")
    assert found.flips == "in none of the other four towns."
    assert "is above what field studies found (-10 to +25 %" in found.limits
    assert found.beyond() == []


def changed(table, world, effect, value, low, high):
    """Put a value into a table wherever the effect is told of the world."""
    rows = (table["world"] == world) & (table["effect"] == effect)
    table.loc[rows, ["value", "low", "high"]] = value, low, high
    return table


def test_the_words_follow_the_lottery():
    table = x03.table(runs(BY_HAND))
    changed(table, x03.LONG_LIST, x03.SHARE, 0.8, 0.6, 0.9)
    changed(table, x03.MATCHED, x03.CAUSED, 0.02, -0.01, 0.05)
    found = x03.finding(table)
    assert found.answer.startswith("Mostly buyers join: of those who joined 300 more in a")
    assert found.carries.startswith("contact: joining does less where all")
    assert found.flips == (
        "mostly joining makes them buy where the list is short, attachment does nothing, "
        "all may visit, joined or not and visitors click more."
    )
    changed(table, x03.AS_IT_IS, x03.CAUSED, 0.02, -0.01, 0.05)
    changed(table, x03.AS_IT_IS, x03.SHARE, 0.8, 0.4, 1.1)
    changed(table, x03.MATCHED, x03.SHARE, 0.8, 0.6, 1.1)
    assert x03.finding(table).flips.startswith("it cannot be told which where the list is short;")
    assert "all may visit" not in x03.finding(table).flips
    changed(table, x03.LONG_LIST, x03.SHARE, 0.5, 0.3, 0.7)
    assert x03.finding(table).answer.startswith("Both: ")
    changed(table, x03.LONG_LIST, x03.SHARE, 0.5, -0.1, 0.7)
    assert x03.finding(table).answer.startswith("It cannot be told which: ")
    changed(table, x03.LONG_LIST, x03.CAUSED, 0.01, -0.01, 0.03)
    answer = x03.finding(table).answer
    assert answer.endswith("in a thousand buy; a lottery shows no clear effect of joining.")
    assert "is not clearly beyond what field studies found" in x03.finding(table).limits
    changed(table, x03.LONG_LIST, x03.CAUSED, -0.02, -0.03, -0.01)
    assert "joining itself costs 20" in x03.finding(table).answer
    assert x03.finding(table).beyond() == []


def test_where_there_is_no_gap_nothing_is_divided():
    """Joined and stayed buy alike: no share of selection, and the words say so."""
    none = BY_HAND | {"buyers_joined": 2, "buyers_invited": 10, "buyers_not_invited": 10}
    table = x03.table(runs(none))
    assert np.isnan(value(table, "share_selected", "share"))
    found = x03.finding(table)
    assert found.answer == (
        "It cannot be told which: who joined and who stayed do not clearly differ; "
        "a lottery shows no clear effect of joining."
    )
    assert found.beyond() == []
