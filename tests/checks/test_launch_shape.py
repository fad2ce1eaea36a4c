"""The shape of a launch (P19), told by posts, by mail or in the community alone."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import Scenario, Strategy
from simulation.engine.prepare import prepare
from simulation.runs.run import run_prepared
from simulation.runs.statistics import mean_interval

WORLDS = 80  # few visits in so small a community: with 16 its weeks cannot be told apart
TOWN = Scenario.load("launch_2025").replace(n_people=20_000, n_days=576)
LAUNCH = TOWN.product.launch_day
COMMUNITY = Strategy.load("community_building")


@pytest.fixture(scope="module")
def weeks():
    """Copies expected in the first four weeks, worlds x weeks, by the channel that tells alone."""
    found: dict[str, list] = {channel: [] for channel in ("post", "mail", "visit")}
    for world in range(WORLDS):
        people = prepare(TOWN, seed=1, replication=world)
        for channel, rows in found.items():
            told = COMMUNITY.model_copy(update={"name": channel, "announce": (channel,)})
            days = run_prepared(people, told).table["expected_sales"][LAUNCH : LAUNCH + 28]
            rows.append(days.reshape(4, 7).sum(axis=1))
    return {channel: np.array(rows) for channel, rows in found.items()}


@pytest.mark.parametrize("channel", ["post", "mail", "visit"])
def test_the_first_week_carries_most(weeks, channel):
    """More than any later week, beyond luck, whoever tells of the book."""
    rows = weeks[channel]
    for later in range(1, 4):
        assert mean_interval(rows[:, 0] - rows[:, later])[1] > 0, (channel, later)


def test_a_list_is_told_at_once(weeks):
    """The list's first week is the larger part of four; posts and visits go on bringing people."""
    first = {channel: rows[:, 0].sum() / rows.sum() for channel, rows in weeks.items()}
    assert first["mail"] > 0.45
    assert first["mail"] > 1.3 * max(first["post"], first["visit"])
