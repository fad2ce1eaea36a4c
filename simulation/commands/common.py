"""What the commands share: options, how a world is read from them, how tables are printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.inputs.parameters import GROUPS
from simulation.inputs.scenario import Scenario, group_of, parameters
from simulation.inputs.ties import value_or_tie
from simulation.tools.errors import InputError, check_whole, did_you_mean

#: Exit code after Ctrl-C.
STOPPED = 130


#: For the foot of --help: where the parameters are, which are too many to be named there.
PARAMETERS_HELP = (
    f"--set changes any of {len(parameters())} parameters: continuum list parameters names them, "
    "with default, allowed values, meaning and source; continuum list parameters GROUP those of "
    f"one group: {', '.join(GROUPS)}."
)

ScenarioOption = Annotated[
    str, typer.Option("--scenario", metavar="NAME|FILE", help="a preset or a .toml file")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="change one parameter (repeatable)"),
]
PeopleOption = Annotated[int | None, typer.Option("--people", help="number of people")]
DaysOption = Annotated[int | None, typer.Option("--days", help="horizon in days")]
FriendsOption = Annotated[
    Path | None,
    typer.Option(
        "--friends",
        metavar="FILE",
        help="real friendships: csv, txt, GraphML, Pajek, JSON ...",
    ),
]
FriendsColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--friends-columns",
        metavar="A,B",
        help="its columns of friends: source,target or 2,3",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", help="the luck of the experiment")]


def _checked_jobs(jobs: int | None) -> int | None:
    """Return the number of processes; a wrong one is refused before anything is written."""
    return None if jobs is None else check_whole("jobs", jobs, 1, 1024)


JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", help="processes; all cores unless told", callback=_checked_jobs),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="folder for the files")
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="check everything, run nothing")]
JsonOption = Annotated[bool, typer.Option("--json", help="print the result as JSON")]


def world_of(
    scenario: str,
    changes: list[str] | None,
    people: int | None,
    days: int | None,
    friends: Path | None = None,
    friends_columns: str | None = None,
) -> Scenario:
    """Return the scenario the options describe."""
    from simulation.people.friends_file import (
        friends_sentence,
        with_counted_people,
        with_friends,
    )

    world = Scenario.load(scenario)
    values: dict[str, Any] = {}
    for text in changes or []:
        name, found, value = text.partition("=")
        name = name.strip()
        if not found:
            raise InputError(
                f"--set {text}: write it as NAME=VALUE, e.g. --set p_follow=0.02 "
                "(continuum list parameters names them)"
            )
        if name not in parameters():
            near = did_you_mean(name, group_of()) or "; continuum list parameters names them"
            raise InputError(f'--set: unknown parameter "{name}"{near}')
        values[name] = value_or_tie(name, value.strip(), parameters(), "--set")
    if people is not None:
        if friends is not None:
            raise InputError("--people and --friends: the edge list says how many people there are")
        values["n_people"] = people
    if days is not None:
        values["n_days"] = days
    world = world.replace(**values) if values else world
    if friends is not None:
        world = with_friends(world, friends, friends_columns or "")
    elif friends_columns is not None:
        if world.world.graph != "file":
            raise InputError("--friends-columns: they are those of a file; give --friends too")
        world = world.replace(friends_columns=friends_columns)
    if world.world.graph == "file":
        world = with_counted_people(world)
        print(friends_sentence(world), file=sys.stderr)
    return world


def in_words(world: Scenario) -> str:
    """Return name, people and days of a world."""
    return f"{world.name}: {world.world.n_people:,} people, {world.world.n_days} days"


def as_json(summary: dict[str, float]) -> dict[str, float | None]:
    """Return a summary as JSON knows it: no nan."""
    return {name: None if value != value else value for name, value in summary.items()}


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows under a heading: a rich table on a terminal, plain tab-separated otherwise."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


def aligned(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a small table, the first column to the left, the others to the right."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def number(value: float, digits: int = 1) -> str:
    """Return a number for a table; a dash where there is none."""
    return "-" if value != value else f"{value:,.{digits}f}"
