"""Several launches (model 7.1, 7.7): the page begins anew, and what buyers remember of the last."""

from __future__ import annotations

from simulation.core.compiled import leaf, loop
from simulation.engine.common import MEMBER, NO_TOUCHPOINT, felt
from simulation.engine.waking import clock_of, set_member_mark
from simulation.people.population import (
    CONSIDERED,
    OWNS,
    PENDING,
    TOLD_BY_MEMBER,
    TOLD_PRODUCT,
)
from simulation.rules import advocacy, attachment

#: What people have to do with the product that is on the page.
OF_A_PRODUCT = OWNS | PENDING | CONSIDERED | TOLD_PRODUCT | TOLD_BY_MEMBER


@loop
def turn_page(state):
    """Begin the product page anew, for the next product: nobody has looked, nobody owns one.

    What a person remembers of the brand stays: its prices, bad words, what became of a complaint,
    what the last purchase was like.
    """
    people, brand = state.people, state.brand[0]
    for person in range(people.stage.size):
        life = people.lives[person]
        life.marks &= 255 - OF_A_PRODUCT
        life.heard = 0
        life.buyer_friends = 0
        people.rare[person].touchpoint = NO_TOUCHPOINT
        people.rare[person].by_offer = 0
        people.rare[person].next_in_calendar = -1
    for slot in range(state.calendar.size):
        state.calendar[slot] = -1
    brand.reviews = brand.stars = 0


@loop
def use(given, now, state, buyer, satisfied):
    """Let a buyer remember what the purchase was like; using the product builds attachment."""
    par, day, people = given.par, now.day, state.people
    people.rare[buyer].experience = advocacy.experience(satisfied)
    k = attachment.own_product(par, satisfied)
    if k > 0.0:
        life = people.lives[buyer]
        p, c = felt(people, given.fading, buyer, day)
        life.exposure *= given.fading[2, day - int(life.last_contact)]
        life.prominence = p
        life.self_connection = attachment.self_connection_after(c, life.purpose_fit, k)
        life.last_contact = day
        stage = int(people.stage[buyer]) & 3
        state.brand[0].self_connection[stage] += life.self_connection - c


@leaf
def wake_users(given, day, state, buyers):
    """In the evening: what is left of a buying member's wait runs by what draws them back now.

    A member's clock goes as they are drawn back, which nothing else raises while they are away.
    """
    if given.par.k_product > 0.0:
        for j in range(buyers.size):
            person = buyers[j]
            if int(state.people.stage[person]) & 3 == MEMBER:
                seat = state.people.rare[person].seat
                clock = clock_of(state.waking.clock, MEMBER, state.bonds, seat)
                ahead = state.people.lives[person].mark - clock
                set_member_mark(given, state, person, day, ahead)
