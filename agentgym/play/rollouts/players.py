"""Who plays, by name: agents and users that need no model, and models of litellm, written ``provider/model``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from agentgym.errors import RunError, nearest
from agentgym.play.agents.agent import MakeAgent
from agentgym.play.agents.fallible import FallibleAgent
from agentgym.play.agents.gold import BriefAgent, GoldAgent
from agentgym.play.agents.planner import planner
from agentgym.users import ScriptedUser, UserFactory

if TYPE_CHECKING:
    from agentgym.llm import Options

AGENTS: dict[str, MakeAgent] = {"gold": GoldAgent, "brief": BriefAgent, "fallible": FallibleAgent, "planner": planner}
USERS: dict[str, UserFactory] = {"scripted": ScriptedUser}

T = TypeVar("T")


def is_model(name: str) -> bool:
    """Whether ``name`` is written as a model is."""
    return "/" in name.strip("/")


def asks_models(agent: str, user: str) -> bool:
    """Whether one of the two, named as in a request or in a record, is anyone but those that need no model."""
    return agent not in AGENTS or user not in USERS


def check(agents: Iterable[str], user: str) -> None:
    """Raises ``RunError`` where one of them is nobody."""
    for agent in agents:
        if not is_model(agent):
            _known(agent, AGENTS, "agent")
    if not is_model(user):
        _known(user, USERS, "user")


def agent_named(name: str, options: Options, temperature: float = 0.0) -> MakeAgent:
    """The agent called ``name``; ``options`` say how a model is reached. It can be sent to a worker process.

    Raises:
        RunError: there is no such agent.
    """
    if not is_model(name):
        return _known(name, AGENTS, "agent")
    from agentgym.play.agents.llm import llm_agent

    return llm_agent(name, options=options, temperature=temperature)


def user_named(name: str, options: Options) -> UserFactory:
    """The same for users."""
    if not is_model(name):
        return _known(name, USERS, "user")
    from agentgym.users.llm import llm_user

    return llm_user(name, options=options)


def _known(name: str, known: Mapping[str, T], kind: str) -> T:
    if name in known:
        return known[name]
    raise RunError(
        f"there is no {kind} {name!r}{nearest(name, known)}; known are {', '.join(known)}, and models as provider/model"
    )
