"""``continuum run``: one world under one strategy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from simulation.commands.common import (
    DaysOption,
    DryOption,
    FriendsColumnsOption,
    FriendsOption,
    JsonOption,
    OutOption,
    PeopleOption,
    ScenarioOption,
    SeedOption,
    SetOption,
    aligned,
    as_json,
    in_words,
    number,
    world_of,
)
from simulation.inputs.scenario import DEFAULT_SCENARIO
from simulation.inputs.strategy import Strategy


def run(
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY")] = "community_building",
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    seed: SeedOption = 1,
    replication: Annotated[int, typer.Option("--replication", help="which world")] = 0,
    engine: Annotated[
        str, typer.Option("--engine", help="auto, native, module, python or mesa")
    ] = "auto",
    events: Annotated[bool, typer.Option("--events", help="also write every event")] = False,
    animate: Annotated[
        Path | None,
        typer.Option(
            "--animate", metavar="FILE", help="a film of the crowd: .gif, or .mp4 (ffmpeg)"
        ),
    ] = None,
    out: OutOption = None,
    dry_run: DryOption = False,
    json_: JsonOption = False,
) -> None:
    """Simulate one world under one strategy."""
    from simulation.figures.saving import save
    from simulation.runs.run import check_run, simulate
    from simulation.tools.files import check_out_folder

    world = world_of(scenario, set_, people, days, friends, friends_columns)
    chosen = Strategy.load(strategy)
    check_run(seed, replication, engine)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if animate is not None:
        from simulation.figures.animation import check_animation

        check_animation(animate, make=not dry_run)
    if dry_run:
        print(f"would run {chosen.name} in {in_words(world)}")
        return
    result = simulate(
        world,
        chosen,
        seed=seed,
        replication=replication,
        engine=cast(Any, engine),
        events=events or animate is not None,
    )
    if animate is not None:
        from simulation.figures.animation import animate as animate_

        animate_(result, animate)
        if not events:  # they were only for the film
            result = replace(result, log=None)
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(as_json(result.summary), indent=2))
        return
    _print_summary(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
    if animate is not None:
        print(f"\nfilm in {animate} ({animate.stat().st_size / 1e6:.1f} MB)")


def _print_summary(result: Any) -> None:
    from simulation.core.outcomes import SUMMARY

    print(f"{result.strategy.name} in {in_words(result.scenario)}, seed {result.seed}, "
          f"replication {result.replication}\n")  # fmt: skip
    rows = [("outcome", "value", "unit")]
    for scalar in SUMMARY:
        value = result.summary[scalar.name]
        small = abs(value) < 100 and value != round(value)
        shown = f"{value:.3g}" if small else number(value, 0)
        rows.append((scalar.name, shown, scalar.unit))
    aligned(rows)
