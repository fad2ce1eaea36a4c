"""Parameters tied to others: worked out, followed, written and read; what is wrong is one line."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from simulation import InputError, Scenario, simulate
from simulation.checks.arms import ArmsRequest
from simulation.checks.validation import ValidateRequest
from simulation.inputs.toml_text import scenario_toml
from simulation.runs.comparison import CompareRequest
from simulation.searches.optimization import OptimizeRequest
from simulation.searches.precision_until import ReplicateRequest
from tests.sweeps.common import here

TOWN = Scenario.load("classroom")


def test_a_tie_is_worked_out_and_followed():
    """The parameter holds the number; it changes with the others until it is given a number."""
    tied = TOWN.replace(launch_day="n_days - 60")
    assert tied["launch_day"] == 60
    assert type(tied["launch_day"]) is int
    assert tied.ties == {"launch_day": "n_days - 60"}
    longer = tied.replace(n_days=365)
    assert longer["launch_day"] == 305
    fixed = longer.replace(launch_day=100)
    assert (fixed["launch_day"], fixed.ties) == (100, {})
    assert fixed.replace(n_days=200)["launch_day"] == 100
    assert TOWN.ties == {}


def test_ties_of_ties_in_any_order():
    """Each is worked out after those it names; a whole result of a division is whole."""
    found = TOWN.replace(
        days_window="(n_days - launch_day) // 2", launch_day="n_days / 4 * 3", n_days=200,
        share_subscribers="min(0.5, 100 / n_people)", share_members="share_subscribers / 10",
    )  # fmt: skip
    assert (found["launch_day"], found["days_window"]) == (150, 25)
    assert (found["share_subscribers"], found["share_members"]) == (0.05, 0.005)
    assert found.replace(n_people=100)["share_members"] == 0.05


def test_a_text_for_a_text_is_that_text():
    """graph and friends_file take no arithmetic; a number as a text is that number."""
    assert TOWN.replace(graph="block").ties == {}
    with pytest.raises(InputError, match="one of small_world"):
        TOWN.replace(graph="n_people")
    assert TOWN.replace(n_people="3 * 100")["n_people"] == 300
    assert TOWN.replace(n_people="3 * 100").ties == {}


def test_a_tied_world_lives_as_the_same_numbers_do():
    tied = TOWN.replace(n_people=300, launch_day="n_days - 60")
    plain = TOWN.replace(n_people=300, launch_day=60)
    a, b = (simulate(world, "posting_only", seed=3) for world in (tied, plain))
    assert a.table.tobytes() == b.table.tobytes()
    assert tied != plain, "but they are not the same world: one follows its horizon"
    assert tied.flat() == plain.flat()


def test_ties_are_copied_pickled_and_written(tmp_path):
    tied = TOWN.replace(launch_day="n_days - 60")
    (tmp_path / "town.toml").write_text(scenario_toml(tied))
    for again in (copy.deepcopy(tied), pickle.loads(pickle.dumps(tied)),
                  Scenario.load(tmp_path / "town.toml")):  # fmt: skip
        assert again == tied
        assert again.replace(n_days=100)["launch_day"] == 40


def test_ties_in_a_file_and_on_the_command_line(tmp_path):
    """A scenario file may tie; --set may too; --days moves what is tied."""
    path = tmp_path / "town.toml"
    path.write_text('n_people = 300\nn_days = 100\nlaunch_day = "n_days - 60"\n')
    assert Scenario.load(path)["launch_day"] == 40
    words = ["run", "--dry-run", "--scenario", path]
    assert here(*words, "--days", 90).returncode == 0
    assert here(*words, "--set", "share_members=5 / n_people").returncode == 0
    done = here(*words, "--set", "launch_day=n_dys - 60")
    assert done.returncode == 2
    assert '"n_dys", which is unknown; did you mean "n_days"?' in done.stderr
    done = here(*words, "--days", 50)
    assert 'launch_day = "n_days - 60" with n_days = 50 is -10' in done.stderr


def test_people_counted_in_a_file_of_friendships_are_followed(tmp_path):
    """What follows n_people follows the people the file has."""
    path = tmp_path / "friends.txt"
    path.write_text("".join(f"{i} {(i + 1) % 40}\n" for i in range(40)))
    world = TOWN.replace(
        graph="file", friends_file=str(path), share_followers="10 / n_people",
        share_subscribers=0.0, share_members=0.0,
    )  # fmt: skip
    run = simulate(world, "do_nothing")
    assert run.scenario["n_people"] == 40
    assert run.scenario["share_followers"] == 0.25
    assert (run.people["start_stage"] == "follower").sum() == 10


BAD = {
    "unknown": ({"launch_day": "n_dys - 60"}, 'names "n_dys", which is unknown; did you mean "n_d'),
    "no arithmetic": ({"launch_day": "soon"}, 'launch_day=soon is not allowed: a whole number'),
    "code": ({"launch_day": "__import__('os').getcwd()"}, "is not allowed in it: names, numbers"),
    "a text": ({"launch_day": "graph + 1"}, "a tie is to numbers, graph is one of"),
    "a switch": ({"launch_day": "evolving * 10"}, "a tie is to numbers, evolving is true or false"),
    "a lever": ({"share_members": "posting / 100"}, '"posting", which is unknown'),
    "zero": ({"price": "1 / discovery", "discovery": 0.0},
             'price = "1 / discovery" with discovery = 0.0: division by zero'),
    "out of bounds": ({"share_members": "n_people / 100"}, "with n_people = 2000 is 20.0, which"),
    "not whole": ({"launch_day": "n_days / 7"}, "is not allowed: a whole number from 0 to 20,000"),
    "itself": ({"n_days": "n_days + 1"}, "tied in a circle: n_days -> n_days"),
    "a circle": ({"n_days": "2 * launch_day", "launch_day": "n_days - 60"}, "tied in a circle: "),
    "no number beneath": ({"launch_day": "n_days - 60", "n_days": None}, "n_days is a whole numb"),
    "a clash": ({"launch_day": "2 * n_days"}, "launch_day = 240 lies after the horizon"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_wrong_ties_are_one_line(what):
    changes, said = BAD[what]
    with pytest.raises(InputError) as error:
        TOWN.replace(**changes)
    assert said in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [300, 300.0, np.int64(300), np.float64(300)])
def test_whole_is_whole_in_replace(value):
    found = TOWN.replace(n_people=value, price=value)
    assert (found["n_people"], found["price"]) == (300, 300.0)
    assert (type(found["n_people"]), type(found["price"])) == (int, float)


@pytest.mark.parametrize("value", [300.5, True, np.nan, None, [300], np.array([300])])
def test_what_is_not_is_refused_in_replace(value):
    with pytest.raises(InputError, match=r"n_people = .* is not allowed: a whole number") as error:
        TOWN.replace(n_people=value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["300", "300.0", "3e2", "3e+02", "3_00", "n_days * 2 + 60"])
def test_whole_is_whole_at_the_command_line_and_in_a_file(tmp_path, text):
    words = ["run", "--dry-run", "--scenario", "classroom", "--set", f"n_people={text}"]
    done = here(*words)
    assert "300 people" in done.stdout, done.stderr
    path = tmp_path / "town.toml"
    path.write_text(f"n_people = {text if text[0] != 'n' else repr(text)}\nn_days = 120\n"
                    "launch_day = 60\n")  # fmt: skip
    assert Scenario.load(path)["n_people"] == 300


@pytest.mark.parametrize(
    "request_", [
        lambda n: CompareRequest(TOWN, ["posting_only", "balanced"], replications=n, seed=n),
        lambda n: ValidateRequest(TOWN, replications=n, seed=n),
        lambda n: ArmsRequest(TOWN, replications=n, seed=n),
        lambda n: ReplicateRequest(TOWN, ["posting_only", "balanced"], width=9, start=n, seed=n),
        lambda n: OptimizeRequest(TOWN, phases=2, budget=n, replications=n, fresh=n, seed=n,
                                  switch_days=[n]),
    ],
    ids=["compare", "validate", "arms", "precision", "optimize"],
)  # fmt: skip
def test_whole_is_whole_in_what_is_asked(request_):
    """The same request, whose numbers are ints; half a number is refused in one line."""
    assert request_(7.0) == request_(np.float64(7)) == request_(7)
    assert type(request_(7.0).seed) is int
    with pytest.raises(InputError, match=r" = 7\.5 is not allowed: a whole number") as error:
        request_(7.5)
    assert "\n" not in str(error.value)


def test_whole_is_whole_in_arguments():
    """seed and replication; half of one is refused in one line."""
    small = TOWN.replace(n_people=100, n_days=20, launch_day=5)
    a = simulate(small, "posting_only", seed=4.0, replication=np.float64(2))
    b = simulate(small, "posting_only", seed=4, replication=2)
    assert a.table.tobytes() == b.table.tobytes()
    assert a.to_dict() == b.to_dict()
    for wrong in ({"seed": 0.5}, {"replication": True}):
        with pytest.raises(InputError, match=rf"{next(iter(wrong))} = .* is not allowed"):
            simulate(small, "posting_only", **wrong)
