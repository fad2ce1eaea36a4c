"""Phase 9, switch: a rival appears, and who leaves for it (model 4.9)."""

from __future__ import annotations

from simulation.core.chance import shifted
from simulation.core.compiled import rule
from simulation.core.elementary import log1p


@rule
def rival_chance(par, day):
    """Return the chance [1/day] that a fan meets the rival today: p_rival from rival_day on.

    day [days since the start]. Decision RIVAL. Source: model 4.9 (assumption).
    """
    return par.p_rival if day >= par.rival_day else 0.0


@rule
def switch_chance(par, attachment, bonds):
    """Return the chance that someone who meets the rival leaves for good.

    L(logit p_switch - switch_attachment A - switch_bonds ln(1 + bonds)): the emotional switching
    cost. A 0-1, bonds [bonds]. Decision SWITCH. Source: exit barriers, McAlexander et al. 2002 and
    Burnham et al. 2003 (B): signs only.
    """
    held = par.switch_attachment * attachment + par.switch_bonds * log1p(bonds)
    return shifted(par.p_switch, -held)
