"""The page that stands in the repository, for whoever has no Python, is of these sources."""

from __future__ import annotations

from simulation.web.page import WHOLE, page_html


def test_the_page_in_the_repository_is_current():
    """Else: make page (or, where only words or numbers changed, python -m simulation.web.page)."""
    same = WHOLE.read_text(encoding="utf-8") == page_html()
    assert same  # a difference of a million letters takes pytest minutes to show
    assert WHOLE.stat().st_size < 1.5e6
