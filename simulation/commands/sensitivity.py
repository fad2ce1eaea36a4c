"""``continuum sensitivity``: which parameters of a sweep matter, and which cannot be told."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from simulation.commands.common import JsonOption, OutOption, aligned
from simulation.commands.sweep import StoreArgument


def sensitivity(
    store: StoreArgument,
    outcome: Annotated[str, typer.Option("--outcome", help="what is analysed")] = "sales",
    strategy: Annotated[
        str | None, typer.Option("--strategy", help="whose outcome; if there is a choice")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", help="analyse the paired difference, strategy minus this one"),
    ] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="of the intervals")] = 0.95,
    seed: Annotated[
        int, typer.Option("--seed", help="of the draws of pure luck and of resamples")
    ] = 1,
    out: OutOption = None,
    json_: JsonOption = False,
) -> None:
    """Say how much each varied parameter matters, and where a lead is won and lost.

    Of Sobol and Morris designs their own indices, of any other sweep PAWN and rank correlations.
    Luck is kept apart from the parameters, and what cannot be told from noise is marked.
    """
    from simulation.analyses.sensitivity import MissingRuns
    from simulation.analyses.sensitivity import sensitivity as sensitivity_
    from simulation.sweeps.store import open_store
    from simulation.tools.files import check_out_folder, save

    opened = open_store(store)
    if out is not None:
        check_out_folder(out)
    try:
        result = sensitivity_(
            opened.design,
            opened.runs(),
            outcome=outcome,
            strategy=strategy,
            against=against,
            confidence=confidence,
            seed=seed,
        )
    except MissingRuns as error:
        raise MissingRuns(error.retry, error.total, str(store)) from None
    files = save(result, out) if out is not None else []
    if json_:
        print(json.dumps(result.to_dict(), indent=2))
        return
    _print(result)
    if files:
        print(f"\nfiles in {out}: " + ", ".join(path.name for path in files))


def _print(result: Any) -> None:
    """Print the indices, the parts of the variance and the sentence."""
    print(f"{result.subject}, {result.worlds}, {result.n_settings:,} settings")
    print(f"{result.done}\n")
    if result.warning:
        print(f"beware: {result.warning}\n")
    level = f"{100 * result.confidence:g} % interval"
    rows: list[tuple[str, ...]] = [("parameter", "index", "value", level, "by luck alone", "")]
    rows += [
        (
            f"{row['parameter']} x {row['other']}" if row["other"] else row["parameter"],
            row["index"],
            _short(row["value"]),
            _between(_short(row["low"]), _short(row["high"])),
            _short(row["noise"]),
            _mark(row, result),
        )
        for row in result.table.to_dict("records")
    ]
    aligned(rows)
    print()
    rows = [("variance between runs", "share", level)]
    rows += [
        (str(part), _percent(row["share"]), _between(_percent(row["low"]), _percent(row["high"])))
        for part, row in result.variance.iterrows()
    ]
    aligned(rows)
    print(f"\n{result.sentence}")
    print(f"where: {result.where.sentence}")


def _mark(row: dict[str, Any], result: Any) -> str:
    if {row["parameter"], row["other"]} & set(result.unmoved):
        return "never changes it"
    if not row["clear"]:
        return "not told from noise"
    return "beware" if result.warning else ""


def _between(low: str, high: str) -> str:
    return "-" if low == high == "-" else f"{low} to {high}"


def _short(value: float) -> str:
    """Return three figures of a number, without exponent where it is of a usual size."""
    return "-" if value != value else "0" if abs(value) < 5e-6 else f"{value:,.3g}"


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.0f} %"
