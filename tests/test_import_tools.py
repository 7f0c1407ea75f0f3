"""Somebody's own tools and data become a domain: what rules and recorded calls bind answers as the real system does."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agentgym.errors import AgentGymError
from agentgym.importing.binding import candidates
from agentgym.importing.bound import Ground, UnboundError
from agentgym.importing.importing import import_world
from agentgym.importing.induce import induce
from agentgym.importing.report import Imported
from agentgym.importing.state import read_state
from agentgym.importing.telling import told
from agentgym.types import ToolSpec
from agentgym.world.load import load
from tests.workshop import GIVEN, POLICY, STATE, Workshop, answers, calls, how, record, some

SURE = {
    "change_customer_address", "change_open_ticket_bike", "change_ticket_note", "find_customer_id_by_email",
    "find_customer_id_by_name_postcode", "get_customer_details", "get_ticket_details", "list_all_parts", "list_tickets",
    "replace_ticket_jobs",
}  # fmt: skip
GUESSED = {"get_ticket_status", "list_part_names", "close_ticket", "call_mechanic"}  # bound by recorded calls alone


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Imported]:
    """The workshop, bound by rules alone."""
    out = tmp_path_factory.mktemp("ruled") / "workshop"
    return out, import_world(GIVEN, out)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Imported]:
    """The workshop, bound by rules and recorded calls."""
    folder = tmp_path_factory.mktemp("shown")
    chance = Random("recorded")
    path = record(folder / "calls.jsonl", [calls(chance, SURE | GUESSED, 12) for _ in range(40)])
    out = folder / "workshop"
    return out, import_world(replace(GIVEN, examples=path), out)


def test_rules_bind_what_names_and_shapes_tell(ruled: tuple[Path, Imported]) -> None:
    assert how(ruled[1]) == dict.fromkeys(SURE, "rules") | {
        "call_mechanic": "no rule for its verb",
        "change_ticket_brand": "it speaks of more than it is given",
        "change_ticket_card": "a parameter is no member of the document",
        "close_ticket": "only recorded calls could tell what it does",
        "estimate_minutes": "no rule for its verb",
        "get_ticket_status": "only recorded calls could tell what it does",
        "list_part_names": "only recorded calls could tell what it does",
        "order_part": "it would create a document",
    }
    detail = {tool.name: tool.detail for tool in ruled[1].tools}
    assert detail["change_ticket_brand"] == "charge, fee", "the reason does not name the words that speak of more"
    assert detail["change_ticket_card"] == "card_id of tickets", "the reason does not name the parameter"


TEXT = {"type": "string"}
JOB = {
    "type": "object",
    "properties": {"title": TEXT, "minutes": {"type": "integer"}, "price": {"type": "number"}},
    "required": ["title", "minutes", "price"],
}
JOBS = {"type": "array", "items": JOB}
UNTIMED = {"type": "array", "items": {**JOB, "properties": {"title": TEXT, "price": {"type": "number"}}}}
READINGS: list[tuple[str, dict[str, Any], str]] = [
    ("get_ticket", {"id": TEXT}, "the document of tickets under id"),
    ("show_ticket_by_id", {"ticket_id": TEXT}, "the document of tickets under ticket_id"),
    ("get_tickets", {"ticket_id": TEXT}, ""),  # one, or a list of one?
    ("check_ticket", {"ticket_id": TEXT}, ""),  # the document, or only whether it is there?
    ("get_ticket", {"ticket_id": {"type": "integer"}}, "its parameters select no document"),
    ("get_ticket_price", {"ticket_id": TEXT}, ""),  # worked out from somewhere
    ("get_customer_tickets", {"customer_id": TEXT}, ""),  # the tickets, or the member of that name?
    ("get_part_by_name", {"name": TEXT}, "the document of the first of parts with this name, whatever the case"),
    ("find_customer", {"email": TEXT}, ""),  # the key or the document?
    ("get_part_id", {"name": TEXT}, "the key of the first of parts with this name, whatever the case"),
    ("search_parts", {"name": TEXT}, ""),  # the very name, or a part of it?
    ("get_parts", {}, "all parts"),
    ("list_tickets", {"brand": TEXT}, "all tickets with this bike.brand"),
    ("list_tickets", {"color": TEXT}, "a parameter is no value of the document"),
    ("list_tickets", {"jobs": TEXT}, "a parameter is no value of the document"),
    ("count_tickets", {"status": TEXT}, "no rule counts documents"),
    ("list_mechanics", {}, "its name speaks of no collection"),
    ("set_ticket_status", {"ticket_id": TEXT, "new_status": TEXT}, "sets status of tickets under ticket_id"),
    (
        "change_in_repair_ticket_note",
        {"ticket_id": TEXT, "note": TEXT},
        "sets note of tickets under ticket_id, while its status is 'in repair'",
    ),
    ("change_urgent_ticket_note", {"ticket_id": TEXT, "note": TEXT}, "its name speaks of more than its parameters"),
    ("change_ticket_note", {"ticket_id": TEXT, "note": {"type": "integer"}}, "a parameter does not fit its member"),
    ("change_ticket", {"id": TEXT, "note": TEXT, "brand": TEXT}, "its parameters are members of several objects"),
    ("change_ticket_id", {"id": TEXT, "ticket_id": TEXT}, "several parameters are keys"),
    ("change_ticket", {"ticket_id": TEXT}, "no parameter says what to change"),
    ("change_ticket_note", {"note": TEXT}, "no parameter is a collection's key"),
    ("change_customer", {"customer_id": TEXT, "first": TEXT, "name_first": TEXT}, "several parameters mean one member"),
    ("change_part_price", {"part_id": TEXT, "price": {"type": "number"}}, "sets price of parts under part_id"),
    ("change_part_and_refund", {"part_id": TEXT, "name": TEXT}, "its name speaks of more than its parameters"),
    ("update_ticket_jobs", {"ticket_id": TEXT, "jobs": JOBS}, "sets jobs of tickets under ticket_id"),
    ("update_ticket_jobs", {"ticket_id": TEXT, "jobs": {"type": "array"}}, "a parameter does not fit its member"),
    ("update_ticket_jobs", {"ticket_id": TEXT, "jobs": UNTIMED}, "a parameter does not fit its member"),
    ("upgrade_ticket", {"ticket_id": TEXT, "status": TEXT}, ""),  # who knows what else it does
    ("cancel_ticket", {"ticket_id": TEXT}, "no status for its verb"),
    ("pay_ticket", {"ticket_id": TEXT}, "it speaks of more than it is given"),
    ("delete_ticket", {"ticket_id": TEXT}, "it would delete a document"),
    ("find_oldest_customer_id", {"email": TEXT}, ""),  # a word that no parameter explains
    ("get_next_ticket", {"brand": TEXT}, ""),
    ("get_ticket_by_status", {"status": TEXT}, ""),  # the first of many, or all?
    ("list_parts", {"price": {"type": "number"}}, ""),  # that price, or up to it?
    ("list_current_tickets", {}, ""),  # those that are not closed
    ("list_full_parts", {}, ""),
    ("set_ticket_open", {"ticket_id": TEXT, "note": TEXT}, "its name speaks of more than its parameters"),  # opens it
    ("change_all_tickets", {"ticket_id": TEXT, "note": TEXT}, ""),  # of them all?
    ("change_ticket_status", {"ticket_id": TEXT, "status": {"type": ["string", "null"]}},
     "a parameter does not fit its member"),  # no ticket has the status null
    ("change_ticket_status", {"ticket_id": TEXT, "status": {"anyOf": [TEXT, {"type": "null"}]}},
     "a parameter does not fit its member"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "description", "parameters"),
    [
        ("get_ticket", "Get a ticket and mark it as seen.", {"ticket_id": TEXT}),
        ("get_ticket", "Fetches the ticket, then deletes it.", {"ticket_id": TEXT}),
        ("list_tickets", "List the last ten tickets.", {}),
        ("list_tickets", "List all open tickets.", {}),
        ("list_parts", "List all parts, sorted by price.", {}),
        ("change_part_price", "Raises the price of a part.", {"part_id": TEXT, "price": {"type": "number"}}),
        ("change_ticket_note", "Appends to the note of a ticket.", {"ticket_id": TEXT, "note": TEXT}),
        ("set_ticket_status", "Sets the status and reassigns the bike.", {"ticket_id": TEXT, "status": TEXT}),
    ],
)
def test_a_description_can_say_more_than_a_name(name: str, description: str, parameters: dict[str, Any]) -> None:
    induced = induce(read_state(STATE))
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    plain = ToolSpec(id=f"w.{name}", service="w", name=name, description="", parameters=schema)
    ground = Ground(induced.shape, induced.rows)
    assert candidates(plain, ground)[0].sure, f"{name} is not bound by its name, so its description can take nothing"
    try:
        found = [
            told(one) for one in candidates(plain.model_copy(update={"description": description}), ground) if one.sure
        ]
    except UnboundError:
        found = []
    assert not found, f"{description!r} is bound as {found}"


def test_a_description_may_use_the_words_of_its_parameters(tmp_path: Path) -> None:
    given = some(tmp_path, "find_customer_id_by_name_postcode")
    (tool,) = json.loads(given.tools.read_text("utf-8"))
    tool["function"]["description"] = "Find a customer by first name, last name and postcode."
    given.tools.write_text(json.dumps([tool]), "utf-8")
    found = how(import_world(given, tmp_path / "workshop"))
    assert found == {"find_customer_id_by_name_postcode": "rules"}, (
        "first and last are taken for the first and the last"
    )


@pytest.mark.parametrize(("name", "parameters", "meaning"), READINGS)
def test_a_tool_means_what_its_words_say_or_nothing(name: str, parameters: dict[str, Any], meaning: str) -> None:
    induced = induce(read_state(STATE))
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    spec = ToolSpec(id=f"w.{name}", service="w", name=name, description="", parameters=schema)
    try:
        found = candidates(spec, Ground(induced.shape, induced.rows))
    except UnboundError as error:
        assert error.args[0] == meaning, f"{name}: {error.args}"
    else:
        sure = [told(one) for one in found if one.sure]
        assert sure[:1] == [meaning] * bool(meaning), (
            f"{name} is read as {[told(one) for one in found]}, sure of {sure}"
        )


@pytest.mark.parametrize("seed", range(6))
def test_what_rules_bind_answers_as_the_real_system_does(ruled: tuple[Path, Imported], seed: int) -> None:
    system, sequence = Workshop(), calls(Random(seed), SURE, 60)
    refused = 0
    for (name, given), (text, error) in zip(sequence, answers(ruled[0], sequence), strict=True):
        real = system.call(name, given)
        assert error == real.startswith("Error"), f"{name}({given}) gave {text}, the real system {real}"
        if not error and real[:1] in "[{":
            assert json.loads(text) == json.loads(real), f"{name}({given}) gave {text}, the real system {real}"
        elif not error:
            assert text == real, f"{name}({given}) gave {text}, the real system {real}"
        refused += error
    assert 0 < refused < 50, "the calls are all refused, or none is, so this proves little"


def test_the_member_order_of_an_object_that_is_given_anew_is_that_of_the_parameters(
    ruled: tuple[Path, Imported],
) -> None:
    given = {"customer_id": "cus-bo", "postcode": "1", "town": "2", "street": "3"}
    (text, _), *_ = answers(ruled[0], [("change_customer_address", given)])
    assert text == Workshop().call("change_customer_address", given)


@pytest.mark.parametrize("stock", [False, True])
def test_recorded_calls_settle_what_names_leave_open(shown: tuple[Path, Imported], stock: bool) -> None:
    found = how(shown[1])
    assert {name for name in SURE | GUESSED if found[name] not in ("rules", "examples")} == set()
    assert {name for name in GUESSED if found[name] != "examples"} == set()
    system, sequence = Workshop(), calls(Random("afterwards"), SURE - {"change_customer_address"} | GUESSED, 80)
    for (name, given), (text, _) in zip(sequence, answers(shown[0], sequence, stock), strict=True):
        real = system.call(name, given)
        assert text == real, f"{name}({given}) gave {text}, the real system {real}"


def test_the_domain_says_who_bound_each_tool(shown: tuple[Path, Imported]) -> None:
    out, report = shown
    provenance = load(out).domain.provenance
    assert {name: provenance[name] for name in GUESSED} == dict.fromkeys(GUESSED, "examples")
    assert json.loads((out / "import.json").read_text("utf-8")) == report.model_dump(mode="json")
    assert (out / "policy.md").read_text("utf-8") == POLICY.read_text("utf-8"), "the policy is not the user's own text"
    counted = {tool.name: tool.calls for tool in report.tools}
    assert counted["get_ticket_status"] > 3, f"recorded calls that show a tool are not counted: {counted}"


class Forgetful(Workshop):
    """Hides e-mails, and moves on the customer's other tickets when one gets a note."""

    def get_customer_details(self, customer_id: str) -> Any:
        found = self.data["customers"].get(customer_id, "Error: customer not found")
        return found if isinstance(found, str) else {**found, "email": "hidden"}

    def change_ticket_note(self, ticket_id: str, note: str) -> Any:
        for other in self.data["tickets"].values():
            other["bike"]["brand"] = "moved"
        return {
            **super().change_ticket_note(ticket_id, note),
            "bike": json.loads(STATE.read_text("utf-8"))["tickets"][ticket_id]["bike"],
        }


def test_a_read_that_recorded_calls_contradict_is_left_out_with_the_counterexample(tmp_path: Path) -> None:
    path = record(tmp_path / "calls.jsonl", [[("get_customer_details", {"customer_id": "cus-bo"})]], Forgetful)
    given = some(tmp_path, "get_customer_details", "get_ticket_details")
    report = import_world(replace(given, examples=path), tmp_path / "workshop")
    tool = next(tool for tool in report.tools if tool.name == "get_customer_details")
    assert tool.reason == "recorded calls contradict it"
    assert "line 1, call 1" in tool.detail and "hidden" in tool.detail, (
        f"the counterexample is not named: {tool.detail}"
    )
    assert how(report)["get_ticket_details"] == "rules", "a tool that no call speaks of is left out too"


def test_a_write_that_does_more_than_it_answers_is_found_out_by_what_is_read_later(tmp_path: Path) -> None:
    look = [("get_ticket_details", {"ticket_id": "T-105"})]
    note = [("change_ticket_note", {"ticket_id": "T-101", "note": "hello"})]
    path = record(tmp_path / "calls.jsonl", [look, note, [*note, *look]], Forgetful)
    given = some(tmp_path, "get_ticket_details", "change_ticket_note")
    found = {tool.name: tool for tool in import_world(replace(given, examples=path), tmp_path / "workshop").tools}
    assert found["get_ticket_details"].how == "rules", "the read is blamed for what the write did before"
    assert found["change_ticket_note"].reason == "recorded calls contradict it"
    assert "moved" in found["change_ticket_note"].detail


class Strict(Workshop):
    """Insists on as many jobs as before and on the very case of e-mails; answers in its own order and its own words."""

    def find_customer_id_by_email(self, email: str) -> Any:
        known = email in [one["email"] for one in self.data["customers"].values()]
        return super().find_customer_id_by_email(email) if known else "Error: who is that?"

    def list_part_names(self) -> Any:
        return {one["name"]: one["part_id"] for one in self.data["parts"]}

    def replace_ticket_jobs(self, ticket_id: str, jobs: list[dict[str, Any]]) -> Any:
        if len(jobs) != len(self.data["tickets"][ticket_id]["jobs"]):
            return "Error: the number of jobs must stay"
        return super().replace_ticket_jobs(ticket_id, jobs)

    def change_ticket_note(self, ticket_id: str, note: str) -> Any:
        super().change_ticket_note(ticket_id, note)
        return "noted"


def test_recorded_calls_show_conditions_and_answers_that_rules_do_not_expect(tmp_path: Path) -> None:
    job = {"title": "clean", "minutes": 5, "price": 1.5}
    jobs = [("replace_ticket_jobs", {"ticket_id": "T-104", "jobs": [job] * many}) for many in (1, 2)]
    notes = [("change_ticket_note", {"ticket_id": f"T-10{last}", "note": "x"}) for last in (1, 2)]
    finds = [("find_customer_id_by_email", {"email": email}) for email in ("cleo@example.net", "CLEO@example.net")]
    path = record(tmp_path / "calls.jsonl", [jobs[:1], jobs[1:], notes, [*finds, ("list_part_names", {})]], Strict)
    names = ("replace_ticket_jobs", "change_ticket_note", "find_customer_id_by_email", "list_part_names")
    given = some(tmp_path, *names)
    report = import_world(replace(given, examples=path), tmp_path / "workshop")
    assert how(report)["replace_ticket_jobs"] == how(report)["change_ticket_note"] == "examples"
    assert how(report)["find_customer_id_by_email"] == how(report)["list_part_names"] == "examples"
    again = [text for text, _ in answers(tmp_path / "workshop", [*finds, ("list_part_names", {})])]
    assert again == ["cus-cleo", "Error: who is that?", Strict().call("list_part_names", {})]
    texts = [text for text, _ in answers(tmp_path / "workshop", [*jobs, *notes[:1]])]
    assert json.loads(texts[0])["jobs"] == [job]
    assert texts[1:] == ["Error: the number of jobs must stay", "noted"]


def test_a_tool_with_another_purpose_is_bound_only_by_several_calls_that_are_answered_alike(tmp_path: Path) -> None:
    once = record(
        tmp_path / "calls.jsonl", [[("call_mechanic", {"question": "a"})], [("call_mechanic", {"question": "a"})]]
    )
    report = import_world(replace(some(tmp_path, "call_mechanic"), examples=once), tmp_path / "workshop")
    assert how(report)["call_mechanic"] == "no rule for its verb", "two calls with the same arguments show nothing"


def test_the_same_inputs_give_the_same_bytes(ruled: tuple[Path, Imported], tmp_path: Path) -> None:
    import_world(GIVEN, tmp_path / "workshop")
    for file in sorted(ruled[0].iterdir()):
        assert file.read_bytes() == (tmp_path / "workshop" / file.name).read_bytes(), f"{file.name} differs"


def test_an_import_takes_the_place_of_an_earlier_one_only(ruled: tuple[Path, Imported], tmp_path: Path) -> None:
    out, given = tmp_path / "workshop", some(tmp_path, "get_ticket_details")
    import_world(given, out)
    (out / "left.txt").write_text("of the first import", "utf-8")
    import_world(given, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in ruled[0].iterdir())
    with pytest.raises(AgentGymError):
        import_world(replace(given, policy=tmp_path / "none.md"), out)
    assert load(out).tools, "an import that failed took away what was there"
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["tools.json", "workshop"], f"an import left its workbench behind: {left}"


def test_what_was_there_stays_where_a_finished_import_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, given = tmp_path / "workshop", some(tmp_path, "get_ticket_details")
    import_world(given, out)
    move = os.replace

    def fail(source: Path, target: Path) -> None:
        if Path(target) == out and ".import-" in str(source) and not str(source).endswith(".old"):
            raise OSError("the disk is gone")
        move(source, target)

    monkeypatch.setattr("agentgym.importing.folder.os.replace", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        import_world(given, out)
    assert set(load(out).tools) == {"get_ticket_details"}, "the earlier import is lost"
