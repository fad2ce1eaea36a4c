"""What a sweep will run: settings x strategies x replications, from a TOML file or a dict.

A run is one setting under one strategy in one replication. Replication r has the same luck in every
setting and under every strategy. Runs are numbered replication by replication, and each has a key
made of its content: the same content has the same key in every store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.inputs.scenario import Scenario, parameters
from simulation.inputs.strategy import Strategy, from_table
from simulation.inputs.ties import worked_out
from simulation.people.friends_file import friends_hash, with_counted_people
from simulation.sweeps.sampling import sobol_doubt
from simulation.sweeps.settings import LEVERS, Grid, Settings, Spread, Table, fields
from simulation.tools.errors import InputError, check_whole
from simulation.tools.shown import Shown, some
from simulation.tools.stamp import model_fingerprint, plain, seed_parts

if TYPE_CHECKING:
    import pandas as pd

#: More runs than this are only begun when they are confirmed.
MANY_RUNS = 1_000_000
#: More settings than this cannot be written out.
MOST_SETTINGS = 10_000_000
#: Of more settings than this only so many, evenly spread, are tried before the start.
TRIED_SETTINGS = 2_000
#: What may be kept of every run beside its row.
KEPT = ("series", "events", "people")


@dataclass(frozen=True, eq=False, repr=False)
class Design(Shown):
    """A declared sweep. `read_design` makes one from a file or a dict and checks it.

    Attributes
    ----------
    scenario : Scenario
        The world before a setting changes it.
    strategies : tuple of Strategy
    settings : Grid or Table
        What varies: `names`, `len()`, `values(i)`, `frame()`, `units`.
    replications : int
    seed : int or SeedSequence
    keep : tuple of str
        Tables kept beside `runs`: series, events, people.
    spreads : mapping
        For a method that samples: how each name varies.
    options : mapping
        n, levels, second_order of the method.
    rows : tuple of int, optional
        For a list that names a strategy in each row: the place of each setting's strategy.
    ties : mapping
        Levers that follow others, by the arithmetic that says how. (Parameters of the world that do
        are in `scenario.ties`.)
    """

    scenario: Scenario
    strategies: tuple[Strategy, ...]
    settings: Settings
    replications: int = 1
    seed: int | np.random.SeedSequence = 1
    keep: tuple[str, ...] = ()
    name: str = "sweep"
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[int, ...] | None = None
    ties: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How the settings were made: grid, list, lhs, sobol or morris."""
        return self.settings.method

    @property
    def names(self) -> list[str]:
        """Parameters and levers that vary by themselves: what is tied to them is not among them."""
        return self.settings.names

    @property
    def width(self) -> int:
        """Strategies that each setting lives under."""
        return len(self.strategies) if self.rows is None else 1

    @property
    def n_runs(self) -> int:
        """Number of runs."""
        return len(self.settings) * self.width * self.replications

    def strategies_of(self, setting: int) -> Sequence[int]:
        """Return the places of the strategies that a setting lives under."""
        return range(len(self.strategies)) if self.rows is None else (self.rows[setting],)

    def position(self, setting: int, strategy: int, replication: int) -> int:
        """Return the number of a run, 0 .. n_runs - 1."""
        place = strategy if self.rows is None else 0
        return (replication * len(self.settings) + setting) * self.width + place

    def at(self, position: int) -> tuple[int, int, int]:
        """Return (setting, strategy, replication) of the run with that number."""
        world, place = divmod(position, self.width)
        replication, setting = divmod(world, len(self.settings))
        return setting, self.strategies_of(setting)[place], replication

    def key(self, setting: int, strategy: int, replication: int) -> str:
        """Return the key of a run, 32 hexadecimal digits: the same for the same content."""
        values = json.dumps(self.settings.values(setting), sort_keys=True)
        text = f"{self._base}|{values}|{self._strategy_texts[strategy]}|{replication}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def _base(self) -> str:
        """Key of what all runs share: model, world, seed."""
        shared = [model_fingerprint(), _content(self.scenario), seed_parts(self.seed)]
        if tied := self.tied():
            shared.append(tied)
        return hashlib.sha256(json.dumps(plain(shared), sort_keys=True).encode()).hexdigest()

    @cached_property
    def _flat(self) -> dict[str, Any]:
        return self.scenario.flat()

    @cached_property
    def _strategy_texts(self) -> list[str]:
        return [
            json.dumps(strategy.model_dump(exclude={"name", "description"}), sort_keys=True)
            for strategy in self.strategies
        ]

    def tied(self) -> dict[str, str]:
        """Return all that follows others, parameters and levers, by its arithmetic."""
        return {**self.scenario.ties, **self.ties}

    def world(self, setting: int) -> Scenario:
        """Return the world of a setting."""
        return changed_world(self.scenario, self.settings.values(setting))

    def lever(self, setting: int, strategy: int, world: Scenario | None = None) -> Strategy:
        """Return a strategy with the levers of a setting; `world` is that setting's, if at hand."""
        world = world or self.world(setting)
        values = self.settings.values(setting)
        return changed_strategy(self.strategies[strategy], values, self.ties, world)

    def shown(self, setting: int, strategy: int) -> dict[str, Any]:
        """Return what stands in the row of a run: every parameter, and every lever that varies."""
        values = self.settings.values(setting)
        if not self.tied() and self.scenario.world.graph != "file":  # as a rule, and often
            return {**self._flat, **values}
        world = self.world(setting)
        found = {**values, **world.flat()}
        if self.ties:
            lever = self.lever(setting, strategy, world)
            table = lever.model_dump() | lever.phases[0].model_dump()
            found |= {name: table[name] for name in self.ties}
        return found

    def worlds(self) -> Iterator[tuple[int, int]]:
        """Yield (setting, replication) in the order of the runs."""
        for replication in range(self.replications):
            for setting in range(len(self.settings)):
                yield setting, replication

    def with_replications(self, replications: int) -> Design:
        """Return the same design with another number of replications."""
        return replace(self, replications=check_whole("replications", replications, 1, 2**32))

    def to_dict(self) -> dict[str, Any]:
        """Return the design as plain values; `from_dict` reads them back."""
        settings: dict[str, Any] = {"names": self.names, "n": len(self.settings)}
        tied = (
            {"ties": self.tied()} if self.tied() else {}
        )  # left out where there are none, as ever
        if isinstance(self.settings, Grid):
            settings["axes"] = {name: list(axis) for name, axis in self.settings.axes.items()}
        else:
            settings["sha256"] = _table_hash(self.settings)
        return plain(
            {
                "name": self.name,
                "scenario": {
                    "name": self.scenario.name,
                    "description": self.scenario.description,
                    "parameters": self.scenario.flat(),
                },
                "friends": friends_hash(self.scenario),
                "strategies": [strategy.model_dump() for strategy in self.strategies],
                "method": self.method,
                "settings": settings,
                "distributions": {name: s.to_dict() for name, s in self.spreads.items()},
                "options": dict(self.options),
                "rows": None if self.rows is None else list(self.rows),
                "replications": self.replications,
                "seed": seed_parts(self.seed),
                "keep": list(self.keep),
                **tied,
            }
        )

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], table: Table | None) -> Design:
        """Return the design `to_dict` wrote; `table` holds its settings unless it is a grid."""
        world, seed = saved["scenario"], saved["seed"]
        scenario = Scenario(name=world["name"], description=world["description"])
        settings: Settings | None = table
        if "axes" in saved["settings"]:
            settings = Grid({k: tuple(v) for k, v in saved["settings"]["axes"].items()})
        if settings is None:
            raise InputError("the table of its settings (settings.parquet) is missing")
        entropy = seed["entropy"]
        entropy = [int(e) for e in entropy] if isinstance(entropy, list) else int(entropy)
        ties = saved.get("ties", {})
        followers = {name: tie for name, tie in ties.items() if name in parameters()}
        return cls(
            scenario=scenario.replace(**{**world["parameters"], **followers}),
            strategies=tuple(from_table(dict(s), "manifest") for s in saved["strategies"]),
            settings=settings,
            replications=saved["replications"],
            seed=np.random.SeedSequence(entropy, spawn_key=tuple(seed["spawn_key"])),
            keep=tuple(saved["keep"]),
            name=saved["name"],
            spreads={
                name: Spread(name, s["distribution"], {k: v for k, v in s.items()
                                                       if k != "distribution"})
                for name, s in saved["distributions"].items()
            },
            options=saved["options"],
            rows=None if saved["rows"] is None else tuple(saved["rows"]),
            ties={name: tie for name, tie in ties.items() if name not in followers},
        )  # fmt: skip

    def doubt(self) -> str:
        """Say in one line why a sensitivity analysis would not trust this design; "" if it would.

        Only a Sobol design is doubted, when it is too small for its number of parameters.
        """
        if self.method != "sobol" or self.settings.units is None:
            return ""
        return sobol_doubt(self.names, self.settings.units, self.options["n"], self.seed)

    def describe(self) -> str:
        """Return the design in one line."""
        what = ", ".join(self.names) or "nothing"
        what += "".join(f", {name} = {tie}" for name, tie in self.tied().items())
        names = ", ".join(strategy.name for strategy in self.strategies)
        count = f"{len(self.settings):,} setting{'s' if len(self.settings) != 1 else ''}"
        worlds = f"{self.replications:,} replication{'s' if self.replications != 1 else ''}"
        return (
            f"{self.scenario.name}: {count} ({self.method} over {what}) under {names}, {worlds}: "
            f"{self.n_runs:,} runs"
        )

    def _says(self) -> tuple[str, str]:
        return self.name, self.describe()

    def _tabled(self) -> pd.DataFrame | None:
        import pandas as pd

        columns = self.settings.axes if isinstance(self.settings, Grid) else self.settings.columns
        rows = []
        for name, values in columns.items():
            texts = list(dict.fromkeys(map(str, values)))
            if name in self.spreads:
                numbers = self.spreads[name].numbers.items()
                texts = [self.spreads[name].kind, *(f"{what} {at}" for what, at in numbers)]
            rows.append({"varies": name, "values": some(texts)})
        return pd.DataFrame(rows) if rows else None


#: More parts than this are never wanted: each has a folder.
MOST_PIECES = 100_000


@dataclass(frozen=True)
class Piece:
    """One part of the worlds of a design: `number` 1 .. `of`; `read` makes one.

    Every `of` worlds in a row have one in each part, and the parts take turns, so that each has its
    share of large settings and of small ones. Which part a world belongs to does not depend on the
    number of replications.
    """

    number: int
    of: int

    @classmethod
    def read(cls, text: Any) -> Piece:
        """Return the part that "3/100" or (3, 100) names; 0 of 100 is part 100.

        So an array of jobs may begin at 0 or at 1, and has every part once. Raises InputError.
        """
        parts = text.split("/") if isinstance(text, str) else text
        try:
            number, of = (int(str(part).strip()) for part in parts)
        except (TypeError, ValueError):
            raise InputError(
                f"--part {text}: write it as NUMBER/PARTS, e.g. --part 3/100; in an array of jobs "
                "--part $SLURM_ARRAY_TASK_ID/100"
            ) from None
        check_whole("--part: the number of parts", of, 1, MOST_PIECES)
        check_whole(f"--part {text}: the number", number, 0, of)
        return cls(number or of, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def worlds(self, design: Design) -> Iterator[tuple[int, int]]:
        """Yield (setting, replication) of the worlds of this part, in the order of the runs."""
        n = len(design.settings)
        last = n * design.replications
        for chunk in range(-(-last // self.of)):
            world = chunk * self.of + (self.number - 1 - chunk) % self.of
            if world < last:
                replication, setting = divmod(world, n)
                yield setting, replication

    def n_runs(self, design: Design) -> int:
        """Return how many runs this part has."""
        whole, rest = divmod(len(design.settings) * design.replications, self.of)
        return (whole + ((self.number - 1 - whole) % self.of < rest)) * design.width


def changed_world(base: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return the world with the parameters of a setting; levers are passed over."""
    changes = {name: value for name, value in values.items() if name in parameters()}
    return with_counted_people(base.replace(**changes)) if changes else base


def changed_strategy(
    strategy: Strategy,
    values: Mapping[str, Any],
    ties: Mapping[str, str] | None = None,
    world: Scenario | None = None,
) -> Strategy:
    """Return the strategy with the levers of a setting; parameters are passed over.

    `ties` says which levers follow others: levers of the strategy, or parameters of its `world`.
    Raises InputError for a strategy of several phases: which of them would it be?
    """
    changes = {name: value for name, value in values.items() if name in LEVERS}
    ties = ties or {}
    if not changes and not ties:
        return strategy
    if len(strategy.phases) > 1:
        raise InputError(
            f"{', '.join({**changes, **ties})} cannot vary in {strategy.name}: it has "
            f"{len(strategy.phases)} phases; write the strategies as files and compare those"
        )
    table = strategy.model_dump(exclude={"phases"}) | strategy.phases[0].model_dump() | changes
    if ties:
        known = {**(world.flat() if world else {}), **{name: table[name] for name in LEVERS}}
        found = worked_out(known, ties, fields(), f"strategy {strategy.name}")
        table |= {name: found[name] for name in ties}
    return from_table(table, f"strategy {strategy.name} of a setting")


def check_many(n_runs: int, confirm: Callable[[str], bool] | None = None) -> None:
    """Raise InputError unless the number of runs is usual, or confirmed by `confirm(question)`."""
    if n_runs <= MANY_RUNS:
        return
    if confirm is None or not confirm(f"a design of {n_runs:,} runs: begin?"):
        raise InputError(
            f"a design of {n_runs:,} runs was not begun: above {MANY_RUNS:,} they are confirmed "
            "first (--yes, or sweep(..., yes=True)); --dry-run says how long they take"
        )


def _content(scenario: Scenario) -> dict[str, Any]:
    """Return what a world is, whatever its name and wherever its friendships are stored."""
    return {**scenario.flat(), "friends_file": friends_hash(scenario)}


def _table_hash(table: Table) -> str:
    text = json.dumps(plain({k: list(v) for k, v in table.columns.items()}), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
