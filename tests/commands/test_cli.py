"""The command line, as a newcomer types it: results, files, and one line for a wrong input."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest

from simulation.commands.cli import WITH_PARAMETERS, app, main
from simulation.inputs.parameters import GROUPS
from simulation.inputs.scenario import parameters
from simulation.tools import PACKAGE
from tests import ROOT
from tests.native import run_native

SMALL = ["--scenario", "classroom", "--people", "120", "--set", "days_warm_up=10"]
EGO = ROOT.parent / "shared" / "data" / "ego-facebook.txt.gz"


def said(capsys, *arguments):
    """Run the command line in this process; return (exit code, stdout, stderr)."""
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def toml(tmp_path, text, name="bad.toml"):
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def edges(tmp_path, text, name="friends.txt"):
    """Write an edge list and return its path."""
    return toml(tmp_path, text, name)


# What is typed, and what the one line must name. {t} is a temporary folder.
BAD_WORDS = {
    "scenario": (["run", "--scenario", "lunch_2025"], ['"lunch_2025"', '"launch_2025"']),
    "strategy": (["run", "comunity_building"], ['"comunity_building"', '"community_building"']),
    "parameter": (["run", "--set", "p_folow=0.1"], ['"p_folow"', '"p_follow"']),
    "no value": (["run", "--set", "p_follow"], ["NAME=VALUE"]),
    "help for set": (["run", "--set", "help"], ["NAME=VALUE", "continuum list parameters"]),
    "no parameter": (["run", "--set", "zzz=1"], ['"zzz"', "continuum list parameters"]),
    "group": (["list", "parameters", "comunity"], ['"comunity"', '"community"']),
    "group of what": (["list", "outcomes", "community"], ['"community"', "only parameters"]),
    "above the bounds": (["run", "--set", "p_follow=2"], ["p_follow", "2.0", "0 to 1"]),
    "not a number": (["run", "--set", "p_follow=often"], ["p_follow=often", "0 to 1"]),
    "nan": (["run", "--set", "p_follow=nan"], ["p_follow", "nan"]),
    "infinite": (["run", "--set", "hours_per_week=inf"], ["hours_per_week", "inf"]),
    "not whole": (["run", "--set", "n_days=1.5"], ["n_days=1.5", "whole number"]),
    "not a switch": (["run", "--set", "evolving=maybe"], ["evolving=maybe", "true or false"]),
    "not a graph": (["run", "--set", "graph=ring"], ["graph", "small_world"]),
    "no people": (["run", "--people", "0"], ["n_people", "0", "1 to"]),
    "negative people": (["run", "--people", "-5"], ["n_people", "-5"]),
    "no days": (["run", "--days", "0"], ["n_days"]),
    "launch after the horizon": (["run", "--days", "100"], ["launch_day", "547", "100"]),
    "shares of people": (
        ["run", "--set", "share_followers=0.9", "--set", "share_members=0.2"],
        ["share_followers", "at most 1"],
    ),
    "no replications": (["compare", "--replications", "0"], ["replications", "0"]),
    "negative replications": (["compare", "--replications", "-2"], ["replications", "-2"]),
    "one strategy": (["compare", "balanced"], ["two"]),
    "a strategy twice": (["compare", "balanced", "balanced"], ["balanced", "twice"]),
    "outcome": (["compare", "--outcome", "slaes"], ['"slaes"', '"sales"']),
    "seed": (["run", "--seed", "-1"], ["seed", "-1"]),
    "engine": (["run", "--engine", "mesaa"], ['"mesaa"', '"mesa"']),
    "jobs": (["compare", "--jobs", "0"], ["jobs", "0"]),
    "option": (["run", "--scenaro", "classroom"], ["--scenaro"]),
    "command": (["simulate"], ["simulate"]),
    "text for a number": (["run", "--people", "many"], ["--people"]),
    "missing file": (["run", "--scenario", "{t}/none.toml"], ["none.toml", "no such file"]),
    "a folder": (["run", "--scenario", "{t}/folder.toml"], ["folder.toml", "folder"]),
    "malformed": (["run", "--scenario", "{t}/broken.toml"], ["broken.toml", "TOML"]),
    "binary": (["run", "--scenario", "{t}/binary.toml"], ["binary.toml", "not UTF-8"]),
    "wrong type in a file": (["run", "--scenario", "{t}/type.toml"], ["type.toml", "n_people"]),
    "wrong group in a file": (["run", "--scenario", "{t}/group.toml"], ["p_follow", "[ladder]"]),
    "unknown name in a file": (["run", "--scenario", "{t}/name.toml"], ['"n_poeple"', "n_people"]),
    "shares of effort": (["run", "{t}/shares.toml"], ["shares.toml", "0.7", "sum to 1"]),
    "unknown lever": (["run", "{t}/lever.toml"], ["lever.toml", '"postng"', '"posting"']),
    "negative share": (["run", "{t}/negative.toml"], ["posting", "-0.5"]),
    "edge list missing": (["run", "--friends", "{t}/none.csv"], ["none.csv"]),
    "edge list a folder": (["run", "--friends", "{t}"], ["folder"]),
    "edge list empty": (["run", "--friends", "{t}/empty.txt"], ["empty.txt"]),
    "edge list one column": (["run", "--friends", "{t}/one.txt"], ["one.txt", "line 1"]),
    "edge list negative": (["run", "--friends", "{t}/minus.txt"], ["minus.txt", "line 2", "-3"]),
    "edge list absurd": (["run", "--friends", "{t}/absurd.txt"], ["absurd.txt", "line 1"]),
    "edge list binary": (["run", "--friends", "{t}/binary.txt"], ["binary.txt"]),
    "edge list of three columns": (
        ["run", "--friends", "{t}/three.csv"],
        ["three.csv", "line 1", "--friends-columns"],
    ),
    "edge list under an unknown heading": (
        ["run", "--friends", "{t}/wer.csv"],
        ["wer.csv", "heading", "--friends-columns wer,wen"],
    ),
    "columns that are not there": (
        ["run", "--friends", "{t}/wer.csv", "--friends-columns", "a,b"],
        ["'a'", "wer, wen"],
    ),
    "one column of friends": (
        ["run", "--friends", "{t}/wer.csv", "--friends-columns", "wer"],
        ["two columns", "wer"],
    ),
    "columns without friends": (
        ["run", "--friends-columns", "a,b"],
        ["--friends-columns", "--friends"],
    ),
    "a graph of another kind": (["run", "--friends", "{t}/graph.dot"], ["DOT", "GraphML"]),
    "edge list broken gz": (["run", "--friends", "{t}/broken.gz"], ["broken.gz"]),
    "out is a file": (["run", "--out", "{t}/one.txt"], ["one.txt"]),
    "a film of another kind": (["run", "--animate", "{t}/x.avi"], ["x.avi", ".gif", ".mp4"]),
    "a film without a kind": (["run", "--animate", "{t}/x"], ["/x", ".gif", ".mp4"]),
    "a film under a file": (["run", "--animate", "{t}/one.txt/x.gif"], ["one.txt", "is a file"]),
    "a film that is a folder": (["run", "--animate", "{t}/film.gif"], ["film.gif", "folder"]),
    "complete for too many": (["run", "--set", "graph=complete"], ["complete", "10000"]),
    "friends that do not fit": (
        ["run", "--people", "100000000", "--set", "mean_degree=1000"],
        ["n_people", "mean_degree", "2 billion"],
    ),
    "a number of 400 digits": (["run", "--scenario", "{t}/digits.toml"], ["year", "400"]),
    "a number of 5,000 digits": (["run", "--scenario", "{t}/toolong.toml"], ["toolong.toml"]),
    "nested without end": (["run", "--scenario", "{t}/nested.toml"], ["nested.toml"]),
    "twice in a file": (["run", "--scenario", "{t}/twice.toml"], ["n_people", "twice"]),
    "an offer without depth": (["run", "{t}/offer.toml"], ["offer_depth", "days_between_offers"]),
    "announce a word": (["run", "{t}/announce.toml"], ["announce", "list", "mail"]),
    "announce posts": (["run", "{t}/posts.toml"], ['"posts"', '"post"']),
    "a name of two lines": (["run", "{t}/lines.toml"], ["name"]),
    "a hidden name": (["run", "{t}/_hidden.toml"], ["name", "_hidden"]),
    "a path too long": (["run", "--friends", "x" * 5000], ["cannot be read"]),
    "a folder too long": (["run", "--out", "x" * 5000], ["cannot be written"]),
    "dry runs check too": (["run", "--dry-run", "--engine", "mesaa"], ['"mesaa"']),
    "publish what is no store": (["publish", "{t}"], ["is no store of a sweep"]),
    "publish nothing": (["publish", "{t}/none"], ["no such store"]),
    "reproduce a broken crate": (["reproduce", "{t}/broken.gz"], ["broken.gz", "no whole .zip"]),
    "people and friends": (["run", "--people", "5", "--friends", "{t}/good.txt"], ["--people"]),
}


@pytest.fixture
def corner(tmp_path):
    """A folder full of wrong files."""
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "film.gif").mkdir()
    toml(tmp_path, "[world\nn_people = 5", "broken.toml")
    toml(tmp_path, bytes(range(256)), "binary.toml")
    toml(tmp_path, 'n_people = "many"', "type.toml")
    toml(tmp_path, "[world]\np_follow = 0.1", "group.toml")
    toml(tmp_path, "n_poeple = 5", "name.toml")
    toml(tmp_path, "posting = 0.5\ncontent = 0.2", "shares.toml")
    toml(tmp_path, "postng = 1.0", "lever.toml")
    toml(tmp_path, "posting = -0.5\ncontent = 1.5", "negative.toml")
    toml(tmp_path, f"year = {10**399}", "digits.toml")
    toml(tmp_path, "year = " + "9" * 5000, "toolong.toml")
    toml(tmp_path, "year = " + "[" * 5000, "nested.toml")
    toml(tmp_path, "n_people = 5\n[world]\nn_people = 6", "twice.toml")
    toml(tmp_path, "posting = 1.0\ndays_between_offers = 7", "offer.toml")
    toml(tmp_path, 'posting = 1.0\nannounce = "post"', "announce.toml")
    toml(tmp_path, 'posting = 1.0\nannounce = ["posts"]', "posts.toml")
    toml(tmp_path, 'name = "a\\nb"\nposting = 1.0', "lines.toml")
    toml(tmp_path, "posting = 1.0", "_hidden.toml")
    edges(tmp_path, "", "empty.txt")
    edges(tmp_path, "1\n2\n", "one.txt")
    edges(tmp_path, "1 2\n-3 4\n", "minus.txt")
    edges(tmp_path, f"1 {10**40}\n", "absurd.txt")
    edges(tmp_path, b"\x00\x01\x02\xff", "binary.txt")
    edges(tmp_path, b"\x1f\x8b broken", "broken.gz")
    edges(tmp_path, "1 2\n2 3\n", "good.txt")
    edges(tmp_path, "chef;mitarbeiter;stunden\n1;2;3\n2;3;4\n", "three.csv")
    edges(tmp_path, "wer,wen\nann,bob\ncid,dan\n", "wer.csv")
    edges(tmp_path, "graph {\n a -- b;\n}\n", "graph.dot")
    return tmp_path


@pytest.mark.parametrize("case", BAD_WORDS)
def test_wrong_input_is_one_clear_line(case, corner, capsys):
    """Exit code 2, one line on stderr that names the culprit, nothing on stdout or on disk."""
    arguments, wanted = BAD_WORDS[case]
    before = sorted(corner.rglob("*"))
    code, out, err = said(capsys, *(word.replace("{t}", str(corner)) for word in arguments))
    assert code == 2, err
    assert out == ""
    assert err.startswith("continuum: ")
    assert err.count("\n") == 1
    assert len(err) < 600
    for word in wanted:
        assert word in err
    assert "Traceback" not in err
    assert sorted(corner.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path, capsys):
    """Refused before anything is simulated."""
    tmp_path.chmod(0o500)
    code, _, err = said(capsys, "run", *SMALL, "--out", tmp_path / "out")
    assert (code, err.count("\n")) == (2, 1)


def test_run(capsys, tmp_path):
    """A run prints its summary and writes its files."""
    code, out, _ = said(capsys, "run", "balanced", *SMALL, "--events", "--out", tmp_path / "o")
    assert code == 0
    assert "copies sold" in out or "sales" in out
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert names == {
        "summary.json",
        "series.parquet",
        "people.parquet",
        "events.parquet",
        "run.png",
    }
    series = pd.read_parquet(tmp_path / "o" / "series.parquet")
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert series["sales"].sum() == summary["summary"]["sales"]


def test_run_as_json(capsys):
    """--json prints JSON and nothing else."""
    code, out, _ = said(capsys, "run", "balanced", *SMALL, "--json")
    assert code == 0
    assert json.loads(out)["n_stranger"] > 0


def test_compare(capsys, tmp_path):
    """A comparison prints table and sentence and writes the five files."""
    words = ["compare", "posting_only", "community_building", *SMALL]
    code, out, err = said(capsys, *words, "--replications", 4, "--out", tmp_path, "--jobs", 1)
    assert code == 0
    assert err == ""  # no progress bar where stderr is no terminal
    assert "community_building" in out
    sentence, held = out.splitlines()[-4:-2]
    assert "posting_only" in sentence
    assert held.startswith("(held fixed: 10 hours a week, split as each strategy declares,")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "runs.parquet", "series.parquet", "summary.csv", "comparison.json", "comparison.png"
    }  # fmt: skip
    assert len(pd.read_parquet(tmp_path / "runs.parquet")) == 8


def test_dry_run(capsys, tmp_path):
    """--dry-run checks everything, says what would be done, and does nothing."""
    code, out, _ = said(capsys, "compare", *SMALL, "--dry-run", "--out", tmp_path / "new")
    assert code == 0
    assert "would run 100 worlds" in out
    assert not (tmp_path / "new").exists()


def test_odd_names_are_drawn_as_they_are(capsys, tmp_path):
    """A name that looks like mathematics is text; all files appear."""
    odd = toml(tmp_path, 'name = "a$_{b$"\nposting = 1.0', "odd.toml")
    words = ["compare", odd, "balanced", *SMALL, "--replications", 2, "--jobs", 1]
    code, _, err = said(capsys, *words, "--out", tmp_path / "o")
    assert (code, err) == (0, "")
    assert len(list((tmp_path / "o").iterdir())) == 5


def test_no_words_at_all(capsys):
    """`continuum` alone shows its help."""
    code, out, _ = said(capsys)
    assert code == 0
    assert "compare" in out


@pytest.mark.parametrize("what", ["scenarios", "strategies", "parameters", "outcomes"])
def test_list(capsys, what):
    """Every list has a heading and rows."""
    code, out, _ = said(capsys, "list", what)
    assert code == 0
    assert len(out.splitlines()) > 4


def commands():
    """Return the names of all commands."""
    return {command.name or command.callback.__name__ for command in app.registered_commands}


def test_every_file_of_a_command_is_one():
    """Every function that typer could call is registered, under the name of its file."""
    no_command = {"__init__", "cli", "common", "doctor", "teaching"}
    files = {file.stem.strip("_") for file in (PACKAGE / "commands").glob("*.py")}
    several = {"resume", "export", "reproduce"}  # stand in sweep.py
    assert files - {name.strip("_") for name in no_command} | several | {"doctor"} == commands()


def test_every_command_is_in_the_documents():
    """README.md, GUIDE.md or SWEEPS.md shows each of them."""
    files = ROOT / "README.md", PACKAGE / "GUIDE.md", PACKAGE / "SWEEPS.md"
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert not {name for name in commands() if f"continuum {name}" not in text}


@pytest.mark.parametrize("command", [command.__name__ for command in WITH_PARAMETERS])
def test_help_is_one_screen_and_says_where_the_parameters_are(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "100")
    code, out, _ = said(capsys, command, "--help")
    assert code == 0
    assert len(out.splitlines()) <= 40
    assert "--set NAME=VALUE" in out
    assert "continuum list parameters" in " ".join(out.split())
    assert all(re.search(rf"\b{group}\b", out) for group in GROUPS)


def test_every_parameter_is_in_one_group_of_the_list(capsys):
    heads, names = set(), []
    for group in GROUPS:
        code, out, _ = said(capsys, "list", "parameters", group)
        assert code == 0
        head, *rows = out.splitlines()
        heads.add(head)
        names += [row.split("\t")[0] for row in rows]
    assert names == list(parameters())
    assert heads == {"parameter\tdefault\tallowed\tmeaning\tsource"}
    one = said(capsys, "list", "parameters", "offers", "--markdown")[1]
    assert re.findall("^## (.+)$", one, re.M) == ["offers"]


def test_doctor(capsys):
    """The doctor finds this machine fit for the tests."""
    code, out, _ = said(capsys, "doctor")
    assert code == 0
    assert "all well" in out


@pytest.mark.skipif(not EGO.exists(), reason="the shared data lie beside the checkout, not in it")
def test_a_real_friendship_graph(capsys):
    """Any scenario runs on the ego-Facebook graph; what was read is said aloud."""
    code, out, err = said(capsys, "run", "balanced", "--friends", EGO, "--json")
    assert code == 0
    assert "4,039 people" in err
    assert "88,234 friendships" in err
    result = json.loads(out)
    assert sum(result[f"n_{s}"] for s in ("stranger", "follower", "subscriber", "member")) == 4039


def test_friends_with_names(capsys, tmp_path):
    """Names, comments, doubles, both directions and self-loops are handled and counted aloud."""
    text = "# who knows whom\nann,bob\nbob,ann\nann,bob\ncid,cid\nbob,cid\n"
    file = tmp_path / "names.csv.gz"
    file.write_bytes(gzip.compress(text.encode()))
    code, _, err = said(capsys, "run", "balanced", "--friends", file, "--json")
    assert code == 0
    assert "3 people, 2 friendships" in err
    assert "1 comment" in err
    assert err.endswith("first pair: ann - bob\n")


@pytest.mark.parametrize(
    "command", ["run", "compare", "arms", "precision", "optimize", "calibrate"]
)
def test_every_command_with_friends_knows_their_columns(capsys, tmp_path, command):
    """What the columns are is said on the command line, by heading or number, or in the file."""
    edges(tmp_path, "wer,seit,wen\nann,1,bob\ncid,2,dan\n", "wer.csv")
    words = [command, "--dry-run"]
    if command == "calibrate":
        data = edges(tmp_path, "week,followers\n1,1\n2,2\n3,2\n4,3\n", "observed.csv")
        words += [data, "--fit", "p_follow"]
    if command == "precision":  # has no dry run: stopped by the next wrong word
        words = [command, "--width", "-1"]
    for way in (
        ["--friends", tmp_path / "wer.csv", "--friends-columns", "wer,wen"],
        ["--scenario", toml(
            tmp_path, 'graph = "file"\nfriends_file = "wer.csv"\nfriends_columns = "wer,wen"',
            "town.toml",
        )],
        ["--scenario", toml(
            tmp_path, 'graph = "file"\nfriends_file = "wer.csv"', "bare.toml",
        ), "--friends-columns", "wer, wen"],
    ):  # fmt: skip
        code, _, err = said(capsys, *words, *way)
        assert "4 people, 2 friendships read from wer.csv" in err
        assert "columns wer and wen read" in err
        assert code == (2 if command == "precision" else 0), err


@pytest.mark.long
def test_machine_code_is_announced_and_nothing_else(cold_run, tmp_path):
    """Asked for, it is said on stderr that it is made, once; the module runs without a word."""
    module = run_native({"CONTINUUM_CACHE_DIR": str(tmp_path)}, "module")
    cold, environment = cold_run
    warm = run_native(environment)
    assert module.stderr == ""
    assert "compiling the engine for this machine, once" in cold.stderr
    assert warm.stderr == ""
    same = module.stdout.replace('"engine": "module"', '"engine": "native"')
    assert same == cold.stdout == warm.stdout


def test_interrupted(tmp_path):
    """Ctrl-C ends a comparison quickly, in one line, with no half-written file."""
    words = [sys.executable, "-m", "simulation", "compare", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [*words, "--replications", "100000"], stderr=subprocess.PIPE, text=True
    )
    try:
        begun = time.monotonic()
        while time.monotonic() < begun + 6 and not psutil.Process(process.pid).children():
            time.sleep(0.05)
        time.sleep(2)  # some runs into it
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "continuum: stopped" in err.splitlines()  # a library's own last word may follow
    assert not any((tmp_path / "out").glob("*"))
