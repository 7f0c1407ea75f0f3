"""A shape -> the expression, in the tools' dialect, that makes a row the JSON document it was."""

from __future__ import annotations

import ast
from collections.abc import Collection as Names

from agentgym.build.code import nodes as n
from agentgym.importing.shape import Collection, Leaf, Part, Record, Rows, Shape
from agentgym.world.naming import class_name, identifier


def document(shape: Shape, part: Part, row: n.Expr, taken: Names[str] = ()) -> n.Expr:
    """The JSON value of ``part`` in a row, which the expression ``row`` gives.

    ``taken``: names that its variables may not have, those of parameters, of other variables and of tools.
    """
    return _Writer(shape).value(part, row, frozenset(taken))


def ordered(collection: Collection) -> n.Expr:
    """``select(Order).order_by(Order.position)``: all documents of a collection in their own order."""
    name = model(collection.table)
    return n.method(n.call("select", n.name(name)), "order_by", n.attr(name, collection.position or collection.key))


def model(table: str) -> str:
    """The name of a table's class."""
    return class_name(table)


class _Writer:
    """Writes the parts of one shape."""

    def __init__(self, shape: Shape) -> None:
        self.tables = {table.name: table for table in shape.tables}

    def value(self, part: Part, row: n.Expr, taken: frozenset[str]) -> n.Expr:
        """The value of a part that is there."""
        if isinstance(part, Leaf):
            return n.attr(row, part.column)
        return self.record(part, row, taken) if isinstance(part, Record) else self.rows(part, row, taken)

    def record(self, record: Record, row: n.Expr, taken: frozenset[str]) -> n.Expr:
        """An object, without the members that the row lacks."""
        lacking = [part for _, part in record.members if _optional(part)]
        if not lacking:
            return n.mapping([(name, self.value(part, row, taken)) for name, part in record.members])
        if any(isinstance(part, Leaf) and part.nulls for _, part in record.members):
            return self.united(record, row, taken)
        key, value = _free("key", taken), _free("value", taken)
        inside = taken | {key, value}
        whole = n.mapping([(name, self.or_none(part, row, inside)) for name, part in record.members])
        present = n.is_given(n.name(value))
        return n.mapped(n.name(key), n.name(value), (key, value), n.method(whole, "items"), present)

    def or_none(self, part: Part, row: n.Expr, taken: frozenset[str]) -> n.Expr:
        """The value of a part, None where it is not there."""
        value = self.value(part, row, taken)
        if isinstance(part, Record) and part.present:
            return n.choice(value, n.is_given(n.attr(row, part.present)), n.const(None))
        return ast.BoolOp(ast.Or(), [value, n.const(None)]) if isinstance(part, Rows) and part.optional else value

    def united(self, record: Record, row: n.Expr, taken: frozenset[str]) -> n.Expr:
        """An object some of whose members are null, others not there: pieces put together by ``|``."""
        pieces: list[n.Expr] = []
        plain: list[tuple[str, n.Expr]] = []
        for name, part in record.members:
            value = self.value(part, row, taken)
            if not _optional(part):
                plain.append((name, value))
                continue
            if plain:
                pieces.append(n.mapping(plain))
                plain = []
            pieces.append(n.choice(n.mapping([(name, value)]), self.there(part, row, value), n.mapping([])))
        if plain:
            pieces.append(n.mapping(plain))
        whole = pieces[0]
        for piece in pieces[1:]:
            whole = n.binary(whole, ast.BitOr(), piece)
        return whole

    def there(self, part: Part, row: n.Expr, value: n.Expr) -> n.Expr:
        """Whether an optional part is there."""
        if isinstance(part, Rows):
            return n.is_given(n.method(n.method("session", "exec", self.query(part, row)), "first"))
        return n.is_given(n.attr(row, part.column if isinstance(part, Leaf) else part.present))

    def rows(self, part: Rows, row: n.Expr, taken: frozenset[str]) -> n.Expr:
        """A list, or an object by key, of the rows of another table."""
        query = self.query(part, row)
        if isinstance(part.element, Leaf) and not part.key:
            return n.method(n.method("session", "exec", query), "all")
        owner = self.tables[part.table].refers(part.parent) or ""
        variable = _free(part.table.removeprefix(f"{owner}_"), taken)
        element = self.value(part.element, n.name(variable), taken | {variable})
        values = n.method("session", "exec", query)
        if not part.key:
            return n.listed(element, variable, values)
        return n.mapped(n.attr(variable, part.key), element, variable, values)

    def query(self, part: Rows, row: n.Expr) -> n.Expr:
        """``select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.position)``."""
        name = model(part.table)
        link = next(link for link in self.tables[part.table].foreign_keys if link.column == part.parent)
        single = isinstance(part.element, Leaf) and not part.key
        what = n.attr(name, part.element.column) if isinstance(part.element, Leaf) and single else n.name(name)
        mine = n.compare(n.attr(name, part.parent), ast.Eq(), n.attr(row, link.key))
        return n.method(n.method(n.call("select", what), "where", mine), "order_by", n.attr(name, part.position))


def _optional(part: Part) -> bool:
    """Whether some documents lack it."""
    return bool(part.present) if isinstance(part, Record) else part.optional


def _free(wanted: str, taken: Names[str]) -> str:
    """A name for a variable that is not taken."""
    name, number = identifier(wanted), 2
    while name in taken:
        name = identifier(f"{wanted}_{number}")
        number += 1
    return name
