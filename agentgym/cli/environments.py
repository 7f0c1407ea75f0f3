"""Commands about what is here: play an environment, list them, report on the installation."""

from __future__ import annotations

from typing import Annotated

import typer

from agentgym.cli.console import AsJson, Output


def play(
    environment: Annotated[str, typer.Argument(help="An id such as envscale/retail-v0, a short name, or a folder.")],
    task: Annotated[str | None, typer.Option(help="A task's id or its number; drawn by --seed otherwise.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the task.")] = 0,
) -> None:
    """Be the agent: talk to the user, call tools, see what changes in the database.

    Example: `agentgym play retail`
    """
    from agentgym.play.terminal import play as start

    raise typer.Exit(start(environment, task=task, seed=seed))


def envs(as_json: AsJson = False) -> None:
    """List the registered environments.

    Example: `agentgym envs --json`
    """
    from agentgym import installation

    out = Output(as_json)
    found = installation.environments()
    rows = [(item.id, item.tools, item.writes, item.tables, item.rows, item.tasks) for item in found]
    out.table(f"{len(found)} environments", ("id", "tools", "writing", "tables", "rows", "tasks"), rows)
    out.finish([item.model_dump(mode="json") for item in found])


def doctor(as_json: AsJson = False) -> None:
    """Report versions, optional extras and whether every committed environment loads.

    Example: `agentgym doctor`
    """
    from agentgym import installation

    out = Output(as_json)
    found = installation.examine()
    rows = [(item.what, item.found, "" if item.good else item.hint or "missing") for item in found]
    out.table("This installation", ("what", "found", "to do"), rows)
    problems = any(item.needed and not item.good for item in found)
    out.say("something is wrong; see the last column" if problems else "everything that is needed is here")
    out.finish([item.model_dump(mode="json") for item in found], problems)
