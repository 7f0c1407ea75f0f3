"""The code of a τ²-bench checkout: the parts of it that episodes are made of."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agentgym.evaluate.benchmark import Ending
from agentgym.evaluate.foreign import foreign
from agentgym.evaluate.garbage import uncollected


class Official:
    """What is imported from one checkout. Nothing in it changes."""

    def __init__(self, root: Path) -> None:
        """Raises ``RunError`` where what τ²-bench needs is not installed."""
        package = foreign(root / "src", "tau2", (("TAU2_DATA_DIR", str(root / "data")),))
        _hush()
        self.registry: Any = package.module("registry").registry
        self.evaluator: Any = package.module("evaluator.evaluator")
        self.simulation: Any = package.module("data_model.simulation")
        self.message: Any = package.module("data_model.message")
        self.agent: Any = package.module("agent.llm_agent").LLMAgent
        user = package.module("user.user_simulator")
        self.simulator: Any = user.UserSimulator
        self.chats: Any = package.module("utils.llm_utils").to_litellm_messages
        self.greeting: Any = package.module("orchestrator.orchestrator").DEFAULT_FIRST_AGENT_MESSAGE
        config = package.module("config")
        self.max_steps: int = config.DEFAULT_MAX_STEPS
        self.temperature: float = config.DEFAULT_LLM_TEMPERATURE_USER
        self.stop: str = user.STOP
        self.endings: dict[str, Ending] = {  # by the sign in a user's words
            user.STOP: "user_done", user.TRANSFER: "transferred", user.OUT_OF_SCOPE: "user_gave_up",
        }  # fmt: skip

    def environment(self, domain: str, task: Any) -> Any:
        """A new environment where ``task`` starts, as the official orchestrator sets it up."""
        with uncollected():
            environment = self.registry.get_env_constructor(domain)()
        state = task.initial_state
        environment.set_state(
            initialization_data=state and state.initialization_data,
            initialization_actions=state and state.initialization_actions,
            message_history=[],
        )
        return environment


def _hush() -> None:
    """τ²-bench logs every message to stderr unless its own command line has said otherwise."""
    if find_spec("loguru") is not None:  # else the import of τ²-bench says that it is missing
        import_module("loguru").logger.disable("tau2")


@cache
def official(root: Path) -> Official:
    """The one ``Official`` of a checkout."""
    return Official(root)
