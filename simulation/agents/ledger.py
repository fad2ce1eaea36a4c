"""Sums of what people feel, by stage: the daily means without asking everybody every day."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.core.stages import Stage
from simulation.rules import attachment


class Ledger:
    """Sums of prominence and self-connection by stage, kept up to date (for the daily means)."""

    def __init__(self, brand: np.record) -> None:
        self.prominence = [float(x) for x in brand.prominence]
        self.self_connection = [float(x) for x in brand.self_connection]

    def fade(self, par: Any) -> None:
        """Let one day pass."""
        for stage in Stage:
            self.prominence[stage] *= attachment.left_after(par, par.decay_prominence, 1)
            self.self_connection[stage] *= attachment.left_after(par, par.decay_self_connection, 1)

    def add(self, stage: Stage, prominence: float, self_connection: float) -> None:
        """Add what one person gained (or, negative, what leaves the stage with them)."""
        self.prominence[stage] += prominence
        self.self_connection[stage] += self_connection
