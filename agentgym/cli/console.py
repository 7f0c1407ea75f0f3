"""How a command speaks: tables for people, one JSON value for programs, an exit code for shells."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn, ParamSpec, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from agentgym.errors import AgentGymError

if TYPE_CHECKING:
    from agentgym.types import Json

P = ParamSpec("P")

PROBLEMS = 1  # the command worked and found something wrong
USAGE = 2  # the command could not work with what it was given
INTERRUPTED = 130  # Ctrl-C, as shells count it

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout and everything else on stderr.")]
Advance: TypeAlias = Callable[[str, int, int], None]  # stage, done, of how many


class Output:
    """Where one command writes. With ``as_json`` stdout carries the JSON value and nothing else."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=as_json, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line for people. Text from outside is shown, never read as markup."""
        self._console.print(plain(text), markup=False, highlight=False)

    def table(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for people. Numbers stand on the right."""
        table = Table(header_style="bold", box=None, pad_edge=False)
        cells = [[_cell(value) for value in row] for row in rows]
        for position, name in enumerate(header):
            numeric = all(row[position].replace(",", "").lstrip("-").isdigit() for row in cells) and bool(cells)
            table.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in cells:
            table.add_row(*map(escape, row))
        self._console.print(f"\n[bold]{escape(plain(title))}[/bold]", highlight=False)
        self._console.print(table, soft_wrap=False)

    @contextmanager
    def progress(self) -> Iterator[Advance]:
        """A live bar a stage on a terminal, silence elsewhere."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bars: dict[str, TaskID] = {}
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:

            def advance(stage: str, done: int, total: int) -> None:
                if stage not in bars:
                    bars[stage] = live.add_task(stage)
                live.update(bars[stage], completed=done, total=total)

            yield advance

    def finish(self, value: Json, problems: bool = False) -> NoReturn:
        """Print ``value`` where JSON was asked for, and leave with the exit code."""
        if self._as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n")
        raise typer.Exit(PROBLEMS if problems else 0)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Turn this package's errors into one line on stderr and an exit code, and Ctrl-C into a quiet end."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except AgentGymError as error:
            sys.stderr.write(f"error: {plain(str(error))}\n")
            raise typer.Exit(USAGE) from None
        except OSError as error:  # a path that cannot be written, a full disk
            sys.stderr.write(f"error: {plain(str(error))}\n")
            raise typer.Exit(USAGE) from None
        except KeyboardInterrupt:
            sys.stderr.write("interrupted; what was finished is kept, run the same command again to go on\n")
            raise typer.Exit(INTERRUPTED) from None

    return run


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else plain(str(value))


def plain(text: str) -> str:
    """``text`` without what a terminal would obey: specifications and file names may hold control sequences."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)
