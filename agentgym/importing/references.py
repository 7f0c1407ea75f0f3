"""Foreign keys that the rows themselves show: columns all of whose values are keys of one table."""

from __future__ import annotations

from collections.abc import Mapping

from agentgym.importing.keys import NAMES_AT_LEAST
from agentgym.importing.rows import made
from agentgym.importing.shape import Finding, Shape
from agentgym.types import Column, ForeignKey, Json, Row, Table

_NEARLY = 0.9  # the share of values that are keys from which the others are called dangling
_ENDINGS = ("_id", "_key", "_code", "_number", "_name", "_ref")
_GENERAL = frozenset({"id", "key", "code", "number", "name", "uuid"})  # keys' names that say nothing about the table


def references(shape: Shape, rows: Mapping[str, list[Row]]) -> tuple[tuple[Table, ...], tuple[Finding, ...]]:
    """The tables of ``shape`` with the foreign keys found in ``rows``, and what nearly was one."""
    search = _Search(shape, rows)
    return tuple(map(search.table, shape.tables)), tuple(search.findings)


class _Search:
    """One look for the foreign keys of all tables."""

    def __init__(self, shape: Shape, rows: Mapping[str, list[Row]]) -> None:
        self.findings: list[Finding] = []
        self._rows = rows
        hidden = made(shape)
        self._named = [table for table in shape.tables if table.name not in hidden]
        self._keys = {table.name: {row[table.primary_key] for row in rows[table.name]} for table in self._named}
        self._orders = {collection.position for collection in shape.collections} | {"position", "list_position"}
        self._indexes = {f"{table.name}_{key.column}" for table in shape.tables for key in table.foreign_keys}

    def table(self, table: Table) -> Table:
        links = list(table.foreign_keys)
        for column in table.columns:
            known = table.refers(column.name) is not None or column.name in self._orders
            target = None if known or column.type not in ("str", "int") else self._target(table, column)
            if target is not None:
                links.append(ForeignKey(column=column.name, table=target.name, key=target.primary_key))
                self._indexes.add(f"{table.name}_{column.name}")
        return table.model_copy(update={"foreign_keys": tuple(links)})

    def _target(self, table: Table, column: Column) -> Table | None:
        """The table whose keys the column holds. Text may speak for itself; whole numbers need a name that says so."""
        values = [row[column.name] for row in self._rows[table.name] if row[column.name] is not None]
        distinct = set(values)
        others = [one for one in self._named if one.name != table.name or column.name != table.primary_key]
        found = [one for one in others if distinct and distinct <= self._keys[one.name]]
        named = [one for one in found if _says(column.name, one)]
        own = column.name == table.primary_key
        if f"{table.name}_{column.name}" in self._indexes and not own:  # SQLite has one index of a name
            return None
        if len(named) == 1 or own or column.type == "int":
            return named[0] if len(named) == 1 else None
        if len(found) == 1 and len(distinct) >= NAMES_AT_LEAST:
            return found[0]
        place = f"{table.name}.{column.name}"
        if len(distinct) >= NAMES_AT_LEAST and found:
            detail = f"all of its values are keys of {', '.join(one.name for one in found)}"
            self.findings.append(Finding("reference to one of several tables", place, len(values), detail))
        elif not found:
            self._dangling(column, place, values)
        return None

    def _dangling(self, column: Column, place: str, values: list[Json]) -> None:
        """Note a column called like a reference most of whose values are keys."""
        for one in (one for one in self._named if _says(column.name, one)):
            missing = [value for value in values if value not in self._keys[one.name]]
            if missing and len(missing) <= (1 - _NEARLY) * len(values):
                detail = f"no {one.name} {missing[0]!r}"[:200]
                self.findings.append(Finding("dangling reference", place, len(missing), detail))


def _says(column: str, target: Table) -> bool:
    """Whether a column's name names the table: by its key's name, or its own, or the end of it."""
    if column == target.primary_key and column not in _GENERAL:
        return True
    ending = next((one for one in _ENDINGS if column.endswith(one)), "")
    stem = column.removesuffix(ending)
    return bool(stem) and (f"_{target.name}".endswith(f"_{stem}") or f"_{stem}".endswith(f"_{target.name}"))
