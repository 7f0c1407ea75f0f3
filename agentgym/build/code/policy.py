"""policy.md: the rules an agent is shown, in the words of the tools' own guards."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym.build.induction.lifecycles import status_columns
from agentgym.build.induction.uses import noun_of
from agentgym.build.semantics.language import phrase, plural
from agentgym.build.values.draw import NOW
from agentgym.types import Binding, Guard, Table

_PREAMBLE = """\
# {title} policy

You help users of the {title} service. The current time is {now}.

- Use the tools to look things up and to make changes; never invent an identifier, a value or a result.
- Make one tool call at a time, or write to the user; do not do both in one turn.
- Find out who and what a request is about before you change anything, and ask for details the user has not given.
- Make only the changes the user asks for. When everything is done, tell the user what you did.
- If a rule below or a tool forbids a request, say so and change nothing.
"""


def write_policy(name: str, tables: Sequence[Table], bindings: Sequence[Binding]) -> str:
    """The Markdown text of a domain's policy."""
    title = name.replace("-", " ").replace("_", " ")
    parts = [_PREAMBLE.format(title=title, now=NOW.strftime("%A, %d %B %Y, %H:%M") + " UTC")]
    by_table = {
        table.name: [binding for binding in bindings if binding.table == table.name and binding.writes]
        for table in tables
    }
    for table in tables:
        lines = [f"- {sentence}" for sentence in _sentences(table, by_table[table.name])]
        if lines:
            parts.append("\n".join([f"## {plural(noun_of(table.name)).capitalize()}", "", *lines, ""]))
    return "\n".join(parts)


def _sentences(table: Table, bindings: Sequence[Binding]) -> list[str]:
    lines: list[str] = []
    states = status_columns(table)
    if states and any(binding.guards for binding in bindings):
        values = ", ".join(_shown(value) for value in states[0].enum)
        lines.append(f"The {phrase(states[0].name)} of {_article(noun_of(table.name))} is one of: {values}.")
    for binding in bindings:
        lines += [f"`{binding.tool}`: {_condition(guard)}." for guard in binding.guards]
    return lines


def _condition(guard: Guard) -> str:
    noun = noun_of(guard.table) if "." in guard.of or not guard.of else phrase(guard.of.removesuffix("_id"))
    column = phrase(guard.column)
    if guard.test == "in":
        subject = f"the {noun}" if column == "status" else f"the {noun}'s {column}"
        return f"{subject} must be {_listed(guard.values)}"
    if guard.test == "not_in":
        return f"the {noun} must not be {_listed(guard.values)} already"
    if guard.test == "differs":
        return f"the {phrase(guard.amount.removesuffix('_id'))} and the {noun} must differ"
    if not guard.amount:
        return f"the {noun}'s {column} must be at least one"
    return f"the {noun}'s {column} must cover the {phrase(guard.amount.rpartition('.')[2])}"


def _listed(values: Sequence[object]) -> str:
    return " or ".join(_shown(value) for value in values)


def _shown(value: object) -> str:
    return f"`{value}`"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
