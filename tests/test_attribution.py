"""Who is to blame for a failure, from the transcript alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym.play.rollouts import attribution
from agentgym.play.rollouts.attribution import attribute, blame
from agentgym.types import Fact, Goal, Message, RowChange, Stop, Task, ToolCall

CANCEL = ToolCall(name="cancel_order", arguments={"order_id": "ORD-1"})
MOVE = ToolCall(name="update_address", arguments={"city": "Porto"})
LOOK = ToolCall(name="get_order", arguments={"order_id": "ORD-1"})
OTHER = ToolCall(name="delete_user", arguments={})
TASK = Task(
    id="t",
    domain="d",
    intent="Please cancel my order and change my address.",
    facts=(
        Fact(label="order ID", value="ORD-1", text="It's the order ORD-1."),
        Fact(label="delivery date", value="2026-03-02", text="The delivery date is 2026-03-02."),
        Fact(label="gift wrap", value=True, text="The gift wrap is yes."),
    ),
    gold=(CANCEL, MOVE),
    goals=(
        Goal(text="cancel my order", calls=(0,), changes=(0,)),
        Goal(text="change my address", calls=(1,), changes=(1,)),
    ),
    diff=(
        RowChange(table="order", key="ORD-1", before={"status": "open"}, after={"status": "cancelled"}),
        RowChange(table="user", key=1, before={"city": "Ulm"}, after={"city": "Porto"}),
    ),
)
READ = TASK.model_copy(update={"gold": (LOOK, LOOK), "diff": ()})


def says(text: str) -> Message:
    return Message(role="assistant", content=text)


def hears(text: str) -> Message:
    return Message(role="user", content=text)


def makes(call: ToolCall, error: str = "") -> list[Message]:
    answer = Message(role="tool", name=call.name, content=f"Error: {error}" if error else "{}", error=bool(error))
    return [Message(role="assistant", tool_calls=(call,)), answer]


START = [Message(role="system", content="Be kind."), hears(TASK.intent)]
BYE = hears("Never mind.")
ASKED = [says("What is your order ID?")]


@pytest.mark.parametrize(
    ("name", "messages", "stop", "reason"),
    [
        ("a claim", [says("Done."), BYE], "user_gave_up", attribution.FAILED),
        ("too many steps", [*makes(LOOK), *makes(LOOK)], "max_steps", attribution.FAILED),
        ("the agent crashed", [], "agent_error", attribution.FAILED),
        ("the user crashed", [says("Hm?")], "user_error", attribution.SPEECHLESS),
        ("the user left content", [says("Done."), hears("Thanks!")], "user_done", attribution.STOPPED),
        ("a tool broke", [*makes(LOOK, "internal error: Bug"), says("Hm."), BYE], "user_gave_up", attribution.BROKEN),
        ("a refusal is none", [*makes(LOOK, "order not found"), says("Hm."), BYE], "user_gave_up", attribution.FAILED),
        ("not answered", [*ASKED, hears("I want it cancelled!"), says("Hm."), BYE], "user_gave_up", attribution.SILENT),
        ("left when asked", [*ASKED, BYE], "user_gave_up", attribution.SILENT),
        ("answered", [*ASKED, hears("ord-1, please"), says("Done."), BYE], "user_gave_up", attribution.FAILED),
        ("answered later", [*ASKED, hears("Eh?"), says("Hm."), hears("It's ORD-1."), says("?"), BYE], "user_gave_up",
         attribution.FAILED),
        ("answered in other words", [says("What is the delivery date?"), hears("March 2, 2026"), says("Done."), BYE],
         "user_gave_up", attribution.FAILED),
        ("it cannot be told", [says("Do you want gift wrap?"), hears("Sure!"), says("Done."), BYE], "user_gave_up",
         attribution.FAILED),
        ("asked for what it does not know", [says("What is your age?"), hears("Eh?"), says("Done."), BYE],
         "user_gave_up", attribution.FAILED),
        ("asked at the very end", [says("Done."), hears("No!"), *ASKED], "max_steps", attribution.FAILED),
        ("another value", [*ASKED, hears("My order ID is ORD-1. No wait, the order ID is ORD-2."), says("Hm."), BYE],
         "user_gave_up", attribution.FAILED),
        ("a wrong value", [*ASKED, hears("It's ORD-1."), says("Sure?"), hears("The order ID is ORD-2."), BYE],
         "user_gave_up", attribution.DENIED),
        ("left too early", [says("Hi."), hears("Well?"), *makes(CANCEL), says("One done."), BYE], "user_gave_up",
         attribution.LEFT),
        ("left when nothing came of it", [*makes(CANCEL), says("One done."), hears("And?"), says("Hm."), BYE],
         "user_gave_up", attribution.FAILED),
        ("left when all was spoilt", [says("Hi."), hears("?"), *makes(OTHER), *makes(CANCEL), says("Hm."), BYE],
         "user_gave_up", attribution.FAILED),
        ("looking does not spoil it", [says("Hi."), hears("?"), *makes(LOOK), *makes(CANCEL), says("Hm."), BYE],
         "user_gave_up", attribution.LEFT),
        ("a refused call is no progress", [says("Hi."), hears("?"), *makes(CANCEL, "no"), says("Hm."), BYE],
         "user_gave_up", attribution.FAILED),
    ],
)  # fmt: skip
def test_the_blame(name: str, messages: list[Message], stop: Stop, reason: str) -> None:
    assert blame(TASK, [*START, *messages], stop, 0.0).reason == reason, name


def test_a_look_too_many_ends_the_progress_of_a_read_only_task() -> None:
    first = [says("Hi."), hears("?"), *makes(LOOK), says("Hm."), BYE]
    assert blame(READ, [*START, *first], "user_gave_up", 0.0).reason == attribution.LEFT
    spoilt = [*makes(OTHER), *first]
    assert blame(READ, [*START, *spoilt], "user_gave_up", 0.0).reason == attribution.FAILED


def test_nobody_is_to_blame_for_a_success() -> None:
    broken = [*START, *makes(LOOK, "internal error: KeyError")]
    assert attribute(TASK, broken, "user_done", 1.0) == ""


MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["user", "assistant", "tool"]),
    content=st.text(max_size=60) | st.sampled_from(["What is your order ID?", "It's ORD-1.", "the order ID is ORD-2"]),
    tool_calls=st.lists(st.sampled_from([CANCEL, MOVE, LOOK, OTHER]), max_size=2).map(tuple),
    error=st.booleans(),
)


@given(
    st.lists(MESSAGES, max_size=8),
    st.sampled_from(["user_done", "user_gave_up", "max_steps", "agent_error", "user_error"]),
)
def test_any_transcript_has_somebody_to_blame(messages: list[Message], stop: Stop) -> None:
    assert attribute(TASK, messages, stop, 0.0) in ("agent", "user", "environment")
    assert attribute(TASK, messages, stop, 1.0) == ""
