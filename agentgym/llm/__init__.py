"""The one way to ask a language model, through litellm, and a double that needs none."""

from agentgym.llm.client import Client, Staged, shared_client
from agentgym.llm.ledger import Ledger, spend
from agentgym.llm.options import Options
from agentgym.llm.prompts import prompt
from agentgym.llm.records import AskedCall, Chat, Complete, Completion, Request, Usage
from agentgym.llm.scripted import Scripted

__all__ = [
    "AskedCall",
    "Chat",
    "Client",
    "Complete",
    "Completion",
    "Ledger",
    "Options",
    "Request",
    "Scripted",
    "Staged",
    "Usage",
    "prompt",
    "shared_client",
    "spend",
]
