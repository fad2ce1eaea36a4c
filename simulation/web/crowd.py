"""The crowd as the page draws it: who is a dot, where each starts, every move and purchase.

The dots are the same people under A and under B. Everybody who is ever more than a stranger, under
either strategy, is drawn; of the others, who only fill the background, one in so many.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.outcomes import EVENT, PERSON, TIME, TO_STAGE, Event
from simulation.figures.crowd import CHANGES, events_of, sample_of_people
from simulation.runs.run import Run
from simulation.web.pair import Pair

#: So many dots a canvas shows at most, and so many people of a large world are looked at.
DOTS = 6_000
LOOKED_AT = 60_000


def crowd_of(pair: Pair) -> dict[str, Any]:
    """Return the crowd of both runs, ready for JSON.

    people : the numbers of the persons drawn (the place in this list is the dot)
    one_in : of those who stay strangers under both strategies, one in so many is drawn
    looked_at : how many people the dots are taken from (all, but in a large world)
    sides : start (stages on day 0), moves [day, dot, stage] and bought [day, dot], by day
    """
    looked = sample_of_people(pair.a, LOOKED_AT)
    n_people = pair.a.start_stage.size
    moved = np.zeros(n_people, bool)
    moved[pair.a.start_stage != 0] = True
    for run in pair.runs:
        log = events_of(run)
        moved[log[np.isin(log[:, EVENT], (*CHANGES, Event.BUY)), PERSON]] = True
    lively = looked[moved[looked]]
    still = looked[~moved[looked]]
    if lively.size > DOTS:  # a large world: fewer of everybody alike
        looked = looked[:: -(-lively.size // DOTS)]
        lively, still = looked[moved[looked]], looked[~moved[looked]]
    room = max(DOTS - lively.size, DOTS // 4)
    one_in = max(1, -(-still.size // room))
    people = np.sort(np.concatenate([lively, still[::one_in]]))
    dot = np.full(n_people, -1)
    dot[people] = np.arange(people.size)
    return {
        "people": people.tolist(),
        "one_in": one_in,
        "looked_at": int(looked.size),
        "n_people": n_people,
        "sides": [_side(run, people, dot) for run in pair.runs],
    }


def _side(run: Run, people: np.ndarray, dot: np.ndarray) -> dict[str, Any]:
    log = events_of(run)
    log = log[dot[log[:, PERSON]] >= 0]
    log = log[np.argsort(log[:, TIME], kind="stable")]
    moves = log[np.isin(log[:, EVENT], CHANGES)]
    bought = log[log[:, EVENT] == Event.BUY]
    return {
        "start": run.start_stage[people].tolist(),
        "moves": np.column_stack(
            [moves[:, TIME], dot[moves[:, PERSON]], moves[:, TO_STAGE]]
        ).tolist(),
        "bought": np.column_stack([bought[:, TIME], dot[bought[:, PERSON]]]).tolist(),
    }
