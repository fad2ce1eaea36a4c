"""The README.md of a panel: a dataset card, as data hubs read it, composed from design and tables.

Its head (YAML) says licence, size and which file is which table; the text what it is, how it was
made, what the truth is and what it is not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulation.panels.design import CustomersPart, PanelDesign, PeoplePart, PlacesPart
from simulation.panels.treatments import TREATMENTS
from simulation.tools.project import FOUNDERS, TITLE
from simulation.tools.stamp import commit, versions

if TYPE_CHECKING:
    import pandas as pd

#: Of every table: what a row is, and what the row holds.
HOLDS = {
    "data/people": ("person", "what tracking saw of them, who was treated, what they bought"),
    "truth/people": ("person", "what nobody sees of them; both their lives and the effect"),
    "truth/effects": ("sampled person", "direct effect, spillover, interaction"),
    "truth/averages": ("effect", "means of these, what estimators are held against"),
    "data/places": ("town and week", "effort and money by activity, contacts, clicks, sales"),
    "truth/places": ("town, week and activity", "sales without it"),
    "truth/towns": ("town and activity", "what it brought in all, and what a step more would"),
    "truth/returns": ("activity", "ROI and marginal ROI over all towns"),
    "data/orders": ("order", "person, day, copies, value"),
    "truth/customers": ("customer", "what is to be expected of them; what nobody sees"),
}
#: The sizes that data hubs know.
SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B")
TAGS = {
    "people": ("uplift modeling", "treatment effects"),
    "places": ("marketing mix modeling",),
    "customers": ("customer lifetime value",),
}


def card(design: PanelDesign, tables: dict[str, pd.DataFrame]) -> str:
    """Return the text of README.md: the same for the same design, tables and versions."""
    made, code = versions()["continuum-brand"], commit()
    said = _said(design)
    return "\n".join(
        [
            _head(design, tables),
            f"# {design.name}",
            "",
            "Data of a brand whose causes are known: made by a simulation, and of nobody. For "
            "tools that claim to find causes: work on `data/`, and hold what is found against "
            "`truth/`. Nothing in `truth/` stands in `data/`.",
            "",
            "## How it was made",
            "",
            f"By `continuum panel` of Continuum {made}"
            f"{f' (commit {code})' if code else ''}, with seed {design.seed}. `manifest.json` has "
            "the design in full, versions and the hash of every file: the same design, seed and "
            "versions give the same bytes.",
            "",
            *(f"- {how}" for how, _, _ in said),
            "",
            "## Tables",
            "",
            "Each is there as Parquet and as CSV. `dictionary.csv` has type, unit and meaning of "
            "every column.",
            "",
            "| table | a row | rows | columns | holds |",
            "|---|---|---|---|---|",
            *(
                f"| `{name}` | {HOLDS[name][0]} | {len(frame):,} | {frame.shape[1]} "
                f"| {HOLDS[name][1]} |"
                for name, frame in tables.items()
            ),
            "",
            "## What the truth is",
            "",
            *(f"- {truth}" for _, truth, _ in said),
            "",
            "## What it is not",
            "",
            "- Nobody was observed. Effects are those of a model whose parameters lie within "
            "published ranges: a tool that fails here fails where the answer is known; one that "
            "does well here has shown it in this world only.",
            *(f"- {limit}" for _, _, limit in said if limit),
            "",
            "## Licence, and how to cite it",
            "",
            "CC0 1.0: in the public domain. Where you used it, name the software and this panel: "
            f"{FOUNDERS}, *{TITLE}*, version {made}; panel {design.name}, seed {design.seed}.",
            "",
        ]
    )


def _head(design: PanelDesign, tables: dict[str, pd.DataFrame]) -> str:
    """Return the head: between two lines of dashes, YAML."""
    rows = sum(len(frame) for frame in tables.values())
    asked = [key for key in TAGS if getattr(design, key) is not None]
    tags = ["synthetic", "simulation", "causal inference", "marketing"]
    lines = ["license: cc0-1.0", f"pretty_name: {json.dumps(design.name, ensure_ascii=False)}"]
    lines += ["size_categories:", f"- {_size(rows)}", "tags:"]
    lines += [f"- {tag}" for tag in [*tags, *(tag for key in asked for tag in TAGS[key])]]
    lines.append("configs:")
    for name in tables:
        lines += [f"- config_name: {name.replace('/', '_')}", f"  data_files: {name}.parquet"]
    return "\n".join(["---", *lines, "---", ""])


def _size(rows: int) -> str:
    """Return the class of size of so many rows, as data hubs write it."""
    for i, top in enumerate(SIZES):
        if rows < 1000 * 10**i:
            return f"{SIZES[i - 1]}<n<{top}" if i else f"n<{top}"
    return f"n>{SIZES[-1]}"


def _said(design: PanelDesign) -> list[tuple[str, str, str]]:
    """Return of every part that was asked for: how it was made, what its truth is, its limits."""
    said = []
    if design.people is not None:
        said.append(_people(design.people))
    if design.places is not None:
        said.append(_places(design.places))
    if design.customers is not None:
        said.append(_customers(design.customers))
    return said


def _people(part: PeoplePart) -> tuple[str, str, str]:
    world = part.scenario
    what = TREATMENTS[part.treatment][0]
    drawn = {"lot": "by lot", "rule": f"by rule, on {part.on} as they were seen",
             "choice": "by choice: whom attachment and relevance incline to it"}  # fmt: skip
    sampled = f" `truth/effects` is of {part.sample:,} people drawn by lot." if part.sample else ""
    return (
        f"People: {world.world.n_people:,} people of the scenario {world.name} live under the "
        f"strategy {part.strategy.name}. On the morning of day {part.first_day} some of those who "
        f"may be treated ({', '.join(part.stages)}) are, a share of {part.share:g}, "
        f"{drawn[part.assignment]}. The treatment is `{part.treatment}`: {what}. What they buy in "
        f"the next {part.days_after} days is counted.",
        "People: the same people, under the same luck, live on from the same morning where nobody "
        "is treated (`y0`) and where everybody is who may be (`y1`); `tau` is the "
        f"difference.{sampled}",
        "Others hear of a treatment, so that comparing the treated with the others does not give "
        "`tau`, even by lot. Contacts, orders and the like in `data/people` are what tracking saw, "
        "which misses some.",
    )


def _places(part: PlacesPart) -> tuple[str, str, str]:
    world = part.scenario
    how = {
        "designed": "budgets are drawn by lot for each town, activity and block of weeks",
        "as_spent": "all budgets rise and fall together around launches, in all towns alike",
        "switched": f"{part.activity} is switched on from week {part.switch} in half of the "
        "towns, by lot, and all else is steady",
    }
    identified = (
        "Budgets move together here: what each activity does cannot be identified from `data/`. "
        if part.budgets == "as_spent"
        else ""
    )
    return (
        f"Places: {part.towns:,} towns of {world.world.n_people:,} people live {part.weeks:,} "
        f"weeks of the scenario {world.name} under the strategy {part.strategy.name}; "
        f"{how[part.budgets]}.",
        "Places: the same town under the same luck with one activity switched off for good, and "
        f"with {100 * part.step:g} % more of it: sales by week and in all, ROI and marginal ROI.",
        f"{identified}A week of `truth/places` is one world with and without: copies, not "
        "expectations, so that a week may have sold less because of an activity. Hold estimates "
        "against sums over towns. Ads have clicks and no impressions.",
    )


def _customers(part: CustomersPart) -> tuple[str, str, str]:
    world = part.scenario
    return (
        f"Customers: {world.world.n_people:,} people of the scenario {world.name} live under the "
        f"strategy {part.strategy.name}; their orders until day {part.day:,} are in the data.",
        f"Customers: the next {part.days_ahead:,} days, lived on from the same evening in "
        f"{part.worlds:,} worlds of other luck: the copies and the value that are to be expected "
        "of every customer, with the error of that mean.",
        "",
    )
