"""A mapped class as the fast session sees it: light rows, their stored form, and the SQL for one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from sqlalchemy import JSON, UniqueConstraint, inspect
from sqlmodel import SQLModel

from agentgym.world.query import ColumnRef, GiveUp, Light, Query
from agentgym.world.rows import Key, RawRow, TableRows, python_type
from agentgym.world.statement import DIALECT, Statement

MAX_KINDS = 1000  # combinations of types remembered of one table
_CONSTANT = (str, int, float, bool, type(None))  # defaults that rows may share


class Row:
    """A row of a table: its attributes, and nothing of the ORM.

    The first change of a row that is stored is noted with the values before it, so that a flush costs what was
    changed, not what was read.
    """

    __slots__ = ("__dict__", "_changed")
    _changed: dict[int, tuple[Row, dict[str, Any]]] | None  # the session's notes of changes; None: not stored yet
    _model: Model  # of each subclass

    def __setattr__(self, name: str, value: Any) -> None:
        values = self.__dict__
        if name not in values:
            raise GiveUp(name)
        changed = self._changed
        if changed is not None and id(self) not in changed:
            changed[id(self)] = (self, values.copy())
        values[name] = value

    def _give_up(self, *_: Any) -> NoReturn:
        """A mapped instance can do more than hold attributes; what it would answer is for the stock session."""
        raise GiveUp("a row as a whole")

    __getattr__ = __delattr__ = __eq__ = __ne__ = __repr__ = __str__ = __format__ = __iter__ = _give_up
    __hash__ = _give_up


class _Gone(dict[int, Any]):
    """The notes of a deleted row: it takes no more changes."""

    def __contains__(self, key: object) -> NoReturn:
        raise GiveUp("a deleted row")


GONE = _Gone()

_set_values: Callable[[Row, dict[str, Any]], None] = Row.__dict__["__dict__"].__set__
_set_changed: Callable[[Row, Any], None] = Row.__dict__["_changed"].__set__


class Model:
    """One mapped class: how rows are made, read and written."""

    def __init__(self, mapped: type[SQLModel], rows: TableRows, statements: dict[Any, Statement | None]) -> None:
        mapper = inspect(mapped)
        self.mapped = mapped
        self.rows = rows
        self.table: Any = mapper.local_table
        self.name = rows.name
        self.attributes = rows.attributes
        self.key_index = rows.key_index
        self.key = rows.attributes[rows.key_index]
        self.key_type = python_type(self.table.columns[self.key_index].type)
        self.statements = statements  # compiled shapes, of all models of the domain
        types = [column.type for column in self.table.columns]
        self._exact = tuple(None if isinstance(kind, JSON) else python_type(kind) for kind in types)
        self._encoders = tuple(kind.dialect_impl(DIALECT).bind_processor(DIALECT) for kind in types)
        self._floats = tuple(place for place, kind in enumerate(self._exact) if kind is float)
        self._kept: set[tuple[type, ...]] = set()  # types of rows that are stored as they are, if no float is NaN
        decoders = [kind.dialect_impl(DIALECT).result_processor(DIALECT, None) for kind in types]
        self.decoders = tuple((a, d) for a, d in zip(self.attributes, decoders, strict=True) if d is not None)
        self.documents = tuple(a for a, kind in zip(self.attributes, types, strict=True) if isinstance(kind, JSON))
        self.unique = any(isinstance(c, UniqueConstraint) for c in self.table.constraints) or any(
            index.unique for index in self.table.indexes
        )
        self._defaults = _defaults(mapped)
        self.row = type(self.mapped.__name__, (Row,), {"__slots__": (), "_model": self})
        self.standin = Standin(self, mapped)
        self.query = Query(self, (self.name,), (), ())

    def loaded(self, raw: RawRow, changed: dict[int, Any]) -> Row:
        """A stored row, whose changes go to ``changed``."""
        values = dict(zip(self.attributes, raw))  # noqa: B905  # of equal length: the SELECT names the columns
        for attribute, decode in self.decoders:
            values[attribute] = decode(values[attribute])
        row: Row = object.__new__(self.row)
        _set_values(row, values)
        _set_changed(row, changed)
        return row

    def new(self, given: dict[str, Any]) -> Row:
        """A row that is not stored yet."""
        defaults = self._defaults
        values = {name: given[name] if name in given else defaults[name] for name in self.attributes}
        if len(given) > len(values) or not given.keys() <= values.keys():
            raise GiveUp("a column that is not there")
        row: Row = object.__new__(self.row)
        _set_values(row, values)
        _set_changed(row, None)
        return row

    def track(self, row: Row, changed: dict[int, Any]) -> None:
        """From now on the row is stored, and its changes go to ``changed``."""
        _set_changed(row, changed)

    def encode(self, row: Row) -> tuple[RawRow, bool]:
        """The row as SQLite gets it, and whether SQLite will give exactly these values back."""
        values = tuple(row.__dict__.values())
        kinds = tuple(map(type, values))
        if kinds in self._kept and all(values[place] == values[place] for place in self._floats):
            return values, True
        raw, exact = self._encoded(values)
        if exact and raw == values and not self.documents and len(self._kept) < MAX_KINDS:
            self._kept.add(kinds)
        return raw, exact

    def _encoded(self, values: RawRow) -> tuple[RawRow, bool]:
        exact, raw = True, []
        for value, kind, process in zip(values, self._exact, self._encoders, strict=True):
            if kind is None:  # JSON, whose numbers SQLite would not keep as text
                exact = exact and type(value) is not int and type(value) is not float
            elif value is not None and (type(value) is not kind or value != value):
                exact = False  # SQLite converts to the column's type, and stores NaN as NULL
            raw.append(value if process is None else process(value))
        return tuple(raw), exact

    def key_of(self, row: Row) -> Key:
        key: Key = row.__dict__[self.key]
        if type(key) is not self.key_type:
            raise GiveUp("an odd key")
        return key


class Standin(Light):
    """A table's class as the tools see it: called for a new row, asked for columns."""

    __slots__ = ("__dict__", "_model")

    def __init__(self, model: Model, mapped: type[SQLModel]) -> None:
        self._model = model
        self.__dict__.update({name: ColumnRef(model, name, getattr(mapped, name)) for name in model.attributes})

    def __call__(self, **given: Any) -> Row:
        return self._model.new(given)

    def __instancecheck__(self, instance: object) -> bool:
        return type(instance) is self._model.row


def _defaults(mapped: type[SQLModel]) -> dict[str, Any]:
    """What an attribute that is not given holds. One without an entry must be given."""
    fields = {name: field for name, field in mapped.model_fields.items() if not field.is_required()}
    return {
        name: field.default
        for name, field in fields.items()
        if field.default_factory is None and isinstance(field.default, _CONSTANT)
    }
