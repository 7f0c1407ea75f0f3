"""The tool dialect: what its allowlist takes and refuses, and the helpers tools import."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from agentgym.errors import DialectError
from agentgym.world.dialect import check_source, new_id, read, write, writes
from agentgym.world.load import LoadedDomain, load
from tests.minishop import MINISHOP

TOOLS = '''"""Tools."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Clock, Order

Reason = Literal["a", "b"]


@write
def tool(session: Session, x: str, items: list[dict[str, Any]], n: int | None = None) -> dict[str, Any]:
    """A tool."""
    order = session.get(Order, x)
    BODY
'''
SCHEMA = '''"""Tables."""

from sqlalchemy import JSON
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base."""


class Order(Base, table=True):
    """Order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    COLUMN
'''

HEAD = "from sqlmodel import Session\n\nfrom agentgym.world.dialect import read\n\n"

ALLOWED = [
    "return order",
    "raise ToolError(f'{x!r} costs {round(order.total * 2, 2):.2f}')",
    "return nest(order, items=list(session.exec(select(Order).where(Order.total >= 3).order_by(Order.order_id))))",
    "return [{'id': i['id'], 'k': i.get('k', -1)} for i in items if i['id'] not in ('a', None)]",
    "order.tags = (order.tags or []) + [x]",
    "for i in items:\n        if not i:\n            continue\n        order.total += sum([1, 2]) / len(items)",
    "session.add(Order(order_id=new_id(session, Order), now=session.get_one(Clock, 1).now))\n    session.flush()",
]
REFUSED = [
    "import os",
    "from os import path",
    "__import__('os')",
    "eval(x)",
    "open(x)",
    "getattr(order, x)",
    "print(x)",
    "order.__class__",
    "order._sa_instance_state",
    "x.format(order)",
    "return x % 3",
    "return 9 ** 9 ** 9",
    "return 1 << 99",
    "return 'a' * n",
    "return [0] * n",
    "return f'{x:>{n}}'",
    "return f'{x:>99999999}'",
    "return 99999999999999999999",
    "return 1e999",
    "return b'x'",
    "return 1j",
    "return ...",
    "while True:\n        pass",
    "for i in range(n):\n        pass",
    "lambda: 1",
    "return (y := 1)",
    "def inner():\n        pass",
    "class Inner:\n        pass",
    "with session:\n        pass",
    "try:\n        pass\n    except Exception:\n        pass",
    "raise ValueError('x')",
    "raise ToolError('x') from None",
    "raise",
    "global order",
    "yield x",
    "assert x",
    "del order",
    "match x:\n        case 'a':\n            pass",
    "list(*items)",
    "dict(**items)",
    "return {**items}",
    "session = order",
    "ToolError = order",
    "len = order",
    "Order.total = 3",
    "session.info['x'] = 3",
    "session.connection()",
    "session.bind.execute(x)",
    "session.execute(x)",
    "y = session.execute\n    y(x)",
    "tool(session, x, items)",
    "unknown",
    "café = 1",
    "return [i async for i in items]",
]
BAD_COLUMNS = [
    "x: str = __import__('os')",
    "x: str = Field(default_factory=list)",
    "x: str = Field(sa_column_kwargs={'server_default': 'x'})",
    "x: str = Field(default=open('/etc/passwd'))",
    "x: eval('str')",
    "x = 3",
    "def f(self):\n        pass",
    "@property\n    def f(self):\n        pass",
    "import os",
]


def test_the_example_domain_keeps_to_the_dialect() -> None:
    check_source((MINISHOP / "schema.py").read_text(), "schema")
    check_source((MINISHOP / "tools.py").read_text(), "tools")


@pytest.mark.parametrize("body", ALLOWED)
def test_ordinary_tool_code_passes(body: str) -> None:
    check_source(TOOLS.replace("BODY", body), "tools")


@pytest.mark.parametrize("body", REFUSED)
def test_everything_else_is_refused_with_its_place(body: str) -> None:
    with pytest.raises(DialectError, match=r"^here\.py:\d+: .+"):
        check_source(TOOLS.replace("BODY", body), "tools", "here.py")


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "from os import path\n",
        "from agentgym.world.dialect import check_source\n",
        "from sqlmodel import text\n",
        "from ..schema import Order\n",
        "x = 3\n",
        "def f():\n    pass\n",
        f"{HEAD}@read\n@read\ndef f(session: Session):\n    pass\n",
        f"{HEAD}@read\ndef f(session: Session, *a: str):\n    pass\n",
        f"{HEAD}@read\ndef f(session: Session, a=1):\n    pass\n",
        f"{HEAD}@read\ndef f(a: str):\n    pass\n",
        "def f(:\n",
        "\0",
        "(" * 5000,
        "x = " + "-" * 20000 + "1",
    ],
)
def test_modules_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(DialectError):
        check_source(text, "tools")


@pytest.mark.parametrize("column", BAD_COLUMNS)
def test_schema_holds_only_columns(column: str) -> None:
    with pytest.raises(DialectError):
        check_source(SCHEMA.replace("COLUMN", column), "schema")


def test_attributes_can_be_limited_to_columns() -> None:
    text = TOOLS.replace("BODY", "return order.metadata")
    check_source(text, "tools")
    with pytest.raises(DialectError, match=r"\.metadata, which is no column"):
        check_source(text, "tools", attributes={"order_id"})


@given(st.text(max_size=30))
def test_hostile_text_in_constants_is_only_data(text: str) -> None:
    check_source(TOOLS.replace("BODY", f"raise ToolError({text!r})"), "tools")


def test_marks_tell_readers_from_writers() -> None:
    assert writes(read(lambda: None)) is False
    assert writes(write(lambda: None)) is True
    assert writes(lambda: None) is None


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], "product-1"),
        (["P-1", "P-9", "P-10"], "P-11"),
        (["U0099"], "U0100"),
        (["2024-x", "abc"], None),
        (["b7", "a7"], "b8"),
    ],
)
def test_new_keys_continue_the_pattern(keys: list[str], expected: str | None) -> None:
    loaded = load(MINISHOP)
    raw, session = _session(loaded)
    product = loaded.models["product"]
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("DELETE FROM product")
    session.add_all([product(product_id=key, name=key) for key in keys])
    made = new_id(session, product)
    assert made == new_id(session, product), "the same rows must give the same key"
    assert made not in keys
    if expected is not None:
        assert made == expected
    session.close()


def test_new_integer_keys_count_on() -> None:
    loaded = load(MINISHOP)
    _, session = _session(loaded)
    assert new_id(session, loaded.models["order_item"]) == 6
    session.close()


def _session(loaded: LoadedDomain) -> tuple[sqlite3.Connection, Session]:
    """A stock session over the seeded database."""
    raw = loaded.template.connect()
    return raw, Session(create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool))
