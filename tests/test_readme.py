"""Documents run: every Python block of the README prints what stands below it."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from tests import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", README, re.S)

#: The example that is served, not printed: tests/agents/test_mesa_page.py uses it in a browser.
PAGE = re.search(r"`solara run town\.py`.*?```python\n(.*?)```", README, re.S)[1]


def printed(code: str) -> str:
    """Run a block and return what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("code", "wanted"), BLOCKS, ids=["ten lines", "a graph", "a rule of your own"]
)
def test_every_block_prints_what_it_says(code, wanted):
    assert printed(code) == wanted


def test_no_block_is_forgotten():
    assert len(BLOCKS) + 1 == README.count("```python") == 4
    assert len(PAGE.splitlines()) <= 10


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_every_make_target_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert f"\n{target}: " in makefile
