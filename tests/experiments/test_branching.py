"""The dial and the measure of x07, by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import x07_branching as x07
from experiments.kit.cells import Cell, Cells, run_cells
from simulation import STRATEGIES, Scenario
from simulation.checks.measurements import word_of_mouth
from simulation.core.outcomes import DAY_DTYPE
from simulation.core.stages import Touchpoint
from simulation.inputs.declare import field_bounds
from simulation.inputs.scenario import parameters

TOWN = Scenario.load("launch_2025")


def test_receivers_of_gifts_are_no_buyers():
    table = np.zeros(3, DAY_DTYPE).view(np.recarray)
    table["sales"], table["gifts"] = [6, 4, 0], [1, 1, 0]
    table["sales_by_touchpoint"][:2, Touchpoint.FRIEND] = [0, 2]
    assert x07.measure(SimpleNamespace(table=table)) == {"buyers": 8, "referred": 2, "seeds": 6}


def test_the_dial_goes_through_the_ends_of_the_likely_ranges_and_the_default():
    low, default, high, end = (x07.spreading(TOWN, s) for s in (-1, 0, 1, 2))
    for name in x07.MOVED:
        assert (low[name], high[name]) == x07.likely(name)
        assert default[name] == TOWN[name]
        bounds = field_bounds(parameters()[name])
        assert end[name] == (12 if name == "odds_friend" else bounds[1])
        assert end[name] <= bounds[1]
    assert default["p_recommend_member"] == pytest.approx(TOWN["p_recommend_member"])
    assert end["p_recommend_member"] == 1
    assert x07.spreading(TOWN, 0.5)["odds_friend"] == (default["odds_friend"] + 4) / 2
    for strength in x07.STRENGTHS:
        TOWN.replace(**x07.spreading(TOWN, strength))  # inside the declared bounds


def both_measures(run):
    return x07.measure(run) | {"by_events": word_of_mouth(run)["p7_branching"]}


def test_branching_without_events_is_that_of_the_patterns():
    town = TOWN.replace(n_people=2_000, p_buy=0.2, **x07.spreading(TOWN, 1.3))
    design = Cells([Cell(town, STRATEGIES["audience_building"])], 2, measure=both_measures,
                    events=True)  # fmt: skip
    frame = run_cells(design, jobs=1)
    assert frame["referred"].min() > 0
    assert (frame["referred"] / frame["buyers"]).tolist() == pytest.approx(list(frame["by_events"]))


def runs(*grown):
    """Return three worlds of every strength: copies of posting, list and community, times 10."""
    strengths = np.linspace(-1.0, 1.45, len(grown))
    rows = [
        {"strength": s, "strategy": name, "replication_id": r, "sales": sold, "buyers": sold,
         "referred": sold * (0.5 + i / 10), "seeds": sold * (0.5 - i / 10)}
        for i, (s, times) in enumerate(zip(strengths, grown, strict=True))
        for name, k in zip((x07.BASELINE, *x07.BUILDERS), times, strict=True)
        for r in range(3)
        for sold in [10.0 * k]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_change_of_a_ratio_by_hand():
    """Copies grow tenfold under posting and twentyfold under the others, in every world alike."""
    table = x07.table(runs((1, 1, 1), (10, 20, 20)))
    change = table[table["what"] == "change"]
    assert change["value"].tolist() == pytest.approx([2, 2, 1])
    all_ = table[table["what"] == "branching of all"]
    assert all_["value"].tolist() == pytest.approx([0.5, 0.6])
    assert all_["n_worlds"].tolist() == [3, 3]
    found = x07.finding(table)
    assert found.answer == (
        "It cannot be told: whether friends bring 50 or 60 of a hundred buyers, "
        "no strategy is clearly ahead."
    )
    assert found.carries == (
        "words multiply the copies of building a list more than only posting and "
        "building a community more than only posting."
    )
    assert found.beyond() == []


def test_the_words_follow_who_leads():
    found = x07.finding(x07.table(runs((1, 2, 3), (1, 2, 3), (2, 4, 6))))
    assert found.answer == (
        "No: whether friends bring 50 or 70 of a hundred buyers, "
        "only building a community is ever clearly ahead."
    )
    assert found.carries.startswith("words multiply the copies of all strategies about alike")
    assert found.flips.startswith("a lead is clear at all of the strengths that evidence allows")
    found = x07.finding(x07.table(runs((3, 2, 1), (2, 3, 1), (3, 2, 1))))
    assert found.answer == (
        "Yes: with more word of mouth the lead passes from only posting to building a list "
        "to only posting."
    )
    assert found.beyond() == []
