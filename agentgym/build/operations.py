"""The operation a tool performs: by its verb, then its HTTP method, confirmed by its arguments and its result.

A tool is a read or a write: ``API(func, a) = op(func)(a; D)`` (paper, section 2).
"""

from __future__ import annotations

from typing import Literal

from agentgym.build.lifecycles import flag_target, status_target
from agentgym.build.schema import ToolView
from agentgym.build.shapes import properties
from agentgym.build.uses import Lookup, own_key_use, uses_of
from agentgym.types import Table

Op = Literal["get", "list", "count", "create", "update", "delete", "transition", "adjust"]

_HTTP_KIND = {"GET": "read", "HEAD": "read", "POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "write"}
_COMPUTES = frozenset(
    (
        "convert calculate compute estimate translate validate predict simulate render parse encode decode sign "
        "execute run"
    ).split()
)


class UnboundError(Exception):
    """A tool that the rules cannot bind; the message is the countable reason, ``detail`` the place."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.detail = detail


def operation(view: ToolView, look: Lookup) -> Op:
    """The operation of a tool about a known table. Raises UnboundError where the evidence does not agree."""
    if view.reading.verb in _COMPUTES:
        raise UnboundError("computes something outside the database", f"verb {view.reading.verb!r}")
    own = look.tables[view.entity]
    kind = view.reading.kind
    keyed = any(own_key_use(name, schema, own) for name, schema in properties(view.spec.parameters).items())
    method = view.spec.http[0].upper() if view.spec.http else ""
    direction = _HTTP_KIND.get(method, "")
    if direction == "read" or (kind in ("get", "list", "count") and direction != "write"):
        return _reading(view)
    if kind == "delete" and keyed and not _edits_list(view, look):
        return "delete"
    if not keyed:
        if view.shape.kind == "rows" or kind in ("get", "list", "count"):
            raise UnboundError("a write without its row's key", f"{view.spec.name} returns rows")
        if kind == "create" or method in ("", "POST", "PUT"):
            return "create"
        raise UnboundError("a write without its row's key", view.spec.name)
    if kind == "create" and _names_its_key(view, own):
        return "create"
    if kind == "update" and not _mentions_status(view):
        return "update"
    return "transition" if status_target(view, own) or flag_target(view, own) else "update"


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
