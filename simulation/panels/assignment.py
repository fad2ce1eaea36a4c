"""Who is treated: by a lottery, by a rule on what is seen, or by what people are inclined to."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.randomness import analysis_rng


def assigned(
    may: np.ndarray, driver: np.ndarray, selection: float, share: float, seed: int
) -> np.ndarray:
    """Return who is treated, as a mask of everybody.

    Among those who may be, the highest `share` of the score s z + sqrt(1 - s^2) N: z is the driver,
    standardised among them, N luck, s the `selection`; ties by lot. At s = 0 it is a lottery.

    Parameters
    ----------
    may : bool, one a person
        Who may be treated.
    driver : float64, one a person
        What selects: a covariate, or an inclination. [any unit]
    selection, share : float
        0 to 1.
    """
    rng = analysis_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    luck, ties = rng.standard_normal(may.size), rng.random(may.size)
    score = selection * standardised(driver, may) + np.sqrt(1.0 - selection**2) * luck
    persons = np.flatnonzero(may)
    order = persons[np.lexsort((ties[persons], score[persons]))]
    treated = np.zeros(may.size, bool)
    treated[order[order.size - round(share * order.size) :]] = True
    return treated


def standardised(values: Any, among: np.ndarray) -> np.ndarray:
    """Return values less their mean, over their sd, among some people; 0 where all are alike."""
    values = np.asarray(values, float)
    if not among.any() or values[among].std() == 0.0:
        return np.zeros(values.size)
    return (values - values[among].mean()) / values[among].std()


def inclination(relevance: Any, attachment: Any, among: np.ndarray) -> np.ndarray:
    """Return how far everybody is inclined to be treated: standardised relevance + attachment."""
    return standardised(relevance, among) + standardised(attachment, among)
