"""What must hold in any world, under any strategy, with any luck (hypothesis)."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation import Scenario, simulate
from simulation.core.stages import ALLOWED_MOVES
from simulation.inputs.strategy import STRATEGIES
from simulation.runs.run import prepare, run_prepared
from tests.agents.test_agreement import scenarios, split_efforts
from tests.inputs.test_world import check_bookkeeping

ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**64 - 1)


@ANY
@given(scenarios(), split_efforts(), SEEDS)
def test_the_books_balance(scenario, strategy, seed):
    """People conserved, flows = change of stocks, sales add up, buyers have considered."""
    check_bookkeeping(simulate(scenario, strategy, seed=seed))


@ANY
@given(scenarios(), split_efforts(), SEEDS)
def test_only_allowed_moves_and_one_a_day(scenario, strategy, seed):
    """Up one, straight to the list, or down one; at most one move a day; up only by contact."""
    events = simulate(scenario, strategy, seed=seed, events=True).events
    moves = events[events.event.isin(["move", "lapse"])]
    allowed = {(a.name.lower(), b.name.lower()) for a, b in ALLOWED_MOVES}
    allowed |= {("stranger", "subscriber")}
    assert set(zip(moves.from_stage, moves.to_stage, strict=True)) <= allowed
    assert not moves.duplicated(["time", "person"]).any()
    up = moves[moves.event == "move"]
    contacts = events[events.event == "contact"]
    met = set(zip(contacts.time, contacts.person, contacts.cause, strict=True))
    assert set(zip(up.time, up.person, up.cause, strict=True)) <= met


@ANY
@given(scenarios(), split_efforts(), SEEDS)
def test_one_copy_for_oneself_after_considering(scenario, strategy, seed):
    """Nobody buys one product twice, or before they clicked; gifts go to who has no copy."""
    scenario = scenario.replace(launches=1)
    events = simulate(scenario, strategy, seed=seed, events=True).events
    bought = events[events.event == "buy"]
    assert not bought.person.duplicated().any()
    clicked = events[events.event == "consider"].groupby("person").time.min()
    assert (bought.time.to_numpy() >= clicked.reindex(bought.person).to_numpy()).all()
    gifts = events[events.event == "gift"]
    assert not gifts.cause.duplicated().any()  # the friend who got it
    assert not set(gifts.cause) & set(bought.person)
    assert (bought.time >= scenario["launch_day"]).all()


@ANY
@given(scenarios(), split_efforts(), split_efforts(), SEEDS)
def test_a_run_leaves_the_world_as_it_was(scenario, one, other, seed):
    """Strategies compared in one prepared world do not touch each other's people."""
    world = prepare(scenario, seed=seed)
    before = world.start.people.lives.tobytes(), world.start.people.stage.tobytes()
    first = run_prepared(world, one)
    run_prepared(world, other)
    again = run_prepared(world, one)
    assert (world.start.people.lives.tobytes(), world.start.people.stage.tobytes()) == before
    assert first.table.tobytes() == again.table.tobytes()


def test_corner_cases():
    """One person, one day, launch at once, no warm-up, nobody or everybody a member."""
    for changes in (
        {"n_people": 1},
        {"n_people": 2, "graph": "complete"},
        {"n_days": 1, "launch_day": 0},
        {"days_warm_up": 0, "launch_day": 0, "days_lag_max": 1},
        {"share_followers": 0.0, "share_subscribers": 0.0, "share_members": 0.0},
        {"share_followers": 0.0, "share_subscribers": 0.0, "share_members": 1.0},
        {"reach_2012": 0.0, "discovery": 0.0},
        {"reach_2012": 1.0, "reach_size_exponent": 0.0, "reach_decay": 0.0},
        {"price": 1e6},
        {"hours_per_week": 1000.0},
        {"visit_rate_median": 10.0, "visit_rate_sigma": 4.0},
    ):
        base = {"n_people": 200, "n_days": 40, "launch_day": 5, "days_warm_up": 20}
        run = simulate(Scenario().replace(**base | changes), "community_building", seed=1)
        check_bookkeeping(run)


@ANY
@given(SEEDS, st.integers(0, 2**32 - 1))
def test_stronger_chances_never_mean_fewer_first_moves(seed, replication):
    """The dice stay, the chances grow: who follows on day 0 follows still (same luck)."""
    base = Scenario().replace(
        n_people=400, n_days=1, launch_day=0, days_warm_up=0, year=2012.0, discovery=5.0
    )
    followed = []
    for p in (0.05, 0.2, 0.8):
        world = prepare(base.replace(p_follow=p), seed=seed, replication=replication)
        stage = run_prepared(world, STRATEGIES["advertising"]).end.people.stage & 3
        followed.append(set(np.flatnonzero((world.start.people.stage & 3 == 0) & (stage == 1))))
    assert followed[0] <= followed[1] <= followed[2]
