"""The files of a run and of a comparison: tables, figures, and a poster on request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from simulation import figures
from simulation.runs.comparison import Comparison
from simulation.runs.run import Run
from simulation.tools.files import Writers, files_of, save, to_csv, to_json, to_parquet, to_png

__all__ = ["save"]


@files_of.register
def _of_comparison(result: Comparison, *, poster: Sequence[Run] | None = None) -> Writers:
    writers: Writers = {
        "runs.parquet": to_parquet(result.runs),
        "summary.csv": to_csv(result.table, index=True),
        "comparison.json": to_json(result.to_dict()),
        "comparison.png": to_png(lambda: figures.comparison(result)),
    }
    if result.series is not None:
        writers["series.parquet"] = to_parquet(result.series)
    return writers if poster is None else writers | _of_poster(result, poster)


@files_of.register
def _of_run(run: Run, *, poster: Sequence[Run] | None = None) -> Writers:
    if poster is not None:
        figures.poster(run, poster)  # type: ignore[arg-type]  # says what a poster is drawn from
    writers: Writers = {
        "summary.json": to_json(run.to_dict()),
        "series.parquet": to_parquet(run.series),
        "people.parquet": to_parquet(run.people),
        "run.png": to_png(lambda: figures.run(run)),
    }
    if run.log is not None:
        writers["events.parquet"] = to_parquet(run.events)
    return writers


def _of_poster(result: Comparison, runs: Sequence[Run]) -> Writers:
    """Return the writers of a poster: its page for the printer, and for a screen at 150 dpi."""
    page = figures.poster(result, runs)
    about = {"Title": page.get_suptitle().replace("\n", " "), "CreationDate": None}

    def to_pdf(path: Path) -> None:
        with mpl.rc_context({"pdf.fonttype": 42}):  # whole fonts inside, which printers want
            page.savefig(path, format="pdf", metadata=about)

    return {
        "poster.pdf": to_pdf,
        "poster.png": lambda path: page.savefig(path, format="png", dpi=150),
    }
