"""The tables of a report, as its page wants them: plain texts, and numbers to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulation.analyses.maps import counted
from simulation.analyses.maps_axes import value_text
from simulation.analyses.report_overview import Overview
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.runs.statistics import digits_for, number_text
from simulation.sweeps.settings import declared

if TYPE_CHECKING:
    import pandas as pd

#: Rows of a table on the page; of settings varied, values listed; of different errors, shown.
MOST_ROWS, MOST_VALUES, MOST_ERRORS = 60, 12, 10
#: Characters of one traceback and of the manifest on the page.
MOST_TEXT = 200_000


def table(
    caption: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[Any]], more: str = ""
) -> dict[str, Any]:
    """Return a table as the page wants it; heads are (text, whether numbers stand below)."""
    return {
        "caption": caption,
        "heads": [{"text": text, "number": number} for text, number in heads],
        "rows": [[cell(value) for value in row] for row in rows],
        "more": more,
    }


def cell(value: Any) -> dict[str, Any]:
    """Return a cell: a text, a number, or (number to sort by, text)."""
    if isinstance(value, tuple):
        sort, text = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sort, text = value, value_text(value)
    else:
        return {"number": False, "value": "", "text": str(value)}
    none = sort is None or sort != sort
    return {"number": True, "value": "" if none else repr(float(sort)), "text": text}


def varied_table(design: Any) -> list[dict[str, Any]]:
    """Return the table of what varied: values or distribution, unit, meaning, source."""
    if not design.names:
        return []
    spreads = getattr(design, "spreads", None) or {}
    rows = []
    for name in design.names:
        field: Any = declared(name, "report")
        extra = field.json_schema_extra or {}
        if name in spreads:
            numbers = spreads[name].to_dict()
            kind = numbers.pop("distribution")
            said = ", ".join(f"{key} {_listed(value)}" for key, value in numbers.items())
            values = said if kind == "values" else f"{kind}: {said}"
        else:
            values = _listed(_values_of(design, name))
        unit, source = str(extra.get("unit", "-")), str(extra.get("source", ""))
        rows.append((name, values, unit, field.description or "", source))
    heads = [(text, False) for text in ("name", "values", "unit", "meaning", "source")]
    return [table("What varied", heads, rows)]


def _values_of(design: Any, name: str) -> list[Any]:
    """Return the different values of one name; a grid is not written out for it."""
    axes = getattr(design.settings, "axes", None)
    return list(axes[name] if axes else dict.fromkeys(design.settings.frame()[name]))


def _listed(value: Any) -> str:
    if not isinstance(value, (list, tuple)):
        return value_text(value, 60)
    texts = [value_text(v, 60) for v in value[:MOST_VALUES]]
    more = f" and {len(value) - MOST_VALUES:,} more" if len(value) > MOST_VALUES else ""
    return ", ".join(texts) + more


def strategies_table(strategies: Sequence[Strategy]) -> dict[str, Any]:
    """Return the table of strategies: how the effort is split, offers, what it is."""
    rows = []
    for strategy in strategies:
        phases = []
        for phase in strategy.phases:
            shares = [f"{a} {100 * getattr(phase, a):g} %" for a in ACTIVITIES if getattr(phase, a)]
            since = f"from day {phase.from_day}: " if len(strategy.phases) > 1 else ""
            phases.append(since + (", ".join(shares) or "nothing"))
        offers = f"{100 * strategy.offer_depth:g} % off" if strategy.offer_depth else "none"
        rows.append((strategy.name, "; ".join(phases), offers, strategy.description))
    heads = [(text, False) for text in ("strategy", "effort goes to", "offers", "what it is")]
    return table("Strategies: how the effort is split", heads, rows)


def outcome_tables(found: Overview) -> list[dict[str, Any]]:
    """Return the tables of outcomes: regret, then every setting."""
    if not found.strategies:
        return []
    tables = [_regret_table(found)] if found.comparable else []
    return [*tables, _settings_table(found)]


def _regret_table(found: Overview) -> dict[str, Any]:
    result = found.regret
    overall = result.overall
    digits = digits_for(float(overall["mean_regret"].max()) / 10, 0.0)
    heads = [("strategy", False), ("mean regret", True), ("interval", False),
             ("worst regret", True), ("in setting", True), ("in replication", True),
             ("best in", True)]  # fmt: skip
    rows: list[Any] = []
    for name, row in overall.iterrows():
        share = float(row["share_best"])
        rows.append((
            str(name), _number(row["mean_regret"], digits), _between(row, digits),
            _number(row["worst_regret"], digits), int(row["worst_setting"]),
            int(row["worst_replication"]), (share, f"{100 * share:.0f} % of worlds"),
        ))  # fmt: skip
    scalar = result.scalar
    return table(f"Regret: {scalar.label} [{scalar.unit}], {result.n_worlds:,} worlds",
                  heads, rows)  # fmt: skip


def _number(value: float, digits: int, sign: str = "") -> tuple[float, str]:
    value = float(value)
    return value, "-" if value != value else f"{value:{sign},.{digits}f}"


def _between(row: Any, digits: int, low: str = "low", high: str = "high") -> str:
    ends = [float(row[key]) for key in (low, high)]
    if any(end != end for end in ends):
        return "-"
    return " to ".join(number_text(end, digits) for end in ends)


def _settings_table(found: Overview) -> dict[str, Any]:
    """Return one row a setting: what varied, each strategy's mean and interval, who wins."""
    means = found.means
    ids = list(dict.fromkeys(means["setting_id"]))
    finite = means["mean"].abs().max()
    digits = digits_for(float(finite) / 30, 0.0) if finite > 0 else 0
    by_strategy: dict[str, Any] = {str(name): rows.set_index("setting_id")
                   for name, rows in means.groupby("strategy", sort=False)}  # fmt: skip
    heads = [("setting", True), *((name, False) for name in found.names)]
    for name in by_strategy:
        heads += [(f"{name}: mean", True), ("interval", False)]
    heads += [("best", False), ("lead", True)] if found.comparable else []
    heads += [("worlds", True)]
    rows = []
    for setting in ids[:MOST_ROWS]:
        any_row = next(iter(by_strategy.values())).loc[setting]
        row: list[Any] = [int(setting), *(_plain_value(any_row[name]) for name in found.names)]
        counts = []
        for lines in by_strategy.values():
            line = lines.loc[setting]
            row += [_number(line["mean"], digits), _between(line, digits)]
            counts.append(int(line["n_worlds"]))
        if found.comparable:
            line = found.winners.loc[setting]
            best = line["best"] if line["told"] else "cannot be told"
            row += [str(best), _number(line["lead"], digits, "+")]
            counts = [int(line["n_worlds"])]
        rows.append([*row, min(counts)])
    left = len(ids) - len(rows)
    more = (
        f"{left:,} more settings are not shown: continuum maps writes all of them" if left else ""
    )
    what = f"{found.scalar.label} [{found.scalar.unit}]"
    return table(f"Every setting: {what}, means over worlds", heads, rows, more)


def _plain_value(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return value_text(value, 40) if isinstance(value, bool) else value


def failed_tables(failures: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the table of errors: how often, and where first."""
    if failures.empty:
        return []
    errors = failures["error"].fillna("unknown error").astype(str)
    counts = errors.value_counts()
    rows: list[Any] = []
    for error, count in counts.head(MOST_ERRORS).items():
        first = failures[errors == error].iloc[0]
        rows.append((str(error)[:500], int(count), int(first["setting_id"]),
                     str(first["strategy"]), int(first["replication_id"])))  # fmt: skip
    heads = [("error", False), ("runs", True), ("first in setting", True), ("under", False),
             ("replication", True)]  # fmt: skip
    left = len(counts) - len(rows)
    more = (
        f"{counted(left, 'other error')} not shown: the runs of the store have them" if left else ""
    )
    return [table("Errors", heads, rows, more)]


def traces(failures: pd.DataFrame) -> list[dict[str, str]]:
    """Return one traceback of each error that is shown."""
    if failures.empty or "traceback" not in failures:
        return []
    found = []
    for error in failures["error"].astype(str).value_counts().head(MOST_ERRORS).index:
        text = failures.loc[failures["error"].astype(str) == error, "traceback"].iloc[0]
        if isinstance(text, str) and text:
            found.append({"what": str(error)[:200], "text": cut(text, 20_000)})
    return found


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Return a text, cut where it is too long for a page; it says how much is gone."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n... ({len(text) - most:,} more characters: see manifest.json)"
