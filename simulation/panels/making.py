"""A panel: its design, lived; its tables; written into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.panels.columns import dictionary
from simulation.panels.customers import customer_tables
from simulation.panels.design import PanelDesign, read_panel
from simulation.panels.people import people_tables
from simulation.panels.places import place_tables
from simulation.panels.writing import write_panel
from simulation.tools.files import check_new_folder
from simulation.tools.shown import Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Panel(Shown):
    """Data whose causes are known.

    Attributes
    ----------
    design : PanelDesign
        What was asked.
    tables : dict of DataFrames
        "data/people", "truth/people" ...: what an analyst would have, and what did it.
    """

    design: PanelDesign
    tables: dict[str, pd.DataFrame]

    @property
    def dictionary(self) -> pd.DataFrame:
        """Name, unit and meaning of every column of every table."""
        return dictionary(self.tables)

    def save(self, folder: str | Path) -> list[Path]:
        """Write everything into a new folder, all or nothing; return the files.

        Raises InputError where the folder holds something, or cannot be written.
        """
        return write_panel(self.design, self.tables, folder)

    def _says(self) -> tuple[str, str]:
        what, _ = self.design._says()
        rows = (f"{name} {len(frame):,} rows" for name, frame in self.tables.items())
        return what, ", ".join(rows)

    def _tabled(self) -> pd.DataFrame:
        return self.dictionary


def panel(
    design: str | Path | Mapping[str, Any] | PanelDesign,
    *,
    out: str | Path | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    progress: bool | None = None,
) -> Panel:
    """Make data whose causes are known: what an analyst would have, and apart from it the truth.

    Parameters
    ----------
    design : path of a .toml file, dict with the same names, or PanelDesign
        [people], [places], [customers], each optional (TRUTH.md).
    out : path, optional
        A new folder for the files; it is checked before anything is lived.
    seed : int, optional
        Instead of the design's: the luck of the worlds, of lots and noise.
    jobs : int, optional
        Processes; all cores unless told. The numbers, and the bytes, do not depend on it.
    progress : bool, optional
        Show bars on stderr; None: only where stderr is a terminal.

    Raises
    ------
    InputError
        With one line that names what is wrong, where, and what is allowed.
    """
    asked = read_panel(design, seed=seed)
    if out is not None:
        check_new_folder(out, "a panel")
    tables: dict[str, pd.DataFrame] = {}
    if asked.people is not None:
        tables |= people_tables(asked.people, asked.seed, jobs=jobs, progress=progress)
    if asked.places is not None:
        tables |= place_tables(asked.places, asked.seed, jobs=jobs, progress=progress)
    if asked.customers is not None:
        tables |= customer_tables(asked.customers, asked.seed, jobs=jobs, progress=progress)
    made = Panel(asked, dict(sorted(tables.items())))
    if out is not None:
        made.save(out)
    return made
