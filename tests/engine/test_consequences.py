"""What goes wrong has consequences (model 7.8): what is lost, mended, forgotten."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation import simulate
from simulation.inputs.strategy import from_table
from tests.inputs.test_world import LIVELY

NO_SUPPORT = from_table({"name": "none", "posting": 0.5, "content": 0.5})
SUPPORT = from_table({"name": "helped", "posting": 0.5, "supporting": 0.5})
#: Much goes wrong, of which only what a test is about has an effect.
BUSY = LIVELY.replace(
    n_people=2000, p_wrong=0.5, p_buy=0.5, p_rival=0.0, loss_wrong=0.0, answer_repairs=1.0,
    p_review_ignored=0.0, buy_bad_words=0.0, decay_grudge=0.0,
)  # fmt: skip


def test_what_goes_wrong_is_known_before_anyone_speaks():
    """Reviews of purchases that went wrong have fewer stars; the others keep theirs."""
    stars = {}
    for loss in (0.0, 2.0):
        run = simulate(BUSY.replace(loss_wrong=loss), NO_SUPPORT, seed=1, events=True)
        reviews = run.events[run.events.event == "review"].set_index("person").cause
        wrong = reviews.index.isin(run.events[run.events.event == "complain"].person)
        stars[loss] = reviews[wrong].mean(), reviews[~wrong].mean(), wrong.sum()
    assert min(stars[0.0][2], stars[2.0][2]) > 50
    assert stars[2.0][0] < stars[0.0][0] - 1.0  # of 0.7 satisfied, .24: two stars fewer
    assert abs(stars[2.0][1] - stars[0.0][1]) < 0.2
    assert abs(stars[0.0][0] - stars[0.0][1]) < 0.3  # without the loss, nobody minds


def test_who_is_ignored_gives_one_star_on_that_day():
    """With certainty: one review of one star for each complaint ignored, on the same day."""
    run = simulate(
        BUSY.replace(p_review_ignored=1.0, p_review_public=0.0, p_review_asked=0.0),
        NO_SUPPORT, seed=2, events=True,
    )  # fmt: skip
    ignored, reviews = (
        run.events[run.events.event == name][["person", "time"]]
        for name in ("complaint_ignored", "review")
    )
    assert len(ignored) > 50
    pd.testing.assert_frame_equal(ignored.reset_index(drop=True), reviews.reset_index(drop=True))
    assert run.summary["mean_stars"] == 1.0


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_an_answer_mends_so_much_of_what_an_ignored_complaint_costs(share):
    """C is (1 - loss_ignored (1 - share^(1 + days waited))) of what it would have been."""
    alone = BUSY.replace(
        graph="none", g_complaint=0.0, loss_ignored=0.4, p_wrong=1.0, days_patience=9,
        hours_case=2.0, decay_self_connection=0.0, k_tie=0.0, k_ritual=0.0, purpose=0.0,
        search_rate=0.0, n_days=60,
    )  # fmt: skip
    # after the launch nothing is posted: nothing but complaints can move self-connection
    phases = [{"from_day": 0, "posting": 0.5, "supporting": 0.5},
              {"from_day": 30, "advertising": 0.5, "supporting": 0.5}]  # fmt: skip
    levers = from_table({"name": "stops", "announce": ["ad"], "phases": phases})
    free = simulate(alone.replace(can_go_wrong=False), levers, seed=3).people.self_connection
    run = simulate(alone.replace(answer_repairs=share), levers, seed=3, events=True)
    answered = run.events[run.events.event == "complaint_answered"].set_index("person").time
    waited = answered - run.people.bought_on[answered.index].astype(int)
    assert (waited == 0).any()
    assert (waited > 2).any()
    expected = (1.0 - 0.4 * (1.0 - share ** (1.0 + waited))) * free[answered.index]
    found = run.people.self_connection[answered.index]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    untouched = run.people.complaint == "none"
    np.testing.assert_array_equal(run.people.self_connection[untouched], free[untouched])


def test_bad_words_add_up_and_fade():
    """By hand, from the warnings in the log: w = w (1 - .02)^days + 1."""
    run = simulate(BUSY.replace(decay_grudge=0.02), NO_SUPPORT, seed=4, events=True)
    words, last = np.zeros(2000), np.zeros(2000, int)
    for friend, day in run.events.loc[run.events.event == "warn", ["cause", "time"]].to_numpy():
        words[friend] = words[friend] * 0.98 ** (day - last[friend]) + 1.0
        last[friend] = day
    rare = run.end.people.rare
    assert (words > 2).any()
    np.testing.assert_allclose(rare.bad_words, words, rtol=1e-5)
    np.testing.assert_array_equal(rare.warned_on, last)


def test_who_heard_bad_words_buys_less_and_again_when_they_have_faded():
    """More weight, fewer copies; forgotten within a day, as many as without."""
    sold = {}
    for weight, fading in ((0.0, 0.0), (1.0, 0.0), (3.0, 0.0), (3.0, 1.0)):
        world = BUSY.replace(
            n_people=4000, loss_heard=0.0, days_patience=1, p_wrong=1.0, more_friends=4.0,
            buy_bad_words=weight, decay_grudge=fading, g_complaint=0.0, p_buy=0.1,
        )  # fmt: skip
        sold[weight, fading] = simulate(world, NO_SUPPORT, seed=5).summary["sales"]
    assert sold[3.0, 0.0] < sold[1.0, 0.0] < sold[0.0, 0.0]
    assert sold[3.0, 0.0] < 0.9 * sold[3.0, 1.0]
    assert abs(sold[3.0, 1.0] / sold[0.0, 0.0] - 1.0) < 0.05


def lapses_after(run, what):
    """Return how many lapses came after a complaint was settled like that."""
    settled = run.events[run.events.event == what].set_index("person").time
    lapse = run.events[(run.events.event == "lapse") & run.events.person.isin(settled.index)]
    return int((lapse.time > settled.reindex(lapse.person).to_numpy()).sum())


def test_a_grudge_fades_and_an_answer_leaves_little_of_it():
    """Ignored, they lapse most; less if it fades; answered, nearly as if nothing had been wrong."""
    world = BUSY.replace(
        n_people=5000, launch_day=5, loss_ignored=0.0, loss_heard=0.0, g_complaint=3.0,
        days_patience=1, rate_lapse_follower=0.004, rate_lapse_subscriber=0.004,
        rate_lapse_member=0.004,
    )  # fmt: skip
    lasting, fading = (
        lapses_after(
            simulate(world.replace(decay_grudge=x), NO_SUPPORT, seed=6, events=True),
            "complaint_ignored",
        )
        for x in (0.0, 0.2)
    )
    assert fading < 0.6 * lasting
    assert lasting > 100
    helped = world.replace(hours_case=0.001)
    whole, most, none = (
        lapses_after(
            simulate(helped.replace(answer_repairs=x), SUPPORT, seed=6, events=True),
            "complaint_answered",
        )
        for x in (1.0, 0.8, 0.0)
    )
    assert whole < most < none
    assert none > 2 * whole > 20
