"""The world of one simulation: a frozen set of parameters, from a preset, a file or by name.

Parameter names are unique over all groups (parameters.py), so that
``scenario.replace(n_people=5000, year=2012)`` and ``--set year=2012`` need no group name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from simulation.inputs.declare import NAME, Group, as_declared, one_line
from simulation.inputs.parameters import (
    GROUPS,
    Advocacy,
    Arms,
    Attachment,
    Community,
    Contact,
    Forms,
    Ladder,
    Offers,
    Product,
    Purchase,
    Rivalry,
    Service,
    World,
)
from simulation.inputs.ties import is_tie, worked_out
from simulation.tools import PACKAGE
from simulation.tools.arithmetic import arithmetic
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.shown import Shown
from simulation.tools.toml_table import beside, is_file, read_toml

if TYPE_CHECKING:
    import pandas as pd

PRESETS_FOLDER = PACKAGE / "scenarios"
DEFAULT_SCENARIO = "launch_2025"


@cache
def parameters() -> dict[str, FieldInfo]:
    """Return every parameter of the world by its unique name, in order of declaration."""
    return {name: field for group in GROUPS.values() for name, field in group.model_fields.items()}


@cache
def group_of() -> dict[str, str]:
    """Return the group each parameter belongs to."""
    return {name: group for group, cls in GROUPS.items() for name in cls.model_fields}


@cache
def numbers_type() -> Any:
    """Return the NamedTuple of floats the rules read; a field for every numeric parameter."""
    names = [n for n, field in parameters().items() if field.annotation in (int, float, bool)]
    return NamedTuple("Numbers", [(name, float) for name in names])


@cache
def set_by_arms() -> dict[str, dict[str, float | str]]:
    """Return what the null arms that only set numbers set: to a number, or to a parameter."""
    etas = [name for name in parameters() if name.startswith("eta_")]
    return {
        "selection_only": {"b_attachment": 0.0, "buy_attachment": 0.0},
        "equal_impact": dict.fromkeys(etas, "eta_equal"),
    }


def as_record(par: Any) -> Any:
    """Return the scenario's numbers as compiled code reads them: one record of floats."""
    import numpy as np

    dtype = np.dtype([(name, np.float64) for name in par._fields])
    return np.array([tuple(par)], dtype).view(np.recarray)[0]


class Scenario(Group, Shown):
    """The world: frozen groups of parameters, a name and a description.

    A parameter that is a number may be tied to others by arithmetic on their names
    (``replace(launch_day="n_days - 60")``): it holds the number, and follows when they change.
    """

    name: str = Field(default="unnamed", pattern=NAME)
    description: str = ""
    world: World = World()
    product: Product = Product()
    contact: Contact = Contact()
    attachment: Attachment = Attachment()
    ladder: Ladder = Ladder()
    community: Community = Community()
    purchase: Purchase = Purchase()
    advocacy: Advocacy = Advocacy()
    rivalry: Rivalry = Rivalry()
    service: Service = Service()
    offers: Offers = Offers()
    forms: Forms = Forms()
    arms: Arms = Arms()
    _ties: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _agree(self) -> Scenario:
        world, product = self.world, self.product
        started = world.share_followers + world.share_subscribers + world.share_members
        if started > 1 + 1e-12:
            raise ValueError(
                f"share_followers + share_subscribers + share_members = {started:g}: at most 1"
            )
        if product.launch_day >= world.n_days:
            raise ValueError(
                f"launch_day = {product.launch_day} lies after the horizon: "
                f"it must be below n_days = {world.n_days} [days]"
            )
        last = self.launch_days[-1]
        if last >= world.n_days:
            raise ValueError(
                f"the last of launches = {product.launches} is on day {last}, after the horizon: "
                f"it must be below n_days = {world.n_days} [days]"
            )
        if product.launches > 1 and product.days_between_launches < product.days_window:
            raise ValueError(
                f"days_between_launches = {product.days_between_launches}: at least "
                f"days_window = {product.days_window}, so that one launch ends before the next"
            )
        if world.graph == "complete" and world.n_people > 10_000:
            raise ValueError(f'graph = "complete" with n_people = {world.n_people}: at most 10000')
        if world.n_people * world.mean_degree > 4e9:
            raise ValueError(
                f"n_people = {world.n_people} with mean_degree = {world.mean_degree:g}: "
                "at most 2 billion friendships fit"
            )
        if (world.graph == "file") != bool(world.friends_file):
            raise ValueError('graph = "file" and friends_file go together: give both or neither')
        if world.friends_columns and not world.friends_file:
            raise ValueError("friends_columns are those of a friends_file: give both or neither")
        return self

    @property
    def launch_days(self) -> list[int]:
        """The days on which something is launched, the first on `launch_day`."""
        product = self.product
        return [
            product.launch_day + i * product.days_between_launches for i in range(product.launches)
        ]

    @property
    def ties(self) -> dict[str, str]:
        """The parameters that follow others, and the arithmetic that says how."""
        return dict(self._ties)

    def __repr__(self) -> str:
        """Return what makes the same scenario: of a preset, what was changed in it."""
        preset = _preset(self.name)
        if preset is None or preset.description != self.description:
            return super().__repr__()
        was = preset.flat()
        changes = [f"{n}={value!r}" for n, value in self.flat().items() if value != was[n]]
        return f"Scenario.load({self.name!r})" + (
            f".replace({', '.join(changes)})" if changes else ""
        )

    def _says(self) -> tuple[str, str]:
        return self.name, f"{self.world.n_people:,} people, {self.world.n_days:,} days"

    def _tabled(self) -> pd.DataFrame | None:
        import pandas as pd

        rows = [
            {"parameter": name, "value": str(value), "default": str(parameters()[name].default),
             "meaning": parameters()[name].description}
            for name, value in self.flat().items() if value != parameters()[name].default
        ]  # fmt: skip
        return pd.DataFrame(rows) if rows else None

    def flat(self) -> dict[str, Any]:
        """Return every parameter by its name."""
        return {
            name: value for group in GROUPS for name, value in vars(getattr(self, group)).items()
        }

    def __getitem__(self, name: str) -> Any:
        """Return one parameter by its name."""
        if name not in group_of():
            raise InputError(f'unknown parameter "{name}"{did_you_mean(name, group_of())}')
        return getattr(getattr(self, group_of()[name]), name)

    def replace(self, **changes: Any) -> Scenario:
        """Return the same world with some parameters changed, checked as a whole.

        A whole number is one however it is written (300, 300.0, np.int64(300)). A text for a
        number ties it to others: ``launch_day="n_days - 60"``, with + - * / // % **, parentheses,
        min, max and round. What is tied stays tied, and follows, until it is given a number.

        Raises InputError for an unknown name ("did you mean"), a wrong type, a value out of
        bounds, or parameters tied in a circle.
        """
        ties = {name: tie for name, tie in self._ties.items() if name not in changes}
        return _build({**self.flat(), **ties, **changes}, self.name, self.description, "scenario")

    def numbers(self) -> Any:
        """Return the numeric parameters as a NamedTuple of floats, as the rules read them.

        The null arms that only set numbers are applied here: selection_only puts
        b_attachment and buy_attachment to 0, equal_impact every eta_* to eta_equal.
        """
        flat = self.flat()
        for arm, found in set_by_arms().items():
            if flat[arm]:
                flat |= {name: flat[x] if isinstance(x, str) else x for name, x in found.items()}
        kind = numbers_type()
        return kind(**{name: float(flat[name]) for name in kind._fields})

    @classmethod
    def load(cls, scenario: str | Path | Scenario) -> Scenario:
        """Return a scenario from an object, the name of a preset, or the path of a .toml file."""
        if isinstance(scenario, Scenario):
            return scenario
        text = str(scenario)
        if text in presets():
            path = PRESETS_FOLDER / f"{text}.toml"
        elif is_file(text):
            path = Path(text)
        else:
            known = presets()
            raise InputError(
                f'unknown scenario "{text}"{did_you_mean(text, known)} '
                "(or give the path of a .toml file)"
            )
        return _from_table(read_toml(path), path)


@cache
def presets() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the project, the default first."""
    names = sorted(file.stem for file in PRESETS_FOLDER.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_SCENARIO))


@cache
def _preset(name: str) -> Scenario | None:
    return Scenario.load(name) if name in presets() else None


def _from_table(table: Mapping[str, Any], path: Path) -> Scenario:
    """Build a scenario from a TOML table whose parameters stand in groups or at the top."""
    flat: dict[str, Any] = {}
    name, description = table.get("name", path.stem), table.get("description", "")
    for key, value in table.items():
        if key in ("name", "description"):
            continue
        inside = value if key in GROUPS and isinstance(value, dict) else {key: value}
        for parameter, number in inside.items():
            right = group_of().get(parameter)
            if inside is value and right not in (None, key):
                raise InputError(f"{path}: {parameter} stands in [{key}], it belongs in [{right}]")
            if parameter in flat:
                raise InputError(f"{path}: {parameter} is given twice")
            flat[parameter] = number
    base = Scenario().flat()
    if isinstance(flat.get("friends_file"), str):
        flat["friends_file"] = beside(path.parent, flat["friends_file"])
    return _build({**base, **flat}, name, description, str(path))


def _build(flat: Mapping[str, Any], name: Any, description: Any, where: str) -> Scenario:
    """Sort flat parameters into their groups and validate; every error is one line."""
    known, groups = parameters(), group_of()
    for parameter in flat:
        if parameter not in known:
            raise InputError(
                f'{where}: unknown parameter "{parameter}"{did_you_mean(parameter, known)}'
            )
    values = {name: as_declared(known[name], value) for name, value in flat.items()}
    ties = {name: value for name, value in values.items() if is_tie(known[name], value)}
    if ties:
        values = worked_out(values, ties, known, where)
    nested: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for parameter, value in values.items():
        nested[groups[parameter]][parameter] = value
    try:
        found = Scenario(name=name, description=description, **nested)  # type: ignore[arg-type]
    except ValidationError as error:
        raise one_line(error, where, known) from None
    found._ties = {name: tie for name, tie in ties.items() if arithmetic(tie).names}
    return found
