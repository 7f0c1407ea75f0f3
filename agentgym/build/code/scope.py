"""The names inside one generated tool: its arguments, its rows, its models, and how a binding's operands reach them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from agentgym.build.code import nodes as n
from agentgym.build.semantics.shapes import column_of, json_type, properties, required
from agentgym.types import Binding, Effect, Schema, Table, ToolSpec, Use
from agentgym.world.naming import class_name, identifier, identifiers, snake


class Scope:
    """Names for one tool; asking twice for the same thing gives the same name."""

    def __init__(
        self, spec: ToolSpec, binding: Binding, tables: Mapping[str, Table], nested: Mapping[str, str]
    ) -> None:
        self.spec, self.binding, self.tables = spec, binding, tables
        self.nested = nested  # property -> child table of the tool's own table
        self.table = tables[binding.table]
        self.parameters: dict[str, Schema] = properties(spec.parameters)
        self.arguments = identifiers(sorted(self.parameters))
        self.required = frozenset(required(spec.parameters))
        self._attributes = {
            name: identifiers(column.name for column in table.columns) for name, table in tables.items()
        }
        self._taken = {*self.arguments.values(), "session", "query"}
        self._rows: dict[str, str] = {}
        self.models: set[str] = set()  # classes to import from schema.py
        self.clock = False  # whether the tool reads the world's time
        self.own = self._fresh("", binding.table)
        lines = self.use("lines")
        self.line_argument = lines.parameter if lines is not None else ""
        self.line = self._fresh("line:", "line") if lines is not None else ""

    # -- names ---------------------------------------------------------------------------------------

    def _fresh(self, key: str, wish: str) -> str:
        if key not in self._rows:
            base = candidate = identifier(wish)
            if candidate in self._taken:
                candidate = f"{base}_row"
            number = 2
            while candidate in self._taken:
                candidate, number = f"{base}_row{number}", number + 1
            self._taken.add(candidate)
            self._rows[key] = candidate
        return self._rows[key]

    def row(self, of: str) -> str:
        """The variable of a row fetched by an argument (``from_account_id`` -> from_account) or by a column."""
        last = snake(of.rpartition(".")[2])
        return self._fresh(
            of, last.removesuffix("_id").removesuffix("_sid") if last.endswith(("_id", "_sid")) else f"{last}_row"
        )

    def child(self, table: str) -> str:
        """The variable that runs over a table's child rows."""
        return self._fresh(f"child:{table}", table.split("_")[-1])

    def model(self, table: str) -> n.Expr:
        """A table's class, noted for the imports."""
        self.models.add(class_name(table))
        return n.name(class_name(table))

    def attribute(self, table: str, column: str) -> str:
        """A column's name as the class has it."""
        return self._attributes[table][column]

    # -- expressions ---------------------------------------------------------------------------------

    def argument(self, use: Use) -> n.Expr:
        """The variable of an argument."""
        return n.name(self.arguments[use.parameter])

    def column(self, table: str, column: str) -> n.Expr:
        """``Order.status``."""
        return n.attr(self.model(table), self.attribute(table, column))

    def held(self, column: str) -> ast.Attribute:
        """``order.status``: a column of the tool's own row."""
        return n.attr(self.own, self.attribute(self.table.name, column))

    def key(self) -> ast.Attribute:
        """``order.order_id``: the key of the tool's own row."""
        return self.held(self.table.primary_key)

    def key_column(self) -> n.Expr:
        """``Order.order_id``."""
        return self.column(self.table.name, self.table.primary_key)

    def child_query(self, child: str) -> n.Expr:
        """``select(OrderItem).where(OrderItem.order_id == order.order_id)``."""
        test = n.compare(self.column(child, self.link_to_own(child)), ast.Eq(), self.key())
        return n.method(n.call("select", self.model(child)), "where", test)

    def of(self, of: str, column: str) -> n.Expr:
        """A column of the row that ``of`` names (see types.Guard)."""
        if not of:
            return self.held(column)
        return n.attr(self.row(of), self.attribute(self._table_of(of), column))

    def key_of(self, of: str) -> n.Expr:
        """What a message calls a row: the argument that named it."""
        if of:
            return self.operand(of)
        key = self.use("key")
        return self.argument(key) if key else self.key()

    def operand(self, text: str) -> n.Expr:
        """One operand of a guard or an effect, in the forms that types.Guard lists."""
        if text == "now":
            self.clock = True
            self.models.add("Clock")
            return n.attr(n.method("session", "get_one", n.name("Clock"), n.const(1)), "now")
        if text in self.arguments:
            return self._counted(text)
        head, _, tail = text.partition(".")
        lines = self.use("lines")
        if lines is not None and head == lines.parameter:
            if any(item.parameter == tail for item in lines.items):
                return n.item(self.line, tail)
            of, _, column = text.rpartition(".")
            return self.of(of, column)
        if head == "own":
            return self.held(tail)
        if head in self.arguments:
            return self.of(head, tail)
        return n.attr(self.child(head), self.attribute(head, tail))

    def _counted(self, parameter: str) -> n.Expr:
        """An argument as a number to reckon with: an optional one without a default counts as one."""
        given = n.name(self.arguments[parameter])
        numeric = json_type(self.parameters[parameter]) in ("integer", "number")
        return ast.BoolOp(ast.Or(), [given, n.const(1)]) if numeric and not self.always(parameter) else given

    def value(self, effect: Effect, rounded: bool = True) -> n.Expr:
        """What an effect sets or moves by; products of money are rounded to cents."""
        if not effect.amount:
            whole = type(effect.value) is int and self.is_float(effect.table, effect.column)
            return n.const(float(effect.value) if whole else effect.value)
        factors = [self.operand(factor) for factor in effect.amount.split("*")]
        value = factors[0]
        for factor in factors[1:]:
            value = n.binary(value, ast.Mult(), factor)
        product = len(factors) > 1 and self.is_float(effect.table, effect.column)
        return n.call("round", value, n.const(2)) if product and rounded else value

    def wrap(self, value: n.Expr) -> n.Expr:
        """The result in the vendor's envelope."""
        return n.mapping([(self.binding.envelope, value)]) if self.binding.envelope else value

    # -- facts ---------------------------------------------------------------------------------------

    def use(self, role: str) -> Use | None:
        """The tool's first argument with a role, if it has one."""
        return next((use for use in self.binding.uses if use.role == role), None)

    def always(self, parameter: str) -> bool:
        """Whether the function always gets a value for an argument: it is required or has a default."""
        return parameter in self.required or self.parameters.get(parameter, {}).get("default") is not None

    def default(self, parameter: str) -> n.Expr | None:
        """What an argument is when nobody gives it; None for one that must be given."""
        if parameter in self.required:
            return None
        return n.const(self.parameters[parameter].get("default"))

    def needs(self, of: str) -> bool:
        """Whether a guard or an effect needs the row that ``of`` names, not only that it exists."""
        guarded = any(guard.of == of and guard.test != "differs" for guard in self.binding.guards)
        changed = any(effect.of == of for effect in self.binding.effects)
        amounts = [guard.amount for guard in self.binding.guards] + [effect.amount for effect in self.binding.effects]
        read = any(factor.startswith(f"{of}.") for amount in amounts for factor in amount.split("*"))
        return guarded or changed or read

    def referring(self) -> list[tuple[str, str]]:
        """(table, column) pairs that reference the tool's own table."""
        return [
            (name, link.column)
            for name, table in sorted(self.tables.items())
            for link in table.foreign_keys
            if link.table == self.table.name
        ]

    def link_to_own(self, child: str) -> str:
        """The column of a child table that references the tool's own table."""
        return next(link.column for link in self.tables[child].foreign_keys if link.table == self.table.name)

    def is_float(self, table: str, column: str) -> bool:
        """Whether a column is rounded to cents."""
        found = self.tables[table].column(column)
        return found is not None and found.type == "float"

    def nullable(self, table: str, column: str) -> bool:
        """Whether a column may hold no value."""
        found = self.tables[table].column(column)
        return found is None or found.nullable

    def _table_of(self, of: str) -> str:
        head, _, tail = of.partition(".")
        for use in self.binding.uses:
            if use.parameter == of:
                return use.table
            if use.parameter == head:
                return next(item.table for item in use.items if item.parameter == tail)
        target = self.table.refers(tail) if head == "own" else self.tables[head].refers(tail)
        return target or self.table.name

    def kind(self, parameter: str) -> str:
        """The type of the column that an argument would be."""
        return column_of(parameter, self.parameters[parameter]).type
