"""The command line: ``continuum run | compare | arms | validate | list | doctor``.

The same as ``python -m simulation``.

Every wrong input ends in one line on stderr, naming what, where and what is allowed, and exit code
2. Progress goes to stderr, results to stdout.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.exceptions import TyperException

from simulation.declare import allowed
from simulation.errors import InputError, did_you_mean
from simulation.scenario import DEFAULT_SCENARIO, Scenario, group_of, parameters, presets
from simulation.strategy import STRATEGIES, Strategy

#: Exit code after Ctrl-C.
STOPPED = 130

app = typer.Typer(
    name="continuum",
    help="People on the way from stranger to member, and what strategies do to sales.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Listed(StrEnum):
    """What `continuum list` can list."""

    scenarios = "scenarios"
    strategies = "strategies"
    parameters = "parameters"
    outcomes = "outcomes"


def _parameters_help() -> str:
    """Return a line for every parameter, from the declarations, for the foot of --help."""
    lines = ["Parameters for --set (continuum list parameters also gives their sources):"]
    for name, field in parameters().items():
        lines.append(f"{name} = {field.default}: {field.description} ({allowed(field)})")
    return "\b\n" + "\n".join(lines)


PARAMETERS_HELP = _parameters_help()

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
    typer.Option("--friends", metavar="EDGELIST", help="a real friendship graph: txt, csv or gz"),
]
SeedOption = Annotated[int, typer.Option("--seed", help="the luck of the experiment")]
JobsOption = Annotated[int | None, typer.Option("--jobs", help="processes; all cores unless told")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="folder for the files")
]
DryOption = Annotated[bool, typer.Option("--dry-run", help="check everything, run nothing")]
JsonOption = Annotated[bool, typer.Option("--json", help="print the result as JSON")]


@app.command(epilog=PARAMETERS_HELP)
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
    replications: Annotated[int, typer.Option("--replications", help="number of worlds")] = 100,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    outcome: Annotated[str, typer.Option("--outcome", help="what is compared")] = "sales",
    out: OutOption = Path("out"),
    dry_run: DryOption = False,
    days_kept: Annotated[
        bool, typer.Option("--series/--no-series", help="keep every day of every run")
    ] = True,
    json_: JsonOption = False,
) -> None:
    """Compare strategies at equal effort: the same people with the same luck under each."""
    from simulation.comparison import check_comparison
    from simulation.comparison import compare as compare_
    from simulation.files import check_out_folder, save

    world = _world(scenario, set_, people, days, friends)
    names = strategies or ["posting_only", "community_building"]
    arguments: dict[str, Any] = {
        "replications": replications, "seed": seed, "outcome": outcome, "n_jobs": jobs
    }  # fmt: skip
    chosen = check_comparison(world, names, **arguments)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        what = ", ".join(strategy.name for strategy in chosen)
        print(f"would run {replications} worlds of {_of(world)} under {what}")
        return
    result = compare_(world, chosen, **arguments, keep_series=days_kept)
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(result.to_dict(), indent=2))
        return
    _print_comparison(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


@app.command(epilog=PARAMETERS_HELP)
def run(
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY")] = "community_building",
    scenario: ScenarioOption = DEFAULT_SCENARIO,
    set_: SetOption = None,
    people: PeopleOption = None,
    days: DaysOption = None,
    friends: FriendsOption = None,
    seed: SeedOption = 1,
    replication: Annotated[int, typer.Option("--replication", help="which world")] = 0,
    engine: Annotated[str, typer.Option("--engine", help="compiled or mesa")] = "compiled",
    threads: Annotated[int, typer.Option("--threads", help="for large populations")] = 1,
    events: Annotated[bool, typer.Option("--events", help="also write every event")] = False,
    out: OutOption = None,
    dry_run: DryOption = False,
    json_: JsonOption = False,
) -> None:
    """Simulate one world under one strategy."""
    from simulation.files import check_out_folder, save
    from simulation.run import check_run, simulate

    world = _world(scenario, set_, people, days, friends)
    chosen = Strategy.load(strategy)
    check_run(seed, replication, engine, threads)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        print(f"would run {chosen.name} in {_of(world)}")
        return
    result = simulate(
        world,
        chosen,
        seed=seed,
        replication=replication,
        engine=cast(Any, engine),
        threads=threads,
        events=events,
    )
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(_plain(result.summary), indent=2))
        return
    _print_summary(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


@app.command(epilog=PARAMETERS_HELP)
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
    from simulation.arms import ARMS
    from simulation.arms_report import check_arms, compare_arms
    from simulation.files import check_out_folder

    world = _world(scenario, set_, people, days, friends)
    names = strategies or ["posting_only", "community_building"]
    arguments: dict[str, Any] = {"replications": replications, "seed": seed, "n_jobs": jobs}
    check_arms(world, names, **arguments)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        print(f"would run {len(ARMS)} arms of {replications} worlds of {_of(world)}")
        return
    report = compare_arms(world, names, **arguments)
    files = report.save(out) if out is not None else []
    rows: list[tuple[str, ...]] = [("arm", *names, "difference", "95 % interval",
                                    *(f"average people: {name}" for name in names))]  # fmt: skip
    rows += [
        (
            row["arm"],
            *(_number(row[f"mean_{lever.name}"]) for lever in report.strategies),
            f"{row['difference']:+,.1f}",
            f"{row['low']:,.1f} to {row['high']:,.1f}",
            *(_number(row[f"no_agents_{lever.name}"]) for lever in report.strategies),
        )
        for row in report.rows
    ]
    _aligned(rows)
    print("\n" + "\n".join(report.sentences))
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


@app.command(epilog=PARAMETERS_HELP)
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
    from simulation.files import check_out_folder
    from simulation.validation import ENOUGH_WORLDS, check_validation
    from simulation.validation import validate as validate_

    world = _world(scenario, set_, None, None, None)
    arguments: dict[str, Any] = {"replications": replications, "seed": seed, "n_jobs": jobs}
    check_validation(world, **arguments)
    if out is not None:
        check_out_folder(out, make=not dry_run)
    if dry_run:
        print(f"would measure every pattern in {replications} worlds with {world.name}")
        return
    if replications < ENOUGH_WORLDS:
        print(f"continuum: {replications} worlds are few: {ENOUGH_WORLDS} are wanted for a verdict",
              file=sys.stderr)  # fmt: skip
    result = validate_(world, **arguments)
    files = result.save(out) if out is not None else []
    rows: list[tuple[str, ...]] = [("measured", "range", "grade", "median", "5-95 % of worlds", "")]
    for row in result.table.to_dict("records"):
        word = "met" if row["met"] else "NOT MET"
        rows.append((
            f"{row['pattern']:<4} {row['what']}", row["range"], row["grade"],
            f"{row['median']:.3g}", f"{row['low']:.3g} to {row['high']:.3g}", word,
        ))  # fmt: skip
    _aligned(rows)
    for row in result.table[~result.table["met"]].to_dict("records"):
        print(f"\n{row['pattern']}, {row['what']}: not met; {row['why_not']}")
    print(f"\n{result.sentence}")
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


@app.command("list")
def list_(
    what: Annotated[Listed, typer.Argument()] = Listed.scenarios,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="parameters as the table of the documents")
    ] = False,
) -> None:
    """List scenarios, strategies, parameters (with unit, bounds, meaning, source) or outcomes."""
    from simulation.parameters_table import parameters_table

    if markdown:
        print(parameters_table(), end="")
        return
    from simulation.outcomes import SUMMARY

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
        for name, field in parameters().items():
            extra: Any = field.json_schema_extra
            source = str(extra["source"])
            rows.append((name, str(field.default), allowed(field), field.description or "", source))
    _print_table(rows)


@app.command()
def doctor() -> None:
    """Say in plain words what this machine has, and what is missing."""
    from simulation.doctor import report

    problems = report()
    if problems:
        raise typer.Exit(3)


def _world(
    scenario: str,
    changes: list[str] | None,
    people: int | None,
    days: int | None,
    friends: Path | None,
) -> Scenario:
    """Return the scenario the options describe."""
    from simulation.prepare import with_friends

    world = Scenario.load(scenario)
    values: dict[str, Any] = {}
    for text in changes or []:
        name, found, value = text.partition("=")
        name = name.strip()
        if not found:
            raise InputError(f"--set {text}: write it as NAME=VALUE, e.g. --set p_follow=0.02")
        if name not in parameters():
            raise InputError(f'--set: unknown parameter "{name}"{did_you_mean(name, group_of())}')
        values[name] = _value(name, value.strip())
    if people is not None:
        if friends is not None:
            raise InputError("--people and --friends: the edge list says how many people there are")
        values["n_people"] = people
    if days is not None:
        values["n_days"] = days
    world = world.replace(**values) if values else world
    if friends is None and world.world.graph == "file":
        friends = Path(world.world.friends_file)
    if friends is not None:
        world, sentence = with_friends(world, friends)
        print(sentence, file=sys.stderr)
    return world


def _value(name: str, text: str) -> Any:
    """Read the text of --set as the type its parameter is declared with."""
    kind = parameters()[name].annotation
    try:
        if kind is bool:
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except (ValueError, KeyError):
        wanted = allowed(parameters()[name])
        shown = text if len(text) <= 60 else f"{text[:50]}..."
        raise InputError(f"--set {name}={shown} is not allowed: {wanted}") from None
    return text


def _of(world: Scenario) -> str:
    return f"{world.name}: {world.world.n_people:,} people, {world.world.n_days} days"


def _plain(summary: dict[str, float]) -> dict[str, float | None]:
    return {name: None if value != value else value for name, value in summary.items()}


def _print_table(rows: list[tuple[str, ...]]) -> None:
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


def _aligned(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a small table, the first column to the left, the others to the right."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def _number(value: float, digits: int = 1) -> str:
    return "-" if value != value else f"{value:,.{digits}f}"


def _print_summary(result: Any) -> None:
    from simulation.outcomes import SUMMARY

    print(f"{result.strategy.name} in {_of(result.scenario)}, seed {result.seed}, "
          f"replication {result.replication}\n")  # fmt: skip
    rows = [("outcome", "value", "unit")]
    for scalar in SUMMARY:
        value = result.summary[scalar.name]
        small = abs(value) < 100 and value != round(value)
        shown = f"{value:.3g}" if small else _number(value, 0)
        rows.append((scalar.name, shown, scalar.unit))
    _aligned(rows)


def _print_comparison(result: Any) -> None:
    table = result.table
    print(f"{_of(result.scenario)}, {result.replications} worlds, outcome: {result.outcome}\n")
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
            _number(line["mean"]),
            _number(line["sd"]),
            "baseline" if first else f"{line['difference']:+,.1f}",
            "" if first else f"{line['low']:,.1f} to {line['high']:,.1f}",
            "" if first else _number(line["effect_size"], 2),
            f"{100 * line['share_best']:.0f} %",
            _number(line["cost_per_sale"], 2),
            "" if first else ("never" if lead != lead else f"day {lead:.0f}"),
            "" if first else _number(line["variance_ratio"], 2),
        ))  # fmt: skip
    _aligned(rows)
    print(f"\n{result.sentence}")


def _stop_workers() -> None:
    """End the processes of a comparison that was stopped, so that they leave nothing behind."""
    if "joblib" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 2 wrong input, 3 failed)."""
    words = sys.argv[1:] if argv is None else argv
    try:
        code = app(args=words or ["--help"], prog_name="continuum", standalone_mode=False)
        if code != STOPPED:
            return int(code or 0)
        message = "stopped"
    except InputError as error:
        message = str(error)
    except TyperException as error:
        shown = error.format_message() if hasattr(error, "format_message") else str(error)
        message = " ".join(shown.split())
    except MemoryError:
        message = "not enough memory: fewer people, friends (mean_degree), worlds or processes"
    except KeyboardInterrupt:
        _stop_workers()
        code, message = STOPPED, "stopped"
    print(f"continuum: {message}", file=sys.stderr)
    return STOPPED if message == "stopped" else 2


if __name__ == "__main__":
    sys.exit(main())
