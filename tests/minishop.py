"""The smallest whole domain: users, products and orders, six tools and three tasks. Nothing may write into it."""

from __future__ import annotations

import shutil
from pathlib import Path

MINISHOP = Path(__file__).parent / "fixtures" / "minishop"


def edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of minishop with one text replaced."""
    folder = tmp_path / "minishop"
    shutil.copytree(MINISHOP, folder)
    text = (folder / file).read_text()
    assert old in text, f"the test's anchor {old!r} is not in {file}"
    (folder / file).write_text(text.replace(old, new))
    return folder
