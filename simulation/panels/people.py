"""The people of a panel: who was treated, what they bought, and what they would have bought.

Every life begins on the same morning, under the same luck (TRUTH.md says which lives there are).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.core.randomness import analysis_rng
from simulation.core.stages import STAGES
from simulation.panels.assignment import assigned, inclination
from simulation.panels.covariates import hidden, seen_by_analyst
from simulation.panels.design import PeoplePart
from simulation.panels.lives import Stretch, Town, chunks, town_of
from simulation.panels.treatments import Touches, contact_of, done_to, touches, treat
from simulation.people.population import State
from simulation.runs.statistics import mean_interval
from simulation.runs.worlds import each

if TYPE_CHECKING:
    import pandas as pd

#: The sampled people are shared among so many tasks, whatever the number of processes.
TASKS = 16


class Outcome(NamedTuple):
    """What everybody bought in the days after the first treatment."""

    copies: np.ndarray  # int64
    value: np.ndarray  # USD


class Morning(NamedTuple):
    """The world on the morning of the first treatment."""

    part: PeoplePart
    town: Town
    before: Stretch
    may: np.ndarray  # bool: who may be treated
    first: Touches | None = None  # what the first contact does to each of them, if it is one

    def after(self, treated: np.ndarray) -> Outcome:
        """Live on from this morning, these people (a mask) being treated."""
        part, state = self.part, self.before.state
        persons, day = np.flatnonzero(treated), part.first_day
        for turn in range(part.times):
            this = day + turn * part.every
            state = self.town.live(state, day if turn == 0 else this - part.every, this).state
            if turn == 0 and self.first is not None:
                state = done_to(self.town, state.copy(), this, self.first, persons)
            else:
                state = treat(self.town, state, this, persons, part.treatment)
        last = day + (part.times - 1) * part.every
        end = self.town.live(state, last, day + part.days_after).state
        return self._bought(end)

    def _bought(self, end: State) -> Outcome:
        rare, was = end.people.rare, self.before.state.people.rare
        copies = rare.copies.astype(np.int64) - was.copies
        value = rare.spent.astype(np.float64) - was.spent
        return Outcome(copies, np.round(value, 2))


def morning_of(part: PeoplePart, seed: int, *, events: bool) -> Morning:
    """Live the world until the morning of the first treatment."""
    town = town_of(part.scenario, part.strategy, seed=seed)
    if part.treatment == "discount":
        town.days["offer_depth"] = part.depth
    before = town.live(town.start, 0, part.first_day, events=events)
    codes = [STAGES.index(stage) for stage in part.stages]
    may = np.isin(before.state.people.stage & 3, codes)
    return Morning(part, town, before, may)


def worked_out(morning: Morning) -> Morning:
    """Return the morning with what its contact does to everybody who may be treated.

    It is the same in every life that begins there, and takes longer to work out than a life.
    """
    part, town, state = morning.part, morning.town, morning.before.state
    if part.treatment in ("invitation", "nothing"):
        return morning
    channel, offer = contact_of(part.treatment)
    persons = np.flatnonzero(morning.may)
    return morning._replace(first=touches(town, state, part.first_day, persons, channel, offer))


def people_tables(
    part: PeoplePart, seed: int, *, jobs: int | None, progress: bool | None
) -> dict[str, pd.DataFrame]:
    """Return the tables data/people, truth/people, truth/effects and truth/averages.

    Parameters
    ----------
    part : PeoplePart
        What is asked.
    seed : int
        The luck of the world, of the lots and of the noise.
    jobs : int, optional
        Processes; the tables do not depend on it.
    """
    import pandas as pd

    morning = worked_out(morning_of(part, seed, events=True))
    may, day = morning.may, part.first_day
    start = morning.town.start.people.stage & 3
    data = seen_by_analyst(morning.before, day, start, part.seen, part.days_before, seed)
    unseen = hidden(morning.town, morning.before.state, day)
    treated = who_is_treated(part, data, unseen, may, seed)
    lived, none, everybody = (
        morning.after(mask) for mask in (treated, np.zeros_like(may), may)
    )  # the life of the data, y0 and y1
    person = np.arange(may.size)
    data.insert(0, "person", person)
    data = data.assign(may_be_treated=may, treated=treated, copies=lived.copies, value=lived.value)
    truth = unseen.assign(
        y0=none.copies,
        y1=everybody.copies,
        tau=everybody.copies - none.copies,
        value0=none.value,
        value1=everybody.value,
    )
    truth.insert(0, "person", person)
    sample = sampled(may, part.sample, seed)
    tasks = chunks(sample, TASKS) if sample.size else []
    live = partial(own_lives, part, seed, treated, morning.first)
    found = each(live, tasks, jobs=jobs, progress=progress, unit="group of people")
    effects = effects_of(sample, np.concatenate([np.zeros((0, 4), np.int64), *found]), truth)
    averages = averages_of(data, truth, effects, pd.DataFrame)
    return {
        "data/people": data,
        "truth/people": truth,
        "truth/effects": effects,
        "truth/averages": averages,
    }


def who_is_treated(
    part: PeoplePart, data: pd.DataFrame, unseen: pd.DataFrame, may: np.ndarray, seed: int
) -> np.ndarray:
    """Return the mask of those whom the assignment names."""
    if part.assignment == "choice":
        driver = inclination(unseen["relevance"], unseen["attachment"], may)
    else:
        driver = data[part.on].to_numpy(float)
    return assigned(may, driver, part.strength, part.share, seed)


def sampled(may: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return the persons who have lives of their own: a lot among those who may be treated."""
    persons = np.flatnonzero(may)
    rng = analysis_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    return np.sort(rng.permutation(persons)[:size])


def own_lives(
    part: PeoplePart, seed: int, treated: np.ndarray, first: Touches | None, persons: np.ndarray
) -> np.ndarray:
    """Return the copies of each of these people in four lives, a row a person.

    Only I am treated; all but me are; the others as assigned and me treated; and me not.
    """
    morning = morning_of(part, seed, events=False)._replace(first=first)
    rows = []
    for person in persons:
        me = np.zeros(treated.size, bool)
        me[person] = True
        masks = (me, morning.may & ~me, treated | me, treated & ~me)
        rows.append([morning.after(mask).copies[person] for mask in masks])
    return np.array(rows, np.int64).reshape(-1, 4)


def effects_of(sample: np.ndarray, lives: np.ndarray, truth: pd.DataFrame) -> pd.DataFrame:
    """Return one row a sampled person: total = direct + spillover + interaction, to the copy."""
    import pandas as pd

    y0, total = (truth[name].to_numpy()[sample] for name in ("y0", "tau"))
    direct, spillover = lives[:, 0] - y0, lives[:, 1] - y0
    return pd.DataFrame(
        {
            "person": sample,
            "direct": direct,
            "spillover": spillover,
            "interaction": total - direct - spillover,
            "total": total,
            "as_assigned": lives[:, 2] - lives[:, 3],
        }
    )


def averages_of(
    data: pd.DataFrame, truth: pd.DataFrame, effects: pd.DataFrame, frame: Any
) -> pd.DataFrame:
    """Return the averages an estimator is held against, with the interval of those of a sample."""
    may, treated = data["may_be_treated"].to_numpy(), data["treated"].to_numpy()
    tau = truth["tau"].to_numpy()
    rows = [_average("total effect, of who may be treated", tau[may], sample=False)]
    rows += [_average("total effect, of the treated", tau[treated], sample=False)]
    rows += [_average("total effect, of all others", tau[~may], sample=False)]
    rows += [
        _average(f"{name} effect, of the sample", effects[name].to_numpy(), sample=True)
        for name in ("direct", "spillover", "interaction", "total", "as_assigned")
    ]
    return frame(rows)


def _average(what: str, values: np.ndarray, *, sample: bool) -> dict[str, Any]:
    mean = float(values.mean()) if values.size else np.nan
    low, high = mean, mean
    if sample:
        _, low, high, _ = (float(x) for x in mean_interval(values)) if values.size else [np.nan] * 4
    return {"average": what, "people": int(values.size), "effect": mean, "low": low, "high": high}
