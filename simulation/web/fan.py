"""Other worlds of the same choice: the fan behind the story, and what may be said of them all.

One world is a story; fifty say how often it goes that way. They are lived one after the other
while nobody waits, and `Fan` can be read at any time with as many as there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.stages import STAGES
from simulation.runs.run import Run
from simulation.runs.statistics import interval
from simulation.web.choice import Choice

#: How many worlds the fan has.
WORLDS = 50

#: The fan is drawn at so many days at most: more cannot be seen.
POINTS = 120


class Fan:
    """The worlds lived so far for one choice: world 0, 1, 2 ... of its seed."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        n = choice.value("n_days")
        self.days = np.unique(np.linspace(0, n - 1, min(n, POINTS)).round().astype(int))
        self._gaps: list[int] = []
        self._lead: list[np.ndarray] = []
        self._stages: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._gaps)

    def add(self, a: Run, b: Run) -> None:
        """Add one world."""
        lead = np.cumsum(b.table["sales"]) - np.cumsum(a.table["sales"])
        self._lead.append(lead[self.days])
        self._stages.append(np.stack([run.table["n"][self.days] for run in (a, b)]))
        self._gaps.append(int(lead[-1]))  # last: who reads meanwhile counts by these

    def drawn(self) -> dict[str, Any]:
        """Return what the page draws, ready for JSON.

        lead : copies sold so far, B more than A, in every world
        bands : for A and B, by stage, between which numbers of people four fifths of the worlds lie
        """
        bands = []
        if len(self) >= 5:
            low, high = np.quantile(np.stack(self._stages), (0.1, 0.9), axis=0)
            bands = [
                {
                    stage: {"low": low[i, :, s].tolist(), "high": high[i, :, s].tolist()}
                    for s, stage in enumerate(STAGES)
                }
                for i in range(2)
            ]
        return {
            "worlds": len(self),
            "of": WORLDS,
            "days": self.days.tolist(),
            "lead": [lead.tolist() for lead in self._lead],
            "bands": bands,
            **self.told(),
        }

    @property
    def differences(self) -> np.ndarray:
        """Copies sold, B more than A, one a world."""
        return np.array(self._gaps)

    def told(self) -> dict[str, Any]:
        """Return what may be said of all worlds lived so far, ready for JSON.

        sentence, counts : in words, who sells more, how sure, how often
        gaps : copies, B more than A, one a world
        typical : the world whose gap is nearest to the mean
        """
        gaps = self.differences
        a, b = (strategy.name for strategy in self.choice.strategies())
        if gaps.size < 2:
            return {"sentence": "", "counts": "", "gaps": gaps.tolist(), "typical": 0}
        low, high = interval(gaps)
        return {
            "sentence": sentence(f"{a} (A)", f"{b} (B)", gaps, low, high),
            "counts": counts(gaps, low, high),
            "gaps": gaps.tolist(),
            "typical": int(np.abs(gaps - gaps.mean()).argmin()),
        }


def sentence(a: str, b: str, gaps: np.ndarray, low: float, high: float) -> str:
    """Return the plain sentence about all worlds: who sells more, how much, how often.

    The one that sells more is the subject; where the interval holds 0 the sentence says that no
    difference can be told.
    """
    n, mean = gaps.size, float(gaps.mean())
    first, second = (b, a) if mean >= 0 else (a, b)
    if not gaps.any():
        return f"{b} and {a} sell the same number of copies in all {n} worlds"
    if low <= 0 <= high:
        return f"no difference in sales can be told between {b} and {a} in {n} worlds"
    better = int((gaps > 0).sum() if mean >= 0 else (gaps < 0).sum())
    return (
        f"{first} sells {more_copies(abs(mean))} than {second} on average; "
        f"better in {better} of {n} worlds"
    )


def counts(gaps: np.ndarray, low: float, high: float) -> str:
    """Return in how many worlds each is ahead and, of five or more, the mean with its interval."""
    ties = f", equal in {(gaps == 0).sum()}" if (gaps == 0).any() else ""
    ahead = f"B is ahead in {(gaps > 0).sum()}, A in {(gaps < 0).sum()}{ties}"
    if gaps.size < 5:
        return ahead
    mean = f"{gaps.mean():+.1f} copies (95 % interval {low:+.1f} to {high:+.1f})"
    return f"{ahead}; B more than A on average: {mean}"


def more_copies(number: float) -> str:
    """Return how many more copies, in words: "1 more copy", "37 more copies", "0.4 more copies"."""
    text = f"{number:,.0f}" if number >= 9.5 else f"{number:.1f}".removesuffix(".0")
    return f"{text} more {'copy' if text == '1' else 'copies'}"
