"""Tools of the warehouse domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Clock, DeliveryItem, InboundDelivery, Pallet, PickItem, PickOrder, Product, Worker, Zone

CancelReason = Literal["customer_request", "damaged_goods", "duplicate", "address_problem"]
Dock = Literal["D1", "D2", "D3", "D4", "D5"]
Handling = Literal["standard", "fragile", "heavy", "flammable", "chilled"]
InboundDeliveryStatus = Literal["announced", "received", "cancelled"]
PalletStatus = Literal["stored", "quarantined", "removed"]
Priority = Literal["low", "normal", "urgent"]
QuarantineReason = Literal["damaged", "recall", "wrong_goods", "pest"]
Shift = Literal["morning", "evening", "night"]
Status = Literal["open", "assigned", "picked", "shipped", "cancelled"]
Temperature = Literal["ambient", "cool", "frozen"]
WorkerStatus = Literal["on_duty", "on_break", "absent"]


@write
def announce_inbound_delivery(
    session: Session,
    supplier: str,
    items: list[dict[str, Any]],
    expected_date: str,
    dock: Dock,
) -> dict[str, Any]:
    """Announce goods that a supplier will bring."""
    if not items:
        raise ToolError("items is empty; give at least one")
    inbound_delivery = InboundDelivery(
        inbound_delivery_id=new_id(session, InboundDelivery),
        supplier=supplier,
        expected_date=expected_date,
        dock=dock,
        status="announced",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(inbound_delivery)
    session.flush()
    for line in items:
        if session.get(Product, line["product_code"]) is None:
            raise ToolError(f"product {line['product_code']!r} not found")
        session.add(
            DeliveryItem(
                delivery_item_id=new_id(session, DeliveryItem),
                inbound_delivery_id=inbound_delivery.inbound_delivery_id,
                product_code=line["product_code"],
                quantity=line["quantity"],
            )
        )
        session.flush()
    return nest(
        inbound_delivery,
        items=session.exec(
            select(DeliveryItem)
            .where(DeliveryItem.inbound_delivery_id == inbound_delivery.inbound_delivery_id)
            .order_by(DeliveryItem.delivery_item_id)
        ).all(),
    )


@write
def assign_pick_order(session: Session, pick_order_id: str, worker_id: str) -> dict[str, Any]:
    """Assign a worker to a pick order."""
    pick_order = session.get(PickOrder, pick_order_id)
    if pick_order is None:
        raise ToolError(f"pick order {pick_order_id!r} not found")
    if pick_order.status != "open":
        raise ToolError(f"pick order {pick_order_id!r} is {pick_order.status!r}; it must be 'open'")
    worker = session.get(Worker, worker_id)
    if worker is None:
        raise ToolError(f"worker {worker_id!r} not found")
    if worker.status != "on_duty":
        raise ToolError(f"worker {worker_id!r} is {worker.status!r}; it must be 'on_duty'")
    pick_order.worker_id = worker_id
    pick_order.status = "assigned"
    session.add(pick_order)
    session.flush()
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@write
def cancel_inbound_delivery(session: Session, inbound_delivery_id: str) -> dict[str, Any]:
    """Cancel a delivery that will not come."""
    inbound_delivery = session.get(InboundDelivery, inbound_delivery_id)
    if inbound_delivery is None:
        raise ToolError(f"inbound delivery {inbound_delivery_id!r} not found")
    if inbound_delivery.status != "announced":
        raise ToolError(
            f"inbound delivery {inbound_delivery_id!r} is {inbound_delivery.status!r}; it must be 'announced'"
        )
    inbound_delivery.status = "cancelled"
    session.add(inbound_delivery)
    session.flush()
    return nest(
        inbound_delivery,
        items=session.exec(
            select(DeliveryItem)
            .where(DeliveryItem.inbound_delivery_id == inbound_delivery.inbound_delivery_id)
            .order_by(DeliveryItem.delivery_item_id)
        ).all(),
    )


@write
def cancel_pick_order(session: Session, pick_order_id: str, cancel_reason: CancelReason) -> dict[str, Any]:
    """Cancel a pick order."""
    pick_order = session.get(PickOrder, pick_order_id)
    if pick_order is None:
        raise ToolError(f"pick order {pick_order_id!r} not found")
    if pick_order.status not in ("open", "assigned"):
        raise ToolError(f"pick order {pick_order_id!r} is {pick_order.status!r}; it must be 'open' or 'assigned'")
    pick_order.cancel_reason = cancel_reason
    pick_order.status = "cancelled"
    for item in session.exec(select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id)).all():
        product_code_row = session.get_one(Product, item.product_code)
        product_code_row.stock += item.quantity
        session.add(product_code_row)
    session.add(pick_order)
    session.flush()
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@read
def count_pick_orders(
    session: Session,
    worker_id: str | None = None,
    priority: Priority | None = None,
    status: Status | None = None,
) -> int:
    """Count pick orders, optionally only those of one worker, with one priority or with one status."""
    query = select(PickOrder)
    if worker_id is not None:
        query = query.where(PickOrder.worker_id == worker_id)
    if priority is not None:
        query = query.where(PickOrder.priority == priority)
    if status is not None:
        query = query.where(PickOrder.status == status)
    return len(session.exec(query).all())


@write
def create_pick_order(
    session: Session,
    customer_reference: str,
    items: list[dict[str, Any]],
    priority: Priority = "normal",
) -> dict[str, Any]:
    """Create a pick order for one shipment."""
    if not items:
        raise ToolError("items is empty; give at least one")
    pick_order = PickOrder(
        pick_order_id=new_id(session, PickOrder),
        customer_reference=customer_reference,
        priority=priority,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(pick_order)
    session.flush()
    for line in items:
        product_code_row = session.get(Product, line["product_code"])
        if product_code_row is None:
            raise ToolError(f"product {line['product_code']!r} not found")
        if product_code_row.stock < line["quantity"]:
            raise ToolError(
                f"product {line['product_code']!r}: stock is {product_code_row.stock!r}, {line['quantity']!r} needed"
            )
        product_code_row.stock -= line["quantity"]
        session.add(product_code_row)
        session.add(
            PickItem(
                pick_item_id=new_id(session, PickItem),
                pick_order_id=pick_order.pick_order_id,
                product_code=line["product_code"],
                quantity=line["quantity"],
            )
        )
        session.flush()
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@read
def find_product_by_barcode(session: Session, barcode: str) -> Product:
    """Find the product with a barcode."""
    query = select(Product).where(Product.barcode == barcode).order_by(Product.product_code)
    product = session.exec(query).first()
    if product is None:
        raise ToolError(f"no product matches barcode {barcode!r}")
    return product


@read
def get_pick_order(session: Session, pick_order_id: str) -> dict[str, Any]:
    """Get a pick order with its goods, worker and status."""
    pick_order = session.get(PickOrder, pick_order_id)
    if pick_order is None:
        raise ToolError(f"pick order {pick_order_id!r} not found")
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@read
def get_product(session: Session, product_code: str) -> Product:
    """Get a product with its stock, reorder level and handling."""
    product = session.get(Product, product_code)
    if product is None:
        raise ToolError(f"product {product_code!r} not found")
    return product


@read
def list_inbound_deliveries(
    session: Session,
    supplier: str | None = None,
    dock: Dock | None = None,
    status: InboundDeliveryStatus | None = None,
    expected_after: str | None = None,
    expected_before: str | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """List inbound deliveries, optionally only those of one supplier, at one dock, with one status or expected in a period."""
    query = select(InboundDelivery).order_by(InboundDelivery.inbound_delivery_id)
    if supplier is not None:
        query = query.where(InboundDelivery.supplier == supplier)
    if dock is not None:
        query = query.where(InboundDelivery.dock == dock)
    if status is not None:
        query = query.where(InboundDelivery.status == status)
    if expected_after is not None:
        query = query.where(InboundDelivery.expected_date >= expected_after)
    if expected_before is not None:
        query = query.where(InboundDelivery.expected_date <= expected_before)
    query = query.limit(limit)
    return [
        nest(
            inbound_delivery,
            items=session.exec(
                select(DeliveryItem)
                .where(DeliveryItem.inbound_delivery_id == inbound_delivery.inbound_delivery_id)
                .order_by(DeliveryItem.delivery_item_id)
            ).all(),
        )
        for inbound_delivery in session.exec(query)
    ]


@read
def list_pallets(
    session: Session,
    product_code: str | None = None,
    zone_id: str | None = None,
    status: PalletStatus | None = None,
    use_by_before: str | None = None,
    limit: int = 25,
) -> list[Pallet]:
    """List pallets, optionally only those with one product, in one zone, with one status or to be used by a day."""
    query = select(Pallet).order_by(Pallet.pallet_id)
    if product_code is not None:
        query = query.where(Pallet.product_code == product_code)
    if zone_id is not None:
        query = query.where(Pallet.zone_id == zone_id)
    if status is not None:
        query = query.where(Pallet.status == status)
    if use_by_before is not None:
        query = query.where(Pallet.use_by_date <= use_by_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_pick_orders(
    session: Session,
    worker_id: str | None = None,
    priority: Priority | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """List pick orders, optionally only those of one worker, with one priority or with one status."""
    query = select(PickOrder).order_by(PickOrder.pick_order_id)
    if worker_id is not None:
        query = query.where(PickOrder.worker_id == worker_id)
    if priority is not None:
        query = query.where(PickOrder.priority == priority)
    if status is not None:
        query = query.where(PickOrder.status == status)
    query = query.limit(limit)
    return [
        nest(
            pick_order,
            items=session.exec(
                select(PickItem)
                .where(PickItem.pick_order_id == pick_order.pick_order_id)
                .order_by(PickItem.pick_item_id)
            ).all(),
        )
        for pick_order in session.exec(query)
    ]


@read
def list_workers(
    session: Session,
    shift: Shift | None = None,
    forklift_licence: bool | None = None,
    status: WorkerStatus | None = None,
    limit: int = 25,
) -> list[Worker]:
    """List workers, optionally only those on one shift, with a forklift licence or with one status."""
    query = select(Worker).order_by(Worker.worker_id)
    if shift is not None:
        query = query.where(Worker.shift == shift)
    if forklift_licence is not None:
        query = query.where(Worker.forklift_licence == forklift_licence)
    if status is not None:
        query = query.where(Worker.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_zones(
    session: Session,
    temperature: Temperature | None = None,
    min_slots_available: int | None = None,
    limit: int = 25,
) -> list[Zone]:
    """List zones, optionally only those at one temperature or with enough free slots."""
    query = select(Zone).order_by(Zone.zone_id)
    if temperature is not None:
        query = query.where(Zone.temperature == temperature)
    if min_slots_available is not None:
        query = query.where(Zone.slots_available >= min_slots_available)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_inbound_delivery_received(session: Session, inbound_delivery_id: str) -> dict[str, Any]:
    """Record that the goods of a delivery arrived."""
    inbound_delivery = session.get(InboundDelivery, inbound_delivery_id)
    if inbound_delivery is None:
        raise ToolError(f"inbound delivery {inbound_delivery_id!r} not found")
    if inbound_delivery.status != "announced":
        raise ToolError(
            f"inbound delivery {inbound_delivery_id!r} is {inbound_delivery.status!r}; it must be 'announced'"
        )
    inbound_delivery.status = "received"
    for item in session.exec(
        select(DeliveryItem).where(DeliveryItem.inbound_delivery_id == inbound_delivery.inbound_delivery_id)
    ).all():
        product_code_row = session.get_one(Product, item.product_code)
        product_code_row.stock += item.quantity
        session.add(product_code_row)
    session.add(inbound_delivery)
    session.flush()
    return nest(
        inbound_delivery,
        items=session.exec(
            select(DeliveryItem)
            .where(DeliveryItem.inbound_delivery_id == inbound_delivery.inbound_delivery_id)
            .order_by(DeliveryItem.delivery_item_id)
        ).all(),
    )


@write
def quarantine_pallet(session: Session, pallet_id: str, quarantine_reason: QuarantineReason) -> Pallet:
    """Quarantine a pallet so that nobody picks from it."""
    pallet = session.get(Pallet, pallet_id)
    if pallet is None:
        raise ToolError(f"pallet {pallet_id!r} not found")
    if pallet.status != "stored":
        raise ToolError(f"pallet {pallet_id!r} is {pallet.status!r}; it must be 'stored'")
    pallet.quarantine_reason = quarantine_reason
    pallet.status = "quarantined"
    session.add(pallet)
    return pallet


@read
def search_products(
    session: Session,
    query_: str | None = None,
    handling: Handling | None = None,
    min_stock: int | None = None,
    max_stock: int | None = None,
    discontinued: bool | None = None,
    limit: int = 25,
) -> list[Product]:
    """Search products by name, handling and stock."""
    query = select(Product).order_by(Product.product_code)
    if query_ is not None:
        query = query.where(Product.name.icontains(query_, autoescape=True))
    if handling is not None:
        query = query.where(Product.handling == handling)
    if min_stock is not None:
        query = query.where(Product.stock >= min_stock)
    if max_stock is not None:
        query = query.where(Product.stock <= max_stock)
    if discontinued is not None:
        query = query.where(Product.discontinued == discontinued)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_pick_order_priority(session: Session, pick_order_id: str, priority: Priority) -> dict[str, Any]:
    """Set the priority of a pick order."""
    pick_order = session.get(PickOrder, pick_order_id)
    if pick_order is None:
        raise ToolError(f"pick order {pick_order_id!r} not found")
    if pick_order.status not in ("open", "assigned"):
        raise ToolError(f"pick order {pick_order_id!r} is {pick_order.status!r}; it must be 'open' or 'assigned'")
    pick_order.priority = priority
    session.add(pick_order)
    session.flush()
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@write
def set_product_reorder_level(session: Session, product_code: str, reorder_level: int) -> Product:
    """Set the number of units below which more of a product should be ordered."""
    product = session.get(Product, product_code)
    if product is None:
        raise ToolError(f"product {product_code!r} not found")
    product.reorder_level = reorder_level
    session.add(product)
    return product


@write
def ship_pick_order(session: Session, pick_order_id: str) -> dict[str, Any]:
    """Hand the goods of a pick order to the carrier."""
    pick_order = session.get(PickOrder, pick_order_id)
    if pick_order is None:
        raise ToolError(f"pick order {pick_order_id!r} not found")
    if pick_order.status not in ("assigned", "picked"):
        raise ToolError(f"pick order {pick_order_id!r} is {pick_order.status!r}; it must be 'assigned' or 'picked'")
    pick_order.status = "shipped"
    session.add(pick_order)
    session.flush()
    return nest(
        pick_order,
        items=session.exec(
            select(PickItem).where(PickItem.pick_order_id == pick_order.pick_order_id).order_by(PickItem.pick_item_id)
        ).all(),
    )


@write
def store_pallet(
    session: Session,
    product_code: str,
    zone_id: str,
    units_on_pallet: int,
    use_by_date: str | None = None,
) -> Pallet:
    """Store a pallet in a zone."""
    if session.get(Product, product_code) is None:
        raise ToolError(f"product {product_code!r} not found")
    zone = session.get(Zone, zone_id)
    if zone is None:
        raise ToolError(f"zone {zone_id!r} not found")
    if zone.slots_available < 1:
        raise ToolError(f"zone {zone_id!r}: slots available is {zone.slots_available!r}, {1!r} needed")
    zone.slots_available -= 1
    session.add(zone)
    pallet = Pallet(
        pallet_id=new_id(session, Pallet),
        product_code=product_code,
        zone_id=zone_id,
        units_on_pallet=units_on_pallet,
        use_by_date=use_by_date,
        status="stored",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(pallet)
    return pallet


@write
def take_pallet_out(session: Session, pallet_id: str) -> Pallet:
    """Take a pallet out of its zone."""
    pallet = session.get(Pallet, pallet_id)
    if pallet is None:
        raise ToolError(f"pallet {pallet_id!r} not found")
    if pallet.status not in ("stored", "quarantined"):
        raise ToolError(f"pallet {pallet_id!r} is {pallet.status!r}; it must be 'stored' or 'quarantined'")
    pallet.status = "removed"
    zone = session.get_one(Zone, pallet.zone_id)
    zone.slots_available += 1
    session.add(zone)
    session.add(pallet)
    return pallet
