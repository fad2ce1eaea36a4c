"""Phases 1 to 3: plan the day, find who meets the brand, let contacts build attachment."""

from __future__ import annotations

from simulation.core.compiled import leaf, loop
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
    STRANGER,
    SUBSCRIBER,
    TELL,
    VISIT,
    Chances,
    D,
    jot,
)
from simulation.people.population import REACHED
from simulation.rules import advocacy, attachment, contact, ladder, offers, rivalry


@loop
def plan_day(par, day, today, brand, n_people, held):
    """Return the chances of the day from what the brand does today (model 4.1 and 4.2)."""
    fans = float(brand.n[FOLLOWER] + brand.n[SUBSCRIBER] + brand.n[MEMBER])
    rho = contact.reach(par, fans)
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
    return Chances(
        contact.discovery_chance(par, rho, today.posts, fans, n_people),
        post,
        contact.ad_chance(today.ad_clicks, n_people),
        contact.reply_chance(today.replies, fans * post),
        contact.mail_chance(par, today.pieces),
        rivalry.rival_chance(par, day),
        lapse,
        tell,
    )


@leaf
def happens(given, now, person, decision, die, low, p):
    """Return (happens, low) for one of several events: `next_slice`, then a die of its own."""
    if p == 0.0:
        return False, low
    if low > 1.0:
        return uniform(given.key, person, now.day, decision) < p, low
    return next_slice(die, low, p)


@leaf
def contacts_of(given, now, life, person, stage, die, novelty):
    """Return what one person meets today, in the order of model 4.2: one bit each."""
    par, chances = given.par, now.chances
    bits = 0
    low = 0.0
    if stage == STRANGER:
        yes, low = next_slice(die, low, chances.discovery)
        bits |= yes << DISCOVERY
    else:
        yes, low = next_slice(die, low, chances.lapse[stage])
        bits |= yes * BELL
        yes, low = happens(given, now, person, D.TELL, die, low, chances.tell[stage])
        bits |= yes * TELL
        yes, low = happens(given, now, person, D.DISCOVERY_OR_POST, die, low, chances.post)
        bits |= yes << POST
    yes, low = happens(given, now, person, D.AD, die, low, chances.ad)
    bits |= yes << AD
    if stage >= SUBSCRIBER:
        yes, low = happens(given, now, person, D.MAIL, die, low, chances.mail)
        bits |= yes << MAIL
        if stage == MEMBER or par.matched_list > 0.0:
            fresh = novelty if stage == MEMBER else 1.0
            p = contact.visit_chance(par, float(life.visit_rate), now.today.events, fresh)
            yes, low = happens(given, now, person, D.VISIT, die, low, p)
            bits |= yes << VISIT
    if stage != STRANGER:
        yes, low = happens(given, now, person, D.RIVAL, die, low, chances.rival)
        bits |= yes * RIVAL
    return bits


@leaf
def feel(given, now, life, rare, brand, person, stage, met, felt, log):
    """Let today's contacts build attachment (model 4.3); return (P, C) after them.

    `felt` is (P, C) this morning, after what faded since the last contact.
    """
    par, day, today = given.par, now.day, now.today
    prominence, connection = felt
    exposure = life.exposure * given.fading[2, day - int(life.last_contact)]
    ritual = stage == MEMBER and today.events > 0
    for channel in range(N_CHANNELS):
        if met >> channel & 1:
            now.row.contacts[channel] += 1
            prominence = attachment.prominence_after(par, prominence, exposure, channel)
            k = attachment.own_content(par, channel, ritual, today.offer)
            connection = attachment.self_connection_after(connection, life.purpose_fit, k)
            exposure += 1.0
            if par.price_learning > 0.0:
                shown = offers.price_shown(par, channel, today)
                if shown > 0.0:
                    reference = float(rare[person].reference_price)
                    rare[person].reference_price = offers.price_remembered(par, reference, shown)
            jot(log, day, person, E_CONTACT, stage, stage, channel)
    life.prominence = prominence
    life.self_connection = connection
    life.exposure = exposure
    life.last_contact = day
    life.marks |= REACHED
    brand.prominence[stage] += prominence - felt[0]
    brand.self_connection[stage] += connection - felt[1]
    return prominence, connection
