"""``continuum publish``: a sweep as data are shipped, that anybody can live again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def publish(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="the folder of a sweep")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="a new folder; STORE-crate unless told"),
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(
            "--author", metavar="NAME", help="or 'NAME <https://orcid.org/...>' (repeatable)"
        ),
    ] = None,
    license_: Annotated[
        str, typer.Option("--license", help="CC0-1.0, CC-BY-4.0 or CC-BY-SA-4.0")
    ] = "CC0-1.0",
) -> None:
    """Write a sweep with its report, engine and code version as an RO-Crate, to give away.

    continuum reproduce takes the folder, or a .zip of it.
    """
    from simulation.analyses.publishing import publish as publish_
    from simulation.sweeps.store import open_store

    opened, there = open_store(store), store.resolve()
    folder = out or there.with_name(f"{there.name}-crate")
    files = publish_(opened, folder, authors=author or (), license=license_)
    size = sum(path.stat().st_size for path in files) / 1e6
    if not author:
        print("no author is named: --author NAME", file=sys.stderr)
    print(f"{len(files)} files in {folder} ({size:.1f} MB), {license_}; run again with: "
          f"continuum reproduce {folder}")  # fmt: skip
