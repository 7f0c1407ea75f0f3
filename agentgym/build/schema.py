"""Tables from tools: the entities a domain's tools talk about, their columns, keys and references (paper 2.1).

Evidence, strongest first: the first property of a returned row (``order_id`` -> order), the noun in the
tool's name, the last fixed segment of its path. Each table is the union of what all its tools show or take.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from agentgym.build.language import Reading, read_name, singular
from agentgym.build.references import referred, without_cycles
from agentgym.build.shapes import (
    GENERIC_KEYS,
    Shape,
    column_of,
    json_type,
    merge,
    own_key,
    properties,
    required,
    shape_of,
)
from agentgym.types import Column, ForeignKey, Schema, Table, ToolSpec
from agentgym.world.naming import snake, words

PAGING = frozenset(
    (
        "limit page_size per_page max_results count size top offset skip start page page_number cursor page_token "
        "after before next_token starting_after ending_before"
    ).split()
)
QUERY = frozenset("query q search keyword keywords text term search_term search_query".split())
COLUMNS_LIMIT = 80  # wider rows than this are documents, not tables; what is beyond is left out


@dataclass(frozen=True)
class ToolView:
    """One tool, read: what its name says, what it returns, and the table it is about."""

    spec: ToolSpec
    reading: Reading
    shape: Shape
    entity: str  # table name; "" where none was found


@dataclass
class _Draft:
    """A table in the making."""

    name: str
    doc: str = ""
    key: str = ""
    columns: dict[str, Column] = field(default_factory=dict)  # by snake name, so that userId and user_id are one
    parent: str = ""  # for rows nested in another table's result
    nested: dict[str, str] = field(default_factory=dict)  # property of the result -> child table

    def take(self, name: str, schema: Schema, always: bool = False) -> None:
        """Add a property's column, or what it says to the column there is. A full table takes none but ``always``."""
        column = column_of(name, schema)
        slot = snake(name)
        if slot in self.columns:
            self.columns[slot] = merge(self.columns[slot], column)
        elif always or len(self.columns) < COLUMNS_LIMIT:
            self.columns[slot] = column


@dataclass(frozen=True)
class Induced:
    """A domain's tables and its tools as seen through them."""

    tables: tuple[Table, ...]
    views: tuple[ToolView, ...]
    nested: dict[str, dict[str, str]]  # table -> result property -> the child table nested there


def induce(tools: Sequence[ToolSpec]) -> Induced:
    """Induce the tables of a set of tools. A tool about no table keeps ``entity == ""`` and is not bound."""
    read = [(spec, read_name(spec.name), shape_of(spec)) for spec in tools]
    known = {name for spec, reading, shape in read for name in _names(spec, reading, shape)}
    views = tuple(ToolView(spec, reading, shape, _entity(spec, reading, shape, known)) for spec, reading, shape in read)
    drafts: dict[str, _Draft] = {}
    for view in views:
        if view.entity:
            _draw_result(drafts, view)
    for view in views:
        if view.entity:
            _draw_arguments(drafts.setdefault(view.entity, _Draft(view.entity)), view)
    for draft in drafts.values():
        draft.key = draft.key or _key(draft, [view for view in views if view.entity == draft.name])
    for view in views:
        if view.entity:
            _constrain_keys(drafts, view)
    kept = {name: draft for name, draft in sorted(drafts.items()) if draft.key and len(draft.columns) > 1}
    tables = _link(kept)
    placed = tuple(view if view.entity in kept else replace(view, entity="") for view in views)
    return _beside_the_clock(Induced(tables=tables, views=placed, nested=_nested(kept, tables)))


def _beside_the_clock(induced: Induced) -> Induced:
    """A vendor's ``clock`` becomes ``clock_record``: the world keeps its own time in a table of that name."""

    def renamed(name: str) -> str:
        return "clock_record" if name == "clock" else name

    return Induced(
        tables=tuple(
            table.model_copy(
                update={
                    "name": renamed(table.name),
                    "foreign_keys": tuple(
                        link.model_copy(update={"table": renamed(link.table)}) for link in table.foreign_keys
                    ),
                }
            )
            for table in induced.tables
        ),
        views=tuple(replace(view, entity=renamed(view.entity)) for view in induced.views),
        nested={
            renamed(name): {prop: renamed(child) for prop, child in children.items()}
            for name, children in induced.nested.items()
        },
    )


def _nested(drafts: dict[str, _Draft], tables: Sequence[Table]) -> dict[str, dict[str, str]]:
    """Where child rows stand in results, for children that do refer to their parent."""
    linked = {(link.table, table.name) for table in tables for link in table.foreign_keys}
    return {
        name: {prop: child for prop, child in draft.nested.items() if (name, child) in linked}
        for name, draft in drafts.items()
    }


def _names(spec: ToolSpec, reading: Reading, shape: Shape) -> list[str]:
    """Entity names this tool is firm evidence for."""
    stem = own_key(shape.properties)
    if stem:
        return [stem]
    if (
        reading.kind in ("get", "list", "create", "delete")
        and reading.noun
        and shape.kind not in ("value", "count")
        and (shape.properties or required(spec.parameters))
    ):
        noun, path = "_".join(reading.noun), _path_noun(spec)
        return [path if path in (noun, reading.noun[-1]) else noun]
    return []


def _path_noun(spec: ToolSpec) -> str:
    """``/v1/Accounts/{Sid}/Messages.json`` -> "message"."""
    if not spec.http:
        return ""
    fixed = [part.rsplit(".", 1)[0] for part in spec.http[1].split("/") if part and not part.startswith("{")]
    parts = words(fixed[-1]) if fixed else []
    return "_".join((*parts[:-1], singular(parts[-1]))) if parts else ""


def _entity(spec: ToolSpec, reading: Reading, shape: Shape, known: set[str]) -> str:
    """The table a tool is about, by its result's own key, its noun (whole, or its longest known end or start), its
    path, or a key it takes."""
    stem = own_key(shape.properties)
    if stem:
        return stem
    noun = reading.noun
    spans = [noun[start:] for start in range(len(noun))] + [noun[:end] for end in range(len(noun) - 1, 0, -1)]
    for span in spans:
        if "_".join((*span[:-1], singular(span[-1]))) in known:
            return "_".join((*span[:-1], singular(span[-1])))
    if _path_noun(spec) in known:
        return _path_noun(spec)
    for name in required(spec.parameters):
        stem = snake(name).removesuffix("_id").removesuffix("_sid")
        if stem != snake(name) and stem in known:
            return stem
    return ""


def _draw_result(drafts: dict[str, _Draft], view: ToolView) -> None:
    """Columns from a returned row; nested arrays of rows with a key of their own become child tables."""
    draft = drafts.setdefault(view.entity, _Draft(view.entity))
    if view.shape.kind not in ("row", "rows"):
        return
    if own_key(view.shape.properties) == view.entity:
        draft.key = next(iter(view.shape.properties))
    for name, schema in view.shape.properties.items():
        item = schema.get("items") if json_type(schema) == "array" else None
        inner = properties(item) if isinstance(item, dict) else {}
        child = own_key(inner)
        if child and child != view.entity:
            nested = drafts.setdefault(child, _Draft(child, parent=view.entity))
            nested.key = next(iter(inner))
            nested.parent = nested.parent or view.entity
            draft.nested[name] = child
            for inner_name, inner_schema in inner.items():
                nested.take(inner_name, inner_schema)
        else:
            draft.take(name, schema)


def _draw_arguments(draft: _Draft, view: ToolView) -> None:
    """Columns that only arguments show: what a write stores; what a read filters by, where no result is described."""
    writes = view.reading.kind in ("create", "update")
    if not writes and (
        view.reading.kind not in ("list", "get") or any(column.doc for column in draft.columns.values())
    ):
        return
    for name, schema in properties(view.spec.parameters).items():
        slot = snake(name)
        if writes and is_lines(schema) and draft.nested:
            continue
        if not writes and (slot in PAGING or slot in QUERY or json_type(schema) in ("array", "object")):
            continue
        if not writes and slot.startswith(
            ("min_", "max_", "start_", "end_", "include_", "sort", "order", "filter", "fields")
        ):
            continue
        bare = slot.removeprefix("new_")
        if bare in draft.columns or f"{draft.name}_{bare}" in draft.columns or _suffix_match(bare, draft):
            continue
        draft.take(name, schema)


def _suffix_match(slot: str, draft: _Draft) -> bool:
    """``reason`` is stored in ``cancel_reason`` when the table has exactly one such column."""
    return sum(column.endswith(f"_{slot}") for column in draft.columns) == 1


def is_lines(schema: Schema) -> bool:
    """Whether an argument is a list of objects."""
    item = schema.get("items")
    return json_type(schema) == "array" and isinstance(item, dict) and json_type(item) == "object"


def _key(draft: _Draft, views: list[ToolView]) -> str:
    """The primary key: a column named as one, first where single-row tools ask for it; else what such tools ask for
    beside the columns; else a name or number; else, where rows are created, an id of our own."""
    single = [view for view in views if view.reading.kind in ("get", "update", "delete")]
    asked = {snake(name) for view in single for name in required(view.spec.parameters)}
    named = [f"{draft.name}_id", f"{draft.name}_sid", *GENERIC_KEYS[:5]]
    named += [f"{draft.name}_{suffix}" for suffix in ("key", "code", "number")]
    key = _first_fit(draft, sorted(named, key=lambda slot: slot not in asked))
    if key:
        return key
    for view in single:
        picks = [name for name in required(view.spec.parameters) if _like_key(name, draft.name)]
        schema = properties(view.spec.parameters).get(picks[-1], {}) if picks else {}
        if json_type(schema) in ("string", "integer"):
            draft.take(picks[-1], schema, always=True)
            return draft.columns[snake(picks[-1])].name
    key = _first_fit(draft, GENERIC_KEYS[5:])
    if key:
        return key
    if draft.columns and any(view.reading.kind == "create" for view in views):
        draft.take("id", {"type": "string"}, always=True)
        return "id"
    return ""


def _first_fit(draft: _Draft, slots: Iterable[str]) -> str:
    """The first of these columns that the draft has and that can hold a key, or ""."""
    columns = (draft.columns.get(slot) for slot in slots)
    return next((column.name for column in columns if column and column.type in ("str", "int")), "")


def _constrain_keys(drafts: dict[str, _Draft], view: ToolView) -> None:
    """What an argument demands of a key, its pattern say, the key column demands too."""
    for name, schema in properties(view.spec.parameters).items():
        slot = snake(name)
        for draft in drafts.values():
            own = draft.name == view.entity and slot == snake(draft.key)
            if draft.key and (
                own or slot in (f"{draft.name}_{snake(draft.key)}", f"{draft.name}_sid", f"{draft.name}_id")
            ):
                column = draft.columns[snake(draft.key)]
                draft.columns[snake(draft.key)] = merge(column, column_of(name, schema).model_copy(update={"enum": ()}))


def _like_key(name: str, entity: str) -> bool:
    slot = snake(name)
    return slot in (f"{entity}_id", *GENERIC_KEYS) or slot.endswith("_id")


def _link(drafts: dict[str, _Draft]) -> tuple[Table, ...]:
    """Finish the drafts: child tables get their parent's key, columns that name another table reference it."""
    for draft in drafts.values():
        parent = drafts.get(draft.parent)
        if parent and snake(parent.key) not in draft.columns:
            first, *rest = draft.columns.items()
            source = parent.columns[snake(parent.key)].model_copy(
                update={"doc": f"The {parent.name.replace('_', ' ')} it belongs to."}
            )
            draft.columns = dict([first, (snake(parent.key), source), *rest])
    keys: dict[str, tuple[str, str]] = {
        name: (draft.key, draft.columns[snake(draft.key)].type) for name, draft in drafts.items()
    }
    links = {
        name: [
            ForeignKey(column=column.name, table=target, key=keys[target][0])
            for slot, column in draft.columns.items()
            if (target := referred(slot, keys, name, draft.key)) and keys[target][1] == column.type
        ]
        for name, draft in drafts.items()
    }
    kept = without_cycles(links)
    return tuple(_table(draft, kept[draft.name]) for draft in drafts.values())


def _table(draft: _Draft, links: list[ForeignKey]) -> Table:
    key = draft.columns[snake(draft.key)].model_copy(update={"nullable": False, "default": None})
    others = [column for column in draft.columns.values() if column.name != draft.key]
    doc = draft.doc or f"One {draft.name.replace('_', ' ')}."
    return Table(name=draft.name, doc=doc, columns=(key, *others), primary_key=key.name, foreign_keys=tuple(links))
