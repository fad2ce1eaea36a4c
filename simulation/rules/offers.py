"""Prices: what an offer takes off, what people remember, and what that does (model 4.10)."""

from __future__ import annotations

from simulation.core.compiled import rule
from simulation.core.elementary import log
from simulation.core.stages import Channel
from simulation.rules.contact import announces

DISCOVERY, POST, MAIL = int(Channel.DISCOVERY), int(Channel.POST), int(Channel.MAIL)


@rule
def carries_offer(channel, offer):
    """Return whether a contact carries today's offer: posts (also discovered ones) and mails do.

    `offer`: is today an offer day. Draws nothing. Source: model 4.10 (assumption).
    """
    return offer > 0 and channel in (DISCOVERY, POST, MAIL)


@rule
def still_holds(by_offer, holds):
    """Return whether who came by an offer still pays less today: unless it ended with a deadline.

    `holds`: the day's plan says so. Draws nothing. Source: model 7.10, by definition.
    """
    return by_offer > 0 and holds > 0


@rule
def price_paid(par, depth, by_offer):
    """Return the price [USD] of one copy: price (1 - depth) for who came by an offer, else price.

    depth 0-1, the share an offer takes off. Draws nothing. Source: by definition.
    """
    return par.price * (1.0 - depth) if by_offer else par.price


@rule
def price_shown(par, channel, today):
    """Return the price [USD] that a contact shows, 0 if it shows none.

    The price less offer_depth where the contact carries an offer; else the full price where it
    announces the product (contact.py). `today`: the day's plan. Draws nothing. Source: by
    definition.
    """
    if carries_offer(channel, today.offer):
        return price_paid(par, today.offer_depth, True)
    return par.price if announces(channel, today) else 0.0


@rule
def price_remembered(par, reference, shown):
    """Return the price [USD] someone expects after one was shown: r + price_learning (shown - r).

    reference r and shown in USD. Draws nothing. Source: reference prices learn from prices seen
    (Kalyanaram and Winer 1995, B); the speed is an assumption.
    """
    return reference + par.price_learning * (shown - reference)


@rule
def price_shift(par, price, reference):
    """Return what the price does to the log-odds of buying, against the price expected.

    -price_elasticity ln(p / r), times price_loss where p > r: a loss weighs more than a gain.
    price p and reference r in USD. Draws nothing. Source: Neumann and Bockenholt 2014 (B, 33
    studies); disputed by Gal and Rucker 2018.
    """
    shift = -par.price_elasticity * log(price / reference)
    return shift * par.price_loss if price > reference else shift
