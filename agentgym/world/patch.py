"""A task's starting state: changes over the seed rows, as the writes that make them."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence

from agentgym.errors import TaskError
from agentgym.types import RowChange
from agentgym.world.journal import Write
from agentgym.world.rows import RawRow, TableRows, dangling
from agentgym.world.template import Template

REMEMBERED = 1024  # patches of one domain


class Patches:
    """The patches of one domain's tasks, each turned into writes once."""

    def __init__(self, template: Template, domain: str) -> None:
        self._template, self._domain = template, domain
        # By identity, which is what episodes of one task share; the changes are held, so that no other gets their id.
        self._known: OrderedDict[int, tuple[Sequence[RowChange], tuple[Write, ...]]] = OrderedDict()

    def writes(self, changes: tuple[RowChange, ...]) -> tuple[Write, ...]:
        """The writes that make ``changes``. Raises ``TaskError`` where they do not fit the seed rows."""
        if not changes:
            return ()
        known = self._known.get(id(changes))
        if known is None:
            known = self._known[id(changes)] = (changes, _writes(changes, self._template, self._domain))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known[1]


def _writes(changes: Sequence[RowChange], template: Template, domain: str) -> tuple[Write, ...]:
    """The writes of a patch, tried on a copy of the seed."""
    raw = template.connect()
    try:
        raw.execute("BEGIN")
        raw.execute("PRAGMA defer_foreign_keys = ON")
        written = tuple(_apply(raw, change, template) for change in changes)
        raw.execute("COMMIT")
        return written
    except (sqlite3.Error, OverflowError, TaskError) as error:
        broken = dangling(raw, list(template.tables.values())) if "FOREIGN KEY" in str(error) else ""
        raise TaskError(f"the task's state does not fit {domain}: {broken or error}") from error
    finally:
        raw.close()


def _apply(raw: sqlite3.Connection, change: RowChange, template: Template) -> Write:
    table = template.tables.get(change.table)
    if table is None:
        raise TaskError(f"there is no table {change.table!r}")
    unknown = sorted(set(change.after or ()) - set(table.columns))
    if unknown:
        raise TaskError(f"{change.table} has no columns {unknown}")
    sql, parameters = _statement(change, table)
    if raw.execute(sql, parameters).rowcount != 1:
        verb = "delete" if change.after is None else "update"
        raise TaskError(f"there is no {change.table} {change.key!r} to {verb}")
    after = raw.execute(table.select_one, (change.key,)).fetchone()
    if (after is None) != (change.after is None):
        raise TaskError(f"the {change.table} {change.key!r} has another key in its row")
    return Write(sql, parameters, table.name, change.key, after)


def _statement(change: RowChange, table: TableRows) -> tuple[str, RawRow]:
    if change.after is None:
        return table.delete_one, (change.key,)
    if change.before is None:
        return table.insert_one, table.encode(change.after)
    places = tuple(table.columns.index(column) for column in change.after)
    values = [table.encode_value(column, value) for column, value in change.after.items()]
    return table.update_one(places), (*values, change.key)
