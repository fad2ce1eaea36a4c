"""Phase 8, complain: what goes wrong, and what an answer saves (model 4.8).

An answered complaint leaves prominence and self-connection as they were: a good recovery gains
nothing beyond (de Matos, Henrique and Rossi 2007, a meta-analysis, grade B).
"""

from __future__ import annotations

from simulation.compiled import rule


@rule
def wrong_chance(par):
    """Return the chance that a purchase goes wrong and the buyer complains: p_wrong.

    0 unless `complaints` are switched on. Decision WRONG of the buyer, on the day of the purchase.
    Source: assumption.
    """
    return par.p_wrong if par.complaints > 0.0 else 0.0


@rule
def connection_lost(par, self_connection):
    """Return the self-connection an ignored complaint costs: loss_ignored C. C 0-1.

    Draws nothing. Source: assumption; Baer 2016 (C) measured advocacy, -.43 when not answered.
    """
    return par.loss_ignored * self_connection


@rule
def lost_by_bad_word(par, felt):
    """Return what a friend's bad word costs of P or of C: loss_heard times it. P, C 0-1.

    Draws nothing. Source: assumption.
    """
    return par.loss_heard * felt
