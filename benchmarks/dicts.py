"""Retail tools over plain nested dicts, with no check of arguments: how little a tool call can cost in Python."""

from __future__ import annotations

import copy
from typing import Any

from agentgym.errors import ToolError
from agentgym.types import Rows

Store = dict[str, dict[str, dict[str, Any]]]  # table -> key -> row; an order holds its items

_KEYS = {"order": "order_id", "user": "user_id", "product": "product_id", "exchange_request": "exchange_request_id"}


def store(rows: Rows) -> Store:
    """The rows of a world as nested dicts of their own."""
    tables = {name: {row[key]: dict(row) for row in copy.deepcopy(rows[name])} for name, key in _KEYS.items()}
    for order in tables["order"].values():
        order["items"] = []
    for item in sorted(copy.deepcopy(rows["order_item"]), key=lambda row: row["order_item_id"]):
        tables["order"][item["order_id"]]["items"].append(item)
    return tables


def _get(data: Store, table: str, key: str) -> dict[str, Any]:
    row = data[table].get(key)
    if row is None:
        raise ToolError(f"{table} {key!r} not found")
    return row


def get_order_details(data: Store, order_id: str) -> dict[str, Any]:
    return dict(_get(data, "order", order_id))  # a copy, so that no later write changes an answer given


def get_product_details(data: Store, product_id: str) -> dict[str, Any]:
    return dict(_get(data, "product", product_id))


def get_user_details(data: Store, user_id: str) -> dict[str, Any]:
    return dict(_get(data, "user", user_id))


def get_exchange_request(data: Store, exchange_request_id: str) -> dict[str, Any]:
    return dict(_get(data, "exchange_request", exchange_request_id))


def find_user_id_by_email(data: Store, email: str) -> str:
    for key, user in data["user"].items():
        if user["email"] == email:
            return key
    raise ToolError(f"no user matches email {email!r}")


def count_orders(data: Store, user_id: str, status: str | None = None) -> int:
    _get(data, "user", user_id)
    mine = (order for order in data["order"].values() if order["user_id"] == user_id)
    return sum(1 for order in mine if status is None or order["status"] == status)


def list_orders(
    data: Store, user_id: str | None = None, status: str | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    found = [
        order
        for order in data["order"].values()
        if (user_id is None or order["user_id"] == user_id) and (status is None or order["status"] == status)
    ]
    return [dict(order) for order in found[:limit]]


def change_user_email(data: Store, user_id: str, email: str) -> dict[str, Any]:
    user = _get(data, "user", user_id)
    user["email"] = email
    return dict(user)


def update_user_address(data: Store, user_id: str, **address: str) -> dict[str, Any]:
    user = _get(data, "user", user_id)
    user.update(address)
    return dict(user)


def cancel_exchange_request(data: Store, exchange_request_id: str) -> dict[str, Any]:
    request = _get(data, "exchange_request", exchange_request_id)
    if request["status"] != "open":
        raise ToolError(f"exchange request {exchange_request_id!r} is {request['status']!r}; it must be 'open'")
    request["status"] = "cancelled"
    return dict(request)


TOOLS = {
    tool.__name__: tool
    for tool in (
        cancel_exchange_request,
        change_user_email,
        count_orders,
        find_user_id_by_email,
        get_exchange_request,
        get_order_details,
        get_product_details,
        get_user_details,
        list_orders,
        update_user_address,
    )
}
