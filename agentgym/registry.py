"""Gymnasium ids: ``envscale/<domain>-v0`` for every domain folder and official benchmark, without loading any."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gymnasium.envs.registration import EnvSpec
from gymnasium.envs.registration import registry as gymnasium_registry

from agentgym.errors import DomainError, RunError, nearest

NAMESPACE = "envscale"
ENTRY_POINT = "agentgym.env:ToolEnv"
OFFICIAL = "agentgym.evaluate.env:BenchmarkEnv"  # the entry point of benchmarks, which need a checkout to be made
PATH_VARIABLE = "AGENTGYM_ENVS"  # more folders of domain folders, separated as in PATH

BENCHMARKS = (
    "tau-retail", "tau-retail-train", "tau-retail-dev", "tau-airline", "tau2-retail", "tau2-airline", "tau2-telecom",
    "acebench-en", "acebench-zh",
)  # fmt: skip

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def domain_folders() -> dict[str, Path]:
    """Domain name -> folder: those that come with the package, then those under ``AGENTGYM_ENVS``, which win."""
    roots = [bundled(), *(Path(part) for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if part)]
    found: dict[str, Path] = {}
    for root in roots:
        if root.is_dir():
            found.update({entry.name: Path(entry.path) for entry in os.scandir(root) if _NAME.fullmatch(entry.name)})
    return dict(sorted(found.items()))


def bundled() -> Path:
    """The domains that come with the package: beside it in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / "envs_generated"
    return checkout if (package.parent / "pyproject.toml").exists() else package / "_envs"


def locate(domain: str) -> Path:
    """The folder of a domain. Raises ``DomainError`` that suggests the nearest name."""
    folders = domain_folders()
    if domain in folders:
        return folders[domain]
    hint = nearest(domain, folders) or f"; set {PATH_VARIABLE} or pass folder=..."
    raise DomainError(f"there is no domain {domain!r} under {bundled()} or {PATH_VARIABLE}{hint}")


def find(domain: Path | str) -> Path:
    """The folder of a domain that is given as a folder, a Gymnasium id or a name. Raises ``DomainError``."""
    if (Path(domain) / "domain.json").is_file():
        return Path(domain).resolve()
    spec = gymnasium_registry.get(str(domain))
    if spec is not None and "folder" in spec.kwargs:
        return Path(spec.kwargs["folder"])
    return locate(re.sub(rf"^{NAMESPACE}/|-v0$", "", str(domain)))  # another version is not here: the error names it


def register(folder: Path | str) -> str:
    """Register one domain folder, wherever it lies, and return its Gymnasium id. Registering again replaces it."""
    from agentgym.files import read_json  # it brings pydantic, which `import agentgym` can do without

    folder = Path(folder).resolve()
    try:
        record = read_json(folder / "domain.json")
        identity = f"{NAMESPACE}/{record['name']}-v{int(record.get('version', 0))}"
        _add(identity, {"folder": str(folder)})
    except (RunError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DomainError(f"{folder} is no domain folder: {error}; build one with `agentgym build`") from error
    return identity


def register_all() -> None:
    """Register the benchmarks, and every domain that ``domain_folders`` finds. Ids that are there stay as they are."""
    for name in domain_folders():
        identity = f"{NAMESPACE}/{name}-v0"
        if identity not in gymnasium_registry:
            _add(identity, {"domain": name})
    for name in BENCHMARKS:
        identity = f"{NAMESPACE}/{name}-v0"
        if identity not in gymnasium_registry:
            _add(identity, {"benchmark": name}, OFFICIAL)


def _add(identity: str, kwargs: dict[str, str], entry_point: str = ENTRY_POINT) -> None:
    # Straight into Gymnasium's table: its register() compares each new id with all others.
    gymnasium_registry[identity] = EnvSpec(id=identity, entry_point=entry_point, kwargs=dict(kwargs))
