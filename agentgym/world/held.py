"""A world's database: a connection whose open transaction begins at the seed rows.

Going back to them is a ROLLBACK, which costs what was written and keeps every compiled statement; a fresh copy of the
database (``deserialize``) would make SQLite compile each of them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from agentgym.world.journal import Write
from agentgym.world.template import Template


class Held:
    """The connection, and what its transaction holds."""

    def __init__(self, template: Template) -> None:
        self.raw = template.connect()
        self.raw.execute("BEGIN")
        self._template = template
        self._seeded = True  # the transaction begins at the seed rows
        self._patch: Sequence[Write] = ()  # what a savepoint "start" has been set after, if anything

    def start(self, patch: Sequence[Write] = ()) -> None:
        """Go to the seed rows with ``patch`` over them. Raises ``sqlite3.Error`` where they do not fit together."""
        raw = self.raw
        if patch and patch is self._patch and raw.in_transaction:
            raw.execute("ROLLBACK TO start")
            return
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        else:  # somebody else has ended it, who knows how
            self._seeded = False
        if not self._seeded:
            raw.deserialize(self._template.data)
            self._seeded = True
        self._patch = ()
        raw.execute("BEGIN")
        if patch:
            try:
                self.write(patch)
            except sqlite3.IntegrityError:  # its rows refer to each other in an order of their own
                raw.execute("ROLLBACK")
                raw.execute("BEGIN")
                raw.execute("PRAGMA defer_foreign_keys = ON")
                self.write(patch)
                raw.execute("PRAGMA defer_foreign_keys = OFF")
            raw.execute("SAVEPOINT start")
            self._patch = patch

    def write(self, writes: Sequence[Write]) -> None:
        """Repeat writes, in order."""
        execute = self.raw.execute
        for sql, parameters, *_ in writes:
            execute(sql, parameters)

    def undo(self, savepoint: str) -> None:
        """Undo what was written since a savepoint, and end it."""
        if self.raw.in_transaction:
            self.raw.execute(f"ROLLBACK TO {savepoint}")
            with suppress(sqlite3.Error):  # it is empty now; one that stays open is harmless
                self.raw.execute(f"RELEASE {savepoint}")

    def data(self) -> bytes:
        """The database as bytes. From here on, ``start`` needs a fresh copy."""
        if self.raw.in_transaction:  # what is not committed is not in them
            self.raw.execute("COMMIT")
        self._seeded, self._patch = False, ()
        data = self.raw.serialize()
        self.raw.execute("BEGIN")
        return data

    def load(self, data: bytes) -> None:
        """Take the place of the database that ``data`` was taken from."""
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")
        self._seeded, self._patch = False, ()
        self.raw.deserialize(data)
        self.raw.execute("BEGIN")

    def close(self) -> None:
        self.raw.close()
