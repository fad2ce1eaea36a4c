"""What a panel is to hold, from a TOML file or a dict: read, and refused in one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from simulation.core.randomness import make_key
from simulation.core.stages import STAGES
from simulation.inputs.declare import NAME, Group, as_declared, one_line
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import ACTIVITIES, Strategy
from simulation.panels.treatments import TREATMENTS
from simulation.people.friends_file import with_counted_people
from simulation.tools.errors import InputError, check_whole, did_you_mean, shortened
from simulation.tools.shown import Shown
from simulation.tools.toml_table import beside, is_file, read_toml
from simulation.tools.values import listed

#: A world has no more products.
MOST_LAUNCHES = 100
KEYS = ("name", "seed", "people", "places", "customers")

Treatment = Literal["invitation", "mail", "ad", "discount", "nothing"]
Part = TypeVar("Part", bound="Lived")


def _whole(default: int, unit: str, low: int, high: int, meaning: str) -> Any:
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra={"unit": unit})


def _number(default: float, unit: str, low: float, high: float, meaning: str) -> Any:
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra={"unit": unit})


class Seen(Group):
    """With which chance tracking sees each contact, opened mail, visit, click and order."""

    contacts: float = _number(0.7, "share", 0, 1, "of contacts are seen")
    opens: float = _number(0.8, "share", 0, 1, "of opened mails")
    visits: float = _number(0.95, "share", 0, 1, "of visits to the community")
    clicks: float = _number(0.9, "share", 0, 1, "of clicks to the product page")
    orders: float = _number(0.95, "share", 0, 1, "of orders")


class Lived(Group):
    """What every part says of its worlds: scenario with changes, and strategy."""

    scenario: Scenario
    strategy: Strategy


class PeoplePart(Lived):
    """[people]: some people of one world are treated on a day."""

    treatment: Treatment = "mail"
    assignment: Literal["lot", "rule", "choice"] = "lot"
    share: float = _number(0.5, "share", 0, 1, "of those who may be treated, that are")
    on: str = "opens"
    selection: float | None = None
    who: tuple[str, ...] = ()
    day: int = _whole(-1, "day", -1, 20_000, "of the first treatment; -1: the launch day")
    times: int = _whole(1, "times", 1, 100, "the treatment is given")
    every: int = _whole(7, "days", 1, 365, "from one time to the next")
    days_before: int = _whole(90, "days", 1, 20_000, "of which contacts are counted")
    days_after: int = _whole(60, "days", 1, 20_000, "of which copies are counted")
    depth: float = _number(0.3, "share", 0.01, 0.9, "a discount takes off the price")
    sample: int = _whole(20, "people", 0, 100_000, "who have lives of their own")
    seen: Seen = Seen()

    @property
    def first_day(self) -> int:
        """The day on whose morning people are treated for the first time."""
        return self.scenario.product.launch_day if self.day < 0 else self.day

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of those who may be treated."""
        return self.who or TREATMENTS[self.treatment][1]

    @property
    def strength(self) -> float:
        """How far the driver decides, and not luck, who is treated."""
        if self.assignment == "lot":
            return 0.0
        if self.selection is not None:
            return self.selection
        return 1.0 if self.assignment == "rule" else 0.7


class PlacesPart(Lived):
    """[places]: many towns, week by week, under budgets that vary."""

    towns: int = _whole(50, "towns", 1, 10_000, "worlds")
    weeks: int = _whole(200, "weeks", 2, 2_000, "that each of them lives")
    budgets: Literal["designed", "as_spent", "switched"] = "designed"
    activity: str = "advertising"
    from_week: int = _whole(-1, "week", -1, 2_000, "of the switch; -1: half of the weeks")
    block: int = _whole(4, "weeks", 1, 2_000, "for which a budget is held")
    step: float = _number(0.2, "share", 0.01, 10, "more of an activity, for its marginal ROI")

    @property
    def switch(self) -> int:
        """The week from which a switched activity is on."""
        return self.weeks // 2 if self.from_week < 0 else self.from_week


class CustomersPart(Lived):
    """[customers]: the orders of years, and the year after them."""

    day: int = _whole(1095, "day", 1, 20_000, "until which orders are seen")
    days_ahead: int = _whole(365, "days", 1, 2_000, "that are to be predicted")
    worlds: int = _whole(100, "worlds", 2, 100_000, "in which they are lived")


class PanelDesign(Shown):
    """A checked design: name, seed, and the parts that are asked for (None: not)."""

    def __init__(self, name: str, seed: int, people: PeoplePart | None,
                 places: PlacesPart | None, customers: CustomersPart | None):  # fmt: skip
        self.name, self.seed = name, seed
        self.people, self.places, self.customers = people, places, customers

    def to_dict(self) -> dict[str, Any]:
        """Return the design in full, as plain values."""
        found: dict[str, Any] = {"name": self.name, "seed": self.seed}
        for key in ("people", "places", "customers"):
            part = getattr(self, key)
            if part is not None:
                rest = part.model_dump(exclude={"scenario", "strategy"})
                scenario = {"name": part.scenario.name, "parameters": part.scenario.flat()}
                strategy = part.strategy.model_dump()
                found[key] = {"scenario": scenario, "strategy": strategy, **rest}
        return found

    def _says(self) -> tuple[str, str]:
        said = []
        if self.people is not None:
            n = self.people.scenario.world.n_people
            said.append(f"{n:,} people, {self.people.treatment} by {self.people.assignment}")
        if self.places is not None:
            said.append(f"{self.places.towns:,} towns of {self.places.weeks:,} weeks")
        if self.customers is not None:
            said.append(f"orders of {self.customers.day:,} days")
        return self.name, "; ".join(said)


def read_panel(
    source: str | Path | Mapping[str, Any] | PanelDesign, *, seed: int | None = None
) -> PanelDesign:
    """Return a checked design from a TOML file or a dict with the same names.

    Paths in a file are meant from its folder. Raises InputError in one line.
    """
    if isinstance(source, PanelDesign):
        if seed is None:
            return source
        return PanelDesign(source.name, check_seed(seed), source.people, source.places,
                           source.customers)  # fmt: skip
    if isinstance(source, Mapping):
        table, where, folder = dict(source), "design", Path()
    else:
        path = Path(source)
        table, where, folder = read_toml(path), str(path), path.parent
        table.setdefault("name", path.stem)
    for key in table:
        if key not in KEYS:
            raise InputError(f'{where}: unknown name "{key}"{did_you_mean(key, KEYS)}')
    parts = [key for key in KEYS[2:] if key in table]
    if not parts:
        raise InputError(f"{where}: the design is empty: say [people], [places] or [customers]")
    name = table.get("name", "panel")
    if not isinstance(name, str) or not _is_name(name):
        raise InputError(f"{where}: name = {shortened(name)} is not allowed: a short line of text")
    luck = check_seed(table.get("seed", 1) if seed is None else seed)
    people = _people(table, where, folder) if "people" in table else None
    places = _places(table, where, folder) if "places" in table else None
    customers = _customers(table, where, folder) if "customers" in table else None
    return PanelDesign(name, luck, people, places, customers)


def check_seed(seed: Any) -> int:
    """Return the seed as a whole number; raise InputError for anything else."""
    number = check_whole("seed", seed, 0, 2**64 - 1)
    make_key(number)
    return number


def _is_name(text: str) -> bool:
    import re

    return re.match(NAME, text) is not None


def _part(kind: type[Part], key: str, table: Mapping[str, Any], where: str, folder: Path,
          scenario: str, strategy: str) -> Part:  # fmt: skip
    """Read one part: its world and strategy, then its own numbers."""
    rest, where = table[key], f"{where}: [{key}]"
    if not isinstance(rest, Mapping):
        raise InputError(f"{where} is a table of names and values")
    rest = dict(rest)
    world, changes = rest.pop("scenario", scenario), rest.pop("set", {})
    lever = rest.pop("strategy", strategy)
    if not isinstance(changes, Mapping):
        raise InputError(f"{where}: set is a table of parameters, e.g. set = {{p_open = 0.3}}")
    try:
        rest["scenario"] = Scenario.load(_found(world, folder)).replace(**changes)
        rest["strategy"] = Strategy.load(_found(lever, folder))
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    known = {**kind.model_fields, "set": None}
    if isinstance(rest.get("seen"), Mapping):
        fields = Seen.model_fields
        seen = {k: as_declared(fields[k], v) if k in fields else v
                for k, v in rest["seen"].items()}  # fmt: skip
        try:
            rest["seen"] = Seen(**seen)
        except ValidationError as error:
            raise one_line(error, f"{where} seen", fields) from None
    if "who" in rest:
        rest["who"] = tuple(listed(rest["who"]) or ())
    if isinstance(rest.get("selection"), int) and not isinstance(rest["selection"], bool):
        rest["selection"] = float(rest["selection"])
    fields = kind.model_fields
    rest = {k: as_declared(fields[k], v) if k in fields else v for k, v in rest.items()}
    try:
        return kind(**rest)
    except ValidationError as error:
        raise one_line(error, where, known) from None


def _found(text: Any, folder: Path) -> Any:
    return beside(folder, text) if isinstance(text, str) and is_file(text) else text


def _people(table: Mapping[str, Any], where: str, folder: Path) -> PeoplePart:
    part = _part(PeoplePart, "people", table, where, folder, "launch_2025", "community_building")
    where = f"{where}: [people]"
    for stage in part.stages:
        if stage not in STAGES:
            raise InputError(f'{where}: who: unknown stage "{stage}"{did_you_mean(stage, STAGES)}')
    if part.treatment == "invitation" and "member" in part.stages:
        raise InputError(f"{where}: who: a member needs no invitation")
    ruled = ("contacts", "opens", "visits", "clicks", "orders", "tenure")
    if part.on not in ruled:
        raise InputError(f'{where}: on = "{part.on}": one of {", ".join(ruled)}')
    if part.selection is not None and not 0 <= part.selection <= 1:
        raise InputError(f"{where}: selection = {part.selection:g}: a number from 0 to 1")
    if part.treatment == "discount" and part.strategy.offer_depth > 0:
        raise InputError(f"{where}: {part.strategy.name} has offers of its own: a discount to some "
                         "wants a strategy without")  # fmt: skip
    end = part.first_day + max(part.days_after, (part.times - 1) * part.every + 1)
    if end > part.scenario.world.n_days:
        raise InputError(f"{where}: the treatment of day {part.first_day} and what follows end on "
                         f"day {end}, after the horizon of {part.scenario.world.n_days} days: set "
                         "day, times, every, days_after or n_days")  # fmt: skip
    world = part.scenario
    if part.treatment == "invitation":
        world = world.replace(share_invited=0.0)
    return part.model_copy(update={"scenario": with_counted_people(world)})


def _places(table: Mapping[str, Any], where: str, folder: Path) -> PlacesPart:
    part = _part(PlacesPart, "places", table, where, folder, "product_drops", "balanced")
    where = f"{where}: [places]"
    _one_phase(part, where)
    world, n_days = part.scenario, 7 * part.weeks
    if n_days > 20_000:
        raise InputError(f"{where}: weeks = {part.weeks}: at most {20_000 // 7}")
    if part.budgets == "switched":
        _check_switch(part, where)
    return part.model_copy(update={"scenario": _long_enough(world, n_days, where)})


def _check_switch(part: PlacesPart, where: str) -> None:
    spent = [name for name in ACTIVITIES if getattr(part.strategy.phases[0], name) > 0]
    if part.activity not in spent:
        raise InputError(f'{where}: activity = "{part.activity}": {part.strategy.name} spends on '
                         f"{', '.join(spent) or 'nothing'}")  # fmt: skip
    if not 0 < part.switch < part.weeks:
        raise InputError(f"{where}: from_week = {part.switch}: from 1 to {part.weeks - 1}, so that "
                         "there are weeks before and after")  # fmt: skip


def _customers(table: Mapping[str, Any], where: str, folder: Path) -> CustomersPart:
    part = _part(CustomersPart, "customers", table, where, folder, "product_drops",
                 "community_building")  # fmt: skip
    where = f"{where}: [customers]"
    if part.strategy.offer_depth > 0:
        raise InputError(f"{where}: {part.strategy.name} makes offers; orders are written at the "
                         "full price: take a strategy without")  # fmt: skip
    n_days = part.day + part.days_ahead
    if n_days > 20_000:
        raise InputError(f"{where}: day + days_ahead = {n_days:,}: at most 20,000 days")
    return part.model_copy(update={"scenario": _long_enough(part.scenario, n_days, where)})


def _one_phase(part: Lived, where: str) -> None:
    if len(part.strategy.phases) > 1 or part.strategy.offer_depth > 0:
        raise InputError(f"{where}: strategy {part.strategy.name}: one phase and no offers are "
                         "wanted, because the budgets say what happens when")  # fmt: skip


def _long_enough(world: Scenario, n_days: int, where: str) -> Scenario:
    """Return a world of so many days, with as many launches as fit into them."""
    product = world.product
    if product.launch_day >= n_days:
        raise InputError(f"{where}: launch_day = {product.launch_day} lies after the {n_days} days")
    fit = 1 + (n_days - 1 - product.launch_day) // max(product.days_between_launches, 1)
    launches = min(fit, MOST_LAUNCHES) if product.launches > 1 else 1
    return with_counted_people(world.replace(n_days=n_days, launches=launches))
