"""``continuum list``: scenarios, strategies, parameters, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from simulation.commands.common import print_table
from simulation.inputs.declare import Group, allowed
from simulation.inputs.parameters import GROUPS
from simulation.inputs.scenario import Scenario, presets
from simulation.inputs.strategy import STRATEGIES
from simulation.tools.errors import InputError, did_you_mean


class Listed(StrEnum):
    """What `continuum list` can list."""

    scenarios = "scenarios"
    strategies = "strategies"
    parameters = "parameters"
    outcomes = "outcomes"


def list_(
    what: Annotated[Listed, typer.Argument()] = Listed.scenarios,
    group: Annotated[
        str | None,
        typer.Argument(metavar="GROUP", help=f"of parameters: {', '.join(GROUPS)}"),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="parameters as the table of the documents")
    ] = False,
) -> None:
    """List scenarios, strategies, parameters (with unit, bounds, meaning, source) or outcomes."""
    if group is not None and what is not Listed.parameters:
        raise InputError(f'list {what} "{group}": only parameters are in groups')
    if group is not None and group not in GROUPS:
        raise InputError(f'list parameters: unknown group "{group}"{did_you_mean(group, GROUPS)}')
    groups = GROUPS if group is None else {group: GROUPS[group]}
    if markdown:
        print(parameters_table(groups), end="")
        return
    from simulation.core.outcomes import SUMMARY

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
        fields = [item for listed in groups.values() for item in listed.model_fields.items()]
        for name, field in fields:
            extra: Any = field.json_schema_extra
            source = str(extra["source"])
            rows.append((name, str(field.default), allowed(field), field.description or "", source))
    print_table(rows)


def parameters_table(groups: Mapping[str, type[Group]] = GROUPS) -> str:
    """Return every parameter as Markdown: default, allowed values, evidence, meaning, source."""
    lines = [
        "# Parameters",
        "",
        "Made from the declarations in `inputs/` by `continuum list parameters --markdown`; a test",
        "compares. *Evidence* is the low-high range of what was measured or thought likely.",
    ]
    for name, group in groups.items():
        about = (group.__doc__ or "").strip().rstrip(".")
        lines += ["", f"## {name}", "", f"{about}.", ""]
        lines += ["| parameter | default | allowed | evidence | meaning | source |"]
        lines += ["|---|---|---|---|---|---|"]
        for parameter, field in group.model_fields.items():
            extra: dict = field.json_schema_extra  # type: ignore[assignment]
            likely = "-" if extra["likely"] is None else "{:g} to {:g}".format(*extra["likely"])
            default = f'"{field.default}"' if isinstance(field.default, str) else f"{field.default}"
            cells = (parameter, default, allowed(field), likely, field.description, extra["source"])
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"
