"""What an experiment found as a person reads it: one answer, three bullets, their limits, the page.

A page: question, answer, picture, what carries it, where it flips, what it does not show; then all
numbers with their intervals, then design and versions. Everything is composed from the table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.runs.statistics import digits_for, number_text

if TYPE_CHECKING:
    import pandas as pd

#: At most so many words and numbers.
ANSWER_WORDS, ANSWER_NUMBERS, BULLET_WORDS = 30, 2, 25
#: Longer tables are shown up to here; the file beside the page has all rows.
MOST_ROWS = 40

#: Strategies as one speaks of them.
PLAIN = {
    "do_nothing": "doing nothing",
    "posting_only": "only posting",
    "audience_building": "building a list",
    "community_building": "building a community",
    "balanced": "a bit of everything",
    "advertising": "advertising",
    "deal_driven": "giving discounts",
    "hollow_forum": "a hollow forum",
    "warm_room": "a warm room",
}


@dataclass(frozen=True)
class Finding:
    """The answer to an experiment's question, and what a reader must know to use it.

    Attributes
    ----------
    answer : one sentence of at most 30 words with at most two numbers
    carries, flips, limits : what carries it, where it flips, what it does not show; 25 words each
    """

    answer: str
    carries: str
    flips: str
    limits: str

    def beyond(self) -> list[str]:
        """Return what is longer than a reader takes in: nothing when all is well."""
        found = []
        if words(self.answer) > ANSWER_WORDS:
            found.append(f"{words(self.answer)} words in the answer: {self.answer}")
        if numbers(self.answer) > ANSWER_NUMBERS:
            found.append(f"{numbers(self.answer)} numbers in the answer: {self.answer}")
        if not re.fullmatch(r"[^.!?]+(?:[.!?][^ ][^.!?]*)*[.!?]", self.answer):
            found.append(f"the answer is not one sentence: {self.answer}")
        bullets = (self.carries, self.flips, self.limits)
        return found + [
            f"{words(bullet)} words in a bullet: {bullet}"
            for bullet in bullets
            if not 0 < words(bullet) <= BULLET_WORDS
        ]


def words(text: str) -> int:
    """Return how many words a text has: whatever holds a letter or a digit."""
    return len(re.findall(r"\S*\w\S*", text))


def numbers(text: str) -> int:
    """Return how many numbers a text has; 1,000 and 2.5 are one each."""
    return len(re.findall(r"\d+(?:[.,]\d+)*", text))


# ---- sentences -----------------------------------------------------------------------------------


def plain(name: str) -> str:
    """Return a strategy as one speaks of it."""
    return PLAIN.get(name, name.replace("_", " "))


def upper(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def clear(row: Mapping[Any, Any]) -> int:
    """Return the sign of a value whose interval lies on one side of 0, else 0."""
    return int(row["low"] > 0) - int(row["high"] < 0)


def short(row: Mapping[Any, Any], *, scale: float = 1, signed: bool = False) -> str:
    """Return a value with the digits that its interval allows, without the interval."""
    value, low, high = (scale * float(row[name]) for name in ("value", "low", "high"))
    if not math.isfinite(value):
        return "no value"
    known = math.isfinite(high - low)
    digits = digits_for(high - low, min(abs(low), abs(high))) if known else digits_for(0, value)
    return number_text(value if signed else abs(value), digits)


def lead(row: Mapping[Any, Any], unit: str = "copies", done: str = "sells") -> str:
    """Return who is ahead by how much: "building a list sells 12 more copies than only posting".

    `row` is one of `tables.paired` or `leaders`; where the interval holds 0 no difference is told.
    """
    ahead, behind = plain(row["strategy"]), plain(row["baseline"])
    sign = clear(row)
    if not sign:
        return f"no difference can be told between {ahead} and {behind}"
    if sign < 0:
        ahead, behind = behind, ahead
    size = short(row)
    unit = unit.removesuffix("ies") + "y" if size == "1" and unit.endswith("ies") else unit
    return f"{ahead} {done} {size} more {unit} than {behind}"


def in_words(n: int) -> str:
    """Return a small number as a word: "seven"; 13 and more as they are."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else f"{n:,}"


_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve")  # fmt: skip


def some_of(k: int, n: int) -> str:
    """Return k of n as a word: none, few, about half, most, all."""
    if k in (0, n):
        return "all" if k else "none"
    return "few" if 3 * k < n else "most" if 3 * k > 2 * n else "about half"


# ---- the page ------------------------------------------------------------------------------------


def page(
    name: str,
    question: str,
    finding: Finding,
    table: pd.DataFrame,
    folded: str,
    before: str = "",
    extra: str = "",
) -> str:
    """Return the page of an experiment in Markdown.

    `folded` is its design and versions; `before` what its answer was, and why it changed; `extra`
    what stands above all numbers.
    """
    return "\n".join([
        f"# {question}", "",
        f"**{finding.answer}**", "",
        f"![{finding.answer}]({name}.png)", "",
        f"- What carries it: {finding.carries}",
        f"- Where it flips: {finding.flips}",
        f"- What it does not show: {finding.limits}", "",
        *([f"Before the model changed: {before}", ""] if before else []),
        *([extra, ""] if extra else []),
        "## All numbers", "",
        as_markdown(table, name), "",
        folded, "",
    ])  # fmt: skip


def overview(questions: Mapping[str, str], findings: Mapping[str, Finding], story: str) -> str:
    """Return the page of all experiments: the story, then a row a question."""
    rows = [
        f"| {question} | {findings[name].answer} "
        f'| [<img src="{name}.png" width="260" alt="{name}">]({name}.md) |'
        for name, question in questions.items()
    ]
    return "\n".join([
        "# What the experiments found", "",
        *([story, ""] if story else []),
        "| Question | Answer | |", "| --- | --- | --- |", *rows, "",
        "Made by `python -m experiments.run all`; a click on a picture opens its numbers.", "",
    ])  # fmt: skip


def fold(title: str, text: str) -> str:
    """Return a text that opens when its title is clicked."""
    return f"<details><summary>{title}</summary>\n\n{text.strip()}\n\n</details>"


def as_markdown(table: pd.DataFrame, name: str) -> str:
    """Return a table with each value and its interval (of 95 %) in one cell; empty columns go."""
    shown = table.head(MOST_ROWS).dropna(axis="columns", how="all")
    columns = [str(c) for c in shown if c not in ("low", "high", "share_above")]
    rows = [
        "| " + " | ".join(map(str, columns)) + " |",
        "|" + " --- |" * len(columns),
        *("| " + " | ".join(_cell(row, c) for c in columns) + " |" for row in _records(shown)),
    ]
    more = len(table) - len(shown)
    rest = [f"\n{more:,} more rows are in [{name}.csv]({name}.csv)."] if more else []
    return "\n".join(rows + rest)


def _records(table: pd.DataFrame) -> Sequence[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row[column]
    if column == "value" and {"low", "high"} <= set(row) and math.isfinite(row["low"]):
        ends = (
            short({"value": row[e], **_ends(row)}, signed=True) for e in ("value", "low", "high")
        )
        return "{} ({} to {})".format(*ends)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _ends(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"low": row["low"], "high": row["high"]}
