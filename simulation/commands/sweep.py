"""``continuum sweep``, ``resume``, ``export``, ``reproduce``: many runs, and their store."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from simulation.commands.common import STOPPED, DryOption, JobsOption, print_table
from simulation.sweeps.design import Piece
from simulation.tools.errors import InputError, Stopped

#: Exit code when some runs failed, or the sweep had to stop before its end.
SOME_FAILED = 3

ClusterOption = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="a Dask scheduler, e.g. tcp://10.0.0.1:8786"),
]
StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help="the folder of a sweep")]
YesOption = Annotated[bool, typer.Option("--yes", help="begin even a very large design")]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="run the runs that failed again")]


def sweep(
    design: Annotated[
        Path, typer.Argument(metavar="DESIGN", help="a .toml file, or a .csv of settings")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="the store; out/NAME unless told")
    ] = None,
    replications: Annotated[
        int | None, typer.Option("--replications", help="instead of the file's")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="instead of the file's")] = None,
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    part: Annotated[
        str | None,
        typer.Option("--part", metavar="K/N", help="only part K of N of the runs (job arrays)"),
    ] = None,
    gather: Annotated[
        bool, typer.Option("--gather", help="run nothing: put the parts together")
    ] = False,
    retry_failed: RetryOption = False,
    yes: YesOption = False,
    dry_run: DryOption = False,
) -> None:
    """Run a design: settings x strategies x replications; go on where it was stopped.

    The same command again runs only what is missing.
    """
    from simulation.sweeps.reading import read_design
    from simulation.sweeps.running import sweep as sweep_

    piece = Piece.read(part) if part is not None else None
    if gather and (part is not None or retry_failed or dry_run or jobs or cluster):
        raise InputError("--gather runs nothing: give it without options of running")
    ask = _ask if sys.stdin.isatty() and not yes else None
    confirm = (lambda _: True) if yes or dry_run else ask
    chosen = read_design(design, confirm=confirm, replications=replications, seed=seed)
    folder = out or Path("out") / chosen.name
    if doubt := chosen.doubt():
        print(f"beware: {doubt}", file=sys.stderr)
    if dry_run:
        _say_estimate(chosen, folder, piece, jobs)
        return
    if gather:
        from simulation.sweeps.pieces import gather as gather_

        _end(gather_(chosen, folder))
        return
    which = "" if piece is None else f", part {piece}: {piece.n_runs(chosen):,} of them"
    print(f"{chosen.describe()}{which}, into {folder}", file=sys.stderr)
    with _stoppable():
        done = sweep_(
            chosen, folder, jobs=jobs, cluster=cluster, part=part, retry_failed=retry_failed,
            yes=True,
        )  # fmt: skip
    again = None if part is None else f"the same command with --part {part} --retry-failed"
    _end(done, again)


def _say_estimate(chosen: Any, folder: Path, piece: Any, jobs: int | None) -> None:
    """Say how long a sweep, or a part of it, would take."""
    from simulation.sweeps.executors import cores
    from simulation.sweeps.running import estimate
    from simulation.tools.files import check_out_folder

    check_out_folder(folder, make=False)
    print(f"would run {estimate(chosen).say(jobs or cores(), piece)}")


def resume(
    store: StoreArgument,
    replications: Annotated[
        int | None, typer.Option("--replications", help="more of them than before")
    ] = None,
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    retry_failed: RetryOption = False,
    yes: YesOption = False,
) -> None:
    """Run what is missing in a store, with the design it was made with."""
    from simulation.sweeps.running import resume as resume_

    with _stoppable():
        done = resume_(
            store,
            replications=replications,
            jobs=jobs,
            cluster=cluster,
            retry_failed=retry_failed,
            yes=yes,
        )
    _end(done)


def export(
    store: StoreArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="the store itself unless told")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="csv or xlsx")] = "csv",
) -> None:
    """Write the runs and settings of a store as CSV files, or as one XLSX workbook."""
    from simulation.sweeps.labelled import export as export_
    from simulation.sweeps.store import open_store

    folder = out or store / "export"
    files = export_(open_store(store), folder, format_)
    print(f"files in {folder}: " + ", ".join(path.name for path in files))


def reproduce(
    store: Annotated[
        Path,
        typer.Argument(metavar="STORE", help="the folder of a sweep, or a crate (or its .zip)"),
    ],
    sample: Annotated[int, typer.Option("--sample", help="how many runs")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="of the drawing of the sample")] = 0,
) -> None:
    """Run a sample of the runs again and say whether every number is the same; exit 3 if not."""
    from simulation.sweeps.crate import store_at
    from simulation.sweeps.reproducing import reproduce as reproduce_

    with store_at(store) as opened:
        result = reproduce_(opened, sample, seed)
    if not result.same:
        rows = [tuple(map(str, row)) for row in result.differences.head(20).itertuples(index=False)]
        print_table([tuple(result.differences.columns), *rows])
    print(result.sentence)
    if not result.same:
        raise typer.Exit(SOME_FAILED)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C end in the line that says what is safe and how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Stopped(str(error) or "stopped", STOPPED) from None


def _ask(question: str) -> bool:
    return typer.confirm(question, err=True)


def _end(store: Any, again: str | None = None) -> None:
    """Say how far a sweep is and what failed; exit 3 where something did.

    `again`: how failed runs are run again, unless by `continuum resume`.
    """
    counts = store.counts()
    failed = counts["FAILED"]
    print(f"{counts['SUCCEEDED']:,} runs succeeded, {failed:,} failed; {store.folder}: "
          "runs in parts, manifest.json")  # fmt: skip
    if not failed:
        return
    failures = store.failures()
    for error, count in failures["error"].value_counts().head(5).items():
        first = failures[failures["error"] == error].iloc[0]
        print(
            f"continuum: {count:,} failed with {error} (first: setting {first['setting_id']}, "
            f"{first['strategy']}, replication {first['replication_id']}); their rows have the "
            f"tracebacks; again: {again or f'continuum resume {store.folder} --retry-failed'}",
            file=sys.stderr,
        )
    raise typer.Exit(SOME_FAILED)
