"""``continuum precision``: add worlds until the interval is as narrow as asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.commands.common import (
    DaysOption,
    FriendsColumnsOption,
    FriendsOption,
    JobsOption,
    OutOption,
    PeopleOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    aligned,
    number,
    world_of,
)
from simulation.inputs.scenario import DEFAULT_SCENARIO


def precision(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(help="names or .toml files; the first is the baseline", metavar="STRATEGY"),
    ] = None,
    width: Annotated[
        float | None, typer.Option("--width", help="of the whole interval, in the outcome's unit")
    ] = None,
    relative: Annotated[
        float | None,
        typer.Option("--relative", help="half the interval as a share of the mean, at most 0.5"),
    ] = None,
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    outcome: Annotated[str, typer.Option("--outcome", help="what is compared")] = "sales",
    start: Annotated[int, typer.Option("--start", help="worlds before the first look")] = 30,
    most: Annotated[int, typer.Option("--most", help="worlds at which to give up")] = 10_000,
    confidence: Annotated[float, typer.Option("--confidence", help="of the interval")] = 0.95,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    out: OutOption = Path("out/precision"),
) -> None:
    """How many runs? Live worlds until the interval of the difference is narrow enough.

    Unless told otherwise, until half the interval is a tenth of the difference.
    """
    from simulation.searches.precision_until import ReplicateRequest
    from simulation.tools.files import check_out_folder, save

    world = world_of(scenario, set_, people, days, friends, friends_columns)
    if width is None and relative is None:
        relative = 0.1
    asked = ReplicateRequest(
        world, strategies or ["posting_only", "community_building"], width=width,
        relative=relative, outcome=outcome, start=start, most=most, seed=seed,
        confidence=confidence,
    )  # fmt: skip
    if out is not None:
        check_out_folder(out, make=False)
    result = asked.run(jobs=jobs)
    aligned(_looks(result))
    print(f"\n{result.sentence}")
    if out is None:
        return
    files = save(result, out)
    print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


def _looks(result: Any) -> list[tuple[str, ...]]:
    """Return the table of looks, one row a look and strategy, under its heading."""
    from simulation.searches.precision_found import width_digits

    level = f"{100 * result.comparison.confidence:g} % interval"
    rows: list[tuple[str, ...]] = [("strategy", "worlds", "difference", level, "width", "asked")]
    for row in result.history.to_dict("records"):
        known = row["width"] == row["width"]
        digits = width_digits(row) if known else 1
        mean, low, high, width, aim = (
            number(row[part], digits) for part in ("difference", "low", "high", "width", "aim")
        )
        between = f"{low} to {high}" if known else "-"
        rows.append((row["strategy"], f"{row['n_worlds']:,}", mean, between, width, aim))
    return rows
