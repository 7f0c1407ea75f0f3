"""A domain's tools bound to the fast session: the same code objects, with other globals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from sqlmodel import SQLModel

from agentgym.world.canonical import Columns, Encoder
from agentgym.world.model import Model, Row, Standin
from agentgym.world.query import STANDINS, GiveUp
from agentgym.world.rows import TableRows
from agentgym.world.session import FastSession


class Quick:
    """What worlds of one domain share to run its tools on the fast session."""

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        mapped: Mapping[str, type[SQLModel]],
        tables: Mapping[str, TableRows],
    ) -> None:
        """``functions``: the tools by name; ``mapped`` and ``tables`` by table name."""
        statements: dict[Any, Any] = {}
        self.models = {name: Model(mapped[name], rows, statements) for name, rows in tables.items()}
        self.columns: Columns = {
            model.row: tuple(zip(model.rows.attributes, model.rows.columns, strict=True))
            for model in self.models.values()
        }
        self.encode = Encoder(self.columns)
        self._standins = {model.mapped: model.standin for model in self.models.values()}
        self._globals: dict[int, dict[str, Any]] = {}  # of each tools module, by its own globals
        self.functions = {name: self._bound(function) for name, function in functions.items()}

    def _bound(self, function: Callable[..., Any]) -> Callable[..., Any]:
        assert isinstance(function, FunctionType)
        own = function.__globals__
        if id(own) not in self._globals:
            self._globals[id(own)] = {name: self._standin(name, value) for name, value in own.items()}
        return FunctionType(function.__code__, self._globals[id(own)], function.__name__, function.__defaults__)

    def _standin(self, name: str, value: Any) -> Any:
        if isinstance(value, type) and value in self._standins:
            return self._standins[value]
        return STANDINS.get(name) or {"nest": nest, "new_id": new_id}.get(name, value)


def nest(row: Row, **children: Any) -> dict[str, Any]:
    """As the dialect's ``nest``."""
    values = row.__dict__
    columns = zip(row._model.rows.columns, row._model.attributes, strict=True)
    return {column: values[attribute] for column, attribute in columns} | children


def new_id(session: FastSession, standin: Standin) -> Any:
    """As the dialect's ``new_id``."""
    if type(standin) is not Standin:
        raise GiveUp("new_id")
    return session.next_key(standin)
