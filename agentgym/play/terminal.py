"""``agentgym play``: a person is the agent, in a terminal, and sees what every call changes in the database."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agentgym.env import ToolEnv
from agentgym.play.commands import COMMANDS, InputError, complete, parse
from agentgym.registry import find
from agentgym.spaces import REFUSED
from agentgym.types import Json, RowChange, Schema

_FORMS = {
    "tool_name key=value ...": "call a tool; values with spaces in quotes, lists and objects as JSON",
    '{"name": ..., "arguments": {...}}': "call a tool, as a model does",
    "anything else": "say it to the user",
    **COMMANDS,
    "TAB": "completes names, arguments and closed values",
}
_WIDE = 2000  # characters of a result that are shown


def play(
    environment: str,
    *,
    task: str | None = None,
    seed: int = 0,
    console: Console | None = None,
    read: Callable[[str], str] | None = None,
) -> int:
    """Play one episode in the terminal; ``environment`` is an id, a domain's name or a domain folder.

    ``task`` is a task's id or number; without it ``seed`` draws one. ``read`` asks for a line, given the prompt, and
    raises ``EOFError`` where there is no more: then the person leaves. Returns an exit status: 1 for an episode that
    ended without reward.
    """
    console = console or Console(highlight=False)
    with closing(ToolEnv(folder=find(environment))) as env:
        options = None if task is None else {"task": int(task) if re.fullmatch(r"-?[0-9]+", task) else task}
        opening, info = env.reset(seed=seed, options=options)
        screen = _Screen(env, console)
        screen.welcome(str(info["task"]), opening)
        with _completion(screen.schemas):
            return screen.play(read or _reader(console))


class _Screen:
    """What the person sees of an episode."""

    def __init__(self, env: ToolEnv, console: Console) -> None:
        self.env = env
        self.console = console
        functions = [tool["function"] for tool in env.tools]
        self.schemas: dict[str, Schema] = {item["name"]: item["parameters"] for item in functions}
        self.docs: dict[str, str] = {item["name"]: item["description"] for item in functions}
        self.diff: Sequence[RowChange] = ()

    def play(self, read: Callable[[str], str]) -> int:
        """Turn by turn until the episode ends or the person leaves."""
        while True:
            try:
                line = read("> ").strip()
            except (EOFError, KeyboardInterrupt):
                line = ":quit"
            if line == ":quit":
                self.say("You left before the user ended the episode.", "dim")
                return 0
            if not line:
                continue
            if line.startswith(":"):
                self.command(line)
                continue
            try:
                action = parse(line, self.schemas)
            except InputError as error:
                self.say(f"Not sent: {error}", "yellow")
                continue
            observation, reward, terminated, truncated, info = self.env.step(action)
            self.observe(observation, action)
            if terminated or truncated:
                return self.farewell(float(reward), info["stop"], info["reward_info"]["reason"])

    def welcome(self, task: str, opening: str) -> None:
        self.command(":policy")
        self.command(":tools")
        self.command(":help")
        self.say(f"Task {task}. You are the agent; the database is shown as it changes.", "dim")
        self.said(opening)

    def command(self, line: str) -> None:
        if line == ":tools":
            self.console.print(self.tools())
        elif line == ":policy":
            self.panel(self.env.policy, "policy")
        elif line == ":diff":
            self.changes(self.env.world.diff())
        elif line == ":help":
            grid = Table.grid(padding=(0, 2))
            for form, does in _FORMS.items():
                grid.add_row(_text(form), _text(does))
            self.console.print(grid)
        else:
            self.say(f"Not a command: {line}. There are {' '.join(COMMANDS)}", "yellow")

    def observe(self, observation: str, action: str) -> None:
        """Show an answer, and the net change of the database where the call changed it."""
        if observation.startswith(REFUSED):
            self.say(observation, "red")
        elif action.startswith("{") and json.loads(action)["name"] != "respond":
            text = json.dumps(json.loads(observation), indent=2, ensure_ascii=False)
            more = f"\n... {len(text) - _WIDE} characters more" if len(text) > _WIDE else ""
            self.panel(text[:_WIDE] + more, "result")
        else:
            self.said(observation)
        diff = self.env.world.diff()
        if diff != self.diff:
            self.diff = diff
            self.changes(diff)

    def farewell(self, reward: float, stop: str, reason: str) -> int:
        self.say(f"Reward {reward:g}: {reason}. The episode ended by {stop}.", "green" if reward else "red")
        return 0 if reward else 1

    def tools(self) -> Table:
        table = Table("tool", "arguments", "what it does", title="tools")
        for name, schema in self.schemas.items():
            required = schema.get("required", ())
            arguments = [key if key in required else f"[{key}]" for key in schema.get("properties", {})]
            table.add_row(*map(_text, (name, " ".join(arguments), self.docs[name])))
        return table

    def changes(self, diff: Sequence[RowChange]) -> None:
        if not diff:
            self.say("The database is as it was.", "dim")
            return
        table = Table("table", "key", "column", "before", "after", title="changes so far")
        for change in diff:
            for number, (column, before, after) in enumerate(_columns(change)):
                row = (change.table, str(change.key)) if number == 0 else ("", "")
                table.add_row(*map(_text, (*row, column, before, after)))
        self.console.print(table)

    def said(self, text: str) -> None:
        self.panel(text, "user")

    def panel(self, text: str, title: str) -> None:
        self.console.print(Panel(_text(text.strip()), title=title, title_align="left"))

    def say(self, text: str, style: str = "") -> None:
        self.console.print(_text(text), style=style)


def _columns(change: RowChange) -> Iterator[tuple[str, str, str]]:
    """(column, before, after) of each column that differs; a row that came or went has one blank side."""
    before, after = change.before or {}, change.after or {}
    for column in {**before, **after}:
        yield column, _cell(before, column), _cell(after, column)


def _cell(row: dict[str, Json], column: str) -> str:
    return json.dumps(row[column], ensure_ascii=False) if column in row else ""


def _text(text: str) -> Text:
    """Text from tools, users and specifications: nothing in it is markup, and no control sequence gets through."""
    signs = (sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text.expandtabs(4))
    return Text("".join(signs))


def _reader(console: Console) -> Callable[[str], str]:
    """``input``; lines that come from a file or pipe are shown, so that the transcript reads as it was played."""
    if sys.stdin.isatty():
        return input

    def read(prompt: str) -> str:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        console.print(_text(f"{prompt}{line.rstrip()}"))
        return line

    return read


@contextmanager
def _completion(schemas: dict[str, Schema]) -> Iterator[None]:
    """TAB completion while the episode lasts, where the terminal and Python have it."""
    try:
        import readline
    except ImportError:  # Windows
        yield
        return
    before, delimiters = readline.get_completer(), readline.get_completer_delims()

    def completer(word: str, state: int) -> str | None:
        options = complete(readline.get_line_buffer()[: readline.get_endidx()], schemas)
        return options[state] if state < len(options) else None

    readline.set_completer(completer)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(delimiters)
