"""What is installed here: the environments, the versions, the optional extras."""

from __future__ import annotations

import platform
from importlib import metadata

import agentgym.registry as registry
from agentgym.errors import AgentGymError
from agentgym.types import Record
