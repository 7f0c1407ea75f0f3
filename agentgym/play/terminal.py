"""``agentgym play``: a person is the agent, in a terminal, and sees what every call changes in the database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agentgym.play.commands import COMMANDS, InputError, complete, parse
from agentgym.types import Json, RowChange, Schema, Task

if TYPE_CHECKING:
    from rich.console import Console

    from agentgym.env import ToolEnv
