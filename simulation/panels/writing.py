"""The folder of a panel: data/, truth/ and what explains them; all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.panels.card import card
from simulation.panels.columns import dictionary
from simulation.panels.design import PanelDesign
from simulation.sweeps.carried import engine_hash
from simulation.tools.files import (
    check_new_folder,
    hash_of,
    made_beside,
    to_csv,
    to_json,
    to_parquet,
    to_text,
)
from simulation.tools.stamp import commit, model_fingerprint, versions

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "continuum panel 1"
DICTIONARY, MANIFEST = "dictionary.csv", "manifest.json"
LICENSE, CARD = "LICENSE", "README.md"
LICENSE_TEXT = """This data was made by a simulation (Continuum) and describes nobody.

It is given to the public domain under CC0 1.0 Universal: https://creativecommons.org/publicdomain/zero/1.0/
To the extent possible under law, whoever made it has waived all copyright and related rights to it.
"""


def write_panel(
    design: PanelDesign, tables: dict[str, pd.DataFrame], path: str | Path
) -> list[Path]:
    """Write the tables of a panel as Parquet and CSV, with what explains them; return the files.

    Everything is written into a folder beside, which gets its name when all is there.
    """
    folder = check_new_folder(path, "a panel")
    with made_beside(folder) as part:
        writers: dict[str, Callable[[Path], Any]] = {}
        for name, frame in tables.items():
            writers[f"{name}.parquet"], writers[f"{name}.csv"] = to_parquet(frame), to_csv(frame)
        writers[DICTIONARY] = to_csv(dictionary(tables))
        writers[LICENSE] = to_text(LICENSE_TEXT)
        writers[CARD] = to_text(card(design, tables))
        for name, write in writers.items():
            (part / name).parent.mkdir(exist_ok=True)
            write(part / name)
        about = manifest_of(design, tables, part, list(writers))
        to_json(about)(part / MANIFEST)
    return [folder / name for name in (*writers, MANIFEST)]


def manifest_of(
    design: PanelDesign, tables: dict[str, pd.DataFrame], folder: Path, files: list[str]
) -> dict[str, Any]:
    """Return what traces a panel: design, seed, versions, engine, and the hash of every file.

    No time and no machine: the same design, seed and versions give the same bytes.
    """
    return {
        "format": FORMAT,
        "name": design.name,
        "seed": str(design.seed),
        "design": design.to_dict(),
        "rows": {name: len(frame) for name, frame in tables.items()},
        "licence": "CC0-1.0",
        "model": model_fingerprint(),
        "engine": engine_hash(),
        "versions": versions(),
        "commit": commit(),
        "sha256": {name: hash_of(folder / name) for name in files},
    }
