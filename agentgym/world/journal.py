"""What has been written to a world since its seed: enough to tell the difference, to repeat it, and to number on.

A world's state is its domain's seed rows, a task's patch over them, and the writes of its tools in order. Reading the
difference then costs what was written, whatever the size of the database, and a world at rest is a short list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from agentgym.world.rows import Key, RawRow
from agentgym.world.template import Template


class Write(NamedTuple):
    """One statement that wrote one row, and the row after it."""

    sql: str
    parameters: RawRow
    table: str
    key: Key
    after: RawRow | None  # as stored; None: deleted


Latest: TypeAlias = dict[tuple[str, Key], RawRow | None]  # rows by table and key, as they were last written


class Journal:
    """The writes of one world. ``whole`` is False once something was written that is not in it."""

    __slots__ = ("_patched", "changed", "log", "patch", "template", "whole")

    def __init__(self, template: Template) -> None:
        self.template = template
        self.patch: tuple[Write, ...] = ()
        self._patched: Latest = {}
        self.restart(())

    def restart(self, patch: tuple[Write, ...], log: Sequence[Write] = ()) -> None:
        """The world is at the seed rows with ``patch`` over them, and then ``log``."""
        if patch is not self.patch:
            self.patch, self._patched = patch, _latest(patch)
        self.log: list[Write] = []
        self.changed: Latest = {}  # the rows written since the start
        self.whole = True
        self.extend(log)

    def extend(self, writes: Sequence[Write]) -> None:
        """Tools have written."""
        self.log.extend(writes)
        self.changed.update(_latest(writes))

    def start(self, table: str, key: Key) -> RawRow | None:
        """The row at the start: the patch's, else the seed's."""
        place = (table, key)
        return self._patched[place] if place in self._patched else self.template.rows[table].get(key)

    def now(self, table: str, key: Key) -> RawRow | None:
        """The row after all writes; of a journal that is whole."""
        place = (table, key)
        return self.changed[place] if place in self.changed else self.start(table, key)

    def start_rows(self, table: str) -> dict[Key, RawRow]:
        """All rows of a table at the start."""
        patched = [write for write in self.patch if write.table == table]
        if not patched:
            return self.template.rows[table]
        rows = dict(self.template.rows[table])
        for write in patched:
            if write.after is None:
                rows.pop(write.key, None)
            else:
                rows[write.key] = write.after
        return rows

    def latest(self, more: Iterable[Write], table: str) -> dict[Key, RawRow | None]:
        """The rows of ``table`` that patch, log and ``more`` wrote, as they are now."""
        writes = (*self.patch, *self.log, *more)
        return {write.key: write.after for write in writes if write.table == table}

    def highest_key(self, table: str) -> str | None:
        """The seed row's text key that new ones count on from; None where all keys must be looked at."""
        return self.template.highest_keys[table] if self.whole else None


def _latest(writes: Iterable[Write]) -> Latest:
    return {(write.table, write.key): write.after for write in writes}
