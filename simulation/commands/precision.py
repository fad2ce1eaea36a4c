"""``continuum precision``: add worlds until the interval is as narrow as asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.commands.common import (
    DaysOption,
    FriendsOption,
    JobsOption,
    OutOption,
    PeopleOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    aligned,
    world_of,
)
from simulation.scenario import DEFAULT_SCENARIO


def precision(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(help="names or .toml files; the first is the baseline", metavar="STRATEGY"),
    ] = None,
    width: Annotated[
        float | None, typer.Option("--width", help="of the whole interval, in the outcome's unit")
    ] = None,
    relative: Annotated[
        float | None, typer.Option("--relative", help="half the interval as a share of the mean")
    ] = None,
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
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
    from simulation.files import check_out_folder, write_all
    from simulation.stamp import plain
    from simulation.sweeps.precision import replicate_until
    from simulation.sweeps.precision_figure import convergence

    world = world_of(scenario, set_, people, days, friends)
    if width is None and relative is None:
        relative = 0.1
    if out is not None:
        check_out_folder(out)
    result = replicate_until(
        world, strategies or ["posting_only", "community_building"], width=width,
        relative=relative, outcome=outcome, start=start, most=most, seed=seed,
        confidence=confidence, n_jobs=jobs,
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [("strategy", "worlds", "difference", "interval", "width", "aim")]
    rows += [
        (
            row["strategy"],
            f"{row['n_worlds']:,}",
            f"{row['difference']:.4g}",
            f"{row['low']:.4g} to {row['high']:.4g}",
            f"{row['width']:.3g}",
            f"{row['aim']:.3g}",
        )
        for row in result.history.to_dict("records")
    ]
    aligned(rows)
    print(f"\n{result.sentence}")
    if out is None:
        return
    picture: Any = convergence(result).figure
    saved: dict[str, Any] = plain(result.to_dict())
    files = write_all({
        out / "precision.json": lambda path: path.write_text(json.dumps(saved, indent=2) + "\n"),
        out / "runs.parquet": lambda path: result.comparison.runs.to_parquet(path, index=False),
        out / "convergence.png": lambda path: picture.savefig(path, format="png"),
    })  # fmt: skip
    print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
