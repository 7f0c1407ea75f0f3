"""The values at each place of a state -> the columns, records and tables that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgym.importing.draft import Draft, Drafts, noun
from agentgym.importing.keys import Known
from agentgym.importing.kinds import Kind, altered, closed_set, form_of, kind_of, marker, stored
from agentgym.importing.order import merged
from agentgym.importing.shape import Collection, Finding, Leaf, Part, Record, Rows
from agentgym.importing.state import State
from agentgym.types import Column, Json

TABLES_DEEP = 3  # lists within lists that have tables of their own; what is deeper is stored as JSON


@dataclass(frozen=True)
class _Place:
    """Where in the state values stand, and which columns they go to."""

    path: str  # "users.address.city", for findings
    draft: Draft
    column: str = ""  # "address_city"; "": the row itself
    within: bool = False  # in an object that some documents lack

    def member(self, name: str) -> _Place:
        column = f"{self.column}_{name}" if self.column else name or "value"
        return replace(self, path=f"{self.path}.{name}", column=column)


class Induction:
    """The tables of one state in the making."""

    def __init__(self, state: State) -> None:
        self.drafts = Drafts()
        self.findings: list[Finding] = []
        self._state = state
        self._known = Known(state)
        for name, documents in state.items():  # before what is in them: collections have the first choice of names
            self._draft(name, documents)
        self._of = dict(zip(state, list(self.drafts.all.values()), strict=True))

    def collection(self, name: str) -> Collection:
        """The documents called ``name``: their table's columns, and the tables of the lists in them."""
        whole, draft, own = self._state[name], self._of[name], self._known.member[name]
        keyed = isinstance(whole, dict)
        documents: list[dict[str, Json]] = list(whole.values()) if keyed else whole
        document = self._record(_Place(name, draft), documents)
        keys = list(whole) if keyed else [one[own] for one in documents] if own else []
        position = ""
        if keys != sorted(keys):
            position = self._position(draft, documents)
        return Collection(name, draft.name, draft.key, document, keyed, position)

    def _draft(self, name: str, documents: Json) -> None:
        draft, own = self.drafts.new(noun(name), f"A document of {name}.", 0), self._known.member[name]
        if own:
            draft.key = draft.reserve_member(own)
            draft.key_type = "str" if all(isinstance(key, str) for key in self._known.keys[name]) else "int"
            return
        members = _members(documents.values() if isinstance(documents, dict) else documents)
        draft.key = draft.reserve(f"{draft.name}_id", f"{draft.name}_key", avoid=members)
        draft.key_type = "str" if isinstance(documents, dict) else "int"
        draft.describe(Column(name=draft.key, type=draft.key_type, nullable=False))

    # -- objects and scalars ------------------------------------------------------------------------

    def _record(self, place: _Place, objects: Sequence[Mapping[str, Json]], present: str | None = None) -> Record:
        """An object of known members. ``present`` is the member that tells an object from none."""
        place.draft.check_width(len(_members(objects)))
        names, odd = merged(objects)
        if odd:
            self._find("members in another order", place, odd, "given back in the order that most have")
        members = tuple((name, self._member(place, name, objects)) for name in names)
        leaf = None if present is None else dict(members)[present]
        return Record(members, leaf.column if isinstance(leaf, Leaf) else "")

    def _member(self, of: _Place, name: str, objects: Sequence[Mapping[str, Json]]) -> Part:
        values = [one[name] for one in objects if name in one]
        absent = len(values) < len(objects)
        place = of.member(name)
        kind, _ = kind_of(values)
        part: Part | None = None
        if kind == "object":
            part = self._object(place, name, values, absent)
        elif kind == "list":
            part = self._list(place, name, values, absent)
        if part is not None:
            return part
        column = "" if of.column else of.draft.reserved(name)
        return self._leaf(place, column or of.draft.reserve(place.column), name, values, absent)

    def _object(self, place: _Place, name: str, objects: Sequence[dict[str, Json]], absent: bool) -> Part | None:
        form = form_of(objects)
        present = marker(objects) if absent else None
        if form == "map":
            return self._map(place, name, objects, absent)
        if form == "json" or (absent and present is None):
            return None
        return self._record(replace(place, within=place.within or absent), objects, present)

    def _leaf(self, place: _Place, column: str, name: str, values: Sequence[Json], absent: bool) -> Leaf:
        found, nulls = kind_of(values)
        kind = "json" if found == "object" or found == "list" else found
        draft = place.draft
        self._look(place, kind, values, absent and nulls)
        draft.describe(
            Column(
                name=column,
                type=kind,
                nullable=nulls or absent or place.within,
                enum=closed_set(name, values) if kind == "str" and column != draft.key else (),
                items=stored(values) if kind == "json" else {},
            )
        )
        return Leaf(column, absent, nulls and not absent)

    def _look(self, place: _Place, kind: Kind, values: Sequence[Json], vague: bool) -> None:
        """Note what of these values will not read back as it was."""
        if vague:
            nulls = sum(value is None for value in values)
            self._find("null where others lack the member", place, nulls, "given back as absent")
        whole = sum(type(value) is int for value in values)
        if kind == "float" and whole:
            self._find("whole numbers among others", place, whole, "given back with a decimal point")
        odd = altered(kind, values) if kind in ("float", "json") else 0
        if odd:
            self._find("numbers that SQLite alters", place, odd, "given back as whole, or without the sign of zero")

    # -- lists and maps -----------------------------------------------------------------------------

    def _map(self, place: _Place, name: str, objects: Sequence[dict[str, Json]], absent: bool) -> Rows | None:
        """Objects by a key that is data: rows of their own."""
        if (absent and not all(objects)) or place.draft.depth >= TABLES_DEEP:
            return None
        pairs = [pair for one in objects for pair in one.items()]
        elements, one = [value for _, value in pairs], noun(name)
        own, unique = self._known.element_key(pairs)
        draft, parent = self._child(place, elements, own if unique else "", f"{one}_id" if unique else "")
        if own:
            key = draft.reserved(own) or draft.reserve_member(own)
        elif unique:
            key = draft.key
        else:
            key = draft.reserve(one, f"{one}_key", avoid=_members(elements))
            draft.describe(Column(name=key, type="str", nullable=False))
        element = self._record(_Place(f"{place.path}[]", draft), elements)
        return Rows(draft.name, parent, self._position(draft, elements), element, key, absent)

    def _list(self, place: _Place, name: str, lists: Sequence[list[Json]], absent: bool) -> Rows | None:
        """Rows by their place in a list: objects of known members, or keys of documents."""
        elements = [element for one in lists for element in one]
        if not elements or (absent and not all(lists)) or place.draft.depth >= TABLES_DEEP:
            return None
        kind, nulls = kind_of(elements)
        if kind == "object" and form_of(elements) == "record":
            draft, parent = self._child(place, elements, self._known.own_id(noun(name), elements))
            element: Part = self._record(_Place(f"{place.path}[]", draft), elements)
            return Rows(draft.name, parent, self._position(draft, elements), element, "", absent)
        target = self._known.target(noun(name), elements) if kind in ("str", "int") and not nulls else ""
        if not target:
            return None
        draft, parent = self._child(place, (), "")
        column = draft.reserve(self._of[target].reference, f"{self._of[target].name}_key", indexed=True)
        draft.link(column, self._of[target])
        return Rows(draft.name, parent, self._position(draft, ()), Leaf(column), "", absent)

    def _child(
        self, place: _Place, elements: Sequence[Mapping[str, Json]], own: str, key: str = ""
    ) -> tuple[Draft, str]:
        """The table of what a list holds, and its column that names the parent.

        Its key is the member ``own``, or a column called ``key``, or else one made of the parent's key and the place.
        """
        owner, members = place.draft, _members(elements)
        draft = self.drafts.new(f"{owner.name}_{noun(place.column)}", f"An element of {place.path}.", owner.depth + 1)
        if own:
            draft.key = draft.reserve_member(own)
            draft.key_type = "int" if type(elements[0][own]) is int else "str"
        else:
            draft.key = draft.reserve(key or f"{draft.name}_id", f"{draft.name}_key", avoid=members)
            draft.describe(Column(name=draft.key, type="str", nullable=False))
        parent = draft.reserve(owner.reference, f"parent_{owner.reference}", avoid=members, indexed=True)
        draft.link(parent, owner)
        return draft, parent

    def _position(self, draft: Draft, elements: Iterable[Mapping[str, Json]]) -> str:
        """The column of the order."""
        position = draft.reserve("position", "list_position", avoid=_members(elements))
        draft.describe(Column(name=position, type="int", nullable=False))
        return position

    def _find(self, reason: str, place: _Place, count: int, detail: str) -> None:
        self.findings.append(Finding(reason, place.path, count, detail))


def _members(objects: Iterable[Mapping[str, Json]]) -> dict[str, None]:
    """The names of all members, in order."""
    return {name: None for one in objects for name in one}
