"""Phase 2, who wakes: the clocks of the stages, and the marks people hold on them (model 4.2).

Most people on most days have no contact at all, so nobody is asked every day. Each stage has a
clock, which goes forward every day by the day's hazard: the more the brand does, the faster.
Whoever enters a stage, or has just woken, sets a mark a random wait ahead of its clock, and wakes
on the day on which the clock passes the mark. Waits are unit exponentials, so the chance of waking
on a day is 1 - exp(-hazard), just that of a die thrown every day: equal in law, and only contacts
cost.
"""

from __future__ import annotations

from simulation.core.compiled import inlined_rule, rule
from simulation.core.elementary import expm1, log, log1p
from simulation.core.stages import Stage

STRANGER, FOLLOWER, SUBSCRIBER, MEMBER = (int(stage) for stage in Stage)

#: A certain event has no hazard: the clock then goes on by so much, longer than any wait.
LONGEST = 36.0


@rule
def hazard(p):
    """Return the hazard [1/day] of an event of chance p: -ln(1 - p), LONGEST if it is certain.

    Draws nothing. Source: arithmetic.
    """
    return LONGEST if p >= 1.0 else min(LONGEST, -log1p(-p))


@rule
def stage_hazard(par, stage, discovery, post, ad, mail, lapse, tell, rival, search):
    """Return the hazard [1/day] that anything happens today to someone at this stage, but a visit.

    The sum of the hazards of all that may happen: lapse (its bound), telling, contacts, the rival.
    Members' visits are added person by person. In the null `matched_list` subscribers visit too,
    and all of them are looked at.
    Draws nothing. Source: arithmetic; nothing is assumed.
    """
    total = hazard(lapse) + hazard(tell) + hazard(ad)
    if stage == STRANGER:
        total += hazard(discovery)
    else:
        total += hazard(post) + hazard(rival)
    if stage <= FOLLOWER:
        total += hazard(search)
    if stage >= SUBSCRIBER:
        total += hazard(mail)
    if stage == SUBSCRIBER and par.matched_list > 0.0:
        total += LONGEST
    return total


@rule
def member_clock(pace, drawn, visits, events, common):
    """Return how far a member's own clock is: pace visits + drawn events + common.

    `visits`, `events`, `common`: clocks that all members share, of what is multiplied by one's
    visit rate, of more visits on days of events, and of all else. `drawn`: drawn_back of one's last
    evening; pace [1/day] is that times the visit rate. Draws nothing. Source: arithmetic.
    """
    return pace * visits + drawn * events + common


@rule
def wait(u):
    """Return how far ahead of the clock the next mark is: a unit exponential, -ln(u).

    u a uniform, of the k-th wait of a person. Decision WAIT. Source: arithmetic.
    """
    return -log(u)


@inlined_rule
def die_of(ahead):
    """Return the die of a day on which the clock passes the mark: 1 - exp(-ahead).

    `ahead` is how far the mark lay ahead of the clock last night (at most 22.9, the longest wait).
    Given that the mark is passed today, the die is uniform from 0 to the chance of waking today;
    what happens takes slices of it (`either`), from 0 up. It is 1, above all slices, for infinity.
    Draws nothing more. Source: arithmetic.
    """
    return -expm1(-ahead)
