"""Light stand-ins for ``select`` and column expressions, which cost a microsecond to build instead of thirty.

A light query notes what a tool asked for. Its shape, the query without its values, is compiled once: the real
SQLAlchemy statement is built from the same notes and its SQL kept, so that what runs is what SQLAlchemy would have
run. Whatever the notes cannot express raises ``GiveUp``, and the call is run again on the stock session.
"""

from __future__ import annotations

from typing import Any, NoReturn, Protocol, TypeAlias

import sqlalchemy as sa

Shape: TypeAlias = tuple[Any, ...]

_BOUND = frozenset({str, int, float})  # values that become parameters; None and booleans belong to the shape
_ESCAPES = str.maketrans({"/": "//", "%": "/%", "_": "/_"})  # as SQLAlchemy's autoescape
_ESCAPED = "autoescape"


class Model(Protocol):
    """What queries know of ``world.model.Model``."""

    name: str
    mapped: Any
    table: Any
    query: Query
    statements: dict[Any, Any]


class GiveUp(Exception):
    """What is asked for is beyond the fast session; the stock one must do it."""


class Light:
    """What all stand-ins share: anything they do not define ends the fast attempt, not in a wrong answer."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        raise GiveUp(name)

    def __bool__(self) -> NoReturn:
        raise GiveUp("truth")

    def __repr__(self) -> NoReturn:
        raise GiveUp("repr")

    __str__ = __format__ = __repr__  # type: ignore[assignment]


class Condition(Light):
    """A boolean expression over columns."""

    __slots__ = ("arguments", "column", "method", "shape", "values")

    def __init__(self, shape: Shape, values: tuple[Any, ...], column: Any, method: str, *arguments: Any) -> None:
        self.shape = shape
        self.values = values  # what is bound, in the order of the real expression's parameters
        self.column, self.method, self.arguments = column, method, arguments

    def __and__(self, other: Any) -> Condition:
        return and_(self, other)

    def __or__(self, other: Any) -> Condition:
        return or_(self, other)

    def __invert__(self) -> Condition:
        return not_(self)

    def real(self, binds: list[str]) -> Any:
        """The SQLAlchemy expression; ``binds`` gets the parameter key of each of ``values``."""
        if self.column is None:
            return getattr(sa, self.method)(*(part.real(binds) for part in self.arguments))
        options = {"autoescape": True} if self.shape[-1] is _ESCAPED else {}
        expression = getattr(self.column.real, self.method)(*self.arguments, **options)
        found = [element for element in sa.sql.visitors.iterate(expression) if isinstance(element, sa.BindParameter)]
        if self.method in ("in_", "not_in"):
            if len(found) != 1 or found[0].value != list(self.values):
                raise GiveUp("parameters")
            binds.extend(f"{found[0].key}_{number}" for number in range(1, len(self.values) + 1))
        elif [bind.value for bind in found] != list(self.values):
            raise GiveUp("parameters")
        else:
            binds.extend(bind.key for bind in found)
        return expression


class ColumnRef(Light):
    """``Order.status`` in a tool's code."""

    __slots__ = ("model", "name", "real")

    def __init__(self, model: Model, name: str, real: Any) -> None:
        self.model = model
        self.name = f"{model.name}.{name}"  # stands for the column in shapes
        self.real = real

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("__eq__", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("__ne__", other)

    def __lt__(self, other: object) -> Condition:
        return self._compare("__lt__", other)

    def __le__(self, other: object) -> Condition:
        return self._compare("__le__", other)

    def __gt__(self, other: object) -> Condition:
        return self._compare("__gt__", other)

    def __ge__(self, other: object) -> Condition:
        return self._compare("__ge__", other)

    def is_(self, other: object) -> Condition:
        return self._constant("is_", other)

    def is_not(self, other: object) -> Condition:
        return self._constant("is_not", other)

    def contains(self, text: object, autoescape: object = False) -> Condition:
        return self._search("contains", text, autoescape)

    def icontains(self, text: object, autoescape: object = False) -> Condition:
        return self._search("icontains", text, autoescape)

    def startswith(self, text: object, autoescape: object = False) -> Condition:
        return self._search("startswith", text, autoescape)

    def endswith(self, text: object, autoescape: object = False) -> Condition:
        return self._search("endswith", text, autoescape)

    def between(self, low: object, high: object) -> Condition:
        kinds = (type(low), type(high))
        if not _BOUND.issuperset(kinds):
            raise GiveUp("between")
        return Condition((self.name, "between", kinds), (low, high), self, "between", low, high)

    def in_(self, values: object) -> Condition:
        return self._member("in_", values)

    def not_in(self, values: object) -> Condition:
        return self._member("not_in", values)

    def asc(self) -> Ordering:
        return Ordering(self, "asc")

    def desc(self) -> Ordering:
        return Ordering(self, "desc")

    def _compare(self, method: str, other: object) -> Condition:
        kind = type(other)
        if kind in _BOUND:
            return Condition((self.name, method, kind), (other,), self, method, other)
        return self._constant(method, other)

    def _constant(self, method: str, other: object) -> Condition:
        if other is None or other is True or other is False:
            return Condition((self.name, method, other), (), self, method, other)
        raise GiveUp(method)

    def _search(self, method: str, text: object, autoescape: object) -> Condition:
        if type(text) is not str or type(autoescape) is not bool:
            raise GiveUp(method)
        if autoescape:
            return Condition((self.name, method, _ESCAPED), (text.translate(_ESCAPES),), self, method, text)
        return Condition((self.name, method, None), (text,), self, method, text)

    def _member(self, method: str, values: object) -> Condition:
        if type(values) not in (list, tuple, set) or not _BOUND.issuperset(map(type, values)):  # type: ignore[call-overload]
            raise GiveUp(method)
        bound: tuple[Any, ...] = tuple(values)  # type: ignore[arg-type]
        return Condition((self.name, method, tuple(map(type, bound))), bound, self, method, list(bound))


class Ordering(Light):
    """``Order.total.desc()``."""

    __slots__ = ("column", "direction")

    def __init__(self, column: ColumnRef, direction: str) -> None:
        self.column, self.direction = column, direction


class Query(Light):
    """A SELECT in the making; every method gives a new one."""

    __slots__ = ("model", "notes", "shape", "values")

    def __init__(self, model: Model, shape: Shape, values: tuple[Any, ...], notes: tuple[Any, ...]) -> None:
        self.model = model
        self.shape = shape
        self.values = values
        self.notes = notes  # (method, arguments), from which the real statement is built

    def where(self, *conditions: Any) -> Query:
        shape, values = self.shape, self.values
        for condition in conditions:
            if type(condition) is not Condition:
                raise GiveUp("where")
            shape += ("where", condition.shape)
            values += condition.values
        return Query(self.model, shape, values, (*self.notes, ("where", conditions)))

    def order_by(self, *columns: Any) -> Query:
        shape = self.shape
        for column in columns:
            if type(column) is ColumnRef:
                shape += ("order_by", column.name)
            elif type(column) is Ordering:
                shape += (column.direction, column.column.name)
            else:
                raise GiveUp("order_by")
        return Query(self.model, shape, self.values, (*self.notes, ("order_by", columns)))

    def limit(self, count: object) -> Query:
        return self._bounded("limit", count)

    def offset(self, count: object) -> Query:
        return self._bounded("offset", count)

    def distinct(self) -> Query:
        return Query(self.model, (*self.shape, "distinct"), self.values, (*self.notes, ("distinct", ())))

    def _bounded(self, method: str, count: object) -> Query:
        if type(count) is not int:
            raise GiveUp(method)
        return Query(self.model, (*self.shape, method), (*self.values, count), (*self.notes, (method, (count,))))


def select(*entities: Any) -> Query:
    """``select(Order)``, or one of its columns; rows of several columns are for the stock session."""
    if len(entities) != 1:
        raise GiveUp("select")
    entity = entities[0]
    if type(entity) is ColumnRef:
        return Query(entity.model, ("column", entity.name), (), (("column", entities),))
    query: Query = entity._model.query  # anything but a table's stand-in gives up here
    return query


def col(column: Any) -> Any:
    """What SQLModel's ``col`` does for type checkers: nothing."""
    if type(column) is not ColumnRef:
        raise GiveUp("col")
    return column


def and_(*parts: Any) -> Condition:
    """All of the conditions."""
    return _joined("and_", parts)


def or_(*parts: Any) -> Condition:
    """Any of the conditions."""
    return _joined("or_", parts)


def not_(part: Any) -> Condition:
    """The condition's opposite."""
    return _joined("not_", (part,))


def _joined(method: str, parts: tuple[Any, ...]) -> Condition:
    if not parts or not all(type(part) is Condition for part in parts):
        raise GiveUp(method)
    values = tuple(value for part in parts for value in part.values)
    return Condition((method, *(part.shape for part in parts)), values, None, method, *parts)


STANDINS = {"select": select, "col": col, "and_": and_, "or_": or_, "not_": not_}
