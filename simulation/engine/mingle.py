"""Phase 5: members who visited today write, are answered, and form bonds (model 4.5)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.core import chance
from simulation.core.compiled import leaf, loop
from simulation.core.randomness import uniform, whole_below
from simulation.engine.common import E_ANSWERED, E_BOND, E_MESSAGE, MEMBER, D, note, pushed
from simulation.engine.move import bonds_of, next_bonded
from simulation.rules import attachment, community, contact


class Ties(NamedTuple):
    """Who exchanged, or met, today and leaves with a bond.

    Three numbers each: the one, the other, and the decision that draws the life of the bond.
    """

    pairs: np.ndarray  # int64
    n: int


@loop
def mingle(given, now, state, visitors, log):
    """Let today's visitors talk and bond; drift purpose; let novelty fade and be renewed."""
    par, row, brand, bonds = given.par, now.row, state.brand[0], state.bonds
    for v in range(visitors.size):
        bonds.here[state.people.rare[visitors[v]].seat] = now.day
    before = row.messages
    ties, log = talk(given, now, state, visitors, log)
    if now.today.events > 0 and par.relationships > 0.0:
        ties = meet_at_event(given, now, state, visitors, ties)
    log = tie(given, now, state, ties, log)
    n_members = brand.n[MEMBER]
    if par.purpose > 0.0 and n_members > 0:
        drift_purpose(par, state.people, bonds, n_members)
    brand.novelty = community.novelty_after(
        par, brand.novelty, now.today.events, row.messages - before, float(n_members)
    )
    return log


@loop
def talk(given, now, state, visitors, log):
    """Let visitors write, and be answered by a fan or by the host; return (ties, log)."""
    key, par, day, row = given.key, given.par, now.day, now.row
    n_visitors = visitors.size
    answered = community.answer_chance(par, n_visitors - 1) if n_visitors > 1 else 0.0
    answered = answered if par.relationships > 0.0 else 0.0
    pairs, n_pairs = np.empty(48, np.int64), 0
    waiting, n_waiting = np.empty(16, np.int64), 0
    for v in range(n_visitors):
        person = int(visitors[v])
        often = float(state.people.lives[person].visit_rate)
        if uniform(key, person, day, D.MESSAGE) >= community.write_chance(par, often):
            continue
        row.messages += 1
        log = note(log, day, person, E_MESSAGE, MEMBER, MEMBER, -1)
        if answered == 0.0 or uniform(key, person, day, D.ANSWER) >= answered:
            waiting = pushed(waiting, n_waiting, person)
            n_waiting += 1
            continue
        row.answers += 1
        other = who_answers(given, day, state, visitors, v)
        log = note(log, day, person, E_ANSWERED, MEMBER, MEMBER, other)
        be_answered(par, day, state, person)
        gain(par, state, other)
        if may_bond(given, now, state, person, other, D.BOND):
            pairs = pushed(pairs, n_pairs, person)
            pairs = pushed(pairs, n_pairs + 1, other)
            pairs = pushed(pairs, n_pairs + 2, D.BOND_LIFE)
            n_pairs += 3
    helped = contact.reply_chance(now.today.host_answers, float(n_waiting))
    for j in range(n_waiting if helped > 0.0 else 0):
        person = int(waiting[j])
        if uniform(key, person, day, D.HOST) < helped:
            row.host_answers += 1
            log = note(log, day, person, E_ANSWERED, MEMBER, MEMBER, -1)
            be_answered(par, day, state, person)
    return Ties(pairs, n_pairs), log


@leaf
def who_answers(given, day, state, visitors, v):
    """Return who answers a visitor: one with a bond, if one is here and so drawn; else anyone."""
    key, person, bonds = given.key, int(visitors[v]), state.bonds
    seat, u = state.people.rare[person].seat, uniform(key, person, day, D.ANSWERER)
    n_known, other = 0, next_bonded(bonds, seat, day, -1)
    while other >= 0:
        n_known += bonds.here[state.people.rare[other].seat] == day
        other = next_bonded(bonds, seat, day, other)
    if n_known == 0 or uniform(key, person, day, D.KNOWN) >= given.par.p_known:
        pick = whole_below(u, visitors.size - 1)
        return int(visitors[pick + (pick >= v)])
    pick, other = whole_below(u, n_known), next_bonded(bonds, seat, day, -1)
    while True:
        if bonds.here[state.people.rare[other].seat] == day:
            if pick == 0:
                return other
            pick -= 1
        other = next_bonded(bonds, seat, day, other)


@leaf
def be_answered(par, day, state, person):
    """Let an answer, by whomever, bring a member back."""
    state.people.lives[person].answered_on = day
    gain(par, state, person)


@leaf
def gain(par, state, person):
    """Let an exchange build self-connection (they visited today, so nothing has faded)."""
    life = state.people.lives[person]
    before = life.self_connection
    after = attachment.self_connection_after(before, life.purpose_fit, par.k_tie)
    life.self_connection = after
    state.brand[0].self_connection[MEMBER] += after - before


@leaf
def may_bond(given, now, state, person, other, decision):
    """Say whether two who exchanged or met leave with a bond: made anew, or renewed."""
    people, bonds = state.people, state.bonds
    seat, others = people.rare[person].seat, people.rare[other].seat
    if has_bond(bonds, seat, other, now.day):
        return True
    p = community.bond_chance(
        given.par,
        float(people.lives[person].relevance),
        float(people.lives[other].relevance),
        share_a_bond(bonds, seat, others, now.day),
        float(state.brand[0].n[MEMBER]),
    )
    return uniform(given.key, person, now.day, decision) < p


@loop
def meet_at_event(given, now, state, visitors, ties):
    """On the day of an event, let each visitor meet one other; return the ties."""
    key, day, n = given.key, now.day, visitors.size
    pairs, n_pairs = ties.pairs, ties.n
    for v in range(n if n > 1 else 0):
        person = int(visitors[v])
        pick = whole_below(uniform(key, person, day, D.MEET_WHOM), n - 1)
        other = int(visitors[pick + (pick >= v)])
        if may_bond(given, now, state, person, other, D.MEET_BOND):
            pairs = pushed(pairs, n_pairs, person)
            pairs = pushed(pairs, n_pairs + 1, other)
            pairs = pushed(pairs, n_pairs + 2, D.MEET_LIFE)
            n_pairs += 3
    return Ties(pairs, n_pairs)


@loop
def tie(given, now, state, ties, log):
    """Make or renew the bonds of today, in order: until now all looked at yesterday's."""
    par, day, row = given.par, now.day, now.row
    bonds, people = state.bonds, state.people
    for j in range(0, ties.n, 3):
        person, other = int(ties.pairs[j]), int(ties.pairs[j + 1])
        u = uniform(given.key, person, day, int(ties.pairs[j + 2]))
        end = day + community.bond_days(par, u)
        if has_bond(bonds, people.rare[person].seat, other, day):
            renew_bond(bonds, people.rare[person].seat, other, day, end)
            renew_bond(bonds, people.rare[other].seat, person, day, end)
        elif make_bond(bonds, people, person, other, day, end):
            row.bonds_formed += 1
            log = note(log, day, person, E_BOND, MEMBER, MEMBER, other)
            log = note(log, day, other, E_BOND, MEMBER, MEMBER, person)
    return log


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
    """Make a bond, unless one of them has no place left; say whether."""
    seat_a, seat_b = people.rare[a].seat, people.rare[b].seat
    places = bonds.end.shape[1]
    if bonds_of(bonds.end, seat_a, day) == places or bonds_of(bonds.end, seat_b, day) == places:
        return False
    put_bond(bonds, seat_a, b, day, end)
    put_bond(bonds, seat_b, a, day, end)
    return True


@leaf
def renew_bond(bonds, seat, other, day, end):
    """Let a bond last until its end, or until this one if that is later."""
    for place in range(bonds.end.shape[1]):
        alive = bonds.end[seat, place] > day  # an old one with the same member may stand there, too
        if alive and bonds.partner[seat, place] == other and bonds.end[seat, place] < end:
            bonds.end[seat, place] = end


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
def count_bonds(bonds, row, day):
    """Count the bonds at the end of the day (each stands in two rows), and the members with one."""
    total, bonded = 0, 0
    for seat in range(bonds.owner.size):
        if bonds.owner[seat] >= 0:
            n = bonds_of(bonds.end, seat, day)
            total += n
            bonded += n > 0
    row.n_bonds, row.n_bonded = total // 2, bonded
