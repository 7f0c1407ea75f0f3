"""What an agent reads: the official prompts of a checkout, and how calls are made here."""

from __future__ import annotations

from agentgym.evaluate.acebench.official import MULTI_TURN, Official
from agentgym.evaluate.acebench.tasks import AGENT, SPECIAL, Item
from agentgym.evaluate.acebench.texts import CALLING, TOOLS

FINISH = "finish conversation"  # ends a dialogue, whoever says it

_PREFERENCE = "preference"  # within the name of the category whose prompt tells of the user


def policy_of(code: Official, item: Item) -> str:
    """The system prompt: the official one, with the functions as tools, and a paragraph of ours on calls."""
    prompts = code.prompts
    offered = TOOLS[code.language]
    if item.category.startswith(AGENT):
        text = prompts.agents[item.category]
        if item.category == MULTI_TURN:
            text += "".join(prompt for name, prompt in prompts.worlds.items() if name in item.classes)
    elif item.category.startswith(SPECIAL):
        text = prompts.special.format(time=item.time, function=offered)
    elif _PREFERENCE in item.category:
        text = prompts.preference.format(profile=item.profile, function=offered)
    else:
        text = prompts.normal.format(time=item.time, function=offered)
    return f"{text}\n\n{CALLING[code.language]}"


def opening_of(code: Official, item: Item) -> str:
    """What the agent of a single turn is asked."""
    return code.prompts.question.format(question=item.question)
