"""Offers: what a discount does beside lowering the price (model 4.10)."""

from __future__ import annotations

from simulation.core.compiled import rule
from simulation.core.stages import Channel

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
def habit_after(par, habit):
    """Return the deal habit after one contact with an offer: D + (1 - D) k_deal.

    D 0-1; it does not fade. Draws nothing. Source: model 4.10 (assumption).
    """
    return habit + (1.0 - habit) * par.k_deal


@rule
def habit_shift(par, habit, by_offer):
    """Return what deal habit does to the log-odds of buying: +- buy_deal_habit D.

    Up for who came by an offer, down for who did not: they wait for the next one. D 0-1.
    Draws nothing. Source: Anderson and Simester 2004 (A): the sign; the size is an assumption.
    """
    return par.buy_deal_habit * habit if by_offer else -par.buy_deal_habit * habit


@rule
def price_paid(par, depth, by_offer):
    """Return the price [USD] of one copy: price (1 - depth) for who came by an offer, else price.

    depth 0-1, the share an offer takes off. Draws nothing. Source: by definition.
    """
    return par.price * (1.0 - depth) if by_offer else par.price
