"""Rows of messages and tools -> token ids and labels, supervised on assistant turns alone (paper 3.2, eq. 2)."""

from agentgym.learn.chat.encoding import Encoded, Reasoning, encode
from agentgym.learn.chat.templates import ChatTemplate, training_template
from agentgym.learn.chat.tokenising import Dropped, tokenise
from agentgym.learn.chat.unfit import Unfit

__all__ = ["ChatTemplate", "Dropped", "Encoded", "Reasoning", "Unfit", "encode", "tokenise", "training_template"]
