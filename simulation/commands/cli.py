"""The command line: every command of ``continuum``, and how it ends.

The same as ``python -m simulation``.

Every wrong input ends in one line on stderr, naming what, where and what is allowed, and exit code
2. Progress goes to stderr, results to stdout.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from typer.exceptions import TyperException

from simulation.commands.arms import arms
from simulation.commands.calibrate import calibrate
from simulation.commands.common import PARAMETERS_HELP, STOPPED
from simulation.commands.compare import compare
from simulation.commands.list_ import list_
from simulation.commands.maps import maps
from simulation.commands.notebooks import notebooks
from simulation.commands.optimize import optimize
from simulation.commands.page import page
from simulation.commands.panel import panel
from simulation.commands.precision import precision
from simulation.commands.publish import publish
from simulation.commands.report import report
from simulation.commands.run import run
from simulation.commands.sensitivity import sensitivity
from simulation.commands.serve import serve
from simulation.commands.sweep import export, reproduce, resume, sweep
from simulation.commands.validate import validate
from simulation.tools.errors import InputError, Stopped
from simulation.tools.requests import in_our_words

app = typer.Typer(
    name="continuum",
    help="People on the way from stranger to member, and what strategies do to sales.",
    no_args_is_help=True,
    context_settings={"max_content_width": 100},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

WITH_PARAMETERS: tuple[Callable[..., None], ...] = (
    compare,
    run,
    arms,
    validate,
    precision,
    calibrate,
    optimize,
)
OTHERS: tuple[Callable[..., None], ...] = (
    sweep,
    resume,
    sensitivity,
    maps,
    report,
    export,
    reproduce,
    publish,
    panel,
    page,
    serve,
    notebooks,
)
for command in WITH_PARAMETERS:
    app.command(epilog=PARAMETERS_HELP)(command)
for command in OTHERS:
    app.command()(command)
app.command("list")(list_)


@app.command()
def doctor() -> None:
    """Say in plain words what this machine has, and what is missing."""
    from simulation.commands.doctor import report as examine

    problems = examine()
    if problems:
        raise typer.Exit(3)


def _stop_workers() -> None:
    """End the processes of work that was stopped, so that they leave nothing behind."""
    if "joblib" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 2 wrong input, 3 failed)."""
    words = sys.argv[1:] if argv is None else argv
    try:
        words = in_our_words(words)
        code = app(args=words or ["--help"], prog_name="continuum", standalone_mode=False)
        if code != STOPPED:
            return int(code or 0)
        message = "stopped"
    except InputError as error:
        message = str(error)
    except TyperException as error:
        shown = error.format_message() if hasattr(error, "format_message") else str(error)
        message = " ".join(shown.split())
    except Stopped as error:
        if error.code == STOPPED:
            _stop_workers()
        print(f"continuum: {error}", file=sys.stderr)
        return error.code
    except MemoryError:
        message = "not enough memory: fewer people, friends (mean_degree), worlds or processes"
    except KeyboardInterrupt:
        _stop_workers()
        code, message = STOPPED, "stopped"
    print(f"continuum: {message}", file=sys.stderr)
    return STOPPED if message == "stopped" else 2


if __name__ == "__main__":
    sys.exit(main())
