"""Small tool specifications for the tests of the build room."""

from __future__ import annotations

from typing import Any

from agentgym.types import Schema, ToolSpec

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer", "minimum": 1, "maximum": 9}
NUMBER: Schema = {"type": "number", "minimum": 1, "maximum": 500}


def thing(**properties: Schema) -> Schema:
    """An object schema, properties in the order given."""
    return {"type": "object", "properties": properties}


def key(prefix: str) -> Schema:
    return {"type": "string", "examples": [f"{prefix}-10423"]}


def tool(
    name: str,
    description: str = "",
    /,
    returns: Schema | None = None,
    required: tuple[str, ...] = (),
    http: tuple[str, str] | None = None,
    **parameters: Schema,
) -> ToolSpec:
    """A tool of service ``shop``."""
    schema: dict[str, Any] = {"type": "object", "properties": parameters, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return ToolSpec(
        id=f"shop.{name}",
        service="shop",
        name=name,
        description=description or f"{name}.",
        parameters=schema,
        returns=returns or {},
        http=http,
    )


STATUS: Schema = {"type": "string", "enum": ["pending", "shipped", "cancelled"], "default": "pending"}
PRODUCT = thing(
    product_id=key("PRD"), name=STRING, price=NUMBER, stock={"type": "integer", "minimum": 0, "maximum": 60}
)
ORDER = thing(
    order_id=key("ORD"), product_id=key("PRD"), quantity=INTEGER, total=NUMBER, status=STATUS,
    cancel_reason={"type": "string", "enum": ["late", "mistake"]}, created_at={"type": "string", "format": "date-time"},
)  # fmt: skip
ACCOUNT = thing(account_id=key("ACC"), owner=STRING, balance=NUMBER)
TRANSFER = thing(transfer_id=key("TRF"), from_account_id=STRING, to_account_id=STRING, amount=NUMBER)

SHOP = (
    tool("get_product", returns=PRODUCT, required=("product_id",), product_id=STRING),
    tool("search_products", returns={"type": "array", "items": PRODUCT}, query=STRING, max_price=NUMBER, limit=INTEGER),
    tool("get_order", returns=ORDER, required=("order_id",), order_id=STRING),
    tool("list_orders", returns={"type": "array", "items": ORDER}, product_id=STRING, status=STATUS),
    tool(
        "place_order",
        "Place an order. Lowers the product's stock by the quantity.",
        returns=ORDER,
        required=("product_id", "quantity"),
        product_id=STRING,
        quantity=INTEGER,
    ),
    tool(
        "cancel_order",
        "Cancel an order. Only pending orders can be cancelled. Raises the product's stock by the quantity.",
        returns=ORDER,
        required=("order_id", "reason"),
        order_id=STRING,
        reason={"type": "string", "enum": ["late", "mistake"]},
    ),
    tool("update_product", returns=PRODUCT, required=("product_id",), product_id=STRING, name=STRING, price=NUMBER),
    tool("delete_product", returns=PRODUCT, required=("product_id",), product_id=STRING),
)

BANK = (
    tool("get_account", returns=ACCOUNT, required=("account_id",), account_id=STRING),
    tool("get_account_balance", returns={"type": "number"}, required=("account_id",), account_id=STRING),
    tool("list_accounts", returns={"type": "array", "items": ACCOUNT}, owner=STRING),
    tool(
        "transfer_funds",
        "Move money between accounts.",
        returns=TRANSFER,
        required=("from_account_id", "to_account_id", "amount"),
        from_account_id=STRING,
        to_account_id=STRING,
        amount=NUMBER,
    ),
)
