"""``continuum list``: scenarios, strategies, parameters, outcomes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from simulation.commands.common import print_table
from simulation.declare import allowed
from simulation.scenario import Scenario, parameters, presets
from simulation.strategy import STRATEGIES


class Listed(StrEnum):
    """What `continuum list` can list."""

    scenarios = "scenarios"
    strategies = "strategies"
    parameters = "parameters"
    outcomes = "outcomes"


def list_(
    what: Annotated[Listed, typer.Argument()] = Listed.scenarios,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="parameters as the table of the documents")
    ] = False,
) -> None:
    """List scenarios, strategies, parameters (with unit, bounds, meaning, source) or outcomes."""
    from simulation.parameters_table import parameters_table

    if markdown:
        print(parameters_table(), end="")
        return
    from simulation.outcomes import SUMMARY

    rows: list[tuple[str, ...]]
    if what is Listed.scenarios:
        rows = [("scenario", "what it is")]
        rows += [(name, Scenario.load(name).description) for name in presets()]
    elif what is Listed.strategies:
        rows = [("strategy", "what it is")]
        rows += [(strategy.name, strategy.description) for strategy in STRATEGIES.values()]
    elif what is Listed.outcomes:
        rows = [("outcome", "unit", "kind", "what it is")]
        rows += [(s.name, s.unit, s.kind, s.label) for s in SUMMARY]
    else:
        rows = [("parameter", "default", "allowed", "meaning", "source")]
        for name, field in parameters().items():
            extra: Any = field.json_schema_extra
            source = str(extra["source"])
            rows.append((name, str(field.default), allowed(field), field.description or "", source))
    print_table(rows)
