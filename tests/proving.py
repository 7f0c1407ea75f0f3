"""Tasks of the minishop, put together call by call, and why they are rejected."""

from __future__ import annotations

from agentgym.tasks.chart import Chart
from agentgym.tasks.proof.prove import prove
from agentgym.types import Fact, Goal, Json, RowChange, Task, ToolCall
from agentgym.world.world import World

CANCEL = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1001", "reason": "ordered by mistake"})
MOVE = ToolCall(name="update_user_address", arguments={"user_id": "ana_silva_4411", "city": "Porto Alegre"})
SHIPPED = ToolCall(name="cancel_pending_order", arguments={"order_id": "ORD-1004", "reason": "ordered by mistake"})
LOOK = ToolCall(name="get_order_details", arguments={"order_id": "ORD-1001"})
PENDING = ToolCall(name="list_orders", arguments={"status": "pending", "user_id": "ana_silva_4411"})


def altered(call: ToolCall, **arguments: Json) -> ToolCall:
    return call.model_copy(update={"arguments": {**call.arguments, **arguments}})


def facts_of(*calls: ToolCall) -> tuple[Fact, ...]:
    """A fact for every argument, apart from rows of a list."""
    values = [value for call in calls for value in call.arguments.values() if not isinstance(value, list)]
    return tuple(
        Fact(label=f"detail {number}", value=value, text=f"It is {value}.") for number, value in enumerate(values)
    )


def task_of(world: World, *gold: ToolCall, state: tuple[RowChange, ...] = (), **fields: Json) -> Task:
    """A task around ``gold`` in which every argument is said, with one goal for all the difference that gold makes."""
    world.reset(state)
    for call in gold:
        world.call(call.name, call.arguments)
    diff = world.diff()
    goal = Goal(text="help me", calls=tuple(range(len(gold))), changes=tuple(range(len(diff))))
    given = {"intent": "Hello, I need some help.", "facts": facts_of(*gold), "diff": diff, "goals": (goal,), **fields}
    return Task(id="minishop-x", domain="minishop", gold=gold, state=state, **given)


def reason_of(chart: Chart, world: World, task: Task) -> str:
    rejection = prove(chart, world, task)
    return rejection.reason if rejection else ""


def goal_of(*calls: int, changes: tuple[int, ...] = (), **fields: Json) -> Goal:
    return Goal(text="help me", calls=calls, changes=changes, **fields)
