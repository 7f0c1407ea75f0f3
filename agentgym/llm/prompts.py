"""Prompts are files beside the module that uses them, so that people can read and change them as text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template

from agentgym.errors import RunError


def prompt(package: str, name: str, **values: str) -> str:
    """The prompt file ``prompts/<name>`` of ``package`` with each ``$field`` replaced by its value.

    Values are data: nothing in them is replaced or read as a field. Raises ``RunError`` where the file is missing,
    or its fields are not those of ``values``.
    """
    template = _template(package, name)
    fields = set(template.get_identifiers())
    if fields != set(values):
        raise RunError(f"prompt {name} of {package} has the fields {sorted(fields)}, not {sorted(values)}")
    return template.substitute(values).strip()


@cache
def _template(package: str, name: str) -> Template:
    place = files(package) / "prompts" / name
    if not place.is_file():
        raise RunError(f"{package} has no prompt file prompts/{name}; it belongs to the installed package")
    return Template(place.read_text("utf-8"))
