"""One name for one thing: what other libraries call our arguments is understood."""

from __future__ import annotations

import inspect

import pytest

from experiments.run import main as experiments
from experiments.run import run_experiment
from simulation import compare, compare_arms, sweep, validate
from simulation.commands.cli import main
from simulation.searches.calibration import calibrate
from simulation.searches.optimization import optimize
from simulation.searches.precision_until import replicate_until
from simulation.sweeps.running import resume
from simulation.tools.errors import InputError
from simulation.tools.requests import in_our_words

PAIR = ["posting_only", "community_building"]
SMALL = {
    "scenario": "classroom", "strategies": PAIR, "seed": 1, "replications": 1,
    "parameters": {"n_people": [100]},
}  # fmt: skip
EVERY = [compare, compare_arms, validate, sweep, resume, replicate_until, optimize]
EVERY += [calibrate, run_experiment]


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.__name__)
def test_n_jobs_is_jobs_and_both_are_one_too_many(function):
    assert "jobs" in inspect.signature(function).parameters
    assert "n_jobs" not in inspect.signature(function).parameters
    with pytest.raises(
        InputError, match=f"^{function.__name__}: n_jobs is jobs: give one of them$"
    ):
        function("x", "y", jobs=1, n_jobs=1)


def test_a_sweep_counts_the_processes_under_either_name(tmp_path):
    with pytest.raises(InputError, match=r"^jobs = 0 is not allowed"):
        sweep(SMALL, tmp_path / "none", n_jobs=0)
    assert sweep(SMALL, tmp_path / "one", n_jobs=1).counts()["SUCCEEDED"] == 2


def test_words_of_a_command_line():
    for words in (["--n_jobs", "2"], ["--n-jobs", "2"], ["--jobs", "2"]):
        assert in_our_words(["compare", *words]) == ["compare", "--jobs", "2"]
    assert in_our_words(["--n-jobs=2", "--set", "a=b", "n_jobs"]) == [
        "--jobs=2", "--set", "a=b", "n_jobs",
    ]  # fmt: skip
    for words in (["--jobs", "1", "--n_jobs=1"], ["--n-jobs", "1", "--n_jobs", "1"]):
        with pytest.raises(InputError, match=r"--jobs: give it once$"):
            in_our_words(words)


def test_both_command_lines_understand_it(capsys):
    small = ["--scenario", "classroom", "--replications", "2"]
    assert main(["compare", *small, "--n-jobs", "1", "--dry-run"]) == 0
    assert main(["compare", *small, "--n-jobs", "0", "--out", "none"]) == 2
    assert "jobs = 0 is not allowed" in capsys.readouterr().err
    assert main(["compare", *small, "--n_jobs", "1", "--jobs", "1"]) == 2
    assert capsys.readouterr().err == "continuum: --n_jobs is --jobs: give it once\n"
    assert experiments(["x01", "--n_jobs", "1", "--jobs", "1"]) == 2
    assert capsys.readouterr().err == "experiments.run: --n_jobs is --jobs: give it once\n"
