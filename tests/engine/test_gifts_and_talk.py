"""Gifts and talk (model 7.7): given to friends, who meet the brand by it and may review."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import simulate
from simulation.core.stages import Channel
from simulation.inputs.strategy import STRATEGIES
from tests.inputs.test_world import ALL_LEVERS, LIVELY

QUIET = LIVELY.replace(
    n_people=3000, can_go_wrong=False, p_rival=0.0, gifts_base=0.0, gifts_per_attachment=0.0,
    gifts_speak=False, days_owner_tells=0,
)  # fmt: skip


def of(run, event):
    """Return the events of one kind."""
    return run.events[run.events.event == event]


def test_the_base_rate_needs_no_attachment():
    """Poisson(.5) gifts a buyer, less those to friends who have one: .5 in a town with few."""
    world = QUIET.replace(
        n_people=20_000, gifts_base=0.5, p_buy=0.15, buy_attachment=0.0, days_warm_up=0
    )
    found = simulate(world, "posting_only", seed=1).summary
    bought = found["sales"] - found["gifts"]
    assert bought > 500
    assert found["gifts"] / bought == pytest.approx(0.5, abs=5 * np.sqrt(0.5 / bought) + 0.05)
    more = simulate(world.replace(gifts_base=1.0), "posting_only", seed=1).summary
    assert more["gifts"] > 1.8 * found["gifts"]


def test_who_is_given_a_copy_meets_the_brand_tomorrow_and_buys_none():
    """Each gift is a contact friend on the next day, with nobody else telling anything."""
    world = QUIET.replace(
        gifts_base=1.0, gifts_speak=True, rate_tell_follower=0.0, rate_tell_subscriber=0.0,
        rate_tell_member=0.0, p_recommend_public=0.0, p_recommend_member=0.0,
    )  # fmt: skip
    run = simulate(world, ALL_LEVERS, seed=2, events=True)
    gifts, contacts = of(run, "gift"), of(run, "contact")
    met = contacts[contacts.cause == Channel.FRIEND]
    given = set(zip(gifts.cause, gifts.time + 1, strict=True))
    last = world["n_days"]
    assert {(p, day) for p, day in given if day < last} == set(
        zip(met.person, met.time, strict=True)
    )
    assert len(given) > 100
    assert not set(gifts.cause) & set(of(run, "buy").person)
    silent = simulate(world.replace(gifts_speak=False), ALL_LEVERS, seed=2)
    assert silent.table.contacts[:, Channel.FRIEND].sum() == 0


def test_gifts_are_reviewed_as_purchases_are():
    """On the day of the gift, with the chance of a buyer of that stage: .4, asked or not."""
    world = QUIET.replace(
        gifts_base=2.0, gifts_speak=True, p_review_public=0.4, p_review_asked=0.4,
        speak_attachment=0.0,
    )  # fmt: skip
    run = simulate(world, ALL_LEVERS, seed=3, events=True)
    gifts, reviews = of(run, "gift"), of(run, "review")
    days = gifts.set_index("cause").time
    theirs = reviews[reviews.person.isin(days.index)]
    assert (theirs.time.to_numpy() == days[theirs.person].to_numpy()).all()
    n = len(gifts)
    assert n > 200
    assert abs(len(theirs) / n - 0.4) < 5 * np.sqrt(0.24 / n)


def test_owners_speak_of_the_product_for_so_many_days():
    """Every telling of who bought less than 10 days before is a recommendation; no other is."""
    world = QUIET.replace(p_recommend_public=0.0, p_recommend_member=0.0, days_owner_tells=10)
    run = simulate(world, ALL_LEVERS, seed=4, events=True)
    tells, words = of(run, "tell"), of(run, "recommend")
    bought = run.people.bought_on.astype(float)[tells.person].to_numpy()
    days = tells.time.to_numpy() - bought
    carried = tells[(days >= 0) & (days < 10)]
    assert len(carried) > 20
    assert (days >= 10).any()
    columns = ["person", "time", "cause"]
    assert carried[columns].to_numpy().tolist() == words[columns].to_numpy().tolist()
    assert run.table.recommendations.sum() == len(carried)


def test_more_talk_sells_more_by_friends():
    """The longer owners carry the product, the more copies a friend's word sells."""
    sold = []
    for days in (0, 20, 60):
        world = QUIET.replace(n_people=6000, days_owner_tells=days, rate_tell_member=0.2)
        table = simulate(world, ALL_LEVERS, seed=5).table
        sold.append(table.sales_by_touchpoint[:, Channel.FRIEND].sum())
    assert sold[0] < sold[1] < sold[2]


@pytest.mark.parametrize("strategy", ["community_building", "do_nothing"])
def test_without_gifts_it_does_not_matter_whether_they_speak(strategy):
    """No gifts, or no sales at all: the switch changes no number."""
    ours, theirs = (
        simulate(QUIET.replace(gifts_speak=on), STRATEGIES[strategy], seed=6)
        for on in (False, True)
    )
    assert ours.table.tobytes() == theirs.table.tobytes()
