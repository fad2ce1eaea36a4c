"""Complaints (model 4.8) and offers (model 4.10): in order of waiting, and off at no cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation import simulate
from simulation.engine.plan import plan
from simulation.inputs.strategy import STRATEGIES, from_table
from simulation.tools.errors import InputError
from tests.agents.test_agreement import assert_days_agree
from tests.inputs.test_world import ALL_LEVERS, LIVELY

BUSY = LIVELY.replace(
    n_people=2000, p_wrong=0.5, p_buy=0.5, p_rival=0.0, loss_wrong=0.0, answer_repairs=1.0,
    p_review_ignored=0.0, buy_bad_words=0.0, decay_grudge=0.0, calendar_luck=False,
)  # fmt: skip
NO_SUPPORT = from_table({"name": "none", "posting": 0.5, "content": 0.5})


def dates(run):
    """Return the day each person complained, was answered and was ignored, as three Series."""
    names = ("complain", "complaint_answered", "complaint_ignored")
    return [run.events[run.events.event == name].set_index("person").time for name in names]


def test_everything_at_once_agrees_in_both_drivers():
    """Complaints, bad words, offers, prices and a rival, with little support: equal bits."""
    assert_days_agree(LIVELY.replace(p_buy=0.5), ALL_LEVERS, seed=1)


def test_events_of_everything_at_once_agree_in_both_drivers():
    """The same events of the same persons: what is off by default happens here."""
    order = ["time", "person", "event", "cause"]
    ours, theirs = (
        simulate(LIVELY, ALL_LEVERS, seed=2, engine=engine, events=True).events
        for engine in ("auto", "mesa")
    )
    tables = [events.sort_values(order, ignore_index=True) for events in (ours, theirs)]
    pd.testing.assert_frame_equal(*tables)


def test_unanswered_complaints_are_ignored_after_the_patience():
    """Without support every complaint is ignored, exactly days_patience days later."""
    run = simulate(BUSY, NO_SUPPORT, seed=1, events=True)
    opened, answered, ignored = dates(run)
    assert len(answered) == 0
    assert len(ignored) > 50
    assert ((ignored - opened.loc[ignored.index]) == 3).all()
    waiting = opened.index.difference(ignored.index)
    assert (opened[waiting] > 99 - 3).all()
    share = len(opened) / run.people.bought_on.notna().sum()
    assert abs(share - 0.5) < 5 * np.sqrt(0.25 / run.people.bought_on.notna().sum())


def test_answered_in_order_of_waiting_within_the_effort():
    """Nobody is answered before someone who has waited longer; no more than the plan allows."""
    scarce = BUSY.replace(hours_case=1.5)
    run = simulate(scarce, ALL_LEVERS, seed=1, events=True)
    opened, answered, ignored = dates(run)
    assert len(answered) > 30
    assert len(ignored) > 30  # scarce support: the order matters
    days = plan(scarce, ALL_LEVERS)
    assert (run.table.complaints_answered <= days.cases).all()
    busy = run.table.complaints_open > 0
    assert (run.table.complaints_answered == days.cases)[busy].all()  # none is idle while some wait
    order = opened.loc[answered.sort_values(kind="stable").index]
    queue = order.reset_index().to_numpy()[:, ::-1]  # (day, person), in order of answer
    for day, here in answered.groupby(answered):
        assert (opened.loc[here.index] <= day).all()
    key = queue[:, 0] * 10_000 + queue[:, 1]
    assert (np.diff(key) > 0).all()


def test_an_answer_saves_what_an_ignored_complaint_costs():
    """Answered: C as in the world without complaints. Ignored: (1 - loss_ignored) of it."""
    alone = BUSY.replace(
        graph="none", g_complaint=0.0, days_patience=1, loss_ignored=0.4, p_wrong=1.0,
        decay_self_connection=0.0, k_tie=0.0, k_ritual=0.0, purpose=0.0, search_rate=0.0, n_days=60,
    )  # fmt: skip
    # after the launch nothing is posted: nothing but complaints can move self-connection
    levers = {"name": "stops", "announce": ["ad"]}
    phases = [{"from_day": 0, "posting": 1.0}, {"from_day": 30, "advertising": 1.0}]
    strategy = from_table({**levers, "phases": phases})
    without = simulate(alone.replace(can_go_wrong=False), strategy, seed=3).people
    ignored = simulate(alone, strategy, seed=3).people
    bad = ignored.complaint == "ignored"
    assert bad.sum() > 20
    np.testing.assert_allclose(
        ignored.self_connection[bad], 0.6 * without.self_connection[bad], rtol=1e-12
    )
    assert without.self_connection[bad].sum() > 0
    rest = ignored.complaint == "none"
    np.testing.assert_array_equal(ignored.self_connection[rest], without.self_connection[rest])
    helped = from_table({"name": "helped", "posting": 0.5, "supporting": 0.5})
    plenty = alone.replace(hours_case=0.001)
    saved, free = (simulate(plenty.replace(can_go_wrong=c), helped, seed=3) for c in (True, False))
    assert saved.summary["complaints_answered"] == saved.summary["complaints"] > 20
    assert saved.end.people.lives.tobytes() == free.end.people.lives.tobytes()


def test_a_bad_word_costs_friends():
    """Each warned friend keeps 1 - loss_heard of P and C; with loss_heard 0 nothing happens."""
    word = BUSY.replace(g_complaint=0.0, loss_ignored=0.0)
    quiet, loud = (simulate(word.replace(loss_heard=x), NO_SUPPORT, seed=4) for x in (0.0, 0.5))
    free = simulate(word.replace(can_go_wrong=False), NO_SUPPORT, seed=4)
    assert loud.table.warned.sum() > 50
    np.testing.assert_array_equal(quiet.people.attachment, free.people.attachment)
    assert loud.people.attachment.sum() < free.people.attachment.sum()


def test_ignored_people_lapse_more():
    """With g_complaint those who were ignored lapse more often afterwards."""
    world = BUSY.replace(loss_ignored=0.0, loss_heard=0.0, launch_day=5, n_people=5000)
    lapses = []
    for g in (0.0, 2.0):
        run = simulate(world.replace(g_complaint=g), NO_SUPPORT, seed=5, events=True)
        ignored = dates(run)[2]
        lapse = run.events[run.events.event == "lapse"]
        lapse = lapse[lapse.person.isin(ignored.index)]
        lapses.append((lapse.time > ignored.reindex(lapse.person).to_numpy()).sum())
    assert lapses[1] > 1.5 * lapses[0] > 30


@pytest.mark.parametrize(
    "name",
    ["p_wrong", "days_patience", "loss_ignored", "g_complaint", "loss_heard", "hours_case",
     "loss_wrong", "answer_repairs", "p_review_ignored", "buy_bad_words", "decay_grudge"],
)  # fmt: skip
def test_off_they_change_nothing(name):
    """Without complaints their parameters change no number at all."""
    quiet = LIVELY.replace(can_go_wrong=False)
    levers = from_table({"name": "plain", "posting": 0.5, "content": 0.3, "supporting": 0.2})
    other = quiet.replace(**{name: type(quiet[name])(1 if name != "answer_repairs" else 0)})
    runs = [simulate(scenario, levers, seed=2) for scenario in (quiet, other)]
    for run in runs:
        run.table.hours_unused = 0.0  # cases nobody has are counted there by what they cost
    assert runs[0].table.tobytes() == runs[1].table.tobytes()
    assert runs[0].end.people.lives.tobytes() == runs[1].end.people.lives.tobytes()


def test_offer_days_and_their_price():
    """Every third day from the phase's first; who came by an offer pays less by the depth."""
    phases = [{"from_day": 0, "posting": 1.0},
              {"from_day": 20, "posting": 1.0, "days_between_offers": 3}]  # fmt: skip
    levers = from_table({"name": "deals", "offer_depth": 0.25, "phases": phases})
    assert plan(LIVELY, levers).offer.nonzero()[0].tolist() == list(range(20, 100, 3))
    run = simulate(LIVELY, levers, seed=1, events=True)
    assert 0 < run.summary["sales_discounted"] < run.summary["sales"]
    lost = 0.25 * LIVELY["price"] * run.summary["sales_discounted"]
    assert run.summary["margin_lost"] == pytest.approx(lost)
    gross = LIVELY["price"] * run.summary["sales"]
    assert run.summary["revenue"] == pytest.approx(gross - lost)
    clicks = run.events[run.events.event == "consider"].set_index("person")
    bought = run.events[run.events.event == "buy"].person
    last = clicks.loc[bought].groupby("person").tail(1)  # the click that led to the purchase
    by_offer = ((last.time - 20) % 3 == 0) & (last.time >= 20) & last.cause.isin([0, 1, 4])
    assert by_offer.sum() == run.summary["sales_discounted"]


def test_offers_build_no_self_connection():
    """Posts that are all offers leave C at 0; nothing else is there to raise it."""
    levers = from_table(
        {"name": "deals", "posting": 1.0, "offer_depth": 0.2, "days_between_offers": 1}
    )
    world = LIVELY.replace(
        days_warm_up=0, k_tie=0.0, k_ritual=0.0, purpose=0.0, search_rate=0.0, p_rival=0.0
    )
    people = simulate(world, levers, seed=1).people
    assert (people.self_connection == 0).all()
    assert people.prominence.sum() > 0


def test_an_offer_needs_depth_and_days():
    """One without the other is refused in one line."""
    for table in ({"offer_depth": 0.2}, {"days_between_offers": 7}):
        with pytest.raises(InputError, match="offer_depth and days_between_offers go together"):
            from_table({"name": "x", "posting": 1.0, **table})


def test_the_new_strategies_do_what_they_say():
    """deal_driven makes offers; service_first answers complaints; neither spends more."""
    assert plan(LIVELY, STRATEGIES["deal_driven"]).offer.any()
    assert plan(LIVELY, STRATEGIES["service_first"]).cases.sum() > 0
    world = BUSY.replace(p_buy=0.2, hours_case=0.25, days_patience=3)
    served, other = (
        simulate(world, STRATEGIES[name], seed=1).summary for name in ("service_first", "balanced")
    )
    # on the launch day more goes wrong than a day's cases: some wait too long
    assert served["complaints_answered"] > 3 * served["complaints_ignored"] > 0
    assert other["complaints_answered"] == 0
    assert simulate(world, STRATEGIES["deal_driven"], seed=1).summary["sales_discounted"] > 10
