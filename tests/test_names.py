"""What ``import agentgym`` offers, and what it must not load."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

import agentgym

# Slow to import, and needed by some command, tool or trainer only.
HEAVY = {
    "sqlmodel", "sqlalchemy", "networkx", "community", "faker", "yaml", "jsonschema", "referencing", "rich", "typer",
    "datasets", "pandas", "pyarrow", "torch", "transformers", "trl", "litellm",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after ``code``."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_all_names_what_is_visible() -> None:
    for name in agentgym.__all__:
        getattr(agentgym, name)  # load what is lazy
    modules = {name for name, value in vars(agentgym).items() if inspect.ismodule(value)}
    visible = {name for name in vars(agentgym) if not name.startswith("_")} - modules
    visible -= {"TYPE_CHECKING", "Any", "annotations", "import_module"}  # what the module itself is written with
    assert visible == set(agentgym.__all__), "agentgym.__all__ must name what agentgym defines, and nothing else"
    assert dir(agentgym) == agentgym.__all__, "dir(agentgym) must offer agentgym.__all__, sorted"


@pytest.mark.parametrize("name", agentgym.__all__)
def test_every_name_resolves(name: str) -> None:
    assert getattr(agentgym, name) is not None, f"agentgym.{name} is offered but does not resolve"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Wrld"):
        agentgym.Wrld  # noqa: B018  the access is the test


def test_importing_is_cheap() -> None:
    extra = loaded_by("import agentgym") & HEAVY
    assert not extra, f"`import agentgym` loads {sorted(extra)}: import them inside the function that uses them"


def test_help_is_cheap() -> None:
    code = "import contextlib, io, sys\nfrom agentgym.cli import main\nsys.argv = ['agentgym', '--help']\n"
    code += "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main()"
    extra = loaded_by(code) & (HEAVY - {"rich", "typer"})
    assert not extra, f"`agentgym --help` loads {sorted(extra)}: import them inside the command that uses them"
