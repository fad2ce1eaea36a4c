"""Content is found: pieces stay, and whoever finds one may follow or go straight to the list."""

from __future__ import annotations

import numpy as np
import pytest

from simulation import Scenario, simulate
from simulation.checks import theory
from simulation.core.stages import Channel
from simulation.inputs.strategy import from_table
from tests.inputs.test_world import ALL_LEVERS, LIVELY, PLAIN

SEARCH = Channel.SEARCH
#: Nothing but pieces that are found: one a day, nobody differs, nobody knows anybody.
ONLY_SEARCH = Scenario().replace(**PLAIN).replace(
    n_people=20_000, n_days=30, launch_day=0, days_warm_up=0, graph="none",
    share_followers=0.3, share_subscribers=0.1, share_members=0.1, hours_per_week=7.0,
    hours_piece=1.0, p_open=0.0, visit_rate_median=0.0, rate_visit_event=0.0,
    b_relevance=0.0, b_attachment=0.0, b_fit=0.0, g_attachment=0.0, relationships=False,
    p_follow=0.1, p_curious_search=0.2, p_optin=0.5, p_join=0.0,
    rate_lapse_follower=0.001, rate_lapse_subscriber=0.002, rate_lapse_member=0.0,
    rate_tell_follower=0.0, rate_tell_subscriber=0.0, rate_tell_member=0.0,
    search_rate=0.003, days_archive_half=10.0, p_straight=0.4,
)  # fmt: skip
WRITING = from_table({"name": "writing", "content": 1.0})


def within(found: float, mean: float) -> bool:
    """Return whether a count lies within 5 sigma of its mean."""
    return abs(found - mean) < 5.0 * np.sqrt(mean)


def finds(run) -> np.ndarray:
    """Return the finds of each day."""
    return run.table.contacts[:, SEARCH]


def test_as_many_find_as_pieces_are_there():
    """Known answer: a piece a day, half of it left after ten days; 10 % more is refused."""
    run = simulate(ONLY_SEARCH.replace(p_follow=0.0, p_optin=0.0), WRITING, seed=1)
    archive = np.array([sum(2 ** (-age / 10) for age in range(day + 1)) for day in range(30)])
    n = run.table.n
    before = np.vstack([[10_000, 6000, 2000, 2000], n[:-1]])[:, :2].sum(axis=1)
    for factor, fits in ((1.0, True), (1.1, False)):
        expected = before * (1 - np.exp(-0.003 * archive * factor))
        assert within(finds(run).sum(), expected.sum()) == fits
        if fits:
            chi = ((finds(run) - expected) ** 2 / expected).sum()
            assert chi < 30 + 5 * np.sqrt(60)


def test_pieces_outlive_the_work():
    """What the warm-up wrote is found afterwards, half as often after every half-life."""
    world = ONLY_SEARCH.replace(days_warm_up=100, p_follow=0.0, p_optin=0.0, days_archive_half=30.0)
    found = finds(simulate(world.replace(n_days=90), "do_nothing", seed=2))
    first, second, third = found[:30].sum(), found[30:60].sum(), found[60:].sum()
    assert within(second, first / 2)
    assert within(third, first / 4)
    assert first > 200


def test_the_ladder_is_that_of_average_people():
    """Stocks at the end within 5 sigma of the mean field; without the straight way refused."""
    run = simulate(ONLY_SEARCH, WRITING, seed=3)
    expected = theory.mean_field(ONLY_SEARCH, WRITING)[-1]
    plain = theory.mean_field(ONLY_SEARCH.replace(p_straight=0.0), WRITING)[-1]
    sigma = np.sqrt(run.table.moves.sum())  # of all flows together: more than that of any stock
    found = run.table.n[-1]
    assert (np.abs(found - expected) < 5 * sigma).all(), (found, expected)
    assert abs(found[2] - plain[2]) > 5 * sigma


def test_some_go_straight_to_the_list():
    """Of the strangers whom search moves, .4: one move a day, and it counts as both its steps."""
    run = simulate(ONLY_SEARCH, WRITING, seed=4, events=True)
    moves = run.events[run.events.event == "move"]
    assert (moves.cause == SEARCH).all()
    strangers = moves[moves.from_stage == "stranger"]
    straight = (strangers.to_stage == "subscriber").sum()
    n = len(strangers)
    assert n > 300
    assert abs(straight - 0.4 * n) < 5 * np.sqrt(n * 0.4 * 0.6)
    assert run.table.moves[:, 0].sum() == n
    later = (moves.from_stage == "follower").sum()
    assert run.table.moves[:, 1].sum() == straight + later
    idle = simulate(
        ONLY_SEARCH.replace(days_going_on=1, hours_piece=9.0), WRITING, seed=4, events=True
    )
    idle = idle.events[idle.events.event == "move"]
    making = idle[idle.to_stage == "subscriber"].time.to_numpy()
    assert 0 < len(making) < len(idle)
    assert set(making) <= {8, 17, 26}  # the days with a piece: permission is asked only there


def test_a_friends_word_can_bring_a_subscriber():
    """Strangers whom friends tell go straight to the list, and only by friends or search."""
    world = LIVELY.replace(p_straight=0.6, n_people=3000)
    events = simulate(world, ALL_LEVERS, seed=5, events=True).events
    straight = events[
        (events.event == "move")
        & (events.from_stage == "stranger")
        & (events.to_stage == "subscriber")
    ]
    assert set(straight.cause) == {Channel.FRIEND, SEARCH}
    none = simulate(world.replace(p_straight=0.0), ALL_LEVERS, seed=5, events=True).events
    up = none[none.event == "move"]
    assert not ((up.from_stage == "stranger") & (up.to_stage == "subscriber")).any()


def test_only_who_is_not_on_the_list_finds_and_nothing_is_sold_by_it():
    """Subscribers and members were sent the pieces; a find speaks of no product."""
    events = simulate(LIVELY.replace(search_rate=0.02), ALL_LEVERS, seed=6, events=True).events
    met = events[(events.event == "contact") & (events.cause == SEARCH)]
    assert set(met.from_stage) == {"stranger", "follower"}
    assert not (events[events.event.isin(["consider", "buy"])].cause == SEARCH).any()


def test_more_is_found_the_more_subscribe():
    """The list grows with the rate; the reach of posts has nothing to do with it."""
    won = [
        simulate(ONLY_SEARCH.replace(search_rate=rate), WRITING, seed=7).table.moves[:, 1].sum()
        for rate in (0.0, 0.001, 0.003, 0.01)
    ]
    assert won[0] == 0
    assert (np.diff(won) > 0).all()


@pytest.mark.parametrize("changes", [{"days_archive_half": 1.0}, {"p_curious_search": 1.0}])
def test_no_search_changes_nothing(changes):
    """While nothing is found, how pieces fade and how curious they make change no number."""
    quiet = LIVELY.replace(search_rate=0.0, p_straight=0.0)
    runs = [
        simulate(scenario, ALL_LEVERS, seed=8) for scenario in (quiet, quiet.replace(**changes))
    ]
    assert runs[0].table.tobytes() == runs[1].table.tobytes()
    assert not finds(runs[0]).any()
