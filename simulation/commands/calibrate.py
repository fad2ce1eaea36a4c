"""``continuum calibrate``: fit parameters to an observed weekly funnel."""

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
    world_of,
)
from simulation.inputs.scenario import DEFAULT_SCENARIO
from simulation.tools.errors import InputError


def calibrate(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA.csv",
            help="columns week and any of followers, subscribers, members, sales; gaps allowed",
        ),
    ],
    fit: Annotated[
        list[str],
        typer.Option(
            "--fit",
            metavar="NAME[=LOW:HIGH]",
            help="a parameter to fit, and its prior range (repeatable)",
        ),
    ],
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME|FILE", help="what the brand did")
    ] = "community_building",
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    friends_columns: FriendsColumnsOption = None,
    method: Annotated[
        str, typer.Option("--method", help="abc (intervals) or point (search, Optuna)")
    ] = "abc",
    particles: Annotated[int, typer.Option("--particles", help="draws of abc")] = 150,
    generations: Annotated[int, typer.Option("--generations", help="rounds of abc")] = 3,
    pilot: Annotated[int, typer.Option("--pilot", help="runs that learn what to compare")] = 300,
    budget: Annotated[int, typer.Option("--budget", help="points that point tries")] = 40,
    worlds: Annotated[int, typer.Option("--worlds", help="worlds of each of these points")] = 12,
    confidence: Annotated[float, typer.Option("--confidence", help="of the intervals")] = 0.9,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    out: OutOption = Path("out"),
    dry_run: DryOption = False,
    json_: JsonOption = False,
) -> None:
    """Fit parameters to an observed weekly funnel: which values could have made these data?

    Without a range the prior is the evidence's (continuum list parameters).
    """
    from simulation.searches.calibration import CalibrateRequest
    from simulation.tools.files import check_out_folder, save

    fitted = fitted_of(fit)
    world = world_of(scenario, set_, people, days, friends, friends_columns)
    asked = CalibrateRequest(
        data, world, strategy, fitted, method=method,  # type: ignore[arg-type]
        n_particles=particles, generations=generations, n_pilot=pilot, budget=budget,
        worlds=worlds, confidence=confidence, seed=seed,
    )  # fmt: skip
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        seen = int(asked.observed.table.notna().sum().sum())
        print(f"would fit {', '.join(fitted)} of {in_words(world)}, to {seen} values, by {method}")
        return
    result = asked.run(jobs=jobs, progress=None)
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(result.to_dict(), indent=2))
        return
    _print_calibration(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


def fitted_of(texts: list[str]) -> dict[str, Any]:
    """Return what --fit asks for: names, with (low, high) or None; raise InputError."""
    fitted: dict[str, Any] = {}
    for text in texts:
        name, given, limits = (part.strip() for part in text.partition("="))
        if name in fitted:
            raise InputError(f"--fit: {name} is given twice")
        fitted[name] = None
        if given:
            low, _, high = limits.partition(":")
            try:
                fitted[name] = (float(low), float(high))
            except ValueError:
                raise InputError(
                    f"--fit {text}: write it as NAME or NAME=LOW:HIGH, e.g. --fit p_join=0.001:0.01"
                ) from None
    return fitted


def _print_calibration(result: Any) -> None:
    what = f"{in_words(result.scenario)}, {result.strategy.name}"
    print(f"{what}, {result.method}, {result.n_simulations:,} runs\n")
    level = f"{100 * result.confidence:g} % interval"
    rows = [("parameter", "prior", "estimate", level, "narrower by")]
    for name, line in result.table.iterrows():
        log = " (log)" if line["prior"] == "loguniform" else ""
        rows.append((
            str(name),
            f"{line['prior_low']:.4g} to {line['prior_high']:.4g}{log}",
            f"{line['estimate']:.4g}",
            f"{line['low']:.4g} to {line['high']:.4g}",
            f"{100 * line['narrower']:.0f} %",
        ))  # fmt: skip
    aligned(rows)
    print(f"\n{result.sentence}")
