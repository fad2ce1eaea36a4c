"""The crowd, to be drawn: the stage of everybody on every day, who stands for all, where they sit.

Nothing is drawn here and nothing simulated: a run with its events goes in, arrays come out.
"""

from __future__ import annotations

import numpy as np

from simulation.core.outcomes import EVENT, PERSON, TIME, TO_STAGE, Event
from simulation.runs.run import Run
from simulation.tools.errors import InputError, check_whole

#: The events that change the stage of a person.
CHANGES = (Event.MOVE, Event.LAPSE, Event.SWITCH)

#: One over the powers of the plastic number, the root of x^3 = x + 1: the steps of `seats`.
_STEP = np.array([0.7548776662466927, 0.5698402909980532])


def stages_by_day(run: Run, people: np.ndarray | None = None) -> np.ndarray:
    """Return the stage of every person, or of those given, on every day (uint8, 0-3).

    Row 0 is the start, row d + 1 the end of day d; one column a person, in the order given. Raises
    InputError where the run has no events.
    """
    start = run.start_stage
    people = np.arange(start.size) if people is None else np.asarray(people)
    _check_people(people, start.size)
    stages = np.empty((run.table.size + 1, people.size), np.uint8)
    stages[0] = start[people]
    day, person, stage = _changes(run)
    column = np.full(start.size, -1)
    column[people] = np.arange(people.size)
    asked = column[person] >= 0
    day, column, stage = day[asked], column[person[asked]], stage[asked]
    first = np.searchsorted(day, np.arange(run.table.size + 1))
    for d in range(run.table.size):
        today = slice(first[d], first[d + 1])
        stages[d + 1] = stages[d]
        stages[d + 1, column[today]] = stage[today]  # who moved and then left: the last one counts
    return stages


def _changes(run: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return day, person and new stage of every change, in the order in which they happened."""
    log = events_of(run)
    log = log[np.isin(log[:, EVENT], CHANGES)]
    log = log[np.argsort(log[:, TIME], kind="stable")]
    return log[:, TIME], log[:, PERSON], log[:, TO_STAGE]


def events_of(run: Run) -> np.ndarray:
    """Return the raw events of a run (`outcomes.LOG_COLUMNS`), or raise InputError."""
    if run.log is None:
        raise InputError("events were not recorded: call simulate(..., events=True)")
    return run.log


def _check_people(people: np.ndarray, n_people: int) -> None:
    """Raise InputError unless these are different persons of the run."""
    whole = people.ndim == 1 and np.issubdtype(people.dtype, np.integer)
    if not whole or (people.size and not (people.min() >= 0 and people.max() < n_people)):
        raise InputError(f"people: a list of whole numbers from 0 to {n_people - 1:,} is wanted")
    if np.unique(people).size != people.size:
        raise InputError("people: somebody is named twice")


def sample_of_people(run: Run, at_most: int) -> np.ndarray:
    """Return the numbers of up to `at_most` persons who stand for all (int64, ascending).

    They are evenly spaced, so that they depend on how many people there are and on nothing that
    happens to them: the same under every strategy. That is fair because a person's number says
    nothing about what they are like: relevance, habits and the luck of the starting stage are drawn
    for each person alone, from the same distributions. Only the friends of a person may go by
    number (neighbours, blocks and the early ones of a scale-free graph do, and in a file anything
    may); of these, even spacing takes as many from every stretch.
    """
    at_most = check_whole("at_most", at_most, 1, 2**31)
    n_people = run.start_stage.size
    n = min(at_most, n_people)
    return np.arange(n) * n_people // n


def seats(n: int) -> np.ndarray:
    """Return where in a unit square n dots sit: x and y, each above 0 and below 1 (float64).

    The dots fill the square evenly, and so do the first few of them alone; a seat is the same
    whatever n is, so that nobody has to move when others come. (The additive recurrence of
    Roberts 2018, R2: a low-discrepancy sequence, with nothing random in it.)
    """
    n = check_whole("n", n, 0, 2**31)
    return (0.5 + _STEP * np.arange(1, n + 1)[:, None]) % 1.0
