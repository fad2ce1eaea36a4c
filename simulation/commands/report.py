"""``continuum report``: a sweep as one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.maps import (
    AcrossOption,
    AgainstOption,
    OutcomeOption,
    StrategyOption,
    UpOption,
)


def report(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="the folder of a sweep")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="STORE/report.html unless told")
    ] = None,
    outcome: OutcomeOption = "sales",
    x: AcrossOption = None,
    y: UpOption = None,
    strategy: StrategyOption = None,
    against: AgainstOption = None,
) -> None:
    """Write figures, sensitivity, tables, failed runs and methods of a sweep into one HTML file."""
    from simulation.analyses.report import report as report_
    from simulation.sweeps.store import open_store

    opened = open_store(store)
    path = report_(opened, out or store / "report.html", outcome=outcome, x=x, y=y,
                   strategy=strategy, against=against)  # fmt: skip
    print(f"report in {path} ({path.stat().st_size / 1e6:.1f} MB): open it in any browser")
