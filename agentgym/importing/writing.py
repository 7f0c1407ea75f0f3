"""A bound tool -> its function, as syntax nodes: documents are read from their rows and written to them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

from agentgym.build.code import nodes as n
from agentgym.build.semantics.language import first_sentence, phrase
from agentgym.importing.bound import EMPTY, LENGTH, MISSING, STATUS, Bound
from agentgym.importing.documents import document, model, ordered
from agentgym.importing.places import Place, column, column_of
from agentgym.importing.shape import Collection as Documents
from agentgym.importing.shape import Leaf, Record, Rows, Shape
from agentgym.importing.signature import parameters
from agentgym.types import Json
from agentgym.world.naming import identifier
from agentgym.world.tool import argument_names


def write(bound: Bound, shape: Shape, tools: Collection[str], name: str = "") -> ast.FunctionDef:
    """The function of a tool; ``tools``: the names of the module's tools, which no variable may take.

    ``name``: what the function is called, if not as the tool.
    """
    writer = _Writer(bound, shape, tools)
    body, result = writer.body()
    made = n.function(
        name or bound.spec.name,
        "write" if bound.writes else "read",
        parameters(bound.spec),
        result,
        first_sentence(bound.spec.description) or f"{phrase(bound.spec.name).capitalize()}.",
        body,
    )
    assert isinstance(made, ast.FunctionDef)
    return made


class _Writer:
    """Writes the body of one tool."""

    def __init__(self, bound: Bound, shape: Shape, tools: Collection[str]) -> None:
        self.bound, self.shape = bound, shape
        self.arguments = argument_names(bound.spec)
        self.taken = {*tools, *self.arguments.values()}
        self.own = self.fresh(bound.collection.table) if bound.collection else ""
        self.learned = dict(bound.refusals)

    def fresh(self, wanted: str) -> str:
        """A local variable's name that nothing else has."""
        name = identifier(wanted)
        while name in self.taken:
            name = f"{name}_"
        self.taken.add(name)
        return name

    def body(self) -> tuple[list[n.Stmt], n.Expr]:
        """The statements, and the annotation of what they return."""
        bodies: Mapping[str, Callable[[], list[n.Stmt]]] = {
            "get": self.get, "find": self.find, "list": self.listing, "update": self.update, "constant": self.constant,
        }  # fmt: skip
        loose = n.generic("dict", n.name("str"), n.name("Any"))
        kinds: Mapping[str, n.Expr] = {
            "document": loose, "given": loose, "object": loose, "label": loose, "sorted label": loose,
            "key": n.name("int" if self.counts else "str"), "member": n.name("Any"), "value": n.name("Any"),
        }  # fmt: skip
        kind = kinds[self.bound.shows]
        listed = self.bound.op == "list" and self.bound.shows in ("document", "key")
        return bodies[self.bound.op](), n.generic("list", kind) if listed else kind

    # -- tools that look ------------------------------------------------------------------------------

    def get(self) -> list[n.Stmt]:
        return [*self.fetch(), n.back(self.shown())]

    def find(self) -> list[n.Stmt]:
        """In SQL where it compares as Python does; text without case is compared row by row."""
        folded = [(name, place) for name, place in self.bound.fields if name in self.bound.folded]
        query = self.where(ordered(self.documents), [f for f in self.bound.fields if f not in folded])
        rows = n.method("session", "exec", query)
        parts: list[str | n.Expr] = [f"no {phrase(self.table)} has "]
        for at, (name, _) in enumerate(self.bound.fields):
            parts += [f"{', ' if at else ''}{phrase(name)} ", self.argument(name)]
        refusal = self.refuse(MISSING, *parts)
        if not folded:
            none = n.is_none(n.name(self.own))
            return [n.assign(self.own, n.method(rows, "first")), n.when(none, refusal), n.back(self.shown())]
        tests = [n.compare(_lower(self.value(place)), ast.Eq(), _lower(self.argument(name))) for name, place in folded]
        present = [n.is_given(self.value(place)) for _, place in folded if self.nullable(place)]
        found = n.when(n.both(*present, *tests), n.back(self.shown()))
        return [n.each(self.own, rows, found), refusal]

    def listing(self) -> list[n.Stmt]:
        """The documents in their order; an optional filter narrows only where it is given."""
        always = [field for field in self.bound.fields if field[0] in self.needed]
        query = self.where(ordered(self.documents), always)
        optional = [field for field in self.bound.fields if field not in always]
        head: list[n.Stmt] = []
        if optional:
            variable = self.fresh("query")
            head.append(n.assign(variable, query))
            for field in optional:
                narrowed = n.assign(variable, self.where(n.name(variable), [field]))
                head.append(n.when(n.is_given(self.argument(field[0])), narrowed))
            query = n.name(variable)
        rows = n.method("session", "exec", query)
        if self.bound.place is None:
            return [*head, n.back(n.listed(self.shown(), self.own, rows))]
        labels = n.mapped(self.value(self.bound.place), self.key_of(), self.own, rows)
        if self.bound.shows == "sorted label":
            labels = n.call("dict", n.call("sorted", n.method(labels, "items")))
        return [*head, n.back(labels)]

    def constant(self) -> list[n.Stmt]:
        return [n.back(literal(self.bound.value))]

    # -- tools that change ----------------------------------------------------------------------------

    def update(self) -> list[n.Stmt]:
        stored = [line for name, place in self.bound.fields for line in self.store(name, place)]
        stored += [n.assign(n.attr(self.own, name), n.const(value)) for name, value in self.bound.sets]
        plain = bool(self.bound.sets) or any(column_of(place) for _, place in self.bound.fields)
        saved = [n.statement(n.method("session", "add", n.name(self.own)))] if plain else []
        return [*self.fetch(), *self.guards(), *stored, *saved, n.back(self.shown())]

    def guards(self) -> list[n.Stmt]:
        found: list[n.Stmt] = []
        if self.bound.guard is not None:
            name, wanted = self.bound.guard
            held = n.attr(self.own, name)
            parts = (f"{phrase(self.table)} ", self.argument(self.bound.key), " is ", held, f", not {wanted!r}")
            found.append(n.when(n.compare(held, ast.NotEq(), n.const(wanted)), self.refuse(STATUS, *parts)))
        for name, place in self.bound.fields:
            if isinstance(place.part, Rows) and place.part.optional:
                given = [] if name in self.needed else [n.is_given(self.argument(name))]
                empty = n.both(*given, ast.UnaryOp(ast.Not(), self.argument(name)))
                found.append(n.when(empty, self.refuse(EMPTY, f"{name} is empty; give at least one")))
        return found

    def store(self, name: str, place: Place) -> list[n.Stmt]:
        """Put an argument into its column, or its elements into the rows of a list."""
        if isinstance(place.part, Rows):
            lines = self.replace(name, place.part)
        else:
            lines = [n.assign(n.attr(self.own, column_of(place)), self.argument(name))]
        return lines if name in self.needed else [n.when(n.is_given(self.argument(name)), *lines)]

    def replace(self, name: str, rows: Rows) -> list[n.Stmt]:
        """The rows of a list make place for those of an argument."""
        child, old = model(rows.table), self.fresh(rows.table)
        held = n.compare(n.attr(child, rows.parent), ast.Eq(), self.key_of())
        query = n.method(n.call("select", n.name(child)), "where", held)
        before = self.fresh(f"old_{rows.table}")
        lines: list[n.Stmt] = [n.assign(before, n.method(n.method("session", "exec", query), "all"))]
        if self.bound.as_long:
            same = n.compare(n.call("len", self.argument(name)), ast.NotEq(), n.call("len", n.name(before)))
            parts = (f"{name} must be as many as before, which is ", n.call("len", n.name(before)))
            lines.append(n.when(same, self.refuse(LENGTH, *parts)))
        place, line = self.fresh("position"), self.fresh("line")
        made = n.call(child, **self.child(rows, place, line))
        return [
            *lines,
            n.each(old, n.name(before), n.statement(n.method("session", "delete", n.name(old)))),
            n.statement(n.method("session", "flush")),
            n.each(
                (place, line),
                n.call("enumerate", self.argument(name)),
                n.statement(n.method("session", "add", made)),
            ),
            n.statement(n.method("session", "flush")),
        ]

    def child(self, rows: Rows, place: str, line: str) -> dict[str, n.Expr]:
        """The columns of a new row of a list."""
        table = next(one for one in self.shape.tables if one.name == rows.table)
        made = ast.JoinedStr(
            [
                ast.FormattedValue(self.key_of(), -1, None),
                n.const("/"),
                ast.FormattedValue(n.name(place), -1, None),
            ]
        )
        values: dict[str, n.Expr] = {table.primary_key: made, rows.parent: self.key_of(), rows.position: n.name(place)}
        if isinstance(rows.element, Leaf):
            return {**values, rows.element.column: n.name(line)}
        assert isinstance(rows.element, Record)
        for name, part in rows.element.members:
            assert isinstance(part, Leaf)
            values[part.column] = n.method(line, "get", n.const(name)) if part.optional else n.item(line, name)
        return values

    # -- what they share ------------------------------------------------------------------------------

    @property
    def documents(self) -> Documents:
        assert self.bound.collection is not None, f"{self.bound.spec.name} is a constant"
        return self.bound.collection

    @property
    def table(self) -> str:
        return self.documents.table

    @property
    def counts(self) -> bool:
        """Whether the keys are numbers."""
        own = self.bound.collection
        return own is not None and column(self.shape, own.table, own.key).type == "int"

    @property
    def needed(self) -> Collection[str]:
        return self.bound.spec.parameters.get("required") or ()

    def fetch(self) -> list[n.Stmt]:
        """The document's row, or a refusal."""
        key = self.argument(self.bound.key)
        missing = self.refuse(MISSING, f"{phrase(self.table)} ", key, " not found")
        row = n.method("session", "get", n.name(model(self.table)), key)
        return [n.assign(self.own, row), n.when(n.is_none(n.name(self.own)), missing)]

    def shown(self) -> n.Expr:
        """What the tool answers with."""
        bound = self.bound
        if bound.shows == "value":
            return literal(bound.value)
        if bound.shows == "key":
            return self.key_of()
        if bound.place is not None:
            value = document(self.shape, bound.place.part, n.name(self.own), self.taken)
            return value if bound.shows == "member" else n.mapping([(bound.place.path[-1], value)])
        whole = document(self.shape, self.documents.document, n.name(self.own), self.taken)
        if bound.shows == "given":
            _reorder(whole, [place.path for _, place in bound.fields])
        return whole

    def where(self, query: n.Expr, fields: Collection[tuple[str, Place]]) -> n.Expr:
        """A query for rows whose members equal the arguments; the conditions go before the order."""
        if not fields:
            return query
        tests = [
            n.compare(n.attr(model(self.table), column_of(place)), ast.Eq(), self.argument(name))
            for name, place in fields
        ]
        if isinstance(query, ast.Call) and isinstance(query.func, ast.Attribute) and query.func.attr == "order_by":
            return n.call(n.attr(n.method(query.func.value, "where", *tests), "order_by"), *query.args)
        return n.method(query, "where", *tests)

    def refuse(self, why: str, *parts: str | n.Expr) -> n.Stmt:
        """A refusal in the words of the recorded calls, where they show it, else in ours."""
        return n.refuse(self.learned[why]) if why in self.learned else n.refuse(*parts)

    def nullable(self, place: Place) -> bool:
        return column(self.shape, self.table, column_of(place)).nullable

    def argument(self, parameter: str) -> n.Expr:
        return n.name(self.arguments[parameter])

    def value(self, place: Place) -> n.Expr:
        return n.attr(self.own, column_of(place))

    def key_of(self) -> n.Expr:
        return n.attr(self.own, self.documents.key)


def literal(value: Json) -> n.Expr:
    """A JSON value as code."""
    if isinstance(value, dict):
        return n.mapping([(name, literal(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return ast.List([literal(inner) for inner in value], ast.Load())
    return n.const(value)


def _lower(text: n.Expr) -> n.Expr:
    return n.method(text, "lower")


def _reorder(whole: n.Expr, paths: list[tuple[str, ...]]) -> None:
    """Put the members of an object inside ``whole`` into the order of ``paths``."""
    for name in paths[0][:-1]:
        assert isinstance(whole, ast.Dict)
        keys = [key.value for key in whole.keys if isinstance(key, ast.Constant)]
        whole = whole.values[keys.index(name)]
    assert isinstance(whole, ast.Dict)
    pairs = {
        key.value: (key, value)
        for key, value in zip(whole.keys, whole.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    ordered_pairs = [pairs[path[-1]] for path in paths]
    whole.keys[:] = [key for key, _ in ordered_pairs]
    whole.values[:] = [value for _, value in ordered_pairs]
