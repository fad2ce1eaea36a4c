"""The summary of a run: the only place where flows become totals and ratios.

What every number is made of is declared in outcomes.py; here the declarations become rows of
numbers, which one compiled function reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.compiled import compiled, leaf, loop
from simulation.core.outcomes import DAY_DTYPE, DIMS, OUTCOMES, SUMMED, Part

#: The parameters that the summary reads: of the launches, and those that parts are multiplied by.
PARAMETERS = (
    *("launch_day", "launches", "days_between_launches"),
    *sorted({part.times for one in SUMMED for part in one[5:] if part and part.times}),
)
LAUNCH_DAY, LAUNCHES, BETWEEN = range(3)

#: How a part is taken (`outcomes.Taken`); nothing stands for a part that is not there.
TAKEN = ("nothing", "total", "first_product", "last_product", "end", "at_launch")
NOTHING, TOTAL, FIRST_PRODUCT, LAST_PRODUCT, END, AT_LAUNCH = range(6)

#: The columns of a part: how it is taken, the words of a day it is the sum of (its first word, how
#: many), whether they are floats, and the place of the parameter it is multiplied by, or -1.
HOW, WORD, N_WORDS, IS_FLOAT, TIMES = range(5)
ABOVE, LESS, BELOW = range(3)

#: A day is so many words of 8 bytes.
WORDS = DAY_DTYPE.itemsize // 8


def _row(part: Part | None) -> list[int]:
    """Return a part as numbers."""
    if part is None:
        return [NOTHING, 0, 0, 0, -1]
    outcome = next(outcome for outcome in OUTCOMES if outcome.name == part.name)
    labels = DIMS[outcome.dim] if outcome.dim else ("",)
    first = labels.index(part.label) if part.label else 0
    return [
        TAKEN.index(part.taken),
        DAY_DTYPE.fields[part.name][1] // 8 + first,  # type: ignore[index]
        1 if part.label else len(labels),
        int(outcome.dtype is np.float64),
        PARAMETERS.index(part.times) if part.times else -1,
    ]


#: The numbers of the summary in order: (numbers, ABOVE to BELOW, columns of a part).
PARTS = np.array([[_row(part) for part in one[5:]] for one in SUMMED], np.int64)


@loop
def pairwise_sum(values):
    """Return the sum of floats, added in the order of NumPy: halves of halves, then of eights."""
    tasks, sums = np.empty((130, 2), np.int64), np.empty(66)
    tasks[0, 0], tasks[0, 1] = 0, values.size
    n_tasks, n_sums = 1, 0
    while n_tasks > 0:
        n_tasks -= 1
        low, n = tasks[n_tasks, 0], tasks[n_tasks, 1]
        if n < 0:  # both halves are there
            n_sums -= 1
            sums[n_sums - 1] += sums[n_sums]
        elif n <= 128:
            sums[n_sums] = sum_of_eights(values, low, n)
            n_sums += 1
        else:
            half = n // 2 - n // 2 % 8
            tasks[n_tasks, 1] = -1
            tasks[n_tasks + 1, 0], tasks[n_tasks + 1, 1] = low + half, n - half
            tasks[n_tasks + 2, 0], tasks[n_tasks + 2, 1] = low, half
            n_tasks += 3
    return sums[0]


@leaf
def sum_of_eights(values, low, n):
    """Return the sum of n values from `low` on: eight sums side by side, then what is left over."""
    total, done = 0.0, 0
    if n >= 8:
        r0, r1, r2, r3 = values[low], values[low + 1], values[low + 2], values[low + 3]
        r4, r5, r6, r7 = values[low + 4], values[low + 5], values[low + 6], values[low + 7]
        done = 8
        while done + 8 <= n:
            at = low + done
            r0, r1, r2, r3 = (
                r0 + values[at], r1 + values[at + 1], r2 + values[at + 2], r3 + values[at + 3],
            )  # fmt: skip
            r4, r5, r6, r7 = (
                r4 + values[at + 4], r5 + values[at + 5], r6 + values[at + 6], r7 + values[at + 7],
            )  # fmt: skip
            done += 8
        total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    for j in range(low + done, low + n):
        total += values[j]
    return total


@leaf
def first_and_beyond(how, n_days, parameters):
    """Return the days that a part is the sum over: the first, and the first day after them."""
    launch = int(parameters[LAUNCH_DAY])
    between, more = int(parameters[BETWEEN]), int(parameters[LAUNCHES]) - 1
    if how == FIRST_PRODUCT and more > 0:
        return 0, min(n_days, launch + between)
    if how == LAST_PRODUCT and more > 0:
        return min(n_days, launch + more * between), n_days
    if how == END:
        return n_days - 1, n_days
    if how == AT_LAUNCH:
        return launch, launch + 1
    return 0, n_days


@loop
def part_of(part, whole, real, n_days, parameters):
    """Return one part of a number; `whole` and `real` are the words of the days, read both ways."""
    low, beyond = first_and_beyond(part[HOW], n_days, parameters)
    count, total = 0, 0.0
    for word in range(part[WORD], part[WORD] + part[N_WORDS]):
        if part[IS_FLOAT]:
            total += pairwise_sum(real[low:beyond, word].copy())
        else:
            for day in range(low, beyond):
                count += whole[day, word]
    found = total if part[IS_FLOAT] else float(count)
    return found * parameters[part[TIMES]] if part[TIMES] >= 0 else found


@compiled
def summary_of(table, parameters):
    """Return the numbers of the summary, in order, of a table of days and the PARAMETERS."""
    whole = table.view(np.int64).reshape(-1, WORDS)
    real = table.view(np.float64).reshape(-1, WORDS)
    n_days = whole.shape[0]
    if parameters[LAUNCH_DAY] >= n_days:
        raise IndexError("the days of this run end before launch day")
    found = np.empty(PARTS.shape[0])
    for k in range(found.size):
        parts = PARTS[k]
        value = part_of(parts[ABOVE], whole, real, n_days, parameters)
        if parts[LESS, HOW] != NOTHING:
            value -= part_of(parts[LESS], whole, real, n_days, parameters)
        if parts[BELOW, HOW] != NOTHING:
            below = part_of(parts[BELOW], whole, real, n_days, parameters)
            value = value / below if below != 0.0 else np.nan
        found[k] = value
    return found


def summarise(table: np.ndarray, scenario: Any) -> dict[str, float]:
    """Return the summary of a run.

    `table` holds one DAY_DTYPE row a day; of the scenario parameters are read by name.
    """
    parameters = np.array([float(scenario[name]) for name in PARAMETERS])
    found = summary_of(table, parameters).tolist()
    return {one.name: value for one, value in zip(SUMMED, found, strict=True)}
