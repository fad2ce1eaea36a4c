"""The only list of the columns of a panel: name, unit and meaning, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Column(NamedTuple):
    """One column: its unit ("-" where it has none), and what it means in plain words."""

    unit: str
    meaning: str


PERSON = Column("-", "number of the person, from 0")
TOWN = Column("-", "number of the town, from 0")
WEEK = Column("week", "number of the week, from 0")
ACTIVITY = Column("-", "what the brand does: posting, replying, content ...")

#: Columns of which there is one for each activity or channel, by how they begin.
MANY: dict[str, Column] = {
    "hours_": Column("h", "effort spent on the activity in the week"),
    "money_": Column("USD", "the same effort in money; of advertising: what was spent on ads"),
    "contacts_": Column("contacts", "contacts by the channel: impressions, opened mails, visits; "
                        "of ads: clicks on them"),
    "sales_after_": Column("copies", "of the sales, those whose last click came by the channel; "
                           "gift: given to a friend"),
}  # fmt: skip

HIDDEN: dict[str, Column] = {
    "relevance": Column("SD", "how much the brand's subject matters to the person; never changes"),
    "purpose_fit": Column("0-1", "how well the brand's purpose is theirs"),
    "visit_rate": Column("1/day", "how often they would visit a community; never changes"),
    "prominence": Column("0-1", "how readily the brand comes to mind"),
    "self_connection": Column("0-1", "how far the brand is part of who they are"),
    "attachment": Column("0-1", "emotional attachment: mean of the two before"),
    "member_friends": Column("friends", "friends who are members of the community"),
}

TABLES: dict[str, dict[str, Column]] = {
    "data/people": {
        "person": PERSON,
        "stage": Column("-", "stranger, follower, subscriber or member on the morning of the day"),
        "contacts": Column("contacts", "contacts with the brand that were tracked, lately"),
        "opens": Column("mails", "mails opened that were tracked, lately"),
        "visits": Column("visits", "visits to the community that were tracked, lately"),
        "clicks": Column("clicks", "clicks to the product page that were tracked, lately"),
        "orders": Column("orders", "orders before the day that were tracked, since day 0"),
        "tenure": Column("days", "since becoming a follower or more; 0 for strangers, and at most "
                         "the days since day 0"),
        "may_be_treated": Column("-", "whether the person is among those who may be treated"),
        "treated": Column("-", "whether the person was treated"),
        "copies": Column("copies", "y: bought in the days after, gifts to others included"),
        "value": Column("USD", "paid for them"),
    },
    "truth/people": {
        "person": PERSON,
        **HIDDEN,
        "y0": Column("copies", "bought if nobody is treated"),
        "y1": Column("copies", "bought if everybody is treated who may be"),
        "tau": Column("copies", "total effect: y1 - y0"),
        "value0": Column("USD", "paid if nobody is treated"),
        "value1": Column("USD", "paid if everybody is treated who may be"),
    },
    "truth/effects": {
        "person": PERSON,
        "direct": Column("copies", "effect if only this person is treated"),
        "spillover": Column("copies", "effect if all others are treated, and this person is not"),
        "interaction": Column("copies", "total - direct - spillover"),
        "total": Column("copies", "effect if everybody is treated who may be"),
        "as_assigned": Column("copies", "effect of treating this person, the others being treated "
                              "as they were"),
    },
    "truth/averages": {
        "average": Column("-", "which effect, and of whom"),
        "people": Column("people", "of whom it is the mean"),
        "effect": Column("copies/head", "the mean"),
        "low": Column("copies/head", "low end of its 95 % interval; itself where all were counted"),
        "high": Column("copies/head", "high end"),
    },
    "data/places": {
        "town": TOWN,
        "week": WEEK,
        "date": Column("-", "Monday of the week, yyyy-mm-dd"),
        "population": Column("people", "people in the town"),
        "weeks_since_launch": Column("weeks", "since the last launch day; -1 before the first"),
        "clicks": Column("clicks", "clicks that lead to the product page"),
        "page_visits": Column("visits", "visits to the product page"),
        "sales": Column("copies", "copies sold, gifts included"),
        "revenue": Column("USD", "what they brought"),
    },
    "truth/places": {
        "town": TOWN,
        "week": WEEK,
        "activity": ACTIVITY,
        "sales_without": Column("copies", "sold in the week if the activity was off in all weeks"),
        "caused": Column("copies", "sold because of the activity: sales - sales_without"),
        "sales_more": Column("copies", "sold with a step more of the activity in all weeks"),
    },
    "truth/towns": {
        "town": TOWN,
        "activity": ACTIVITY,
        "money": Column("USD", "spent on the activity in all weeks"),
        "caused": Column("copies", "sold because of the activity, in all weeks"),
        "caused_value": Column("USD", "what they brought"),
        "more_money": Column("USD", "of a step more of the activity"),
        "more_caused": Column("copies", "sold because of that step"),
        "more_value": Column("USD", "what they brought"),
    },
    "truth/returns": {
        "activity": ACTIVITY,
        "towns": Column("towns", "of which the return is that of the sums"),
        "roi": Column("USD/USD", "value caused over money spent"),
        "roi_low": Column("USD/USD", "low end of its 95 % interval over towns (bootstrap)"),
        "roi_high": Column("USD/USD", "high end"),
        "marginal_roi": Column("USD/USD", "value over money, of a step more of the activity"),
        "marginal_roi_low": Column("USD/USD", "low end of its 95 % interval over towns"),
        "marginal_roi_high": Column("USD/USD", "high end"),
    },
    "data/orders": {
        "person": PERSON,
        "day": Column("day", "of the order, from 0"),
        "copies": Column("copies", "ordered on that day, gifts to friends included"),
        "value": Column("USD", "paid"),
    },
    "truth/customers": {
        "person": PERSON,
        "expected_copies": Column("copies", "bought in the days ahead, mean over worlds"),
        "expected_copies_se": Column("copies", "standard error of that mean"),
        "expected_value": Column("USD", "paid in the days ahead, mean over worlds"),
        "chance_of_order": Column("share", "of worlds in which the person orders at all"),
        "lived_copies": Column("copies", "bought in the days ahead under the luck of the data"),
        **HIDDEN,
    },
}  # fmt: skip

#: What names a row: these columns stand in data and in truth, and no others stand in both.
KEYS = ("person", "town", "week", "activity")


def column_of(table: str, name: str) -> Column:
    """Return unit and meaning of a column; raise KeyError where it is declared nowhere."""
    found = TABLES[table].get(name)
    if found is None:
        start = next((start for start in MANY if name.startswith(start)), None)
        if table != "data/places" or start is None:
            raise KeyError(f"{table}: {name}")
        found = MANY[start]
    return found


def dictionary(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the data dictionary of some tables: table, column, type, unit, meaning."""
    import pandas as pd

    rows = [
        {"table": table, "column": name, "type": _kind(frame[name]),
         **column_of(table, name)._asdict()}
        for table, frame in tables.items()
        for name in map(str, frame)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _kind(values: pd.Series) -> str:
    kinds = {"b": "true or false", "i": "whole number", "f": "number"}
    return kinds.get(values.dtype.kind, "text")
