"""The compiled day. `live_a_day` lists its phases in order; the rest runs many days of it.

The engine and the Mesa model (agents/model.py) call the same rules with the same keyed randomness
and agree exactly, person by person and day by day.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import Any

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.compiler import compiled_before
from simulation.core.outcomes import DAY_DTYPE, LOG_COLUMNS
from simulation.core.randomness import Key, make_key
from simulation.core.ways import chosen, running
from simulation.engine.common import Given, Now, felt, room_for
from simulation.engine.complain import complain
from simulation.engine.launches import turn_page, wake_users
from simulation.engine.look import look, room_to_find, sleep, throw_words
from simulation.engine.market import buy, speak
from simulation.engine.meet import plan_day
from simulation.engine.mingle import count_bonds, mingle
from simulation.engine.move import moved
from simulation.engine.plan import plan, warm_up_plan
from simulation.engine.switch import switch
from simulation.engine.waking import begin, room_for_awake, wake, with_room
from simulation.inputs.scenario import Scenario, as_record
from simulation.inputs.strategy import COMMON_ROUTINE, Strategy
from simulation.people.around import Around, room_around, stored
from simulation.people.friends import Friends, no_friends
from simulation.people.population import State, born
from simulation.rules.attachment import attachment, exposure_left, left_after
from simulation.rules.effort import hours_unused
from simulation.tools.interrupts import interrupts_held


@loop
def live_a_day(given, now, state, awake, held, ask, log):
    """One day, in order: every phase reads what the phase before left.

    1 plan      the chances of the day from what the brand does (`chances`, made by plan_day); on
                some days the product page begins anew
    2 meet      who has contact with the brand (`awake`, found by the clocks)
    3 feel      attachment grows with contacts
    4 move      up a stage, or lapse down (not while stages are `held`, in the warm-up)
    5 mingle    members talk, bonds form, purpose drifts, novelty fades or is renewed
    6 consider  contacts are followed up; those whose page visit is due decide to buy
    7 speak     buyers review, recommend and give; fans tell a friend
    8 complain  purchases go wrong; complaints are answered in order of waiting, or ignored
    9 switch    fans who meet a rival may leave for good
    10 record   the stocks at the end of the day
    """
    if now.today.new_page != 0:
        turn_page(state)
    found, words = room_to_find(awake.n), throw_words(given.key, now.day, awake)
    log = room_for(log, 9 * awake.n)  # seven contacts, a move and a consideration each
    n = look(given, now, state, awake, words, held, found, log)  # 2, 3, 4 and 6
    state = with_bonds(state, moved(given, now.day, state, found, n.movers))
    log = mingle(given, now, state, found.visitors[: n.visitors], log)
    buyers, log = buy(given, now, state, log)
    log = speak(given, now, state, ask, found.tellers[: n.tellers], buyers, log)
    if given.par.can_go_wrong > 0.0:
        log = complain(given, now, state, buyers, log)
    if now.chances.rival > 0.0:
        bonds, log = switch(given, now, state, found.rivals[: n.rivals], log)
        state = with_bonds(state, bonds)
    sleep(given, now.day, state, found, n.sleepers, awake)
    wake_users(given, now.day, state, buyers)
    record(given, now, state)
    return state, log


@loop
def with_bonds(state, bonds):
    """Return the state with another table of bonds."""
    return State(state.people, bonds, state.brand, state.calendar, state.complaints, state.waking)


@leaf
def record(given, now, state):
    """Write the stocks at the end of the day."""
    par, fading = given.par, given.fading
    day, today, row = now.day, now.today, now.row
    brand = state.brand[0]
    for stage in range(4):
        row.n[stage] = brand.n[stage]
        row.attachment[stage] = np.nan  # nobody there: no mean
        if brand.n[stage] > 0:
            total = brand.prominence[stage] + brand.self_connection[stage]
            row.attachment[stage] = max(0.0, 0.5 * total / brand.n[stage])
    if par.geometric_attachment > 0.0 or par.power_forgetting > 0.0:
        # sums of P and C do not tell: look at everybody
        for stage in range(4):
            row.attachment[stage] *= 0.0
        for person in range(state.people.stage.size):
            stage = int(state.people.stage[person]) & 3
            p, c = felt(state.people, fading, person, day)
            row.attachment[stage] += attachment(par, p, c) / brand.n[stage]
    row.complaints_open = brand.complaints_open
    row.novelty = brand.novelty
    row.hours = today.hours
    row.hours_unused = hours_unused(
        par,
        today.cases,
        row.complaints_answered,
        today.replies,
        now.chances.expected,
        today.waiting,
        today.host_answers,
        float(row.messages - row.answers),
    )
    count_bonds(state.bonds, row, day)


@compiled
def run_days(given, state, days, table, first_day, held, ask, log):
    """Live all the days of the plan `days`, changing `state`.

    Returns (state, log): some of their tables may have been replaced by larger ones.
    """
    awake = room_for_awake(1024)
    for t in range(days.size):
        day = first_day + t
        chances = plan_day(given.par, day, days[t], state.brand[0], state.people.stage.size, held)
        awake = wake(given, day, days[t], chances, state, awake)
        state = with_room(state, awake.n)
        now = Now(day, days[t], table[t], chances)
        state, log = live_a_day(given, now, state, awake, held, ask, log)
    return state, log


@compiled
def tables(par, around):
    """Return what a run reads and never changes, and its room: (fading, room) of `Given`."""
    return fading_table(par, int(par.days_warm_up + par.n_days)), room_around(around)


@loop
def fading_table(par, n_days):
    """Return what is left of P, C and exposure after 0 .. n_days days (float64, 3 rows)."""
    table = np.empty((3, n_days + 1))
    for days in range(n_days + 1):
        table[0, days] = left_after(par, par.decay_prominence, days)
        table[1, days] = left_after(par, par.decay_self_connection, days)
        table[2, days] = exposure_left(par, days)
    return table


def new_log(wanted: bool) -> np.ndarray:
    """Return an empty event log (row 0 counts), or one that records nothing."""
    return np.zeros((1024 if wanted else 0, len(LOG_COLUMNS)), np.int32)


def announce_compilation(way: Any) -> None:
    """Say on stderr that the first run compiles; silent when that was done before."""
    if way == "native" and not compiled_before("run_days"):
        text = "continuum: compiling the engine for this machine, once (half a minute) ..."
        print(text, file=sys.stderr, flush=True)


def compile_engine(way: Any = None) -> None:
    """Compile now, if that was not done before, what several processes would each compile."""
    if (way or chosen()) == "native" and not compiled_before("run_days"):
        tiny = Scenario().replace(n_people=8, n_days=1, launch_day=0, days_warm_up=1, graph="none")
        engine = Engine(tiny, make_key(0), stored(no_friends(8)), "native")
        engine.run(engine.start(), COMMON_ROUTINE)


class Engine:
    """One replication of one scenario: its people and friends, ready to live under any strategy.

    `way` is how its kernels run (core/ways.py); it changes no number.
    """

    def __init__(self, scenario: Scenario, key: Key, around: Around, way: Any = None) -> None:
        self.way = way or chosen()
        announce_compilation(self.way)
        self.scenario, self.key, self.around = scenario, key, around
        self.n_people = around.n_people
        par = as_record(scenario.numbers())
        with running(self.way):
            self._given = Given(key, par, around, *tables(par, around))

    @property
    def name(self) -> str:
        """How the kernels run: "native", "module" or "python"."""
        return self.way if isinstance(self.way, str) else "module"

    @cached_property
    def friends(self) -> Friends:
        """Who is friends with whom, as a table."""
        with running(self.way):
            return self.around.rows()

    def start(self) -> State:
        """Return the people after the warm-up: the state every strategy begins with on day 0.

        Stages are held while the brand keeps its common routine for days_warm_up days, so that
        attachment and bonds are what such a brand would find.
        """
        days = self.scenario.world.days_warm_up
        state = self.unwarmed()
        with running(self.way):
            routine = warm_up_plan(self.scenario, self.key)
        state, _, _ = self._run(state, routine, -days, held=True, ask=False, events=False)
        return state

    def unwarmed(self) -> State:
        """Return the people as born, before the warm-up, with their friends counted."""
        with running(self.way):
            first_day = -self.scenario.world.days_warm_up
            state = born(self.scenario, self.key, self.n_people, first_day)
            begin(self._given, state)
        return state

    def apart(self, state: State) -> State:
        """Return a state to live on from that leaves this one as it is.

        A module works on a copy of its own, so that only machine code, and Python, need one here.
        """
        return state.locked() if self.name == "module" else state.copy()

    def run(
        self, state: State, strategy: Strategy, *, events: bool = False
    ) -> tuple[State, np.recarray, np.ndarray]:
        """Live the horizon from `state` (changed unless `apart`); return (state, days, log)."""
        with running(self.way):
            days = plan(self.scenario, strategy, key=self.key)
        return self._run(state, days, 0, held=False, ask=strategy.ask_reviews, events=events)

    def run_day(self, state: State, days: np.recarray, day: int, *, ask: bool = True) -> State:
        """Live one day of a plan and return the state, to look at the people day by day."""
        today = days[day : day + 1]
        return self._run(state, today, day, held=False, ask=ask, events=False)[0]

    def _run(self, state, days, first_day, *, held, ask, events):
        table = np.zeros(days.size, DAY_DTYPE).view(np.recarray)
        with interrupts_held(), running(self.way):
            # every run has a room of its own
            given = self._given._replace(room=np.empty_like(self._given.room))
            state, log = run_days(given, state, days, table, first_day, held, ask, new_log(events))
        return state, table, log[1 : log[0, 0] + 1] if events else log
