"""Calls on ACEBench's telephone, planned from the state that a task begins in and the state that it wants.

Of the 50 tasks for agents in the official data, 9 in English and 7 in Chinese give no way that leads to their own final
state: ways misspell a product, forget to log in, or delete another message than the final state lacks. Nothing in the
data says which call makes which change, so the methods of the telephone's classes are written down here. Only the gold
agent uses them; no verdict on an agent does.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.evaluate.acebench.judging import State, saved_state
from agentgym.evaluate.acebench.official import Official
from agentgym.evaluate.acebench.tasks import Item
from agentgym.evaluate.acebench.world import World
from agentgym.spaces import Call
from agentgym.types import Json


def planned(code: Official, item: Item) -> list[Call]:
    """Calls that should lead from the first state to the final one; none in another world than the telephone's."""
    try:
        return list(_between(code, item))
    except (AttributeError, LookupError, TypeError, ValueError):  # an attribute or a method that this world has not
        return []


def _between(code: Official, item: Item) -> Iterator[Call]:
    """What the final state has that the first one has not, call by call."""
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
    """The attributes of all classes together: no two classes share one."""
    return {name: value for entry in state for attributes in entry.values() for name, value in attributes.items()}


def _added(before: dict[str, Json], after: dict[str, Json], attribute: str) -> list[Json]:
    """What a list has at its end."""
    return list(after.get(attribute, [])[len(before.get(attribute, [])) :])
