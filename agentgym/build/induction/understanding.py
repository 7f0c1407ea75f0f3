"""All tools of a domain understood together: tables and bindings, by the strongest rules that bind each tool.

The rules come first. A tool they cannot bind is read again with what it demands: as one whose required arguments
are columns ("wide"), then as one with a table of its own, of records that it looks up ("record") or of events that
it files ("event"). What a tool ends as is told beside its binding, so that users can leave out what is weakly
understood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentgym.build.induction.binding import Bound, bind
from agentgym.build.induction.drafts import Basis, ToolView
from agentgym.build.induction.schema import Induced, induce
from agentgym.types import ToolSpec

_WIDENED = frozenset(
    {
        "a required argument has no column",
        "a write without its row's key",
        "the key of its row is optional",
        "a single row without an argument to find it by",
    }
)


@dataclass(frozen=True)
class Understood:
    """A domain's tables, bindings, and on what basis each tool was bound."""

    induced: Induced
    bound: Bound
    basis: dict[str, Basis]  # of the tools that the plain rules did not bind


def understand(tools: Sequence[ToolSpec], basis: Mapping[str, Basis] | None = None) -> Understood:
    """Bind as many tools as possible. ``basis`` is where to start from, for tools that are known to need more."""
    chosen = dict(basis or {})
    ids = {spec.id: spec.name for spec in tools}
    while True:
        induced = induce(tools, chosen)
        bound = bind(induced)
        views = {view.spec.name: view for view in induced.views}
        failed = {ids[one.subject]: one.reason for one in bound.rejections if one.stage == "bind"}
        weaker = {name: how for name, why in failed.items() if (how := weakened(views[name], why))}
        if not weaker:
            return Understood(induced, bound, chosen)
        chosen |= weaker


def weakened(view: ToolView, why: str) -> Basis | None:
    """The next basis to try for a tool that could not be bound, or whose binding broke a law; None after the last."""
    if view.basis in ("record", "event"):
        return None
    acts = view.kind == "act" and not view.reads
    if view.basis == "rules" and why in _WIDENED and not acts:
        return "wide"
    return "record" if view.reads else "event"
