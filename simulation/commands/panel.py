"""``continuum panel``: data whose causes are known, for the tools that claim to find them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.common import DryOption, JobsOption, aligned, number


def panel(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="a .toml file (TRUTH.md)")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="a new folder; out/NAME unless told"),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="instead of the file's")] = None,
    jobs: JobsOption = None,
    dry_run: DryOption = False,
) -> None:
    """Make data whose causes are known: people, places, customers, and apart the truth."""
    from simulation.panels.design import read_panel
    from simulation.panels.making import panel as panel_
    from simulation.tools.files import check_new_folder

    asked = read_panel(design, seed=seed)
    folder = check_new_folder(out or Path("out") / asked.name, "a panel")
    if dry_run:
        print("would make " + ": ".join(asked._says()))
        return
    made = panel_(asked, out=folder, jobs=jobs)
    rows: list[tuple[str, ...]] = [("table", "rows", "columns")]
    for name, frame in made.tables.items():
        rows.append((name, f"{len(frame):,}", str(frame.shape[1])))
    aligned(rows)
    if asked.people is not None:
        found = made.tables["truth/averages"].set_index("average")["effect"]
        total = found["total effect, of who may be treated"]
        asked_of = f"{asked.people.treatment} by {asked.people.assignment}"
        print(f"\n{asked_of}: {number(1000 * total)} copies more of 1,000, if all are treated")
    print(f"\nin {folder}: data, truth, README.md, dictionary.csv, manifest.json, LICENSE")
