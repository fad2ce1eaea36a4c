"""Outcomes: each says everything about itself, and nobody calls better what is worse.

The walk goes through every number of the summary: compare, maps, poster, report and optimize must
agree with its declaration on which of two strategies is better.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation import simulate
from simulation.analyses.maps import regret, winners
from simulation.analyses.report_overview import overview
from simulation.analyses.report_tables import outcome_tables
from simulation.core.outcomes import DERIVED, LESS, MORE, NEITHER, OUTCOMES, SUMMARY, Better
from simulation.figures.poster_page import best_of
from simulation.searches.optimization import OptimizeRequest
from simulation.tools.errors import InputError
from tests.analyses.test_maps import A, B, runs_of
from tests.runs.test_compare import made_up
from tests.searches.test_optimization import landscape, sought

#: Worlds in which B is far above A.
HIGHER = [[(10.0, 30), (11, 32), (9, 28)], [(10, 30), (12, 33), (8, 28)]]


def higher(outcome):
    """Return runs of two settings in which B is above A."""
    return runs_of(HIGHER, [{"price": 1.0}, {"price": 2.0}], outcome=outcome)


def test_the_declarations_say_everything():
    """Every number of the summary has a direction, a unit and a label of its own."""
    names = [scalar.name for scalar in SUMMARY]
    assert len(set(names)) == len(names) > 30
    for scalar in SUMMARY:
        assert isinstance(scalar.better, Better)
        assert scalar.unit
        assert scalar.label
        assert "{" not in scalar.label
    assert len({scalar.label for scalar in SUMMARY}) == len(names)


def test_what_is_plainly_bad_is_not_called_better():
    """The claims that were wrong: leaving for the rival, ignored complaints, margin lost."""
    way = {scalar.name: scalar.better for scalar in SUMMARY}
    bad = {"switched", "complaints", "complaints_ignored", "complaints_open", "margin_lost",
           "cost", "hours", "hours_unused", "cost_per_sale", "n_stranger"}  # fmt: skip
    assert {name for name, better in way.items() if better == LESS} == bad
    neither = {"n_follower", "n_subscriber", "complaints_answered", "sales_discounted"}
    assert {name for name, better in way.items() if better == NEITHER} == neither
    assert way["sales"] == way["n_member"] == way["revenue"] == MORE


@pytest.mark.parametrize("scalar", SUMMARY, ids=lambda scalar: scalar.name)
def test_every_outcome_walks_through_compare_and_poster(scalar):
    """B is above A in all worlds: better, worse or neither, as the declaration says."""
    c = made_up(scalar.name, A=[row[0] for row in HIGHER[0]], B=[row[1] for row in HIGHER[0]],
                C=[row[0] + 1 for row in HIGHER[0]])  # fmt: skip
    row = c.table.loc["B"]
    assert row["share_above"] == 1
    if scalar.better == NEITHER:
        assert np.isnan(row["share_better"])
        assert c.table["share_best"].isna().all()
        assert c.sentences[0].endswith("above in 3 of 3 worlds")
        assert best_of(c) == "B"  # the one that differs most
        return
    better = scalar.better == MORE
    assert row["share_better"] == better
    assert c.table["share_best"].tolist() == ([0, 1, 0] if better else [1, 0, 0])
    assert c.sentences[0].startswith("B " if scalar.name == "sales" else f"{scalar.label}: ")
    assert f"better in {3 if better else 0} of 3 worlds" in c.sentence
    assert best_of(c) == ("B" if better else "C")


@pytest.mark.parametrize("scalar", SUMMARY, ids=lambda scalar: scalar.name)
def test_every_outcome_walks_through_maps_and_report(scalar):
    """Who wins, regret, their sentences and the tables of the report."""
    runs = higher(scalar.name)
    found = overview(runs, ["price"], scalar.name)
    tables = outcome_tables(found)
    assert "difference" in found.means
    if scalar.better == NEITHER:
        for look in (winners, regret):
            with pytest.raises(InputError, match=f"neither more nor less of {scalar.name}"):
                look(runs, ["price"], scalar.name)
        assert "neither more nor less is better" in found.sentences[0]
        assert len(tables) == 1
        assert "best" not in {head["text"] for head in tables[0]["heads"]}
        return
    best = B if scalar.better == MORE else A
    assert winners(runs, ["price"], scalar.name)["best"].tolist() == [best, best]
    assert regret(runs, ["price"], scalar.name).overall.index[0] == best
    assert f"{best} is best in 2 of 2 settings" in found.sentences[0]
    assert all(row[-3]["text"] == best for row in tables[1]["rows"])


@pytest.mark.parametrize("scalar", SUMMARY, ids=lambda scalar: scalar.name)
def test_every_outcome_walks_through_optimize(scalar):
    """The search goes where the outcome is better, and refuses what has no better."""
    if scalar.better == NEITHER or scalar.name in ("hours", "cost"):
        with pytest.raises(InputError, match=r"is better|is the same under every split"):
            OptimizeRequest("classroom", outcome=scalar.name)
        return
    live, _ = landscape(lambda strategy: strategy.phases[0].posting)
    found = sought(live, outcomes=(scalar.name,))
    posting = found.best.phases[0].posting
    assert posting > 0.8 if scalar.better == MORE else posting < 0.2
    assert found.sign == scalar.better


def test_the_summary_is_what_the_days_say():
    """Flows are summed, stocks are those of the last day, the rest is made of them."""
    run = simulate("classroom", "community_building", seed=3)
    table, summary = run.table, run.summary
    assert list(summary) == [scalar.name for scalar in SUMMARY]
    assert summary["sales_to_member"] == table["sales_by_stage"][:, 3].sum()
    assert summary["n_member"] == table["n"][-1, 3]
    assert summary["switched"] == table["switched"].sum()
    assert summary["revenue"] == summary["sales"] * 20 - summary["margin_lost"]
    launch = table["n"][run.scenario["launch_day"], 3]
    assert summary["sales_per_member"] == summary["sales_to_member"] / launch
    assert {o.name for o in OUTCOMES if o.summed}.isdisjoint(d.name for d in DERIVED)
    pd.testing.assert_series_equal(
        run.series["cumulative_sales"], run.series["sales"].cumsum(), check_names=False
    )
