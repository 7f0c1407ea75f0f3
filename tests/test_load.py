"""Loading a domain folder: once, and with a clear error where it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym.errors import DialectError, DomainError
from agentgym.world.load import load
from tests.minishop import MINISHOP, edited


def test_loading_twice_gives_the_same_object_and_an_edit_a_new_one(tmp_path: Path) -> None:
    folder = edited(tmp_path, "policy.md", "small shop", "tiny shop")
    first = load(folder)
    assert load(str(folder)) is first
    (folder / "policy.md").write_text("Be kind.")
    assert load(folder).policy == "Be kind."


def test_generated_keys_are_told_from_callers_keys() -> None:
    generated = {table.name: table.generated for table in load(MINISHOP).domain.tables}
    assert generated == {"clock": False, "order": True, "order_item": True, "product": False, "user": False}


@pytest.mark.parametrize(
    ("file", "old", "new", "error", "message"),
    [
        ("tools.py", "@read\ndef get_user_details", "def get_user_details", DialectError, r"tools\.py:\d+"),
        ("tools.py", "    return user\n", "    return user.metadata\n", DialectError, "no column"),
        (
            "tools.py",
            "details(session: Session, user_id: str",
            "details(session: Session, user_id: str, x: str",
            DomainError,
            "takes",
        ),
        ("tools.py", "def get_user_details", "def get_user", DomainError, "differ in"),
        ("tools.py", "import Clock, ", "import Clock, Watch, ", DomainError, "tools.py does not load"),
        ("schema.py", "user.user_id", "customer.user_id", DomainError, "customer"),
        ("schema.py", "JSON", "JSONB", DialectError, r"schema\.py:\d+"),
        (
            "schema.py",
            "    email: str | None = None",
            "    email: str = Field(primary_key=True)",
            DomainError,
            "one column",
        ),
        ("seed.json", '"item_id": 2,', '"item_id": 1,', DomainError, "order_item"),
        ("seed.json", '"item_id": 2,', '"item_id": "two",', DomainError, "order_item 'two', column item_id"),
        ("seed.json", '"item_id": 2,', '"item_id": 2, "x": 1,', DomainError, "unknown columns"),
        (
            "seed.json",
            '"product_id": "P-03", "q',
            '"product_id": "P-33", "q',
            DomainError,
            "order_item 3 refers to product 'P-33'",
        ),
        ("seed.json", '"balance": 20.0', '"balance": NaN', DomainError, "NaN is not JSON"),
        ("seed.json", '"clock"', '"watch"', DomainError, "unknown tables"),
        ("seed.json", "{\n", "[\n", DomainError, "seed.json is not valid"),
        ("domain.json", '"minishop"', "3", DomainError, "domain.json is not valid"),
        ("domain.json", '"name": "user"', '"name": "person"', DomainError, "does not define"),
    ],
)
def test_broken_folders_are_named_with_what_to_do(
    tmp_path: Path, file: str, old: str, new: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load(edited(tmp_path, file, old, new))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match=r"has no domain\.json; a domain folder holds"):
        load(tmp_path)


def test_broken_tasks_are_named(tmp_path: Path) -> None:
    folder = edited(tmp_path, "tasks.jsonl", '"domain"', '"realm"')
    with pytest.raises(DomainError, match=r"tasks\.jsonl:1"):
        load(folder).tasks()
    (folder / "tasks.jsonl").unlink()
    assert load(folder).tasks() == ()


def test_loading_leaves_nothing_importable() -> None:
    import sys

    load(MINISHOP)
    assert not [name for name in sys.modules if name.startswith("agentgym_domain_")]
