"""The commands, called as a shell calls them."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from agentgym.cli.app import app


def agentgym(*arguments: object) -> Result:
    """What ``agentgym ARGUMENTS`` prints, and its exit code."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="agentgym")
