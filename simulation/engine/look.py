"""Phases 2, 3, 4 and 6 of everyone who is awake, in one visit to each person.

A person is fetched from memory once a day, not once a phase. That changes no number: in these
phases nobody reads what another did today, and what all read together (the sums and counts of the
stages, the bonds) is changed after the visit, in the order in which it was before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import leaf, loop, part
from simulation.core.machine import fetch_ahead
from simulation.core.randomness import as_uniform, throw_block, throw_waits
from simulation.engine.common import (
    BELL,
    CONTACTS,
    FRIEND,
    MAIL,
    MEMBER,
    POST,
    REPLY,
    RIVAL,
    TELL,
    VISIT,
    D,
)
from simulation.engine.market import enter, follow_up
from simulation.engine.meet import contacts_of, feel
from simulation.engine.move import climb, landing, lapses, note_move
from simulation.engine.waking import set_mark, set_member_mark
from simulation.people.population import TOLD, TOLD_BY_MEMBER, TOLD_PRODUCT
from simulation.rules import attachment
from simulation.rules.purchase import heard_after
from simulation.rules.waking import wait

#: People whose memory is asked for ahead of their turn.
AHEAD = 12


class Found(NamedTuple):
    """Who has something left to do today: room for everyone awake."""

    visitors: np.ndarray  # members in the community, ascending
    tellers: np.ndarray
    rivals: np.ndarray  # who met the rival
    movers: np.ndarray
    moves: np.ndarray  # float64, (n, 4): from stage, to stage, P, C
    sleepers: np.ndarray  # who sets a new mark in the evening: their place among the awake
    ahead: np.ndarray  # float64: how far ahead of the clock it will be


class Numbers(NamedTuple):
    """How many of each."""

    visitors: int
    tellers: int
    rivals: int
    movers: int
    sleepers: int


@loop
def room_to_find(n):
    """Return empty lists for so many people awake."""
    return Found(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((n, 4)),
        np.empty(n, np.int64),
        np.empty(n),
    )


class Words(NamedTuple):
    """What those awake may ask of chance, thrown for all: the compiler makes vectors of it."""

    acts: np.ndarray  # uint32, (4, n): REPLY, MOVE, CLICK
    waits: np.ndarray  # float64, (n,): the next wait (WAIT)


@loop
def throw_words(key, day, awake):
    """Return the words of everyone awake."""
    n = awake.n
    words = Words(np.empty((4, n), np.uint32), np.empty(n))
    throw_block(key, day, D.REPLY >> 2, awake.active, n, words.acts)
    throw_waits(key, awake.active, awake.nth, n, words.waits)
    for a in range(n):
        words.waits[a] = wait(words.waits[a])
    return words


@leaf
def look(given, now, state, awake, words, held, found, log):
    """Let everyone awake meet, feel, move and consider; return the numbers of those found."""
    par, day = given.par, now.day
    people, brand = state.people, state.brand[0]
    ends, (active, dice, nth, n) = state.bonds.end, awake
    visitors = tellers = rivals = movers = sleepers = 0
    for stage in range(4):
        brand.prominence[stage] *= given.fading[0, 1]
        brand.self_connection[stage] *= given.fading[1, 1]
    for a in range(n):
        if a + AHEAD < n:
            fetch_ahead(people.lives, active[a + AHEAD])
        person = active[a]
        stage = int(people.stage[person]) & 3
        life = people.lives[person]
        days = day - int(life.last_contact)
        p, c = life.prominence * given.fading[0, days], life.self_connection * given.fading[1, days]
        others = people.rare, ends, brand.novelty
        bits = contacts_of(given, now, life, others, person, stage, dice[a], (p, c))
        if bits >> POST & 1:
            bits |= (as_uniform(words.acts[0, a]) < now.chances.reply) << REPLY
        if people.stage[person] >= TOLD:
            people.stage[person] = stage
            bits |= 1 << FRIEND
        new = stage
        if bits & TELL:
            tellers = put(found.tellers, tellers, person)
        if bits & RIVAL:
            rivals = put(found.rivals, rivals, person)
        met = bits & CONTACTS
        if dice[a] < 1.0:  # who woke waits anew
            life.woken, found.ahead[sleepers] = nth[a], words.waits[a]
            sleepers = put(found.sleepers, sleepers, a)
        if met == 0 and bits & BELL == 0:
            continue
        if met:
            left = given.fading[2, days]
            p, c = feel(par, now, left, life, brand, person, stage, met, (p, c), log)
        felt_a = attachment.attachment(par, p, c)
        if not held:
            cause = -1
            if met and stage < MEMBER:
                cause = climb(par, now, life, stage, met, felt_a, words.acts[1, a])
                if cause >= 0:
                    new = landing(given, now, life, person, stage, cause)
            rings = bits & BELL and new == stage
            if rings and lapses(given, now, state, person, stage, felt_a, dice[a]):
                new = stage - 1
            if new != stage:
                people.stage[person] = new
                note_move(now, people.rare, person, stage, new, cause, log)
                found.moves[movers, 0], found.moves[movers, 1] = stage, new
                found.moves[movers, 2], found.moves[movers, 3] = p, c
                movers = put(found.movers, movers, person)
        if met >> VISIT & 1 and new == MEMBER:
            visitors = put(found.visitors, visitors, person)
        if met & (now.chances.speaking | 1 << FRIEND):
            consider(given, now, state, person, new, met, felt_a, words.acts[2, a], log)
        if new != stage and dice[a] == 1.0:  # who was only told takes along what was left
            found.ahead[sleepers] = life.mark - state.waking.clock[stage]
            sleepers = put(found.sleepers, sleepers, a)
    return Numbers(visitors, tellers, rivals, movers, sleepers)


@part
def consider(given, now, state, person, stage, met, felt_a, word, log):
    """Let someone follow up a contact that speaks of the product, perhaps; they heard of it."""
    life = state.people.lives[person]
    channel = follow_up(given.par, now.today, life, met, felt_a, word)
    if channel >= 0:
        enter(given.key, given.par, now, state, person, stage, channel, log)
    life.heard = heard_after(int(life.heard), met >> MAIL & 1, met >> VISIT & 1, now.today)
    if met >> FRIEND & 1:
        life.marks &= 255 - (TOLD_PRODUCT | TOLD_BY_MEMBER)


@leaf
def sleep(given, day, state, found, n, awake):
    """In the evening, when all have moved and talked: set the next marks.

    Of who woke, after a new wait; of who was only told, and moved, after what was left of theirs
    (no member: they lapse only when they wake). Apart from the day, so that the processor need not
    wait for one bucket before the next.
    """
    for j in range(n):
        person = awake.active[found.sleepers[j]]
        stage = int(state.people.stage[person]) & 3
        if stage == MEMBER:
            set_member_mark(given, state, person, day, found.ahead[j])
        else:
            set_mark(state.waking, state.people.lives[person], person, stage, found.ahead[j])


@leaf
def put(values, n, value):
    """Append where there is room; return how many there are."""
    values[n] = value
    return n + 1
