"""What the official answers look like as an agent's turns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.prompts import FINISH
from agentgym.evaluate.acebench.schemas import tools_of
from agentgym.evaluate.acebench.tasks import AGENT, NORMAL, Item
from agentgym.evaluate.acebench.telephone import planned
from agentgym.evaluate.acebench.ways import arrives, ways
from agentgym.play.agents.agent import Turn
from agentgym.spaces import Call
from agentgym.types import ToolCall

_NUMBERED = re.compile(r"_\d+\Z")  # several calls of one function have numbers in an answer


def gold_turns(code: Official, item: Item) -> list[Turn]:
    """An agent's turns that do what the task wants. Saying nothing ends a single turn where turns are not known."""
    if item.category.startswith(NORMAL):
        return [Turn(calls=tuple(_offered(item, _answered(item)))), Turn("")]
    if item.category.startswith(AGENT):
        calls = _offered(item, _acted(code, item))
        return [*(Turn(calls=(call,)) for call in calls), Turn(FINISH)]
    return [Turn(_complaint(code, item))]


def _complaint(code: Official, item: Item) -> str:
    """The official phrase, and what is wrong in this task."""
    if isinstance(item.answer, str):
        return item.answer
    phrase = next(phrase for part, phrase in code.phrases.items() if part in item.category)
    told = (f"{phrase} ({', '.join(values)}) ({name})" for name, values in item.answer.items())
    return "; ".join(told)


def _answered(item: Item) -> Iterator[Call]:
    """The calls of the first answer."""
    answer = item.answer[0] if isinstance(item.answer, list) else item.answer
    known = {function["name"] for function in item.functions}
    for name, arguments in answer.items():
        yield Call(name if name in known else _NUMBERED.sub("", name), arguments)


def _acted(code: Official, item: Item) -> list[Call]:
    """The way in the data that leads to the final state in the data, or one that ``telephone`` plans where none does.
    Where no plan does either, the first way, which loses.
    """
    for calls in (*ways(item), planned(code, item)):
        if arrives(code, item, calls):
            return calls
    return ways(item)[0]


def _offered(item: Item, calls: Iterable[Call]) -> Iterator[ToolCall]:
    """Calls by the names that an agent is offered."""
    offered = {official: name for name, official in tools_of(item.functions).names.items()}
    for call in calls:
        yield ToolCall(name=offered.get(call.name, call.name), arguments=call.arguments)
