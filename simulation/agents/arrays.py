"""From the engine's arrays to the Mesa model and back: who everyone is on a day."""

from __future__ import annotations

from typing import Any

from simulation.core.stages import Stage
from simulation.people.population import (
    CONSIDERED,
    INVITED,
    ORDERED,
    OWNS,
    PENDING,
    REACHED,
    SWITCHED,
    TOLD,
    TOLD_BY_MEMBER,
    TOLD_PRODUCT,
    State,
    empty_bonds,
)


def introduce(persons: list[Any], friends: Any, start: State, day: int) -> None:
    """Let persons know their friends, their bonds alive after `day`, and who spoke to them.

    `persons` in order of number; `friends` a friendship graph: the friends of person i are
    ``friends.ids[friends.start[i] : friends.start[i + 1]]``.
    """
    people = start.people
    for person in persons:
        lo, hi = friends.start[person.number], friends.start[person.number + 1]
        person.friends = [persons[j] for j in friends.ids[lo:hi]]
        person.member_friends = sum(f.stage == Stage.MEMBER for f in person.friends)
        person.told = bool(people.stage[person.number] >> 2)
        seat = people.rare.seat[person.number]
        if seat >= 0:
            places = zip(start.bonds.partner[seat], start.bonds.end[seat], strict=True)
            person.bonds = {persons[j]: int(end) for j, end in places if end > day}
            person.drawn = float(start.bonds.drawn[seat])


def state_of(model: Any) -> State:
    """Write every person into the engine's arrays; seats are given in order of number."""
    state, n = model.start.copy(), len(model.by_number)
    bonds = empty_bonds(max(16, n))
    for i, person in enumerate(model.by_number):
        flags = (
            OWNS * person.owns
            | PENDING * person.pending
            | CONSIDERED * person.considered
            | TOLD_PRODUCT * person.told_product
            | TOLD_BY_MEMBER * person.told_by_member
            | REACHED * person.reached
            | INVITED * person.invited
            | SWITCHED * person.switched
        )
        values = {
            "marks": flags,
            "prominence": person.prominence,
            "self_connection": person.self_connection,
            "exposure": person.exposure,
            "purpose_fit": person.purpose_fit,
            "last_contact": person.last_contact,
            "member_friends": person.member_friends,
            "buyer_friends": person.buyer_friends,
            "mark": person.mark,
            "woken": person.woken,
            "answered_on": person.answered_on,
            "heard": person.heard,
            "reference_price": person.reference_price,
        }
        for name, value in values.items():
            state.people.lives[name][i] = value
        state.people.stage[i] = int(person.stage) | TOLD * person.told
        state.people.rare.joined_on[i] = -1 if person.joined_on is None else person.joined_on
        state.people.rare.touchpoint[i] = person.bought_by
        state.people.rare.bad_words[i] = person.bad_words
        state.people.rare.warned_on[i] = person.warned_on
        state.people.rare.complaint[i] = int(person.complaint)
        state.people.rare.experience[i] = person.experience
        state.people.rare.spent[i], state.people.rare.copies[i] = person.spent, person.copies
        state.people.rare.member_days[i] = person.member_days
        state.people.rare.by_offer[i] = person.by_offer | ORDERED * person.ordered
        state.people.rare.bought_on[i] = -1 if person.bought_on is None else person.bought_on
        state.people.rare.seat[i] = i if person.stage == Stage.MEMBER else -1
        if person.stage == Stage.MEMBER:
            bonds.owner[i] = i
            active = [(o.number, end) for o, end in person.bonds.items() if end > model.day]
            for place, (other, end) in enumerate(sorted(active)):
                bonds.partner[i, place], bonds.end[i, place] = other, end
            bonds.due[i], bonds.drawn[i] = person.mark, person.drawn
            bonds.pace[i] = person.drawn * person.visit_rate
    state.waking.clock[:] = model.clock
    brand = state.brand[0]
    brand.n[:], brand.novelty, brand.archive = model.n_at, model.novelty, model.archive
    brand.prominence[:] = model.ledger.prominence
    brand.self_connection[:] = model.ledger.self_connection
    brand.reviews, brand.stars = model.reviews, model.stars
    brand.complaints_open = len(model.complaints)
    return state._replace(bonds=bonds)
