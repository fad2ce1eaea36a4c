"""``continuum validate``: the model against the patterns of the evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.common import (
    DryOption,
    JobsOption,
    OutOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    aligned,
    world_of,
)
from simulation.inputs.scenario import DEFAULT_SCENARIO


def validate(
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    replications: Annotated[int, typer.Option("--replications", help="number of worlds")] = 50,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    out: OutOption = Path("out/validation"),
    dry_run: DryOption = False,
) -> None:
    """Hold the model against the patterns of the evidence, met or not; exit code 0 when it ran."""
    from simulation.checks.validation import (
        ENOUGH_WORLDS,
        MISSED,
        ValidateRequest,
        interval,
        number,
    )
    from simulation.tools.files import check_out_folder, save

    world = world_of(scenario, set_, None, None)
    asked = ValidateRequest(world, replications=replications, seed=seed)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        print(f"would measure every pattern in {replications} worlds with {world.name}")
        return
    if replications < ENOUGH_WORLDS:
        print(f"continuum: {replications} worlds are few: {ENOUGH_WORLDS} are wanted for a verdict",
              file=sys.stderr)  # fmt: skip
    result = asked.run(jobs=jobs)
    files = save(result, out) if out is not None else []
    rows: list[tuple[str, ...]] = [("measured", "range", "grade", "value", "5-95 % of worlds", "")]
    for row in result.table.to_dict("records"):
        word = row["verdict"].upper() if row["verdict"] == MISSED else row["verdict"]
        rows.append((
            f"{row['pattern']:<4} {row['what']}", row["range"], row["grade"], number(row["value"]),
            interval(row), f"{word}, set aside" if row["set_aside"] else word,
        ))  # fmt: skip
    aligned(rows)
    for row in result.table[result.table["why_not"] != ""].to_dict("records"):
        print(f"\n{row['pattern']}, {row['what']}: {row['verdict']}; {row['why_not']}")
    print(f"\n{result.sentence}")
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
