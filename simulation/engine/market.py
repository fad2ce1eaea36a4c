"""Phases 6 and 7: consider and buy, then review, recommend, give and tell (model 4.6, 4.7)."""

from __future__ import annotations

import numpy as np

from simulation.core import chance
from simulation.core.compiled import leaf, loop, part
from simulation.core.machine import lowest_bit
from simulation.core.randomness import as_uniform, normal, uniform, whole_below
from simulation.core.stages import Stage
from simulation.engine.common import (
    E_BUY,
    E_CONSIDER,
    E_GIFT,
    E_RECOMMEND,
    E_REVIEW,
    E_TELL,
    FRIEND,
    GIFT,
    NO_COMPLAINT,
    NO_TOUCHPOINT,
    OPEN,
    D,
    felt,
    jot,
    note,
    pushed,
)
from simulation.engine.complain import goes_wrong
from simulation.engine.launches import use
from simulation.engine.move import bonds_of, next_bonded
from simulation.engine.waking import call
from simulation.people.around import a_friend, write_friends
from simulation.people.population import (
    BY_OFFER,
    CONSIDERED,
    ORDERED,
    OWNS,
    PENDING,
    SWITCHED,
    TOLD,
    TOLD_BY_MEMBER,
    TOLD_PRODUCT,
)
from simulation.rules import advocacy, attachment, offers, purchase, service

MEMBER = int(Stage.MEMBER)


# ---- 6 consider and buy --------------------------------------------------------------------------


@part
def follow_up(par, today, life, met, felt_a, word):
    """Return the channel whose contact is followed up today, -1 if none is (one die, CLICK)."""
    marks = int(life.marks)
    if marks & (OWNS | PENDING | SWITCHED):
        return -1
    theta, looked = float(life.relevance), (marks & CONSIDERED) != 0
    sure = 0.0
    while met:
        channel, met = lowest_bit(met), met & met - 1
        if channel == FRIEND:
            p = 0.0
            if marks & TOLD_PRODUCT:
                p = purchase.recommended_chance(par, (marks & TOLD_BY_MEMBER) != 0)
        else:
            p = purchase.click_chance(par, channel, today, felt_a, theta, int(life.heard), looked)
        if p > 0.0:
            sure = chance.either(sure, p)
            if as_uniform(word) < sure:
                return channel
    return -1


@leaf
def enter(key, par, now, state, person, stage, channel, log):
    """Enter a visit to the product page into the calendar: one pending visit each."""
    calendar = state.calendar
    rare, life = state.people.rare[person], state.people.lives[person]
    days = purchase.lag_days(par, uniform(key, person, now.day, D.LAG))
    slot = (now.day + days) % calendar.size
    rare.next_in_calendar = calendar[slot]
    calendar[slot] = person
    life.marks |= PENDING | CONSIDERED
    rare.touchpoint = channel
    if offers.carries_offer(channel, now.today.offer):
        rare.by_offer = BY_OFFER
    now.row.considerations += 1
    jot(log, now.day, person, E_CONSIDER, stage, stage, channel)


@leaf
def sift_down(values, last):
    """Move the last of an otherwise ascending list to its place (a day has few buyers)."""
    while last > 0 and values[last - 1] > values[last]:
        values[last - 1], values[last] = values[last], values[last - 1]
        last -= 1


@leaf
def chance_to_buy(given, now, life, rare, brand):
    """Return the chance with which someone on the page buys today."""
    par, today = given.par, now.today
    days = now.day - int(life.last_contact)
    p, c = life.prominence * given.fading[0, days], life.self_connection * given.fading[1, days]
    by_offer = offers.still_holds(int(rare.by_offer) & BY_OFFER, today.offer_holds)
    paid = offers.price_paid(par, today.offer_depth, by_offer)
    words = service.words_left(par, float(rare.bad_words), now.day - int(rare.warned_on))
    since = now.day - int(rare.bought_on)
    return purchase.buy_chance(
        par,
        attachment.attachment(par, p, c),
        float(life.relevance),
        float(life.buyer_friends),
        float(brand.reviews),
        float(brand.stars) / max(1.0, float(brand.reviews)),
        rare.touchpoint == FRIEND,
        offers.price_shift(par, paid, float(life.reference_price)),
        service.word_shift(par, words)
        + purchase.experience_shift(par, float(rare.experience), since),
        today.last_call != 0,
    )


@leaf
def leave(rare):
    """Have nothing more to do with the page, for now."""
    rare.touchpoint = NO_TOUCHPOINT
    rare.by_offer = 0


@loop
def buy(given, now, state, log):
    """Let those whose page visit falls on today decide; return the buyers, ascending.

    Who decides before the launch day orders, and is a buyer on that day. Who waits for an answer to
    a complaint buys nothing.
    """
    key, day, row = given.key, now.day, now.row
    people, calendar, brand = state.people, state.calendar, state.brand[0]
    buyers, n_buyers = ordered(people, day == now.today.launch_on)
    slot = day % calendar.size
    person = int(calendar[slot])
    calendar[slot] = -1
    expected = 0
    while person >= 0:
        life, rare = people.lives[person], people.rare[person]
        following = int(rare.next_in_calendar)
        life.marks &= 255 - PENDING
        if rare.complaint == OPEN and not life.marks & OWNS:
            leave(rare)
        elif not life.marks & (OWNS | SWITCHED):
            row.page_visits += 1
            q = chance_to_buy(given, now, life, rare, brand)
            expected += chance.fixed_point(q)
            if uniform(key, person, day, D.BUY) >= q:
                leave(rare)
            elif day < now.today.launch_on:
                life.marks |= PENDING
                rare.by_offer |= ORDERED
            else:
                buyers = pushed(buyers, n_buyers, person)
                sift_down(buyers, np.int64(n_buyers))
                n_buyers += 1
        person = following
    row.expected_sales = chance.from_fixed_point(expected)
    buyers = buyers[:n_buyers]
    for b in range(n_buyers):
        log = own(given, now, state, int(buyers[b]), log)
    return buyers, log


@loop
def ordered(people, launched):
    """Return the people whose orders are delivered today, ascending, and how many they are."""
    buyers, n_buyers = np.empty(16, np.int64), 0
    for person in range(people.stage.size if launched else 0):
        if people.rare[person].by_offer & ORDERED:
            people.rare[person].by_offer &= 255 - ORDERED
            people.lives[person].marks &= 255 - PENDING
            buyers = pushed(buyers, n_buyers, person)
            n_buyers += 1
    return buyers, n_buyers


@loop
def own(given, now, state, buyer, log):
    """Give a buyer the copy, count the sale, and let friends and bonds know."""
    par, today, row, people = given.par, now.today, now.row, state.people
    life, rare = people.lives[buyer], people.rare[buyer]
    life.marks |= OWNS
    rare.bought_on = now.day
    rare.complaint = NO_COMPLAINT
    channel, stage = int(rare.touchpoint), int(people.stage[buyer]) & 3
    row.sales += 1
    row.sales_by_touchpoint[channel] += 1
    row.sales_by_stage[stage] += 1
    paid = par.price
    if offers.still_holds(int(rare.by_offer), today.offer_holds):
        paid = offers.price_paid(par, today.offer_depth, True)
        row.sales_discounted += 1
        row.margin_lost += par.price - paid
    rare.copies += 1
    rare.spent = float(rare.spent) + paid
    for j in range(write_friends(given.around, buyer, given.room)):
        people.lives[given.room[j]].buyer_friends += 1
    other = bonded_with(state, buyer, now.day, -1)
    while other >= 0:
        people.lives[other].buyer_friends += 1
        other = bonded_with(state, buyer, now.day, other)
    return note(log, now.day, buyer, E_BUY, stage, stage, channel)


@leaf
def bonded_with(state, person, day, last):
    """Return the next, in number, who has a bond with a person, -1 if none is left."""
    seat = state.people.rare[person].seat
    return next_bonded(state.bonds, seat, day, last) if seat >= 0 else -1


# ---- 7 speak -------------------------------------------------------------------------------------


@leaf
def be_told(state, person):
    """Have somebody meet the brand tomorrow, by a friend."""
    state.people.stage[person] |= TOLD
    call(state.waking, person)


@loop
def speak(given, now, state, ask, tellers, buyers, log):
    """Let tellers tell a friend of the brand, and today's buyers review, recommend and give."""
    key, par, day, row = given.key, given.par, now.day, now.row
    around, room, fading = given.around, given.room, given.fading
    people = state.people
    for j in range(tellers.size):
        person = int(tellers[j])
        friend = a_friend(around, person, uniform(key, person, day, D.TELL_WHOM), room)
        if friend >= 0:
            be_told(state, friend)
            row.tells += 1
            stage = int(people.stage[person]) & 3
            log = note(log, day, person, E_TELL, stage, stage, friend)
            bought_on = int(people.rare[person].bought_on)
            if advocacy.tells_of_product(par, bought_on, now.today.launch_on, day):
                log = tell_of_product(now, people, person, stage, friend, log)
    for j in range(buyers.size):
        buyer = int(buyers[j])
        stage = int(people.stage[buyer]) & 3
        p, c = felt(people, fading, buyer, day)
        felt_a = attachment.attachment(par, p, c)
        satisfied = advocacy.satisfaction(
            par,
            people.lives[buyer].purpose_fit,
            normal(key, buyer, day, D.SATISFACTION),
            goes_wrong(key, par, day, buyer),
        )
        log = review(given, now, state.brand[0], buyer, stage, felt_a, satisfied, ask, log)
        log = recommend(given, now, state, buyer, stage, felt_a, satisfied, log)
        log = give(given, now, state, buyer, stage, felt_a, ask, log)
        use(given, now, state, buyer, satisfied)
    return log


@loop
def tell_of_product(now, people, person, stage, friend, log):
    """Have a friend who is told of the brand hear of the product as well."""
    people.lives[friend].marks |= TOLD_PRODUCT | (TOLD_BY_MEMBER if stage == MEMBER else 0)
    now.row.recommendations += 1
    return note(log, now.day, person, E_RECOMMEND, stage, stage, friend)


@loop
def review(given, now, brand, person, stage, felt_a, satisfied, ask, log):
    """Let someone who has a copy review it, perhaps: it counts from tomorrow."""
    p = advocacy.review_chance(given.par, stage, felt_a, ask)
    if uniform(given.key, person, now.day, D.REVIEW) < p:
        n_stars = advocacy.stars_given(satisfied)
        now.row.reviews += 1
        now.row.stars += n_stars
        brand.reviews += 1
        brand.stars += n_stars
        log = note(log, now.day, person, E_REVIEW, stage, stage, n_stars)
    return log


@loop
def recommend(given, now, state, buyer, stage, felt_a, satisfied, log):
    """Let a buyer recommend the product, heard tomorrow: to some friends, and to one bond.

    Friends: 1 + Poisson(more_friends), drawn one by one.
    """
    key, par, around, room = given.key, given.par, given.around, given.room
    day = now.day
    p = advocacy.recommend_chance(par, stage, felt_a, satisfied)
    if uniform(key, buyer, day, D.RECOMMEND) >= p:
        return log
    u = uniform(key, buyer, day, D.HOW_MANY_FRIENDS)
    for k in range(1 + chance.poisson(par.more_friends, u)):
        friend = a_friend(around, buyer, uniform(key, buyer, day, D.RECOMMEND_TO, k), room)
        if friend >= 0:
            be_told(state, friend)
            log = tell_of_product(now, state.people, buyer, stage, friend, log)
    other = one_bond(key, state, buyer, day)
    if other >= 0:
        be_told(state, other)
        log = tell_of_product(now, state.people, buyer, stage, other, log)
    return log


@leaf
def one_bond(key, state, person, day):
    """Return one of those with whom a person has a bond, -1 if there is none."""
    seat = state.people.rare[person].seat
    n = bonds_of(state.bonds.end, seat, day)
    other = -1
    for _ in range(1 + whole_below(uniform(key, person, day, D.RECOMMEND_BOND), n) if n else 0):
        other = next_bonded(state.bonds, seat, day, other)
    return other


@loop
def give(given, now, state, buyer, stage, felt_a, ask, log):
    """Let a buyer give Poisson(`gifts_mean`) copies to friends who have none."""
    key, par, around, room = given.key, given.par, given.around, given.room
    day, row, people = now.day, now.row, state.people
    rare = people.rare[buyer]
    u = uniform(key, buyer, day, D.GIFTS)
    for k in range(chance.poisson(advocacy.gifts_mean(par, felt_a), u)):
        friend = a_friend(around, buyer, uniform(key, buyer, day, D.GIFT_TO, k), room)
        if friend >= 0 and not people.lives[friend].marks & OWNS:
            people.lives[friend].marks |= OWNS
            people.rare[friend].touchpoint = GIFT
            row.sales += 1
            row.gifts += 1
            rare.copies += 1
            rare.spent = float(rare.spent) + par.price
            row.sales_by_touchpoint[GIFT] += 1
            row.sales_by_stage[stage] += 1
            log = note(log, day, buyer, E_GIFT, stage, stage, friend)
            if par.gifts_speak > 0.0:
                be_told(state, friend)
                log = be_given(given, now, state, friend, ask, log)
    return log


@loop
def be_given(given, now, state, person, ask, log):
    """Let someone who was given a copy review it, perhaps, as a buyer does."""
    par, people = given.par, state.people
    stage = int(people.stage[person]) & 3
    p, c = felt(people, given.fading, person, now.day)
    noise = normal(given.key, person, now.day, D.SATISFACTION)
    fit = people.lives[person].purpose_fit
    satisfied = advocacy.satisfaction(par, fit, noise, False)
    felt_a = attachment.attachment(par, p, c)
    return review(given, now, state.brand[0], person, stage, felt_a, satisfied, ask, log)
