"""The gate proves its laws: each of these mutants of a right tool must be killed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentgym.build.induction.binding import Bound
from agentgym.build.induction.understanding import Understood, understand
from agentgym.build.materialise import Materialised, materialise
from agentgym.build.proof.gate import prove
from agentgym.importing.importing import Inputs, import_world
from agentgym.registry import bundled
from agentgym.types import Domain, Rejection
from tests.specs import BANK, SHOP, STRING, tool
from tests.workshop import POLICY, STATE, TOOLS

MUTANTS = {
    "a dropped filter": ("list_orders", "where(Order.status == status)", "where(Order.order_id != status)"),
    "a swapped bound": ("search_products", "Product.price <= max_price", "Product.price >= max_price"),
    "a read that writes": (
        "get_product",
        "    return product",
        '    product.name = "x"\n    session.add(product)\n    return product',
    ),
    "a missing check": (
        "get_order",
        "    if order is None:\n        raise ToolError",
        "    if order_id is None:\n        raise ToolError",
    ),
    "a write to the wrong row": (
        "update_product",
        "session.get(Product, product_id)",
        "session.exec(select(Product)).first()",
    ),
    "a write that is lost": ("update_product", "product.name = name", "product.name = product.name"),
    "a status that is not reached": ("cancel_order", 'order.status = "cancelled"', 'order.status = "shipped"'),
    "a creation that is not": ("place_order", "    session.add(order)\n", ""),
    "a deletion that is not": ("delete_product", "    session.delete(product)\n", ""),
    "an ignored limit": ("search_products", "query = query.limit(limit)", "query = query.limit(limit + 1)"),
    "a foreign error": ("place_order", "product.stock -= quantity", "product.stock -= [quantity][9]"),
    "a default the spec lacks": ("get_product", "product_id: str)", 'product_id: str = "PRD-1")'),
}


COMMITTED = {
    "a cancellation without its guard": (
        "retail",
        "cancel_pending_order",
        'if order.status != "pending":',
        'if order.status == "lost":',
    ),
    "stock that does not come back": (
        "retail",
        "cancel_pending_order",
        "product.stock += item.quantity",
        "product.stock += 0",
    ),
    "a change nobody declared": (
        "retail",
        "cancel_pending_order",
        "order.cancel_reason = reason",
        'order.cancel_reason = reason\n    order.address = ""',
    ),
    "a look-up that ignores what it is given": ("retail", "find_user_id_by_email", ".where(User.email == email)", ""),
    "money that does not arrive": (
        "banking",
        "transfer_funds",
        "to_account.balance + amount",
        "to_account.balance + 0",
    ),
    "a transfer that pays the payer": (
        "banking",
        "transfer_funds",
        "from_account.balance - amount",
        "from_account.balance + amount",
    ),
    "a transfer nobody can afford": (
        "banking",
        "transfer_funds",
        "if from_account.balance < amount:",
        "if from_account.balance < 0:",
    ),
    "a card that freezes all cards": (
        "banking",
        "freeze_card",
        '    card.status = "frozen"\n',
        '    for one in session.exec(select(Card)).all():\n        one.status = "frozen"\n        session.add(one)\n',
    ),
    "a count of nothing": ("hotel", "count_bookings", "len(session.exec(query).all())", "0"),
    "the first row for any key": (
        "hotel",
        "get_hotel_details",
        "    return hotel",
        "    return session.exec(select(Hotel)).first()",
    ),
    "a search that finds nothing": (
        "hotel",
        "search_hotels",
        "order_by(Hotel.hotel_id)",
        "order_by(Hotel.hotel_id).where(Hotel.hotel_id < '0')",
    ),
    "an order with everybody's lines": (
        "retail",
        "get_order_details",
        ".where(OrderItem.order_id == order.order_id)",
        "",
    ),
    "an order for nothing": ("retail", "place_order", "order.total + product.price", "order.total + 0 * product.price"),
    "a transfer that is always refused": (
        "banking",
        "transfer_funds",
        "if to_account_id == from_account_id:",
        "if to_account_id != from_account_id:",
    ),
    "a guest nobody knows": ("hotel", "find_guest_by_email", "if guest is None:", "if email is None:"),
    "a stay for free": ("hotel", "book_room", "round(room_type.nightly_rate * nights, 2)", "0.0"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "shop"
    made = materialise(Domain(name="shop", tools=SHOP), folder)
    assert made.gated == len(SHOP), f"Only {made.gated} of the shop's tools passed: {made.rejections}"
    return folder


def test_a_right_domain_passes_and_every_law_was_tried(shop: Path) -> None:
    report = prove(shop)
    assert not report.failures
    assert {
        "what was created can be got",
        "what was deleted cannot be got",
        "a list holds all and only matching rows",
    } <= set(report.laws)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_killed(name: str, shop: Path, tmp_path: Path) -> None:
    assert killed(shop, tmp_path, *MUTANTS[name]), f"{name} in {MUTANTS[name][0]} was not noticed."


@pytest.mark.parametrize("name", COMMITTED)
def test_a_mutant_of_a_committed_domain_is_killed(name: str, tmp_path: Path) -> None:
    domain, *mutation = COMMITTED[name]
    assert killed(bundled() / domain, tmp_path, *mutation), f"{name} in {mutation[0]} was not noticed."


def killed(domain: Path, scratch: Path, broken: str, old: str, new: str) -> bool:
    """Whether the gate rejects ``broken`` once ``old`` is ``new`` in it."""
    folder = scratch / domain.name
    shutil.copytree(domain, folder)
    path = folder / "tools.py"
    head, mark, tail = path.read_text("utf-8").partition(f"def {broken}(")
    assert old in tail.split("\n\n\n")[0], f"{broken} no longer has {old!r}; write the mutant anew."
    path.write_text(head + mark + tail.replace(old, new, 1), encoding="utf-8")
    return any(failure.subject.endswith(f".{broken}") for failure in prove(folder).failures)


def test_the_same_domain_gives_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    materialise(Domain(name="shop", tools=SHOP), tmp_path / "shop")
    for name in ("domain.json", "schema.py", "tools.py", "policy.md", "seed.json"):
        assert (shop / name).read_bytes() == (tmp_path / "shop" / name).read_bytes(), (
            f"{name} differs between two builds."
        )


def _made(tmp_path: Path, *tools: object) -> Materialised:
    return materialise(Domain(name="odd", tools=tuple(tools)), tmp_path / "odd")


def test_too_small_a_domain_leaves_no_folder(tmp_path: Path) -> None:
    made = _made(tmp_path, *BANK[:2])
    assert made.domain is None and not (tmp_path / "odd").exists()
    assert made.rejections[-1].reason == "too few tools passed"
    assert list(tmp_path.iterdir()) == [], f"Left behind: {list(tmp_path.iterdir())}"


def test_unbound_tools_are_named_and_the_rest_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_ping(*asked: Any) -> Understood:
        made = understand(*asked)
        bindings = tuple(binding for binding in made.bound.bindings if binding.tool != "ping")
        tools = tuple(spec for spec in made.bound.tools if spec.name != "ping")
        reason = Rejection(stage="bind", subject="shop.ping", reason="no table is recognisable")
        return replace(made, bound=Bound(bindings, tools, (*made.bound.rejections, reason)))

    monkeypatch.setattr("agentgym.build.materialise.understand", without_ping)
    made = _made(tmp_path, *BANK, tool("ping", required=("host",), host=STRING))
    assert made.domain is not None and len(made.domain.tools) == len(BANK)
    assert ("shop.ping", "no table is recognisable") in [(each.subject, each.reason) for each in made.rejections]
    assert made.coverage["a tool succeeds on its own rows"] == len(BANK), "the gate tells how many tools met each law"


def imported(folder: Path) -> Path:
    """A domain whose tools have no bindings."""
    import_world(Inputs(TOOLS, STATE, POLICY, "workshop"), folder / "workshop")
    return folder / "workshop"


def test_tools_without_bindings_are_proven_by_how_they_behave(tmp_path: Path) -> None:
    report = prove(imported(tmp_path))
    assert not report.failures, f"imported tools broke laws: {report.failures}"
    assert "change_ticket_note" in report.passed, f"an imported tool is not proven, only {report.passed}"
    assert report.coverage["a refusal leaves no trace"] == len(report.passed), "not every tool was tried on the laws"


@pytest.mark.parametrize(
    ("law", "tool", "code", "mutant"),
    [
        ("a tool raises nothing but ToolError", "get_ticket_details", "if ticket is None:", "if ticket == 1:"),
        ("the signature requires what the spec requires", "change_ticket_note", "note: str)", 'note: str = "x")'),
    ],
)
def test_a_tool_without_a_binding_that_misbehaves_is_named(
    tmp_path: Path, law: str, tool: str, code: str, mutant: str
) -> None:
    folder = imported(tmp_path)
    text = (folder / "tools.py").read_text("utf-8")
    start = text.index(f"def {tool}(")
    assert code in text[start:], f"{tool} has no {code!r}: the test needs another mutant"
    (folder / "tools.py").write_text(text[:start] + text[start:].replace(code, mutant, 1), "utf-8")
    failures = prove(folder).failures
    assert [(one.subject, one.reason) for one in failures] == [(tool, law)], f"the gate found {failures}"
