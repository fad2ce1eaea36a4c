"""Phase 1, plan: what a week's effort becomes on each day (model 4.1)."""

from __future__ import annotations

from math import floor

from simulation.core.compiled import rule


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
def pieces_on(before, after):
    """Return how many whole things are finished as the count goes from `before` to `after`.

    floor(after) - floor(before), with 1e-9 to spare so that seven sevenths make one.
    Draws nothing. Source: model 4.1.
    """
    return floor(after + 1e-9) - floor(before + 1e-9)


@rule
def ad_clicks(par, share):
    """Return the clicks a day's money buys: hours usd_per_hour / usd_per_click [clicks/day].

    Units: usd_per_hour [USD/h], usd_per_click [USD]. Source: reflexagency (grade C).
    """
    return hours_by(par.hours_per_week, share) * par.usd_per_hour / par.usd_per_click
