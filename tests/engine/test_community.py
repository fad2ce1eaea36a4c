"""Phase 5, and what brings members back (model 4.2 and 4.5): answers, bonds, purpose, news."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import Scenario, simulate
from simulation.core.stages import Channel, Stage
from simulation.engine.plan import plan
from simulation.inputs.strategy import from_table

MEMBER, VISIT = Stage.MEMBER, Channel.VISIT
HOSTED = from_table({"name": "hosted", "hosting": 0.5, "posting": 0.5})
POSTS = from_table({"name": "posts", "posting": 1.0})

#: A room of 400 who stay, among 500 people who know nobody outside it.
ROOM = Scenario().replace(
    n_people=500, n_days=180, launch_day=179, days_warm_up=0, graph="none", share_members=0.8,
    share_subscribers=0.1, share_followers=0.0, rate_lapse_member=0.0, rate_tell_member=0.0,
    visit_rate_median=0.05, visit_rate_sigma=1.0, p_message=0.5, hours_per_week=20.0,
    calendar_luck=False,
)  # fmt: skip
#: What draws a member back beside news, switched off.
NOTHING_DRAWS = {"k_answer": 0.0, "k_bonds": 0.0, "b_identity": 0.0}


def visits(scenario, strategy=HOSTED, worlds=6):
    """Return the visits a member and day, one number a world."""
    tables = [simulate(scenario, strategy, seed=5, replication=r).table for r in range(worlds)]
    return np.array([t.contacts[:, VISIT].sum() / t.n[:, MEMBER].sum() for t in tables])


def test_where_nothing_draws_only_news_does():
    """Visits fall to `novelty_floor` of what they were as the news runs out: within 5 sigma."""
    room = ROOM.replace(
        **NOTHING_DRAWS, n_people=2500, evolving=False, decay_novelty=0.02, visit_rate_sigma=0.0
    )
    table = simulate(room, POSTS).table
    day = np.arange(180)
    for floor, fits in ((0.2, True), (0.25, False)):
        hazard = 0.05 * (floor + (1 - floor) * 0.98**day)
        p = 1 - np.exp(-hazard)
        expected, sigma = 2000 * p.sum(), np.sqrt(2000 * (p * (1 - p)).sum())
        assert (abs(table.contacts[:, VISIT].sum() - expected) < 5 * sigma) == fits


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ({"relationships": False}, {}),
        ({"purpose": 0.0}, {}),
        ({"purpose": 0.5}, {"purpose": 1.0}),
        ({"evolving": False}, {}),
        ({"k_answer": 0.0}, {}),
        ({"k_bonds": 0.0}, {}),
        ({"b_identity": 0.0}, {}),
        ({"k_purpose": 0.0}, {"k_purpose": 0.15}),
        ({"k_made": 0.0}, {"k_made": 20.0}),
        ({"novelty_floor": 0.0}, {"novelty_floor": 0.8}),
        ({"share_host_answers": 0.0, "p_answer": 0.0}, {"p_answer": 0.0}),
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()) or "default",
)
def test_more_of_it_brings_members_back(weaker, stronger):
    """In every one of six worlds, of the same luck."""
    room = ROOM.replace(decay_novelty=0.05)
    assert (visits(room.replace(**stronger)) > visits(room.replace(**weaker))).all()


def test_without_a_reason_to_differ_nothing_differs():
    """What nobody's purpose, ties or hosting can reach changes no number."""
    bare = ROOM.replace(relationships=False, purpose=0.0)
    for scenario, strategy, changes in (
        (bare, HOSTED, {"k_bonds": 5.0, "k_purpose": 0.5, "b_identity": 9.0, "p_known": 0.9}),
        (bare, POSTS, {"k_answer": 9.0, "k_tie": 0.5, "share_host_answers": 0.9}),
        (ROOM.replace(p_message=0.0), POSTS, {"p_answer": 0.9, "k_made": 50.0, "p_bond": 1.0}),
    ):
        runs = [simulate(s, strategy, seed=3) for s in (scenario, scenario.replace(**changes))]
        assert runs[0].table.tobytes() == runs[1].table.tobytes(), changes


def test_a_host_answers_as_far_as_the_hours_go():
    """No fan answers: 20 h, half of it hosting, a fifth of that at 3 minutes: 5.7 a day."""
    room = ROOM.replace(relationships=False, share_host_answers=0.2, visit_rate_median=0.5)
    table = simulate(room, HOSTED).table
    days = table[table.messages > 20]
    capacity = 20 * 0.5 * 0.2 / 7 / 0.05
    sigma = np.sqrt(capacity / len(days))  # at most: a chance each
    assert len(days) > 100
    assert table.answers.sum() == 0
    assert abs(days.host_answers.mean() - capacity) < 5 * sigma
    few = simulate(room.replace(p_message=0.01), HOSTED).table
    assert few.messages.sum() > 50
    assert (
        few.host_answers[few.messages < capacity] == few.messages[few.messages < capacity]
    ).all()


def test_fans_answer_as_many_as_see_a_message():
    """With a a chance each and six who see it, 1 - (1 - a)^6 are answered: within 5 sigma."""
    room = ROOM.replace(p_answer=0.1, attention=6.0, visit_rate_median=0.5)
    table = simulate(room, POSTS).table
    crowded = table[table.contacts[:, VISIT] > 6]
    written, answered = crowded.messages.sum(), crowded.answers.sum()
    assert written > 3000
    for a, fits in ((0.1, True), (0.11, False)):
        p = 1 - (1 - a) ** 6
        assert (abs(answered - written * p) < 5 * np.sqrt(written * p * (1 - p))) == fits


def exchanges(room, worlds=3):
    """Return all exchanges of fans: who wrote, who answered, on which day, in which world."""
    for replication in range(worlds):
        events = simulate(room, POSTS, replication=replication, events=True).events
        yield events[(events.event == "answered") & (events.cause >= 0)]


def share_again(room):
    """Return the share of pairs who exchanged that exchange again within 30 days."""
    again = pairs = 0
    for found in exchanges(room):
        met: dict[tuple[int, int], int] = {}
        for person, other, day in zip(found.person, found.cause, found.time, strict=True):
            pair = (min(person, other), max(person, other))
            again += day - met.get(pair, -999) <= 30
            pairs += 1
            met[pair] = day
    return again / pairs


def test_who_know_each_other_meet_again():
    """`p_known` steers answers to bonds; the same pairs are found again."""
    room = ROOM.replace(members_known=1000.0, visit_rate_median=0.2)
    shares = [share_again(room.replace(p_known=p)) for p in (0.0, 0.5, 1.0)]
    assert shares[0] + 0.05 < shares[1] < shares[2]


def test_among_many_the_same_two_seldom_bond():
    """Bonds an answer: fewer in a large community, of the same people and visits."""
    small, large = (
        simulate(ROOM.replace(n_people=n, p_triangle=0.0, p_known=0.0), POSTS).table
        for n in (60, 6000)
    )
    per_answer = [t.bonds_formed.sum() / t.answers.sum() for t in (small, large)]
    assert per_answer[0] > 5 * per_answer[1] > 0


def test_a_bond_that_is_used_lasts():
    """A bond renewed outlives its first end: with frequent exchange more are alive at the end."""
    room = ROOM.replace(rate_bond_end=0.05, visit_rate_median=0.3, p_triangle=0.0)
    rare, often = (simulate(room.replace(p_known=p), POSTS).table for p in (0.0, 1.0))
    stay = [t.n_bonds[60:].mean() / t.bonds_formed[60:].mean() for t in (rare, often)]
    assert stay[1] > 1.2 * stay[0]
    assert abs(stay[0] * 0.05 - 1) < 0.25, "days alive: one over the rate, and a little renewing"


def test_at_an_event_people_meet():
    """Nobody writes: bonds come from events alone, and only on their days."""
    room = ROOM.replace(p_message=0.0, share_host_answers=0.0)
    table = simulate(room, HOSTED).table
    assert table.bonds_formed.sum() > 20
    days = plan(room, HOSTED)
    assert (table.bonds_formed[days.events == 0] == 0).all()
    assert (days.events == 0).mean() > 0.5
    assert simulate(room, POSTS).table.bonds_formed.sum() == 0


def test_bonded_members_hear_of_a_purchase():
    """Without friends, only bonds can carry a word: who hears has a bond with who bought."""
    room = ROOM.replace(launch_day=60, p_buy=0.5, p_recommend_member=1.0, visit_rate_median=0.3)
    run = simulate(room, HOSTED, events=True)
    events = run.events
    first = events[events.event == "bond"].groupby(["person", "cause"]).time.min()
    words = events[events.event == "recommend"]
    assert len(words) > 100
    bonded = first.loc[list(zip(words.person, words.cause, strict=True))]
    assert (bonded.to_numpy() <= words.time.to_numpy()).all()
    assert run.table.sales_by_touchpoint[:, Channel.FRIEND].sum() > 0


def test_a_visit_announces_only_where_somebody_hosts():
    """Members of a room without a host meet the product in posts alone."""
    room = ROOM.replace(launch_day=60, p_buy=0.5, click_visit=1.0)
    assert simulate(room, POSTS).table.sales_by_touchpoint[:, VISIT].sum() == 0
    assert simulate(room, HOSTED).table.sales_by_touchpoint[:, VISIT].sum() > 50


def test_an_open_room_is_joined_without_a_host():
    """`joining_open`: subscribers join though nobody hosts; otherwise nobody does."""
    list_ = ROOM.replace(share_members=0.0, share_subscribers=0.8, p_join=0.1)
    mails = from_table({"name": "mails", "content": 1.0})
    assert simulate(list_, mails).table.n[-1, MEMBER] == 0
    assert simulate(list_.replace(joining_open=True), mails).table.n[-1, MEMBER] > 50
