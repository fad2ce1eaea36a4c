"""Phase 8, complain: what goes wrong, and what an answer saves (model 4.8).

An answered complaint leaves prominence and self-connection as they were: a good recovery gains
nothing beyond (de Matos, Henrique and Rossi 2007, a meta-analysis, grade B).
"""

from __future__ import annotations

from simulation.core.compiled import rule


@rule
def wrong_chance(par):
    """Return the chance that a purchase goes wrong and the buyer complains: p_wrong.

    0 unless `can_go_wrong` is switched on. Decision WRONG of the buyer, on the day of the purchase.
    Source: assumption.
    """
    return par.p_wrong if par.can_go_wrong > 0.0 else 0.0


@rule
def kept_when_ignored(par):
    """Return the share of self-connection left after an ignored complaint: 1 - loss_ignored.

    Draws nothing. Source: assumption; Baer 2016 (C) measured advocacy, -.43 when not answered.
    """
    return 1.0 - par.loss_ignored


@rule
def kept_after_bad_word(par):
    """Return the share of P and of C left after a friend's bad word: 1 - loss_heard.

    Draws nothing. Source: assumption.
    """
    return 1.0 - par.loss_heard
