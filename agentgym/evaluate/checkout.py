"""The checkout of an official repository: where it is, which commit, and what its files are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from agentgym.errors import RunError

_PATIENCE = 30.0  # seconds


def checkout(given: Path | None, variable: str, project: str, proof: str) -> Path:
    """The folder of a checkout: ``given``, or what the environment ``variable`` names.

    ``proof`` is a file that only this project has there. Raises ``RunError`` saying what to do where it is missing.
    """
    named = given or (Path(os.environ[variable]) if os.environ.get(variable) else None)
    if named is None:
        raise RunError(f"{project} is not a dependency: clone it, and name the folder with --checkout or {variable}")
    if not (named / proof).is_file():
        raise RunError(f"{named} is no checkout of {project}: it has no {proof}; clone it, and name that folder")
    return named.resolve()


def commit_of(folder: Path) -> tuple[str, bool | None]:
    """The commit of ``folder``, 40 hex digits, and whether tracked files differ; ("", None) where there is no git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return "", None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, None if changed is None else bool(changed)


def _git(folder: Path, *words: str) -> str | None:
    """What git says of ``folder``; None where it cannot say anything, as of a folder that was unpacked."""
    if not (folder / ".git").exists():
        return None  # git would speak of the repository around it
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
