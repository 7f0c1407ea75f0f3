"""A domain folder on disk -> a ``LoadedDomain``: checked source, mapped tables, callable tools, seeded template."""

from __future__ import annotations

import builtins
import hashlib
import json
import os
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeGuard

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from agentgym.errors import DomainError, RunError
from agentgym.files import read_records
from agentgym.types import Column, Domain, ForeignKey, Rows, Table, Task, ToolSpec
from agentgym.world import dialect
from agentgym.world.allowlist import Checked, check
from agentgym.world.canonical import Columns
from agentgym.world.patch import Patches
from agentgym.world.quick import Quick
from agentgym.world.rows import TableRows, python_type
from agentgym.world.syntax import BUILTINS, Kind
from agentgym.world.template import Template
from agentgym.world.tool import Tool, argument_names

__all__ = ["LoadedDomain", "Tool", "load"]

FILES = ("domain.json", "schema.py", "tools.py", "policy.md", "seed.json")
RESERVED_TOOL = "respond"  # how an agent speaks to the user
CACHED = 128  # domains kept in memory; one is about a megabyte

_cache: OrderedDict[tuple[str, str], LoadedDomain] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class LoadedDomain:
    """A domain that is ready for worlds. Shared by them and never changed."""

    folder: Path
    domain: Domain  # with a record for every table of schema.py, and Table.generated as tools.py has it
    models: dict[str, type[SQLModel]]  # by table name
    tools: dict[str, Tool]
    policy: str  # what an agent is told
    seed: Rows
    template: Template = field(repr=False)
    columns: Columns = field(repr=False)

    @cached_property
    def quick(self) -> Quick:
        """The tools bound to the fast session."""
        return Quick({name: tool.function for name, tool in self.tools.items()}, self.models, self.template.tables)

    @cached_property
    def patches(self) -> Patches:
        """The starting states of tasks."""
        return Patches(self.template, self.domain.name)

    def tasks(self) -> tuple[Task, ...]:
        """The tasks of ``tasks.jsonl``, read when asked; () where there is none."""
        path = self.folder / "tasks.jsonl"
        if not path.exists():
            return ()
        try:
            return tuple(read_records(path, Task))
        except RunError as error:
            raise DomainError(f"{error}; sample the tasks of {self.folder} again") from error


def load(folder: Path | str) -> LoadedDomain:
    """Load a domain folder; the same path with the same content gives the same object.

    Raises ``DomainError`` naming the folder, what is wrong and what to do; ``DialectError`` for code outside it.
    """
    folder = Path(folder).resolve()
    texts = {name: _read(folder / name) for name in FILES}
    content = _digest(texts)
    key = (str(folder), content)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
        loaded = _Loader(folder, texts, content).load()
        _cache[key] = loaded
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
        return loaded


def _digest(texts: dict[str, str]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for text in texts.values():
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise DomainError(f"{path.parent} has no {path.name}; a domain folder holds {', '.join(FILES)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError(f"{path} cannot be read: {error}") from error


class _Loader:
    """Turns the texts of one folder into a ``LoadedDomain``."""

    def __init__(self, folder: Path, texts: dict[str, str], content: str) -> None:
        self.folder = folder
        self.texts = texts
        where = hashlib.blake2b(os.fsencode(folder), digest_size=6).hexdigest()
        self.package = f"agentgym_domain_{re.sub('[^a-z0-9]', '_', folder.name.lower())}_{where}_{content}"

    def load(self) -> LoadedDomain:
        domain = self.parse("domain.json", Domain.model_validate_json)
        seed = self.parse("seed.json", _seed)
        try:
            models, functions, generated = self.modules()
            template = Template(models, seed)
            tools = self.tools(domain, functions)
        except (SQLAlchemyError, DomainError) as error:
            raise self.error(str(error)) from error
        return LoadedDomain(
            folder=self.folder,
            domain=domain.model_copy(update={"tables": _tables(domain, template, generated)}),
            models=models,
            tools=tools,
            policy=self.texts["policy.md"],
            seed=seed,
            template=template,
            columns={t.model: tuple(zip(t.attributes, t.columns, strict=True)) for t in template.tables.values()},
        )

    def error(self, what: str) -> DomainError:
        return DomainError(f"domain folder {self.folder}: {what}; correct the file or build the domain again")

    def parse(self, name: str, parser: Callable[[str], Any]) -> Any:
        try:
            return parser(self.texts[name])
        except (ValidationError, ValueError) as error:
            detail = error.errors()[0] if isinstance(error, ValidationError) else error
            raise self.error(f"{name} is not valid: {detail}") from error

    def modules(self) -> tuple[dict[str, type[SQLModel]], dict[str, Callable[..., Any]], frozenset[str]]:
        """The tables by name, the marked functions by name, and the model names that ``new_id`` makes keys for.

        Both modules live in ``sys.modules`` only while they run: nothing else can import them.
        """
        package = ModuleType(self.package)
        package.__path__ = []
        names = [self.package, f"{self.package}.schema", f"{self.package}.tools"]
        sys.modules[self.package] = package
        try:
            schema = self.execute("schema", self.checked("schema"))
            models = {str(value.__table__.name): value for value in vars(schema).values() if _is_table(value)}
            attributes = {name for model in models.values() for name in model.model_fields}
            checked = self.checked("tools", frozenset(attributes))
            tools = self.execute("tools", checked)
        finally:
            for name in names:
                sys.modules.pop(name, None)
        functions: dict[str, Callable[..., Any]] = {
            name: value for name, value in vars(tools).items() if getattr(value, "__module__", "") == tools.__name__
        }
        tables = {model.__name__: name for name, model in models.items()}
        return models, functions, frozenset(tables[name] for name in checked.numbered if name in tables)

    def checked(self, kind: Kind, attributes: frozenset[str] | None = None) -> Checked:
        return check(self.texts[f"{kind}.py"], kind, str(self.folder / f"{kind}.py"), attributes)

    def execute(self, kind: Kind, checked: Checked) -> ModuleType:
        """Run one checked module."""
        path = self.folder / f"{kind}.py"
        module = ModuleType(f"{self.package}.{kind}")
        module.__package__ = self.package
        module.__file__ = str(path)
        sys.modules[module.__name__] = module
        builtin = {name: getattr(builtins, name) for name in (*BUILTINS, "__import__", "__build_class__")}
        vars(module)["__builtins__"] = builtin
        try:
            code: CodeType = compile(checked.tree, str(path), "exec", dont_inherit=True)
            exec(code, vars(module))
        except Exception as error:
            raise self.error(f"{kind}.py does not load: {type(error).__name__}: {error}") from error
        del builtin["__import__"]  # what was needed to load; a tool that runs has the dialect's builtins only
        return module

    def tools(self, domain: Domain, functions: dict[str, Callable[..., Any]]) -> dict[str, Tool]:
        specs = {spec.name: spec for spec in domain.tools}
        if len(specs) != len(domain.tools) or set(specs) != set(functions):
            odd = sorted(set(specs) ^ set(functions)) or "a name twice"
            raise DomainError(f"domain.json and tools.py must name the same tools, each once; they differ in {odd}")
        if RESERVED_TOOL in specs:
            raise DomainError(f"a tool may not be called {RESERVED_TOOL!r}, which is how agents speak to the user")
        return {name: _tool(spec, functions[name]) for name, spec in sorted(specs.items())}


def _tool(spec: ToolSpec, function: Callable[..., Any]) -> Tool:
    arguments = argument_names(spec)
    code: CodeType = function.__code__
    parameters = code.co_varnames[1 : code.co_argcount]  # the dialect knows plain parameters only
    if set(parameters) != set(arguments.values()):
        expected = sorted(arguments.values())
        raise DomainError(f"{spec.name}() takes {sorted(parameters)}, but its spec in domain.json gives {expected}")
    return Tool(spec=spec, function=function, writes=bool(dialect.writes(function)), arguments=arguments)


def _is_table(value: object) -> TypeGuard[type[Any]]:
    return isinstance(value, type) and issubclass(value, SQLModel) and hasattr(value, "__table__")


def _seed(text: str) -> Rows:
    value = json.loads(text, parse_constant=_no_constant)
    if not isinstance(value, dict) or not all(isinstance(rows, list) for rows in value.values()):
        raise ValueError("it must be an object of tables, each a list of rows")
    if not all(isinstance(row, dict) for rows in value.values() for row in rows):
        raise ValueError("each row must be an object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _tables(domain: Domain, template: Template, generated: frozenset[str]) -> tuple[Table, ...]:
    """A record for every table: those of domain.json, and plain ones for the world's own, such as its clock."""
    records = {table.name: table for table in domain.tables}
    unknown = sorted(set(records) - set(template.tables))
    if unknown:
        raise DomainError(f"domain.json describes tables {unknown} that schema.py of {domain.name} does not define")
    tables = (records.get(name) or _derived(rows) for name, rows in template.tables.items())
    return tuple(table.model_copy(update={"generated": table.name in generated}) for table in tables)


def _derived(rows: TableRows) -> Table:
    kinds: dict[type, Any] = {int: "int", float: "float", bool: "bool", str: "str"}
    columns = tuple(
        Column(name=c.name, type=kinds.get(python_type(c.type), "json"), nullable=bool(c.nullable))
        for c in rows.table.columns
    )
    keys = tuple(
        ForeignKey(column=c.name, table=k.column.table.name, key=k.column.name)
        for c in rows.table.columns
        for k in sorted(c.foreign_keys, key=str)
    )
    return Table(name=rows.name, doc=rows.model.__doc__ or "", columns=columns, primary_key=rows.key, foreign_keys=keys)
