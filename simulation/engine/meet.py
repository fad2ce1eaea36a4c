"""Phases 1 to 3: plan the day, find who meets the brand, let contacts build attachment."""

from __future__ import annotations

from simulation.core.compiled import leaf, part
from simulation.core.machine import lowest_bit
from simulation.core.randomness import next_slice, uniform
from simulation.engine.common import (
    AD,
    BELL,
    DISCOVERY,
    E_CONTACT,
    FOLLOWER,
    MAIL,
    MEMBER,
    N_CHANNELS,
    POST,
    RIVAL,
    SEARCH,
    STRANGER,
    SUBSCRIBER,
    TELL,
    VISIT,
    Chances,
    D,
    jot,
)
from simulation.engine.move import bonds_of
from simulation.people.population import REACHED
from simulation.rules import advocacy, attachment, community, contact, ladder, offers, rivalry


@leaf
def plan_day(par, day, today, brand, n_people, held):
    """Return the chances of the day from what the brand does today (model 4.1 and 4.2).

    Today's pieces go into the archive of the brand.
    """
    brand.archive = contact.archive_after(par, brand.archive, today.pieces)
    fans = float(brand.n[FOLLOWER] + brand.n[SUBSCRIBER] + brand.n[MEMBER])
    rho = contact.reach(par, fans)
    expected = fans * contact.post_chance(rho, today.posts)
    talk = contact.talk_share(today.replies, today.posts, expected)
    rho = contact.reach_in_talk(par, rho, talk)
    post = contact.post_chance(rho, today.posts)
    lapse = (
        0.0,
        0.0 if held else ladder.lapse_bound(par, FOLLOWER, today.posts),
        0.0 if held else ladder.lapse_bound(par, SUBSCRIBER, today.posts),
        0.0 if held else ladder.lapse_bound(par, MEMBER, today.posts),
    )
    tell = (
        0.0,
        advocacy.tell_rate(par, FOLLOWER),
        advocacy.tell_rate(par, SUBSCRIBER),
        advocacy.tell_rate(par, MEMBER),
    )
    speaking = priced = 0
    for channel in range(N_CHANNELS):
        speaking |= contact.announces(channel, today) << channel
        if par.price_learning > 0.0:
            priced |= (offers.price_shown(par, channel, today) > 0.0) << channel
    return Chances(
        contact.discovery_chance(par, rho, today.posts, fans, n_people),
        post,
        contact.ad_chance(today.ad_clicks, n_people),
        contact.reply_chance(today.replies, fans * post),
        fans * post,
        contact.mail_chance(par, today.pieces, 1.0),
        rivalry.rival_chance(par, day),
        contact.search_chance(par, brand.archive),
        talk,
        speaking,
        priced,
        lapse,
        tell,
    )


@leaf
def happens(key, day, person, decision, die, low, p):
    """Return (happens, low) for one of several events: `next_slice`, then a die of its own."""
    if p == 0.0:
        return False, low
    if low > 1.0:
        return uniform(key, person, day, decision) < p, low
    return next_slice(die, low, p)


@part
def contacts_of(given, now, life, others, person, stage, die, morning):
    """Return what one person meets today, in the order of model 4.2: one bit each.

    `others` are all that `visits` needs of them, and `morning` is (P, C) this morning.
    """
    key, par, day, chances = given.key, given.par, now.day, now.chances
    bits = 0
    low = 0.0
    if stage == STRANGER:
        yes, low = next_slice(die, low, chances.discovery)
        bits |= yes << DISCOVERY
    else:
        yes, low = next_slice(die, low, chances.lapse[stage])
        bits |= yes * BELL
        yes, low = happens(key, day, person, D.TELL, die, low, chances.tell[stage])
        bits |= yes * TELL
        yes, low = happens(key, day, person, D.DISCOVERY_OR_POST, die, low, chances.post)
        bits |= yes << POST
    yes, low = happens(key, day, person, D.AD, die, low, chances.ad)
    bits |= yes << AD
    if stage <= FOLLOWER:
        yes, low = happens(key, day, person, D.SEARCH, die, low, chances.search)
        bits |= yes << SEARCH
    if stage >= SUBSCRIBER:
        p = chances.mail
        if p > 0.0 and par.open_attachment > 0.0:
            felt_a = attachment.attachment(par, morning[0], morning[1])
            p = contact.mail_chance(par, now.today.pieces, felt_a)
        yes, low = happens(key, day, person, D.MAIL, die, low, p)
        bits |= yes << MAIL
        if stage == MEMBER or par.matched_list > 0.0:
            p = visits(par, day, now.today, life, others, person, stage, morning[1])
            yes, low = happens(key, day, person, D.VISIT, die, low, p)
            bits |= yes << VISIT
    if stage != STRANGER:
        yes, low = happens(key, day, person, D.RIVAL, die, low, chances.rival)
        bits |= yes * RIVAL
    return bits


@part
def visits(par, day, today, life, others, person, stage, connection):
    """Return the chance that a member visits today (under `matched_list` a subscriber, too).

    `others` are what is rare of everybody, the ends of the bonds, and the novelty.
    """
    rare, ends, novelty = others
    fresh, drawn = 1.0, 1.0
    if stage == MEMBER:
        n_bonds = float(bonds_of(ends, rare[person].seat, day))
        days = float(day - int(life.answered_on))
        drawn = community.drawn_back(par, days, n_bonds, connection)
        fresh = novelty
    return contact.visit_chance(par, float(life.visit_rate), today.events, fresh, drawn)


@part
def feel(par, now, left, life, brand, person, stage, met, morning, log):
    """Let today's contacts build attachment (model 4.3); return (P, C) after them.

    `morning` is (P, C) this morning, and `left` the share of the exposure: after what faded since
    the last contact.
    """
    day, today, priced = now.day, now.today, now.chances.priced
    prominence, connection = morning
    exposure = life.exposure * left
    visiting = (2 if today.events > 0 else 1) if stage == MEMBER else 0
    while met:
        channel, met = lowest_bit(met), met & met - 1
        now.row.contacts[channel] += 1
        prominence = attachment.prominence_after(par, prominence, exposure, channel)
        k = attachment.own_content(par, channel, visiting, today.offer)
        connection = attachment.self_connection_after(connection, life.purpose_fit, k)
        exposure += 1.0
        if priced >> channel & 1:
            shown, reference = offers.price_shown(par, channel, today), life.reference_price
            life.reference_price = offers.price_remembered(par, float(reference), shown)
        jot(log, day, person, E_CONTACT, stage, stage, channel)
    life.prominence = prominence
    life.self_connection = connection
    life.exposure = exposure
    life.last_contact = day
    life.marks |= REACHED
    brand.prominence[stage] += prominence - morning[0]
    brand.self_connection[stage] += connection - morning[1]
    return prominence, connection
