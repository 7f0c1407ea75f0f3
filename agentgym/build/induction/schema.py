"""Tables from tools: the entities a domain's tools talk about, their columns, keys and references (paper 2.1).

Each table is the union of what all its tools show or take. A tool that no shared table can serve, as an earlier
attempt to bind it found, gets a table of its own: of records it looks up, or of events it files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agentgym.build.induction.drafts import PAGING as PAGING
from agentgym.build.induction.drafts import QUERY as QUERY
from agentgym.build.induction.drafts import Basis, Draft, choose_key, draw_arguments, draw_result
from agentgym.build.induction.drafts import ToolView as ToolView
from agentgym.build.induction.drafts import is_lines as is_lines
from agentgym.build.semantics.entities import entities_of
from agentgym.build.semantics.intents import kind_of, reads
from agentgym.build.semantics.language import read_name, singular
from agentgym.build.semantics.references import referred, without_cycles
from agentgym.build.semantics.shapes import column_of, compatible, merge, properties, shape_of
from agentgym.types import ForeignKey, Table, ToolSpec
from agentgym.world.naming import class_name, snake, words


@dataclass(frozen=True)
class Induced:
    """A domain's tables and its tools as seen through them."""

    tables: tuple[Table, ...]
    views: tuple[ToolView, ...]
    nested: dict[str, dict[str, str]]  # table -> result property -> the child table nested there


def induce(tools: Sequence[ToolSpec], basis: Mapping[str, Basis] | None = None) -> Induced:
    """Induce the tables of a set of tools. ``basis``: how to understand those, by name, that the rules alone do not
    bind. A tool about no table keeps ``entity == ""`` and is not bound."""
    views = _views(tools, basis or {})
    drafts: dict[str, Draft] = {}
    for view in views:
        if view.entity:
            drafts.setdefault(view.entity, Draft(view.entity, apart=view.basis in ("record", "event")))
            draw_result(drafts, view)
    for view in views:
        if view.entity:
            draw_arguments(drafts[view.entity], view)
    for draft in drafts.values():
        draft.key = draft.key or choose_key(draft, [view for view in views if view.entity == draft.name])
    for view in views:
        if view.entity:
            _constrain_keys(drafts, view)
    kept = {name: draft for name, draft in sorted(drafts.items()) if draft.apart or len(draft.columns) > 1}
    tables = _link(kept)
    placed = tuple(view if view.entity in kept else replace(view, entity="") for view in views)
    return _apart_from_names_in_use(Induced(tables=tables, views=placed, nested=_nested(kept, tables)))


def _views(tools: Sequence[ToolSpec], basis: Mapping[str, Basis]) -> tuple[ToolView, ...]:
    entities = entities_of(tools)
    shared = {entity for spec, entity in zip(tools, entities, strict=True) if _shares(basis.get(spec.name))}
    views = []
    for spec, entity in zip(tools, entities, strict=True):
        reading, how = read_name(spec.name), basis.get(spec.name, "rules")
        if not _shares(how):
            entity = _own_table(spec, entity, shared, how)
            shared.add(entity)
        views.append(ToolView(spec, reading, shape_of(spec), entity, kind_of(spec, reading), reads(spec), how))
    return tuple(views)


def _shares(how: Basis | None) -> bool:
    return how not in ("record", "event")


def _own_table(spec: ToolSpec, entity: str, taken: set[str], how: Basis) -> str:
    """A name for the table of one tool: what it is about and what is done, "order_estimate", "server_reboot"."""
    reading = read_name(spec.name)
    noun = "_".join((*reading.noun[:-1], singular(reading.noun[-1]))) if reading.noun else entity
    verb = reading.verb or how
    wishes = [noun] if how == "record" else []
    wishes += [f"{noun}_{verb}", "_".join(words(spec.name)), f"{'_'.join(words(spec.name))}_{how}"]
    wishes = [wish[:60].strip("_") for wish in wishes]
    numbered = (f"{wishes[-1]}_{number}" for number in range(2, len(taken) + 3))
    return next(wish for wish in (*wishes, *numbered) if wish and wish not in taken)


def _apart_from_names_in_use(induced: Induced) -> Induced:
    """A vendor's ``clock`` becomes ``clock_record``: the world keeps its own time in a table of that name. So does a
    table whose class would have the name of a tool, or of another table's."""
    tools = {view.spec.name for view in induced.views}
    new = {"clock": "clock_record"}
    classes = {"Clock", "Base"}
    for table in induced.tables:
        name = new.get(table.name, table.name)
        while class_name(name) in tools or class_name(name) in classes:
            name = f"{name}_record"
        classes.add(class_name(name))
        new[table.name] = name

    def renamed(name: str) -> str:
        return new.get(name, name)

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


def _nested(drafts: dict[str, Draft], tables: Sequence[Table]) -> dict[str, dict[str, str]]:
    """Where child rows stand in results, for children that do refer to their parent."""
    linked = {(link.table, table.name) for table in tables for link in table.foreign_keys}
    return {
        name: {prop: child for prop, child in draft.nested.items() if (name, child) in linked}
        for name, draft in drafts.items()
    }


def _constrain_keys(drafts: dict[str, Draft], view: ToolView) -> None:
    """What an argument demands of a key, its pattern say, the key column demands too."""
    for name, schema in properties(view.spec.parameters).items():
        slot = snake(name)
        for draft in drafts.values():
            own = draft.name == view.entity and slot == snake(draft.key)
            if draft.key and (
                own or slot in (f"{draft.name}_{snake(draft.key)}", f"{draft.name}_sid", f"{draft.name}_id")
            ):
                column = draft.columns[draft.slot(draft.key)]
                draft.columns[draft.slot(draft.key)] = merge(
                    column, column_of(name, schema).model_copy(update={"enum": ()})
                )


def _link(drafts: dict[str, Draft]) -> tuple[Table, ...]:
    """Finish the drafts: child tables get their parent's key, columns that name another table reference it."""
    for draft in drafts.values():
        parent = drafts.get(draft.parent)
        if parent and snake(parent.key) not in draft.columns:
            first, *rest = draft.columns.items()
            source = parent.columns[parent.slot(parent.key)].model_copy(
                update={"doc": f"The {parent.name.replace('_', ' ')} it belongs to."}
            )
            draft.columns = dict([first, (snake(parent.key), source), *rest])
    keys: dict[str, tuple[str, str]] = {
        name: (column.name, column.type)
        for name, draft in drafts.items()
        if (column := draft.columns[draft.slot(draft.key)])
    }
    links = {
        name: [
            ForeignKey(column=column.name, table=target, key=keys[target][0])
            for slot, column in draft.columns.items()
            if (target := referred(slot, keys, name, draft.key))
            and keys[target][1] == column.type
            and compatible(column, drafts[target].columns[drafts[target].slot(drafts[target].key)])
        ]
        for name, draft in drafts.items()
    }
    kept = without_cycles(links)
    return tuple(_table(draft, kept[draft.name]) for draft in drafts.values())


def _table(draft: Draft, links: list[ForeignKey]) -> Table:
    key = draft.columns[draft.slot(draft.key)].model_copy(update={"nullable": False, "default": None})
    others = [column for column in draft.columns.values() if column.name != key.name]
    doc = draft.doc or f"One {draft.name.replace('_', ' ')}."
    return Table(name=draft.name, doc=doc, columns=(key, *others), primary_key=key.name, foreign_keys=tuple(links))
