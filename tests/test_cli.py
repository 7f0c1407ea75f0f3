"""The commands: help that teaches, clean JSON, exit codes that mean something, errors that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentgym import audit, stages
from agentgym.cli.app import app
from agentgym.cli.console import Output
from agentgym.cli.options import names
from tests.commands import agentgym

COMMANDS = [str(command.name) for command in app.registered_commands]
RUN_COMMANDS = ["tasks", "rollout", "filter", "export", "check"]


def catalog_file(folder: Path) -> Path:
    """A service of two tools, as a file of the bundled catalog's format."""
    order = {"type": "object", "properties": {"order_id": {"type": "string"}, "note": {"type": "string"}}}
    key = {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}
    tools = [
        {"name": name, "description": text, "parameters": key, "returns": order}
        for name, text in (("get_order", "Get an order."), ("cancel_order", "Cancel an order."))
    ]
    path = folder / "shop.json"
    path.write_text(json.dumps({"service": "shop", "title": "Shop", "description": "", "schemas": {}, "tools": tools}))
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_with_an_example(name: str) -> None:
    shown = agentgym(name, "--help")
    assert shown.exit_code == 0
    assert f"Example: `agentgym {name}" in shown.output, f"`agentgym {name} --help` shows no example of its use"


def test_a_bare_call_shows_the_commands() -> None:
    assert all(name in agentgym("--help").output for name in COMMANDS)
    assert "quickstart" in agentgym().output


def test_an_unknown_command_is_bad_usage() -> None:
    assert agentgym("biuld").exit_code == 2


@pytest.mark.parametrize("name", RUN_COMMANDS)
def test_a_missing_run_is_bad_input_with_the_nearest_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    shown = agentgym(name, tmp_path / "mien")
    assert shown.exit_code == 2, f"{shown.output} {shown.exception!r}"
    assert "does not exist; did you mean 'mine'?" in shown.stderr, shown.stderr
    assert "Traceback" not in shown.output


def test_a_folder_without_domains_says_what_to_do(tmp_path: Path) -> None:
    shown = agentgym("tasks", tmp_path)
    assert shown.exit_code == 2
    assert "agentgym build" in shown.stderr


@pytest.mark.parametrize("command", ["ingest", "build"])
def test_a_missing_input_is_bad_input(command: str, tmp_path: Path) -> None:
    shown = agentgym(command, tmp_path / "none.yaml", "--out", tmp_path / "run")
    assert shown.exit_code == 2, f"{shown.output} {shown.exception!r}"
    assert "none.yaml" in shown.stderr


def test_ingest_tells_people_and_programs_the_same(tmp_path: Path) -> None:
    path = catalog_file(tmp_path)
    people = agentgym("ingest", path, "--out", tmp_path / "run")
    assert people.exit_code == 0, people.output
    assert "2 tools of 1 services" in people.stdout
    programs = agentgym("ingest", path, "--out", tmp_path / "run", "--json")
    assert json.loads(programs.stdout) == {"tools": 2, "services": {"shop": 2}, "dropped": {}}
    assert "2 tools of 1 services" in programs.stderr, "with --json, what people read belongs on stderr"


def test_nothing_found_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text('{"hello": "world"}')
    shown = agentgym("ingest", tmp_path / "notes.json", "--out", tmp_path / "run", "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout)["dropped"] == {"ingest: unknown format": 1}


def test_an_unknown_agent_is_bad_input(tmp_path: Path) -> None:
    shown = agentgym("rollout", tmp_path, "--agent", "glod")
    assert shown.exit_code == 2
    assert "did you mean 'gold'?" in shown.stderr


@pytest.mark.parametrize(
    ("command", "option"), [("rollout", ("--domains", " , ")), ("export", ("--to", "trl", "--held-out", ""))]
)
def test_names_that_name_nothing_are_bad_input(command: str, option: tuple[str, ...], tmp_path: Path) -> None:
    shown = agentgym(command, tmp_path, *option)
    assert shown.exit_code == 2
    assert "names nothing" in shown.stderr, "an option that is ignored would be believed"


def test_names_may_have_spaces_between_them() -> None:
    assert names("--domains", " retail, airline,retail ") == ("airline", "retail")


def test_check_of_the_committed_environments_takes_no_inputs(tmp_path: Path) -> None:
    assert agentgym("build", catalog_file(tmp_path), "--check").exit_code == 2


def test_an_installed_package_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "bundled", lambda: tmp_path / "agentgym" / "_envs")
    shown = agentgym("build", "--accept")
    assert shown.exit_code == 2, "accepting must not write into an installed package"
    assert "clone the repository" in shown.stderr


def test_ctrl_c_ends_quietly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "ingest", interrupt)
    shown = agentgym("ingest", "--out", tmp_path)
    assert shown.exit_code == 130
    assert "run the same command again" in shown.stderr
    assert "Traceback" not in shown.output


def test_text_from_outside_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Output(as_json=False)
    talk.say("[bold]not markup[/bold] \x1b[2J")
    talk.table("[red]title", ("name", "count"), [("[link=file:///x]tool", 1234)])
    shown = capsys.readouterr().out
    assert "[bold]not markup[/bold]" in shown
    assert "[link=file:///x]tool" in shown and "[red]title" in shown
    assert "1,234" in shown
    assert "\x1b" not in shown, "a control sequence from outside reached the terminal"
