"""The wheel of marks and the seats of members against plain lists; what changes nothing.

How marks come about, and that they have the law of a die a day: test_waking.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.agents.model import BrandModel
from simulation.agents.person import Person
from simulation.core.randomness import make_key
from simulation.core.stages import Stage
from simulation.engine.plan import plan
from simulation.engine.waking import (
    call_members,
    chunk_before,
    file,
    forget_called,
    pass_by,
    read_called,
    with_room,
)
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import STRATEGIES
from simulation.people.population import State, born, empty_bonds
from simulation.people.waking import CHUNK, COMMON, EVENTS, LAPS, N_CLOCKS, VISITS, nobody_waits
from simulation.rules.waking import LONGEST, member_clock
from simulation.runs.run import prepare
from tests.inputs.test_world import ALL_LEVERS, LIVELY
from tests.native import native

# -- the wheel against a plain list ---------------------------------------------------------------


@native
def file_them(state, stages, persons, marks):
    """File marks as a day does: room first."""
    state = with_room(state, persons.size)
    for j in range(persons.size):
        file(state.waking, stages[j], np.int32(persons[j]), marks[j])
    return state


@native
def night(waking, before, now, out):
    """Let three clocks go on; write who is called, and return how many they are."""
    for stage in range(3):
        pass_by(waking, stage, before[stage], now[stage])
    n = read_called(waking, out)
    forget_called(waking)
    return n


def state_with(n_people: int, sizes) -> State:
    """Return a state whose wheels are empty, as large as people of these numbers need them."""
    state = born(Scenario().replace(n_people=n_people, graph="none"), make_key(0), n_people, 0)
    return state._replace(waking=nobody_waits(n_people, np.array(sizes)))


def chunks_in_use(waking) -> int:
    """Return how many chunks the chains of the buckets hold."""
    used = 0
    for end in waking.end:
        chunk = chunk_before(int(end))
        while chunk >= 0:
            chunk, used = waking.after[chunk], used + 1
    return used


#: How far clocks go in a day: not at all, within a bucket, buckets, just a lap, many laps.
STEPS = (0.0, 1e-9, 1 / 64, 0.01, 0.3, 1.0, LAPS - 1e-12, float(LAPS), 2.5, 7.0, LONGEST, 150.0)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 700),
    st.lists(st.sampled_from([0, 5000, 30_000, 400_000]), min_size=3, max_size=3),
    st.lists(
        st.tuples(*[st.sampled_from(STEPS)] * 3, st.integers(0, 600)), min_size=1, max_size=25
    ),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 1, 5, None]),
)
def test_the_wheel_calls_whom_a_plain_list_calls(n_people, sizes, days, seed, spare):
    """Any marks, stale ones too (people file again and again), any laps, any growth."""
    rng = np.random.default_rng(seed)
    state = state_with(n_people, sizes)
    if spare is not None:  # the rest of the chunks is forgotten: the table has to grow
        state.waking.free[-1] = spare
    known = state.waking.free[-1]
    chunks = state.waking.after.size
    clock, waiting = np.zeros(3), [[], [], []]
    out = np.empty(n_people + 1, np.int64)
    for *steps, n in days:
        stages, persons = rng.integers(0, 3, n), rng.integers(0, n_people, n)
        ahead = rng.exponential(1.0, n) * rng.choice([1e-3, 1.0, 1.0, 5.0], n) + 2e-10
        edge = rng.random(n) < 0.2  # on the edge of a bucket
        ahead[edge] = rng.integers(1, 300, edge.sum()) / 64
        marks = clock[stages] + ahead
        for stage, person, mark in zip(stages, persons, marks, strict=True):
            waiting[stage].append((mark, person))
        larger = file_them(state, stages, persons, marks)
        if larger.waking.after.size > chunks:
            known += larger.waking.after.size - chunks
            chunks = larger.waking.after.size
        state = larger
        before, clock = clock, clock + np.array(steps)
        called = set()
        for stage in range(3):
            called |= {int(p) for mark, p in waiting[stage] if mark <= clock[stage]}
            waiting[stage] = [pair for pair in waiting[stage] if pair[0] > clock[stage]]
        found = night(state.waking, before, clock, out)
        assert out[:found].tolist() == sorted(called)
        assert not state.waking.called.any()
        assert not state.waking.groups.any()
        assert chunks_in_use(state.waking) + state.waking.free[-1] == known
    assert chunks_in_use(state.waking) * CHUNK >= sum(len(part) for part in waiting)


def test_the_wheel_keeps_many_thousand_marks():
    """200,000 marks of 3,000 people, over many days: the table of chunks grows, nobody is lost."""
    rng = np.random.default_rng(1)
    state, clock = state_with(3000, [3000, 0, 0]), np.zeros(3)
    chunks, waiting = state.waking.after.size, np.empty((0, 2))
    out = np.empty(3000, np.int64)
    for _ in range(50):
        persons, ahead = rng.integers(0, 3000, 4000), rng.exponential(8.0, 4000) + 2e-10
        marks = clock[0] + ahead
        state = file_them(state, np.zeros(4000, np.int64), persons, marks)
        waiting = np.concatenate([waiting, np.stack([marks, persons], axis=1)])
        before, clock = clock, clock + np.array([0.13, 0.0, 0.0])
        due = waiting[:, 0] <= clock[0]
        found = night(state.waking, before, clock, out)
        np.testing.assert_array_equal(out[:found], np.unique(waiting[due, 1]).astype(int))
        waiting = waiting[~due]
    assert state.waking.after.size > 2 * chunks
    assert len(waiting) > 100_000


def test_one_chunk_is_always_to_spare():
    """One mark a day, all into one bucket, passed by half: what stays is filed again at night."""
    n = 2000
    state = state_with(n, [0, 0, 0])
    state.waking.free[-1] = 1
    clock, out = np.zeros(3), np.empty(n, np.int64)
    for person in range(n):
        mark = np.array([LAPS * 3 + 1 / 128 + person * 1e-7])  # three laps on, in the first bucket
        state = file_them(state, np.zeros(1, np.int64), np.array([person]), mark)
        before, clock = clock, clock + np.array([1e-6, 0.0, 0.0])
        assert night(state.waking, before, clock, out) == 0
    assert night(state.waking, clock, np.array([LAPS * 3.0, 0.0, 0.0]), out) == 0
    later = np.array([50.0, 0.0, 0.0])
    assert night(state.waking, np.array([LAPS * 3.0, 0.0, 0.0]), later, out) == n


def test_a_stale_mark_calls_for_nothing():
    """Somebody who moved has a mark left behind: they are looked at, and nothing happens."""
    world = prepare(LIVELY.replace(n_people=200, p_rival=0.0), seed=3)
    days = plan(world.scenario, ALL_LEVERS)
    usual, state = world.start.copy(), world.start.copy()
    strangers = np.flatnonzero(state.people.stage == 0)
    marks = state.waking.clock[0] + np.linspace(1e-6, 1.0, strangers.size)
    state = file_them(state, np.zeros(strangers.size, np.int64), strangers, marks)
    for day in range(days.size):
        usual, one, _ = world.engine._run(
            usual, days[day : day + 1], day, held=False, ask=True, events=True
        )
        state, other, _ = world.engine._run(
            state, days[day : day + 1], day, held=False, ask=True, events=True
        )
        assert one.tobytes() == other.tobytes(), day
    assert_same_people(usual, state)
    assert usual.waking.clock[0] > marks.max() - 1.0


# -- members hold their marks in their seats ------------------------------------------------------


@native
def call_seats(waking, bonds, tonight, out):
    """Write whom the clocks of the members call, and return how many they are."""
    call_members(waking, bonds, tonight)
    n = read_called(waking, out)
    forget_called(waking)
    return n


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 150), st.floats(0, 1), st.integers(0, 2**32 - 1), st.floats(0, 20))
def test_members_are_called_when_their_own_clock_passes_their_mark(n, share, seed, visits):
    """Paces from 0 up, free seats between taken ones, in tables that end within a block of 16."""
    rng = np.random.default_rng(seed)
    state, bonds = state_with(1000, [0, 0, 0]), empty_bonds(n)
    taken = np.flatnonzero(rng.random(n) < share)
    bonds.owner[taken] = rng.permutation(1000)[: taken.size]
    bonds.pace[taken] = rng.lognormal(-3, 2, taken.size) * (rng.random(taken.size) < 0.8)
    bonds.drawn[taken] = rng.lognormal(1, 0.5, taken.size)
    tonight = np.zeros(N_CLOCKS)
    tonight[[VISITS, EVENTS, COMMON]] = visits, visits / 7, visits / 3
    own = member_clock(bonds.pace[taken], bonds.drawn[taken], *tonight[[VISITS, EVENTS, COMMON]])
    bonds.due[taken] = own * rng.choice([0.5, 1.0, 1.5], taken.size)
    out = np.empty(1000, np.int64)
    found = call_seats(state.waking, bonds, tonight, out)
    due = own >= bonds.due[taken]
    assert out[:found].tolist() == sorted(bonds.owner[taken][due].tolist())


def test_marks_stand_where_they_belong():
    """After a lively run: of members in their seats, of others among those filed, and all ahead."""
    world = prepare(LIVELY, seed=2)
    state, _, _ = world.engine.run(world.start.copy(), ALL_LEVERS)
    stage, lives, waking = state.people.stage & 3, state.people.lives, state.waking
    members = np.flatnonzero(stage == Stage.MEMBER)
    assert members.size > 50
    seats = state.people.rare.seat[members]
    np.testing.assert_array_equal(state.bonds.due[seats], lives.mark[members])
    pace = state.bonds.drawn[seats] * lives.visit_rate[members].astype(float)
    np.testing.assert_array_equal(state.bonds.pace[seats], pace)
    free = np.setdiff1d(np.arange(state.bonds.owner.size), seats)
    assert (state.bonds.due[free] == np.inf).all()
    filed = set()
    for place in range(3):
        first, n_buckets, _ = waking.wheels[place]
        for bucket in range(first, first + n_buckets):
            end = int(waking.end[bucket])
            while end > 0:
                chunk = chunk_before(end)
                here = slice(chunk * CHUNK, end)
                marks = zip(waking.who[here].tolist(), waking.when[here], strict=True)
                filed |= {(place, who, when) for who, when in marks}
                end = (int(waking.after[chunk]) + 1) * CHUNK
    others = np.flatnonzero(stage != Stage.MEMBER)
    missing = [p for p in others.tolist() if (int(stage[p]), p, lives.mark[p]) not in filed]
    assert not missing
    assert len(filed) > others.size, "some are stale"
    clocks = waking.clock[np.minimum(stage, 2)]
    visits, events, common = waking.clock[VISITS], waking.clock[EVENTS], waking.clock[COMMON]
    clocks[members] = member_clock(pace, state.bonds.drawn[seats], visits, events, common)
    assert (lives.mark > clocks).all()


# -- what changes nothing -------------------------------------------------------------------------


def assert_same_people(one: State, other: State) -> None:
    """Compare everyone, and what the brand counts, exactly."""
    assert one.people.lives.tobytes() == other.people.lives.tobytes()
    assert one.people.stage.tobytes() == other.people.stage.tobytes()
    assert one.brand.tobytes() == other.brand.tobytes()
    for name in ("bought_on", "joined_on", "touchpoint", "complaint"):
        assert one.people.rare[name].tobytes() == other.people.rare[name].tobytes(), name
    np.testing.assert_array_equal(one.waking.clock, other.waking.clock)


WORLDS = [
    (LIVELY, ALL_LEVERS),
    (Scenario.load("classroom"), STRATEGIES["community_building"]),
    (Scenario.load("classroom").replace(matched_list=True, share_followers=0.5),
     STRATEGIES["posting_only"]),
    (Scenario.load("launch_2025").replace(n_people=9001, n_days=90, launch_day=10),
     STRATEGIES["balanced"]),
    (Scenario.load("launch_2012").replace(n_people=5003, n_days=60, launch_day=0,
                                          rate_tell_follower=0.05), STRATEGIES["advertising"]),
    (Scenario.load("launch_2025").replace(n_people=4096, n_days=60, launch_day=0),
     STRATEGIES["do_nothing"]),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "strategy"), WORLDS)
def test_looking_at_everybody_changes_nothing(scenario, strategy):
    """Who is called without being due is looked at, and nothing happens to them."""
    world = prepare(scenario, seed=0)
    usual, table, log = world.engine.run(world.start.copy(), strategy, events=True)
    state, logs = world.start.copy(), []
    days = plan(scenario, strategy, key=world.engine.key)
    n = state.people.stage.size
    everybody = np.arange(64 * state.waking.called.size).reshape(-1, 64) < n
    bits = (everybody * (np.uint64(1) << np.arange(64, dtype=np.uint64))).sum(axis=1)
    for day in range(days.size):
        state.waking.called[:] = bits
        state.waking.groups[:] = 2**64 - 1
        extra = 64 * state.waking.groups.size - state.waking.called.size
        state.waking.groups[-1] >>= np.uint64(extra)
        state, row, found = world.engine._run(
            state, days[day : day + 1], day, held=False, ask=strategy.ask_reviews, events=True
        )
        assert row.tobytes() == table[day : day + 1].tobytes(), f"day {day}"
        logs.append(found)
    np.testing.assert_array_equal(np.concatenate(logs), log)
    assert_same_people(usual, state)


def test_asking_everybody_in_the_mesa_model_changes_nothing():
    """A rule of one's own for meeting is asked of everybody; one that changes nothing does not."""

    class Same(Person):
        def meet(self, die):
            return super().meet(die)

    world = prepare(LIVELY.replace(n_people=200, n_days=60), seed=5)
    models = [BrandModel.of(world, ALL_LEVERS, kind) for kind in (Person, Same)]
    for model in models:
        while model.running:
            model.step()
    assert models[1].own_meet
    assert models[0].table.tobytes() == models[1].table.tobytes()
    assert_same_people(*(model.to_state() for model in models))


def few_seats(state: State) -> State:
    """All free seats forgotten: the table grows with the first new member."""
    state.bonds.free[-1] = 0
    return state


def few_chunks(state: State) -> State:
    """All free chunks of the wheels forgotten but one: the table grows on the first day."""
    state.waking.free[-1] = 1
    return state


def other_chunks(state: State) -> State:
    """The free chunks and seats in another order."""
    for free in (state.waking.free, state.bonds.free):
        free[: free[-1]] = free[: free[-1]][::-1].copy()
    return state


def elsewhere(offset: int):
    """Return a change of state that moves people to another place within a line of the cache."""

    def move(state: State) -> State:
        lives = state.people.lives
        raw = np.zeros(lives.nbytes + 128, np.uint8)
        skip = -raw.ctypes.data % 64 + offset
        new = raw[skip : skip + lives.nbytes].view(lives.dtype).view(np.recarray)
        new[:] = lives
        assert new.ctypes.data % 64 == offset
        return state._replace(people=state.people._replace(lives=new))

    return move


CHANGES = {
    "no free seat": few_seats,
    "one free chunk": few_chunks,
    "free places in another order": other_chunks,
    **{f"{offset} bytes further on": elsewhere(offset) for offset in (1, 8, 36, 63)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_tables_that_grow_and_memory_that_moves_change_nothing(name):
    """In the middle of a run the tables are made small, or moved: the same rows, events, people."""
    world = prepare(LIVELY.replace(rate_lapse_member=0.1), seed=4)
    days = plan(world.scenario, ALL_LEVERS)
    ends, tables, logs = [], [], []
    for change in (lambda state: state, CHANGES[name]):
        state, table, log = world.start.copy(), [], []
        for part in (slice(0, 30), slice(30, 70), slice(70, 100)):
            state = change(state)
            sizes = state.bonds.owner.size, state.waking.after.size
            state, rows, found = world.engine._run(
                state, days[part], part.start, held=False, ask=True, events=True
            )
            table.append(rows.tobytes())
            log.append(found)
        ends.append((state, sizes))
        tables.append(table)
        logs.append(np.concatenate(log))
    assert tables[0] == tables[1]
    np.testing.assert_array_equal(*logs)
    assert_same_people(ends[0][0], ends[1][0])
    (_, usual), (_, other) = ends
    assert (other[0] > usual[0]) == (name == "no free seat")
    assert (other[1] > usual[1]) == (name == "one free chunk")
