"""What a result shows of itself: a line or two at the prompt, sentence and table in notebooks."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: At the prompt: three lines of a terminal.
LONGEST = 300
#: Rows of the table; where there are more their number is told.
MOST_ROWS = 15


class Shown:
    """What can be shown: it says what it is, what came out, and in a notebook a small table.

    A subclass writes `_says` and, where there is one, `_tabled`. A dataclass needs ``repr=False``.
    """

    def _says(self) -> tuple[str, str]:
        """Return what this is, and what came out: parts of one line each."""
        raise NotImplementedError

    def _tabled(self) -> pd.DataFrame | None:
        """Return the table for notebooks; its index is not shown."""
        return None

    def __repr__(self) -> str:
        return in_short(type(self).__name__, *self._says())

    def _repr_html_(self) -> str:
        what, found = self._says()
        return as_html(f"{type(self).__name__} {what}", found, self._tabled())


def in_short(kind: str, what: str, found: str) -> str:
    """Return ``<Kind what: found>``, cut where it is longer than three lines."""
    return f"<{kind} {textwrap.shorten(f'{what}: {found}', LONGEST, placeholder=' ...')}>"


def as_html(title: str, sentence: str, table: pd.DataFrame | None = None) -> str:
    """Return title, sentence and table as HTML: no colour and no font but those of the page."""
    parts = [f"<p><strong>{escape(title)}</strong><br/>{escape(sentence)}</p>"]
    if table is not None:
        whole = dict.fromkeys(table.select_dtypes("integer"), "{:,}".format)
        rows = table.head(MOST_ROWS).to_html(
            index=False, border=0, na_rep="-", float_format=_rounded, formatters=whole
        )
        parts.append(f'<div style="overflow-x: auto">{rows}</div>')
        if (more := len(table) - MOST_ROWS) > 0:
            parts.append(f"<p>and {more:,} more row{'s' if more > 1 else ''}</p>")
    return "<div>" + "".join(parts) + "</div>"


def _rounded(value: Any) -> str:
    """Return a number with the digits that matter: 1,234, 12.3, 0.0123."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.3g}"


def some(names: list[str], most: int = 8) -> str:
    """Return a list as text: the first few, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
