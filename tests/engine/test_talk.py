"""Replies are seen: posts in conversation reach further, and make those who meet them curious."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import Scenario, simulate
from simulation.inputs.strategy import from_table
from tests.inputs.test_world import ALL_LEVERS, LIVELY, PLAIN

#: One day on which nothing happens but posts, replies and moves to the list: nobody differs.
ONE_DAY = Scenario().replace(**PLAIN).replace(
    n_people=40_000, n_days=1, launch_day=0, days_warm_up=0, graph="none",
    share_followers=1.0, share_subscribers=0.0, share_members=0.0, hours_per_week=70.0,
    hours_post=1.0, hours_reply=0.5, hours_piece=1.0, reach_2012=0.1, reach_followers=40_000.0,
    reach_decay=0.0, b_relevance=0.0, b_attachment=0.0, b_fit=0.0, p_curious_reply=0.0,
    p_curious_post=0.2, p_optin=0.5, rate_lapse_follower=0.0, rate_tell_follower=0.0,
)  # fmt: skip
#: Ten hours a day: 3 posts, 6 replies (2 a post), 4 pieces.
TALKING = from_table({"name": "talking", "posting": 0.3, "replying": 0.3, "content": 0.4})
TALK = 1.0 - np.exp(-2.0)


def within(found: float, mean: float) -> bool:
    """Return whether a count lies within 5 sigma of its mean."""
    return abs(found - mean) < 5.0 * np.sqrt(mean)


def test_posts_in_conversation_reach_further():
    """Known answer: 3 posts at rho .1 (1 + .8 (1 - e^-2)); by rho alone it is refused."""
    run = simulate(ONE_DAY.replace(reach_talk=0.8), TALKING, seed=1)
    met = run.table.contacts[0, 1]
    assert within(met, 40_000 * (1 - (1 - 0.1 * (1 + 0.8 * TALK)) ** 3))
    assert not within(met, 40_000 * (1 - 0.9**3))
    usual = simulate(ONE_DAY, TALKING, seed=1).table.contacts[0, 1]
    assert within(usual, 40_000 * (1 - 0.9**3))


def test_who_meets_a_post_in_conversation_is_more_curious():
    """Known answer: odds .2/.8 (1 + 3 talk) of being curious, then .5; by .2 alone refused."""
    run = simulate(ONE_DAY.replace(odds_talk=4.0), TALKING, seed=2)
    met, moved = run.table.contacts[0, 1], run.table.moves[0, 1]
    odds = 0.25 * (1 + 3 * TALK)
    assert within(moved, met * 0.5 * odds / (1 + odds))
    assert not within(moved, met * 0.5 * 0.2)
    assert within(simulate(ONE_DAY, TALKING, seed=2).table.moves[0, 1], met * 0.5 * 0.2)


def test_nobody_talks_to_nobody():
    """Where hardly anyone meets a post there is nobody to answer, however much was paid for."""
    small = ONE_DAY.replace(n_people=10, hours_reply=0.001, reach_size_exponent=0.0, reach_talk=2.0)
    met = sum(simulate(small, TALKING, seed=s).table.contacts[0, 1] for s in range(200))
    expected = 10 * (1 - 0.9**3)  # people to meet a post, and to be answered, on 3 posts
    rho = 0.1 * (1 + 2 * (1 - np.exp(-expected / 3)))
    assert within(met, 2000 * (1 - (1 - rho) ** 3))
    assert not within(met, 2000 * (1 - 0.7**3))  # as if every post were in conversation


@pytest.mark.parametrize("changes", [{"reach_talk": 5.0}, {"odds_talk": 50.0}])
def test_without_replies_nothing_changes(changes):
    """A brand that never answers is not heard further; one that does is."""
    quiet = from_table({"name": "quiet", "posting": 0.5, "content": 0.3, "hosting": 0.2})
    world = LIVELY.replace(reach_talk=0.0, odds_talk=1.0, days_warm_up=0)
    usual, other = (simulate(w, quiet, seed=3) for w in (world, world.replace(**changes)))
    assert usual.table.tobytes() == other.table.tobytes()
    usual, other = (simulate(w, ALL_LEVERS, seed=3) for w in (world, world.replace(**changes)))
    assert usual.table.tobytes() != other.table.tobytes()


def test_sincere_engagement_can_pay():
    """The same hours, some of them spent on answers: more join the list than by posts alone."""
    world = ONE_DAY.replace(
        n_days=30, p_curious_post=0.02, g_posts=0.0, reach_talk=0.4, odds_talk=2.0
    )
    posts = from_table({"name": "posts", "posting": 0.6, "content": 0.4})
    answers = from_table({"name": "answers", "posting": 0.5, "replying": 0.1, "content": 0.4})
    won = {}
    for name, w in (("seen", world), ("unseen", world.replace(reach_talk=0.0, odds_talk=1.0))):
        runs = [simulate(w, strategy, seed=4) for strategy in (posts, answers)]
        won[name] = [run.table.moves[:, 1].sum() for run in runs]
    assert won["seen"][1] > won["seen"][0] + 5 * np.sqrt(won["seen"][0])
    assert won["unseen"][1] < won["unseen"][0]  # replies that nobody sees cost posts
