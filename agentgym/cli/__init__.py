"""The ``agentgym`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Exits with 0 when all is well, 1 for problems found, 2 for bad input, 130 for Ctrl-C."""
    try:
        from agentgym.cli.app import app  # here, so that Ctrl-C while it loads ends quietly too
    except KeyboardInterrupt:
        sys.exit(130)
    app(prog_name="agentgym")
