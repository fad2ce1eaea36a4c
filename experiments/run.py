"""Run experiments by name: ``python -m experiments.run NAME [NAME ...] | all | --list``

An experiment is a file of this folder: its question is the first line of its docstring, and it has
``design(smoke) -> Cells or list of Designs``, ``table(frame) -> DataFrame``,
``figure(table) -> Figure`` and ``finding(table) -> Finding``. A search has besides
``follow_up(frame, smoke) -> list of Designs``, called with all rows so far until it returns none.
What is no set of runs has ``study(smoke, jobs, progress) -> DataFrame`` instead of a design.
BEFORE says what the answer was before the model changed, and why; ``extra(table) -> str`` is shown
on the page above all numbers; NEEDS names packages that not every installation has.
NAME is the file or its number (x10).
Writes NAME.png, NAME.csv (the table), NAME.md and NAME.parquet (the runs) into --out, and README.md
of all that lie there. Page and picture are made of the table alone: with --redraw nothing is run,
the tables that lie in --out are shown anew.

Exit code 0: done; 2: wrong usage, one line says what; 3: runs failed, or could not be analysed.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import io
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from experiments.kit.cells import FAILED, SUCCEEDED, Cells, run_cells
from experiments.kit.finding import Finding, fold, overview, page
from experiments.story import story
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.files import check_out_folder, write_all
from simulation.tools.optional import how_to_get
from simulation.tools.requests import in_our_words, understood
from simulation.tools.stamp import versions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parent
PROTOCOL = frozenset({"table", "figure", "finding"})
#: One of these makes the rows.
MAKERS = frozenset({"design", "study"})
DEFAULT_OUT = "out/experiments"
DONE, WRONG, SOME_FAILED, STOPPED = 0, 2, 3, 130
#: Where the page of an experiment folds its design.
DESIGN = "Design and versions"


@dataclass
class Result:
    """One experiment that was run, or whose table was read."""

    name: str
    question: str
    folded: str  # design and versions, as on the page
    frame: pd.DataFrame | None = None  # the runs; None when only the table was read
    table: pd.DataFrame | None = None
    figure: Figure | None = None
    finding: Finding | None = None  # None when nothing could be said; `trouble` says why
    trouble: str = ""

    @property
    def n_failed(self) -> int:
        """Number of runs that failed."""
        if self.frame is None or "status" not in self.frame:
            return 0
        return int((self.frame["status"] == FAILED).sum())

    def page(self) -> str:
        """Return the page in Markdown."""
        if self.finding is None or self.table is None:
            return f"# {self.question}\n\n{self.trouble}\n\n{self.folded}\n"
        module = load(self.name)
        before, extra = getattr(module, "BEFORE", ""), getattr(module, "extra", None)
        more = extra(self.table) if extra else ""
        return page(self.name, self.question, self.finding, self.table, self.folded, before, more)


def experiments() -> dict[str, str]:
    """Return the question of every experiment of this folder by its name; nothing is imported."""
    found = {}
    for file in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if functions >= PROTOCOL and functions & MAKERS:
            found[file.stem] = (ast.get_docstring(tree) or file.stem).splitlines()[0].strip()
    return found


def named(name: str, known: Sequence[str]) -> str:
    """Return the experiment of a name or number; raise InputError when there is none."""
    for full in known:
        if name.lower() in (full, full.split("_")[0]):
            return full
    raise InputError(f'unknown experiment "{name}"{did_you_mean(name, known)} (--list names all)')


def load(name: str) -> Any:
    """Return the module of an experiment."""
    return importlib.import_module(f"experiments.{name}")


@understood
def run_experiment(
    name: str, *, smoke: bool = False, jobs: int | None = None, progress: bool | None = None
) -> Result:
    """Run one experiment and analyse the runs that succeeded.

    When some runs failed and the rest cannot be analysed, table and figure are None and `trouble`
    says why. An analysis that fails on complete runs raises what it raised.
    """
    module = load(name)
    began = time.perf_counter()
    if hasattr(module, "study"):
        designs: list[Cells] = []
        good = frame = module.study(smoke, jobs, progress)
    else:
        designs, frame = _lived(module, smoke, jobs, progress)
        good = frame[frame["status"] == SUCCEEDED]
    question, _, about = (inspect.getdoc(module) or name).partition("\n")
    result = Result(name, question.strip(), "", frame)
    result.folded = _design(about, designs, result, time.perf_counter() - began)
    try:
        table = _as_written(module.table(good))
        result.figure, result.finding = module.figure(table), module.finding(table)
        result.table = table
    except Exception as error:
        if not result.n_failed:
            raise
        result.figure = None
        result.trouble = f"Nothing can be said from the runs left ({type(error).__name__}: {error})"
    return result


def _lived(
    module: Any, smoke: bool, jobs: int | None, progress: bool | None
) -> tuple[list[Cells], pd.DataFrame]:
    """Live the cells of an experiment, and what its search asks for then."""
    import pandas as pd

    declared = module.design(smoke)
    designs = [declared] if isinstance(declared, Cells) else list(declared)
    follow_up = getattr(module, "follow_up", None)
    frames: list[pd.DataFrame] = []
    while len(frames) < len(designs):
        frames += [run_cells(design, jobs, progress) for design in designs[len(frames) :]]
        frame = pd.concat(frames, ignore_index=True)
        if follow_up is not None:
            designs += follow_up(frame, smoke)
    frame.attrs = frames[0].attrs
    return designs, frame


def lacking(name: str) -> str:
    """Return the first package that an experiment needs and that is not here; "" where all are."""
    needs = getattr(load(name), "NEEDS", ())
    return next((need for need in needs if importlib.util.find_spec(need) is None), "")


def read_result(name: str, folder: Path) -> Result:
    """Return an experiment from its table in a folder; page and figure are made anew.

    Raises InputError when the table is not there.
    """
    module, file, written = load(name), folder / f"{name}.csv", folder / f"{name}.md"
    if not (file.is_file() and written.is_file()):
        raise InputError(f"{folder}: has no {name}.csv and .md; run the experiment first")
    table = read_table(file)
    _, found, rest = written.read_text(encoding="utf-8").partition(fold(DESIGN, "")[:40])
    question = (inspect.getdoc(module) or name).splitlines()[0].strip()
    result = Result(name, question, (found + rest).strip(), table=table)
    result.figure, result.finding = module.figure(table), module.finding(table)
    return result


def read_table(file: Path) -> pd.DataFrame:
    """Return the table of an experiment from its file."""
    return _read(file.read_text(encoding="utf-8"))


def findings_in(folder: Path) -> dict[str, Finding]:
    """Return what every experiment found whose table lies in a folder, by its name."""
    files = {name: folder / f"{name}.csv" for name in experiments()}
    return {n: load(n).finding(read_table(file)) for n, file in files.items() if file.is_file()}


def _as_written(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it will be read again, so that page and figure say what the file says."""
    return _read(_csv(table))


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, float_format="%.6g"))


def _read(text: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


def _design(about: str, designs: Sequence[Cells], result: Result, seconds: float) -> str:
    """Return what is held fixed and what varies, the cells, and the versions: folded."""
    lines = [about.strip(), ""]
    lines += [f"**Cells.** {design.describe()}.\n" for design in designs]
    if result.n_failed:
        lines += [f"**{said_of_failures(result)}**", ""]
    known = ", ".join(f"{name} {number}" for name, number in versions().items() if number)
    return fold(DESIGN, "\n".join([*lines, f"Run in {seconds:.0f} s with {known}."]))


def writers_of(result: Result, folder: Path) -> dict[Path, Callable[[Path], Any]]:
    """Return what writes each file of a result."""
    writers: dict[Path, Callable[[Path], Any]] = {
        folder / f"{result.name}.md": partial(_write_text, text=result.page())
    }
    if result.frame is not None:
        writers[folder / f"{result.name}.parquet"] = partial(
            result.frame.to_parquet, index=False, engine="pyarrow", compression="zstd"
        )
    if result.table is not None and result.figure is not None:
        writers[folder / f"{result.name}.csv"] = partial(_write_text, text=_csv(result.table))
        writers[folder / f"{result.name}.png"] = partial(result.figure.savefig, format="png")
    return writers


def said_of_failures(result: Result) -> str:
    """Say how many runs failed, and the first error."""
    assert result.frame is not None
    first = result.frame.loc[result.frame["status"] == FAILED, "error"].iloc[0]
    return f"{result.n_failed:,} of {len(result.frame):,} runs failed, the first with {first}"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(message)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    assert __doc__ is not None
    parser = _Parser(prog="experiments.run", description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="an experiment, its number, or all"
    )
    parser.add_argument("--list", action="store_true", help="name every experiment")
    parser.add_argument("--smoke", action="store_true", help="small: does it run?")
    parser.add_argument("--redraw", action="store_true", help="run nothing, show the tables anew")
    parser.add_argument("--jobs", type=int, help="processes; all cores unless told")
    parser.add_argument("--out", default=DEFAULT_OUT, metavar="DIR", help="folder for the files")
    return parser.parse_args(in_our_words(sys.argv[1:] if argv is None else argv))


def run_many(
    names: Sequence[str], folder: Path, *, smoke: bool, jobs: int | None, redraw: bool
) -> int:
    """Run experiments one after another, or show their tables anew; return the exit code.

    A failure of one does not stop the others. README.md lists all whose tables lie in the folder.
    """
    code = DONE
    for name in names:
        try:
            result = (
                read_result(name, folder)
                if redraw
                else run_experiment(name, smoke=smoke, jobs=jobs)
            )
        except InputError:
            raise
        except Exception:
            traceback.print_exc()
            print(f"experiments.run: {name} could not be analysed", file=sys.stderr)
            code = SOME_FAILED
            continue
        write_all(writers_of(result, folder))
        said = result.finding.answer if result.finding else result.trouble
        print(f"{name}: {result.question}\n{said}\n", flush=True)
        if result.n_failed:
            print(f"experiments.run: {name}: {said_of_failures(result)}", file=sys.stderr)
            code = SOME_FAILED
    write_overview(folder)
    print(f"files in {folder}")
    return code


def write_overview(folder: Path) -> None:
    """Write README.md: the story, and a row for every experiment whose table lies in the folder."""
    known, findings = experiments(), findings_in(folder)
    text = overview({name: known[name] for name in findings}, findings, story(findings))
    write_all({folder / "README.md": partial(_write_text, text=text)})


def asked(wanted: argparse.Namespace, known: Sequence[str]) -> list[str]:
    """Return the experiments that are asked for; "all" leaves out, with a line, what cannot run.

    Raises InputError when one that is named needs a package that is not here.
    """
    every = "all" in wanted.names
    names = list(dict.fromkeys(known if every else [named(name, known) for name in wanted.names]))
    lacks = {} if wanted.redraw else {name: lack for name in names if (lack := lacking(name))}
    for name, lack in lacks.items():
        said = how_to_get(lack, name)
        if not every:
            raise InputError(said)
        print(f"experiments.run: left out: {said}", file=sys.stderr)
    return [name for name in names if name not in lacks]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        wanted, known = _arguments(argv), experiments()
        if wanted.list:
            for name, question in known.items():
                print(f"{name:24s} {question}")
            return DONE
        if not wanted.names:
            raise InputError("say which experiment: a name, a number such as x01, or all (--list)")
        return run_many(
            asked(wanted, [*known]),
            check_out_folder(wanted.out),
            smoke=wanted.smoke,
            jobs=wanted.jobs,
            redraw=wanted.redraw,
        )
    except InputError as error:
        print(f"experiments.run: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("experiments.run: stopped", file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
