"""The table of commands."""

from __future__ import annotations

import typer

from agentgym.cli import data, environments, evaluate, experience, importing, masks, pipeline
from agentgym.cli.console import command

HELP = """From API specifications to verified Gymnasium environments, tasks and agent experience.

Start with `agentgym quickstart`. Exit codes: 0 all is well, 1 problems were found, 2 the input cannot be used.
"""

app = typer.Typer(
    name="agentgym",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

for panel, functions in {
    "The pipeline": (
        pipeline.quickstart,
        pipeline.ingest,
        pipeline.build,
        pipeline.check,
        experience.tasks,
        experience.rollout,
        experience.filter_,
        data.export,
        evaluate.eval_,
        masks.mask,
    ),
    "Environments": (importing.import_, environments.play, environments.envs, environments.doctor),
}.items():
    for function in functions:
        app.command(function.__name__.rstrip("_"), rich_help_panel=panel)(command(function))
