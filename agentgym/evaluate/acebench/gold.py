"""What the official answers look like as an agent's turns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agentgym.evaluate.acebench.judging import State, saved_state
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.prompts import FINISH
from agentgym.evaluate.acebench.schemas import tools_of
from agentgym.evaluate.acebench.tasks import AGENT, NORMAL, Item
from agentgym.evaluate.acebench.ways import arrives, ways
from agentgym.evaluate.acebench.world import World
from agentgym.play.agents.agent import Turn
from agentgym.spaces import Call
from agentgym.types import Json, ToolCall

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
    """The way in the data that leads to the final state in the data. Where none does, one that is found from both
    states; where that fails too, the first way.
    """
    for calls in ways(item):
        if arrives(code, item, calls):
            return calls
    try:
        found = list(_found(code, item))
    except (AttributeError, LookupError, TypeError, ValueError):  # another world than the telephone's
        return ways(item)[0]
    return found if arrives(code, item, found) else ways(item)[0]


def _found(code: Official, item: Item) -> Iterator[Call]:
    """Calls on the telephone's classes, by what the final state has that the first one has not.

    Some ways in the data misspell a product, forget to log in, or delete another message than the final state lacks.
    """
    before = _merged(saved_state(code, World(code, item).instances))
    after = before | _merged(item.answer)
    for attribute, method in (("wifi", "turn_on_wifi"), ("logged_in", "login_device")):
        if after.get(attribute) and not before.get(attribute):
            yield Call(method, {})
    for user in _added(before, after, "logged_in_users"):
        yield Call("login_food_platform", {"username": user, "password": after["users"][user]["password"]})
    for order in _added(before, after, "orders"):
        items = [{"product": one["product"], "quantity": one["quantity"]} for one in order["items"]]
        arguments = {"username": order["user_name"], "merchant_name": order["merchant_name"], "items": items}
        yield Call("add_food_delivery_order", arguments)
    yield from _posted(code, item, before.get("inbox", {}), after.get("inbox", {}))
    for key, reminder in after.get("reminder_list", {}).items():
        if key not in before.get("reminder_list", {}):
            yield Call("add_reminder", {name: reminder[name] for name in ("title", "description", "time")})


def _posted(code: Official, item: Item, before: dict[str, Json], after: dict[str, Json]) -> Iterator[Call]:
    """Messages deleted, then sent."""
    for key in before:
        if key not in after:
            yield Call("delete_message", {"message_id": int(key)})
    people = {}
    if "MessageApi" in item.classes:
        users = World(code, item).instances["MessageApi"].user_list
        people = {user["user_id"]: name for name, user in users.items()}
    for key, message in after.items():
        if key not in before:
            ends = {f"{end}_name": people[message[f"{end}_id"]] for end in ("sender", "receiver")}
            yield Call("send_message", {**ends, "message": message["message"]})


def _merged(state: State) -> dict[str, Json]:
    """The attributes of all classes together, which share none."""
    return {name: value for entry in state for attributes in entry.values() for name, value in attributes.items()}


def _added(before: dict[str, Json], after: dict[str, Json], attribute: str) -> list[Json]:
    """What a list has at its end."""
    return list(after.get(attribute, [])[len(before.get(attribute, [])) :])


def _offered(item: Item, calls: Iterable[Call]) -> Iterator[ToolCall]:
    """Calls by the names that an agent is offered."""
    offered = {official: name for name, official in tools_of(item.functions).names.items()}
    for call in calls:
        yield ToolCall(name=offered.get(call.name, call.name), arguments=call.arguments)
