"""``agentgym import``: what it shows, and what it says to input that it cannot use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agentgym.world.load import load
from agentgym.world.world import World
from tests.commands import agentgym
from tests.workshop import INPUTS, POLICY, STATE, TOOLS, calls, record


def function(name: str, description: str = "", **parameters: object) -> dict[str, Any]:
    """A function schema, all of its parameters required."""
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


TEXT = {"type": "string"}
TICKET = function("get_ticket_details", ticket_id=TEXT)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Options of a small import that works."""
    (tmp_path / "tools.json").write_text(json.dumps([TICKET]), "utf-8")
    return {"--tools": tmp_path / "tools.json", "--state": STATE, "--policy": POLICY, "--out": tmp_path / "workshop"}


def words(files: dict[str, Path], **more: object) -> list[object]:
    """The command's arguments."""
    options = {**files, "--name": "workshop", **{f"--{name}": value for name, value in more.items()}}
    return ["import", *(word for pair in options.items() for word in pair)]


def refusal(*arguments: object) -> str:
    """What a command says that cannot use what it is given."""
    done = agentgym(*arguments)
    assert done.exit_code == 2, f"the exit code is {done.exit_code}: {done.output}"
    assert done.stderr.startswith("error: ") and "Traceback" not in done.output, f"it says {done.output}"
    assert done.stderr.count("\n") == 1, f"an error is one line: {done.stderr}"
    return done.stderr


def test_it_shows_tables_tools_and_what_is_missing(tmp_path: Path) -> None:
    recorded = record(tmp_path / "calls.jsonl", [[("get_ticket_status", {"ticket_id": "T-101"})]])
    done = agentgym("import", *INPUTS, "--out", tmp_path / "workshop", "--examples", recorded)
    assert done.exit_code == 0, done.output
    for part in ("21 of 21 documents", "find_customer_id_by_email", "order_part", "unbound.py", "import.json"):
        assert part in done.output, f"nothing is said of {part}: {done.output}"


def test_with_json_it_prints_the_report_and_nothing_else(files: dict[str, Path]) -> None:
    done = agentgym(*words(files), "--json")
    assert json.loads(done.stdout) == json.loads((files["--out"] / "import.json").read_text("utf-8"))


def test_an_import_without_a_bound_tool_is_a_problem_with_a_folder_to_go_on_from(files: dict[str, Path]) -> None:
    files["--tools"].write_text(json.dumps([function("ponder", thought=TEXT)]), "utf-8")
    done = agentgym(*words(files))
    assert done.exit_code == 1, done.output
    assert load(files["--out"]).tools == {}
    assert "def ponder" in (files["--out"] / "unbound.py").read_text("utf-8")


def test_its_help_teaches_the_steps() -> None:
    done = agentgym("import", "--help")
    for part in ("--examples", "--authored", "unbound.py", "Exit codes", "Example"):
        assert part in done.output, f"the help does not speak of {part}"


# -- hostile input --------------------------------------------------------------------------------------


def write(text: str | bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8")) and None


SPOILED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no tools": ("tools", lambda path: None, "cannot read"),
    "tools that are no JSON": ("tools", write("{"), "cannot be read"),
    "tools that are no schemas": ("tools", write("[1, 2]"), "holds no function schemas"),
    "tools without one": ("tools", write("[]"), "holds no function schemas"),
    "tools that are a folder": ("tools", Path.mkdir, "cannot read"),
    "a tool twice": ("tools", write(json.dumps([TICKET, TICKET])), "'get_ticket_details' twice"),
    "a tool without a name": ("tools", write(json.dumps([TICKET, function("\u20ac")])), "without a usable name"),
    "no state": ("state", lambda path: None, "neither a file nor a folder"),
    "a state that is no object": ("state", write("[]"), "a list"),
    "a state of numbers": ("state", write('{"a": 1}'), "'a' is a number"),
    "a state with NaN": ("state", write('{"a": {"b": {"c": NaN}}}'), "NaN"),
    "a state that is a tower": ("state", write('{"a":' * 9999), "nested too deeply"),
    "an empty folder as state": ("state", Path.mkdir, "no .json file"),
    "no policy": ("policy", lambda path: None, "the policy is the text"),
    "an empty policy": ("policy", write(" \n"), "is empty"),
    "a policy that is no text": ("policy", write(b"\xff\xfe\x00"), "the policy is the text"),
    "no recorded calls": ("examples", lambda path: None, "is no file"),
    "recorded calls that are garbage": ("examples", write("hello\n"), ":1 is not a Recording"),
    "recorded calls of another form": ("examples", write('{"name": "a"}\n'), ":1 is not a Recording"),
    "recorded calls without one": ("examples", write(""), "holds no recorded call"),
    "recorded calls that are no text": ("examples", write(b"\xff\n"), "not UTF-8"),
    "recorded calls of an unknown tool": (
        "examples", write('{"calls": [{"name": "get_it", "arguments": {}, "output": 1}]}\n'), "'get_it'"
    ),
    "recorded calls without an answer": (
        "examples", write('{"calls": [{"name": "get_ticket_details", "arguments": {}}]}\n'), "output: Field required"
    ),
    "no authored file": ("authored", lambda path: None, "cannot read"),
    "an authored file that is a folder": ("authored", Path.mkdir, "cannot read"),
    "an authored file of bytes": ("authored", write(b"\xff\xfe"), "UTF-8"),
    "an authored file with a NUL": ("authored", write("\x00"), "not Python"),
    "an authored file that is a tower": ("authored", write("x = " + "(" * 9999), "not Python"),
    "a place that is a file": ("out", write("x"), "is not a folder"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_input_that_cannot_be_used_is_one_line_and_leaves_nothing(
    files: dict[str, Path], tmp_path: Path, case: str
) -> None:
    option, spoil, told = SPOILED[case]
    path = files["--out"] if option == "out" else tmp_path / "spoiled"
    spoil(path)
    before = sorted(one.name for one in tmp_path.iterdir())
    assert told in refusal(*words(files, **{option: path}))
    assert sorted(one.name for one in tmp_path.iterdir()) == before, "something was written all the same"


@pytest.mark.parametrize("name", ["My Shop", "../workshop", "", "-x", "a" * 65, "wörkshop", "a\x1b[31m"])
def test_a_name_that_is_no_slug_is_refused(files: dict[str, Path], name: str) -> None:
    assert "cannot name a domain" in refusal(*words(files, name=name))


def test_a_folder_of_another_name_is_refused(files: dict[str, Path]) -> None:
    assert "call the folder 'shop' too" in refusal(*words(files, name="shop"))


def test_what_no_import_made_is_not_replaced(files: dict[str, Path]) -> None:
    files["--out"].mkdir()
    (files["--out"] / "thesis.txt").write_text("years of work", "utf-8")
    assert "no import made" in refusal(*words(files))
    assert (files["--out"] / "thesis.txt").read_text("utf-8") == "years of work"


STRANGE = [
    TICKET,
    function("get_customer", '"""\nimport os\n\\', customer_id={**TEXT, "description": '"""'}),
    function("select", ticket_id=TEXT),
    function("respond", ticket_id=TEXT),
    function("ticket", ticket_id=TEXT),
    function("Customer", customer_id=TEXT),
    function("show_ticket", get_ticket_details=TEXT),
    function("change_ticket_note", ticket_id=TEXT, note={"enum": ['a"""', "b\\", "\n"], "type": "string"}),
    function("change_ticket_brand", ticket_id=TEXT, brand=TEXT, session=TEXT),
    function("list_tickets", **{"class": TEXT}),
]


def test_names_and_texts_from_outside_end_in_no_code(files: dict[str, Path]) -> None:
    files["--tools"].write_text(json.dumps(STRANGE), "utf-8")
    done = agentgym(*words(files), "--json")
    report = {tool["name"]: tool for tool in json.loads(done.stdout)["tools"]}
    bound = {name for name, tool in report.items() if tool["how"]}
    assert bound == {"get_ticket_details", "get_customer", "change_ticket_note"}
    for name in ("select", "respond", "ticket", "Customer", "show_ticket"):
        assert report[name]["reason"] == "its names cannot stand in tools.py", f"{name}: {report[name]}"
    world = World(load(files["--out"]))
    assert world.call("change_ticket_note", {"ticket_id": "T-101", "note": 'a"""'}).content["note"] == 'a"""'
    world.close()


HOSTILE = (
    {"ticket_id": 1}, {}, {"ticket_id": None}, {"ticket_id": "T-101", "more": 1}, {"ticket_id": ["T-101"]},
    {"ticket_id": "\x00"}, {"ticket_id": "a" * 99999}, {"ticket_id": {"a": {"b": []}}},
)  # fmt: skip


@pytest.mark.parametrize(
    "output", ["null", "1e999", '"\\ud800"', "[[[[[[[[[[1]]]]]]]]]]", '"{broken"', "12345678901234567890123"]
)
def test_recorded_calls_with_odd_values_are_read_as_they_are(files: dict[str, Path], output: str) -> None:
    calls_of = '{"calls": [{"name": "get_ticket_details", "arguments": ARGUMENTS, "output": OUTPUT}]}\n'
    lines = [calls_of.replace("ARGUMENTS", json.dumps(given)).replace("OUTPUT", output) for given in HOSTILE]
    path = files["--tools"].with_name("calls.jsonl")
    path.write_text("".join(lines), "utf-8")
    done = agentgym(*words(files, examples=path), "--json")
    if done.exit_code == 2:
        assert done.stderr.startswith("error: ") and "Traceback" not in done.output, done.output
        return
    (tool,) = json.loads(done.stdout)["tools"]
    assert tool["reason"] == "recorded calls contradict it", f"calls that were answered with {output} fit: {tool}"


def test_recorded_calls_of_the_whole_workshop_are_followed(tmp_path: Path) -> None:
    chance = Random(0)
    names = ("get_ticket_details", "change_ticket_card", "close_ticket")
    sequences = [[("change_ticket_card", {"ticket_id": "T-101", "card_id": "x"}), *calls(chance, names[:1], 3)]]
    path = record(tmp_path / "calls.jsonl", sequences)
    tools = [tool for tool in json.loads(TOOLS.read_text("utf-8")) if tool["function"]["name"] in names]
    (tmp_path / "tools.json").write_text(json.dumps(tools), "utf-8")
    files = {"--tools": tmp_path / "tools.json", "--state": STATE, "--policy": POLICY, "--out": tmp_path / "workshop"}
    report = json.loads(agentgym(*words(files, examples=path), "--json").stdout)
    shown = next(tool for tool in report["tools"] if tool["name"] == "get_ticket_details")
    assert shown["how"] == "rules" and shown["calls"] == 0, f"what follows an unknown write is taken as known: {shown}"
