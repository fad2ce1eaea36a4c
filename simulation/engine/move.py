"""Phase 4: people move up a stage by their contacts, or lapse; members take and leave seats."""

from __future__ import annotations

import numpy as np

from simulation.core import chance
from simulation.core.compiled import leaf, loop, part
from simulation.core.machine import lowest_bit
from simulation.core.randomness import as_uniform, uniform
from simulation.engine.common import (
    E_LAPSE,
    E_MOVE,
    FOLLOWER,
    MEMBER,
    STRANGER,
    SUBSCRIBER,
    D,
    jot,
)
from simulation.people.around import write_friends
from simulation.people.population import EMPTY, INVITED, SWITCHED, Bonds
from simulation.rules import ladder, service
from simulation.rules.community import MAX_BONDS


@leaf
def bonds_of(end, seat, day):
    """Return how many bonds the member in this seat has today."""
    if seat < 0:
        return 0
    count = 0
    for place in range(MAX_BONDS):
        count += end[seat, place] > day
    return count


@leaf
def next_bonded(bonds, seat, day, last):
    """Return who has a bond with the member in this seat and is next in number, -1 if none is."""
    found = -1
    for place in range(bonds.end.shape[1]):
        other = int(bonds.partner[seat, place])
        if bonds.end[seat, place] > day and other > last and (found < 0 or other < found):
            found = other
    return found


@part
def climb(par, now, life, stage, met, felt_a, word):
    """Return the channel that moves a person up today, -1 if none does (one die, MOVE)."""
    if life.marks & SWITCHED:
        return -1
    today, talk = now.today, now.chances.talk
    is_open = today.hosting != 0 or par.joining_open > 0.0
    may_join = is_open and (int(life.marks) & INVITED) != 0
    making = today.making_content != 0
    if stage == FOLLOWER and not (making and curious(par, talk, life, met, felt_a, word)):
        return -1
    sure = 0.0
    while met:
        channel, met = lowest_bit(met), met & met - 1
        q = ladder.move_chance(
            par,
            stage,
            channel,
            float(life.relevance),
            felt_a,
            life.purpose_fit,
            float(life.member_friends),
            making,
            may_join,
            talk,
        )
        if q > 0.0:
            sure = chance.either(sure, q)
            if as_uniform(word) < sure:
                return channel
    return -1


@part
def curious(par, talk, life, met, felt_a, word):
    """Say whether the die of a follower falls where it may move them: most do not, most days."""
    most, theta = 0.0, float(life.relevance)
    while met:
        channel, met = lowest_bit(met), met & met - 1
        q = ladder.curious_chance(par, channel, theta, felt_a, talk)
        most = chance.either(most, q)
    return as_uniform(word) < most * (1.0 + 1e-9)  # more than rounding can add


@part
def landing(given, now, life, person, stage, channel):
    """Return the stage to which a contact moves a person up: the next, or straight to the list."""
    if stage == STRANGER:
        making, fit = now.today.making_content != 0, life.purpose_fit
        p = ladder.straight_chance(given.par, channel, fit, making)
        if p > 0.0 and uniform(given.key, person, now.day, D.STRAIGHT) < p:
            return SUBSCRIBER
    return stage + 1


@part
def lapses(given, now, state, person, stage, felt_a, die):
    """Say whether someone for whom the bell rang lapses.

    The bell has the first slice of the die: it rang because the die fell below the bound, and given
    that, it falls below the hazard with just the chance hazard / bound.
    """
    rare = state.people.rare[person]
    n_bonds = float(bonds_of(state.bonds.end, rare.seat, now.day))
    grudge = service.grudge(given.par, int(rare.complaint), now.day - int(rare.bought_on))
    return die < ladder.lapse_chance(given.par, stage, felt_a, n_bonds, now.today.posts, grudge)


@part
def note_move(now, rare, person, stage, new, cause, log):
    """Count a move up or down; one straight to the list counts as both its steps."""
    up = new > stage
    if up:
        for step in range(stage, new):
            now.row.moves[step] += 1
    else:
        now.row.moves[3 + new] += 1
    jot(log, now.day, person, E_MOVE if up else E_LAPSE, stage, new, cause)
    if new == MEMBER and rare[person].joined_on < 0:
        rare[person].joined_on = now.day


@loop
def moved(given, day, state, found, n):
    """After the visits: count those who moved, and let members and their friends know."""
    changed = np.empty(n, np.int64)
    n_changed = 0
    for j in range(n):
        old, new = int(found.moves[j, 0]), int(found.moves[j, 1])
        recount(state.brand[0], old, new, found.moves[j, 2], found.moves[j, 3])
        if old == MEMBER or new == MEMBER:
            changed[n_changed] = found.movers[j]
            n_changed += 1
    return change_seats(given, day, state.bonds, state.people, changed, n_changed)


@leaf
def recount(brand, old, new, p, c):
    """Take a person with attachment (p, c) out of the counts of one stage and into another's."""
    brand.n[old] -= 1
    brand.n[new] += 1
    brand.prominence[old] -= p
    brand.prominence[new] += p
    brand.self_connection[old] -= c
    brand.self_connection[new] += c


@leaf
def tell_friends(given, lives, person, joined):
    """Let the friends of a person know of one member more, or less."""
    for j in range(write_friends(given.around, person, given.room)):
        if joined:
            lives[given.room[j]].member_friends += 1
        else:
            lives[given.room[j]].member_friends -= 1


@loop
def change_seats(given, day, bonds, people, changed, n_changed):
    """Seat new members, unseat those who left, and let their friends know; return the bonds."""
    for j in range(n_changed):
        person = int(changed[j])
        days = int(people.rare[person].member_days)
        if people.rare[person].seat >= 0:
            leave_seat(bonds, people, person)
            people.rare[person].member_days = days + day
        else:
            bonds = take_seat(bonds, people, person)
            people.rare[person].member_days = days - day
        tell_friends(given, people.lives, person, people.rare[person].seat >= 0)
    return bonds


@loop
def doubled(bonds):
    """Return the bonds table with twice the seats; the new ones are free."""
    n_seats, places = bonds.end.shape
    partner = np.empty((2 * n_seats, places), np.int32)
    end = np.empty((2 * n_seats, places), np.int32)
    owner = np.empty(2 * n_seats, np.int32)
    free = np.empty(2 * n_seats + 1, np.int32)
    due, pace, drawn = np.empty(2 * n_seats), np.empty(2 * n_seats), np.zeros(2 * n_seats)
    here = np.empty(2 * n_seats, np.int32)
    for seat in range(2 * n_seats):
        old = seat < n_seats
        owner[seat] = bonds.owner[seat] if old else -1
        due[seat], pace[seat] = (bonds.due[seat], bonds.pace[seat]) if old else (np.inf, 0.0)
        drawn[seat], here[seat] = (bonds.drawn[seat], bonds.here[seat]) if old else (0.0, EMPTY)
        for place in range(places):
            partner[seat, place] = bonds.partner[seat, place] if old else -1
            end[seat, place] = bonds.end[seat, place] if old else EMPTY
        if not old:
            free[2 * n_seats - 1 - seat] = seat
    free[2 * n_seats] = n_seats
    return Bonds(partner, end, owner, free, due, pace, drawn, here)


@loop
def take_seat(bonds, people, person):
    """Give a new member a row of the bonds table, doubling the table when it is full."""
    n_seats = bonds.owner.size
    if bonds.free[n_seats] == 0:
        bonds = doubled(bonds)
        n_seats = bonds.owner.size
    height = bonds.free[n_seats] - 1
    bonds.free[n_seats] = height
    seat = bonds.free[height]
    bonds.owner[seat] = person
    for place in range(bonds.end.shape[1]):
        bonds.end[seat, place] = EMPTY
    people.rare[person].seat = seat
    return bonds


@loop
def leave_seat(bonds, people, person):
    """Free the seat of a member who leaves, and end all their bonds."""
    seat = people.rare[person].seat
    for place in range(bonds.end.shape[1]):
        if bonds.end[seat, place] != EMPTY:
            other = people.rare[bonds.partner[seat, place]].seat
            if other >= 0:
                for back in range(bonds.end.shape[1]):
                    if bonds.partner[other, back] == person:
                        bonds.end[other, back] = EMPTY
            bonds.end[seat, place] = EMPTY
    bonds.owner[seat] = -1
    bonds.due[seat] = np.inf
    people.rare[person].seat = -1
    height = bonds.free[bonds.owner.size]
    bonds.free[height] = seat
    bonds.free[bonds.owner.size] = height + 1
