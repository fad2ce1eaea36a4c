"""Phase 4: people move up a stage by their contacts, or lapse; members take and leave seats."""

from __future__ import annotations

import numpy as np

from simulation.core import chance
from simulation.core.compiled import loop
from simulation.core.randomness import uniform
from simulation.engine.common import (
    BELL,
    CONTACTS,
    E_LAPSE,
    E_MOVE,
    IGNORED,
    MEMBER,
    N_CHANNELS,
    D,
    felt,
    note,
    pushed,
)
from simulation.people.population import EMPTY, INVITED, SWITCHED, Bonds
from simulation.rules import attachment, ladder


@loop
def bonds_of(bonds, seat, day):
    """Return how many bonds the member in this seat has today."""
    if seat < 0:
        return 0
    count = 0
    for place in range(bonds.end.shape[1]):
        count += bonds.end[seat, place] > day
    return count


@loop
def climb(given, now, people, person, stage, bits, a):
    """Return the channel that moves this person up today, -1 if none does."""
    key, par, day, today = given.key, given.par, now.day, now.today
    if people.lives[person].marks & SWITCHED:
        return -1
    may_join = today.hosting != 0 and (int(people.lives[person].marks) & INVITED) != 0
    making = today.making_content != 0
    die = -1.0
    sure = 0.0
    for channel in range(N_CHANNELS):
        if (bits >> channel) & 1:
            q = ladder.move_chance(
                par,
                stage,
                channel,
                float(people.lives[person].relevance),
                a,
                people.lives[person].purpose_fit,
                float(people.lives[person].member_friends),
                making,
                may_join,
            )
            if q > 0.0:
                if die < 0.0:
                    die = uniform(key, person, day, D.MOVE)
                sure = chance.either(sure, q)
                if die < sure:
                    return channel
    return -1


@loop
def move(given, now, state, awake, log):
    """Move people up by their contacts, or down by lapse; then seat and unseat members."""
    par, day, today, row = given.par, now.day, now.today, now.row
    active, dice, met, n = awake
    people, brand = state.people, state.brand[0]
    changed = np.empty(16, np.int64)
    n_changed = 0
    for a in range(n):
        bits = int(met[a])
        person = int(active[a])
        stage = int(people.stage[person])
        if bits & (CONTACTS | BELL) == 0 or (stage == MEMBER and bits & BELL == 0):
            continue
        p, c = felt(people, given.fading, person, day)
        felt_a = attachment.attachment(par, p, c)
        new, cause = stage, -1
        if stage < MEMBER and bits & CONTACTS:
            cause = climb(given, now, people, person, stage, bits, felt_a)
            if cause >= 0:
                new = stage + 1
        if new == stage and bits & BELL:
            n_bonds = float(bonds_of(state.bonds, people.rare[person].seat, day))
            # the bell has the first slice of the die: it rang because the die fell below the
            # bound, and given that it falls below the hazard with just the chance hazard / bound
            ignored = people.rare[person].complaint == IGNORED
            if dice[a] < ladder.lapse_chance(par, stage, felt_a, n_bonds, today.posts, ignored):
                new = stage - 1
        if new == stage:
            continue
        people.stage[person] = new
        recount(brand, stage, new, p, c)
        row.moves[new - 1 if new > stage else 3 + new] += 1
        log = note(log, day, person, E_MOVE if new > stage else E_LAPSE, stage, new, cause)
        if new == MEMBER and people.rare[person].joined_on < 0:
            people.rare[person].joined_on = day
        if stage == MEMBER or new == MEMBER:
            changed = pushed(changed, n_changed, person)
            n_changed += 1
    return change_seats(state.bonds, people, given.friends, changed, n_changed), log


@loop
def recount(brand, old, new, p, c):
    """Take a person with attachment (p, c) out of the counts of one stage and into another's."""
    brand.n[old] -= 1
    brand.n[new] += 1
    brand.prominence[old] -= p
    brand.prominence[new] += p
    brand.self_connection[old] -= c
    brand.self_connection[new] += c


@loop
def change_seats(bonds, people, friends, changed, n_changed):
    """Seat new members, unseat those who left, and let their friends know; return the bonds."""
    for j in range(n_changed):
        person = int(changed[j])
        if people.rare[person].seat >= 0:
            leave_seat(bonds, people, person)
        else:
            bonds = take_seat(bonds, people, person)
        more = people.rare[person].seat >= 0
        for i in range(friends.start[person], friends.start[person + 1]):
            if more:
                people.lives[friends.ids[i]].member_friends += 1
            else:
                people.lives[friends.ids[i]].member_friends -= 1
    return bonds


@loop
def doubled(bonds):
    """Return the bonds table with twice the seats; the new ones are free."""
    n_seats, places = bonds.end.shape
    partner = np.empty((2 * n_seats, places), np.int32)
    end = np.empty((2 * n_seats, places), np.int32)
    owner = np.empty(2 * n_seats, np.int32)
    free = np.empty(2 * n_seats + 1, np.int32)
    for seat in range(2 * n_seats):
        old = seat < n_seats
        owner[seat] = bonds.owner[seat] if old else -1
        for place in range(places):
            partner[seat, place] = bonds.partner[seat, place] if old else -1
            end[seat, place] = bonds.end[seat, place] if old else EMPTY
        if not old:
            free[2 * n_seats - 1 - seat] = seat
    free[2 * n_seats] = n_seats
    return Bonds(partner, end, owner, free)


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
    people.rare[person].seat = -1
    height = bonds.free[bonds.owner.size]
    bonds.free[height] = seat
    bonds.free[bonds.owner.size] = height + 1
