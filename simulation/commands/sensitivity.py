"""``continuum sensitivity``: which parameters matter, and what is only luck."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulation.commands.common import aligned
from simulation.commands.sweep import StoreArgument


def sensitivity(
    store: StoreArgument,
    outcome: Annotated[str, typer.Option("--outcome", help="what is looked at")] = "sales",
    strategy: Annotated[
        str | None, typer.Option("--strategy", help="whose; the last of the design unless told")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", help="look at the paired difference to this one; - for none"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="of the resampling")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="STORE/sensitivity unless told")
    ] = None,
) -> None:
    """Sobol or Morris indices of a sweep with that method, of an outcome or a difference.

    With two or more strategies the difference of the last to the first is looked at, unless told.
    """
    from simulation.files import check_out_folder, write_all
    from simulation.stamp import plain
    from simulation.sweeps.sensitivity import sensitivity as sensitivity_
    from simulation.sweeps.sensitivity_figure import sensitivity as picture
    from simulation.sweeps.store import open_store

    opened = open_store(store)
    names = [lever.name for lever in opened.design.strategies]
    chosen = strategy or names[-1]
    other = None if against == "-" else against or (names[0] if chosen != names[0] else None)
    result = sensitivity_(
        opened.design, opened.runs(), outcome=outcome, strategy=chosen, against=other, seed=seed
    )
    folder = check_out_folder(out or store / "sensitivity")
    files = write_all({
        folder / "sensitivity.csv": lambda path: result.table.to_csv(path, index=False),
        folder / "sensitivity.json": lambda path: path.write_text(json.dumps(plain({
            "sentence": result.sentence, "variance": result.split,
            "table": result.table.to_dict("records")}), indent=2) + "\n"),
        folder / "sensitivity.png": lambda path: picture(result).savefig(path, format="png"),
    })  # fmt: skip
    rows: list[tuple[str, ...]] = [("parameter", "index", "value", "interval", "luck adds", "")]
    for row in result.table.to_dict("records"):
        mark = "" if row["clear"] in (True, None) else "not told from luck"
        name = f"{row['parameter']} x {row['other']}" if row["other"] else row["parameter"]
        between = f"{row['low']:.3g} to {row['high']:.3g}"
        rows.append((name, row["index"], f"{row['value']:.3g}", between, f"{row['noise']:.2g}",
                     mark))  # fmt: skip
    aligned(rows)
    print(f"\n{result.sentence}")
    print(f"\nfiles in {folder}: " + ", ".join(path.name for path in files))
