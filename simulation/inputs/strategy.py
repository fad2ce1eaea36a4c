"""The levers: how the same effort is split, what is announced where; and the plan of every day.

A `Strategy` is a frozen set of phases. Each phase starts on a day and splits the weekly effort
into shares that sum to 1 (or are all 0: the brand does nothing). Every strategy compared has the
same effort, `hours_per_week` of the scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from simulation.inputs.declare import NAME, Group, as_declared, one_line, parameter
from simulation.inputs.sources import Assumption
from simulation.tools.errors import InputError, did_you_mean, shortened
from simulation.tools.shown import Shown
from simulation.tools.toml_table import is_file, read_toml
from simulation.tools.values import listed, whole

if TYPE_CHECKING:
    import pandas as pd

Announced = Literal["post", "ad", "mail", "visit"]
Ends = Literal["bonus", "offer"]
ACTIVITIES = ("posting", "replying", "content", "hosting", "supporting", "advertising")


def _share(meaning: str) -> Any:
    return parameter(0.0, "share", (0, 1), meaning, Assumption("a lever: the question asked"))


class Phase(Group):
    """From a day on, how the weekly effort is split."""

    from_day: int = parameter(0, "day", (0, 20_000), "first day", Assumption("a lever"))
    posting: float = _share("of effort into social media posts")
    replying: float = _share("into replies to people who met a post")
    content: float = _share("into pieces of content mailed to subscribers and members")
    hosting: float = _share("into events for the community")
    supporting: float = _share("into answering complaints")
    advertising: float = _share("into ads, at usd_per_hour")
    days_between_offers: int = parameter(
        0,
        "days",
        (0, 365),
        "posts and mails carry an offer so often; 0: never",
        Assumption("lever"),
    )

    @model_validator(mode="after")
    def _sums(self) -> Phase:
        total = sum(getattr(self, name) for name in ACTIVITIES)
        if abs(total - 1) > 1e-9 and total != 0:
            raise ValueError(
                f"the shares of effort sum to {total:g}: they must sum to 1 "
                f"(or all be 0); shares are {', '.join(ACTIVITIES)}"
            )
        return self


class Strategy(Group, Shown):
    """A full setting of the levers."""

    name: str = Field(default="unnamed", pattern=NAME)
    description: str = ""
    phases: tuple[Phase, ...] = (Phase(),)
    announce: tuple[Announced, ...] = parameter(
        ("post", "ad", "mail", "visit"),
        "-",
        None,
        "contacts that speak of the product during the launch (post includes discovery)",
        Assumption("a lever"),
    )
    ask_reviews: bool = parameter(
        True, "-", None, "subscribers who bought are asked for a review", Assumption("a lever")
    )
    offer_depth: float = parameter(
        0.0, "share", (0, 0.9), "taken off the price by an offer", Assumption("a lever")
    )
    launch_mails: tuple[int, ...] = parameter(
        (),
        "day",
        None,
        "days of the launch mails, from the launch day on: pieces kept back for them, none extra",
        Assumption("a lever"),
    )
    launch_posts: tuple[int, ...] = parameter(
        (),
        "day",
        None,
        "days of the launch posts, from the launch day on (a day twice: two posts)",
        Assumption("a lever"),
    )
    days_ahead: int = parameter(
        0,
        "days",
        (0, 365),
        "so long before the launch day it is announced, and can be ordered",
        Assumption("a lever"),
    )
    ads_saved: float = parameter(
        0.0,
        "share",
        (0, 1),
        "of the money for ads before the launch, spent evenly in its window instead",
        Assumption("a lever"),
    )
    deadline: int = parameter(
        0,
        "days",
        (0, 2000),
        "after so many days, the launch day the first, something ends; 0: nothing does",
        Assumption("a lever"),
    )
    deadline_ends: Ends = parameter(
        "bonus",
        "-",
        None,
        "what ends: a bonus, or the offer that every post and mail carried until then",
        Assumption("a lever"),
    )

    @model_validator(mode="after")
    def _ordered(self) -> Strategy:
        days = [phase.from_day for phase in self.phases]
        if not days or days[0] != 0 or sorted(set(days)) != days:
            raise ValueError(f"phases start on days {days}: the first on day 0, then later ones")
        regular = any(phase.days_between_offers > 0 for phase in self.phases)
        if self.until_deadline and regular:
            raise ValueError(
                'deadline_ends = "offer" and days_between_offers: an offer ends or comes again'
            )
        if (self.offer_depth > 0) != (regular or self.until_deadline):
            raise ValueError(
                "offer_depth and days_between_offers go together: give both above 0, or neither "
                '(or offer_depth and a deadline with deadline_ends = "offer")'
            )
        for name in ("launch_mails", "launch_posts"):
            if any(abs(day) > 2000 for day in getattr(self, name)):
                raise ValueError(f"{name}: days from -2,000 to 2,000, the launch day is 0")
        return self

    @property
    def until_deadline(self) -> bool:
        """Whether there is an offer that ends with the deadline."""
        return self.deadline > 0 and self.deadline_ends == "offer"

    def _says(self) -> tuple[str, str]:
        said = [self.description] if self.description else []
        said.append(f"speaks of the product by {', '.join(self.announce) or 'nothing'}")
        if not self.ask_reviews:
            said.append("asks for no reviews")
        if self.offer_depth:
            said.append(f"offers take {100 * self.offer_depth:g} % off")
        for what, on in (("mails", self.launch_mails), ("posts", self.launch_posts)):
            if on:
                said.append(f"launch {what} on days {', '.join(map(str, on))}")
        if self.days_ahead:
            said.append(f"orders are taken {self.days_ahead} days ahead")
        if self.ads_saved:
            said.append(f"{100 * self.ads_saved:g} % of the money for ads waits for the launch")
        if self.deadline:
            said.append(f"the {self.deadline_ends} ends after {self.deadline} days")
        return self.name, "; ".join(said)

    def _tabled(self) -> pd.DataFrame:
        import pandas as pd

        frame = pd.DataFrame([phase.model_dump() for phase in self.phases])
        idle = [name for name in frame if name != "from_day" and not frame[name].any()]
        return frame.drop(columns=idle)

    @classmethod
    def load(cls, strategy: StrategyLike) -> Strategy:
        """Return a strategy from an object, a registered name, a .toml file, or a mapping.

        A mapping holds what a file holds: ``{"name": "half", "posting": 0.5, "content": 0.5}``.
        """
        if isinstance(strategy, Strategy):
            return strategy
        if isinstance(strategy, Mapping):
            return from_mapping(strategy)
        text = str(strategy)
        if text in STRATEGIES:
            return STRATEGIES[text]
        if is_file(text):
            path = Path(text)
            return from_table({"name": path.stem, **read_toml(path)}, str(path))
        raise InputError(
            f'unknown strategy "{text}"{did_you_mean(text, STRATEGIES)} '
            "(or give the path of a .toml file)"
        )


#: What is taken for a strategy: a registered name, a .toml file, a table of its values, an object.
StrategyLike = str | Path | Mapping[str, Any] | Strategy


def from_mapping(table: Mapping[str, Any], where: str = "strategy") -> Strategy:
    """Return the strategy a mapping describes; a name alone is that of a registered strategy."""
    name = table.get("name", "unnamed")
    if list(table) == ["name"]:
        if not isinstance(name, str) or name not in STRATEGIES:
            raise InputError(
                f"{where}: {shortened(name)} splits no effort, and is the name of no strategy"
                f"{did_you_mean(str(name), STRATEGIES)}"
            )
        return STRATEGIES[name]
    return from_table({str(key): value for key, value in table.items()}, f"{where} {name}")


def from_table(table: dict[str, Any], where: str = "strategy") -> Strategy:
    """Build a strategy from plain values; shares may stand at the top when there is one phase."""
    table = dict(table)
    known = {**Phase.model_fields, **Strategy.model_fields}
    top = {key: table.pop(key) for key in list(table) if key in Phase.model_fields}
    rows = table.pop("phases", None)
    if top and rows is not None:
        raise InputError(f"{where}: {', '.join(top)} stand beside [[phases]]: put them inside")
    rows = [top] if rows is None else rows
    rows = listed(rows)
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        raise InputError(f"{where}: phases must be a list of tables, each begun by [[phases]]")
    for key in [key for row in (table, *rows) for key in row]:
        if key not in known:
            raise InputError(f'{where}: unknown name "{key}"{did_you_mean(key, known)}')
    if "announce" in table:
        table["announce"] = _announced(table["announce"], where)
    for name in ("launch_mails", "launch_posts"):
        if name in table:
            table[name] = _days(name, table[name], where)
    rows, table = [_as_declared(row) for row in rows], _as_declared(table)
    try:
        return Strategy(phases=tuple(Phase(**row) for row in rows), **table)
    except ValidationError as error:
        raise one_line(error, where, known) from None


def _as_declared(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with its numbers as the types they are declared with."""
    fields = {**Phase.model_fields, **Strategy.model_fields}
    return {key: as_declared(fields[key], value) for key, value in row.items()}


def _announced(value: Any, where: str) -> tuple[str, ...]:
    """Return the announcing channels as a tuple, each a known name."""
    channels = get_args(Announced)
    value = listed(value)
    if value is None:
        raise InputError(f"{where}: announce is a list of {', '.join(channels)}")
    for channel in value:
        if channel not in channels:
            raise InputError(
                f'{where}: announce: unknown channel "{channel}"{did_you_mean(channel, channels)}'
            )
    return tuple(value)


def _days(name: str, value: Any, where: str) -> tuple[int, ...]:
    """Return the days of a launch plan, ascending."""
    days = listed(value)
    days = None if days is None else [whole(day) for day in days]
    if days is None or None in days:
        raise InputError(f"{where}: {name} is a list of whole days, the launch day is 0")
    return tuple(sorted(day for day in days if day is not None))


#: How the presets launch: announced, and to be ordered, from the fifth day before, then on the day,
#: every three days, and a last call. What a strategy makes none of is not there for it.
LAUNCH: dict[str, Any] = {
    "launch_mails": (-5, 0, 3, 6, 9, 13),
    "launch_posts": (-5, -3, -1, 0, 0, 0, 0, 3, 6, 9, 13, 13),
    "days_ahead": 5,
}


def launch_plan(*, ads: bool) -> dict[str, Any]:
    """Return how a preset launches; with `ads` it saves a quarter of the money for the window."""
    return {**LAUNCH, "ads_saved": 0.25} if ads else dict(LAUNCH)


def _named(name: str, description: str, **table: Any) -> Strategy:
    """Return a preset: with a plan for the launch, if it does anything."""
    launch = launch_plan(ads="advertising" in table) if table else {}
    return from_table({"name": name, "description": description, **launch, **table})


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        _named(
            "posting_only",
            "posts on social media and answers who comments",
            posting=0.9,
            replying=0.1,
        ),
        _named(
            "community_building",
            "some posts, regular content, and a hosted community",
            posting=0.3,
            replying=0.1,
            content=0.5,
            hosting=0.1,
        ),
        _named(
            "audience_building",
            "posts that feed a list, and content for the list",
            posting=0.4,
            replying=0.1,
            content=0.5,
        ),
        _named("advertising", "spends the effort as money on ads", advertising=1.0),
        _named(
            "balanced",
            "a bit of everything",
            posting=0.3,
            replying=0.1,
            content=0.3,
            hosting=0.15,
            advertising=0.15,
        ),
        _named(
            "deal_driven",
            "posts and mails that carry 30 % off every other day, and ads",
            posting=0.4,
            content=0.4,
            advertising=0.2,
            offer_depth=0.3,
            days_between_offers=2,
        ),
        _named(
            "service_first",
            "answers everyone who comments or complains, before anything else",
            posting=0.3,
            replying=0.3,
            content=0.2,
            supporting=0.2,
        ),
        _named("do_nothing", "the brand rests: what would happen anyway"),
    )
}

#: What the brand did before day 0, under every strategy alike.
COMMON_ROUTINE = STRATEGIES["balanced"]
