"""The Mesa model and the engine agree exactly: every person, every day, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation.mesa_model import BrandModel
from simulation.run import prepare
from simulation.scenario import Scenario
from simulation.strategy import STRATEGIES, Strategy, from_table, plan

EXACT = [
    "stage",
    "flags",
    "prominence",
    "self_connection",
    "exposure",
    "purpose_fit",
    "last_contact",
    "bought_on",
    "touchpoint",
    "member_friends",
    "buyer_friends",
]


def bonds_by_person(state, day):
    """Return {person: {partner: last day}} of the bonds alive after `day`."""
    found = {}
    for person in np.flatnonzero(state.people.seat >= 0):
        seat = state.people.seat[person]
        alive = state.bonds.end[seat] > day
        partners = state.bonds.partner[seat][alive].tolist()
        found[int(person)] = dict(zip(partners, state.bonds.end[seat][alive].tolist(), strict=True))
    return found


def assert_same(engine_state, mesa_state, day):
    """Compare two states person by person, exactly."""
    for name in EXACT:
        a, b = getattr(engine_state.people, name), getattr(mesa_state.people, name)
        np.testing.assert_array_equal(a, b, err_msg=f"{name} on day {day}")
    assert bonds_by_person(engine_state, day) == bonds_by_person(mesa_state, day)
    assert engine_state.brand.tobytes() == mesa_state.brand.tobytes()


def assert_days_agree(scenario: Scenario, strategy: Strategy, seed: int) -> None:
    """Live the horizon with both drivers side by side, comparing after every day."""
    world = prepare(scenario, seed=seed)
    model = BrandModel.of(world, strategy)
    state = world.start.copy()
    days = plan(world.scenario, strategy)
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
    "more_friends": st.sampled_from([0.333, 3.0]),
    "days_warm_up": st.sampled_from([0, 20]),
    "days_lag_max": st.sampled_from([1, 7, 60]),
    "launch_day": st.integers(0, 20),
    "matched_list": st.booleans(),
    "relationships": st.booleans(),
    "purpose": st.booleans(),
    "evolving": st.booleans(),
    "equal_impact": st.booleans(),
    "selection_only": st.booleans(),
    "share_invited": st.sampled_from([0.0, 0.5, 1.0]),
}


@st.composite
def scenarios(draw):
    """Any small world, with changes strong enough that everything happens."""
    changes = {name: draw(values) for name, values in PARAMETERS.items()}
    shares = {"share_followers": 0.3, "share_subscribers": 0.2, "share_members": 0.2}
    return Scenario().replace(n_days=30, **shares, **changes)


@st.composite
def split_efforts(draw):
    """Any strategy of one or two phases."""
    phases = []
    for first in [0, 12][: draw(st.integers(1, 2))]:
        parts = draw(st.lists(st.integers(0, 5), min_size=5, max_size=5))
        total = sum(parts)
        names = ("posting", "replying", "content", "hosting", "advertising")
        shares = {n: p / total if total else 0.0 for n, p in zip(names, parts, strict=True)}
        phases.append({"from_day": first, **shares})
    return from_table({"name": "any", "phases": phases, "ask_reviews": draw(st.booleans())})


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), strategy=split_efforts(), seed=st.integers(0, 2**64 - 1))
def test_any_world_any_strategy(scenario, strategy, seed):
    """Random worlds, strategies and seeds: equal on every day, in every column, for everyone."""
    assert_days_agree(scenario, strategy, seed)


def test_classroom_under_every_strategy():
    """The preset the Mesa model is for, a smaller class, its whole horizon."""
    scenario = Scenario.load("classroom").replace(n_people=300)
    for strategy in STRATEGIES.values():
        assert_days_agree(scenario, strategy, seed=7)
