"""Phase 1, plan: what a week's effort becomes on each day (model 4.1)."""

from __future__ import annotations

from math import floor

from simulation.core.compiled import rule
from simulation.core.elementary import power


@rule
def hours_by(hours_per_week, share):
    """Return the hours one activity gets on one day [h/day]: hours_per_week share / 7.

    Units: hours_per_week [h/week], share 0-1. Source: model 4.1, by definition.
    """
    return hours_per_week * share / 7.0


@rule
def done_by(before, hours_per_week, share, cost):
    """Return the fractional count of things done after one more day.

    done(t) = done(t-1) + hours / cost, with `cost` the hours [h] one post, piece or event takes.
    Draws nothing: effort is certain. Source: model 4.1; the costs are assumptions.
    """
    return before + hours_by(hours_per_week, share) / cost


@rule
def begun(par, u):
    """Return the fraction of a post, piece, event or case that is already done when a plan begins.

    u, a uniform of the world and the activity, if calendar_luck is on; else 0. With it the count of
    things made is right on average, and the day of the first is luck, the same for all strategies.
    Decision CALENDAR. Source: model 7.1 (assumption).
    """
    return u if par.calendar_luck > 0.0 else 0.0


@rule
def pieces_on(before, after):
    """Return how many whole things are finished as the count goes from `before` to `after`.

    floor(after) - floor(before), with 1e-9 to spare so that seven sevenths make one.
    Draws nothing. Source: model 4.1.
    """
    return floor(after + 1e-9) - floor(before + 1e-9)


@rule
def ad_clicks(par, money):
    """Return the clicks [clicks/day] that a day's money buys: more money, ever dearer clicks.

    n_people (r / usd_per_click) (x / r)^ads_exponent with x = money / n_people; exponent 1 is a
    fixed price, money / usd_per_click.
    money [USD/day], x and r = ads_reference [USD/person/day]: at r a click costs usd_per_click.
    Towns spent on alike a head click alike a head, whatever their size. Sources: reflexagency
    (price), vendors and Bloom & Wild (exponent), grades C to D.
    """
    if par.ads_exponent == 1.0 or money <= 0.0:
        return money / par.usd_per_click
    spent = power(money / par.n_people / par.ads_reference, par.ads_exponent)
    return par.n_people * par.ads_reference / par.usd_per_click * spent


@rule
def spent_on_ads(share, saving, before, purse, days):
    """Return the share of a week's effort that is spent on ads today, with what was saved.

    share (1 - saving) before the launch day; later share + purse / days on each of the `days` of
    the window (0: not one of them). `purse` is the sum of what was saved [shares], so that all of
    it is spent and nothing else. Draws nothing. Source: model 7.1, by definition.
    """
    if before:
        return share - share * saving
    return share + (purse / days if days > 0 else 0.0)


@rule
def hours_unused(par, cases, answered, replies, expected, waiting, host_answers, unanswered):
    """Return the effort [h] paid for that nobody used today.

    hours_case (cases - answered) + hours_reply (max(0, replies - expected) + waiting
    + max(0, host_answers - unanswered)): support cases nobody had; replies beyond the people
    expected to meet a post, and, on the last day, replies still `waiting` for a post; answers of
    the host [answers] beyond the messages that no fan answered. Draws nothing. Source: model 7.11,
    by definition.
    """
    idle = max(0.0, replies - expected) + waiting + max(0.0, host_answers - unanswered)
    return par.hours_case * float(cases - answered) + par.hours_reply * idle
