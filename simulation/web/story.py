"""The story of the page: `read_story` checks it strictly and works out the worlds it lives.

What a step says is in the files of texts ([story.<name>]) or in the step itself. Every error is one
line: the file, the step, what is wrong, what is allowed. STORY.md explains the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulation.core.outcomes import Better, outcome_named
from simulation.core.stages import CHANNELS
from simulation.engine.plan import check_equal_effort
from simulation.inputs.scenario import Scenario, parameters, presets
from simulation.inputs.strategy import STRATEGIES, Phase, Strategy, from_mapping
from simulation.tools.errors import InputError, did_you_mean
from simulation.tools.toml_table import read_toml
from simulation.web.controls import LIMITS, MOST_PERSON_DAYS, NOT_ON_THE_PAGE, at_page_size
from simulation.web.declared import levers_of, settings_of
from simulation.web.story_steps import (
    EXAMPLE_SAYS,
    Duel,
    Example,
    Flip,
    Guess,
    Parts,
    Played,
    Sandbox,
    Step,
    Turn,
    Words,
    read_step,
)
from simulation.web.texts import LANGUAGES, placeholders, texts

STORY_FILE = Path(__file__).parent / "story.toml"

MOST_STEPS = 12
#: Words of what is read before the guess; of everything else that a step says.
MOST_WORDS = {"text": 40}
MOST_WORDS_SAID = 60
#: All that one step lives: a class waits for it. A browser lives some 3e8 person-days a second.
MOST_LIVED = 2e10

#: Contacts by channel count as outcomes, too: they are in every answer of the engine.
CONTACTS = tuple(f"contacts_{channel}" for channel in CHANNELS)


def read_story(path: str | Path | None = None) -> list[dict[str, Any]]:
    """Return the steps of a story file (None: the page's own), ready for JSON.

    Each step has its words by language, its world as `settings`, strategies as `levers`; what else
    it says is in README.md. Raises InputError in one line for everything that is wrong.
    """
    file = STORY_FILE if path is None else Path(path)
    table = read_toml(file)
    for key in table:
        if key != "steps":
            raise InputError(f'{file}: unknown name "{key}"; known: steps')
    rows = table.get("steps")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_STEPS:
        found = len(rows) if isinstance(rows, list) else 0
        raise InputError(f"{file}: {found} steps: from 1 to {MOST_STEPS}, each begun by [[steps]]")
    steps, seen = [], set()
    for i, row in enumerate(rows):
        name = row.get("name") if isinstance(row, Mapping) else None
        where = f'{file}: step "{name}"' if isinstance(name, str) else f"{file}: step {i + 1}"
        step = read_step(row, where)
        if step.name in seen:
            raise InputError(f"{where} is there twice: every step has a name of its own")
        if isinstance(step, Sandbox) and i < len(rows) - 1:
            raise InputError(f"{where}: the sandbox is the last step")
        seen.add(step.name)
        steps.append(_resolved(step, where))
    return steps


def _resolved(step: Step, where: str) -> dict[str, Any]:
    """Return a step as the page takes it."""
    scenario = _world(step.scenario, step.changes, where)
    row: dict[str, Any] = {
        "name": step.name, "kind": step.kind, "words": _words(step, where),
        "scenario": step.scenario, "changes": _changes(scenario, step.scenario),
        "seed": step.seed, "world": step.world, "settings": settings_of(scenario),
    }  # fmt: skip
    if isinstance(step, Sandbox):
        row |= _sandbox(step, scenario, where)
    else:
        row |= _asked(step, scenario, row, where)
    return row


def _asked(step: Step, scenario: Scenario, row: dict[str, Any], where: str) -> dict[str, Any]:
    """Return what is guessed, and what is lived for it."""
    assert isinstance(step, (Guess, Duel, Parts, Flip))
    words, told = row["words"], _outcome(step, where)
    played = {side: getattr(step, side) for side in ("a", "b") if hasattr(step, side)}
    levers = {side: _strategy(value, f"{where}: {side}") for side, value in played.items()}
    against = [_strategy(value, f"{where}: against") for value in getattr(step, "against", ())]
    _check_effort(scenario, [*against, *levers.values()], where)
    found: dict[str, Any] = {"outcome": told}
    for side, strategy in levers.items():
        found[side] = _side(strategy, [words[language].get(f"{side}_name") for language in words])
    n_lives = 1
    if isinstance(step, Guess):
        found |= {"most": step.most, "log": step.log, "heads": step.heads}
        if step.heads is not None and not _heads(scenario, step.heads):
            raise InputError(f'{where}: heads = "{step.heads}": nobody is one at the start')
    elif isinstance(step, Duel):
        found |= {"most": step.most, "worlds": step.worlds}
        n_lives = 2 * step.worlds
    elif isinstance(step, Parts):
        found |= {"worlds": step.worlds, "parts": _parts(step, scenario, where)}
        n_lives = (1 + len(step.parts)) * step.worlds
    else:
        found |= {"worlds": step.worlds, "parameter": step.parameter}
        found["places"] = _places(step, scenario, where)
        found["against"] = [_side(strategy) for strategy in against]
        n_lives = (1 + len(against)) * len(step.places) * step.worlds
    _check_size(scenario, n_lives, where)
    sides = {**levers, "a": against[0]} if against else levers
    names = {s: one.name if _is_registered(one) else "" for s, one in sides.items()}
    found["choice"] = _choice(row, names, scenario)
    return found


# ---- the world -----------------------------------------------------------------------------------


def _world(name: str, changes: Mapping[str, Any], where: str) -> Scenario:
    """Return a preset at its size on the page, changed; raise InputError where it cannot be."""
    if name not in presets():
        raise InputError(f'{where}: unknown scenario "{name}"{did_you_mean(name, presets())}')
    return _replaced(at_page_size(name), changes, f"{where}: changes")


def _replaced(scenario: Scenario, changes: Mapping[str, Any], where: str) -> Scenario:
    for name in changes:
        if name in NOT_ON_THE_PAGE:
            raise InputError(f"{where}: {name} cannot be chosen on the page")
    try:
        return scenario.replace(**changes)
    except InputError as error:
        raise InputError(f"{where}: {str(error).removeprefix('scenario: ')}") from None


def _changes(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return what differs from the preset as it is on the page, as numbers."""
    was, now = at_page_size(name).flat(), sorted(scenario.flat().items())
    changed = {key: value for key, value in now if value != was[key]}
    return {key: int(v) if isinstance(v, bool) else v for key, v in changed.items()}


def _differing(changed: Scenario, scenario: Scenario) -> dict[str, Any]:
    """Return the settings in which a changed world differs."""
    was = settings_of(scenario)
    return {name: value for name, value in settings_of(changed).items() if value != was[name]}


def _check_size(scenario: Scenario, n_lives: int, where: str) -> None:
    people, days = scenario.world.n_people, scenario.world.n_days
    if people * days > MOST_PERSON_DAYS:
        raise InputError(
            f"{where}: n_people = {people:,} for n_days = {days:,} is too much for the page: at "
            f"most {MOST_PERSON_DAYS / 1e6:,.0f} million person-days"
        )
    if n_lives * people * days > MOST_LIVED:
        most = int(MOST_LIVED / (people * days))
        raise InputError(
            f"{where}: {n_lives:,} lives of {people:,} people are too many to wait for: at most "
            f"{most:,}; take fewer worlds, people or places"
        )


def _heads(scenario: Scenario, stage: str) -> float:
    """Return the share of people who start in a stage."""
    fans: dict[str, float] = {
        "follower": scenario.world.share_followers,
        "subscriber": scenario.world.share_subscribers,
        "member": scenario.world.share_members,
    }
    return fans[stage] if stage in fans else 1.0 - sum(fans.values())


# ---- what is asked -------------------------------------------------------------------------------


def _outcome(step: Guess | Duel | Parts | Flip, where: str) -> str:
    """Return the outcome that is asked for; more of it must be better where two are compared."""
    name = step.outcome
    if name in CONTACTS:
        return name
    try:
        scalar = outcome_named(name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if not isinstance(step, Guess) and scalar.better != Better.MORE:
        raise InputError(
            f"{where}: outcome = {name}: who has more of it is not ahead; take one of which more "
            "is better"
        )
    return name


def _strategy(played: Played, where: str) -> Strategy:
    if isinstance(played, str):
        if played not in STRATEGIES:
            raise InputError(
                f'{where}: unknown strategy "{played}"{did_you_mean(played, STRATEGIES)} '
                "(or a table, as in a strategy file)"
            )
        return STRATEGIES[played]
    return from_mapping(played, where)


def _check_effort(scenario: Scenario, strategies: list[Strategy], where: str) -> None:
    try:
        check_equal_effort(scenario, strategies)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _side(strategy: Strategy, named: Iterable[str | None] = ()) -> dict[str, Any]:
    """Return a strategy as the page takes it, with its name by language."""
    given, names = list(named), {}
    for i, language in enumerate(LANGUAGES):
        table = texts()[language]["strategies"].get(strategy.name, {})
        own = table.get("name", strategy.name) if _is_registered(strategy) else strategy.name
        names[language] = (given[i] if i < len(given) else None) or own
    return {"strategy": strategy.name, "name": names, "levers": levers_of(strategy)}


def _is_registered(strategy: Strategy) -> bool:
    return STRATEGIES.get(strategy.name) == strategy


def _parts(step: Parts, scenario: Scenario, where: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for part in step.parts:
        here = f'{where}: part "{part.name}"'
        changed = _replaced(scenario, part.changes, here)
        differs = _differing(changed, scenario)
        if not differs:
            raise InputError(f"{here} changes nothing")
        if part.name in [row["name"] for row in rows]:
            raise InputError(f"{here} is there twice")
        said = {language: texts()[language]["parts"].get(part.name) for language in LANGUAGES}
        label = _by_language(part.label, said, f"{here}: label", ())
        rows.append({"name": part.name, "label": label, "settings": differs})
    return rows


def _places(step: Flip, scenario: Scenario, where: str) -> list[dict[str, Any]]:
    name = step.parameter
    if name not in parameters():
        near = did_you_mean(name, parameters())
        raise InputError(f'{where}: parameter: unknown parameter "{name}"{near}')
    if list(step.places) != sorted(set(step.places)):
        raise InputError(f"{where}: places: ascending, each once")
    rows = []
    for place in step.places:
        changed = _replaced(scenario, {name: place}, f"{where}: places")
        rows.append({"place": changed[name], "settings": _differing(changed, scenario)})
    return rows


# ---- the sandbox ---------------------------------------------------------------------------------


def _sandbox(step: Sandbox, scenario: Scenario, where: str) -> dict[str, Any]:
    row = {"scenario": step.scenario, "changes": _changes(scenario, step.scenario),
           "seed": step.seed, "world": step.world}  # fmt: skip
    for side in ("a", "b"):
        _strategy(getattr(step, side), f"{where}: {side}")
    _check_limits(scenario, where)
    choice = _choice(row, {"a": step.a, "b": step.b}, scenario)
    examples, seen = [], set()
    for example in step.examples:
        here = f'{where}: example "{example.name}"'
        if example.name in seen:
            raise InputError(f"{here} is there twice")
        seen.add(example.name)
        examples.append(_example(example, here))
    return {"choice": choice, "examples": examples}


def _example(example: Example, where: str) -> dict[str, Any]:
    scenario = _world(example.scenario, example.changes, where)
    _check_limits(scenario, where)
    sides, played = {}, []
    for side in ("a", "b"):
        sides[side], strategy = _turn(getattr(example, side), scenario, f"{where}: {side}")
        played.append(strategy)
    _check_effort(scenario, played, where)
    words: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for key, allowed in EXAMPLE_SAYS.items():
        known = "name" if key == "label" else key
        said = {
            language: texts()[language]["examples"].get(example.name, {}).get(known)
            for language in LANGUAGES
        }
        given = _by_language(getattr(example, key), said, f"{where}: {key}", allowed)
        for language in LANGUAGES:
            words[language][known] = given[language]
    row = {"scenario": example.scenario, "changes": _changes(scenario, example.scenario)}
    choice = {**row, **sides, "seed": 1, "world": 0}
    return {"name": example.name, "words": words, "choice": choice}


def _turn(side: str | Turn, scenario: Scenario, where: str) -> tuple[dict[str, Any], Strategy]:
    """Return a side of a choice, as the hash of the page has it, and the strategy it is."""
    turn = Turn(strategy=side) if isinstance(side, str) else side
    strategy = _strategy(turn.strategy, where)
    if (turn.then is None) != (turn.then_day is None):
        raise InputError(f"{where}: then and then_day go together: give both, or neither")
    if turn.then is not None and turn.then_day is not None:
        after = _strategy(turn.then, f"{where}: then")
        days = scenario.world.n_days
        if turn.then_day >= days:
            raise InputError(
                f"{where}: then_day = {turn.then_day} is not allowed: a day from 1 to {days - 1}"
            )
        later = Phase(**{**after.phases[0].model_dump(), "from_day": turn.then_day})
        name = f"{strategy.name}, then {after.name}"
        update = {"name": name, "phases": (*strategy.phases, later)}
        strategy = strategy.model_copy(update=update)
    side_of_choice = {"strategy": turn.strategy, "shares": None, "then": turn.then,
                      "thenDay": turn.then_day or 0}  # fmt: skip
    return side_of_choice, strategy


def _choice(
    row: Mapping[str, Any], names: Mapping[str, str], scenario: Scenario
) -> dict[str, Any] | None:
    """Return where the sandbox begins from a step; None where the sandbox cannot show it."""
    usual = {"a": "posting_only", "b": "community_building", **names}
    if any(name not in STRATEGIES for name in usual.values()):
        return None
    try:
        _check_limits(scenario, "")
    except InputError:
        return None
    sides = {side: _turn(name, scenario, side)[0] for side, name in usual.items()}
    return {**{key: row[key] for key in ("scenario", "changes", "seed", "world")}, **sides}


def _check_limits(scenario: Scenario, where: str) -> None:
    """Raise InputError for a world that is too large to be moved by hand."""
    changed = _changes(scenario, scenario.name)  # a preset itself may be larger
    for name, most in LIMITS.items():
        if name in changed and scenario[name] > most:
            raise InputError(
                f"{where}: {name} = {scenario[name]:g} is not allowed: at most {most:,g} on the "
                "page"
            )
    _check_size(scenario, 2, where)


# ---- words ---------------------------------------------------------------------------------------


def _words(step: Step, where: str) -> dict[str, dict[str, str]]:
    """Return every word of a step by language; raise InputError for one that is missing."""
    words: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for key, allowed in {**step.said, **step.may_say}.items():
        own = getattr(step, key, None)
        said = {
            language: texts()[language]["story"].get(step.name, {}).get(key)
            for language in LANGUAGES
        }
        if own is None and not any(said.values()) and key in step.may_say:
            continue
        if isinstance(step, Guess) and step.heads is None:
            allowed = tuple(name for name in allowed if name not in ("heads", "per_thousand"))
        given = _by_language(own, said, f"{where}: {key}", allowed)
        for language in LANGUAGES:
            words[language][key] = given[language]
            most = MOST_WORDS.get(key, MOST_WORDS_SAID)
            if (n := len(given[language].split())) > most:
                raise InputError(f"{where}: {key} has {n} words in {language}: at most {most}")
    _check_languages(step, where)
    return words


def _check_languages(step: Step, where: str) -> None:
    """Raise InputError where a step speaks two languages in some of its words only."""
    own = {key: getattr(step, key, None) for key in {**step.said, **step.may_say}}
    spoken = {lang for text in own.values() if isinstance(text, dict) for lang in text}
    for key, text in own.items():
        for language in LANGUAGES:
            if isinstance(text, dict) and language in spoken and language not in text:
                raise InputError(
                    f"{where}: {key} has no {language}, others have: give all words of a step in "
                    "both languages, or in one"
                )


def _by_language(
    own: Words | None, said: Mapping[str, str | None], where: str, allowed: tuple[str, ...]
) -> dict[str, str]:
    """Return a word by language: the step's own, else that of the texts.

    Where only one language is there, it stands for the other.
    """
    given: dict[str, str | None] = dict(said)
    if isinstance(own, str):
        given = dict.fromkeys(LANGUAGES, own)
    elif own is not None:
        given = {str(language): text for language, text in own.items()}
    found = {language: text for language, text in given.items() if text and text.strip()}
    if not found:
        raise InputError(f"{where} is missing: a text, here or in the texts of the page")
    for language, text in found.items():
        wrong = sorted(placeholders(text) - set(allowed))
        if wrong:
            known = ", ".join(f"{{{name}}}" for name in allowed) or "no braces"
            raise InputError(f"{where}: {{{wrong[0]}}} in {language} is not known: {known}")
    other = next(iter(found.values()))
    return {language: found.get(language, other) for language in LANGUAGES}
