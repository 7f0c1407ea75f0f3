"""A person plays the agent: what is typed becomes an action, what happens is shown."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from agentgym.errors import DomainError, TaskError
from agentgym.play.commands import InputError, complete, parse
from agentgym.play.terminal import play
from agentgym.types import Json, Schema
from tests.minishop import MINISHOP

TOOLS: dict[str, Schema] = {
    "cancel": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}, "reason": {"type": "string", "enum": ["late", "by mistake"]}},
    },
    "buy": {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "items": {"type": "array"},
            "gift": {"type": "boolean"},
            "note": {"type": ["string", "null"]},
        },
    },
}


def call(name: str, **arguments: Json) -> dict[str, Json]:
    return {"name": name, "arguments": arguments}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cancel order_id=W1 reason='by mistake'", call("cancel", order_id="W1", reason="by mistake")),
        ('cancel order_id="W 1"', call("cancel", order_id="W 1")),
        ("cancel order_id=10", call("cancel", order_id="10")),
        ("cancel order_id=a=b", call("cancel", order_id="a=b")),
        ("cancel", call("cancel")),
        ("buy count=3 gift=true", call("buy", count=3, gift=True)),
        ('buy items=\'[{"id": "P1"}]\'', call("buy", items=[{"id": "P1"}])),
        ("buy note=null", call("buy", note=None)),
        ("buy note=hello", call("buy", note="hello")),
        ("buy count=many", call("buy", count="many")),
        ('{"name": "buy", "arguments": {"count": 2}}', call("buy", count=2)),
    ],
)
def test_a_line_becomes_a_call(line: str, expected: Json) -> None:
    assert json.loads(parse(line, TOOLS)) == expected


@pytest.mark.parametrize(
    "line",
    ["Hello, who are you?", "I'm sorry", "cancel my order, please", "1 + 1 = 2", "it costs price=3 or so", "a=b"],
)
def test_words_go_to_the_user(line: str) -> None:
    assert parse(f"  {line} ", TOOLS) == line


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("cancel order=W1", "it takes order_id, reason"),
        ("cancel order_id=W1 by mistake", "put a value with spaces in quotes"),
        ("buy count=1 count=2", "given twice"),
        ("can order_id=W1", "did you mean 'cancel'"),
        ("sell count=1", "see :tools"),
        ("{broken", "no JSON"),
        ('{"tool": "buy"}', 'a call is {"name"'),
        ("{}", 'a call is {"name"'),
    ],
)
def test_a_slip_is_not_sent(line: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(line, TOOLS)
    assert hint in str(caught.value), f"{line!r} was refused with {caught.value}"


@given(st.text() | st.text("{}[]\"' =#\\abuy:"))
@example("")
@example(" ")
@example('{"a":' * 5000)
@example("buy items=" + "[" * 5000)
def test_any_line_is_sent_or_refused(line: str) -> None:
    try:
        assert isinstance(parse(line, TOOLS), str)
    except InputError as error:
        assert str(error), "a refusal must say why"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", [":diff", ":help", ":policy", ":quit", ":tools", "buy", "cancel"]),
        ("ca", ["cancel"]),
        (":t", [":tools"]),
        ("cancel ", ["order_id=", "reason="]),
        ("cancel order_id=W1 ", ["reason="]),
        ("cancel reason=b", ["reason='by mistake'"]),
        ("hello ", []),
    ],
)
def test_completion(line: str, expected: list[str]) -> None:
    assert complete(line, TOOLS) == expected


def typed(*lines: str) -> Callable[[str], str]:
    left = iter(lines)

    def read(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return read


def shown(*lines: str, task: str | None = "minishop-cancel") -> tuple[int, str]:
    """The exit status and the screen after the given lines."""
    screen = io.StringIO()
    status = play(str(MINISHOP), task=task, console=Console(file=screen, width=160), read=typed(*lines))
    return status, screen.getvalue()


def test_an_episode_is_played_to_its_reward() -> None:
    status, screen = shown(
        "What is the order id?",
        "cancel_pending_order order_id=ORD-1001 reason='ordered by mistake'",
        "It is cancelled.",
    )
    assert status == 0
    for part in ("Minishop policy", "It is order ORD-1001.", '"status": "cancelled"', "Reward 1: the database is as"):
        assert part in screen, f"the screen lacks {part!r}:\n{screen}"
    row = next(line for line in screen.splitlines() if "ORD-1001" in line and '"pending"' in line)
    assert '"cancelled"' in row, f"the change must show before and after: {row}"


def test_an_episode_without_reward_says_why() -> None:
    status, screen = shown("Done.", "Done.", "Done.")
    assert status == 1
    assert "Reward 0: the database is not as the task wants it. The episode ended by user_gave_up." in screen


def test_commands_do_not_take_a_turn() -> None:
    status, screen = shown(":diff", ":tools", ":policy", ":help", ":nonsense", "", "cancel_pending_order x=1", ":quit")
    assert status == 0
    for part in ("The database is as it was.", "Not a command: :nonsense", "Not sent: cancel_pending_order has no"):
        assert part in screen, f"the screen lacks {part!r}"
    assert screen.count("Minishop policy") == 2, ":policy must show the policy again"
    assert "You left" in screen


def test_a_refusal_is_shown() -> None:
    assert "Error: order 'no' not found" in shown("get_order_details order_id=no")[1]


def test_the_seed_draws_the_task() -> None:
    assert shown(task=None) == shown(task=None)
    assert "Task minishop-lookup" in shown(task="1")[1], "a number picks a task by its place"


def test_markup_and_control_sequences_are_only_shown() -> None:
    screen = shown('{"name": "get_user_details", "arguments": {"user_id": "[bold]\\u001b[2J\\u202e"}}')[1]
    assert "[bold]" in screen, "square brackets were read as markup"
    assert "\x1b" not in screen and "\u202e" not in screen, "a control sequence reached the terminal"


def test_unknown_names_are_explained() -> None:
    with pytest.raises(DomainError, match="no domain 'minishopp'"):
        play("envscale/minishopp-v0")
    with pytest.raises(TaskError, match="no task 'x'"):
        shown(task="x")


def test_input_may_come_from_a_pipe() -> None:
    code = "import sys; from agentgym.play.terminal import play; sys.exit(play(sys.argv[1], task='0'))"
    lines = "cancel_pending_order order_id=ORD-1001 reason='ordered by mistake'\nIt is done.\n"
    done = subprocess.run([sys.executable, "-c", code, str(MINISHOP)], input=lines, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "> It is done." in done.stdout, "piped lines must show in the transcript"
    assert "Reward 1" in done.stdout
