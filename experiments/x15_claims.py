"""How many claims of the essay hold in the model, what does the evidence say, what flips them?

Fixed: for every claim (claims.py) the world in which it can be read, the town of launch_2025 unless
it says otherwise, the number that decides, and the threshold it has to pass. Varies: the parameters
and arms that could overturn it, one at a time, parameters to the low or high end of their range. A
claim holds when the whole 95 % interval lies on its side of the threshold, fails when it lies on
the other, and is open between. Nothing here says that the essay is right about the world: that is
what the column of the evidence is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.claims import CLAIMS, DEFAULT, Claim, variants
from experiments.kit.drawing import new_figure, styled
from experiments.kit.finding import Finding, in_words, short, upper
from experiments.kit.tables import listed, of_sums, pick
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

HOLDS, FAILS, OPEN = "holds", "fails", "open"
BEFORE = (
    "eight held and two failed: that posting worked then was true, that a community beats a list "
    "false. A community now brings its members back, and neither can be told."
)
COLOURS = {HOLDS: "#00664B", FAILS: "#C43D00", OPEN: "#6E6E6E"}
MARKS = {HOLDS: "o", FAILS: "X", OPEN: "D"}
SAID = {HOLDS: "the claim holds", FAILS: "it fails", OPEN: "it cannot be told"}


def design(smoke: bool = False) -> list[Cells]:
    """Return one design a claim: every variant, as claimed and against what it is compared with."""
    designs = []
    for claim in CLAIMS:
        base = Scenario.load("launch_2025").replace(**claim.world)
        if smoke:
            base = base.replace(n_people=max(1_000, base["n_people"] // 50))
        cells = []
        for variant, changes in variants(claim):
            world = base.replace(**changes)
            sides: dict[str, tuple[Scenario, str | Strategy]] = {
                "as claimed": (world, claim.strategy)
            }
            if claim.against is not None:
                other, strategy = claim.against
                sides["against"] = (world.replace(**other), strategy or claim.strategy)
            for side, (scenario, levers) in sides.items():
                labels = {"claim": claim.key, "variant": variant, "side": side}
                cells.append(Cell(scenario, Strategy.load(levers), labels))
        designs.append(
            Cells(
                cells,
                replications=3 if smoke else claim.worlds,
                measure=claim.measure,
                events=claim.events,
            )
        )
    return designs


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return for every claim and variant the deciding number, its interval and the verdict."""
    import pandas as pd

    good, rows = frame[frame["status"] == SUCCEEDED], []
    for claim in CLAIMS:
        for variant, _ in variants(claim):
            here = good[(good["claim"] == claim.key) & (good["variant"] == variant)]
            found = of_sums(_numbers(claim, here), claim.statistic)
            rows.append({
                "claim": claim.key, "text": claim.text, "variant": variant,
                "number": claim.number, "unit": claim.unit, **found,
                "threshold": claim.threshold, "verdict": verdict(claim, found),
                "evidence": claim.evidence, "grade": claim.grade,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _numbers(claim: Claim, here: pd.DataFrame) -> list[np.ndarray]:
    """Return the columns of a claim by world; of a comparison, as claimed minus against."""
    wide = here.pivot(index="replication_id", columns="side", values=list(claim.columns)).dropna()
    found = []
    for name in claim.columns:
        column = wide[name]["as claimed"].to_numpy(float)
        if claim.against is not None:
            column = column - wide[name]["against"].to_numpy(float)
        found.append(column)
    return [*found, np.ones(len(wide))]


def verdict(claim: Claim, found: dict[str, float]) -> str:
    """Return whether the interval lies on the claim's side of the threshold."""
    low, high = found["low"], found["high"]
    if claim.at_most:
        low, high = 2 * claim.threshold - high, 2 * claim.threshold - low
    if low > claim.threshold or (claim.at_most and low >= claim.threshold):
        return HOLDS
    return FAILS if high < claim.threshold else OPEN


def flips(table: pd.DataFrame, key: str) -> list[str]:
    """Return the variants under which the verdict on a claim is another than at the defaults."""
    rows = table[table["claim"] == key]
    default = pick(rows, variant=DEFAULT)["verdict"]
    other = rows[rows["verdict"] != default]
    return [f"{v} ({w})" for v, w in zip(other["variant"], other["verdict"], strict=True)]


@styled
def figure(table: pd.DataFrame) -> Figure:
    """Draw a row a claim: its verdict at the defaults, and under all that could overturn it."""
    figure, ((ax,),) = new_figure(finding(table).answer.rstrip("."))
    for y, claim in enumerate(CLAIMS):
        rows = table[table["claim"] == claim.key]
        default = pick(rows, variant=DEFAULT)["verdict"]
        ax.text(0.4, y, default, color=COLOURS[default], fontweight="bold", va="center")
        for x, found in enumerate(rows[rows["variant"] != DEFAULT]["verdict"], 2):
            ax.plot(x, y, MARKS[found], color=COLOURS[found], ms=13)
    ax.set_yticks(range(len(CLAIMS)), [claim.key for claim in CLAIMS], fontsize=13)
    most = max(len(claim.variants) for claim in CLAIMS)
    ax.set(xlim=(0.3, most + 2), ylim=(len(CLAIMS) - 0.5, -0.5))
    ax.set_xticks([])
    ax.set_title("as the model is, and under each thing that could overturn the claim", loc="left")
    for found, colour in COLOURS.items():
        ax.plot([], [], MARKS[found], color=colour, ms=11, label=SAID[found])
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def extra(table: pd.DataFrame) -> str:
    """Return the table of claims: verdict of the model and of the evidence, what flips it."""
    lines = [
        "## The claims", "",
        "| The claim | In the model | What the evidence says (grade) | What flips it |",
        "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for claim in CLAIMS:
        row = pick(table, claim=claim.key, variant=DEFAULT)
        number = f"{short(row, signed=True)} {row['unit']}".replace(" nan", "").strip()
        under = "; ".join(flips(table, claim.key)) or "nothing that was tried"
        lines.append(
            f"| {claim.text} | **{row['verdict']}** ({claim.number}: {number}) | "
            f"{claim.evidence} ({claim.grade}) | {under} |"
        )
    lines += ["", "Grades: A experiment, B correlation or meta-analysis, C industry, D one case, "
              "S assumed."]  # fmt: skip
    return "\n".join(lines)


def _quoted(keys: Sequence[str], most: int = 2) -> str:
    """Return the first claims of some, and how many more there are."""
    more = [f"{in_words(len(keys) - most)} more"] if len(keys) > most else []
    return listed([*(f'"{key}"' for key in keys[:most]), *more])


def finding(table: pd.DataFrame) -> Finding:
    """Say how many claims hold, fail and are open, how firmly, and what the evidence is."""
    default = table[table["variant"] == DEFAULT]
    keys = {word: [*default[default["verdict"] == word]["claim"]] for word in (HOLDS, FAILS, OPEN)}
    verbs = {FAILS: ("fails", "fail"), OPEN: ("cannot be told", "cannot be told")}
    others = [f"{in_words(len(keys[word]))} {verbs[word][len(keys[word]) > 1]}"
              for word in (FAILS, OPEN) if keys[word]]  # fmt: skip
    n = in_words(len(default))
    turned = [claim.key for claim in CLAIMS if flips(table, claim.key)]
    tested = sum("A" in grade for grade in default["grade"])
    return Finding(
        f"{upper(in_words(len(keys[HOLDS])))} of {n} claims hold in the model; "
        f"{listed(others) or 'none fails'}.",
        f"{in_words(len(default) - len(turned))} of {n} keep their verdict whatever was tried; "
        + (f"failing: {_quoted(keys[FAILS])}." if keys[FAILS] else "no claim fails."),
        f"{in_words(len(turned))} of {n} claims {'gets' if len(turned) == 1 else 'get'} another "
        "verdict under something that was tried; the table says under what.",
        f"whether the essay is right about the world: only {in_words(tested)} of {n} claims "
        "have been near an experiment.",
    )
