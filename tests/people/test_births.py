"""How people are born and placed: in one pass, as a plain sort would place them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.core.elementary import exp
from simulation.core.randomness import Decision, draw, draw_normal, make_key
from simulation.inputs.scenario import Scenario
from simulation.people.population import INVITED, LIFE_DTYPE, born, copied, place, room_for_lives
from simulation.rules.attachment import fit_at_birth
from tests.native import native


def sorted_places(score: np.ndarray, limits: list[int]) -> np.ndarray:
    """Return everyone's stage by sorting: the best first, the lower person first where equal."""
    best = np.lexsort((np.arange(score.size), -score))
    stage = np.zeros(score.size, np.uint8)
    for k, limit in enumerate(limits):
        stage[best[:limit]] = k + 1
    return stage


@native
def place_them(score, limits, stage):
    """`place`, compiled."""
    place(score, limits, stage)


def placed(score: np.ndarray, limits: list[int]) -> np.ndarray:
    """Return everyone's stage by `place`."""
    stage = np.zeros(score.size, np.uint8)
    place_them(score, np.array(limits, np.int64), stage)
    return stage


#: Scores as people have them, in one bin of the histogram (1 / 3,640 wide), and beyond its ends.
SCORES = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "ties": lambda rng, n: rng.integers(-2, 3, n) / 2.0,
    "all alike": lambda rng, n: np.full(n, 0.25),
    "one bin": lambda rng, n: 0.25 + rng.integers(0, 5, n) * 1e-6,
    "far out": lambda rng, n: rng.standard_normal(n) * 40.0,
}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(SCORES)),
    st.integers(1, 400),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.integers(0, 2**32 - 1),
)
@pytest.mark.parametrize("empty", [(), (0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_places_are_those_of_a_sort(empty, kind, n, shares, seed):
    """By (score, person), also with ties, with empty stages, and with nobody left a stranger."""
    shares = [0.0 if k in empty else share for k, share in enumerate(shares)]
    score = SCORES[kind](np.random.default_rng(seed), n)
    limits = np.minimum(n, np.cumsum([round(share * n) for share in shares]))[::-1].tolist()
    np.testing.assert_array_equal(placed(score, limits), sorted_places(score, limits))


def test_places_in_a_town_are_those_of_a_sort():
    score = np.random.default_rng(5).standard_normal(300_000)
    limits = [150_000, 2000, 1]
    np.testing.assert_array_equal(placed(score, limits), sorted_places(score, limits))
    assert np.bincount(placed(score, limits)).tolist() == [150_000, 148_000, 1999, 1]


def test_people_are_born_with_their_own_draws():
    """By hand, one after another: traits, score and stage of 1,100 people (blocks of 512)."""
    scenario = Scenario().replace(
        n_people=1100, selection=0.6, share_followers=0.3, share_subscribers=0.0,
        share_members=0.05, share_invited=0.4,
    )  # fmt: skip
    key = make_key(2**40 + 5, 3)
    state, par = born(scenario, key, 1100, -9), scenario.numbers()
    lives, score = state.people.lives, np.empty(1100)
    for person in range(1100):

        def z(decision, person=person):
            return draw_normal(key, person, 0, int(decision))

        theta = np.float32(z(Decision.RELEVANCE))
        assert lives.relevance[person] == theta
        assert lives.purpose_fit[person] == fit_at_birth(float(theta), z(Decision.FIT))
        rate = par.visit_rate_median * exp(par.visit_rate_sigma * z(Decision.VISIT_RATE))
        assert lives.visit_rate[person] == np.float32(rate)
        invited = draw(key, person, 0, int(Decision.INVITED), 0) < 0.4
        assert lives.marks[person] == INVITED * invited
        score[person] = 0.6 * float(theta) + np.sqrt(1.0 - 0.6 * 0.6) * z(Decision.START)
    np.testing.assert_array_equal(state.people.stage, sorted_stage(score, 330, 55))
    assert (lives.last_contact == -9).all()
    assert state.brand[0].n.tolist() == [715, 330, 0, 55]
    members = np.flatnonzero(state.people.stage == 3)
    np.testing.assert_array_equal(state.bonds.owner[:55], members)
    np.testing.assert_array_equal(state.people.rare.seat[members], np.arange(55))


def sorted_stage(score: np.ndarray, followers: int, members: int) -> np.ndarray:
    """Return everyone's stage, with no subscribers."""
    return sorted_places(score, [followers + members, members, members])


@pytest.mark.parametrize("n", [1, 2, 999])
def test_lives_begin_at_a_line_of_the_cache(n):
    assert LIFE_DTYPE.itemsize == 64
    lives = room_for_lives(n)
    lives.woken[:] = 7
    for each in (lives, copied(lives)):
        assert each.size == n
        assert n == 0 or each.ctypes.data % 64 == 0
        assert (each.woken == 7).all()
