"""Mesa's model and agent, with a number for each agent, so that a whole town can be copied.

Persons know persons, who know persons: a copy that follows friend after friend runs as deep as the
town is large, and breaks. Here a person travels as "number 17 of this model", and the model carries
what each of them knows. So `pickle` and `copy.deepcopy` keep a model between two days, with rules,
persons and attributes of your own, and what was kept goes on to the same numbers::

    kept = pickle.dumps(model)         # a checkpoint
    twin = copy.deepcopy(model)        # a branch: change something in one, and live both

Pickle finds classes and functions by their names, so a reporter of yours must have one (no lambda);
deepcopy takes them all.
"""

from __future__ import annotations

import copy
import copyreg
import inspect
from typing import Any, NoReturn

import mesa

from simulation.inputs.scenario import numbers_type
from simulation.tools.errors import InputError


class NumberedAgent(mesa.Agent):
    """An agent known by its `number` in its model, where it stays: `remove` is refused."""

    number: int
    model: Any

    def __reduce__(self) -> tuple[Any, ...]:
        return agent_of, (self.model, type(self), self.number)

    def __copy__(self) -> NoReturn:
        raise InputError(
            "copy.copy(person) is not allowed: a person is one of a kind in their model; keep "
            "dict(vars(person)) to remember them, copy.deepcopy(model) to branch"
        )


class NumberedModel(mesa.Model):
    """A model of numbered agents, all made at its start, who stay to its end."""

    by_number: list[Any]  # the agents; absent until all are made
    midday = False  # True while a day is lived

    @property
    def scenario(self) -> None:
        """None; `scenario_used` is the world lived.

        Mesa from 3.5 keeps a scenario of its own here, and its page would hand that to the model
        it makes at Reset, in place of ours.
        """

    @scenario.setter
    def scenario(self, mesas: Any) -> None:
        pass

    def register_agent(self, agent: Any) -> None:
        """Welcome Mesa agents of any kind, and numbered ones until all are made."""
        if isinstance(agent, NumberedAgent) and "by_number" in vars(self):
            raise InputError(
                "a person cannot be added to a model that is made: friends, counts and the engine "
                f"know {len(self.by_number)} people; say n_people=... when you make it"
            )
        super().register_agent(agent)

    def deregister_agent(self, agent: Any) -> None:
        """Let Mesa agents of any kind go, but no numbered one."""
        if isinstance(agent, NumberedAgent):
            raise InputError(
                "a person cannot be removed: friends, bonds, counts and the engine refer to them; "
                "let them meet nobody instead: in a subclass of Person, meet() returns False"
            )
        super().deregister_agent(agent)

    def __copy__(self) -> NoReturn:
        raise InputError(
            "copy.copy(model) is not allowed: two models would share the same people; "
            "use copy.deepcopy(model)"
        )

    def __getstate__(self) -> tuple[dict[str, Any], list[Any]]:
        """Return the model's own attributes and, apart, those of every agent in order of number."""
        if self.midday:
            raise InputError(
                "a model can be pickled or copied between two days, not in the middle of one "
                "(reporters and rules keep values, not copies of persons)"
            )
        own = {name: _told(value) for name, value in vars(self).items()}
        return own, [agent.__getstate__() for agent in self.by_number]

    def __setstate__(self, state: tuple[dict[str, Any], list[Any]]) -> None:
        own, inner = state
        self.__dict__.pop("_arriving", None)
        self.__dict__.update(own)
        for agent, values in zip(self.by_number, inner, strict=True):
            _fill(agent, values)
        for value in own.values():
            _remake(value)


def agent_of(model: NumberedModel, kind: type[NumberedAgent], number: int) -> NumberedAgent:
    """Return the agent of a number; while the model arrives, one still empty, to be filled."""
    if "by_number" in vars(model):
        return model.by_number[number]
    arriving = model.__dict__.setdefault("_arriving", {})
    if number not in arriving:
        arriving[number] = kind.__new__(kind)
        arriving[number].number = number
    return arriving[number]


def _fill(agent: NumberedAgent, values: Any) -> None:
    """Give an empty agent its attributes, as pickle does: its own way, or dict and slots."""
    if hasattr(agent, "__setstate__"):
        agent.__setstate__(values)
        return
    of_dict, of_slots = values if isinstance(values, tuple) else (values, None)
    agent.__dict__.update(of_dict)
    for name, value in (of_slots or {}).items():
        setattr(agent, name, value)


def _told(value: Any) -> Any:
    """Return a data collector with its reporters as the user gave them, all else as it is.

    Of a name, or [function, arguments], Mesa makes an inner function, which pickle cannot find.
    """
    if not isinstance(value, mesa.DataCollector):
        return value
    told = copy.copy(value)
    told.agent_reporters = {name: _given(f) for name, f in value.agent_reporters.items()}
    told.agenttype_reporters = {
        kind: {name: _given(f) for name, f in reporters.items()}
        for kind, reporters in value.agenttype_reporters.items()
    }
    return told


def _given(reporter: Any) -> Any:
    if getattr(reporter, "__module__", None) != mesa.DataCollector.__module__:
        return reporter
    given = inspect.getclosurevars(reporter).nonlocals
    return given.get("attribute_name") or [given["func"], given["params"]]


def _remake(value: Any) -> None:
    """Let a data collector make its inner functions again."""
    if isinstance(value, mesa.DataCollector):
        for name, given in value.agent_reporters.items():
            value._new_agent_reporter(name, given)
        for kind, reporters in value.agenttype_reporters.items():
            for name, given in reporters.items():
                value._new_agenttype_reporter(kind, name, given)


def _numbers(*values: float) -> Any:
    return numbers_type()(*values)


# the type of `model.par` is made at run time, so pickle would not find it by name
copyreg.pickle(numbers_type(), lambda numbers: (_numbers, tuple(numbers)))
