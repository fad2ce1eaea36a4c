"""BrandModel is what a Mesa user expects: data collector, agent sets, batch_run, SolaraViz."""

from __future__ import annotations

import inspect

import mesa
import numpy as np
import pytest

from simulation import BrandModel, Person, Stage
from simulation.tools.errors import InputError

SMALL = {"n_people": 150, "n_days": 40, "launch_day": 10, "days_warm_up": 20}


def lived(**changes):
    """Return a small model after its horizon."""
    model = BrandModel("classroom", "community_building", rng=1, **(SMALL | changes))
    while model.running:
        model.step()
    return model


def test_step_and_running():
    """A model steps day by day and stops at the horizon; further steps do nothing."""
    model = lived()
    assert model.day == 39
    before = model.table.tobytes()
    model.step()
    assert model.table.tobytes() == before
    assert not model.running


def test_agents_are_an_agent_set():
    """select, agg, get and groupby work on the people."""
    model = lived()
    assert len(model.agents) == 150
    members = model.agents.select(lambda person: person.stage == Stage.MEMBER)
    assert len(members) == model.table.n[-1, 3] > 0
    mean = members.agg("attachment", np.mean)
    assert mean == pytest.approx(model.table.attachment[-1, 3])
    assert sum(model.agents.get("owns")) == model.table.sales.sum()
    by_stage = {stage: len(group) for stage, group in model.agents.groupby("stage")}
    assert sum(by_stage.values()) == 150


def test_data_collector():
    """One row a day; the user may bring a collector of their own."""
    model = lived()
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 40
    np.testing.assert_array_equal(frame["n_member"], model.table.n[:, 3])
    assert frame["sales"].iloc[-1] == model.table.sales.sum()
    own = BrandModel("classroom", "posting_only", rng=1, **SMALL)
    own.datacollector = mesa.DataCollector(agent_reporters={"attachment": "attachment"})
    own.step()
    own.step()
    assert own.datacollector.get_agent_vars_dataframe().shape == (300, 1)


def test_batch_run():
    """Mesa's batch_run over strategies, a parameter and seeds, in this process."""
    settings = {
        "scenario": "classroom",
        "strategy": ["posting_only", "community_building"],
        "p_follow": [0.01, 0.2],
        "replication": [0, 1],
        **SMALL,
    }
    if "rng" in inspect.signature(mesa.batch_run).parameters:  # Mesa 3.5: seeds are its own
        rows = mesa.batch_run(
            BrandModel, settings, number_processes=1, rng=[5], display_progress=False
        )
    else:
        rows = mesa.batch_run(
            BrandModel, settings | {"rng": 5}, number_processes=1, display_progress=False
        )
    assert len(rows) == 8
    last = {(row["strategy"], row["p_follow"], row["replication"]): row["sales"] for row in rows}
    assert len(last) == 8
    for (strategy, p_follow, replication), sales in last.items():
        model = BrandModel(
            "classroom", strategy, rng=5, replication=replication, p_follow=p_follow, **SMALL
        )
        while model.running:
            model.step()
        assert model.table.sales.sum() == sales


def test_seeds():
    """None takes a fresh recorded seed; 0 is a seed; a SeedSequence works; the rest is refused."""
    fresh = [BrandModel("classroom", rng=None, **SMALL) for _ in range(2)]
    assert fresh[0].seed_used != fresh[1].seed_used
    again = BrandModel("classroom", rng=fresh[0].seed_used, **SMALL)
    assert [p.relevance for p in again.agents] == [p.relevance for p in fresh[0].agents]
    zero, sequence = (
        BrandModel("classroom", rng=rng, **SMALL)
        for rng in (0, np.random.SeedSequence(0).spawn(1)[0])
    )
    assert zero.seed_used == 0
    assert sequence.seed_used != 0
    with pytest.raises(InputError, match="seed"):
        BrandModel("classroom", rng=-1, **SMALL)


def test_a_rule_of_ones_own():
    """The worked example of the guide: a subclass of Person adds a rule."""

    class Sceptic(Person):
        """Moves up only when a friend is already there."""

        def climbs(self):
            there = any(friend.stage > self.stage for friend in self.friends)
            return super().climbs() if there else None

    usual, sceptical = lived(), lived(person_class=Sceptic)
    assert all(isinstance(person, Sceptic) for person in sceptical.agents)
    # the same people with the same luck; only those who would climb alone differ at first
    assert [p.relevance for p in usual.agents] == [p.relevance for p in sceptical.agents]
    assert sceptical.table.moves[:, :3].sum() < usual.table.moves[:, :3].sum()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"seed": 5}, "BrandModel: seed is called rng, as in Mesa: rng=5"),
        ({"p_folow": 0.1}, 'unknown name "p_folow"; did you mean "p_follow"?'),
        ({"stategy": "balanced"}, 'unknown name "stategy"; did you mean "strategy"?'),
        ({"person_clas": Person}, 'unknown name "person_clas"; did you mean "person_class"?'),
        ({"changes": {}}, 'unknown name "changes"'),
    ],
)
def test_unknown_names(wrong, said):
    """A name that is not taken is never passed over, and the nearest one is named."""
    with pytest.raises(InputError) as refused:
        BrandModel("classroom", **wrong)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_scenario_of_mesas_own_does_not_take_the_place_of_ours():
    """Mesa from 3.5 keeps one under this name, and would hand it on to the next model."""
    model = BrandModel("classroom", rng=1, **SMALL)
    assert model.scenario is None
    assert model.scenario_used.name == "classroom"
    assert model.scenario_used.world.n_people == 150
