"""Other worlds of the same choice: the fan behind the story, and what may be said of them all.

One world is a story; fifty say how often it goes that way. They are lived one after the other
while nobody waits, and `Fan` can be read at any time with as many as there are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from simulation.comparison import Comparison
from simulation.run import Run
from simulation.stages import STAGES
from simulation.stamp import seed_text
from simulation.statistics import interval
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
        self.rows: list[tuple[dict[str, float], dict[str, float]]] = []
        self._lead: list[np.ndarray] = []
        self._stages: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, a: Run, b: Run) -> None:
        """Add one world."""
        self.rows.append((a.summary, b.summary))
        sold = [np.cumsum(run.table["sales"])[self.days] for run in (a, b)]
        self._lead.append(sold[1] - sold[0])
        self._stages.append(np.stack([run.table["n"][self.days] for run in (a, b)]))

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
        return np.array([b["sales"] - a["sales"] for a, b in self.rows])

    def told(self) -> dict[str, Any]:
        """Return mean, interval and counts of the paired difference in copies, and the sentence."""
        gaps = self.differences
        a, b = (strategy.name for strategy in self.choice.strategies())
        if gaps.size < 2:
            return {
                "sentence": "",
                "mean": None,
                "low": None,
                "high": None,
                "better": 0,
                "worse": 0,
            }
        low, high = interval(gaps, 0.95, self.choice.seed)
        better, worse = int((gaps > 0).sum()), int((gaps < 0).sum())
        return {
            "mean": float(gaps.mean()),
            "low": float(low),
            "high": float(high),
            "better": better,
            "worse": worse,
            "sentence": sentence(f"{a} (A)", f"{b} (B)", gaps, float(low), float(high)),
        }

    def comparison(self) -> Comparison:
        """Return the worlds so far as a Comparison (summaries only), A the baseline."""
        scenario, (a, b) = self.choice.build_scenario(), self.choice.strategies()
        rows = []
        for r, pair in enumerate(self.rows):
            for strategy, summary in zip((a, b), pair, strict=True):
                row: dict[str, Any] = {
                    "scenario_id": self.choice.scenario,
                    "strategy": strategy.name,
                }
                row |= {"replication_id": r, "seed": seed_text(self.choice.seed)}
                rows.append({**row, "status": "SUCCEEDED", "seconds": math.nan, **summary})
        runs = pd.DataFrame(rows)
        runs["strategy"] = pd.Categorical(runs["strategy"], [a.name, b.name])
        return Comparison(scenario, (a, b), self.choice.seed, len(self), "sales", 0.95, runs, None)


def sentence(a: str, b: str, gaps: np.ndarray, low: float, high: float) -> str:
    """Return the plain sentence about all worlds: who sells more, how sure, how often.

    The one that sells more is the subject; where the interval holds 0 the sentence says that no
    difference can be told.
    """
    n, mean = gaps.size, float(gaps.mean())
    first, second = (b, a) if mean >= 0 else (a, b)
    better = int((gaps > 0).sum() if mean >= 0 else (gaps < 0).sum())
    if not gaps.any():
        return f"{b} and {a} sell the same number of copies in all {n} worlds"
    if low <= 0 <= high:
        return (
            f"no difference in sales can be told: {first} sells more than {second} "
            f"in {better} of {n} worlds"
        )
    return (
        f"{first} sells {more_copies(abs(mean))} than {second} on average; "
        f"better in {better} of {n} worlds"
    )


def more_copies(number: float) -> str:
    """Return how many more copies, in words: "1 more copy", "37 more copies", "0.4 more copies"."""
    text = f"{number:,.0f}" if number >= 9.5 else f"{number:.1f}".removesuffix(".0")
    return f"{text} more {'copy' if text == '1' else 'copies'}"
