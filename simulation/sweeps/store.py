"""A sweep on disk: a manifest and, for every table, Parquet parts that are only ever added.

::

    manifest.json       the design, versions, commit, machine, seeds
    settings.parquet    the settings, unless they are a grid (the manifest has its axes)
    runs/part-...       one row a run
    series/ events/ people/   as asked for before the run

The part of `runs` is written last and names the parts of the other tables that belong to it: what
no part of `runs` names was never finished and does not count. Of two rows of one run (a failed one
that was tried again) the later counts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.core.outcomes import SUMMARY
from simulation.core.stages import STAGES
from simulation.inputs.scenario import parameters
from simulation.sweeps.design import Design
from simulation.sweeps.parts import is_whole, parts_in
from simulation.sweeps.rerunning import PLACE, rerun
from simulation.sweeps.settings import LEVERS, Table, declared
from simulation.tools.errors import InputError
from simulation.tools.shown import Shown, some

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import xarray as xr

    from simulation.runs.run import EngineName, Run

#: The layout of a store; a store of a higher number was made by a newer version.
FORMAT = 1
MANIFEST, SETTINGS, DAMAGED = "manifest.json", "settings.parquet", "damaged"
#: Where the parts of an array of jobs lie until they are gathered.
PIECES = "parts"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
IDS = ("run_key", "setting_id", "scenario_id", "strategy", "replication_id", "entropy", "spawn_key")
OUTCOME_NAMES = tuple(scalar.name for scalar in SUMMARY)


@dataclass(frozen=True)
class Batch:
    """One part of `runs` and the parts of other tables that belong to it."""

    path: Path
    companions: dict[str, list[Path]]

    def files(self) -> Iterator[Path]:
        """Yield every file of the batch."""
        yield self.path
        for paths in self.companions.values():
            yield from paths


#: Parameters that a store of before may name and the model has no more: they are left out.
GONE = ("k_deal", "buy_deal_habit")


def _as_now(design: dict[str, Any]) -> dict[str, Any]:
    """Return a stored design with the parameters that there are now; purpose was a switch."""
    scenario = dict(design["scenario"])
    numbers = {k: v for k, v in scenario.get("parameters", {}).items() if k not in GONE}
    if isinstance(numbers.get("purpose"), bool):
        numbers["purpose"] = float(numbers["purpose"])
    return {**design, "scenario": {**scenario, "parameters": numbers}}


class Store(Shown):
    """A sweep on disk, to read. `open_store` opens one.

    `runs()`, `series()`, `events()`, `people()` are tidy DataFrames; `to_xarray()` labelled arrays;
    `query(sql)` asks duckdb. Rows come in the order of settings, strategies, replications, however
    they were computed.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]):
        self.folder, self.manifest = folder, manifest

    @cached_property
    def design(self) -> Design:
        """The design, as it was when the store was made."""
        try:
            return Design.from_dict(_as_now(self.manifest["design"]), read_settings(self.folder))
        except (InputError, KeyError, TypeError, ValueError) as error:
            made, here = self.manifest.get("versions", {}).get("continuum-brand"), _version()
            raise InputError(
                f"{self.folder}: its design cannot be read ({error}); it was made by version "
                f"{made}, this is {here}: the tables can still be read, runs() and to the rest"
            ) from None

    # ---- parts -----------------------------------------------------------------------------------

    def batches(self) -> list[Batch]:
        """Return the batches that count, in the order they were written."""
        found, replaced = [], set()
        for path in parts_in(self.folder / "runs"):
            if (about := about_part(path)) is None:
                continue  # cannot be read: damaged() names it
            replaced |= set(about["replaces"])
            found.append(self.batch(path, about))
        return [batch for batch in found if batch.path.name not in replaced]

    def batch(self, path: Path, about: dict[str, Any]) -> Batch:
        """Return the batch of a part of `runs`, from what the part says of itself."""
        companions = {
            table: [self.folder / table / name for name in names]
            for table, names in about["companions"].items()
        }
        return Batch(path, companions)

    def damaged(self) -> list[Path]:
        """Return the parts that are not as they were written, or are not there."""
        readable = self.batches()
        unreadable = [p for p in parts_in(self.folder / "runs") if about_part(p) is None]
        return unreadable + [p for batch in readable for p in batch.files() if not is_whole(p)]

    def check_whole(self, paths: list[Path]) -> None:
        """Raise InputError when one of these parts, or any part of `runs`, was damaged."""
        unreadable = [p for p in parts_in(self.folder / "runs") if about_part(p) is None]
        if broken := unreadable + [path for path in paths if not is_whole(path)]:
            names = ", ".join(str(path.relative_to(self.folder)) for path in broken[:5])
            more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
            raise InputError(
                f"{self.folder}: damaged: {names}{more}; continuum resume {self.folder} sets "
                "them aside and runs what was in them again"
            )

    # ---- tables ----------------------------------------------------------------------------------

    def run_tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the rows of each part of `runs`, in the order they were written."""
        import pyarrow.parquet as pq

        for batch in self.batches():
            yield pq.read_table(batch.path, columns=columns)

    def runs(self, columns: list[str] | None = None) -> pd.DataFrame:
        """Return one row a run: ids, every parameter, varied levers, status, seconds, outcomes.

        Raises InputError when a part was damaged.
        """
        import pandas as pd
        import pyarrow as pa

        batches = self.batches()
        self.check_whole([batch.path for batch in batches])
        wanted = None if columns is None else list(dict.fromkeys([*PLACE, *columns]))
        tables = list(self.run_tables(wanted))
        if not tables:
            return pd.DataFrame(columns=[*IDS, "status"])
        frame = pa.concat_tables(tables, promote_options="default").to_pandas()
        frame["strategy"] = self._strategies(frame["strategy"])
        frame = frame.drop_duplicates([*PLACE], keep="last")
        frame = frame.sort_values([*PLACE], ignore_index=True)
        frame.attrs["units"] = {"seconds": "s", **{scalar.name: scalar.unit for scalar in SUMMARY}}
        return frame if columns is None else frame[columns]

    def _strategies(self, column: pd.Series) -> pd.Categorical:
        import pandas as pd

        known = [strategy["name"] for strategy in self.manifest["design"]["strategies"]]
        return pd.Categorical(column, known)

    def series(self) -> pd.DataFrame:
        """Return one row a run and day; raise InputError where the days were not kept."""
        return self._kept("series", ["time"])

    def events(self) -> pd.DataFrame:
        """Return one row an event of a run."""
        frame = self._kept("events", ["time", "person"])
        return _staged(frame, ("from_stage", "to_stage"))

    def people(self) -> pd.DataFrame:
        """Return one row a person of a run: the state at the end."""
        return _staged(self._kept("people", ["person"]), ("start_stage", "stage"))

    def paths(self, table: str) -> list[Path]:
        """Return the whole parts of a table kept beside the runs, in the order of writing."""
        kept = self.manifest["design"]["keep"]
        if table not in kept:
            raise InputError(
                f'{self.folder}: {table} was not kept: say keep = ["{table}"] in the design'
            )
        paths = [p for batch in self.batches() for p in batch.companions.get(table, [])]
        self.check_whole(paths)
        return paths

    def _kept(self, table: str, by: list[str]) -> pd.DataFrame:
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables = [pq.read_table(path) for path in self.paths(table)]
        if not tables:
            return pd.DataFrame(columns=[*PLACE, *by])
        frame = pa.concat_tables(tables).to_pandas()
        frame["strategy"] = self._strategies(frame["strategy"])
        return frame.sort_values([*PLACE, *by], kind="stable", ignore_index=True)

    def to_xarray(self, table: str = "runs") -> xr.Dataset:
        """Return outcomes of runs, or the days, as labelled arrays (`labelled.to_dataset`)."""
        from simulation.sweeps.labelled import to_dataset

        return to_dataset(self, table)

    def query(self, sql: str) -> pd.DataFrame:
        """Return what duckdb answers; the tables are runs, and series, events, people if kept."""
        from simulation.sweeps.labelled import query

        return query(self, sql)

    def rerun(self, row: Any, *, events: bool = False, engine: EngineName = "auto") -> Run:
        """Live the run of a row again, and return it whole: its summary is the row's, bit for bit.

        `row` is one of `runs()` (a Series, a named tuple of ``itertuples()``, a dict) or its
        `run_key`; `events` and `engine` as in `simulate`. Where the store was made with other code
        or versions, or a number is not the stored one, a line on stderr says so. A run that failed
        raises what it failed with. Raises InputError for a row that is not of this store.
        """
        return rerun(self, row, events=events, engine=engine)

    # ---- how far it is ---------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Return how many runs there are, by status: SUCCEEDED, FAILED, PENDING."""
        status = self.runs(["status"])["status"].value_counts()
        done = {name: int(status.get(name, 0)) for name in (SUCCEEDED, FAILED)}
        total = self.manifest["design"]["replications"] * self.manifest["runs_a_replication"]
        return {**done, "PENDING": total - sum(done.values())}

    def _says(self) -> tuple[str, str]:
        design = self.manifest["design"]
        names = some([strategy["name"] for strategy in design["strategies"]], 4)
        what = f"{self.folder}, {design['scenario']['name']} under {names}"
        try:
            counts = self.counts()
        except InputError as error:  # it is damaged: `repr` must not fail for that
            return what, str(error)
        there = f"{counts[SUCCEEDED]:,} of {sum(counts.values()):,} runs succeeded"
        there += f", {counts[FAILED]:,} failed" if counts[FAILED] else ""
        return what, there + (f", {counts['PENDING']:,} still to run" if counts["PENDING"] else "")

    def _tabled(self) -> pd.DataFrame | None:
        try:
            return self.design._tabled()
        except InputError:
            return None

    def failures(self) -> pd.DataFrame:
        """Return the runs that failed: setting, strategy, replication, error, traceback."""
        frame = self.runs([*PLACE, "status", "error", "traceback"])
        return frame[frame["status"] == FAILED].drop(columns="status").reset_index(drop=True)

    def set_aside(self, batch: Batch) -> None:
        """Move a batch that was damaged out of the way, so that its runs are run again."""
        for path in batch.files():
            if path.exists():
                there = self.folder / DAMAGED / path.parent.name
                there.mkdir(parents=True, exist_ok=True)
                shutil.move(path, there / path.name)


def open_store(folder: str | Path) -> Store:
    """Open a store to read it; raise InputError when it is none, or of a newer version."""
    folder = Path(folder)
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        layout = int(manifest["format"])
    except FileNotFoundError:
        if (folder / PIECES).is_dir():
            raise InputError(f"{folder}: {not_gathered(folder)}") from None
        what = "is no store of a sweep" if folder.is_dir() else "no such store"
        raise InputError(f"{folder}: {what} ({MANIFEST} is not there)") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: damaged: it is no manifest of a store") from None
    if layout > FORMAT:
        made = manifest.get("versions", {}).get("continuum-brand", "unknown")
        raise InputError(
            f"{folder}: made by a newer version ({made}, layout {layout}); this is {_version()}, "
            f"which reads layouts up to {FORMAT}: install that version to read it"
        )
    return Store(folder, manifest)


def not_gathered(folder: Path) -> str:
    """Say what to do with a folder that has the parts of an array of jobs, and no store."""
    return (
        "has the parts of an array of jobs: gather them first: "
        f"continuum sweep DESIGN --out {folder} --gather"
    )


def no_store(manifest: Mapping[str, Any]) -> str:
    """Say what the folder of an attempt at a part is, and how to go on with it."""
    return (
        f"an attempt at part {manifest['part']} of a sweep: it can be read, and is continued with "
        f"continuum sweep DESIGN --part {manifest['part']}"
    )


def read_settings(folder: Path) -> Table | None:
    """Return the table of settings a store was made with; None for a grid."""
    import pyarrow.parquet as pq

    path = folder / SETTINGS
    if not path.exists():
        return None
    try:
        table = pq.read_table(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: damaged ({' '.join(str(error).split())[:80]})") from None
    method = json.loads(table.schema.metadata[b"continuum"])["method"]
    names = [name for name in table.column_names if not name.startswith("unit ")]
    units = [table[f"unit {name}"].to_numpy() for name in names if method in _SAMPLED]
    columns = {name: table[name].to_pylist() for name in names}
    return Table(method, columns, np.column_stack(units) if units else None)


_SAMPLED = ("lhs", "sobol", "morris")


def about_part(path: Path) -> dict[str, Any] | None:
    """Return what a part of `runs` says of itself: companions, replaces; None if unreadable."""
    import pyarrow.parquet as pq

    try:
        return json.loads(pq.read_schema(path).metadata[b"continuum"])
    except (OSError, ValueError, KeyError, TypeError):  # pyarrow's own errors are ValueErrors
        return None


def runs_schema(design: Design, about: dict[str, Any]) -> pa.Schema:
    """Return the columns of `runs`: every parameter, the levers that vary, every outcome."""
    import pyarrow as pa

    kinds = {int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    whole = ("setting_id", "replication_id")
    fields = [pa.field(name, pa.int64() if name in whole else pa.string()) for name in IDS]
    varied = [name for name in [*design.names, *design.ties] if name in LEVERS]
    for name in [*parameters(), *varied]:
        kind: Any = declared(name, "store").annotation
        fields.append(pa.field(name, kinds.get(kind, pa.string())))
    fields.append(pa.field("status", pa.string()))
    fields.append(pa.field("seconds", pa.float64(), metadata={"units": "s"}))
    fields += [pa.field(name, pa.string()) for name in ("error", "traceback")]
    for scalar in SUMMARY:
        fields.append(pa.field(scalar.name, pa.float64(), metadata={"units": scalar.unit}))
    return pa.schema(fields, {b"continuum": json.dumps(about).encode()})


def _staged(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    for column in columns:
        frame[column] = pd.Categorical(frame[column], list(STAGES), ordered=True)
    return frame


def _version() -> str:
    from simulation.tools import VERSION

    return VERSION
