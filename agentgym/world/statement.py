"""A light query's shape, compiled once through SQLAlchemy to SQL text and the places of its values."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import sqlmodel
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect

from agentgym.world.query import GiveUp, Ordering, Query

DIALECT: Dialect = sqlite.dialect()

Processor = Any  # a function from a Python value to a stored one or back, or None


class Statement(NamedTuple):
    """SQL text and what surrounds it."""

    sql: str
    places: tuple[int, ...] | None  # which of the query's values each parameter is; None: just the values
    parameters: tuple[tuple[int, Any, Processor], ...]  # else (place or -1, constant, processor) of each
    gives: Literal["rows", "value", "tuple"]
    decoders: tuple[Processor, ...]  # for single columns

    def bind(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The parameters for one run."""
        if self.places is None:
            return values
        if not self.parameters:
            return tuple([values[place] for place in self.places])
        bound = ((values[place] if place >= 0 else constant, process) for place, constant, process in self.parameters)
        return tuple(value if process is None else process(value) for value, process in bound)


def compile_query(query: Query) -> Statement:
    """Build the real statement from the query's notes and keep its SQL. Raises ``GiveUp`` where they do not fit."""
    real, binds, gives = _real(query)
    compiled: Any = real.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    decoders = _check_columns(query, compiled, gives)
    places_of = {key: place for place, key in enumerate(binds)}
    parameters = tuple(_parameter(name, compiled, places_of) for name in compiled.positiontup)
    places = tuple(place for place, _, _ in parameters)
    plain = all(place >= 0 and process is None for place, _, process in parameters)
    if plain:
        same = places == tuple(range(len(binds)))
        return Statement(compiled.string, None if same else places, (), gives, decoders)
    return Statement(compiled.string, places, parameters, gives, decoders)


def _real(query: Query) -> tuple[Any, list[str], Literal["rows", "value", "tuple"]]:
    """The SQLAlchemy statement, the parameter key of each of the query's values, and what it gives."""
    notes = list(query.notes)
    gives: Literal["rows", "value", "tuple"] = "rows"
    if notes and notes[0][0] == "columns":
        entities = [column.real for column in notes.pop(0)[1]]
        gives = "value" if len(entities) == 1 else "tuple"
    else:
        entities = [query.model.mapped]
    statement: Any = sqlmodel.select(*entities)
    binds: list[str] = []
    for method, arguments in notes:
        if method == "where":
            statement = statement.where(*(condition.real(binds) for condition in arguments))
        elif method == "order_by":
            statement = statement.order_by(*map(_ordering, arguments))
        else:
            statement = getattr(statement, method)(*arguments)
            if method in ("limit", "offset"):
                clause = statement._limit_clause if method == "limit" else statement._offset_clause
                binds.append(clause.key)
    return statement, binds, gives


def _ordering(column: Any) -> Any:
    if isinstance(column, Ordering):
        return getattr(column.column.real, column.direction)()
    return column.real


def _parameter(name: str, compiled: Any, places: dict[str, int]) -> tuple[int, Any, Processor]:
    """Where a parameter's value comes from: one of the query's values, or a constant of its shape."""
    bind = compiled.binds.get(name)
    if bind is not None:
        key = bind.key
    else:  # one element of IN (...): "n_1_2" is the second of "n_1"
        base, _, number = name.rpartition("_")
        bind = compiled.binds[base]
        key = f"{bind.key}_{number}"
    process = bind.type.dialect_impl(DIALECT).bind_processor(DIALECT)
    place = places.get(key, -1)
    if place < 0 and not isinstance(bind.value, int):
        raise GiveUp("parameters")
    return place, bind.value, process


def _check_columns(query: Query, compiled: Any, gives: str) -> tuple[Processor, ...]:
    """Make sure that the result has the columns expected, in order; the decoders of single columns."""
    if gives == "rows":
        expected = list(query.model.table.columns)
    else:
        expected = [column.real.property.columns[0] for column in query.notes[0][1]]
    found = compiled._result_columns
    if len(found) != len(expected) or not all(
        any(thing is column for thing in entry.objects) for entry, column in zip(found, expected, strict=True)
    ):
        raise GiveUp("columns")
    return tuple(column.type.dialect_impl(DIALECT).result_processor(DIALECT, None) for column in expected)
