"""The operation a tool performs: by its verb, then its HTTP method, confirmed by its arguments and its result.

A tool is a read or a write: ``API(func, a) = op(func)(a; D)`` (paper, section 2).
"""

from __future__ import annotations

from typing import Literal

from agentgym.build.induction.lifecycles import flag_target, status_target
from agentgym.build.induction.schema import ToolView
from agentgym.build.induction.uses import Lookup, own_key_use, uses_of
from agentgym.build.semantics.intents import reads as reads
from agentgym.build.semantics.lexicon import COMPUTES
from agentgym.build.semantics.shapes import properties
from agentgym.types import Table

Op = Literal["get", "list", "count", "create", "update", "delete", "transition", "adjust"]

_OUTSIDE = COMPUTES - {"lookup", "quote", "score", "rank"} | {"sign", "execute", "run"}


class UnboundError(Exception):
    """A tool that the rules cannot bind; the message is the countable reason, ``detail`` the place."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


def operation(view: ToolView, look: Lookup) -> Op:
    """The operation of a tool about a known table. Raises UnboundError where the evidence does not agree."""
    if view.basis == "event":
        return "create"
    if view.basis == "record":
        return "list" if view.shape.kind == "rows" else "get"
    if view.reading.verb in _OUTSIDE:
        raise UnboundError("computes something outside the database", f"verb {view.reading.verb!r}")
    return _reading(view) if view.reads else _writing(view, look)


def _writing(view: ToolView, look: Lookup) -> Op:
    own, kind = look.tables[view.entity], view.kind
    keyed = any(own_key_use(name, schema, own) for name, schema in properties(view.spec.parameters).items())
    if kind == "delete" and (keyed or view.basis == "wide") and not _edits_list(view, look):
        return "delete"
    if not keyed:
        return _unkeyed(view)
    if kind == "create" and _names_its_key(view, own):
        return "create"
    if kind == "update" and not _mentions_status(view):
        return "update"
    return "transition" if status_target(view, own) or flag_target(view, own) else "update"


def _unkeyed(view: ToolView) -> Op:
    """A write that names no row: it makes one, or acts on the one that its other arguments single out."""
    if view.shape.kind == "rows":
        raise UnboundError("a write without its row's key", f"{view.spec.name} returns rows")
    if view.kind == "update" and view.basis == "wide":
        return "update"
    if view.kind in ("update", "delete") and view.reading.kind != "create":
        raise UnboundError("a write without its row's key", view.spec.name)
    return "create"


def _reading(view: ToolView) -> Op:
    shape, kind = view.shape.kind, view.reading.kind
    if shape == "count" or (kind == "count" and shape == "unknown"):
        return "count"
    if shape == "rows":
        return "list"
    return "list" if shape == "unknown" and kind == "list" else "get"


def _names_its_key(view: ToolView, own: Table) -> bool:
    """Whether a creating tool is given its new row's key: ``create_user(username)``, or a path that ends in no key."""
    if view.spec.http is not None:
        return "{" not in view.spec.http[1].rstrip("/").rsplit("/", 1)[-1]
    return view.reading.verb in ("create", "register") and view.reading.noun[-1:] == (own.name.split("_")[-1],)


def _mentions_status(view: ToolView) -> bool:
    return "its status to" in view.spec.description.lower() or view.reading.verb == "mark"


def _edits_list(view: ToolView, look: Lookup) -> bool:
    """Whether a tool that removes takes something off a list its row holds, not the row away."""
    uses, _ = uses_of(view, look, writes=True, creates=False)
    return any(use.role == "amount" and use.column for use in uses)
