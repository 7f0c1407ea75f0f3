"""A workshop's own system: plain functions over nested JSON, as people have them. Imports are measured against it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from agentgym.importing.importing import Inputs
from agentgym.importing.report import Imported
from agentgym.world.load import load
from agentgym.world.world import World

FOLDER = Path(__file__).parent / "fixtures" / "workshop"
TOOLS, STATE, POLICY, AUTHORED = (FOLDER / name for name in ("tools.json", "state.json", "policy.md", "authored.py"))
GIVEN = Inputs(TOOLS, STATE, POLICY, "workshop")
INPUTS = ("--tools", TOOLS, "--state", STATE, "--policy", POLICY, "--name", "workshop")

Call = tuple[str, dict[str, Any]]


class Workshop:
    """The system: a call changes ``data`` and gives text, or an object as text, or "Error: ..."."""

    def __init__(self) -> None:
        self.data = json.loads(STATE.read_text("utf-8"))

    def call(self, name: str, arguments: dict[str, Any]) -> str:
        answer = getattr(self, name)(**copy.deepcopy(arguments))
        return answer if isinstance(answer, str) else json.dumps(answer)

    def get_ticket_details(self, ticket_id: str) -> Any:
        return self.data["tickets"].get(ticket_id, "Error: ticket not found")

    def get_customer_details(self, customer_id: str) -> Any:
        return self.data["customers"].get(customer_id, "Error: customer not found")

    def get_ticket_status(self, ticket_id: str) -> Any:
        ticket = self.data["tickets"].get(ticket_id)
        return "Error: ticket not found" if ticket is None else {"status": ticket["status"]}

    def find_customer_id_by_email(self, email: str) -> Any:
        found = [key for key, one in self.data["customers"].items() if one["email"].lower() == email.lower()]
        return found[0] if found else "Error: customer not found"

    def find_customer_id_by_name_postcode(self, first: str, last: str, postcode: str) -> Any:
        for key, one in self.data["customers"].items():
            same = (one["name"]["first"].lower(), one["name"]["last"].lower()) == (first.lower(), last.lower())
            if same and one["address"]["postcode"] == postcode:
                return key
        return "Error: customer not found"

    def list_all_parts(self) -> Any:
        return self.data["parts"]

    def list_part_names(self) -> Any:
        return dict(sorted((one["name"], one["part_id"]) for one in self.data["parts"]))

    def list_tickets(self, status: str | None = None) -> Any:
        return [one for one in self.data["tickets"].values() if status in (None, one["status"])]

    def change_customer_address(self, customer_id: str, postcode: str, town: str, street: str) -> Any:
        customer = self.data["customers"].get(customer_id)
        if customer is None:
            return "Error: customer not found"
        customer["address"] = {"postcode": postcode, "town": town, "street": street}
        return customer

    def change_open_ticket_bike(self, ticket_id: str, brand: str, frame_number: str) -> Any:
        ticket = self.data["tickets"].get(ticket_id)
        if ticket is None:
            return "Error: ticket not found"
        if ticket["status"] != "open":
            return "Error: only open tickets can be changed"
        ticket["bike"] |= {"brand": brand, "frame_number": frame_number}
        return ticket

    def change_ticket_note(self, ticket_id: str, note: str) -> Any:
        ticket = self.data["tickets"].get(ticket_id)
        if ticket is None:
            return "Error: ticket not found"
        ticket["note"] = note
        return ticket

    def replace_ticket_jobs(self, ticket_id: str, jobs: list[dict[str, Any]]) -> Any:
        ticket = self.data["tickets"].get(ticket_id)
        if ticket is None:
            return "Error: ticket not found"
        ticket["jobs"] = jobs
        return ticket

    def close_ticket(self, ticket_id: str) -> Any:
        ticket = self.data["tickets"].get(ticket_id)
        if ticket is None:
            return "Error: ticket not found"
        ticket["status"] = "closed"
        return ticket

    def change_ticket_card(self, ticket_id: str, card_id: str) -> Any:
        self.data["tickets"][ticket_id]["card"] = card_id
        return "saved"

    def call_mechanic(self, question: str) -> Any:
        return "A mechanic is on the way."


def calls(chance: Random, names: Iterable[str], many: int) -> list[Call]:
    """Calls of the named tools that mostly fit the workshop's data; about one in five names what is not there."""
    names, data = sorted(names), Workshop().data

    def key(collection: str) -> str:
        return chance.choice(sorted(data[collection])) if chance.random() < 0.8 else f"x-{chance.randrange(9)}"

    def words() -> str:
        return chance.choice(("Ulm", "Löbau", "a b", "", "0815"))

    def person() -> dict[str, str]:
        one = chance.choice(list(data["customers"].values()))
        first = chance.choice((one["name"]["first"], one["name"]["first"].upper(), "Nobody"))
        return {"first": first, "last": one["name"]["last"], "postcode": one["address"]["postcode"]}

    def jobs() -> list[dict[str, Any]]:
        return [
            {"title": words(), "minutes": chance.randrange(90), "price": chance.random()}
            for _ in range(chance.randrange(4))
        ]

    emails = [one["email"] for one in data["customers"].values()]
    draw: dict[str, Callable[[], dict[str, Any]]] = {
        "get_ticket_details": lambda: {"ticket_id": key("tickets")},
        "get_ticket_status": lambda: {"ticket_id": key("tickets")},
        "get_customer_details": lambda: {"customer_id": key("customers")},
        "find_customer_id_by_email": lambda: {"email": chance.choice((*emails, emails[0].upper(), "no@one"))},
        "find_customer_id_by_name_postcode": person,
        "list_tickets": lambda: chance.choice(({}, {"status": "open"}, {"status": "in repair"})),
        "change_customer_address": lambda: {
            "customer_id": key("customers"), "postcode": words(), "town": words(), "street": words(),
        },
        "change_open_ticket_bike": lambda: {"ticket_id": key("tickets"), "brand": words(), "frame_number": words()},
        "change_ticket_note": lambda: {"ticket_id": key("tickets"), "note": words()},
        "replace_ticket_jobs": lambda: {"ticket_id": key("tickets"), "jobs": jobs()},
        "close_ticket": lambda: {"ticket_id": key("tickets")},
        "call_mechanic": lambda: {"question": words()},
    }  # fmt: skip
    drawn = [chance.choice(names) for _ in range(many)]
    return [(name, draw[name]() if name in draw else {}) for name in drawn]


def record(path: Path, sequences: Iterable[Iterable[Call]], system: type[Workshop] = Workshop) -> Path:
    """Write what a system answers to sequences of calls, each from the state as it was, as recorded calls."""
    lines = []
    for sequence in sequences:
        one = system()
        told = [{"name": name, "arguments": given, "output": one.call(name, given)} for name, given in sequence]
        lines.append(json.dumps({"calls": told}) + "\n")
    path.write_text("".join(lines), "utf-8")
    return path


def some(folder: Path, *names: str) -> Inputs:
    """The workshop with a few of its tools."""
    path = folder / "tools.json"
    tools = json.loads(TOOLS.read_text("utf-8"))
    path.write_text(json.dumps([tool for tool in tools if tool["function"]["name"] in names]), "utf-8")
    return replace(GIVEN, tools=path)


def how(report: Imported) -> dict[str, str]:
    """Who bound each tool, or the reason why nobody did."""
    return {tool.name: tool.how or tool.reason for tool in report.tools}


def answers(
    folder: Path, sequence: list[tuple[str, dict[str, Any]]], stock: bool = False
) -> Iterator[tuple[str, bool]]:
    """What the imported domain says to each call, as text, and whether it refused."""
    world = World(load(folder), stock=stock)
    for name, given in sequence:
        result = world.call(name, given)
        said = result.content if result.error is None else result.error
        yield said if isinstance(said, str) else json.dumps(said), result.error is not None
    world.close()
