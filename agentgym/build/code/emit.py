"""Bindings -> Python source: schema.py and tools.py of a domain, built from AST nodes (paper 2.1)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from agentgym.build.code import nodes as n
from agentgym.build.code.printer import render
from agentgym.build.code.scope import Scope
from agentgym.build.code.tools import body
from agentgym.build.semantics.language import first_sentence
from agentgym.build.semantics.shapes import column_of, json_type
from agentgym.types import Binding, Column, Schema, Table, ToolSpec
from agentgym.world.naming import class_name, identifiers, words

_ANNOTATIONS = {"str": "str", "int": "int", "float": "float", "bool": "bool"}
_LITERALS_AT_MOST = 24  # a longer enum stays a plain str in the signature; the JSON Schema still closes it


def emit_schema(title: str, tables: Sequence[Table], *, clock: bool = True) -> str:
    """The source of schema.py: one SQLModel class a table on a registry of the domain's own, and the world's clock."""
    stored = [column for table in tables for column in table.columns if column.type == "json"]
    head = [
        n.statement(n.const(f"Tables of the {title} domain.")),
        *([n.import_from("typing", "Any")] if any(map(_is_mixed, stored)) else []),
        *([n.import_from("sqlalchemy", "JSON")] if stored else []),
        n.import_from("sqlalchemy.orm", "registry"),
        n.import_from("sqlmodel", "Field", "SQLModel"),
        n.klass("Base", "SQLModel", {"registry": n.call("registry")}, "Base of this domain's tables.", []),
        *([_clock()] if clock else []),
    ]
    return render(ast.Module([*head, *(_model(table) for table in tables)], []))


def emit_tools(
    title: str,
    tables: Sequence[Table],
    bindings: Sequence[Binding],
    tools: Sequence[ToolSpec],
    nested: Mapping[str, Mapping[str, str]],
) -> str:
    """The source of tools.py: one function a tool, A to Z."""
    by_name = {table.name: table for table in tables}
    specs = {spec.name: spec for spec in tools}
    aliases = _Aliases(specs)
    scopes = [
        Scope(specs[binding.tool], binding, by_name, nested.get(binding.table, {}))
        for binding in sorted(bindings, key=lambda one: one.tool)
    ]
    functions = [_function(scope, aliases) for scope in scopes]
    models = sorted({model for scope in scopes for model in scope.models}, key=lambda name: (name.lower(), name))
    named = {node.id for function in functions for node in ast.walk(function) if isinstance(node, ast.Name)}
    typing = [name for name in ("Any", "Literal") if name in named or (name == "Literal" and aliases.taken)]
    dialect = [name for name in ("ToolError", "nest", "new_id", "read", "write") if name in named]
    head = [
        n.statement(n.const(f"Tools of the {title} domain, A to Z.")),
        *([n.import_from("typing", *typing)] if typing else []),
        n.import_from("sqlmodel", "Session", *(["select"] if "select" in named else [])),
        n.import_from("agentgym.world.dialect", *dialect),
        n.import_from("schema", *models, level=1),
    ]
    return render(ast.Module([*head, *aliases.statements(), *functions], []))


def _clock() -> n.Stmt:
    return n.klass("Clock", "Base", {"table": n.const(True)}, "The world's own time.", [
        n.assign("__tablename__", n.const("clock")),
        n.annotated("id", n.name("int"), n.call("Field", primary_key=n.const(True))),
        n.annotated("now", n.name("str"), None),
    ])  # fmt: skip


def _model(table: Table) -> n.Stmt:
    attributes = identifiers(column.name for column in table.columns)
    fields = [_field(table, column, attributes[column.name]) for column in table.columns]
    return n.klass(
        class_name(table.name),
        "Base",
        {"table": n.const(True)},
        table.doc,
        [n.assign("__tablename__", n.const(table.name)), *fields],
    )


def _field(table: Table, column: Column, attribute: str) -> n.Stmt:
    mixed = _is_mixed(column)
    listed = column.type == "json" and json_type(column.items) == "array"
    kind: n.Expr = n.name(_ANNOTATIONS.get(column.type, "Any" if mixed else "list" if listed else "dict"))
    settings: dict[str, n.Expr] = {}
    if column.name == table.primary_key:
        settings["primary_key"] = n.const(True)
    elif column.nullable:
        kind = n.binary(kind, ast.BitOr(), n.const(None))
        settings["default"] = n.const(None)
    if target := table.refers(column.name):
        settings["foreign_key"] = n.const(f"{target}.{_keys(target, table)}")
        if column.name != table.primary_key:
            settings["index"] = n.const(True)
    if column.type == "json":
        settings["sa_type"] = n.name("JSON")
    if attribute != column.name:
        settings["sa_column_kwargs"] = n.mapping([("name", n.const(column.name))])
    if list(settings) == ["default"]:
        return n.annotated(attribute, kind, n.const(None))
    return n.annotated(attribute, kind, n.call("Field", **settings) if settings else None)


def _is_mixed(column: Column) -> bool:
    """Whether a json column holds values of several types, null aside."""
    kinds = column.items.get("type")
    return isinstance(kinds, list) and len([kind for kind in kinds if kind != "null"]) > 1


def _keys(target: str, table: Table) -> str:
    return next(link.key for link in table.foreign_keys if link.table == target)


class _Aliases:
    """``CancelReason = Literal[...]``: one name for each closed set of strings, shared by the tools that use it."""

    def __init__(self, tools: Iterable[str]) -> None:
        self.tools = frozenset(tools)  # their functions share the module
        self.taken: dict[str, tuple[str, ...]] = {}

    def of(self, scope: Scope, parameter: str, values: tuple[str, ...]) -> n.Expr:
        use = next((one for one in scope.binding.uses if one.parameter == parameter), None)
        column = use.column if use is not None and use.column else parameter
        plain = class_name("_".join(words(column)))
        for name in (
            plain,
            class_name(f"{scope.table.name}_{'_'.join(words(column))}"),
            class_name(f"{scope.spec.name}_{'_'.join(words(column))}"),
        ):
            if (
                name not in {class_name(table) for table in scope.tables} | {"Clock", "Base"} | self.tools
                and self.taken.setdefault(name, values) == values
            ):
                return n.name(name)
        return n.name("str")

    def statements(self) -> list[n.Stmt]:
        return [
            n.assign(name, n.generic("Literal", *(n.const(value) for value in values)))
            for name, values in sorted(self.taken.items())
        ]


def _function(scope: Scope, aliases: _Aliases) -> n.Stmt:
    arguments: list[tuple[str, n.Expr, n.Expr | None]] = [("session", n.name("Session"), None)]
    ordered = sorted(scope.parameters, key=lambda name: name not in scope.required)
    for parameter in ordered:
        kind = _annotation(scope, parameter, aliases)
        default = scope.default(parameter)
        if default is not None and isinstance(default, ast.Constant) and default.value is None:
            kind = n.binary(kind, ast.BitOr(), n.const(None))
        arguments.append((scope.arguments[parameter], kind, default))
    statements = body(scope)
    doc = first_sentence(scope.spec.description) or f"{scope.binding.op.capitalize()} {scope.table.name}."
    mark = "write" if scope.binding.writes else "read"
    return n.function(scope.spec.name, mark, arguments, _result(scope), doc, statements)


def _annotation(scope: Scope, parameter: str, aliases: _Aliases) -> n.Expr:
    schema: Schema = scope.parameters[parameter]
    kind = scope.kind(parameter)
    enum = schema.get("enum")
    closed = isinstance(enum, list) and all(isinstance(value, str) for value in enum)
    if kind == "str" and enum and closed and len(enum) <= _LITERALS_AT_MOST:
        return aliases.of(scope, parameter, tuple(dict.fromkeys(enum)))
    if kind in _ANNOTATIONS:
        return n.name(_ANNOTATIONS[kind])
    if json_type(schema) == "array":
        item = schema.get("items")
        return n.generic("list", _loose(item if isinstance(item, dict) else {}))
    return _loose(schema)


def _loose(schema: Schema) -> n.Expr:
    """A nested value: a plain type, ``dict[str, Any]``, or ``Any``."""
    kind = json_type(schema)
    if kind == "object":
        return n.generic("dict", n.name("str"), n.name("Any"))
    plain = column_of("value", schema).type if kind else ""
    return n.name(_ANNOTATIONS.get(plain, "Any"))


def _result(scope: Scope) -> n.Expr:
    binding = scope.binding
    if binding.returns == "count":
        return n.name("int") if not binding.envelope else n.generic("dict", n.name("str"), n.name("int"))
    if binding.returns == "value":
        column = scope.table.column(binding.fields[0])
        return n.name(_ANNOTATIONS.get(column.type if column else "", "Any"))
    loose = n.generic("dict", n.name("str"), n.name("Any"))
    if binding.envelope:
        return loose
    row = loose if binding.fields or (binding.children and binding.op != "delete") else scope.model(scope.table.name)
    return n.generic("list", row) if binding.returns == "rows" else row
