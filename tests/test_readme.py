"""Documents run: every Python block of README and GUIDE prints what stands below it."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "simulation" / "GUIDE.md").read_text(encoding="utf-8")
BOTH = README + GUIDE
BLOCKS = re.findall(r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", BOTH, re.S)

#: The example that is served, not printed: tests/agents/test_mesa_page.py uses it in a browser.
PAGE = re.search(r"`solara run town\.py`.*?```python\n(.*?)```", GUIDE, re.S)[1]


def printed(code: str) -> str:
    """Run a block and return what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md or GUIDE.md", "exec"), {"__name__": "readme"})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("code", "wanted"), BLOCKS, ids=["ten lines", "explore", "a graph", "a rule of your own"]
)
def test_every_block_prints_what_it_says(code, wanted):
    assert printed(code) == wanted


def test_no_block_is_forgotten():
    assert len(BLOCKS) + 1 == BOTH.count("```python") == 5
    assert len(PAGE.splitlines()) <= 10


def test_every_link_leads_somewhere():
    for folder, text in ((ROOT, README), (ROOT / "simulation", GUIDE)):
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if not target.startswith("http"):
                assert (folder / target).exists(), target


def test_the_readme_is_read_to_its_end():
    assert README.count("\n") <= 120


def test_every_make_target_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert f"\n{target}: " in makefile
