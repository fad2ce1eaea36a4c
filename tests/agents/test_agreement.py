"""The Mesa model and the engine agree exactly: every person, every day, to the last bit."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.agents.model import BrandModel
from simulation.engine.plan import plan
from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import ACTIVITIES, COMMON_ROUTINE, STRATEGIES, Strategy, from_table
from simulation.runs.run import Prepared, prepare, simulate

#: The calendar and the seats are the engine's own bookkeeping.
RARE = (
    "bought_on", "joined_on", "complaint", "touchpoint", "bad_words", "warned_on", "by_offer",
    "experience", "copies", "spent", "member_days",
)  # fmt: skip


def bonds_by_person(state, day):
    """Return {person: {partner: last day}} of the bonds alive after `day`."""
    found = {}
    for person in np.flatnonzero(state.people.rare.seat >= 0):
        seat = state.people.rare.seat[person]
        alive = state.bonds.end[seat] > day
        partners = state.bonds.partner[seat][alive].tolist()
        found[int(person)] = dict(zip(partners, state.bonds.end[seat][alive].tolist(), strict=True))
    return found


def assert_same(engine_state, mesa_state, day):
    """Compare two states person by person, exactly."""
    ours, theirs = engine_state.people, mesa_state.people
    np.testing.assert_array_equal(engine_state.waking.clock, mesa_state.waking.clock)
    for name in ours.lives.dtype.names:
        np.testing.assert_array_equal(ours.lives[name], theirs.lives[name], f"{name}, day {day}")
    np.testing.assert_array_equal(ours.stage, theirs.stage, f"stage, day {day}")
    for name in RARE:
        a, b = ours.rare[name], theirs.rare[name]
        np.testing.assert_array_equal(a, b, f"{name}, day {day}")
    assert bonds_by_person(engine_state, day) == bonds_by_person(mesa_state, day)
    assert engine_state.brand.tobytes() == mesa_state.brand.tobytes()


def assert_days_agree(scenario: Scenario, strategy: Strategy, seed: int) -> None:
    """Live the horizon with both drivers side by side, comparing after every day."""
    world = prepare(scenario, seed=seed)
    model = BrandModel.of(world, strategy)
    state = world.start.copy()
    days = plan(world.scenario, strategy, key=world.engine.key)
    for day in range(days.size):
        model.step()
        state, row, _ = world.engine._run(
            state, days[day : day + 1], day, held=False, ask=strategy.ask_reviews, events=False
        )
        assert row.tobytes() == model.table[day : day + 1].tobytes(), f"day {day}"
        assert_same(state, model.to_state(), day)


PARAMETERS = {
    "graph": st.sampled_from(["small_world", "scale_free", "block", "random", "complete", "none"]),
    "n_people": st.integers(1, 150),
    "mean_degree": st.sampled_from([0.0, 2.0, 6.0, 11.0]),
    "year": st.sampled_from([2012.0, 2025.0]),
    "hours_per_week": st.sampled_from([0.0, 10.0, 60.0]),
    "p_follow": st.sampled_from([0.0, 0.2, 1.0]),
    "p_optin": st.sampled_from([0.0, 0.5, 1.0]),
    "p_join": st.sampled_from([0.0, 0.3, 1.0]),
    "p_buy": st.sampled_from([0.0, 0.4, 1.0]),
    "p_message": st.sampled_from([0.2, 1.0]),
    "p_bond": st.sampled_from([0.15, 1.0]),
    "rate_bond_end": st.sampled_from([0.0, 0.05, 1.0]),
    "rate_lapse_member": st.sampled_from([0.0, 0.05, 1.0]),
    "rate_lapse_follower": st.sampled_from([5e-4, 0.2]),
    "rate_tell_member": st.sampled_from([0.005, 0.5]),
    "visit_rate_median": st.sampled_from([0.03, 1.0]),
    "gifts_per_attachment": st.sampled_from([0.15, 3.0]),
    "gifts_base": st.sampled_from([0.0, 1.0]),
    "gifts_speak": st.booleans(),
    "days_owner_tells": st.sampled_from([0, 5, 180]),
    "more_friends": st.sampled_from([0.333, 3.0]),
    "days_warm_up": st.sampled_from([0, 20]),
    "days_lag_max": st.sampled_from([1, 7, 60]),
    "launch_day": st.integers(0, 20),
    "matched_list": st.booleans(),
    "relationships": st.booleans(),
    "purpose": st.sampled_from([0.0, 0.5, 1.0]),
    "p_answer": st.sampled_from([0.15, 0.6, 1.0]),
    "p_known": st.sampled_from([0.0, 0.5, 1.0]),
    "writing_activity": st.sampled_from([0.0, 1.0]),
    "attention": st.sampled_from([1.0, 6.0]),
    "k_answer": st.sampled_from([0.0, 1.3, 5.0]),
    "k_bonds": st.sampled_from([0.0, 2.0]),
    "k_purpose": st.sampled_from([0.0, 0.5]),
    "k_made": st.sampled_from([0.0, 2.0, 50.0]),
    "novelty_floor": st.sampled_from([0.0, 0.2, 1.0]),
    "members_known": st.sampled_from([5.0, 150.0]),
    "share_host_answers": st.sampled_from([0.0, 0.3, 1.0]),
    "joining_open": st.booleans(),
    "evolving": st.booleans(),
    "equal_impact": st.booleans(),
    "selection_only": st.booleans(),
    "p_rival": st.sampled_from([0.0, 0.2, 1.0]),
    "p_switch": st.sampled_from([0.05, 0.5, 1.0]),
    "rival_day": st.sampled_from([0, 10]),
    "share_invited": st.sampled_from([0.0, 0.5, 1.0]),
    "can_go_wrong": st.booleans(),
    "p_wrong": st.sampled_from([0.03, 0.5, 1.0]),
    "days_patience": st.sampled_from([1, 3, 7]),
    "loss_ignored": st.sampled_from([0.4, 1.0]),
    "g_complaint": st.sampled_from([0.0, 3.0]),
    "loss_heard": st.sampled_from([0.1, 1.0]),
    "hours_case": st.sampled_from([0.25, 5.0]),
    "price_learning": st.sampled_from([0.0, 0.1, 1.0]),
    "price_loss": st.sampled_from([1.0, 2.0]),
    "loss_wrong": st.sampled_from([0.0, 3.0]),
    "answer_repairs": st.sampled_from([1.0, 0.5]),
    "p_review_ignored": st.sampled_from([0.0, 0.5, 1.0]),
    "buy_bad_words": st.sampled_from([0.0, 2.0]),
    "decay_grudge": st.sampled_from([0.0, 0.05, 1.0]),
    "threshold_joining": st.booleans(),
    "join_threshold": st.sampled_from([1, 2]),
    "geometric_attachment": st.booleans(),
    "power_forgetting": st.booleans(),
    "reach_talk": st.sampled_from([0.0, 0.4, 5.0]),
    "odds_talk": st.sampled_from([0.5, 1.0, 50.0]),
    "search_rate": st.sampled_from([0.0, 0.003, 1.0]),
    "days_archive_half": st.sampled_from([1.0, 60.0]),
    "p_straight": st.sampled_from([0.0, 0.5, 1.0]),
    "ads_exponent": st.sampled_from([0.0, 0.57, 1.0]),
    "open_attachment": st.sampled_from([0.0, 1.0, 5.0]),
    "click_attachment": st.sampled_from([0.0, 3.0]),
    "click_relevance": st.sampled_from([0.0, 1.0]),
    "click_wear": st.sampled_from([0.0, 0.5, 1.0]),
    "click_again": st.sampled_from([0.0, 0.3, 1.0]),
    "p_same_day": st.sampled_from([0.0, 0.6, 1.0]),
    "urgency": st.sampled_from([0.0, 2.0]),
    "calendar_luck": st.booleans(),
    "launches": st.sampled_from([1, 2, 3]),
    "days_between_launches": st.sampled_from([3, 4]),
    "days_window": st.sampled_from([1, 3, 30]),
    "k_product": st.sampled_from([0.0, 0.1, 1.0]),
    "buy_experience": st.sampled_from([0.0, 1.0, 10.0]),
    "decay_experience": st.sampled_from([0.0, 0.05, 1.0]),
}


def test_whatever_is_off_is_switched_on_here():
    """A mechanism that is off by default would agree without being there: it is drawn above."""
    off = {name for name, field in parameters().items() if field.default in (0, False)}
    assert not off - set(PARAMETERS)


@st.composite
def scenarios(draw):
    """Any small world, with changes strong enough that everything happens."""
    changes = {name: draw(values) for name, values in PARAMETERS.items()}
    if changes["launches"] > 1:  # each window ends before the next launch
        changes["days_window"] = min(changes["days_window"], changes["days_between_launches"])
    shares = {"share_followers": 0.3, "share_subscribers": 0.2, "share_members": 0.2}
    return Scenario().replace(n_days=30, **shares, **changes)


@st.composite
def split_efforts(draw):
    """Any strategy of one or two phases."""
    phases = []
    for first in [0, 12][: draw(st.integers(1, 2))]:
        parts = draw(st.lists(st.integers(0, 5), min_size=6, max_size=6))
        total = sum(parts)
        shares = {n: p / total if total else 0.0 for n, p in zip(ACTIVITIES, parts, strict=True)}
        offers = {"days_between_offers": draw(st.sampled_from([0, 1, 3]))}
        phases.append({"from_day": first, **shares, **offers})
    regular = any(phase["days_between_offers"] for phase in phases)
    deadline = draw(st.sampled_from([0, 1, 6]))
    ends = "bonus" if regular else draw(st.sampled_from(["bonus", "offer"]))
    depth = 0.4 if regular or (deadline and ends == "offer") else 0.0
    return from_table(
        {
            "name": "any",
            "phases": phases,
            "ask_reviews": draw(st.booleans()),
            "offer_depth": depth,
            "launch_mails": draw(st.lists(st.integers(-9, 9), max_size=5)),
            "launch_posts": draw(st.lists(st.integers(-9, 9), max_size=9)),
            "days_ahead": draw(st.sampled_from([0, 4, 30])),
            "ads_saved": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "deadline": deadline,
            "deadline_ends": ends,
        }
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), strategy=split_efforts(), seed=st.integers(0, 2**64 - 1))
def test_any_world_any_strategy(scenario, strategy, seed):
    """Random worlds, strategies and seeds: equal on every day, in every column, for everyone."""
    assert_days_agree(scenario, strategy, seed)


def test_classroom_under_every_strategy():
    """The preset the Mesa model is for, a smaller class, its whole horizon."""
    scenario = Scenario.load("classroom").replace(n_people=150)
    for strategy in STRATEGIES.values():
        assert_days_agree(scenario, strategy, seed=7)


def test_the_warm_up_agrees_too():
    """The Mesa model's own warm-up, stages held, ends where the engine's does."""
    scenario = Scenario.load("classroom").replace(n_people=200)
    world = prepare(scenario, seed=3)
    cold = Prepared(scenario, 3, 0, world.engine, world.engine.unwarmed())
    model = BrandModel.of(cold, COMMON_ROUTINE)
    model.warm_up()
    assert_same(world.start, model.to_state(), -1)


def test_the_order_of_people_changes_nothing():
    """Relabelling: persons made in another order, visited in another order, the same results."""
    scenario = Scenario.load("classroom").replace(n_people=250, n_days=90)
    world = prepare(scenario, seed=11)
    strategy = STRATEGIES["community_building"]

    class Shuffled(BrandModel):
        def _order(self, people):
            return np.roll(np.arange(people.stage.size)[::-1], 77)

    usual, other = BrandModel.of(world, strategy), Shuffled.of(world, strategy)
    while usual.running:
        usual.step()
        other.step()
    for name in usual.table.dtype.names:
        if name == "attachment":  # a sum of floats in another order: equal but for the last bits
            np.testing.assert_allclose(usual.table[name], other.table[name], rtol=1e-9)
        else:
            np.testing.assert_array_equal(usual.table[name], other.table[name], name)
    people, others = usual.to_state().people, other.to_state().people
    assert people.lives.tobytes() == others.lives.tobytes()


FINGERPRINT = """
import hashlib
from simulation import Scenario, simulate
digest = hashlib.sha256()
for name in ("community_building", "posting_only", "advertising"):
    run = simulate(Scenario.load("classroom").replace(n_people=100), name, seed=9, events=True)
    for part in (run.table, run.end.people.lives, run.end.people.stage, run.log):
        digest.update(part.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.usefixtures("machine_code")
def test_every_way_gives_the_same_bits():
    """Module, machine code and plain Python, with numba, with NUMBA_DISABLE_JIT=1, without it."""
    without = "import sys; sys.modules['numba'] = None\n" + FINGERPRINT
    outputs = [
        run_python(FINGERPRINT, CONTINUUM_ENGINE="module"),
        run_python(FINGERPRINT, CONTINUUM_ENGINE="native"),
        run_python(FINGERPRINT, CONTINUUM_ENGINE="python", NUMBA_DISABLE_JIT="1"),
        run_python(without, CONTINUUM_ENGINE="python"),
        run_python(without),
    ]
    assert len(set(outputs)) == 1


def run_python(code, **environment):
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_engines_through_simulate():
    """simulate(engine="mesa") returns the same Run: summary, series, people, events."""
    runs = [
        simulate("classroom", "balanced", seed=2, engine=engine, events=True)
        for engine in ("auto", "mesa")
    ]
    pd.testing.assert_frame_equal(runs[0].series, runs[1].series, check_exact=True)
    pd.testing.assert_frame_equal(runs[0].people, runs[1].people, check_exact=True)
    keys = ["time", "person", "event", "cause"]
    events = [run.events.sort_values(keys, ignore_index=True) for run in runs]
    pd.testing.assert_frame_equal(events[0], events[1])
    assert str(runs[0].summary) == str(runs[1].summary)
