"""A light query's shape, compiled once through SQLAlchemy to SQL text and the places of its values."""

from __future__ import annotations

from typing import Any, NamedTuple

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
    model: Any  # the Model whose rows it gives; None: it gives single values
    decode: Processor  # of single values

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
    real, binds = _real(query)
    compiled: Any = real.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    columns = _columns(query, compiled)
    model = None if _of_column(query) else query.model
    decode = columns[0].type.dialect_impl(DIALECT).result_processor(DIALECT, None)
    places_of = {key: place for place, key in enumerate(binds)}
    parameters = tuple(_parameter(name, compiled, places_of) for name in compiled.positiontup)
    places = tuple(place for place, _, _ in parameters)
    plain = all(place >= 0 and process is None for place, _, process in parameters)
    if plain:
        same = places == tuple(range(len(binds)))
        return Statement(compiled.string, None if same else places, (), model, decode)
    return Statement(compiled.string, places, parameters, model, decode)


def _real(query: Query) -> tuple[Any, list[str]]:
    """The SQLAlchemy statement, and the parameter key of each of the query's values."""
    notes = list(query.notes)
    entity = notes.pop(0)[1][0].real if _of_column(query) else query.model.mapped
    statement: Any = sqlmodel.select(entity)
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
    return statement, binds


def _of_column(query: Query) -> bool:
    return bool(query.notes) and query.notes[0][0] == "column"


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


def _columns(query: Query, compiled: Any) -> list[Any]:
    """The columns of the result, which must be those that rows are made of, in order."""
    single = [query.notes[0][1][0].real.property.columns[0]] if _of_column(query) else []
    expected = single or list(query.model.table.columns)
    found = compiled._result_columns
    if len(found) != len(expected) or not all(
        any(thing is column for thing in entry.objects) for entry, column in zip(found, expected, strict=True)
    ):
        raise GiveUp("columns")
    return expected
