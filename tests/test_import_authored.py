"""Tools that people write by hand for an imported domain: checked, proven, and in the domain as they were written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agentgym.errors import AgentGymError
from agentgym.importing.importing import Inputs, import_world
from agentgym.world.load import load
from tests.workshop import AUTHORED, answers, how, some


def test_an_authored_tool_stands_in_the_domain_as_it_was_written(tmp_path: Path) -> None:
    given = some(tmp_path, "estimate_minutes", "get_ticket_details")
    report = import_world(replace(given, authored=AUTHORED), tmp_path / "workshop")
    assert how(report)["estimate_minutes"] == "authored"
    assert "# breaks are not counted" in (tmp_path / "workshop" / "tools.py").read_text("utf-8")
    texts = list(answers(tmp_path / "workshop", [("estimate_minutes", {"ticket_id": key}) for key in ("T-101", "x")]))
    assert texts == [("45", False), ("no such ticket", True)]


def test_the_form_of_unbound_tools_can_be_given_back_as_it_is(tmp_path: Path) -> None:
    given, out, form = some(tmp_path, "order_part", "close_ticket"), tmp_path / "workshop", tmp_path / "form.py"
    first = import_world(given, out)
    assert not first.bound, "the form is to hold both tools"
    form.write_bytes((out / "unbound.py").read_bytes())
    assert how(import_world(replace(given, authored=form), out)) == how(first), "an empty form counts as tools"
    refusal = 'raise ToolError("order_part is not written yet")'
    answer = 'session.exec(select(Part)).first()\n    return f"{quantity} of {part_id} ordered"'  # it imports all that
    form.write_text(form.read_text("utf-8").replace(refusal, answer), "utf-8")
    assert how(import_world(replace(given, authored=form), out))["order_part"] == "authored"
    assert "def order_part" not in (out / "unbound.py").read_text("utf-8"), "the form still asks for what is written"


HEAD = """from typing import Literal
from sqlmodel import Session, select
from agentgym.world.dialect import ToolError, read, write
from .schema import Part, Ticket
"""


def authored(folder: Path, code: str) -> Inputs:
    """Two tools of the workshop, one of them written by hand."""
    path = folder / "mine.py"
    path.write_text(HEAD + code, "utf-8")
    return replace(some(folder, "estimate_minutes", "get_ticket_details"), authored=path)


MINUTES = "@read\ndef estimate_minutes(session: Session, ticket_id: str) -> int:\n"


@pytest.mark.parametrize(
    ("law", "code"),
    [
        ("a tool raises nothing but ToolError", f"{MINUTES}    return 1 // 0\n"),
        (
            "a tool raises nothing but ToolError",  # it is marked @read
            f"{MINUTES}    for one in session.exec(select(Part)):\n        session.delete(one)\n    return 1\n",
        ),
        (
            "the signature requires what the spec requires",
            f"{MINUTES}    return 1\n".replace("ticket_id: str", 'ticket_id: str = "T-101"'),
        ),
        (
            "the signature closes what the spec closes",
            f"{MINUTES}    return 1\n".replace("ticket_id: str", 'ticket_id: Literal["T-101"]'),
        ),
    ],
)
def test_an_authored_tool_that_breaks_a_law_is_left_out(tmp_path: Path, law: str, code: str) -> None:
    report = import_world(authored(tmp_path, code), tmp_path / "workshop")
    assert how(report)["estimate_minutes"] == law
    assert "estimate_minutes" not in load(tmp_path / "workshop").tools


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("importing from os is not in the dialect", "from os import path\n"),
        ("not Python", "def (:\n"),
        ("Import is not in the dialect", "import os\n"),
        ("the name 'open'", f"{MINUTES}    return open\n"),
        ("no tool is called 'estimate_minute'; did you mean", f"{MINUTES}    return 1\n".replace("minutes", "minute")),
        ("takes ['ticket'], but its specification", f"{MINUTES}    return 1\n".replace("ticket_id", "ticket")),
        ("schema.py defines no 'Tickets'; did you mean 'Ticket'?", "from .schema import Tickets\n"),
        ("'Customer' is the name of a table or a tool", 'Customer = Literal["a"]\n'),
    ],
)
def test_an_authored_file_that_does_not_fit_is_refused_with_its_line(tmp_path: Path, error: str, code: str) -> None:
    with pytest.raises(AgentGymError) as raised:
        import_world(authored(tmp_path, code), tmp_path / "workshop")
    assert error in str(raised.value), f"the error says {raised.value}"
    assert "mine.py:" in str(raised.value), f"the error names no line: {raised.value}"
    assert not (tmp_path / "workshop").exists(), "something was written all the same"
