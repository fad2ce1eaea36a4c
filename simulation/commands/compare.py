"""``continuum compare``: strategies in the same worlds, and their paired differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.commands.common import (
    DaysOption,
    DryOption,
    FriendsColumnsOption,
    FriendsOption,
    JobsOption,
    JsonOption,
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


def compare(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(help="names or .toml files; the first is the baseline", metavar="STRATEGY"),
    ] = None,
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    replications: Annotated[int, typer.Option("--replications", help="number of worlds")] = 100,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    outcome: Annotated[str, typer.Option("--outcome", help="what is compared")] = "sales",
    out: OutOption = Path("out"),
    dry_run: DryOption = False,
    days_kept: Annotated[
        bool, typer.Option("--series/--no-series", help="keep every day of every run")
    ] = True,
    poster: Annotated[
        bool, typer.Option("--poster", help="also poster.pdf and .png: all on one page of A2")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Compare strategies at equal effort: the same people with the same luck under each."""
    from simulation.runs.comparison import CompareRequest
    from simulation.tools.files import check_out_folder

    world = world_of(scenario, set_, people, days, friends, friends_columns)
    names = strategies or ["posting_only", "community_building"]
    asked = CompareRequest(world, names, replications=replications, seed=seed, outcome=outcome)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        what = ", ".join(strategy.name for strategy in asked.strategies)
        print(f"would run {replications} worlds of {in_words(world)} under {what}")
        return
    result = asked.run(jobs=jobs, keep_series=days_kept)
    if not json_:
        _print_comparison(result)  # before the figures, which take as long as the worlds
    if out is not None:
        from simulation.figures.saving import save

        runs = _for_funnels(result) if poster else None
        files = save(result, out, poster=runs)
        if not json_:
            print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
    if json_:
        print(json.dumps(result.to_dict(), indent=2))


def _for_funnels(result: Any) -> list[Any]:
    """Live the first world once more under the baseline and the best, with its people kept."""
    from simulation.engine.prepare import prepare
    from simulation.figures.poster_page import best_of
    from simulation.runs.run import run_prepared

    world = prepare(result.scenario, seed=result.seed, replication=0)
    shown = (result.names[0], best_of(result))
    return [run_prepared(world, s) for s in result.strategies if s.name in shown]


def _print_comparison(result: Any) -> None:
    table = result.table
    print(f"{in_words(result.scenario)}, {result.replications} worlds, outcome: {result.outcome}\n")
    interval = f"{100 * result.confidence:g} % interval"
    rows: list[tuple[str, ...]] = [
        ("strategy", "mean", "sd", "difference", interval, "effect", "best in", "USD per copy",
         "leads from", "luck factor"),
    ]  # fmt: skip
    for name, line in table.iterrows():
        first = name == result.strategies[0].name
        lead = line["leads_from_day"]
        rows.append((
            str(name),
            number(line["mean"]),
            number(line["sd"]),
            "baseline" if first else f"{line['difference']:+,.1f}",
            "" if first else f"{line['low']:,.1f} to {line['high']:,.1f}",
            "" if first else number(line["effect_size"], 2),
            (number(100 * line["share_best"], 0) + " %").replace("- %", "-"),
            number(line["cost_per_sale"], 2),
            "" if first else ("never" if lead != lead else f"day {lead:.0f}"),
            "" if first else number(line["variance_ratio"], 2),
        ))  # fmt: skip
    aligned(rows)
    print(
        f"\n{result.sentence}\n({result.held}; continuum optimize searches the split)", flush=True
    )
