"""One runner: live these worlds under these strategies, here or on several cores, with a bar.

A world is one scenario under one seed and replication: its people are made once and live under
every strategy in turn (`live_world`). `each` shares worlds, or whatever else there is to do, among
processes or threads. Comparisons, arms, validation, optimisation, calibration and experiments live
their worlds here; a sweep, which must not lose a run, hands batches of `live_world` to executors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from tqdm import tqdm

from simulation.core.ways import chosen, running
from simulation.engine.day import compile_engine
from simulation.engine.prepare import Prepared
from simulation.inputs.scenario import Scenario
from simulation.inputs.strategy import Strategy
from simulation.runs.run import Run, run_prepared
from simulation.tools.errors import InputError, check_whole

Task = TypeVar("Task")
Found = TypeVar("Found")


#: Person-days that one process lives in the time in which others begin.
LITTLE = 1e8


class Lived(NamedTuple):
    """One strategy in one world: its run, or what went wrong while `doing` what."""

    run: Run | None
    error: Exception | None
    doing: str

    def result(self, where: str) -> Run:
        """Return the run; raise what went wrong, with one line that says where it was."""
        if self.run is not None:
            return self.run
        assert self.error is not None
        if isinstance(self.error, InputError):
            raise self.error
        what = f"{type(self.error).__name__}: {self.error}"
        raise RuntimeError(f"{where}, {self.doing}: {what}") from self.error


def live_world(
    people: Callable[[], Prepared],
    strategies: Sequence[Strategy | Callable[[], Strategy]],
    *,
    events: bool = False,
    kept: bool = False,
) -> Iterator[Lived]:
    """Make the people of one world once and let them live under each strategy in turn.

    Parameters
    ----------
    people : callable
        Makes the world, e.g. ``partial(prepare, scenario, seed=1, replication=0)``; it is called
        again for the next strategy if it failed.
    strategies : objects, or callables that make them
    events : bool
        Record the events of every person.
    kept : bool
        Somebody else still needs the world: even the last strategy lives in a copy of it.

    Yields
    ------
    Lived
        One a strategy, in their order; an error is handed over, and the others are lived.
    """
    world: Prepared | None = None
    for number, strategy in enumerate(strategies, start=1):
        last = not kept and number == len(strategies)
        doing = "making the people"
        try:
            if world is None:
                world = people()
            levers = strategy if isinstance(strategy, Strategy) else strategy()
            doing = f"strategy {levers.name}"
            run = run_prepared(world, levers, events=events, last=last)
        except Exception as error:  # whatever it is, the other strategies go on
            yield Lived(None, error, doing)
        else:
            yield Lived(run, None, doing)


def each(
    work: Callable[[Task], Found],
    tasks: Sequence[Task],
    *,
    jobs: int | None = None,
    progress: bool | None = None,
    unit: str = "world",
    threads: bool = False,
    person_days: float = 0.0,
) -> list[Found]:
    """Return ``[work(task) for task in tasks]``, shared among processes; the first error is raised.

    Parameters
    ----------
    work : callable
        A function of a module, or a `functools.partial` of one (it travels to other processes).
    jobs : int, optional
        Processes (None: one per core where there is enough to do; 1: this one). The results do
        not depend on it.
    progress : bool, optional
        Show a bar on stderr; None: only where stderr is a terminal.
    unit : str
        What a task is, for the bar.
    threads : bool
        Share among threads of this process instead, for work that shares memory.
    person_days : float
        How much work it all is: where it is much, machine code pays (`simulation.core.ways`).
    """
    if jobs is not None:
        jobs = check_whole("jobs", jobs, 1, 1024)
    if not tasks:
        return []
    if jobs is None and 0.0 < person_days < LITTLE:
        jobs = 1  # done before other processes would have begun
    way = chosen(person_days=person_days)
    compile_engine(way)  # here, once, and not in every worker
    results: Iterator[tuple[int, Found]]
    if jobs == 1:
        results = (_placed(way, work, i, task) for i, task in enumerate(tasks))
    else:
        from joblib import Parallel, cpu_count, delayed  # a moment to load

        workers = Parallel(
            n_jobs=min(jobs or cpu_count(), len(tasks)),
            prefer="threads" if threads else None,
            return_as="generator_unordered",
        )
        results = workers(delayed(_placed)(way, work, i, task) for i, task in enumerate(tasks))
    hide = None if progress is None else not progress
    bar = tqdm(results, f"{unit}s", len(tasks), file=sys.stderr, disable=hide, unit=unit)
    found = dict(bar)
    return [found[i] for i in range(len(tasks))]


def _placed(way: Any, work: Callable[[Any], Any], place: int, task: Any) -> tuple[int, Any]:
    with running(way):
        return place, work(task)


def person_days(scenario: Scenario, n_runs: int) -> float:
    """Return the person-days of so many runs of a scenario."""
    return scenario.world.n_people * float(scenario.world.n_days) * n_runs
