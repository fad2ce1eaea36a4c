"""The report of a sweep: one HTML file with figures, tables and manifest, that needs nothing else.

It is read without the program and without a network; every text that came from outside is escaped.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.analyses.maps import counted
from simulation.analyses.report_matters import what_matters
from simulation.analyses.report_overview import Overview, drawn, overview, runs_to_show
from simulation.analyses.report_page import page
from simulation.analyses.report_tables import (
    cut,
    failed_tables,
    outcome_tables,
    strategies_table,
    traces,
    varied_table,
)
from simulation.sweeps.store import FAILED, SUCCEEDED
from simulation.tools.errors import InputError
from simulation.tools.files import check_out_folder, write_all
from simulation.tools.stamp import plain, seed_parts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHODS = {
    "grid": "a grid: every combination of the values below",
    "list": "a list of settings, each written out",
    "lhs": "a Latin hypercube over the distributions below",
    "sobol": "Saltelli's scheme on a Sobol' sequence over the distributions below",
    "morris": "Morris' trajectories over the distributions below",
}


def report(
    store: Any,
    path: str | Path,
    *,
    outcome: str = "sales",
    x: str | None = None,
    y: str | None = None,
    strategy: str | None = None,
    against: str | None = None,
    confidence: float = 0.95,
) -> Path:
    """Write the report of a sweep as one HTML file and return its path.

    Parameters
    ----------
    store : Store
        Or anything with `design`, `manifest` (a dict) and `runs()`.
    path : path
        The file; its folder is made if need be. It appears whole or not at all.
    outcome : str
        The outcome of ``outcomes.SUMMARY`` that figures and tables speak of.
    x, y : str, optional
        What the maps are drawn over; the first two that varied unless told.
    strategy, against : str, optional
        Maps, slices and sensitivity of this strategy, of paired differences to that one.
    confidence : float
        Of the intervals.

    Raises
    ------
    InputError
        For an unknown outcome or axis, a sweep without runs, or a place that cannot be written.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise InputError(f"{path}: is a folder; the name of an .html file is wanted")
    text = report_text(store, outcome=outcome, x=x, y=y, strategy=strategy, against=against,
                       confidence=confidence)  # fmt: skip
    check_out_folder(path.parent)
    write_all({path: lambda draft: draft.write_text(text, encoding="utf-8")})
    return path


def report_text(
    store: Any,
    *,
    outcome: str = "sales",
    x: str | None = None,
    y: str | None = None,
    strategy: str | None = None,
    against: str | None = None,
    confidence: float = 0.95,
) -> str:
    """Return the report as text; see `report`."""
    design = store.design
    runs = runs_to_show(store, outcome)
    found = overview(runs, design.names, outcome, x, y, strategy, against, confidence=confidence)
    matters = what_matters(design, runs, found)
    status = runs["status"].value_counts()
    done, failed = int(status.get(SUCCEEDED, 0)), int(status.get(FAILED, 0))
    missing = max(0, n_runs(design) - done - failed)
    title = f"{getattr(design, 'name', 'sweep')}: {found.scalar.label} in {design.scenario.name}"
    failures = runs[runs["status"] == FAILED]
    return page(
        title=title,
        lead=_lead(design, done, failed, missing),
        findings=[*(found.sentences or [_alone(found, design)]), *matters.findings],
        warning=_warning(failed, missing),
        design=_design_words(design),
        design_tables=[*varied_table(design), strategies_table(design.strategies)],
        figures=[_picture(drawn(picture), picture.reading) for picture in found.pictures],
        matters=matters.texts,
        doubts=matters.doubts,
        matters_figures=[_picture(figure, reading) for figure, reading in matters.figures],
        matters_tables=matters.tables,
        tables=outcome_tables(found),
        failed_text=_failed_text(failed, missing),
        failed_tables=failed_tables(failures),
        traces=traces(failures),
        methods=_methods(store, design, found),
        steps=_steps(store, design),
        manifest=cut(json.dumps(plain(store.manifest), indent=2, ensure_ascii=False)),
    )


def n_runs(design: Any) -> int:
    """Return how many runs a design has."""
    width = len(design.strategies) if getattr(design, "rows", None) is None else 1
    return len(design.settings) * width * design.replications


# ---- words ---------------------------------------------------------------------------------------


def _lead(design: Any, done: int, failed: int, missing: int) -> str:
    names = ", ".join(strategy.name for strategy in design.strategies)
    left = "".join(f", {n:,} {word}" for n, word in ((failed, "failed"), (missing, "not run")) if n)
    return (
        f"{counted(len(design.settings), 'setting')} of {design.scenario.name} under {names}, "
        f"{counted(design.replications, 'replication')}: {counted(done, 'run')} succeeded{left}."
    )


def _alone(found: Overview, design: Any) -> str:
    """Say why nothing is compared."""
    if getattr(design, "rows", None) is not None:
        return "each setting lives under one strategy of its own: strategies are not compared"
    if len(found.strategies) == 1:
        return f"only {found.strategies[0]} was run: there is no other strategy to compare it with"
    return "no world has a value under every strategy: strategies are not compared"


def _warning(failed: int, missing: int) -> str:
    if not failed and not missing:
        return ""
    parts = [f"{counted(failed, 'run')} failed"] if failed else []
    parts += [f"{counted(missing, 'run')} of the design have not been run"] if missing else []
    return f"{' and '.join(parts)}: what they would have said is not in any number below."


def _design_words(design: Any) -> list[str]:
    world = design.scenario
    about = f": {world.description}" if world.description else ""
    how = METHODS.get(design.method, design.method)
    every = (
        "Each setting lives under its own strategy"
        if getattr(design, "rows", None) is not None
        else "Each setting lives under every strategy"
    )
    return [
        f"Scenario {world.name}{about}. {world.world.n_people:,} people, {world.world.n_days:,} "
        "days, unless they vary.",
        f"{counted(len(design.settings), 'setting')}: {how}. {every}, in "
        f"{counted(design.replications, 'replication')}. A replication has the same people with "
        "the same luck in every setting and under every strategy, so that strategies are compared "
        "inside it; a world is one setting in one replication.",
    ]


def _failed_text(failed: int, missing: int) -> str:
    if not failed:
        return "None failed." + (
            f" {counted(missing, 'run')} have not been run." if missing else ""
        )
    return (
        f"{counted(failed, 'run')} failed. Worlds with a failed run are left out of every "
        "comparison and counted where they are."
    )


def _methods(store: Any, design: Any, found: Overview) -> list[str]:
    level, k = f"{100 * found.confidence:g} %", len(found.strategies)
    seed, made = seed_parts(design.seed), store.manifest
    spawned = f", spawn key {tuple(seed['spawn_key'])}" if seed["spawn_key"] else ""
    names = {"continuum-brand": "continuum-brand"} | (made.get("versions") or {})
    versions = ", ".join(f"{n} {v}" for n, v in names.items() if v and n != v)
    paid = 100 * (1 - (1 - found.confidence) / max(1, k - 1))
    texts = [
        "Randomness is keyed: every draw is a function of the seed, the replication, the person, "
        f"the day and the decision, and of nothing else. Seed {seed['entropy']}{spawned}; "
        f"replications 0 to {design.replications - 1}.",
        f"Intervals are {level} Student's t intervals of a mean over worlds (in slices of designs "
        "that are no grid: over settings).",
    ]
    if found.comparable:
        texts.append(
            "Who wins: the strategy with the best mean, which is chosen from the data; so its "
            f"paired lead over each other strategy is given a {paid:.4g} % interval ({level} "
            f"shared among {counted(k - 1, 'possible mistake')}), and it is called best only when "
            "all of these lie above 0. This holds for a single setting: where all strategies are "
            f"alike, up to {100 * (1 - found.confidence):.3g} of 100 settings may still be given "
            "to one of them by luck."
        )
        texts.append(
            "Regret: how far a strategy falls short of the best of the same world. The best is "
            "known only afterwards, so even strategies that are alike have some regret: compare "
            "regrets with each other, not with 0. The interval takes all worlds of one "
            "replication together, since they share their luck."
        )
    when = f"The store was made {made['made']}" if made.get("made") else "The store was made"
    texts.append(
        f"{when} with {versions or 'versions that were not recorded'}; commit "
        f"{made.get('commit') or 'not recorded'}; model code {made.get('model', 'not recorded')}."
    )
    return texts


def _steps(store: Any, design: Any) -> list[dict[str, str]]:
    made = store.manifest
    name = Path(str(getattr(store, "folder", "STORE"))).name
    commit, version = made.get("commit"), (made.get("versions") or {}).get("continuum-brand")
    steps = []
    if commit:
        changed = " (some files differed from it)" if str(commit).endswith("+") else ""
        steps.append({"text": f"Take the code of the commit named above{changed}:",
                      "command": f"git checkout {str(commit).rstrip('+')}"})  # fmt: skip
    elif version:
        steps.append({"text": f"Install version {version} of continuum-brand.", "command": ""})
    steps.append({"text": "Run a sample of the runs again and compare every number:",
                  "command": f"continuum reproduce {name}"})  # fmt: skip
    commands = [s.get("command") for s in made.get("sessions", []) if s.get("command")]
    if commands:
        steps.append({"text": "The sweep was begun by:", "command": str(commands[0])})
    return steps


def _picture(figure: Figure, reading: str) -> dict[str, Any]:
    """Return a figure as the page wants it: PNG as text, what it shows as its alternative text."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    ax = figure.axes[0]
    said = [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
    width, height = (round(float(size) * 96) for size in figure.get_size_inches())
    return {
        "data": base64.b64encode(file.getvalue()).decode(),
        "alt": ". ".join(" ".join(text.split()) for text in said if text),
        "width": width,
        "height": height,
        "reading": reading,
    }
