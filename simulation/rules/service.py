"""Phase 8, complain: what goes wrong, and what an answer saves (model 4.8).

An answer repairs most of the harm, in almost all cases not all of it, and what is left fades in
months (Knox and van Oest 2014, 20,000 customers, grade B). A good recovery gains nothing beyond
(de Matos, Henrique and Rossi 2007, a meta-analysis, grade B).
"""

from __future__ import annotations

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import log1p, power
from simulation.core.stages import Complaint

ANSWERED, IGNORED = int(Complaint.ANSWERED), int(Complaint.IGNORED)


@rule
def wrong_chance(par):
    """Return the chance that a purchase goes wrong and the buyer complains: p_wrong.

    0 unless `can_go_wrong` is switched on. Decision WRONG of the buyer, on the day of the purchase,
    before anyone speaks of it.
    Source: assumption.
    """
    return par.p_wrong if par.can_go_wrong > 0.0 else 0.0


@rule
def repaired(par, waited):
    """Return the share of the harm that an answer repairs: answer_repairs^(1 + waited).

    waited [days] from the purchase to the answer: each day leaves less to be repaired.
    Draws nothing. Source: Knox and van Oest 2014 (B): in part; the share is an assumption.
    """
    return power(par.answer_repairs, 1.0 + waited)


@rule
def kept_after_complaint(par, mended):
    """Return the share of self-connection left by a complaint: 1 - loss_ignored (1 - mended).

    mended 0-1: `repaired` if it was answered, 0 if it was ignored. Draws nothing.
    Source: assumption; Baer 2016 (C) measured advocacy, -.43 when not answered.
    """
    return 1.0 - par.loss_ignored * (1.0 - mended)


@rule
def experience_settled(par, experience, mended):
    """Return what the last purchase is remembered like once its complaint is settled.

    x + mended (s0 - s), where s = x + .7 is how satisfied the buyer was and s0 how satisfied they
    would have been had nothing gone wrong, logit s0 = logit s + loss_wrong.
    x: `advocacy.experience`; mended 0-1: `repaired` if it was answered, -1 if it was ignored, which
    costs as much once more. Draws nothing. Source: Knox and van Oest 2014 (B): the order of
    answered, late, ignored; the sizes are assumptions.
    """
    satisfied = min(1.0, max(0.0, experience + 0.7))
    return experience + mended * (shifted(satisfied, par.loss_wrong) - satisfied)


@rule
def grudge(par, complaint, days):
    """Return how much of a complaint still drives someone away, 0-1.

    (1 - decay_grudge)^days, days since the purchase, if it was ignored; 1 - answer_repairs of that
    if it was answered; else 0. Draws nothing. Source: Knox and van Oest 2014 (B): earlier
    complaints soon matter no more.
    """
    if complaint == IGNORED:
        return power(1.0 - par.decay_grudge, days)
    if complaint == ANSWERED:
        return (1.0 - par.answer_repairs) * power(1.0 - par.decay_grudge, days)
    return 0.0


@rule
def one_star_chance(par):
    """Return the chance that someone who was ignored writes a review of one star.

    p_review_ignored. Decision REVIEW_IGNORED, on the day on which patience ends.
    Source: assumption.
    """
    return par.p_review_ignored


@rule
def words_left(par, words, days):
    """Return how many bad words still count: words (1 - decay_grudge)^days.

    words [words], days [days] since the last was heard. Draws nothing. Source: as `grudge`.
    """
    return words * power(1.0 - par.decay_grudge, days)


@rule
def word_shift(par, words):
    """Return what bad words do to the log-odds of buying: -buy_bad_words ln(1 + words).

    words [words] still counting. Draws nothing. Source: East, Hammond and Lomax 2008 (B): -.11 of
    a purchase, told by those who heard.
    """
    return -par.buy_bad_words * log1p(words)


@rule
def kept_after_bad_word(par):
    """Return the share of P and of C left after a friend's bad word: 1 - loss_heard.

    Draws nothing. Source: assumption.
    """
    return 1.0 - par.loss_heard
