"""Phases 1 to 3: plan the day, find who meets the brand, let contacts build attachment."""

from __future__ import annotations

import numpy as np

from simulation.core.compiled import leaf, loop
from simulation.core.randomness import CHUNK, as_uniform, shared_die, throw_wake_dice
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
from simulation.people.population import REACHED, TOLD
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


@loop
def below_bounds(stage, words, bounds, mask):
    """Mark who may wake: die at or below the bound of their stage, or told by a friend."""
    b0, b1, b2, b3 = bounds[0], bounds[1], bounds[2], bounds[3]
    everyone = np.uint32(0xFFFFFFFF)
    for j in range(stage.size):  # plain selects: the compiler turns this loop into vectors
        s = np.uint32(stage[j])
        bound = b0
        if s == np.uint32(1):
            bound = b1
        elif s == np.uint32(2):
            bound = b2
        elif s == np.uint32(3):
            bound = b3
        elif s >= np.uint32(TOLD):
            bound = everyone
        mask[j] = words[j] <= bound


@loop
def wake(key, par, day, stage, chances, everybody, first, last, active, dice):
    """List who wakes among persons first .. last - 1 (`first` a multiple of CHUNK).

    Everyone has one die a day. What may happen to a person takes slices of it, beginning at 0
    (randomness.shared_die), and together they never reach beyond the bound of the stage. Above the
    bound nothing can happen, so skipping those people changes no result at all: `everybody` looks
    at all of them, for the test of just that.
    """
    bounds = np.empty(4, np.uint32)
    for s in range(4):
        bound = contact.wake_bound(
            par,
            s,
            chances.discovery,
            chances.post,
            chances.ad,
            chances.mail,
            chances.lapse[s],
            chances.tell[s],
            chances.rival,
        )
        if everybody:
            bound = 1.0
        bounds[s] = np.uint32(min(4294967295.0, bound * 4294967296.0 + 1.0))
    words = np.empty(CHUNK, np.uint32)
    mask = np.zeros(CHUNK, np.uint8)
    eights = mask.view(np.uint64)
    n = 0
    for low in range(first, last, CHUNK):
        size = min(CHUNK, last - low)
        throw_wake_dice(key, day, low >> 2, words)
        if size < CHUNK:
            for j in range(CHUNK):
                mask[j] = 0
        below_bounds(stage[low : low + size], words[:size], bounds, mask[:size])
        if n + CHUNK > active.size:
            room, room_for_dice = np.empty(2 * (n + CHUNK), np.int64), np.empty(2 * (n + CHUNK))
            for j in range(n):
                room[j], room_for_dice[j] = active[j], dice[j]
            active, dice = room, room_for_dice
        for eight in range(CHUNK >> 3):
            if eights[eight]:
                for j in range(8 * eight, 8 * eight + 8):
                    if mask[j]:
                        active[n] = low + j
                        dice[n] = as_uniform(words[j])
                        n += 1
    return active, dice, n


@leaf
def happens(key, person, day, decision, die, low, p):
    """`shared_die`, which throws nothing where nothing can happen."""
    if p == 0.0:
        return False, low
    return shared_die(key, person, day, decision, die, low, p)


@leaf
def contacts_of(given, now, life, person, stage, die, novelty):
    """Return what one person meets today, in the order of model 4.2: one bit each."""
    key, par, day, chances = given.key, given.par, now.day, now.chances
    bits = 0
    low = 0.0
    if stage == STRANGER:
        p = chances.discovery
        yes, low = happens(key, person, day, D.DISCOVERY_OR_POST, die, low, p)
        bits |= yes << DISCOVERY
    else:
        yes, low = happens(key, person, day, D.WAKE, die, low, chances.lapse[stage])
        bits |= yes * BELL
        yes, low = happens(key, person, day, D.TELL, die, low, chances.tell[stage])
        bits |= yes * TELL
        yes, low = happens(key, person, day, D.DISCOVERY_OR_POST, die, low, chances.post)
        bits |= yes << POST
    yes, low = happens(key, person, day, D.AD, die, low, chances.ad)
    bits |= yes << AD
    if stage >= SUBSCRIBER:
        yes, low = happens(key, person, day, D.MAIL, die, low, chances.mail)
        bits |= yes << MAIL
        if stage == MEMBER or par.matched_list > 0.0:
            fresh = novelty if stage == MEMBER else 1.0
            p = contact.visit_chance(par, float(life.visit_rate), now.today.events, fresh)
            yes, low = happens(key, person, day, D.VISIT, die, low, p)
            bits |= yes << VISIT
    if stage != STRANGER:
        yes, low = happens(key, person, day, D.RIVAL, die, low, chances.rival)
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
            if offers.carries_offer(channel, today.offer):
                habit = float(rare[person].deal_habit)
                rare[person].deal_habit = offers.habit_after(par, habit)
            jot(log, day, person, E_CONTACT, stage, stage, channel)
    life.prominence = prominence
    life.self_connection = connection
    life.exposure = exposure
    life.last_contact = day
    life.marks |= REACHED
    brand.prominence[stage] += prominence - felt[0]
    brand.self_connection[stage] += connection - felt[1]
    return prominence, connection
