"""What the experiments found, as it lies in results/: short, and composed from the tables there."""

from __future__ import annotations

import pytest

from experiments import run
from experiments.kit.finding import Finding, lead, numbers, short, some_of, words
from experiments.story import story

RESULTS = run.FOLDER / "results"
NAMES = run.experiments()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_its_table_holds_and_is_short(name):
    """No number of a page is typed, and none is left from an older table."""
    result = run.read_result(name, RESULTS)
    assert result.finding is not None
    assert result.finding.beyond() == []
    assert (RESULTS / f"{name}.md").read_text(encoding="utf-8") == result.page()
    assert (RESULTS / f"{name}.png").is_file()


def test_the_overview_is_of_the_tables_and_its_story_is_short():
    findings = run.findings_in(RESULTS)
    assert list(findings) == list(NAMES)
    text = (RESULTS / "README.md").read_text(encoding="utf-8")
    for name, finding in findings.items():
        assert f"| {NAMES[name]} | {finding.answer} |" in text
    assert story(findings) in text
    readme = (run.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert story(findings) in " ".join(readme.split())
    assert 60 < words(story(findings)) <= 120


def test_a_story_tells_what_there_is_room_for():
    findings = {f"x{n:02d}_a": Finding("a " * 22 + f"{n}.", "b", "c", "d") for n in (5, 12, 16, 17)}
    assert [f" {n}." in story(findings) for n in (12, 16, 5, 17)] == [True, True, True, True]
    findings |= {f"x{n}_a": Finding("a " * 22 + f"{n}.", "b", "c", "d") for n in (19, 20)}
    assert " 20." not in story(findings)
    assert story({}) == ""


def test_what_is_too_long_is_named():
    good = Finding("Posting sells 1,200.5 copies.", "it.", "never.", "much.")
    assert good.beyond() == []
    found = Finding("One 1, two 2, three 3.", "a " * 26, "", "Two sentences. Are fine.").beyond()
    assert [text.split(":")[0] for text in found] == [
        "3 numbers in the answer", "26 words in a bullet", "0 words in a bullet",
    ]  # fmt: skip
    assert "not one sentence" in Finding("One. Two.", "a", "b", "c").beyond()[0]
    assert "31 words" in Finding("a " * 30 + "b.", "a", "b", "c").beyond()[0]
    assert (words("5 % of it - 1,000 USD"), numbers("1,000 of 2.5 in 2012")) == (5, 3)


def test_words_follow_the_interval():
    row = {"strategy": "posting_only", "baseline": "audience_building"}
    ahead = row | {"value": 12.3, "low": 10.1, "high": 14.2}
    assert lead(ahead) == "only posting sells 12 more copies than building a list"
    behind = row | {"value": -12.3, "low": -14.2, "high": -10.1}
    assert lead(behind) == "building a list sells 12 more copies than only posting"
    neither = row | {"value": 1.0, "low": -1.0, "high": 3.0}
    expected = "no difference can be told between only posting and building a list"
    assert lead(neither) == expected
    assert short({"value": -0.0213, "low": -0.0224, "high": -0.0201}) == "0.0213"
    assert [some_of(k, 6) for k in (0, 1, 3, 5, 6)] == ["none", "few", "about half", "most", "all"]
