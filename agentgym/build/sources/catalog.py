"""The bundled catalog's own format: ``{service, title, description, licence, schemas, tools}``."""

from __future__ import annotations

from collections.abc import Iterator

from agentgym.build.sources.arguments import PARAMETER_NODES, RETURN_NODES
from agentgym.build.sources.inputs import rejection
from agentgym.build.sources.schemas import Expander
from agentgym.build.sources.text import clean, describe, service_name, tool_name
from agentgym.errors import SpecError
from agentgym.types import Json, Rejection, ToolSpec


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("service"), str):
        return False
    return isinstance(document.get("tools"), list)


def tools(document: Json, source: str, place: str) -> Iterator[ToolSpec | Rejection]:
    """One tool an entry; references go to ``#/schemas/<Entity>``; an expanded schema keeps that name as title."""
    service = service_name(document["service"], place)
    licence = document.get("licence")
    arguments, results = Expander(document, "in"), Expander(document, "out")
    for number, entry in enumerate(document["tools"], 1):
        given = entry.get("name") if isinstance(entry, dict) else None
        name = tool_name(given) if isinstance(given, str) else ""
        if not name:
            yield rejection(f"{source}#{number}", "tool without a usable name", f"name is {given!r:.80}")
            continue
        try:
            parameters = arguments.fit(entry.get("parameters"), PARAMETER_NODES)
            returns = results.fit(entry.get("returns"), RETURN_NODES)
        except SpecError as error:
            yield rejection(f"{source}#{name}", "schema too large", str(error))
            continue
        yield ToolSpec(
            id=f"{service}.{name}",
            service=service,
            name=name,
            description=describe(None, entry.get("description")),
            parameters={"type": "object", "properties": {}} | parameters,
            returns=returns,
            source=source,
            licence=clean(licence, 100) if isinstance(licence, str) else "",
        )
