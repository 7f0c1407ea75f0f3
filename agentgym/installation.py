"""What is installed here: the environments, the versions, the optional extras."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

from gymnasium.envs.registration import registry

from agentgym.errors import AgentGymError
from agentgym.registry import NAMESPACE, bundled, domain_folders
from agentgym.types import Record

EXTRAS = {"train": ("datasets",)}  # extra -> what it brings


class Environment(Record):
    """A registered environment."""

    id: str
    tools: int
    writes: int  # of these
    tables: int
    rows: int
    tasks: int


class Finding(Record):
    """One line of the doctor's report."""

    what: str
    found: str
    good: bool = True
    needed: bool = True  # whether the package works at all without it
    hint: str = ""


def environments() -> list[Environment]:
    """Every environment that comes with the package or lies under ``AGENTGYM_ENVS``, loaded."""
    from agentgym.world.load import load

    found = []
    for name, folder in domain_folders().items():
        loaded = load(folder)
        found.append(
            Environment(
                id=f"{NAMESPACE}/{name}-v{loaded.domain.version}",
                tools=len(loaded.tools),
                writes=sum(tool.writes for tool in loaded.tools.values()),
                tables=len(loaded.models),
                rows=sum(map(len, loaded.seed.values())),
                tasks=len(loaded.tasks()),
            )
        )
    return found


def examine() -> list[Finding]:
    """The doctor's report."""
    return [*_versions(), *_extras(), *_environments()]


def _versions() -> Iterator[Finding]:
    yield Finding(what="Python", found=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    try:
        requirements = metadata.requires("envscale") or ()
    except metadata.PackageNotFoundError:
        yield Finding(what="envscale", found="not installed", good=False, hint="pip install -c constraints.txt -e .")
        return
    for requirement in requirements:
        if "extra ==" not in requirement:
            yield _version(requirement)


def _version(requirement: str) -> Finding:
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    try:
        return Finding(what=name, found=metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(what=name, found="", good=False, hint=f"pip install '{requirement}'")


def _extras() -> Iterator[Finding]:
    for extra, modules in EXTRAS.items():
        missing = [name for name in modules if find_spec(name) is None]
        hint = f"pip install -c constraints.txt 'envscale[{extra}]'"
        found = "complete" if not missing else f"without {', '.join(missing)}"
        yield Finding(what=f"extra: {extra}", found=found, good=not missing, needed=False, hint=hint if missing else "")


def _environments() -> Iterator[Finding]:
    from agentgym.world.load import load

    folders = domain_folders()
    broken = []
    for folder in folders.values():
        try:
            load(folder)
        except AgentGymError as error:
            broken.append(str(error))
    registered = sum(name.startswith(f"{NAMESPACE}/") for name in registry)
    found = f"{len(folders) - len(broken)} of {len(folders)} load, {registered} registered"
    hint = "; ".join(broken) or f"none in {bundled()}; run `make envs`"
    yield Finding(
        what="environments", found=found, good=bool(folders) and not broken, hint=hint if broken or not folders else ""
    )
