"""The page in a notebook: a frame that holds the whole file, so it lives without a server.

Jupyter, an HTML export of nbconvert and VS Code show it; GitHub and a terminal show one line.
"""

from __future__ import annotations

import html
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simulation.engine.plan import check_equal_effort
from simulation.inputs.scenario import DEFAULT_SCENARIO, Scenario, presets
from simulation.inputs.strategy import ACTIVITIES, STRATEGIES, Strategy, StrategyLike
from simulation.runs.comparison import Comparison
from simulation.tools.errors import InputError, check_whole
from simulation.web.controls import (
    LIMITS,
    MOST_PERSON_DAYS,
    NOT_ON_THE_PAGE,
    at_page_size,
)
from simulation.web.page import page_html

OPENS_WITH = {"a": "posting_only", "b": "community_building"}
MOST_LUCK = 10**9
#: A longer address is not read by the page.
LONGEST = 4_000


def explore(
    scenario: str | Path | Scenario | Comparison = DEFAULT_SCENARIO,
    a: StrategyLike = OPENS_WITH["a"],
    b: StrategyLike = OPENS_WITH["b"],
    *,
    seed: int = 1,
    height: int = 760,
) -> Exploration:
    """Show the page inside a notebook cell: two strategies in one world, every slider alive.

    Parameters
    ----------
    scenario : name, path of a .toml file, object, or a comparison
        A preset by its name has the size that it has on the page. Of a comparison its world, its
        first two strategies and its seed are shown: `a` and `b` are then not given.
    a, b : name, path of a .toml file, object or dict
        A strategy of one's own must differ from a named one in its split of effort alone, in whole
        per cent, and may change to a named one on a day.
    seed : int
    height : int
        Of the frame, in pixels.

    Raises
    ------
    InputError
        With one line that names what the page cannot say: friendships of a file, a world larger
        than it lives, other levers of a strategy.
    """
    height = check_whole("height", height, 200, 5_000)
    if isinstance(scenario, Comparison):
        if (a, b, seed) != (*OPENS_WITH.values(), 1):
            raise InputError("a comparison brings its strategies and its seed: give it alone")
        luck = scenario.seed
        if not isinstance(luck, int):
            raise InputError(f"seed = {luck!r} cannot be said on the page: a whole number can")
        a, b = scenario.strategies[:2]
        scenario, seed = scenario.scenario, luck
    check_whole("seed", seed, 0, MOST_LUCK)
    by_name = isinstance(scenario, str) and scenario in presets()
    world = at_page_size(str(scenario)) if by_name else Scenario.load(scenario)
    sides = {"a": Strategy.load(a), "b": Strategy.load(b)}
    check_equal_effort(world, list(sides.values()))
    pairs = [*_world(world)]
    for name, strategy in sides.items():
        pairs += _side(name, strategy, world["n_days"])
    if seed != 1:
        pairs.append(("seed", str(seed)))
    state = urlencode(pairs, safe=",")
    if len(state) > LONGEST:
        raise InputError(f"{world.name} has too many changes for the page: run it with simulate")
    return Exploration(state, height)


class Exploration:
    """The page with what it opens with; a notebook shows it as a frame.

    state : what stands after the ``#`` of its address; "" as the page opens
    """

    def __init__(self, state: str, height: int) -> None:
        self.state = state
        self.height = height

    def __repr__(self) -> str:
        """Return what stands for it where no frame is shown."""
        return f"Continuum: {self.state or 'the page as it opens'} (a notebook shows it alive)"

    def _repr_html_(self) -> str:
        page = page_html(state=self.state or "step=sandbox")  # else it would open its story
        # a frame without our origin: the page can touch neither the notebook nor its kernel
        return (
            f'<iframe title="Continuum" srcdoc="{html.escape(page)}" height="{self.height}" '
            'sandbox="allow-scripts allow-downloads allow-modals allow-popups" '
            'allow="clipboard-write; fullscreen" '
            'style="width: 100%; border: 1px solid #ccc; background: white"></iframe>'
        )


def _world(world: Scenario) -> list[tuple[str, str]]:
    """Return the preset that is nearest to a world, and what differs from it."""
    values = world.flat()
    known = [world.name] if world.name in presets() else list(presets())
    found = {}
    for name in known:
        usual = at_page_size(name).flat()
        found[name] = {n: v for n, v in sorted(values.items()) if v != usual[n]}
    name = min(found, key=lambda preset: len(found[preset]))
    for parameter, value in found[name].items():
        _check(world, parameter, value)
    if world["n_people"] * world["n_days"] > MOST_PERSON_DAYS:
        raise InputError(
            f"{world.name}: {world['n_people']:,} people for {world['n_days']:,} days are too much "
            f"for the page: at most {MOST_PERSON_DAYS / 1e6:,.0f} million person-days"
        )
    pairs = [] if name == DEFAULT_SCENARIO else [("scenario", name)]
    return [*pairs, *((parameter, _text(value)) for parameter, value in found[name].items())]


def _check(world: Scenario, name: str, value: Any) -> None:
    if name in NOT_ON_THE_PAGE:
        raise InputError(
            f"{world.name}: {name} = {value!r} cannot be said on the page: it makes its own friends"
        )
    if name in LIMITS and value > LIMITS[name]:
        raise InputError(
            f"{world.name}: {name} = {value:,g} is too much for the page: at most "
            f"{LIMITS[name]:,g} (a preset by its name has the size it has there)"
        )


def _text(value: Any) -> str:
    """Return a value as the address writes it: the shortest text that reads back as it is."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _side(side: str, strategy: Strategy, n_days: int) -> list[tuple[str, str]]:
    """Return what the address says of a strategy; raise InputError where it cannot say it."""
    wanted = _levers(strategy)
    later = strategy.phases[1].from_day if len(strategy.phases) == 2 else 0
    own = STRATEGIES[OPENS_WITH[side]]  # the name is left out of the address
    bases = sorted(STRATEGIES.values(), key=lambda named: named != own)
    turns = STRATEGIES.values() if 0 < later < n_days else (None,)
    for split, named, then in itertools.product((None, _shares(strategy)), bases, turns):
        if _levers(_made(named, split, then, later)) == wanted:
            pairs = [] if named == own else [(side, named.name)]
            if split is not None:
                pairs.append((f"{side}_shares", ",".join(map(str, split))))
            if then is not None:
                pairs += [(f"{side}_then", then.name), (f"{side}_then_day", str(later))]
            return pairs
    raise InputError(
        f"{strategy.name} cannot be said on the page: a named strategy can, with its effort split "
        "anew in whole per cent, and a change to a named one on a day"
    )


def _levers(strategy: Strategy) -> dict[str, Any]:
    """Return everything of a strategy but what it is called; shares as they are, to the 1e-9."""
    said = strategy.model_dump(exclude={"name", "description"})
    for phase in said["phases"]:
        phase |= {name: round(phase[name], 9) for name in ACTIVITIES}
    return said


def _shares(strategy: Strategy) -> tuple[int, ...] | None:
    """Return a split in whole per cent; None where it is none, or does nothing."""
    exact = [100 * getattr(strategy.phases[0], name) for name in ACTIVITIES]
    shares = tuple(round(share) for share in exact)
    whole = all(abs(x - y) < 1e-6 for x, y in zip(exact, shares, strict=True))
    return shares if whole and sum(shares) == 100 else None


def _made(
    named: Strategy, shares: tuple[int, ...] | None, then: Strategy | None, day: int
) -> Strategy:
    """Return the strategy that the page makes of a side (state.js: Choices.strategy)."""
    phases, depth = named.phases, named.offer_depth
    if shares is not None:
        split = {name: share / 100 for name, share in zip(ACTIVITIES, shares, strict=True)}
        phases = tuple(phase.model_copy(update=split) for phase in phases)
    if then is not None:
        phases = (*phases, then.phases[0].model_copy(update={"from_day": day}))
        depth = depth or then.offer_depth  # a strategy has one depth of offers
    return named.model_copy(update={"phases": phases, "offer_depth": depth})
