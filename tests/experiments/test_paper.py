"""The paper: every number in it is the results', and a number that is not makes a test fail."""

from __future__ import annotations

import re

import pytest

from experiments import paper
from simulation.tools.errors import InputError

TEXT = paper.TEXT.read_text(encoding="utf-8")


def test_the_paper_says_what_the_results_say():
    """Made anew from the tables it is the same: no number is left from older results."""
    assert paper.PAPER.read_text(encoding="utf-8") == paper.paper(TEXT, paper.values())


def test_no_number_is_typed():
    """Digits stand in names of results and in references alone."""
    body = TEXT[: TEXT.index("## References")]
    body = re.sub(r"\{[\w.]+\}|\([\w./-]+\)", "", body)
    assert re.findall(r"\d+", body) == []


def test_a_changed_table_changes_the_paper(monkeypatch):
    known = paper.values()
    assert "unheard of" not in paper.PAPER.read_text(encoding="utf-8")
    assert "Unheard of." in paper.paper(TEXT, known | {"x16.answer": "Unheard of."})
    with pytest.raises(InputError, match=r"\{x16.answer\} is the name of no result"):
        paper.paper(TEXT, {name: text for name, text in known.items() if name != "x16.answer"})
    monkeypatch.setattr(paper, "values", lambda: {})
    assert paper.main() == 2


def test_it_is_four_pages():
    """About 500 words a page with its figures, references not counted."""
    made = paper.PAPER.read_text(encoding="utf-8")
    assert 1200 < len(made[: made.index("## References")].split()) < 2300
    assert len(re.findall(r"^!\[", made, re.M)) == 4
    assert made.count("```mermaid") == 1
