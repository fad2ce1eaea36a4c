"""Who wakes when: clocks have the law of a die a day, and call just those whose marks they pass.

Distributions are compared at p > 1e-6 (about 5 sigma); seeds are not chosen.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulation.agents.model import BrandModel
from simulation.core.compiled import compiled
from simulation.core.randomness import make_key, uniform
from simulation.core.stages import Stage
from simulation.engine.common import MEMBER, D
from simulation.engine.day import Engine
from simulation.engine.meet import plan_day
from simulation.engine.plan import plan
from simulation.engine.waking import (
    begin,
    clock_of_seat,
    room_for_awake,
    set_mark,
    set_member_mark,
    wake,
    with_room,
)
from simulation.people.around import stored
from simulation.people.friends import no_friends
from simulation.people.population import born
from simulation.rules.waking import die_of, hazard, wait
from simulation.runs.run import prepare
from tests.inputs.test_world import ALL_LEVERS, LIVELY

SMALLEST_P = 1e-6
WORDS = 2**32


# -- the law, exactly: every one of the 2^32 words of a wait --------------------------------------


def words_up_to(day_of, day: int) -> int:
    """Return how many words wake by a day; a larger word never waits longer."""
    low, high = 0, WORDS  # words from `high` on wake by then
    while low < high:
        middle = (low + high) // 2
        if day_of(wait((middle + 0.5) / WORDS)) <= day:
            high = middle
        else:
            low = middle + 1
    return WORDS - low


def first_day(ahead: float, chances) -> int:
    """Return the day on which a clock that goes by the hazards of these chances passes a mark."""
    clock = 0.0
    for day, p in enumerate(chances):
        clock += hazard(p)
        if ahead <= clock:
            return day
    return len(chances)


@pytest.mark.parametrize("p", [1e-4, 0.01, 0.3, 0.5, 0.97])
def test_a_constant_chance_waits_geometrically(p):
    """The share of all words that wake by each day is 1 - (1 - p)^days, to a few words."""
    chances = [p] * 12
    for day in range(12):
        found = words_up_to(lambda w: first_day(w, chances), day) / WORDS
        assert found == pytest.approx(1.0 - (1.0 - p) ** (day + 1), abs=4 / WORDS)
        assert found != pytest.approx(1.0 - (1.0 - 1.001 * p) ** (day + 1), abs=4 / WORDS) or (
            (1 - p) ** (day + 1) < 1e-8
        )


def test_changing_chances_are_those_of_a_die_a_day():
    """Days without a chance call nobody, a certain day calls all who are left."""
    chances = [0.2, 0.0, 0.05, 0.0, 0.0, 0.6, 0.3, 1e-5, 1.0]
    left = np.cumprod(1.0 - np.array(chances))
    found = [words_up_to(lambda w: first_day(w, chances), day) / WORDS for day in range(9)]
    np.testing.assert_allclose(found, 1.0 - left, atol=4 / WORDS)
    assert found[1] == found[0]
    assert found[-1] == 1.0


def test_who_moves_takes_the_rest_of_the_wait_along():
    """Memoryless: after any days at one stage, the next wait like people who are new to theirs."""
    before, after = [0.3, 0.1, 0.25], [0.05, 0.4, 0.0, 0.2]

    def day_of(ahead: float) -> int:
        """Return the day of waking, stages changed after three days if not before."""
        day = first_day(ahead, before)
        if day < 3:
            return day
        gone = 0.0
        for p in before:
            gone += hazard(p)
        clock = 700.25  # of the other stage, wherever it is
        mark = clock + (ahead - gone)
        for more, p in enumerate(after):
            clock += hazard(p)
            if mark <= clock:
                return 3 + more
        return 3 + len(after)

    left = np.cumprod(1.0 - np.array(before + after))
    found = [words_up_to(day_of, day) / WORDS for day in range(7)]
    np.testing.assert_allclose(found, 1.0 - left, atol=40 / WORDS)  # 700.25 costs some last bits


def test_the_die_is_uniform_below_the_chance_exactly():
    """Of the words that wake on a day, the share with a die below x is x over the chance."""
    for p in (0.02, 0.4, 0.9):
        for start in (0.0, 0.7):  # the clock last night
            first = words_up_to(lambda w, s=start: 0 if w <= s else 1, 0)
            today = start + hazard(p)
            due = words_up_to(lambda w, t=today: 0 if w <= t else 1, 0) - first
            for share in (0.1, 0.5, 0.99):

                def below(w, x=share * p, s=start):
                    return 0 if w <= s or die_of(w - s) < x else 1

                assert (words_up_to(below, 0) - first) / due == pytest.approx(share, abs=1e-7)


# -- the slices of a day --------------------------------------------------------------------------


class Tried(BrandModel):
    """Every morning, asks everybody what would happen with a die about the chance of waking."""

    def advance(self):
        super().advance()
        for person in self.by_number:
            kept = person.told, person.contacts, person._bell, person._tells, person._met_rival
            drawn = person.drawn
            if person.stage == Stage.MEMBER:  # the clock goes as on the last evening: no slower
                person.drawn = person.drawn_back()
                assert person.drawn <= drawn
            clocks = self.last_night, self.clock
            last_night, now = (person.clock(clock, person.stage) for clock in clocks)
            bound, person.told = die_of(now - last_night), False
            answers = [person.meet(bound * x) for x in (1 - 1e-9, 1 + 1e-9)]
            self.tried.append((person.stage, bound, answers))
            person.told, person.contacts, person._bell, person._tells, person._met_rival = kept
            person.drawn = drawn


def tried_in(scenario):
    """Return what was tried in a small town: (stage, chance of waking, answers)."""
    small = scenario.replace(n_people=150, n_days=60, discovery=5.0)
    model = Tried.of(prepare(small, seed=0), ALL_LEVERS)
    model.tried = []
    while model.running:
        model.step()
    return model.tried


def test_the_slices_of_a_day_fill_the_chance_of_waking():
    """What may happen to a person is what moves the clock: no more, or it would be slept through.

    Just below the chance of waking something happens, just above it nothing does, to anyone on any
    day. A new contact or hazard that `stage_hazard` does not know of fails here.
    """
    tried = tried_in(LIVELY.replace(open_attachment=0.0))
    assert {stage for stage, bound, _ in tried if bound > 0.0} == set(Stage)
    assert len(tried) == 150 * 60
    for stage, bound, answers in tried:
        assert answers == [bound > 0.0, False], (stage, bound)


def test_nobody_reads_more_than_the_clock_allows():
    """Where opening is personal clocks go on as for the most attached: no mail is missed.

    Above the chance of waking nothing happens to anybody, and just below it something still does to
    strangers and followers, who get no mail.
    """
    tried = tried_in(LIVELY.replace(open_attachment=3.0))
    for stage, bound, answers in tried:
        assert not answers[1], (stage, bound)
        assert answers[0] == (bound > 0.0) or stage >= Stage.SUBSCRIBER
    assert not all(answers[0] for stage, _, answers in tried if stage >= Stage.SUBSCRIBER)


# -- the die, as the engine reads it --------------------------------------------------------------


@compiled
def wake_and_sleep(given, state, days, kept):
    """Let people wake and wait anew for some days; returns how many looks were kept.

    A row of `kept` a look: person, day, stage, number of the wait, die, chance of waking that day.
    """
    awake = room_for_awake(16)
    before = np.empty(state.waking.clock.size)
    n = 0
    for day in range(days.size):
        for place in range(before.size):
            before[place] = state.waking.clock[place]
        size = state.people.stage.size
        chances = plan_day(given.par, day, days[day], state.brand[0], size, False)
        awake = wake(given, day, days[day], chances, state, awake)
        state = with_room(state, awake.n)
        for a in range(awake.n):
            person = awake.active[a]
            life = state.people.lives[person]
            stage, seat = int(state.people.stage[person]) & 3, state.people.rare[person].seat
            gone = state.waking.clock[stage] - before[stage]
            if stage == MEMBER:
                gone = clock_of_seat(state.waking.clock, state.bonds, seat)
                gone -= clock_of_seat(before, state.bonds, seat)
            kept[n, 0], kept[n, 1], kept[n, 2] = person, day, stage
            kept[n, 3], kept[n, 4], kept[n, 5] = awake.nth[a] - 1, awake.dice[a], die_of(gone)
            n += 1
            life.woken = awake.nth[a]
            u = uniform(given.key, person, awake.nth[a], D.WAIT)
            if stage == MEMBER:
                set_member_mark(given, state, person, day, wait(u))
            else:
                set_mark(state.waking, life, person, stage, wait(u))
    return n


@pytest.fixture(scope="module")
def looks() -> np.ndarray:
    """The looks of 60 days at 6,000 people who never move, of all four stages."""
    world = LIVELY.replace(graph="none", n_people=6000, n_days=60, discovery=5.0, rival_day=20)
    engine = Engine(world, make_key(0), stored(no_friends(6000)))
    state = born(world, engine.key, 6000, 0)
    begin(engine._given, state)
    kept = np.empty((6000 * 60, 6))
    return kept[: wake_and_sleep(engine._given, state, plan(world, ALL_LEVERS), kept)]


def test_as_many_wake_as_would_by_a_die_a_day(looks):
    """Per stage of one chance and day: binomial; a chance a tenth larger is refused."""
    heads = {0: 1800, 1: 1800, 2: 1200}
    for factor, fits in ((1.0, True), (1.1, False)):
        squares, cells = 0.0, 0
        for stage, n in heads.items():
            for day in range(60):
                here = looks[(looks[:, 1] == day) & (looks[:, 2] == stage)]
                p = factor * (here[0, 5] if len(here) else 0.0)
                if 10 < n * p < n - 10:
                    squares += (len(here) - n * p) ** 2 / (n * p * (1 - p))
                    cells += 1
        assert cells > 90
        assert (stats.chi2.sf(squares, cells) > SMALLEST_P) == fits


def independent_p(u: np.ndarray, classes: np.ndarray) -> float:
    """Return the p-value of a table of ten classes of u against other classes."""
    _, columns = np.unique(classes, return_inverse=True)
    table = np.zeros((10, columns.max() + 1))
    np.add.at(table, ((u * 10).astype(int), columns), 1)
    return float(stats.chi2_contingency(table[:, table.sum(axis=0) > 50]).pvalue)


def test_the_die_is_uniform_below_the_chance_of_waking(looks):
    """Chi-square and Kolmogorov-Smirnov; the wait itself, read without `die_of`, is refused."""
    die, bound = looks[:, 4], looks[:, 5]
    assert len(looks) > 50_000
    assert (die >= 0.0).all()
    assert (die <= bound).all()
    u = np.minimum(die / bound, 1 - 1e-12)
    assert stats.kstest(u, "uniform").pvalue > SMALLEST_P
    assert stats.chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue > SMALLEST_P
    for stage in range(4):
        assert stats.kstest(u[looks[:, 2] == stage], "uniform").pvalue > SMALLEST_P
    unread = np.log1p(-die) / np.log1p(-np.minimum(bound, 1 - 1e-12))
    assert stats.kstest(unread, "uniform").pvalue < SMALLEST_P


def test_the_die_is_independent_of_who_wakes_and_when(looks):
    """Of day, stage, number of the wait, person, days since the last time, and the die of then."""
    person, day, stage, nth, die, bound = looks.T
    u = np.minimum(die / bound, 1 - 1e-12)
    for classes in (day, stage, np.minimum(nth, 30), person % 64):
        assert independent_p(u, classes) > SMALLEST_P
    assert independent_p(np.minimum(die, 1 - 1e-12), day) < SMALLEST_P, "not the die alone"
    order = np.lexsort((day, person))
    again = person[order][1:] == person[order][:-1]
    later, earlier = u[order][1:][again], u[order][:-1][again]
    assert independent_p(later, (earlier * 10).astype(int)) > SMALLEST_P
    since = np.minimum(np.diff(day[order])[again], 12)
    assert independent_p(later, since) > SMALLEST_P
    assert independent_p(earlier, since) > SMALLEST_P
    assert independent_p(later, (later * 10).astype(int)) < SMALLEST_P
