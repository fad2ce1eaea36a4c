"""What is measured for the patterns, on small tables and worlds whose answer is known."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from simulation import Scenario, simulate
from simulation.checks import community_worlds, measurements, pattern_worlds
from simulation.checks.community_worlds import HOLLOW_FORUM, UNHOSTED, WARM_ROOM, invited
from simulation.checks.invitation import invitation_counts
from simulation.core.outcomes import DAY_DTYPE
from simulation.core.stages import Channel, Stage, Touchpoint
from tests.inputs.test_world import PLAIN

BASE = Scenario.load("launch_2025")


def run_of(*events, n_days=120, members=(), **more):
    """Return what looks like a run: events as (time, person, event, cause); who was born member."""
    frame = pd.DataFrame(events, columns=["time", "person", "event", "cause"])
    stages = np.zeros(20, np.int64)
    stages[list(members)] = Stage.MEMBER
    return SimpleNamespace(
        events=frame, start_stage=stages, **more,
        scenario=BASE.replace(n_days=n_days, launch_day=0),
    )  # fmt: skip


def days_of(n, **columns):
    """Return so many days with these outcomes, and nothing else."""
    table = np.zeros(n, DAY_DTYPE).view(np.recarray)
    for name, values in columns.items():
        table[name] = values
    return table


# ---- in the community ----------------------------------------------------------------------------


def first_words(*answered, silent=(), gap=10):
    """Return newcomers' first messages on day 5: who was answered, and who was not; True: again."""
    events = []
    for person, (heard, again) in enumerate(
        [(True, again) for again in answered] + [(False, again) for again in silent]
    ):
        events.append((5, person, "message", -1))
        if heard:
            events.append((5, person, "answered", 19))
        if again:
            events.append((5 + gap, person, "message", -1))
    return events


def test_the_odds_of_writing_again_by_hand():
    """Answered: three of four write again; not answered: one of four."""
    events = first_words(True, True, True, False, silent=(True, False, False, False))
    run = run_of(*events)
    assert measurements.odds_again(run, 30) == pytest.approx((3.5 / 1.5) / (1.5 / 3.5))
    assert measurements.odds_again(run, 9) == pytest.approx(1.0)  # too early for all of them
    assert math.isnan(measurements.odds_again(run_of(*events, n_days=30), 30))  # nobody watched


def test_only_a_fans_answer_to_the_first_message_of_a_newcomer_counts():
    events = first_words(True, silent=(True, False))
    late = (15, 2, "message", -1), (15, 2, "answered", 19)  # the answer to a second message
    host = (5, 1, "answered", -1)  # the brand's
    veteran = (5, 9, "message", -1), (5, 9, "answered", 19)
    run = run_of(*events, *late, host, *veteran, members=[9])
    assert measurements.odds_again(run, 30) == pytest.approx((1.5 / 0.5) / (2.5 / 0.5))
    silent = run_of(*first_words(silent=(True, False)))
    assert math.isnan(measurements.odds_again(silent, 30))


def test_messages_of_the_busiest_by_hand():
    """Ten were members sometime; one of them wrote 6 of 10 messages, one more than one."""
    joined = pd.array([pd.NA] * 15 + [3] * 5, dtype="Int64")
    start = ["member"] * 5 + ["follower"] * 15
    people = pd.DataFrame({"start_stage": start, "joined_on": joined})
    wrote = [16] * 6 + [0] * 2 + [1, 2]
    run = run_of(*((day, who, "message", -1) for day, who in enumerate(wrote)), people=people)
    assert measurements.message_shares(run, (0.01, 0.1, 0.2, 1)) == [0.6, 0.6, 0.8, 1.0]


def test_pairs_that_meet_again_by_hand():
    """Of the pairs of months 0 and 1 (three), one does so in the next; either may have written."""
    events = (
        (0, 1, "answered", 2), (3, 2, "answered", 1), (4, 1, "answered", 3),
        (31, 2, "answered", 1), (40, 5, "answered", -1), (5, 6, "message", -1),
        (95, 2, "answered", 1),
    )  # fmt: skip
    assert measurements.pairs_again(run_of(*events, n_days=100)) == pytest.approx(1 / 3)
    assert math.isnan(measurements.pairs_again(run_of((99, 1, "answered", 2), n_days=100)))


def test_visits_a_member_and_their_change_by_hand():
    """Visits of ten members halve every month."""
    visits = np.repeat([4_000, 2_000, 1_000], 30)
    table = days_of(100)
    table["contacts"][10:, Channel.VISIT] = visits
    table["n"][:, Stage.MEMBER] = 10
    assert measurements.visits_a_member(table[10:]) == pytest.approx(7_000 / 30)
    assert measurements.change_a_month(table, 10) == pytest.approx(-math.log(2), rel=1e-4)


# ---- at the launch -------------------------------------------------------------------------------


def test_the_shape_of_a_launch_by_hand():
    """Ten on the day before, 8 on day 0, 12 more in week 1, 10 in week 2, 10 later, 5 too late."""
    table = days_of(60)
    table["sales"][[9, 10, 16, 17, 23, 39, 40]] = [10, 8, 12, 7, 3, 10, 5]
    run = SimpleNamespace(table=table, scenario=BASE.replace(n_days=60, launch_day=10))
    assert measurements.launch_shape(run) == {
        "p19_day_0": 8 / 40, "p19_week_1": 20 / 40, "p19_week_2": 10 / 20
    }  # fmt: skip


def test_the_shares_of_the_lag_are_those_of_the_events():
    """By hand, from the events of a run: days from the last click to the purchase."""
    run = simulate("classroom", "community_building", seed=3, events=True)
    events = run.events
    days = []
    for buyer in events[events["event"] == "buy"].itertuples():
        clicks = events[(events["event"] == "consider") & (events["person"] == buyer.person)]
        days.append(buyer.time - clicks["time"].max())
    found = measurements.lags(run)
    assert len(days) > 3
    for n in (1, 7, 30):
        assert found[f"p8_day_{n}"] == pytest.approx(np.mean(np.array(days) < n))


def test_the_steps_of_word_of_mouth_by_hand():
    """A recommends to B, B to C: two referred buyers, one of them one step from the seed."""

    class Told:
        events = pd.DataFrame(
            [
                (1, 0, "consider", 1), (1, 0, "buy", 1), (1, 0, "recommend", 1),
                (2, 1, "consider", 6), (4, 1, "buy", 6), (4, 1, "recommend", 2),
                (5, 2, "consider", 6), (5, 2, "buy", 6),
            ],
            columns=["time", "person", "event", "cause"],
        )  # fmt: skip

    found = measurements.word_of_mouth(Told)
    assert found == {"p7_one_step": 0.5, "p7_branching": pytest.approx(2 / 3)}


def test_what_friends_brought_by_hand():
    table = days_of(2, sales=[6, 4], gifts=[1, 1])
    table["sales_by_touchpoint"][:, Touchpoint.FRIEND] = [0, 3]
    run = run_of(
        (1, 1, "move", Channel.FRIEND), (1, 2, "move", Channel.POST), (2, 3, "move", Channel.POST),
        (2, 4, "move", Channel.FRIEND), (2, 5, "lapse", Channel.FRIEND), table=table,
    )  # fmt: skip
    to = ["subscriber", "subscriber", "subscriber", "member", "subscriber"]
    run.events["to_stage"] = to
    found = measurements.by_friends(run)
    assert found == {"p11_gifts": 0.2, "p20_friend": 0.3, "p21_friend": pytest.approx(1 / 3)}


def test_buying_again_by_what_became_of_the_complaint_by_hand():
    """Two each: nothing wrong (both buy again), answered on the next day (one), late, ignored."""
    events = [(0, person, "buy", 0) for person in range(8)]
    events += [(0, person, "complain", -1) for person in range(2, 8)]
    events += [(1, 2, "complaint_answered", -1), (0, 3, "complaint_answered", -1)]
    events += [(2, 4, "complaint_answered", -1), (6, 5, "complaint_answered", -1)]
    events += [(8, 6, "complaint_ignored", -1), (8, 7, "complaint_ignored", -1)]
    again = [(90, person, "buy", 0) for person in (0, 1, 2)]
    events += [(90, 0, "complain", -1), (91, 0, "complaint_answered", -1)]  # of the second
    steps = measurements.after_complaints(run_of(*events, *again))
    assert steps == {"p24_fast": 0.5, "p24_order": 0.0}
    more = [(90, person, "buy", 0) for person in (3, 4)]
    assert measurements.after_complaints(run_of(*events, *again, *more)) == {
        "p24_fast": 0.0, "p24_order": 0.5,
    }  # fmt: skip
    worse = [(90, person, "buy", 0) for person in (6, 7)]
    assert measurements.after_complaints(run_of(*events, *again, *worse))["p24_order"] == -1.0
    later = [(90, person, "buy", 0) for person in (8, 9)] + [(95, 8, "buy", 0)]
    later += [(90, 9, "complain", -1), (91, 9, "complaint_answered", -1)]
    until = measurements.after_complaints(run_of(*events, *again, *later), until=90)
    assert until == steps  # whose first purchase was later is not counted
    once = measurements.after_complaints(run_of(*events))
    assert all(math.isnan(step) for step in once.values())  # nobody buys twice


# ---- the test beds notice ------------------------------------------------------------------------


def test_the_hollow_forum_is_hollow_and_the_warm_room_is_hosted():
    world = BASE.replace(**HOLLOW_FORUM)
    assert world["purpose"] == 0.0
    assert round(world["share_members"] * world["n_people"]) == 5_000
    assert round(world["share_subscribers"] * world["n_people"]) == 15_000
    small = {**HOLLOW_FORUM, "n_people": 4_000, "days_warm_up": 20}
    run = invited(BASE, small, UNHOSTED, seed=1)
    counts = invitation_counts(run)
    assert counts["heads_invited"] + counts["heads_not_invited"] == 600
    assert counts["heads_joined"] > 20  # it is open
    assert run.table["host_answers"].sum() == 0
    assert run.table["sales_by_touchpoint"][:, Touchpoint.VISIT].sum() == 0
    warm = BASE.replace(**WARM_ROOM)
    assert round(warm["share_members"] * warm["n_people"]) == 300
    assert round(warm["share_subscribers"] * warm["n_people"]) == 400


def test_offers_that_train_more_sell_less_at_a_discount_and_at_full_price():
    """Negative control: what training does follows `price_learning`; without it nothing is left."""
    eager = BASE.replace(p_buy=0.2, days_warm_up=30)
    strong, none = (
        pattern_worlds.offers(eager.replace(price_learning=a), 1, 0) for a in (0.3, 0.0)
    )
    assert strong["p23_discount"] < -0.1
    assert strong["p23_full"] < -0.2
    assert max(map(abs, none.values())) < 0.05


def test_more_money_for_ads_sells_in_proportion_where_clicks_do(monkeypatch):
    """Without reviews on the page the exponent is that of the clicks, which cost all the same."""
    levers = {"p_buy": 0.3, "buy_no_reviews": 0.0, "days_warm_up": 0, "buy_buyer_friends": 0.0}
    plain = BASE.replace(**PLAIN | levers)
    assert pattern_worlds.ad_budgets(plain, 1, 0)["p22_exponent"] == pytest.approx(1.0, abs=0.1)
    spend = pattern_worlds.from_table

    def saturated(table):
        """As many clicks for twice the money: the square root of the share, scaled."""
        share = table["phases"][0]["advertising"]
        table["phases"][0] = {"advertising": share**0.5, "supporting": 1 - share**0.5}
        return spend(table)

    monkeypatch.setattr(pattern_worlds, "from_table", saturated)
    assert pattern_worlds.ad_budgets(plain, 1, 0)["p22_exponent"] == pytest.approx(0.5, abs=0.1)


def test_the_complaints_of_the_test_bed_end_in_all_three_ways(monkeypatch):
    seen = {}

    def count(run, until):
        seen.update(run.events["event"].value_counts())
        return {}

    monkeypatch.setattr(pattern_worlds, "after_complaints", count)
    pattern_worlds.complaints(BASE, 1, 0)
    assert min(seen["complaint_answered"], seen["complaint_ignored"]) > 5


def test_a_switch_that_does_something_is_noticed(monkeypatch):
    """Renewal in the place of the two switches: what is not new draws nobody here, by no habit."""
    monkeypatch.setattr(community_worlds, "SWITCHES", (("p15", "evolving", False),))
    no_habit = BASE.replace(days_warm_up=60, novelty_floor=0.0)
    found = community_worlds.switches(no_habit, 1, 0)
    assert found["p15_evolving"] > 1.6


def test_visits_fall_after_hosting_stops_as_novelty_fades():
    """Where only the host makes news, and only news draws: a month takes 30 days of fading."""
    news = dict.fromkeys(("k_made", "novelty_floor", "b_identity", "k_answer", "k_bonds"), 0.0)
    for fading in (0.0, 0.02):
        still = BASE.replace(
            decay_novelty=fading, days_warm_up=10, rate_lapse_member=0.0, visit_rate_median=0.05,
            visit_rate_sigma=1.0, **news,
        )  # fmt: skip
        found = community_worlds.hosting_stops(still, 1, 0)
        assert found["p25_fall"] == pytest.approx(30 * math.log(1 - fading), abs=0.05)
        assert abs(found["p25_small"]) < 0.1


def test_the_small_room_is_held_against_the_large_one(monkeypatch):
    """As if a room fell by its number of members over ten thousand: the larger the faster."""
    monkeypatch.setattr(
        community_worlds, "change_a_month", lambda table, _: -table["n"][0, Stage.MEMBER] / 1e4
    )
    found = community_worlds.hosting_stops(BASE.replace(days_warm_up=1), 1, 0)
    assert found["p25_fall"] == pytest.approx(-0.02, abs=0.005)  # 200 members
    assert found["p25_small"] == pytest.approx(0.28, abs=0.01)
