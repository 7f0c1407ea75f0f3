"""What each argument of a tool does to the database: one Use an argument, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from agentgym.build.induction.drafts import is_option
from agentgym.build.induction.schema import PAGING, QUERY, Induced, ToolView, is_lines
from agentgym.build.semantics.language import plural, singular
from agentgym.build.semantics.references import referred
from agentgym.build.semantics.shapes import (
    GENERIC_KEYS,
    column_of,
    compatible,
    first_named,
    is_number,
    is_numeric,
    json_type,
    properties,
    required,
)
from agentgym.types import Column, Schema, Table, Use
from agentgym.world.naming import snake

_LIMITS = frozenset("limit page_size per_page max_results count size top first max_items pagesize perpage".split())
_OFFSETS = frozenset("offset skip start".split())
_TEXT = tuple("name title subject summary description text content body label question comment".split())
_LOWER = ("min_", "minimum_", "from_", "start_", "since_")
_UPPER = ("max_", "maximum_", "to_", "end_", "until_")
_AFTER = ("_after", "_from", "_since", "_gte", "_min", "_start", "_gt")
_BEFORE = ("_before", "_to", "_until", "_lte", "_max", "_end", "_lt")


class Lookup:
    """A domain's tables as the rules for arguments ask for them."""

    def __init__(self, induced: Induced) -> None:
        self.tables: dict[str, Table] = {table.name: table for table in induced.tables}
        self.nested: dict[str, dict[str, str]] = induced.nested
        self._keys = {name: (table.primary_key, _type(table, table.primary_key)) for name, table in self.tables.items()}

    def column(self, table: str, slot: str) -> Column | None:
        return first_named(self.tables[table].columns, slot)

    def key(self, table: str) -> Column:
        """The primary key's column."""
        found = self.tables[table].column(self.tables[table].primary_key)
        assert found is not None
        return found

    def referred(self, slot: str, own: Table) -> str:
        return referred(slot, self._keys, own.name, own.primary_key)


def uses_of(view: ToolView, look: Lookup, writes: bool, creates: bool) -> tuple[list[Use], dict[str, str]]:
    """Read every argument. Returns the uses and, for arguments without one, why."""
    own = look.tables[view.entity]
    uses: list[Use] = []
    left: dict[str, str] = {}
    needed = required(view.spec.parameters) if view.basis != "rules" else ()
    for name, schema in properties(view.spec.parameters).items():
        if json_type(schema) == "null":
            left[name] = f"argument {name} can be nothing but null"
            continue
        use = _write_use(name, schema, view, look, creates) if writes else _read_use(name, schema, view, look)
        if use is not None and not _same_form(use, schema, own):
            use = None
        if use is None and name in needed and _may_idle(name, schema, writes):
            use = Use(parameter=name, role="option")
        if use is None:
            left[name] = f"no column of table {own.name} fits argument {name}"
        elif any(
            use.role in ("set", "key", "scope") and (use.role, use.column) == (other.role, other.column)
            for other in uses
        ):
            left[name] = f"argument {name} means column {use.column} of table {own.name}, as another argument does"
        else:
            uses.append(use)
    return uses, left


def _same_form(use: Use, schema: Schema, own: Table) -> bool:
    """Whether an argument may name what its column holds: their patterns do not differ."""
    column = own.column(use.into or use.column)
    pattern = schema.get("pattern")
    if column is None or not column.pattern or use.role not in ("key", "filter", "reference", "scope"):
        return True
    return not pattern or pattern == column.pattern


def _may_idle(name: str, schema: Schema, writes: bool) -> bool:
    """Whether a required argument that no column fits may be accepted without being stored or compared."""
    return is_option(name) or (not writes and (snake(name) in PAGING or column_of(name, schema).type == "json"))


def own_key_use(name: str, schema: Schema, own: Table) -> Use | None:
    """The use of an argument that picks the tool's own row by its primary key."""
    key = own.primary_key
    slot = snake(name)
    forms = {snake(key), f"{own.name}_{snake(key)}"}
    if snake(key) in GENERIC_KEYS[:5]:
        forms |= {f"{own.name}_id", f"{own.name}_sid", f"{own.name}_key", "id", "sid"}
    if slot in forms and column_of(name, schema).type == _type(own, key):
        return Use(parameter=name, role="key", table=own.name, column=key)
    return None


def _write_use(name: str, schema: Schema, view: ToolView, look: Lookup, creates: bool) -> Use | None:
    own = look.tables[view.entity]
    slot = snake(name).removeprefix("new_") if look.column(own.name, snake(name)) is None else snake(name)
    key = own_key_use(name, schema, own)
    if key is not None:
        return key.model_copy(update={"role": "set"}) if creates else key
    if is_lines(schema) and (lines := _lines_use(name, schema, own, look)):
        return lines
    given = column_of(name, schema)
    kind = given.type
    target = look.referred(slot, own)
    if target and not compatible(given, look.key(target)):
        target = ""
    stored = _stored_in(own, slot, look)
    if target and _type(look.tables[target], look.tables[target].primary_key) == kind:
        into = stored.name if stored is not None and stored.type == kind else ""
        if into or own.refers(slot) is None:
            return Use(
                parameter=name, role="reference", table=target, column=look.tables[target].primary_key, into=into
            )
    if stored is not None and _holds(stored, kind):
        return Use(parameter=name, role="set", table=own.name, column=stored.name)
    listed = look.column(own.name, "_".join((*slot.split("_")[:-1], plural(slot.split("_")[-1]))))
    if listed is not None and listed.type == "json" and kind == "str" and json_type(listed.items) == "array":
        return Use(parameter=name, role="amount", table=own.name, column=listed.name)
    if slot in ("amount", "points", "miles", "quantity", "sum", "value") and kind in ("int", "float"):
        return Use(parameter=name, role="amount", table=own.name)
    return None


def _holds(column: Column, kind: str) -> bool:
    """Whether an argument of a type can be stored in a column: an integer also where any number is kept."""
    return column.type == kind or (column.type, kind) == ("float", "int")


def _stored_in(own: Table, slot: str, look: Lookup) -> Column | None:
    """The column that keeps an argument: its own name, the entity's prefix, or the one column that ends with it."""
    for form in (slot, f"{own.name}_{slot}", slot.removeprefix(f"{own.name}_")):
        column = look.column(own.name, form)
        if column is not None and column.name != own.primary_key:
            return column
    ends = [
        column for column in own.columns if snake(column.name).endswith(f"_{slot}") and column.name != own.primary_key
    ]
    return ends[0] if len(ends) == 1 else None


def _lines_use(name: str, schema: Schema, own: Table, look: Lookup) -> Use | None:
    """A list of objects, each to become a row of the child table nested under this table."""
    for child_name in look.nested.get(own.name, {}).values():
        child = look.tables[child_name]
        items: list[Use] = []
        for inner, inner_schema in properties(schema["items"]).items():
            slot, kind = snake(inner), column_of(inner, inner_schema).type
            target = look.referred(slot, child)
            column = look.column(child_name, slot)
            if target and column is not None:
                key = look.tables[target].primary_key
                items.append(Use(parameter=inner, role="reference", table=target, column=key, into=column.name))
            elif column is not None and _holds(column, kind):
                items.append(Use(parameter=inner, role="set", table=child_name, column=column.name))
        if items and len(items) == len(properties(schema["items"])):
            return Use(parameter=name, role="lines", table=child_name, items=tuple(items))
    return None


def _read_use(name: str, schema: Schema, view: ToolView, look: Lookup) -> Use | None:
    own = look.tables[view.entity]
    slot, kind = snake(name), column_of(name, schema).type
    default = schema.get("default")
    pages = kind == "int" and not (is_number(default) and default < 0)  # a default of -1 says: no pages
    if slot in _LIMITS and pages:
        return Use(parameter=name, role="limit")
    if slot in _OFFSETS and pages:
        return Use(parameter=name, role="offset")
    key = own_key_use(name, schema, own)
    if key is not None:
        return key
    column = look.column(own.name, slot) or look.column(own.name, f"{own.name}_{slot}")
    if column is not None and (use := _filter(name, schema, own, column)):
        target = own.refers(column.name)
        if target and name in required(view.spec.parameters) and use.test == "eq":
            there = look.tables[target].primary_key
            return Use(parameter=name, role="reference", table=target, column=there, into=column.name)
        return use
    if json_type(schema) == "array" and view.basis != "rules":
        one = look.column(own.name, "_".join((*slot.split("_")[:-1], singular(slot.split("_")[-1]))))
        if one is not None and (use := _filter(name, schema, own, one)):
            return use
    if slot in QUERY and kind == "str":
        text = next(_texts(own), None)
        return Use(parameter=name, role="filter", table=own.name, column=text.name, test="contains") if text else None
    ranged = _range(name, slot, kind, own)
    if ranged is not None:
        return ranged
    if slot in PAGING:
        return None
    loose = _stored_in(own, slot, look)
    return _filter(name, schema, own, loose) if loose is not None else None


def _texts(own: Table) -> Iterator[Column]:
    """The columns a search looks in, the likeliest first."""
    for form in _TEXT:
        for column in own.columns:
            if snake(column.name).split("_")[-1] == form and column.type == "str":
                yield column


def _filter(name: str, schema: Schema, own: Table, column: Column) -> Use | None:
    """Equality, or membership where the argument is a list; free text is searched, not matched."""
    kind = column_of(name, schema).type
    if json_type(schema) == "array" and column.type != "json":
        item = schema.get("items")
        fits = isinstance(item, dict) and column_of(name, item).type == column.type
        return Use(parameter=name, role="filter", table=own.name, column=column.name, test="in") if fits else None
    if column.type == "json" or not (column.type == kind or {column.type, kind} == {"int", "float"}):
        return None
    prose = (
        kind == "str"
        and snake(column.name) in ("name", "title", "subject", "description")
        and "exact" not in str(schema.get("description"))
    )
    return Use(parameter=name, role="filter", table=own.name, column=column.name, test="contains" if prose else "eq")


def _range(name: str, slot: str, kind: str, own: Table) -> Use | None:
    """``min_price``, ``created_after``, ``start_date``: a bound on the column they name."""
    bare, test = _bound(slot)
    if test is None:
        return None
    for column in own.columns:
        stem = snake(column.name)
        same = stem in (bare, f"{bare}_at", f"{bare}_date", f"{bare}_on", f"{bare}_time") or stem.endswith(f"_{bare}")
        numeric = is_numeric(column) and kind in ("int", "float")
        dated = column.type == kind == "str" and (column.format.startswith("date") or column.format == "time")
        if same and (numeric or dated):
            return Use(parameter=name, role="filter", table=own.name, column=column.name, test=test)
    return None


def _bound(slot: str) -> tuple[str, Literal["ge", "le"] | None]:
    """The name without the word for a bound, and which bound it is: ``min_price`` -> ("price", "ge")."""
    bare = slot
    test: Literal["ge", "le"] | None = None
    for prefix in (*_LOWER, *_UPPER):
        if slot.startswith(prefix):
            bare, test = slot.removeprefix(prefix), "ge" if prefix in _LOWER else "le"
    for suffix in (*_AFTER, *_BEFORE):
        if not test and slot.endswith(suffix):
            bare, test = slot.removesuffix(suffix), "ge" if suffix in _AFTER else "le"
    return bare, test


def _type(table: Table, name: str) -> str:
    column = table.column(name)
    return column.type if column else "str"


def takes_own(uses: Iterable[Use]) -> bool:
    """Whether an argument picks the row the tool is about."""
    return any(use.role == "key" for use in uses)


def noun_of(table: str) -> str:
    """A table's name as words, singular: ``order_items`` -> "order item"."""
    head, _, last = table.replace("_", " ").rpartition(" ")
    return f"{head} {singular(last)}".strip()
