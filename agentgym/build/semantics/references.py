"""Which table a column or an argument refers to by its name, and references that run in no circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym.build.semantics.shapes import GENERIC_KEYS
from agentgym.types import ForeignKey
from agentgym.world.naming import snake

# Keys that say nothing of their table: a column of the same name elsewhere is no reference to it.
_ANYONES = frozenset(
    (
        "identifier arn parent resource resource_name title type value ref token address email username user_name path "
        "url version format location region zone country date symbol query text status category scheme language lang"
    ).split()
)


def referred(slot: str, keys: Mapping[str, tuple[str, str]], own: str, own_key: str) -> str:
    """The table a name in snake case refers to, or "": ``assignee_employee_id`` -> employee.

    ``keys`` holds each table's key and the key's type; ``own`` and ``own_key`` are the table the name stands in.
    """
    if slot == snake(own_key):
        return ""
    for name in sorted(keys, key=lambda table: (table not in slot, -len(table), table)):
        key = snake(keys[name][0])
        forms = {key}
        if key in GENERIC_KEYS or key in _ANYONES:
            forms = {f"{name}_{key}"}
            if key in ("id", "sid", "uuid", "uid"):
                forms |= {f"{name}_id", f"{name}_sid"}
        if slot in forms and name != own:
            return name
        if any(slot.endswith(f"_{form}") for form in forms):
            return name
    return ""


def without_cycles(links: Mapping[str, Sequence[ForeignKey]]) -> dict[str, list[ForeignKey]]:
    """The references of each table, less those that close a cycle between tables (a table may refer to itself)."""
    reach: dict[str, set[str]] = {name: set() for name in links}
    kept: dict[str, list[ForeignKey]] = {name: [] for name in links}
    for name in sorted(links):
        for link in links[name]:
            if link.table != name:
                if name in _reachable(link.table, reach):
                    continue
                reach[name].add(link.table)
            kept[name].append(link)
    return kept


def _reachable(start: str, reach: Mapping[str, set[str]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for target in reach[stack.pop()]:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen
