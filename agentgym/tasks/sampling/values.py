"""New values a user might ask for: what a column's enum, range, format, examples and present rows allow."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from agentgym.build.values.draw import NOW, draw
from agentgym.types import Column, Json, Row, Rows, Schema
from agentgym.world.naming import words

_FINE = ("city", "postal_code", "zip", "zip_code")  # places that differ here are different places
# Amounts that people ask for.
_ROUND = sorted(
    float(digits * 10**power) for power in range(6) for digits in (10, 12, 15, 18, 20, 25, 30, 40, 50, 60, 75, 80)
)
# Another row's would be another person's: these are always new.
_PERSONAL = frozenset(words("email phone mobile fax username login url uri website webhook uuid ssn iban"))
_TEXTS = {
    "reason": ("my plans have changed", "it is no longer needed", "the details were wrong", "I found a better option"),
    "note": (
        "please call before you come",
        "ring the bell at the side door",
        "handle with care",
        "no rush on this one",
    ),
    "comment": (
        "everything went smoothly",
        "it took longer than I hoped",
        "very happy with the result",
        "could be better",
    ),
    "description": (
        "a short summary for the team",
        "replaces the earlier version",
        "agreed on the phone",
        "for the spring campaign",
    ),
    "message": ("see you on Monday", "the documents are ready", "please confirm the time", "thanks for your patience"),
    "title": ("Quarterly review", "Kick-off meeting", "Follow-up visit", "Summer special"),
    "name": (
        "Blue Harbor",
        "North Star",
        "Green Valley",
        "Silver Lake",
        "Red Oak",
        "Golden Gate",
        "White Pine",
        "Amber Field",
    ),
}
_ALIASES = {
    "notes": "note", "instructions": "note", "remarks": "comment", "remark": "comment", "comments": "comment",
    "feedback": "comment", "review": "comment", "details": "description", "summary": "description", "body": "message",
    "text": "message", "content": "message", "subject": "title", "headline": "title", "label": "name",
    "justification": "reason", "purpose": "reason",
}  # fmt: skip


class Values:
    """Draws values for one task: from ``rows`` as they stand and from ``rng``, so equal seeds give equal values."""

    def __init__(self, rng: random.Random, rows: Rows, people: Collection[str] = ()) -> None:
        self._rng, self._people = rng, people
        self._rows = rows
        clock = next(iter(rows.get("clock", ())), {})
        self._now = _parse(clock.get("now")) or NOW

    def draw(
        self,
        name: str,
        schema: Schema,
        column: Column | None,
        table: str,
        *,
        avoid: Json = None,
        low: float | None = None,
        high: float | None = None,
    ) -> Json:
        """A value for argument ``name``, other than ``avoid``, from ``low`` to ``high``; None where nothing fits."""
        column = column or Column(name=name, type="str")
        kind = _type(schema, column)
        closed = [value for value in schema.get("enum") or column.enum if value not in (None, "", avoid)]
        if closed or schema.get("enum"):
            return self._rng.choice(closed) if closed else None
        if kind == "boolean":
            return (not avoid) if isinstance(avoid, bool) else self._rng.random() < 0.5
        if kind in ("integer", "number"):
            return self._number(kind, schema, column, table, avoid, (low, high))
        if kind == "array":
            return self._array(name, schema, column, table, avoid)
        if kind == "object":
            return self._object(schema, column, table, avoid)
        return self._string(name, schema, column, table, avoid)

    def place(self, wanted: Sequence[str], current: Row) -> dict[str, Json]:
        """Place columns that belong together, from one row that lies elsewhere; {} where no row has them all."""
        donors = [row for rows in self._rows.values() for row in rows if all(row.get(name) for name in wanted)]
        donors = [
            row for row in donors if all(row[name] != current.get(name) for name in wanted if name in _FINE)
        ] or donors
        if not donors:
            return {}
        donor = self._rng.choice(donors)
        found = {name: donor[name] for name in wanted}
        street = draw(Column(name="address", type="str"), self._rng)
        return {name: street if name in ("address", "street") else value for name, value in found.items()}

    def key(self, table: str, column: Column) -> Json:
        """A key of the user's own choice, in the manner of the present ones."""
        keys = list(self._present(table, column.name))
        if column.type == "int":
            return max((key for key in keys if isinstance(key, int)), default=0) + self._rng.randint(2, 40)
        sample = str(self._rng.choice(keys)) if keys else f"{table}-100"
        for _ in range(20):
            key = "".join(str(self._rng.randint(0, 9)) if sign.isdigit() else sign for sign in sample)
            key = key if key != sample else f"{sample}-{self._rng.randint(2, 99)}"
            if key not in keys:
                return key
        return None

    def element(self, table: str, column: Column, current: Sequence[Json], removes: bool) -> Json:
        """A string to add to a list column that holds ``current``, or one of its own to take away."""
        if removes:
            offered = [value for value in current if isinstance(value, str)]
        else:
            offered = [value for value in self._elements(table, column) if value not in current]
        return self._rng.choice(offered) if offered else None

    def _elements(self, table: str, column: Column) -> list[str]:
        """Every string that the lists of a column hold."""
        lists = [value for value in (*column.examples, *self._present(table, column.name)) if isinstance(value, list)]
        loose = [value for value in column.examples if isinstance(value, str)]
        return sorted({value for values in (*lists, loose) for value in values if isinstance(value, str)})

    def _number(
        self,
        kind: str,
        schema: Schema,
        column: Column,
        table: str,
        avoid: Json,
        within: tuple[float | None, float | None],
    ) -> Json:
        whole = kind == "integer" or column.type == "int"
        low = _first(schema.get("minimum"), column.minimum, 1.0)
        low = max(low, low if within[0] is None else within[0])
        top = _first(schema.get("maximum"), column.maximum, low + (5 if whole else 200))
        top = min(top, top if within[1] is None else within[1])
        if top < low:
            return None
        low, top = self._usual(table, column.name, low, top)
        few = top - low <= 20 and whole
        pool = [float(n) for n in range(int(low), int(top) + 1)] if few else [n for n in _ROUND if low <= n <= top]
        pool = [n for n in pool if n != avoid] or [n for n in (low, top) if n != avoid]
        if not pool:
            return None
        value = self._rng.choice(pool)
        return int(value) if whole else value

    def _usual(self, table: str, column: str, low: float, top: float) -> tuple[float, float]:
        """The part of a range in which the column's values lie; where there are none, its low end."""
        present = [value for value in self._present(table, column) if isinstance(value, (int, float))]
        if len(present) < 3:
            return low, min(top, max(20 * low, 1000.0))
        narrow = max(low, min(present)), min(top, max(present))
        return narrow if narrow[0] < narrow[1] else (low, top)

    def _string(self, name: str, schema: Schema, column: Column, table: str, avoid: Json) -> Json:
        form = str(schema.get("format") or column.format)
        parts = words(name)
        if form in ("date", "date-time", "time") and "birth" not in parts:
            return self._moment(form, table, column.name, avoid)
        personal = form in _PERSONAL or not _PERSONAL.isdisjoint(parts) or (table in self._people and "name" in parts)
        known = [*(schema.get("examples") or ()), *column.examples, *self._present(table, column.name)]
        known = sorted(
            {value for value in known if isinstance(value, str) and 0 < len(value) <= 200 and value != avoid}
        )
        if known and not personal:
            return self._rng.choice(known)
        topic = next((part for part in (_ALIASES.get(part, part) for part in reversed(parts)) if part in _TEXTS), None)
        if topic and not personal and not (schema.get("pattern") or column.pattern):
            text = self._rng.choice(_TEXTS[topic])
        else:
            kind = "full_name" if personal and parts == ["name"] else column.name or name
            text = str(draw(_free(column, kind, form, schema), self._rng))
        limit = schema.get("maxLength")
        text = text[:limit].rstrip() if isinstance(limit, int) and limit > 0 else text
        return text if text and text != avoid else None

    def _moment(self, form: str, table: str, column: str, avoid: Json) -> Json:
        """A date or time soon after the world's now, in the notation the column already uses."""
        sample = next((value for value in self._present(table, column) if isinstance(value, str)), "")
        moment = self._now.replace(minute=0, second=0, microsecond=0) + timedelta(days=self._rng.randint(2, 60))
        moment = moment.replace(hour=self._rng.randint(8, 19), minute=self._rng.choice((0, 15, 30, 45)))
        if form == "date":
            text = moment.strftime("%Y-%m-%d")
        elif form == "time":
            text = moment.strftime("%H:%M:%S" if sample.count(":") == 2 else "%H:%M")
        else:
            text = moment.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if sample.endswith("Z") else "")
        return text if text != avoid else None

    def _array(self, name: str, schema: Schema, column: Column, table: str, avoid: Json) -> Json:
        items = schema.get("items") or column.items.get("items") or {}
        items = items if isinstance(items, dict) else {}
        closed = sorted({value for value in items.get("enum") or () if isinstance(value, str)})
        pool: list[Json] = [*(closed or self._elements(table, column))] or [self.draw(name, items, None, "")]
        pool = [value for value in pool if value is not None]
        found = self._rng.sample(pool, min(len(pool), self._rng.randint(1, 2)))
        return found if found and found != avoid else None

    def _object(self, schema: Schema, column: Column, table: str, avoid: Json) -> Json:
        present = [value for value in self._present(table, column.name) if isinstance(value, dict) and value != avoid]
        if present and not schema.get("properties"):
            return self._rng.choice(present)
        found = {}
        for name, inner in (schema.get("properties") or {}).items():
            if isinstance(inner, dict) and (name in schema.get("required", ()) or self._rng.random() < 0.5):
                value = self.draw(name, inner, None, "") if inner.get("type") not in ("array", "object") else None
                if value is not None:
                    found[name] = value
        complete = all(name in found for name in schema.get("required", ()))
        return found if found and complete and found != avoid else None

    def _present(self, table: str, column: str) -> Iterable[Json]:
        return (row[column] for row in self._rows.get(table, ()) if row.get(column) is not None)


def round_bound(value: float, test: str, schema: Schema) -> float:
    """A bound as people give it, which lets ``value`` through: "at least 50" for 59.9."""
    unit = next((unit for unit in (1000, 100, 10, 5, 1) if abs(value) >= 3 * unit), 1)
    bound = value // unit * unit if test == "ge" else -(-value // unit) * unit
    bound = int(bound) if schema.get("type") == "integer" or bound == int(bound) else bound
    low, top = schema.get("minimum"), schema.get("maximum")
    inside = (low is None or bound >= low) and (top is None or bound <= top)
    return bound if inside else value


def _type(schema: Schema, column: Column) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    own = {"int": "integer", "float": "number", "bool": "boolean", "json": str(column.items.get("type") or "object")}
    return kind if isinstance(kind, str) else own.get(column.type, "string")


def _free(column: Column, name: str, form: str, schema: Schema) -> Column:
    """A column of free text that keeps to what the argument's schema asks of it."""
    limits = {"min_length": schema.get("minLength"), "max_length": schema.get("maxLength")}
    given = {key: value for key, value in limits.items() if isinstance(value, int)}
    pattern = schema.get("pattern") if isinstance(schema.get("pattern"), str) else column.pattern
    plain = {"name": name, "type": "str", "enum": (), "examples": (), "format": form, "pattern": pattern}
    return column.model_copy(update={**plain, **given})


def _first(*candidates: Json) -> float:
    return next(float(value) for value in candidates if isinstance(value, (int, float)) and not isinstance(value, bool))


def _parse(text: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
