"""Tools of the logistics domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Customer, Driver, Shipment, TrackingEvent, Warehouse

CancelReason = Literal["customer_request", "damaged_goods", "wrong_address", "out_of_stock"]
DriverStatus = Literal["available", "resting", "suspended"]
EventType = Literal[
    "departed",
    "arrived_at_hub",
    "customs_cleared",
    "delayed",
    "out_for_delivery",
    "delivery_attempted",
]
LicenceClass = Literal["van", "rigid_truck", "articulated_truck"]
ServiceLevel = Literal["economy", "standard", "express"]
Status = Literal["pending", "assigned", "dispatched", "delivered", "cancelled"]


@write
def add_tracking_event(
    session: Session,
    shipment_id: str,
    event_type: EventType,
    city: str,
    note: str | None = None,
) -> TrackingEvent:
    """Add a step to a shipment's journey."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status != "dispatched":
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'dispatched'")
    tracking_event = TrackingEvent(
        tracking_event_id=new_id(session, TrackingEvent),
        shipment_id=shipment_id,
        event_type=event_type,
        city=city,
        note=note,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(tracking_event)
    return tracking_event


@write
def assign_driver(session: Session, shipment_id: str, driver_id: str) -> Shipment:
    """Assign a driver to a shipment."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status != "pending":
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'pending'")
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status != "available":
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'available'")
    shipment.driver_id = driver_id
    shipment.status = "assigned"
    session.add(shipment)
    return shipment


@write
def cancel_shipment(session: Session, shipment_id: str, cancel_reason: CancelReason) -> Shipment:
    """Cancel a shipment that has not left the warehouse."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status not in ("pending", "assigned"):
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'pending' or 'assigned'")
    shipment.cancel_reason = cancel_reason
    shipment.status = "cancelled"
    origin_warehouse = session.get_one(Warehouse, shipment.origin_warehouse_id)
    origin_warehouse.slots_available += 1
    session.add(origin_warehouse)
    session.add(shipment)
    return shipment


@write
def change_delivery_address(session: Session, shipment_id: str, address: str, city: str, postal_code: str) -> Shipment:
    """Change the address a shipment goes to."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status not in ("pending", "assigned"):
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'pending' or 'assigned'")
    shipment.address = address
    shipment.city = city
    shipment.postal_code = postal_code
    session.add(shipment)
    return shipment


@write
def change_service_level(session: Session, shipment_id: str, service_level: ServiceLevel) -> Shipment:
    """Change how fast a shipment is carried."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status not in ("pending", "assigned"):
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'pending' or 'assigned'")
    shipment.service_level = service_level
    session.add(shipment)
    return shipment


@read
def count_shipments(
    session: Session,
    origin_warehouse_id: str | None = None,
    customer_id: str | None = None,
    status: Status | None = None,
) -> int:
    """Count shipments, optionally only those of one warehouse, of one customer or with one status."""
    query = select(Shipment)
    if origin_warehouse_id is not None:
        query = query.where(Shipment.origin_warehouse_id == origin_warehouse_id)
    if customer_id is not None:
        query = query.where(Shipment.customer_id == customer_id)
    if status is not None:
        query = query.where(Shipment.status == status)
    return len(session.exec(query).all())


@write
def create_shipment(
    session: Session,
    customer_id: str,
    origin_warehouse_id: str,
    goods_description: str,
    weight_kg: float,
    address: str,
    city: str,
    postal_code: str,
    country: str,
    service_level: ServiceLevel = "standard",
) -> Shipment:
    """Book a shipment from a warehouse to an address."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if customer.status != "active":
        raise ToolError(f"customer {customer_id!r} is {customer.status!r}; it must be 'active'")
    origin_warehouse = session.get(Warehouse, origin_warehouse_id)
    if origin_warehouse is None:
        raise ToolError(f"warehouse {origin_warehouse_id!r} not found")
    if origin_warehouse.slots_available < 1:
        raise ToolError(
            f"warehouse {origin_warehouse_id!r}: slots available is {origin_warehouse.slots_available!r}, {1!r} needed"
        )
    origin_warehouse.slots_available -= 1
    session.add(origin_warehouse)
    shipment = Shipment(
        shipment_id=new_id(session, Shipment),
        customer_id=customer_id,
        origin_warehouse_id=origin_warehouse_id,
        goods_description=goods_description,
        weight_kg=weight_kg,
        service_level=service_level,
        address=address,
        city=city,
        postal_code=postal_code,
        country=country,
        status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(shipment)
    return shipment


@write
def deliver_shipment(session: Session, shipment_id: str, received_by: str) -> Shipment:
    """Record that a shipment reached its recipient."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status != "dispatched":
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'dispatched'")
    shipment.received_by = received_by
    shipment.status = "delivered"
    session.add(shipment)
    return shipment


@write
def dispatch_shipment(session: Session, shipment_id: str) -> Shipment:
    """Send a shipment on its way."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    if shipment.status != "assigned":
        raise ToolError(f"shipment {shipment_id!r} is {shipment.status!r}; it must be 'assigned'")
    shipment.status = "dispatched"
    origin_warehouse = session.get_one(Warehouse, shipment.origin_warehouse_id)
    origin_warehouse.slots_available += 1
    session.add(origin_warehouse)
    session.add(shipment)
    return shipment


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer whose contact has an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_customer(session: Session, customer_id: str) -> Customer:
    """Get a customer's company name, contact and status."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    return customer


@read
def get_driver_status(session: Session, driver_id: str) -> dict[str, Any]:
    """Get whether a driver can take shipments."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    return {"driver_id": driver.driver_id, "status": driver.status}


@read
def get_shipment(session: Session, shipment_id: str) -> Shipment:
    """Get a shipment with its goods, recipient address, driver and status."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    return shipment


@read
def get_warehouse(session: Session, warehouse_id: str) -> Warehouse:
    """Get a warehouse and its free storage slots."""
    warehouse = session.get(Warehouse, warehouse_id)
    if warehouse is None:
        raise ToolError(f"warehouse {warehouse_id!r} not found")
    return warehouse


@read
def list_drivers(
    session: Session,
    home_warehouse_id: str | None = None,
    licence_class: LicenceClass | None = None,
    status: DriverStatus | None = None,
    limit: int = 20,
) -> list[Driver]:
    """List drivers, optionally only those of one warehouse, with one class of licence or with one status."""
    query = select(Driver).order_by(Driver.driver_id)
    if home_warehouse_id is not None:
        query = query.where(Driver.home_warehouse_id == home_warehouse_id)
    if licence_class is not None:
        query = query.where(Driver.licence_class == licence_class)
    if status is not None:
        query = query.where(Driver.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_shipments(
    session: Session,
    customer_id: str | None = None,
    origin_warehouse_id: str | None = None,
    driver_id: str | None = None,
    status: Status | None = None,
    service_level: ServiceLevel | None = None,
    limit: int = 20,
) -> list[Shipment]:
    """List shipments, optionally only those of one customer, warehouse, driver, status or service level."""
    query = select(Shipment).order_by(Shipment.shipment_id)
    if customer_id is not None:
        query = query.where(Shipment.customer_id == customer_id)
    if origin_warehouse_id is not None:
        query = query.where(Shipment.origin_warehouse_id == origin_warehouse_id)
    if driver_id is not None:
        query = query.where(Shipment.driver_id == driver_id)
    if status is not None:
        query = query.where(Shipment.status == status)
    if service_level is not None:
        query = query.where(Shipment.service_level == service_level)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_tracking_events(
    session: Session,
    shipment_id: str,
    event_type: EventType | None = None,
    limit: int = 20,
) -> list[TrackingEvent]:
    """List the tracking events of a shipment, optionally only those of one type."""
    if session.get(Shipment, shipment_id) is None:
        raise ToolError(f"shipment {shipment_id!r} not found")
    query = (
        select(TrackingEvent).where(TrackingEvent.shipment_id == shipment_id).order_by(TrackingEvent.tracking_event_id)
    )
    if event_type is not None:
        query = query.where(TrackingEvent.event_type == event_type)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_warehouses(
    session: Session,
    city: str | None = None,
    country: str | None = None,
    min_slots_available: int | None = None,
    limit: int = 20,
) -> list[Warehouse]:
    """List warehouses, optionally only those in one city or country or with enough free slots."""
    query = select(Warehouse).order_by(Warehouse.warehouse_id)
    if city is not None:
        query = query.where(Warehouse.city == city)
    if country is not None:
        query = query.where(Warehouse.country == country)
    if min_slots_available is not None:
        query = query.where(Warehouse.slots_available >= min_slots_available)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def register_customer(
    session: Session,
    company_name: str,
    first_name: str,
    last_name: str,
    email: str,
    phone: str | None = None,
) -> Customer:
    """Register a business as a customer."""
    customer = Customer(
        customer_id=new_id(session, Customer),
        company_name=company_name,
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(customer)
    return customer


@read
def search_shipments(
    session: Session,
    query_: str,
    customer_id: str | None = None,
    min_weight_kg: float | None = None,
    max_weight_kg: float | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 20,
) -> list[Shipment]:
    """Search shipments by what they carry, by weight and by the time they were booked."""
    query = (
        select(Shipment)
        .where(Shipment.goods_description.icontains(query_, autoescape=True))
        .order_by(Shipment.shipment_id)
    )
    if customer_id is not None:
        query = query.where(Shipment.customer_id == customer_id)
    if min_weight_kg is not None:
        query = query.where(Shipment.weight_kg >= min_weight_kg)
    if max_weight_kg is not None:
        query = query.where(Shipment.weight_kg <= max_weight_kg)
    if created_after is not None:
        query = query.where(Shipment.created_at >= created_after)
    if created_before is not None:
        query = query.where(Shipment.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_driver_status(session: Session, driver_id: str, status: DriverStatus) -> Driver:
    """Set whether a driver can take shipments."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    driver.status = status
    session.add(driver)
    return driver


@write
def update_customer(session: Session, customer_id: str, email: str | None = None, phone: str | None = None) -> Customer:
    """Update a customer's contact details."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        customer.email = email
    if phone is not None:
        customer.phone = phone
    session.add(customer)
    return customer
