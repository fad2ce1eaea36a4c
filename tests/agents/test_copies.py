"""Pickled, deep-copied, branched: what was kept of a model goes on to the same numbers."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import subprocess
import sys

import cloudpickle
import mesa
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulation import BrandModel, InputError, Person, Stage
from simulation.runs.run import prepare
from tests import ROOT
from tests.agents.test_agreement import assert_same, scenarios, split_efforts

SMALL = {"n_people": 300, "n_days": 60, "launch_day": 20, "days_warm_up": 20}
TOWN = SMALL | {"n_people": 20_000, "n_days": 24, "launch_day": 8}


class Shy(Person):
    """Counts their days out, in a slot and in an attribute, and remembers whom they met last."""

    __slots__ = ("days_out",)

    def __init__(self, *args):
        super().__init__(*args)
        self.days_out, self.last = 0, None

    def meet(self, die):
        met = super().meet(die)
        self.days_out += met
        if met and self.friends:
            self.last = self.friends[self.days_out % len(self.friends)]
        return met and self.days_out % 3 > 0


class Sealed(Person):
    """Packs what they know in their own way."""

    def __getstate__(self):
        return {"sealed": dict(vars(self))}

    def __setstate__(self, state):
        vars(self).update(state["sealed"])


class Shop(mesa.Agent):
    """An agent that is no person."""


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


WAYS = pytest.mark.parametrize("copied", [by_pickle, copy.deepcopy], ids=["pickle", "deepcopy"])


def begun(days=25, person_class=Person, **changes):
    """Return a model after some days."""
    model = BrandModel(rng=1, person_class=person_class, **(SMALL | changes))
    for _ in range(days):
        model.step()
    return model


def to_the_end(model):
    """Step a model to the end of its horizon."""
    while model.running:
        model.step()
    return model


def assert_equal(model, other):
    """Compare everything two models count and know, exactly."""
    assert model.table.tobytes() == other.table.tobytes()
    assert_same(model.to_state(), other.to_state(), model.day)
    pd.testing.assert_frame_equal(
        model.datacollector.get_model_vars_dataframe(),
        other.datacollector.get_model_vars_dataframe(),
        check_exact=True,
    )
    assert model.log == other.log


@pytest.mark.parametrize(("kind", "n_people"), [(Person, 5000), (Shy, 20_000)])
def test_a_town_of_20000(kind, n_people):
    """In the middle of a run, with a rule of one's own too: the rest is the same, bit for bit.

    Only who remembers other people makes chains that could be too long to follow.
    """
    model = begun(12, kind, **TOWN | {"n_people": n_people})
    kept, twin = by_pickle(model), copy.deepcopy(model)
    to_the_end(model)
    assert model.table.sales.sum() > 0
    assert model.table.moves[12:].sum() > 0
    for other in (kept, twin):
        assert other.day == 11
        assert_equal(model, to_the_end(other))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    scenario=scenarios(), strategy=split_efforts(), seed=st.integers(0, 99), day=st.integers(0, 29)
)
def test_any_world_any_day(scenario, strategy, seed, day):
    """Complaints, bonds, offers, a rival, whatever waits: nothing is lost on the way."""
    model = BrandModel.of(prepare(scenario, seed=seed), strategy)
    model.log = []
    for _ in range(day):
        model.step()
    kept, twin = by_pickle(model), copy.deepcopy(model)
    to_the_end(model)
    for other in (kept, twin):
        assert_equal(model, to_the_end(other))


ELSEWHERE = """
import hashlib, pickle, sys
model = pickle.load(open(sys.argv[1], "rb"))
while model.running:
    model.step()
print(hashlib.sha256(model.table.tobytes()).hexdigest())
"""


def test_a_checkpoint_is_read_by_another_process(tmp_path):
    """A file written here goes on in an interpreter that knows nothing of this one."""
    model = begun(person_class=Shy)
    (tmp_path / "kept.pickle").write_bytes(pickle.dumps(model))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, tmp_path / "kept.pickle"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(to_the_end(model).table.tobytes()).hexdigest()


@WAYS
def test_what_a_user_adds_comes_along(copied):
    """Slots and attributes of persons and of the model, persons in them, agents of another kind."""
    model = begun(person_class=Shy)
    ann, bob, eve = model.by_number[:3]
    ann.hero, bob.club, model.team = bob, {eve: "since May"}, [ann, (bob, {eve})]
    model.shop = Shop(model)
    model.par = model.par._replace(p_follow=0.9)
    model.usual = [model.par]
    other = copied(model)
    ann2, bob2, eve2 = other.by_number[:3]
    assert not {ann, bob, eve} & {ann2, bob2, eve2}
    assert (ann2.hero, bob2.club) == (bob2, {eve2: "since May"})
    assert other.team == [ann2, (bob2, {eve2})]
    assert (other.par, other.usual) == (model.par, model.usual)
    for person, twin in zip(model.by_number, other.by_number, strict=True):
        assert type(twin) is Shy
        assert (twin.number, twin.days_out) == (person.number, person.days_out)
        assert [f.number for f in twin.friends] == [f.number for f in person.friends]
        assert twin.model is other
        assert twin.last is None or twin.last is other.by_number[person.last.number]
    assert any(person.last for person in model.by_number)
    assert other.shop.model is other
    assert list(other.agents) == [*other.everyone, other.shop]
    other.shop.remove()
    assert len(other.agents) == 300 < len(model.agents)
    assert_equal(to_the_end(model), to_the_end(other))


@WAYS
def test_a_branch_is_a_world_of_its_own(copied):
    """What is done in one changes nothing in the other."""
    model = begun()
    branch, calm = copied(model), copied(model)
    before = model.table.tobytes()
    for person in branch.by_number:
        person.purpose_fit = 1.0
    to_the_end(branch)
    assert (model.day, model.table.tobytes()) == (24, before)
    assert_equal(to_the_end(model), to_the_end(calm))
    assert branch.table.tobytes() != model.table.tobytes()


@WAYS
def test_data_collectors(copied):
    """Reporters by name and by [function, arguments], of the model, of agents and of a kind."""
    model = begun(0)
    model.datacollector = mesa.DataCollector(
        model_reporters={"members": "n_member", "size": size_of},
        agent_reporters={"felt": "attachment", "stage": [attribute, ["stage"]], "n": number_of},
        agenttype_reporters={Person: {"friends": [attribute, ["member_friends"]], "owns": "owns"}},
    )
    for _ in range(10):
        model.step()
    other = copied(model)
    for each in (model, other):
        to_the_end(each)
    for frame in ("model_vars", "agent_vars"):
        read = f"get_{frame}_dataframe"
        ours, theirs = (getattr(m.datacollector, read)() for m in (model, other))
        pd.testing.assert_frame_equal(ours, theirs)
    ours, theirs = (m.datacollector.get_agenttype_vars_dataframe(Person) for m in (model, other))
    pd.testing.assert_frame_equal(ours, theirs)
    assert len(theirs) == 300 * 60
    assert list(model.datacollector.get_agent_vars_dataframe()) == ["felt", "stage", "n"]


def size_of(model):
    return len(model.agents)


def number_of(person):
    return person.number


def attribute(person, name):
    return getattr(person, name)


@WAYS
def test_a_person_brings_their_model(copied):
    """One person, or a set of them, is copied with the town they live in."""
    model = begun()
    person = copied(model.by_number[7])
    assert person.model is not model
    assert person.model.by_number[7] is person
    some = copied(model.agents.select(lambda person: person.stage == Stage.MEMBER))
    towns = {id(member.model): member.model for member in some}
    assert len(towns) == 1
    assert len(some) == model.n_member > 0
    to_the_end(model)
    assert_equal(model, to_the_end(person.model))
    assert_equal(model, to_the_end(towns.popitem()[1]))


@WAYS
def test_persons_who_pack_themselves(copied):
    """A subclass with __getstate__ and __setstate__ of its own."""
    model = begun(person_class=Sealed)
    assert_equal(copied(model), model)
    assert_equal(to_the_end(copied(model)), to_the_end(model))


def test_a_rule_written_in_a_notebook():
    """A class that no module knows: deepcopy, and cloudpickle as joblib uses it."""

    class Local(Person):
        pass

    model = begun(person_class=Local)
    kept, twin = pickle.loads(cloudpickle.dumps(model)), copy.deepcopy(model)
    to_the_end(model)
    for other in (kept, twin):
        assert_equal(model, to_the_end(other))


def test_a_shallow_copy_is_refused():
    """Two models with the same people, or half a person, would be neither."""
    model = begun(1)
    with pytest.raises(InputError, match=r"use copy\.deepcopy\(model\)"):
        copy.copy(model)
    with pytest.raises(InputError, match=r"keep dict\(vars\(person\)\)"):
        copy.copy(model.by_number[0])
    assert len(copy.copy(model.agents)) == 300


def test_a_copy_in_the_middle_of_a_day_is_refused():
    """A rule that looks ahead by a copy, or a reporter that keeps persons, is told so."""

    class Dreamer(Person):
        def feel(self):
            copy.deepcopy(self.model)

    with pytest.raises(InputError, match="between two days"):
        to_the_end(begun(0, Dreamer))
    model = begun(1)
    model.datacollector = mesa.DataCollector({"first": lambda model: model.by_number[0]})
    with pytest.raises(Exception, match="between two days"):
        model.step()


def test_nobody_is_removed_or_added():
    """The engine knows exactly these people: refused at every door, with nothing changed."""
    model = begun(5)
    person, state = model.by_number[4], model.start.people
    for removing in (
        person.remove,
        model.remove_all_agents,
        lambda: model.deregister_agent(person),
        lambda: model.agents.do("remove"),
    ):
        with pytest.raises(InputError, match=r"cannot be removed.* meet\(\) returns False"):
            removing()
    with pytest.raises(InputError, match=r"cannot be added.* n_people"):
        Person(model, 4, state)
    assert len(model.agents) == len(model.everyone) == 300
    shop = Shop(model)
    assert len(model.agents) == 301
    shop.remove()
    assert_equal(to_the_end(model), to_the_end(begun(0)))


def test_who_meets_nobody_is_as_good_as_gone():
    """What the refusal says to do instead does what is meant."""

    class Mortal(Person):
        gone = False

        def meet(self, die):
            return not self.gone and super().meet(die)

    model = begun(20, Mortal, n_days=200)
    gone = [person for person in model.by_number if person.number % 2 == 0]
    for person in gone:
        person.gone, person.consider_on = True, None
    before = [(person.stage, person.owns, person.last_contact) for person in gone]
    assert {stage for stage, *_ in before} == set(Stage)
    to_the_end(model)
    assert [(p.stage, p.last_contact) for p in gone] == [(s, day) for s, _, day in before]
    bought = [p for p, (_, owned, _) in zip(gone, before, strict=True) if p.owns and not owned]
    assert all(person.bought_on is None for person in bought)  # at most a gift
    assert np.sum([person.last_contact > 20 for person in model.by_number]) > 50
