"""``continuum arms``: the arms that keep the answer honest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.common import (
    DaysOption,
    DryOption,
    FriendsColumnsOption,
    FriendsOption,
    JobsOption,
    OutOption,
    PeopleOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    aligned,
    in_words,
    number,
    world_of,
)
from simulation.inputs.scenario import DEFAULT_SCENARIO


def arms(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(
            help="two names or .toml files; the first is the baseline", metavar="STRATEGY"
        ),
    ] = None,
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    replications: Annotated[int, typer.Option("--replications", help="number of worlds")] = 30,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    out: OutOption = Path("out/arms"),
    dry_run: DryOption = False,
) -> None:
    """Compare two strategies under every arm that keeps the answer honest.

    Selection only, equal impact, exposure-matched list, randomised invitation, ablation of
    relationships, purpose and evolving, and average people in place of agents.
    """
    from simulation.checks.arms import ARMS, ArmsRequest
    from simulation.tools.files import check_out_folder, save

    world = world_of(scenario, set_, people, days, friends, friends_columns)
    names = strategies or ["posting_only", "community_building"]
    asked = ArmsRequest(world, names, replications=replications, seed=seed)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        print(f"would run {len(ARMS)} arms of {replications} worlds of {in_words(world)}")
        return
    report = asked.run(jobs=jobs)
    files = save(report, out) if out is not None else []
    rows: list[tuple[str, ...]] = [("arm", *names, "difference", "95 % interval",
                                    *(f"average people: {name}" for name in names))]  # fmt: skip
    rows += [
        (
            row["arm"],
            *(number(row[f"mean_{lever.name}"]) for lever in report.strategies),
            f"{row['difference']:+,.1f}",
            f"{row['low']:,.1f} to {row['high']:,.1f}",
            *(number(row[f"no_agents_{lever.name}"]) for lever in report.strategies),
        )
        for row in report.rows
    ]
    aligned(rows)
    print("\n" + "\n".join(report.sentences))
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
