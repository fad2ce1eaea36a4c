"""Phase 5: members who visited today write, are answered, and form bonds (model 4.5)."""

from __future__ import annotations

import numpy as np

from simulation.core import chance
from simulation.core.compiled import leaf, loop
from simulation.core.randomness import uniform, whole_below
from simulation.engine.common import E_ANSWERED, E_BOND, E_MESSAGE, MEMBER, D, note, pushed
from simulation.engine.move import bonds_of
from simulation.rules import attachment, community


@loop
def mingle(given, now, state, visitors, log):
    """Let today's visitors talk; drift purpose; let novelty fade or be renewed."""
    key, par, day, today, row = given.key, given.par, now.day, now.today, now.row
    people, bonds, brand = state.people, state.bonds, state.brand[0]
    n_visitors = visitors.size
    pairs = np.empty(32, np.int64)
    n_pairs = 0
    for v in range(n_visitors):
        person = int(visitors[v])
        if uniform(key, person, day, D.MESSAGE) >= par.p_message:
            continue
        row.messages += 1
        log = note(log, day, person, E_MESSAGE, MEMBER, MEMBER, -1)
        if n_visitors < 2 or par.relationships == 0.0:
            continue
        if uniform(key, person, day, D.ANSWER) >= par.p_answer:
            continue
        row.answers += 1
        pick = whole_below(uniform(key, person, day, D.ANSWERER), n_visitors - 1)
        other = int(visitors[pick + (pick >= v)])
        log = note(log, day, person, E_ANSWERED, MEMBER, MEMBER, other)
        be_answered(par, people, brand, person)
        p = community.bond_chance(
            par,
            float(people.lives[person].relevance),
            float(people.lives[other].relevance),
            share_a_bond(bonds, people.rare[person].seat, people.rare[other].seat, day),
        )
        if uniform(key, person, day, D.BOND) < p:
            pairs = pushed(pairs, n_pairs, person)
            pairs = pushed(pairs, n_pairs + 1, other)
            n_pairs += 2

    for j in range(0, n_pairs, 2):  # all looked at yesterday's bonds; now they are made, in order
        person, other = int(pairs[j]), int(pairs[j + 1])
        days = community.bond_days(par, uniform(key, person, day, D.BOND_LIFE))
        if make_bond(bonds, people, person, other, day, day + days):
            row.bonds_formed += 1
            log = note(log, day, person, E_BOND, MEMBER, MEMBER, other)
            log = note(log, day, other, E_BOND, MEMBER, MEMBER, person)

    if par.purpose > 0.0 and brand.n[MEMBER] > 0:
        drift_purpose(par, people, bonds, brand.n[MEMBER])
    brand.novelty = community.novelty_after(par, brand.novelty, today.events)
    return log


@leaf
def be_answered(par, people, brand, person):
    """Let a fan's answer build self-connection (they visited today, so nothing has faded)."""
    before = people.lives[person].self_connection
    after = attachment.self_connection_after(before, people.lives[person].purpose_fit, par.k_tie)
    people.lives[person].self_connection = after
    brand.self_connection[MEMBER] += after - before


@leaf
def has_bond(bonds, seat, other, day):
    """Return whether the member in this seat has a bond with that person today."""
    for place in range(bonds.end.shape[1]):
        if bonds.end[seat, place] > day and bonds.partner[seat, place] == other:
            return True
    return False


@leaf
def share_a_bond(bonds, seat_a, seat_b, day):
    """Return whether two members have a bond with the same third person."""
    for place in range(bonds.end.shape[1]):
        third = bonds.partner[seat_a, place]
        if bonds.end[seat_a, place] > day and has_bond(bonds, seat_b, third, day):
            return True
    return False


@leaf
def make_bond(bonds, people, a, b, day, end):
    """Make a bond, unless they have one or one of them has no place left; say whether."""
    seat_a, seat_b = people.rare[a].seat, people.rare[b].seat
    places = bonds.end.shape[1]
    if has_bond(bonds, seat_a, b, day):
        return False
    if bonds_of(bonds, seat_a, day) == places or bonds_of(bonds, seat_b, day) == places:
        return False
    put_bond(bonds, seat_a, b, day, end)
    put_bond(bonds, seat_b, a, day, end)
    return True


@leaf
def put_bond(bonds, seat, other, day, end):
    """Write a bond into the first free place of a seat."""
    for place in range(bonds.end.shape[1]):
        if bonds.end[seat, place] <= day:
            bonds.partner[seat, place] = other
            bonds.end[seat, place] = end
            return


@leaf
def drift_purpose(par, people, bonds, n_members):
    """Move every member's purpose fit towards the members' mean (fixed-point sum: no order)."""
    total = 0
    for seat in range(bonds.owner.size):
        if bonds.owner[seat] >= 0:
            total += chance.fixed_point(people.lives[bonds.owner[seat]].purpose_fit)
    mean = chance.from_fixed_point(total) / float(n_members)
    for seat in range(bonds.owner.size):
        person = bonds.owner[seat]
        if person >= 0:
            people.lives[person].purpose_fit = community.fit_after(
                par, people.lives[person].purpose_fit, mean
            )


@leaf
def count_bonds(bonds, day):
    """Return how many bonds there are at the end of the day (each stands in two rows)."""
    count = 0
    for seat in range(bonds.owner.size):
        if bonds.owner[seat] >= 0:
            count += bonds_of(bonds, seat, day)
    return count // 2
