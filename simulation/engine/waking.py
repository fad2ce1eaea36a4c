"""Phase 2, who is awake: everyone holds a mark on the clock of their stage (rules/waking.py)."""

from __future__ import annotations

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.machine import lowest_bit
from simulation.core.randomness import U64, as_uniform, throw_block
from simulation.engine.common import MEMBER, Awake, D, felt
from simulation.engine.move import bonds_of, tell_friends
from simulation.people.population import State
from simulation.people.waking import CHUNK, COMMON, EVENTS, N_CLOCKS, VISITS, Waking
from simulation.rules import contact
from simulation.rules.community import drawn_back
from simulation.rules.waking import die_of, member_clock, stage_hazard, wait

ONE = U64(1)


@leaf
def call(waking, person):
    """Have a person looked at next time."""
    word = person >> 6
    waking.called[word] |= ONE << U64(person & 63)
    waking.groups[word >> 6] |= ONE << U64(word & 63)


@leaf
def advance(par, today, chances, novelty, clock, tonight):
    """Write how far the clocks are tonight into `tonight`."""
    for stage in range(4):
        place = COMMON if stage == MEMBER else stage
        tonight[place] = clock[place] + stage_hazard(
            par,
            stage,
            chances.discovery,
            chances.post,
            chances.ad,
            chances.mail,
            chances.lapse[stage],
            chances.tell[stage],
            chances.rival,
            chances.search,
        )
    tonight[VISITS] = clock[VISITS] + contact.visit_hazard(par, 1.0, 0, novelty)
    tonight[EVENTS] = clock[EVENTS] + contact.visit_hazard(par, 0.0, today.events, novelty)


@leaf
def file(waking, stage, person, mark):
    """File a mark in the wheel of a stage: behind the last one of its bucket."""
    first, n_buckets, scale = waking.wheels[stage]
    bucket = first + (int(mark * scale) & (n_buckets - 1))
    place = int(waking.end[bucket])
    if place % CHUNK == 0:  # its last chunk is full, or it has none
        height = waking.free[waking.free.size - 1] - 1
        waking.free[waking.free.size - 1] = height
        chunk = int(waking.free[height])
        waking.after[chunk] = chunk_before(place)
        place = chunk * CHUNK
    waking.who[place] = person
    waking.when[place] = mark
    waking.end[bucket] = place + 1


@leaf
def chunk_before(place):
    """Return the chunk of the mark before a place, -1 before the first."""
    return (place - 1) // CHUNK


@leaf
def pass_by(waking, stage, before, now):
    """Call everyone whose mark lies between where the clock was and where it is now."""
    if now <= before:
        return
    first, n_buckets, scale = waking.wheels[stage]
    low, high = int(before * scale), int(now * scale)
    for bucket in range(low, min(high, low + n_buckets - 1) + 1):
        slot = first + (bucket & (n_buckets - 1))
        end = int(waking.end[slot])
        waking.end[slot] = 0
        while end > 0:
            chunk = chunk_before(end)
            for place in range(chunk * CHUNK, end):
                if waking.when[place] <= now:
                    call(waking, int(waking.who[place]))
                else:  # later in this bucket, or in a later lap
                    file(waking, stage, waking.who[place], waking.when[place])
            end = (int(waking.after[chunk]) + 1) * CHUNK
            height = waking.free[waking.free.size - 1]
            waking.free[height] = chunk
            waking.free[waking.free.size - 1] = height + 1


@leaf
def call_members(waking, bonds, tonight):
    """Call the members whose own clock has come as far as their mark."""
    due, pace, drawn = bonds.due, bonds.pace, bonds.drawn
    visits, events, common = tonight[VISITS], tonight[EVENTS], tonight[COMMON]
    for low in range(0, due.size, 16):
        high = min(low + 16, due.size)
        any_due = False
        for seat in range(low, high):  # no branch: the compiler makes vectors of it
            any_due |= member_clock(pace[seat], drawn[seat], visits, events, common) >= due[seat]
        if any_due:
            for seat in range(low, high):
                if member_clock(pace[seat], drawn[seat], visits, events, common) >= due[seat]:
                    call(waking, np.int64(bonds.owner[seat]))


@leaf
def read_called(waking, active):
    """List everyone called, ascending, as far as there is room; return how many they are."""
    n = 0
    for group in range(waking.groups.size):
        words = waking.groups[group]
        while words:
            word = (group << 6) + lowest_bit(words)
            words &= words - ONE
            bits = waking.called[word]
            while bits:
                if n < active.size:
                    active[n] = (word << 6) + lowest_bit(bits)
                n += 1
                bits &= bits - ONE
    return n


@leaf
def forget_called(waking):
    """Call nobody."""
    for group in range(waking.groups.size):
        words = waking.groups[group]
        while words:
            waking.called[(group << 6) + lowest_bit(words)] = U64(0)
            words &= words - ONE
        waking.groups[group] = U64(0)


@leaf
def clock_of_seat(clock, bonds, seat):
    """Return how far the clock of the member is who has this seat in the table of bonds."""
    pace, drawn = bonds.pace[seat], bonds.drawn[seat]
    return member_clock(pace, drawn, clock[VISITS], clock[EVENTS], clock[COMMON])


@leaf
def throw(people, bonds, clock, tonight, awake):
    """Read the die of the day from everyone's mark; 1 for those who were only told of the brand."""
    active, dice, nth, n = awake
    for a in range(n):  # nothing waits for anything here: memory brings many people at a time
        life = people.lives[active[a]]
        dice[a], nth[a] = life.mark, life.woken + 1
    for a in range(n):
        stage = int(people.stage[active[a]]) & 3
        before, now = clock[stage], tonight[stage]
        if stage == MEMBER:
            seat = people.rare[active[a]].seat
            before, now = clock_of_seat(clock, bonds, seat), clock_of_seat(tonight, bonds, seat)
        dice[a] = dice[a] - before if dice[a] <= now else np.inf
    for a in range(n):  # apart, so that the compiler makes vectors of it
        dice[a] = die_of(dice[a])


@loop
def wake(given, day, today, chances, state, awake):
    """Let the clocks go on for a day, and return who is awake, in ascending order."""
    waking = state.waking
    tonight = np.empty(N_CLOCKS)
    advance(given.par, today, chances, state.brand[0].novelty, waking.clock, tonight)
    for stage in range(3):
        pass_by(waking, stage, waking.clock[stage], tonight[stage])
    call_members(waking, state.bonds, tonight)
    n = read_called(waking, awake.active)
    if n > awake.active.size:
        awake = room_for_awake(2 * n)
        read_called(waking, awake.active)
    forget_called(waking)
    awake = Awake(awake.active, awake.dice, awake.nth, n)
    throw(state.people, state.bonds, waking.clock, tonight, awake)
    for place in range(N_CLOCKS):
        waking.clock[place] = tonight[place]
    return awake


@loop
def room_for_awake(size):
    """Return the lists of who is awake, empty, with room for so many."""
    return Awake(np.empty(size, np.int64), np.empty(size), np.empty(size, np.int64), 0)


@loop
def with_room(state, n):
    """Return the state with room to file n marks more, and a chunk to spare for `pass_by`."""
    waking = state.waking
    chunks = waking.after.size
    if waking.free[chunks] > n:
        return state
    more = n + 1 + chunks // 4
    places = (chunks + more) * CHUNK
    who, when = np.empty(places, np.int32), np.empty(places)
    after, free = np.empty(chunks + more, np.int32), np.empty(chunks + more + 1, np.int32)
    height = waking.free[chunks]
    for chunk in range(chunks):
        after[chunk] = waking.after[chunk]
    for place in range(waking.who.size):
        who[place], when[place] = waking.who[place], waking.when[place]
    for j in range(height):
        free[j] = waking.free[j]
    for j in range(more):
        free[height + j] = chunks + j
    free[chunks + more] = height + more
    larger = Waking(
        waking.clock,
        waking.wheels,
        waking.end,
        after,
        who,
        when,
        free,
        waking.called,
        waking.groups,
    )
    return State(state.people, state.bonds, state.brand, state.calendar, state.complaints, larger)


@leaf
def set_mark(waking, life, person, stage, ahead):
    """Set the mark of someone who is no member, so far ahead of the clock of their stage."""
    mark = waking.clock[stage] + ahead
    life.mark = mark
    file(waking, stage, np.int32(person), mark)


@leaf
def set_member_mark(given, state, person, day, ahead):
    """Set the mark of a member, so far ahead of a clock that goes as tonight they are drawn back.

    What draws them only fades until they are awake again, so that clock goes no slower than they
    come: `contacts_of` holds the die against the day itself.
    """
    life, seat, bonds = state.people.lives[person], state.people.rare[person].seat, state.bonds
    _, connection = felt(state.people, given.fading, person, day)
    days = float(day - int(life.answered_on))
    n_bonds = float(bonds_of(bonds.end, seat, day))
    bonds.drawn[seat] = drawn_back(given.par, days, n_bonds, connection)
    bonds.pace[seat] = bonds.drawn[seat] * float(life.visit_rate)
    life.mark = clock_of_seat(state.waking.clock, bonds, seat) + ahead
    bonds.due[seat] = life.mark


@leaf
def set_first_marks(given, state, low, size, words):
    """Set the first mark of so many people from number `low` on."""
    for j in range(size):
        stage = int(state.people.stage[low + j]) & 3
        ahead = wait(as_uniform(words[0, j]))
        life = state.people.lives[low + j]
        if stage == MEMBER:
            set_member_mark(given, state, low + j, int(life.last_contact), ahead)  # their first day
        else:
            set_mark(state.waking, life, low + j, stage, ahead)


@compiled
def begin(given, state):
    """Let friends know who is a member, and set everybody's first mark: the wait number 0."""
    for seat in range(state.bonds.owner.size):
        if state.bonds.owner[seat] >= 0:
            tell_friends(given, state.people.lives, state.bonds.owner[seat], True)
    n = state.people.stage.size
    persons, words = np.empty(1024, np.int64), np.empty((4, 1024), np.uint32)
    for low in range(0, n, 1024):
        size = min(1024, n - low)
        for j in range(size):
            persons[j] = low + j
        throw_block(given.key, 0, D.WAIT >> 2, persons, size, words)
        set_first_marks(given, state, low, size, words)
