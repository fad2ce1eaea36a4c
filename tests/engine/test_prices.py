"""Prices are remembered (model 7.10): what people expect, and what a price then does."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import simulate
from simulation.core.stages import Channel
from simulation.inputs.strategy import from_table
from tests.inputs.test_world import ALL_LEVERS, LIVELY

OFFERED = [Channel.DISCOVERY, Channel.POST, Channel.MAIL]
#: What speaks of no product: a visit does only where somebody hosts, and here nobody does.
SILENT = [Channel.REPLY, Channel.VISIT, Channel.FRIEND, Channel.SEARCH]


def deals(before: int, at_launch: int, depth: float = 0.3):
    """Posts and mails with offers so often before the launch of `LIVELY`, and so often from it."""
    phases = [
        {"from_day": first, "posting": 0.5, "content": 0.5, "days_between_offers": days}
        for first, days in ((0, before), (30, at_launch))
    ]
    offered = depth if before or at_launch else 0.0
    return from_table({"name": "deals", "offer_depth": offered, "phases": phases})


def test_the_price_expected_follows_the_prices_seen():
    """r += .2 (price - r) at each contact that shows one: by hand, from the log of contacts."""
    world = LIVELY.replace(price_learning=0.2, days_warm_up=0, p_rival=0.0)
    run = simulate(world, deals(2, 3, 0.4), seed=1, events=True)
    contacts = run.events[run.events.event == "contact"]
    expected = np.full(world["n_people"], world["price_reference"])
    for person, day, channel in zip(contacts.person, contacts.time, contacts.cause, strict=True):
        offer = day % 2 == 0 if day < 30 else day % 3 == 0
        if offer and channel in OFFERED:
            price = 0.6 * world["price"]
        elif 30 <= day < 30 + world["days_window"] and channel not in SILENT:
            price = world["price"]
        else:
            continue
        expected[person] += 0.2 * (price - expected[person])
    found = run.end.people.lives.reference_price
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert (found < world["price_reference"]).any()
    assert (found > world["price_reference"]).any()  # of a price of 30 against the 20 expected


def test_who_learns_nothing_expects_what_the_scenario_says():
    """price_learning 0: everybody still expects price_reference, whatever they saw."""
    run = simulate(LIVELY.replace(price_learning=0.0), ALL_LEVERS, seed=1)
    assert (run.end.people.lives.reference_price == LIVELY["price_reference"]).all()


@pytest.mark.parametrize("changes", [{"price_loss": 2.0}, {"price_learning": 0.3}])
def test_at_the_price_expected_memory_changes_nothing(changes):
    """Without offers, at the reference price, nothing is learnt and no loss is felt."""
    world = LIVELY.replace(price=20.0, price_learning=0.0, price_loss=1.0)
    usual, other = (simulate(w, deals(0, 0), seed=3) for w in (world, world.replace(**changes)))
    assert usual.summary["sales"] > 50
    assert usual.table.tobytes() == other.table.tobytes()


@pytest.mark.parametrize("at_launch", [0, 1])
def test_trained_by_offers_people_buy_less_at_full_price_and_no_more_at_a_discount(at_launch):
    """Pattern P23: offers before take away what a discount gains, and make the full price dear."""
    world = LIVELY.replace(n_people=3000, price=20.0, k_parasocial=0.0)
    sold = {}
    for learning in (0.0, 0.3):
        for before in (0, 2):
            levers = deals(before, at_launch, 0.4)
            run = simulate(world.replace(price_learning=learning), levers, seed=2)
            sold[learning, before] = run.summary["sales"]
    assert sold[0.0, 2] == sold[0.0, 0] > 300  # who learns nothing is not trained
    assert sold[0.3, 2] < 0.95 * sold[0.3, 0]


def test_a_loss_weighs_more_than_a_gain():
    """Above the price expected, price_loss lowers sales; below it, it changes nothing."""
    for price, cheaper in ((30.0, False), (15.0, True)):
        world = LIVELY.replace(price=price, price_learning=0.0, n_people=2000)
        mild, strong = (
            simulate(world.replace(price_loss=x), deals(0, 0), seed=4).summary["sales"]
            for x in (1.0, 2.0)
        )
        assert (strong == mild) if cheaper else (strong < 0.9 * mild)
