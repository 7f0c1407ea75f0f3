"""The ``agentgym`` command."""

from __future__ import annotations

from agentgym.cli.app import app


def main() -> None:
    """Run the command line. Exits with 0 when all is well, 1 for problems found, 2 for bad input, 130 for Ctrl-C."""
    app(prog_name="agentgym")
