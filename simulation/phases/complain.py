"""Phase 8: purchases go wrong, and complaints are answered in order of waiting (model 4.8).

Who complains has bought, so the calendar's chain (`next_in_calendar`) is free to hold those who
complained on the same day, in ascending order; `state.complaints` holds the first of each day.
"""

from __future__ import annotations

from simulation.compiled import phase
from simulation.phases.common import (
    ANSWERED,
    E_COMPLAIN,
    E_COMPLAINT_ANSWERED,
    E_COMPLAINT_IGNORED,
    E_WARN,
    IGNORED,
    OPEN,
    D,
    felt,
    note,
)
from simulation.phases.market import a_friend
from simulation.population import BY_OFFER
from simulation.randomness import uniform
from simulation.rules import chance, service


@phase
def complain(key, par, day, today, row, state, friends, fading, buyers, log):
    """Open today's complaints, answer as many as the effort allows, give up on the oldest."""
    people, waiting, brand = state.people, state.complaints, state.brand[0]
    n_slots = waiting.size
    first = -1
    for j in range(buyers.size - 1, -1, -1):  # backwards, so that the chain runs forwards
        buyer = int(buyers[j])
        if uniform(key, buyer, day, D.WRONG) < service.wrong_chance(par):
            people.complaint[buyer] = OPEN | (people.complaint[buyer] & BY_OFFER)
            people.next_in_calendar[buyer] = first
            first = buyer
            row.complaints += 1
            log = settled(log, day, people, buyer, E_COMPLAIN)
    waiting[day % n_slots] = first
    for age in range(n_slots - 1, -1, -1):
        slot = (day - age) % n_slots
        while waiting[slot] >= 0 and row.complaints_answered < today.cases:
            person = int(waiting[slot])
            waiting[slot] = people.next_in_calendar[person]
            people.complaint[person] = ANSWERED | (people.complaint[person] & BY_OFFER)
            row.complaints_answered += 1
            log = settled(log, day, people, person, E_COMPLAINT_ANSWERED)
    person = int(waiting[(day + 1) % n_slots])  # tomorrow's slot: those at the end of patience
    while person >= 0:
        people.complaint[person] = IGNORED | (people.complaint[person] & BY_OFFER)
        row.complaints_ignored += 1
        log = settled(log, day, people, person, E_COMPLAINT_IGNORED)
        _, c = felt(people, fading, person, day)
        lose(people, fading, brand, person, day, 0.0, service.connection_lost(par, c))
        log = warn(key, par, day, row, people, friends, fading, brand, person, log)
        person = int(people.next_in_calendar[person])
    waiting[(day + 1) % n_slots] = -1
    brand.complaints_open += row.complaints - row.complaints_answered - row.complaints_ignored
    return log


@phase
def settled(log, day, people, person, event):
    """Note what became of a complaint."""
    stage = int(people.stage[person]) & 3
    return note(log, day, person, event, stage, stage, -1)


@phase
def lose(people, fading, brand, person, day, p_lost, c_lost):
    """Take something off what a person feels today.

    What is kept is P and C at the last contact, so they shrink in proportion.
    """
    p, c = felt(people, fading, person, day)
    stage = int(people.stage[person]) & 3
    if p > 0.0:
        people.lives[person].prominence *= 1.0 - p_lost / p
        brand.prominence[stage] -= p_lost
    if c > 0.0:
        people.lives[person].self_connection *= 1.0 - c_lost / c
        brand.self_connection[stage] -= c_lost


@phase
def warn(key, par, day, row, people, friends, fading, brand, person, log):
    """Let someone who was ignored speak badly to 1 + Poisson(more_friends) friends."""
    u = uniform(key, person, day, D.HOW_MANY_WARNED)
    for k in range(1 + chance.poisson(par.more_friends, u)):
        friend = a_friend(friends, person, uniform(key, person, day, D.WARN_WHOM, k))
        if friend >= 0:
            p, c = felt(people, fading, friend, day)
            p_lost, c_lost = service.lost_by_bad_word(par, p), service.lost_by_bad_word(par, c)
            lose(people, fading, brand, friend, day, p_lost, c_lost)
            row.warned += 1
            stage = int(people.stage[person]) & 3
            log = note(log, day, person, E_WARN, stage, stage, friend)
    return log
