"""What a report says of sensitivity: the indices of a sweep, and where a lead is won."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.analyses.report_overview import MOST_MAPS, Overview
from simulation.analyses.report_tables import table
from simulation.analyses.sensitivity import sensitivity
from simulation.analyses.sensitivity_figure import sensitivity_figure, where_figure
from simulation.analyses.sensitivity_found import Sensitivity
from simulation.tools.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

READING = {
    "sobol": "Bars: the share of the variance a parameter makes, alone and with all others.",
    "morris": "To the right: parameters that matter more; above: whose effect depends on others.",
}
READING_ANY = (
    "Bars: how far the distribution of the outcome moves when the parameter is known, and (tick) "
    "what a parameter without effect would show. Dots: whether the outcome rises or falls with it."
)


class Matters(NamedTuple):
    """The parts of the page: findings for its top, doubts, texts, figures with reading, tables."""

    findings: list[str]
    doubts: list[str]
    texts: list[str]
    figures: list[tuple[Figure, str]]
    tables: list[dict[str, Any]]


def what_matters(design: Any, runs: pd.DataFrame, found: Overview) -> Matters:
    """Return what a report says of sensitivity: where it cannot be analysed, why not."""
    said = Matters([], [], [], [], [])
    if not found.strategies:
        return said._replace(texts=["There is nothing to analyse."])
    for strategy, against in _asked(found):
        try:
            result = sensitivity(
                design, runs, outcome=found.outcome, strategy=strategy, against=against,
                confidence=found.confidence,
            )  # fmt: skip
        except InputError as error:
            said.texts.append(f"{_subject(strategy, against)} was not analysed: {error}.")
            continue
        _add(said, result)
    return said


def _asked(found: Overview) -> list[tuple[str, str | None]]:
    """Return which strategies are analysed, and against which."""
    if found.strategy is not None and found.against is None:
        return [(found.strategy, None)]
    if found.paired:
        return [(name, found.base) for name in found.others[:MOST_MAPS]]
    return [(name, None) for name in found.strategies[:MOST_MAPS]]


def _subject(strategy: str, against: str | None) -> str:
    return strategy if against is None else f"{strategy} minus {against}"


def _add(said: Matters, result: Sensitivity) -> None:
    if result.where.told:
        said.findings.append(result.where.sentence)
    if result.warning:
        said.doubts.append(f"{result.subject}: {result.warning}.")
    said.texts.append(f"{result.sentence}. What was done: {result.done}.")
    said.texts.append(f"Where: {result.where.sentence}.")
    said.figures.append((sensitivity_figure(result), READING.get(result.method, READING_ANY)))
    if result.where.told:
        said.figures.append((where_figure(result), "Bars: the mean in each part of the settings, "
                             "judged by settings that had no say in where it is cut."))  # fmt: skip
    said.tables.append(_indices(result))


def _indices(result: Sensitivity) -> dict[str, Any]:
    heads = [("parameter", False), ("index", False), ("value", True), ("interval", False),
             ("by luck alone", True), ("told from noise", False)]  # fmt: skip
    rows = [
        (
            f"{row['parameter']} x {row['other']}" if row["other"] else row["parameter"],
            row["index"], _number(row["value"]),
            f"{_number(row['low'])[1]} to {_number(row['high'])[1]}"
            if np.isfinite(row["low"]) else "-",
            _number(row["noise"]), _told(row, result),
        )
        for row in result.table.to_dict("records")
    ]  # fmt: skip
    return table(f"Sensitivity: {result.subject}, {result.worlds}", heads, rows)


def _told(row: Any, result: Sensitivity) -> str:
    if row["parameter"] in result.unmoved:
        return "never changes it"
    return ("beware: see above" if result.warning else "yes") if row["clear"] else "no"


def _number(value: float) -> tuple[float, str]:
    value = float(value)
    return value, "-" if value != value else "0" if abs(value) < 5e-6 else f"{value:,.3g}"
