"""From API specifications to verified Gymnasium environments, tasks and agent experience.

Importing the package registers every environment that comes with it: ``gymnasium.make("envscale/retail-v0")``;
``agentgym.make_vec("envscale/retail-v0", 1024)`` makes many at once.
A newcomer needs six records: ToolSpec, Domain, World, Task, Trajectory, Verdict.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agentgym.registry import register
from agentgym.registry import register_all as _register_all

if TYPE_CHECKING:
    from agentgym.env import ToolEnv
    from agentgym.types import Domain, Task, ToolSpec, Trajectory, Verdict
    from agentgym.vector import make_vec
    from agentgym.world.load import load
    from agentgym.world.world import World

__all__ = ["Domain", "Task", "ToolEnv", "ToolSpec", "Trajectory", "Verdict", "World", "load", "make_vec", "register"]

_HOME = {
    "Domain": "agentgym.types",
    "Task": "agentgym.types",
    "ToolEnv": "agentgym.env",
    "ToolSpec": "agentgym.types",
    "Trajectory": "agentgym.types",
    "Verdict": "agentgym.types",
    "World": "agentgym.world.world",
    "load": "agentgym.world.load",
    "make_vec": "agentgym.vector",
}

_register_all()


def __getattr__(name: str) -> Any:
    """Import what a name needs when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
