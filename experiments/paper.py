"""Write simulation/PAPER.md from paper.md and the results: ``python -m experiments.paper``

In paper.md stands the text, with a name in braces wherever a result belongs: {x16.answer} and its
carries, flips and limits are those of an experiment's finding, made of its table in results/;
{story} and the counts are below. Exit code 0: done; 2: a name that is not known.
"""

from __future__ import annotations

import re
import sys
import textwrap
from typing import Any

from experiments.kit.finding import upper
from experiments.kit.tables import listed
from experiments.run import FOLDER, experiments, findings_in, read_table
from experiments.story import story
from simulation.inputs.scenario import Scenario, parameters
from simulation.tools.errors import InputError
from simulation.tools.files import to_text, write_all

TEXT = FOLDER / "paper.md"
RESULTS = FOLDER / "results"
PAPER = FOLDER.parent / "simulation" / "PAPER.md"
WIDTH = 110


def values() -> dict[str, str]:
    """Return what may stand in braces, by its name."""
    findings = findings_in(RESULTS)
    found = {"story": story(findings), **_counts(), **_patterns()}
    questions = experiments()
    for name, finding in findings.items():
        found[f"{name.split('_')[0]}.question"] = questions[name]
        for part in ("answer", "carries", "flips", "limits"):
            found[f"{name.split('_')[0]}.{part}"] = upper(getattr(finding, part))
    return found


def _counts() -> dict[str, str]:
    """Return the size of the main scenario, and how many parameters have a source."""
    declared: list[Any] = [field.json_schema_extra for field in parameters().values()]
    sources = [str(extra["source"]) for extra in declared]
    assumed = sum(source.startswith("assumption") for source in sources)
    return {
        "n_people": f"{Scenario.load('launch_2025')['n_people']:,}",
        "n_parameters": f"{len(sources)}",
        "n_sourced": f"{len(sources) - assumed}",
        "n_assumed": f"{assumed}",
        "n_ranges": f"{sum(extra['likely'] is not None for extra in declared)}",
    }


def _patterns() -> dict[str, str]:
    """Return how many patterns are met, from the validation in results/."""
    rows = read_table(RESULTS / "validation.csv")
    judged = rows[rows["verdict"].isin(["met", "not met"])]
    met = (judged["verdict"] == "met").groupby(judged["pattern"], sort=False).all()
    aside = judged.loc[judged["set_aside"], "pattern"].nunique()
    missed = [str(name) for name in met[~met].index]
    return {
        "n_patterns": f"{len(met)}",
        "n_met": f"{met.sum()}",
        "n_aside": f"{aside}",
        "not_met": listed(missed) if missed else "none",
    }


def paper(text: str, known: dict[str, str]) -> str:
    """Return the text with every name in braces replaced; paragraphs are wrapped again.

    Raises InputError for a name that is not known.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise InputError(f"{TEXT.name}: {{{match[1]}}} is the name of no result")
        return known[match[1]]

    filled = re.sub(r"\{([a-z]\w*(?:\.\w+)?)\}", value, text)
    return "\n\n".join(_wrapped(block) for block in filled.split("\n\n")).rstrip() + "\n"


def _wrapped(block: str) -> str:
    """Return a paragraph in lines of one length; pictures, diagrams and headings stay."""
    if block.startswith(("```", "![", "#", "|")):
        return block
    items = re.split(r"\n(?=- )", block)
    return "\n".join(
        textwrap.fill(" ".join(item.split()), WIDTH, subsequent_indent="  " * item.startswith("- "),
                      break_long_words=False, break_on_hyphens=False)
        for item in items
    )  # fmt: skip


def main() -> int:
    """Write the paper; return the exit code."""
    try:
        made = paper(TEXT.read_text(encoding="utf-8"), values())
    except InputError as error:
        print(f"experiments.paper: {error}", file=sys.stderr)
        return 2
    write_all({PAPER: to_text(made)})
    print(f"{PAPER.name}: {len(made.split()):,} words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
