"""The rules that bind a tool to the documents of a state, or say in a countable phrase why they cannot.

A rule reads names: a parameter that is a collection's key, parameters that are members of its documents, a status in
the tool's own name. What a name leaves open gives several candidates, the most plausible first; those that are not
``sure`` are bound only where recorded calls show them.
"""

from __future__ import annotations

from dataclasses import replace

from agentgym.build.semantics.lexicon import ACTS
from agentgym.importing.bound import Bound, Ground, UnboundError
from agentgym.importing.changing import updates
from agentgym.importing.places import meant, names_key, places
from agentgym.importing.reading import reads, unread
from agentgym.importing.saying import Said
from agentgym.importing.shape import Shape
from agentgym.types import Json, ToolSpec


def candidates(spec: ToolSpec, ground: Ground) -> list[Bound]:
    """What a tool may do, the most plausible first. Raises ``UnboundError``."""
    said = Said(spec)
    if said.kind in ("get", "list", "count"):
        found = list(reads(said, ground))
        if not found:
            raise UnboundError(*unread(said, ground.shape))
    elif said.kind in ("create", "delete"):
        raise UnboundError(f"it would {said.kind} a document", f"the verb is {said.verb!r}")
    elif said.kind == "update" or said.verb in ACTS:
        found = list(updates(said, ground))
    else:
        raise UnboundError("no rule for its verb", f"the verb is {said.verb!r}")
    readings = {(one.op, one.collection.table if one.collection else "") for one in found if one.sure}
    if len(readings) > 1 or any(one.shows == "member" for one in found):  # orders of a user: rows, or their member?
        return [replace(one, sure=False) for one in found]
    return found


def constant(spec: ToolSpec, value: Json) -> Bound:
    """A tool that answers the same whatever it is given, as its recorded calls show."""
    return Bound(spec, "constant", value=value, shows="value", sure=False)


def foreign(spec: ToolSpec, shape: Shape) -> bool:
    """Whether a tool has nothing to do with the state: no word of it means a document, a member or a change."""
    said = Said(spec)
    if said.kind in ("create", "update", "delete") or said.verb in ACTS or said.about(shape):
        return False
    return not any(
        names_key(name, one, said.name) or meant(name, one, places(one.document))
        for name in said.parameters
        for one in shape.collections
    )
