"""Tables in the making: what one tool's result and arguments say about the columns of its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agentgym.build.semantics.language import Kind, Reading, singular
from agentgym.build.semantics.shapes import (
    GENERIC_KEYS,
    Shape,
    column_of,
    json_type,
    merge,
    own_key,
    properties,
    required,
)
from agentgym.types import Column, Schema, ToolSpec
from agentgym.world.naming import snake

PAGING = frozenset(
    (
        "limit page_size per_page max_results count size top offset skip start page page_number cursor page_token "
        "after before next_token starting_after ending_before"
    ).split()
)
QUERY = frozenset("query q search keyword keywords text term search_term search_query".split())
COLUMNS_LIMIT = 80  # wider rows than this are documents, not tables; what is beyond is left out
_NARROWING = ("min_", "max_", "start_", "end_", "include_", "sort", "order", "filter", "fields")
_NAMING = ("_id", "_arn", "_key", "_name", "_identifier", "_uuid", "_code", "_slug", "_number", "_ref")

# How a tool is understood. "rules": by what its names and columns say. "wide": so, and the required arguments that no
# column fits become columns. "record": a read of a table of its own, a row for each answer. "event": a write that
# files what it was asked in a table of its own.
Basis: TypeAlias = Literal["rules", "wide", "record", "event"]


@dataclass(frozen=True)
class ToolView:
    """One tool, read: what its name says, what it returns, and the table it is about."""

    spec: ToolSpec
    reading: Reading
    shape: Shape
    entity: str  # table name; "" where none was found
    kind: Kind = "act"  # of operation, by all evidence, not by the name alone
    reads: bool = False
    basis: Basis = "rules"


@dataclass
class Draft:
    """A table in the making."""

    name: str
    doc: str = ""
    key: str = ""
    columns: dict[str, Column] = field(default_factory=dict)  # by snake name, so that userId and user_id are one
    parent: str = ""  # for rows nested in another table's result
    nested: dict[str, str] = field(default_factory=dict)  # property of the result -> child table
    apart: bool = False  # the table of one tool

    def slot(self, name: str) -> str:
        """Where a property's column is: under its snake name, or under another that a database takes for the same."""
        slot = snake(name)
        if slot in self.columns:
            return slot
        return next((held for held, column in self.columns.items() if column.name.lower() == name.lower()), slot)

    def take(self, name: str, schema: Schema, always: bool = False) -> None:
        """Add a property's column, or what it says to the column there is. A full table takes none but ``always``."""
        column = column_of(name, schema)
        slot = self.slot(name)
        if slot in self.columns:
            self.columns[slot] = merge(self.columns[slot], column)
        elif always or len(self.columns) < COLUMNS_LIMIT:
            self.columns[slot] = column

    def demand(self, name: str, schema: Schema) -> None:
        """A column that can hold what a tool is given: its type is the argument's."""
        slot, wanted = self.slot(name), column_of(name, schema)
        held = self.columns.get(slot)
        if held is not None and held.type != wanted.type:
            self.columns[slot] = wanted.model_copy(update={"name": held.name, "doc": held.doc or wanted.doc})
        else:
            self.take(name, schema, always=True)
            form = {"pattern": wanted.pattern, "max_length": wanted.max_length} if wanted.pattern else {}
            self.columns[slot] = self.columns[slot].model_copy(update=form)


# -- results -------------------------------------------------------------------------------------------


def draw_result(drafts: dict[str, Draft], view: ToolView) -> None:
    """Columns from a returned row; nested arrays of rows with a key of their own become child tables."""
    draft = drafts.setdefault(view.entity, Draft(view.entity))
    if view.shape.kind in ("value", "count") and view.basis == "record":
        draft.take("value", view.spec.returns)
    if view.shape.kind not in ("row", "rows"):
        return
    if own_key(view.shape.properties) == view.entity:
        draft.key = next(iter(view.shape.properties))
    for name, schema in view.shape.properties.items():
        item = schema.get("items") if json_type(schema) == "array" else None
        inner = properties(item) if isinstance(item, dict) else {}
        child = own_key(inner)
        if child and child != view.entity and not draft.apart:
            nested = drafts.setdefault(child, Draft(child, parent=view.entity))
            nested.key = next(iter(inner))
            nested.parent = nested.parent or view.entity
            draft.nested[name] = child
            for inner_name, inner_schema in inner.items():
                nested.take(inner_name, inner_schema, always=inner_name == nested.key)
        else:
            draft.take(name, schema, always=name == draft.key)


# -- arguments -----------------------------------------------------------------------------------------


def draw_arguments(draft: Draft, view: ToolView) -> None:
    """Columns that only arguments show: what a write stores; what a read filters by, where no result is described."""
    if draft.apart:
        _draw_all(draft, view)
        return
    writes = view.reading.kind in ("create", "update")
    wide = set(required(view.spec.parameters)) if view.basis == "wide" else set()
    documented = any(column.doc for column in draft.columns.values())
    for name, schema in properties(view.spec.parameters).items():
        if json_type(schema) == "null":
            continue
        if name in wide and not is_option(name):
            _draw_wide(draft, view, name, schema)
        elif writes or (view.reading.kind in ("list", "get") and not documented):
            _draw_one(draft, name, schema, writes)


def _draw_one(draft: Draft, name: str, schema: Schema, writes: bool) -> None:
    slot = snake(name)
    if writes and is_lines(schema) and draft.nested:
        return
    narrows = slot in PAGING or slot in QUERY or json_type(schema) in ("array", "object") or slot.startswith(_NARROWING)
    if not writes and narrows:
        return
    bare = slot.removeprefix("new_")
    if bare in draft.columns or f"{draft.name}_{bare}" in draft.columns or _suffix_match(bare, draft):
        return
    draft.take(name, schema)


def _draw_wide(draft: Draft, view: ToolView, name: str, schema: Schema) -> None:
    """A required argument that must have a column, whatever the results show."""
    if view.reads:
        item = schema.get("items") if json_type(schema) == "array" else None
        if item is not None and column_of(name, item).type != "json":
            draft.demand(_one_of(name), item)
        if column_of(name, schema).type == "json" or snake(name) in PAGING:
            return
    draft.demand(name, schema)


def _one_of(name: str) -> str:
    """The name of one of many: ``symbols`` -> symbol."""
    parts = snake(name).split("_")
    return "_".join((*parts[:-1], singular(parts[-1])))


def _draw_all(draft: Draft, view: ToolView) -> None:
    """The table of one tool: a column for each argument that is not paging, and one for an answer not described."""
    for name, schema in properties(view.spec.parameters).items():
        if is_option(name) or (view.reads and snake(name) in PAGING) or json_type(schema) == "null":
            continue
        if view.reads and column_of(name, schema).type == "json":
            _draw_wide(draft, view, name, schema)
        else:
            draft.demand(name, schema)
    if view.basis == "event":
        draft.take("requested_at", {"type": "string", "format": "date-time", "description": "When it was asked for."})
    elif view.shape.kind == "unknown":
        draft.take("result", {"type": "string"})


def _suffix_match(slot: str, draft: Draft) -> bool:
    """``reason`` is stored in ``cancel_reason`` when the table has exactly one such column."""
    return sum(column.endswith(f"_{slot}") for column in draft.columns) == 1


def is_lines(schema: Schema) -> bool:
    """Whether an argument is a list of objects."""
    item = schema.get("items")
    return json_type(schema) == "array" and isinstance(item, dict) and json_type(item) == "object"


_OPTIONS = frozenset(
    (
        "dry_run dryrun validate_only request_id client_token client_request_token idempotency_key idempotency_token "
        "idempotent_token x_request_id api_version apiversion api_key apikey access_token authorization auth_token "
        "accept content_type content_length accept_language accept_encoding user_agent x_api_key x_api_version "
        "x_auth_token x_correlation_id correlation_id if_match if_none_match pretty indent "
        "prettyprint pretty_print alt fields field_mask update_mask read_mask expand include "
        "includes embed sort sort_by sort_order order_by order_dir sort_dir orderby cursor page page_token next_token "
        "page_number starting_token continuation_token x_amz_date cache_control nonce"
    ).split()
)


def is_option(name: str) -> bool:
    """Whether an argument says how to answer or who asks, not what about: it is accepted, and nothing is stored."""
    slot = snake(name)
    return slot in _OPTIONS or slot.startswith(("x_amz_", "x_goog_", "x_rapidapi_"))


# -- keys ----------------------------------------------------------------------------------------------


def choose_key(draft: Draft, views: Sequence[ToolView]) -> str:
    """The primary key: a column named as one, first where single-row tools ask for it; else what such tools ask for
    beside the columns; else a name or number; else an id of our own."""
    single = [view for view in views if view.reading.kind in ("get", "update", "delete")]
    asked = {snake(name) for view in single for name in required(view.spec.parameters)}
    named = [f"{draft.name}_id", f"{draft.name}_sid", *GENERIC_KEYS[:5]]
    named += [f"{draft.name}_{suffix}" for suffix in ("key", "code", "number")]
    fitting = _first_fit(draft, sorted(named, key=lambda slot: slot not in asked))
    if fitting and (snake(fitting) in asked or draft.apart) and not _given(fitting, views):
        return fitting
    if fitting and not any(view.basis != "rules" for view in views):
        return fitting
    wish = _most_asked(draft, single)
    if wish and not _given(wish, views):
        return wish
    key = fitting or _first_fit(draft, GENERIC_KEYS[5:])
    if key and not draft.apart:
        return key
    own = next(name for name in ("id", f"{draft.name}_id", f"{draft.name}_key", "row_id") if _free(draft, name))
    draft.take(own, {"type": "string"}, always=True)
    return own


def _given(key: str, views: Sequence[ToolView]) -> bool:
    """Whether an event's caller gives it, so that it cannot tell one event from another."""
    return any(
        view.basis == "event" and snake(name) == snake(key)
        for view in views
        for name in view.spec.parameters["properties"]
    )


def _free(draft: Draft, slot: str) -> bool:
    return snake(slot) not in draft.columns


def _most_asked(draft: Draft, single: Sequence[ToolView]) -> str:
    """The argument that most single-row tools require and that names the row: it ends their path, or reads like a
    name. Its column is made."""
    schemas: dict[str, tuple[str, Schema]] = {}
    count: Counter[str] = Counter()
    for view in single:
        needed = required(view.spec.parameters)
        picks = [name for name in needed if like_key(name, draft.name)]
        picks += [name for name in needed if view.spec.http and view.spec.http[1].rstrip("/").endswith(f"{{{name}}}")]
        schema = properties(view.spec.parameters).get(picks[-1], {}) if picks else {}
        if json_type(schema) in ("string", "integer"):
            count[snake(picks[-1])] += 1
            schemas.setdefault(snake(picks[-1]), (picks[-1], schema))
    if not count:
        return ""
    best = max(schemas, key=lambda slot: count[slot])
    draft.demand(*schemas[best])
    return draft.columns[draft.slot(schemas[best][0])].name


def like_key(name: str, entity: str) -> bool:
    """Whether an argument reads like the name of a row: ``order_id``, ``bucketName``, ``arn``."""
    slot = snake(name)
    named = (f"{entity}_id", entity, "arn", "identifier", "resource_name", *GENERIC_KEYS)
    return slot in named or slot.endswith(_NAMING)


def _first_fit(draft: Draft, slots: Iterable[str]) -> str:
    """The first of these columns that the draft has and that can hold a key, or ""."""
    columns = (draft.columns.get(slot) for slot in slots)
    return next((column.name for column in columns if column and column.type in ("str", "int")), "")
