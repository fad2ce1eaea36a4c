"""Which claims of the essay hold in the model, what does the evidence say, and where do they flip?

Fixed: for every claim (claims.py) the world in which it can be read, the town of launch_2025 unless
it says otherwise, the number that decides, and the threshold it has to pass. Varies: the parameters
and arms that could overturn it, one at a time, parameters to the low or high end of their range. A
claim holds when the whole 95 % interval lies on its side of the threshold, fails when it lies on
the other, and is open between. Nothing here says that the essay is right about the world: that is
what the column of the evidence is for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.kit.cells import SUCCEEDED, Cell, Cells
from experiments.kit.claims import CLAIMS, DEFAULT, Claim, variants
from experiments.kit.drawing import INK, new_figure, styled
from experiments.kit.tables import listed, of_sums, pick, say
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOLDS, FAILS, OPEN = "holds", "fails", "open"
COLOURS = {HOLDS: "#00664B", FAILS: "#C43D00", OPEN: "#6E6E6E"}


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
    """Draw the table of claims: what the model says, what the evidence says, where it flips."""
    heads = table[table["variant"] == DEFAULT]["verdict"].value_counts()
    said = listed([f"{heads.get(v, 0)} {w}" for v, w in
                   ((HOLDS, "hold"), (OPEN, "stay open"), (FAILS, "fail"))])  # fmt: skip
    figure, axes = new_figure(f"The claims in the model at its defaults: {said}", size=(16, 10))
    ax = axes[0, 0]
    columns = {"the claim": 0.0, "the model says": 0.245, "": 0.43, "the evidence says": 0.495,
               "the model flips under": 0.745}  # fmt: skip
    for head, x in columns.items():
        ax.text(x, 1.0, head, fontweight="bold", fontsize=12.5, va="bottom")
    places = list(columns.values())
    for i, claim in enumerate(CLAIMS):
        _row(ax, table, claim, 1 - (i + 0.5) / len(CLAIMS), places)
        ax.axhline(1 - i / len(CLAIMS), color="#BBBBBB", lw=0.8)
    ax.set(xlim=(0, 1), ylim=(0, 1.03))
    ax.axis("off")
    return figure


def _row(ax: Axes, table: pd.DataFrame, claim: Claim, y: float, places: list[float]) -> None:
    row = pick(table, claim=claim.key, variant=DEFAULT)
    under = flips(table, claim.key)
    texts: list[tuple[str, int, Any]] = [
        (claim.text, 35, INK),
        (f"{claim.number}: {_said(row)}", 27, INK),
        (row["verdict"], 10, COLOURS[row["verdict"]]),
        (f"{claim.evidence} (grade {claim.grade})", 38, INK),
        ("; ".join(under) if under else "nothing that was tried", 39, INK),
    ]
    for (text, width, colour), x in zip(texts, places, strict=True):
        bold = "bold" if colour != INK else "normal"
        size = 13 if colour != INK else 10.5
        ax.text(x, y, textwrap.fill(text, width), va="center", fontsize=size, color=colour,
                fontweight=bold, linespacing=1.15)  # fmt: skip


def finding(table: pd.DataFrame) -> str:
    """Say which claims hold, fail and are open, each with its number; and what turns them."""
    sentences = []
    for word in (HOLDS, FAILS, OPEN):
        rows = table[(table["variant"] == DEFAULT) & (table["verdict"] == word)]
        parts = [f"{r['claim']} ({r['number']}: {_said(r)})" for r in rows.to_dict("records")]
        if parts:
            verb = {HOLDS: "Hold", FAILS: "Fail", OPEN: "Open"}[word]
            sentences.append(f"{verb} at the defaults: {'; '.join(parts)}.")
    turned = {c.key: listed(under) for c in CLAIMS if (under := flips(table, c.key))}
    firm = len(CLAIMS) - len(turned)
    sentence = f"{firm} of {len(CLAIMS)} keep their verdict under everything tried"
    if turned:
        sentence += "; the others turn: " + "; ".join(f"{k} under {v}" for k, v in turned.items())
    return " ".join([*sentences, f"{sentence}."])


def _said(row: Mapping[Any, Any]) -> str:
    return say({str(name): value for name, value in row.items()}, row["unit"])
