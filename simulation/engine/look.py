"""Phases 2, 3, 4 and 6 of everyone who is awake, in one visit to each person.

A person is fetched from memory once a day, not once a phase. That changes no number: in these
phases nobody reads what another did today, and what all read together (the sums and counts of the
stages, the bonds) is changed after the visit, in the order in which it was before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core.compiled import leaf, loop
from simulation.core.machine import fetch_ahead
from simulation.core.randomness import as_uniform, throw_block
from simulation.engine.common import CONTACTS, FRIEND, MEMBER, POST, REPLY, RIVAL, TELL, VISIT, D
from simulation.engine.market import enter, follow_up
from simulation.engine.meet import contacts_of, feel
from simulation.engine.move import climb, lapses, note_move
from simulation.people.population import TOLD, TOLD_BY_MEMBER, TOLD_PRODUCT
from simulation.rules import attachment

#: People whose memory is asked for ahead of their turn.
AHEAD = 12


class Found(NamedTuple):
    """Who has something left to do today: room for everyone awake."""

    visitors: np.ndarray  # members in the community, ascending
    tellers: np.ndarray
    rivals: np.ndarray  # who met the rival
    movers: np.ndarray
    moves: np.ndarray  # float64, (n, 4): from stage, to stage, P, C


class Numbers(NamedTuple):
    """How many of each."""

    visitors: int
    tellers: int
    rivals: int
    movers: int


@loop
def room_to_find(n):
    """Return empty lists for so many people awake."""
    return Found(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((n, 4)),
    )


@leaf
def throw_dice(key, day, awake, words):
    """Throw what a contact may ask for: REPLY, MOVE and CLICK of everyone awake.

    One block of randomness holds all three, and the compiler makes vectors of the loop.
    """
    throw_block(key, day, D.REPLY >> 2, awake.active, awake.n, words)


@leaf
def look(given, now, state, awake, words, held, found, log):
    """Let everyone awake meet, feel, move and consider; return the numbers of those found."""
    key, par, day = given.key, given.par, now.day
    people, brand = state.people, state.brand[0]
    active, dice, n = awake
    visitors = tellers = rivals = movers = 0
    for stage in range(4):
        brand.prominence[stage] *= given.fading[0, 1]
        brand.self_connection[stage] *= given.fading[1, 1]
    for a in range(n):
        if a + AHEAD < n:
            fetch_ahead(people.lives, active[a + AHEAD])
        person = active[a]
        stage = int(people.stage[person]) & 3
        life = people.lives[person]
        bits = contacts_of(given, now, life, person, stage, dice[a], brand.novelty)
        if bits >> POST & 1 and now.chances.reply > 0.0:
            bits |= (as_uniform(words[0, a]) < now.chances.reply) << REPLY
        if people.stage[person] >= TOLD:
            people.stage[person] = stage
            bits |= 1 << FRIEND
        if bits == 0:
            continue
        if bits & TELL:
            tellers = put(found.tellers, tellers, person)
        if bits & RIVAL:
            rivals = put(found.rivals, rivals, person)
        met = bits & CONTACTS
        days = day - int(life.last_contact)
        p, c = life.prominence * given.fading[0, days], life.self_connection * given.fading[1, days]
        if met:
            p, c = feel(given, now, life, people.rare, brand, person, stage, met, (p, c), log)
        new, cause = stage, -1
        if not held:
            felt_a = attachment.attachment(par, p, c)
            if met and stage < MEMBER:
                cause = climb(par, now.today, life, stage, met, felt_a, words[1, a])
                new = stage + 1 if cause >= 0 else stage
            if new == stage and lapses(given, now, state, person, stage, bits, felt_a, dice[a]):
                new = stage - 1
            if new != stage:
                people.stage[person] = new
                note_move(now, people.rare, person, stage, new, cause, log)
                found.moves[movers, 0], found.moves[movers, 1] = stage, new
                found.moves[movers, 2], found.moves[movers, 3] = p, c
                movers = put(found.movers, movers, person)
        if met >> VISIT & 1 and new == MEMBER:
            visitors = put(found.visitors, visitors, person)
        if met:
            channel = follow_up(par, now.today, life, met, words[2, a])
            if channel >= 0:
                enter(key, par, now, state, person, new, channel, log)
            if met >> FRIEND:
                life.marks &= 255 - (TOLD_PRODUCT | TOLD_BY_MEMBER)
    return Numbers(visitors, tellers, rivals, movers)


@leaf
def put(values, n, value):
    """Append where there is room; return how many there are."""
    values[n] = value
    return n + 1
