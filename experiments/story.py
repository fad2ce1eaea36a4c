"""The plain story of all experiments, composed from their answers."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.kit.finding import Finding, words

MOST_WORDS = 120
#: Whose answers are told, in this order, as far as there is room.
TOLD = ("x12", "x16", "x05", "x17", "x19", "x06", "x20")
BEGIN = "The same hours, the same people, the same luck."
END = "So says a model held within published ranges; nobody has measured it."


def story(findings: Mapping[str, Finding]) -> str:
    """Return the story in at most 120 words, from the findings by the names of experiments."""
    by_number = {name.split("_")[0]: finding.answer for name, finding in findings.items()}
    told = [BEGIN]
    for number in TOLD:
        answer = by_number.get(number)
        if answer and words(" ".join([*told, answer, END])) <= MOST_WORDS:
            told.append(answer)
    return " ".join([*told, END]) if len(told) > 1 else ""
