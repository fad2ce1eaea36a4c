"""``continuum optimize``: the best split of effort, reported from worlds the search never saw."""

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
from simulation.tools.errors import InputError


def optimize(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(
            help="names or .toml files: first guesses, and what the best split is compared with",
            metavar="STRATEGY",
        ),
    ] = None,
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    outcome: Annotated[str, typer.Option("--outcome", help="what the split is best in")] = "sales",
    against: Annotated[
        str | None,
        typer.Option("--against", help="a second outcome, e.g. members: the front of both"),
    ] = None,
    activities: Annotated[
        str | None,
        typer.Option("--activities", metavar="A,B,...", help="those that may get a share"),
    ] = None,
    phases: Annotated[int, typer.Option("--phases", help="phases, each with its own split")] = 1,
    switch_days: Annotated[
        str | None,
        typer.Option(
            "--switch-days", metavar="DAY,...|search", help="first days of the later phases"
        ),
    ] = None,
    budget: Annotated[int, typer.Option("--budget", help="splits that are tried")] = 200,
    replications: Annotated[
        int, typer.Option("--replications", help="worlds in which each split tried lives")
    ] = 20,
    fresh: Annotated[
        int, typer.Option("--fresh", help="worlds to choose the best in, and as many to report")
    ] = 100,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    out: OutOption = Path("out/optimize"),
    dry_run: DryOption = False,
    json_: JsonOption = False,
) -> None:
    """Search the split of the same effort that does best, and how much better it really is."""
    from simulation.searches.optimization import OptimizeRequest
    from simulation.tools.files import check_out_folder, save

    world = world_of(scenario, set_, people, days, friends, friends_columns)
    asked = OptimizeRequest(
        world, outcome=outcome, against=against, activities=_words(activities), phases=phases,
        switch_days=_days(switch_days), budget=budget, replications=replications, fresh=fresh,
        seed=seed, start=strategies or None,
    )  # fmt: skip
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        shares = ", ".join(asked.splits.activities)
        print(f"would try {budget} splits over {shares} in {replications} worlds of "
              f"{in_words(world)}, then compare the best with "
              f"{', '.join(s.name for s in asked.named)} in 2 x {fresh} fresh worlds")  # fmt: skip
        return
    result = asked.run(jobs=jobs)
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(result.to_dict(), indent=2))
        return
    _print(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))
        where = "" if scenario == DEFAULT_SCENARIO else f" --scenario {scenario}"
        print(f"live it: continuum run {files[0]}{where}")


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.split(",")]


def _days(text: str | None) -> list[int] | str | None:
    """Read --switch-days: whole numbers between commas, or the word search."""
    if text is None or text.strip() == "search":
        return text and text.strip()
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise InputError(
            f'--switch-days {text}: days between commas, e.g. 60,120, or "search"'
        ) from None


def _print(result: Any) -> None:
    table, worlds = result.table, result.worlds
    print(f"{in_words(result.scenario)}; {len(result.found.strategies)} splits tried in "
          f"{len(worlds['search'])} worlds, reported from {len(worlds['report'])} fresh ones; "
          f"outcome: {result.outcome.name}\n")  # fmt: skip
    level = f"{100 * result.confidence:g} % interval"
    rows: list[tuple[str, ...]] = [
        ("strategy", "mean", f"more than {result.baseline}", level, "better in", "in the search"),
    ]
    for name, line in table.iterrows():
        itself = line["difference"] != line["difference"]
        rows.append((
            str(name),
            number(line["mean"]),
            "-" if itself else f"{line['difference']:+,.1f}",
            "" if itself else f"{line['low']:,.1f} to {line['high']:,.1f}",
            "" if itself else f"{100 * line['share_better']:.0f} %",
            "" if itself else f"{line['search_difference']:+,.1f}",
        ))  # fmt: skip
    aligned(rows)
    print(f"\n{result.sentence}")
