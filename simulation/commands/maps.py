"""``continuum maps``: heat maps, slices, who wins and regret of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OutcomeOption = Annotated[str, typer.Option("--outcome", help="what is mapped")]
AcrossOption = Annotated[
    str | None, typer.Option("--x", metavar="NAME", help="across; the first that varied")
]
UpOption = Annotated[
    str | None, typer.Option("--y", metavar="NAME", help="up; the second that varied")
]
StrategyOption = Annotated[
    str | None, typer.Option("--strategy", metavar="NAME", help="maps and slices of this one alone")
]
AgainstOption = Annotated[
    str | None,
    typer.Option("--against", metavar="NAME", help="of the paired difference to this one"),
]


def maps(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="the folder of a sweep")],
    x: AcrossOption = None,
    y: UpOption = None,
    outcome: OutcomeOption = "sales",
    strategy: StrategyOption = None,
    against: AgainstOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="STORE/maps unless told")
    ] = None,
) -> None:
    """Draw who wins where, heat maps, slices and regret of a sweep, and write their tables."""
    from simulation.analyses.report_overview import overview, runs_to_show
    from simulation.sweeps.store import open_store
    from simulation.tools.files import check_out_folder, save

    opened = open_store(store)
    runs = runs_to_show(opened, outcome)
    found = overview(runs, opened.design.names, outcome, x, y, strategy, against)
    folder = out or store / "maps"
    check_out_folder(folder, make=False)
    files = save(found, folder)
    for sentence in found.sentences:
        print(sentence)
    print(f"files in {folder}: " + ", ".join(path.name for path in files))
