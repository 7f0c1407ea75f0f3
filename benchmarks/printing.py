"""How a benchmark hands over its report: a short table for people, JSON on the screen or in a file for machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentgym.files import write_text

SCREEN = Path("-")  # what --json stands for without a file


def hand_over(report: dict[str, Any], to: Path | None) -> None:
    """Print the headline of ``report`` where ``to`` is None, else all of it as JSON: to the screen, or to a file."""
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if to is None:
        headline = {name: value for name, value in report.items() if name != "details"}
        width = max(map(len, headline), default=0)
        print("".join(f"{name:<{width}} {value}\n" for name, value in headline.items()), end="")
    elif to == SCREEN:
        print(text, end="")
    else:
        write_text(to, text)
