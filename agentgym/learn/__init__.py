"""From trajectories to rows, masks, datasets and rewards (paper 3.2, 5)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym.learn.rl.environments import trl_environment, trl_reward
    from agentgym.learn.rl.prompts import trl_rows

__all__ = ["trl_environment", "trl_reward", "trl_rows"]

_HOME = {
    "trl_environment": "agentgym.learn.rl.environments",
    "trl_reward": "agentgym.learn.rl.environments",
    "trl_rows": "agentgym.learn.rl.prompts",
}


def __getattr__(name: str) -> Any:
    """Import what a name needs when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym.learn' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value
