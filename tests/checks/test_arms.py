"""The arms run side by side; average people in place of agents; a randomised invitation, read."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from simulation import STRATEGIES, Scenario, simulate, theory
from simulation.checks.arms import ARMS, ArmsReport, compare_arms
from simulation.checks.invitation import invitation_effects
from simulation.checks.no_agents import predict_without_agents
from simulation.commands.cli import main
from simulation.tools.errors import InputError

TOWN = Scenario.load("classroom").replace(n_people=1_500)
#: People who differ in nothing but their stage, no friends, no luck that average people lack.
ALIKE = {
    "n_people": 40_000, "n_days": 200, "launch_day": 100, "days_warm_up": 40, "graph": "none",
    "visit_rate_sigma": 0.0, "b_relevance": 0.0, "b_fit": 0.0, "b_attachment": 0.0,
    "g_attachment": 0.0, "buy_attachment": 0.0, "buy_relevance": 0.0, "buy_stars": 0.0,
    "buy_no_reviews": 0.0, "relationships": False, "purpose": 0.0, "p_buy": 0.3,
    "click_post": 0.2, "hours_per_week": 40.0,
}  # fmt: skip
NAMES = ("posting_only", "audience_building", "community_building", "advertising", "balanced")


# ---- average people ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_where_people_are_all_alike_average_people_are_exact(name):
    """Copies and stages of 12 worlds against the prediction, within four standard errors."""
    scenario = Scenario.load("launch_2025").replace(**ALIKE)
    runs = [simulate(scenario, name, seed=4, replication=r) for r in range(12)]
    predicted = predict_without_agents(scenario, name)
    sold = np.array([run.summary["sales"] for run in runs])
    error = sold.std(ddof=1) / math.sqrt(len(runs))
    assert sold.mean() > 20
    assert abs(sold.mean() - predicted.sales.sum()) < 4 * error + 0.01 * sold.mean()
    ends = np.array([run.table.n[-1] for run in runs], float)
    errors = ends.std(axis=0, ddof=1) / math.sqrt(len(runs))
    np.testing.assert_array_less(np.abs(ends.mean(axis=0) - predicted.n[-1]), 4 * errors + 2)


def test_without_a_product_they_are_the_mean_field():
    """The same stages as the exact mean field, wherever that is defined."""
    plain = {"days_warm_up": 0, "g_bonds": 0.0, "open_attachment": 0.0}
    scenario = Scenario.load("launch_2025").replace(**ALIKE | plain)
    found = predict_without_agents(scenario, "balanced", launch=False)
    np.testing.assert_allclose(found.n, theory.mean_field(scenario, STRATEGIES["balanced"]))
    assert found.sales.sum() == 0


def test_nobody_is_lost_and_no_copy_is_sold_twice():
    for strategy in NAMES:
        found = predict_without_agents(TOWN.replace(p_buy=1.0), strategy)
        np.testing.assert_allclose(found.n.sum(axis=1), 1500)
        assert (found.n >= 0).all()
        assert (found.sales >= 0).all()
        assert found.sales.sum() <= 1500
        assert ((found.attachment >= 0) & (found.attachment <= 1)).all()


def test_what_people_differ_in_and_friendships_is_what_agents_add():
    """In the default town agents sell more than average people: selection, reviews and friends."""
    runs = [simulate("launch_2025", "audience_building", replication=r) for r in range(3)]
    predicted = predict_without_agents("launch_2025", "audience_building").sales.sum()
    assert np.mean([run.summary["sales"] for run in runs]) > 1.5 * predicted


@pytest.mark.parametrize(
    ("changes", "strategy", "what"),
    [
        ({"can_go_wrong": True}, "balanced", "complaints"),
        ({"p_rival": 0.01}, "balanced", "rival"),
        ({}, "deal_driven", "offers"),
    ],
)
def test_average_people_refuse_what_they_were_not_written_for(changes, strategy, what):
    with pytest.raises(InputError, match=what):
        predict_without_agents(TOWN.replace(**changes), strategy)


# ---- the arms side by side -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> ArmsReport:
    return compare_arms(TOWN, replications=4, jobs=1, progress=False)


def test_every_arm_is_the_comparison_one_would_make_by_hand(report):
    assert report.table["arm"].tolist() == list(ARMS)
    for arm in ("full model", "selection only", "no relationships"):
        world = TOWN.replace(**ARMS[arm][0])
        sold = {
            name: [simulate(world, name, replication=r).summary["sales"] for r in range(4)]
            for name in ("posting_only", "community_building")
        }
        row = report.table.set_index("arm").loc[arm]
        gap = np.subtract(sold["community_building"], sold["posting_only"])
        assert row["difference"] == pytest.approx(gap.mean())
        assert row["mean_posting_only"] == pytest.approx(np.mean(sold["posting_only"]))
        predicted = predict_without_agents(world, "posting_only").sales.sum()
        assert row["no_agents_posting_only"] == pytest.approx(predicted)


def test_the_invitation_is_read_from_the_sums_of_all_worlds(report):
    assert len(report.counts) == 4
    effects = invitation_effects({str(k): float(v) for k, v in report.counts.sum().items()})
    rows = report.invitation.set_index("effect")
    for name in ("intention_to_treat", "complier_effect", "naive_gap"):
        assert rows.loc[name, "value"] == pytest.approx(effects[name])
        assert rows.loc[name, "low"] <= rows.loc[name, "high"]


def test_the_sentences_name_the_arms_that_overturn_the_answer(report):
    rows = [dict(row) for row in report.rows]
    for row in rows:
        row |= {"difference": 5.0, "low": 3.0, "high": 7.0}
    held = ArmsReport(TOWN, report.strategies, 1, 4, rows, report.counts)
    assert "That holds under every arm." in held.sentences
    rows[2] |= {"difference": 1.0, "low": -1.0, "high": 3.0}
    fallen = ArmsReport(TOWN, report.strategies, 1, 4, rows, report.counts)
    assert f"That does not hold under: {rows[2]['arm']}." in fallen.sentences


def test_the_command_prints_and_writes(tmp_path, capsys):
    words = ["arms", "--scenario", "classroom", "--people", "300", "--replications", "2"]
    assert main([*words, "--jobs", "1", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for arm in ARMS:
        assert arm in out
    assert "Full model: " in out
    assert {path.name for path in tmp_path.iterdir()} == {
        "arms.md", "arms.csv", "invitation.csv", "arms.png"
    }  # fmt: skip
    assert len(pd.read_csv(tmp_path / "arms.csv")) == len(ARMS)
    assert imread(tmp_path / "arms.png").shape[1] >= 1000


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["balanced"], "two"),
        (["balanced", "posting_only", "advertising"], "3 strategies"),
        (["--replications", "1"], "replications"),
        (["--set", "can_go_wrong=perhaps"], "can_go_wrong"),
    ],
)
def test_wrong_input_is_one_line(words, what, tmp_path, capsys):
    assert main(["arms", *words, "--out", str(tmp_path / "new")]) == 2
    err = capsys.readouterr().err
    assert what in err
    assert err.count("\n") == 1
    assert not (tmp_path / "new").exists()
