"""Phase 8: purchases go wrong, and complaints are answered in order of waiting (model 4.8).

`next_complaint` chains those who complained on the same day, ascending; `state.complaints`
holds the first of each day. Nobody buys while a complaint is open, so that all have at most one.
"""

from __future__ import annotations

from simulation.core import chance
from simulation.core.compiled import leaf, loop
from simulation.core.randomness import uniform
from simulation.engine.common import (
    ANSWERED,
    E_COMPLAIN,
    E_COMPLAINT_ANSWERED,
    E_COMPLAINT_IGNORED,
    E_REVIEW,
    E_WARN,
    IGNORED,
    OPEN,
    D,
    felt,
    note,
)
from simulation.people.around import a_friend
from simulation.rules import service


@leaf
def goes_wrong(key, par, day, buyer):
    """Say whether the purchase somebody made today goes wrong: before anyone speaks of it."""
    return uniform(key, buyer, day, D.WRONG) < service.wrong_chance(par)


@loop
def complain(given, now, state, buyers, log):
    """Open today's complaints, answer as many as the effort allows, give up on the oldest."""
    key, par, day, today, row = given.key, given.par, now.day, now.today, now.row
    people, waiting, brand = state.people, state.complaints, state.brand[0]
    n_slots = waiting.size
    first = -1
    for j in range(buyers.size - 1, -1, -1):  # backwards, so that the chain runs forwards
        buyer = int(buyers[j])
        if goes_wrong(key, par, day, buyer):
            people.rare[buyer].complaint = OPEN
            people.rare[buyer].next_complaint = first
            first = buyer
            row.complaints += 1
            log = noted(log, day, people, buyer, E_COMPLAIN)
    waiting[day % n_slots] = first
    for age in range(n_slots - 1, -1, -1):
        slot = (day - age) % n_slots
        while waiting[slot] >= 0 and row.complaints_answered < today.cases:
            person = int(waiting[slot])
            waiting[slot] = people.rare[person].next_complaint
            people.rare[person].complaint = ANSWERED
            mended = service.repaired(par, float(day - int(people.rare[person].bought_on)))
            left = service.kept_after_complaint(par, mended)
            keep(people, given.fading, brand, person, day, 1.0, left)
            remember(par, people, person, mended)
            row.complaints_answered += 1
            log = noted(log, day, people, person, E_COMPLAINT_ANSWERED)
    person = int(waiting[(day + 1) % n_slots])  # tomorrow's slot: those at the end of patience
    while person >= 0:
        people.rare[person].complaint = IGNORED
        row.complaints_ignored += 1
        log = noted(log, day, people, person, E_COMPLAINT_IGNORED)
        left = service.kept_after_complaint(par, 0.0)
        keep(people, given.fading, brand, person, day, 1.0, left)
        remember(par, people, person, -1.0)
        log = complain_aloud(given, now, people, brand, person, log)
        log = warn(given, now, people, brand, person, log)
        person = int(people.rare[person].next_complaint)
    waiting[(day + 1) % n_slots] = -1
    brand.complaints_open += row.complaints - row.complaints_answered - row.complaints_ignored
    return log


@loop
def noted(log, day, people, person, event):
    """Note what became of a complaint."""
    stage = int(people.stage[person]) & 3
    return note(log, day, person, event, stage, stage, -1)


@loop
def keep(people, fading, brand, person, day, of_p, of_c):
    """Leave someone only these shares of the prominence and self-connection they feel today."""
    p, c = felt(people, fading, person, day)
    stage = int(people.stage[person]) & 3
    people.lives[person].prominence *= of_p
    people.lives[person].self_connection *= of_c
    brand.prominence[stage] -= p * (1.0 - of_p)
    brand.self_connection[stage] -= c * (1.0 - of_c)


@leaf
def remember(par, people, person, mended):
    """Have someone remember the purchase as what became of the complaint makes it."""
    rare = people.rare[person]
    rare.experience = service.experience_settled(par, float(rare.experience), mended)


@loop
def complain_aloud(given, now, people, brand, person, log):
    """Let someone who was ignored give the product one star, perhaps: it counts from tomorrow."""
    if uniform(given.key, person, now.day, D.REVIEW_IGNORED) < service.one_star_chance(given.par):
        now.row.reviews += 1
        now.row.stars += 1
        brand.reviews += 1
        brand.stars += 1
        stage = int(people.stage[person]) & 3
        log = note(log, now.day, person, E_REVIEW, stage, stage, 1)
    return log


@loop
def warn(given, now, people, brand, person, log):
    """Let someone who was ignored speak badly to 1 + Poisson(more_friends) friends."""
    key, par, around, room = given.key, given.par, given.around, given.room
    day, row = now.day, now.row
    left = service.kept_after_bad_word(par)
    u = uniform(key, person, day, D.HOW_MANY_WARNED)
    for k in range(1 + chance.poisson(par.more_friends, u)):
        friend = a_friend(around, person, uniform(key, person, day, D.WARN_WHOM, k), room)
        if friend >= 0:
            keep(people, given.fading, brand, friend, day, left, left)
            rare = people.rare[friend]
            words = service.words_left(par, float(rare.bad_words), day - int(rare.warned_on))
            rare.bad_words = words + 1.0
            rare.warned_on = day
            row.warned += 1
            stage = int(people.stage[person]) & 3
            log = note(log, day, person, E_WARN, stage, stage, friend)
    return log
