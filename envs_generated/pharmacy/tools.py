"""Tools of the pharmacy domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Clock, Customer, Fill, Interaction, Medicine, Order, OrderItem, Prescription

ContactBy = Literal["email", "text_message", "phone_call"]
DeliveryMethod = Literal["counter", "courier", "locker"]
Form = Literal["tablet", "capsule", "syrup", "cream", "eye_drops", "inhaler", "patch"]
InsurancePlan = Literal["none", "basic", "plus", "senior"]
OrderStatus = Literal["placed", "packed", "handed_over", "cancelled"]
PrescriptionStatus = Literal["pending_review", "active", "expired", "cancelled"]
SaleStatus = Literal["unrestricted", "prescription_only", "discontinued"]
Severity = Literal["minor", "moderate", "severe"]
Status = Literal["queued", "ready", "collected", "cancelled"]


@write
def approve_prescription(session: Session, prescription_id: str) -> Prescription:
    """Approve a prescription after a pharmacist has checked it."""
    prescription = session.get(Prescription, prescription_id)
    if prescription is None:
        raise ToolError(f"prescription {prescription_id!r} not found")
    if prescription.status != "pending_review":
        raise ToolError(f"prescription {prescription_id!r} is {prescription.status!r}; it must be 'pending_review'")
    prescription.status = "active"
    session.add(prescription)
    return prescription


@write
def cancel_fill(session: Session, fill_id: str) -> Fill:
    """Cancel a fill that was not collected."""
    fill = session.get(Fill, fill_id)
    if fill is None:
        raise ToolError(f"fill {fill_id!r} not found")
    if fill.status not in ("queued", "ready"):
        raise ToolError(f"fill {fill_id!r} is {fill.status!r}; it must be 'queued' or 'ready'")
    fill.status = "cancelled"
    prescription = session.get_one(Prescription, fill.prescription_id)
    prescription.refills_remaining += 1
    session.add(prescription)
    session.add(fill)
    return fill


@write
def cancel_order(session: Session, order_id: str) -> dict[str, Any]:
    """Cancel an order before it is packed."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "placed":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'placed'")
    order.status = "cancelled"
    for item in session.exec(select(OrderItem).where(OrderItem.order_id == order.order_id)).all():
        medicine = session.get_one(Medicine, item.medicine_id)
        medicine.stock += item.quantity
        session.add(medicine)
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def cancel_prescription(session: Session, prescription_id: str) -> Prescription:
    """Cancel a prescription."""
    prescription = session.get(Prescription, prescription_id)
    if prescription is None:
        raise ToolError(f"prescription {prescription_id!r} not found")
    if prescription.status not in ("pending_review", "active"):
        raise ToolError(
            f"prescription {prescription_id!r} is {prescription.status!r}; it must be 'pending_review' or 'active'"
        )
    prescription.status = "cancelled"
    session.add(prescription)
    return prescription


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_customer(session: Session, customer_id: str) -> Customer:
    """Get a customer's contact details, insurance plan and preferred way of contact."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    return customer


@read
def get_medicine(session: Session, medicine_id: str) -> Medicine:
    """Get a medicine with its ingredient, strength, price and stock."""
    medicine = session.get(Medicine, medicine_id)
    if medicine is None:
        raise ToolError(f"medicine {medicine_id!r} not found")
    return medicine


@read
def get_order(session: Session, order_id: str) -> dict[str, Any]:
    """Get an order with its items, total and status."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def list_fills(
    session: Session,
    prescription_id: str | None = None,
    status: Status | None = None,
    pickup_date: str | None = None,
    limit: int = 30,
) -> list[Fill]:
    """List fills, optionally only those of one prescription, with one status or for one day."""
    query = select(Fill).order_by(Fill.fill_id)
    if prescription_id is not None:
        query = query.where(Fill.prescription_id == prescription_id)
    if status is not None:
        query = query.where(Fill.status == status)
    if pickup_date is not None:
        query = query.where(Fill.pickup_date == pickup_date)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_interactions(
    session: Session,
    medicine_id: str | None = None,
    other_medicine_id: str | None = None,
    severity: Severity | None = None,
    limit: int = 30,
) -> list[Interaction]:
    """List known interactions, optionally only those of one medicine, with a second one or of one severity."""
    query = select(Interaction).order_by(Interaction.interaction_id)
    if medicine_id is not None:
        query = query.where(Interaction.medicine_id == medicine_id)
    if other_medicine_id is not None:
        query = query.where(Interaction.other_medicine_id == other_medicine_id)
    if severity is not None:
        query = query.where(Interaction.severity == severity)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_orders(
    session: Session,
    customer_id: str | None = None,
    delivery_method: DeliveryMethod | None = None,
    status: OrderStatus | None = None,
    limit: int = 30,
) -> list[dict[str, Any]]:
    """List orders, optionally only those of one customer, with one way of delivery or with one status."""
    query = select(Order).order_by(Order.order_id)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if delivery_method is not None:
        query = query.where(Order.delivery_method == delivery_method)
    if status is not None:
        query = query.where(Order.status == status)
    query = query.limit(limit)
    return [
        nest(
            order,
            items=session.exec(
                select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
            ).all(),
        )
        for order in session.exec(query)
    ]


@read
def list_prescriptions(
    session: Session,
    customer_id: str | None = None,
    medicine_id: str | None = None,
    status: PrescriptionStatus | None = None,
    expires_before: str | None = None,
    limit: int = 30,
) -> list[Prescription]:
    """List prescriptions, optionally only those of one customer, for one medicine, with one status or that expire by a day."""
    query = select(Prescription).order_by(Prescription.prescription_id)
    if customer_id is not None:
        query = query.where(Prescription.customer_id == customer_id)
    if medicine_id is not None:
        query = query.where(Prescription.medicine_id == medicine_id)
    if status is not None:
        query = query.where(Prescription.status == status)
    if expires_before is not None:
        query = query.where(Prescription.expires_on <= expires_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_fill_ready(session: Session, fill_id: str) -> Fill:
    """Mark a fill as ready to collect."""
    fill = session.get(Fill, fill_id)
    if fill is None:
        raise ToolError(f"fill {fill_id!r} not found")
    if fill.status != "queued":
        raise ToolError(f"fill {fill_id!r} is {fill.status!r}; it must be 'queued'")
    fill.status = "ready"
    session.add(fill)
    return fill


@write
def place_order(
    session: Session,
    customer_id: str,
    items: list[dict[str, Any]],
    delivery_method: DeliveryMethod,
) -> dict[str, Any]:
    """Place an order of medicines for a customer."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if not items:
        raise ToolError("items is empty; give at least one")
    order = Order(
        order_id=new_id(session, Order),
        customer_id=customer_id,
        total=0.0,
        delivery_method=delivery_method,
        status="placed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(order)
    session.flush()
    for line in items:
        medicine = session.get(Medicine, line["medicine_id"])
        if medicine is None:
            raise ToolError(f"medicine {line['medicine_id']!r} not found")
        if medicine.sale_status != "unrestricted":
            raise ToolError(f"medicine {line['medicine_id']!r} is {medicine.sale_status!r}; it must be 'unrestricted'")
        if medicine.stock < line["quantity"]:
            raise ToolError(
                f"medicine {line['medicine_id']!r}: stock is {medicine.stock!r}, {line['quantity']!r} needed"
            )
        medicine.stock -= line["quantity"]
        session.add(medicine)
        order.total = round(order.total + medicine.price * line["quantity"], 2)
        session.add(
            OrderItem(
                order_item_id=new_id(session, OrderItem),
                order_id=order.order_id,
                medicine_id=line["medicine_id"],
                quantity=line["quantity"],
                unit_price=medicine.price,
            )
        )
        session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def request_fill(session: Session, prescription_id: str, pickup_date: str) -> Fill:
    """Request that a prescription is filled."""
    prescription = session.get(Prescription, prescription_id)
    if prescription is None:
        raise ToolError(f"prescription {prescription_id!r} not found")
    if prescription.status != "active":
        raise ToolError(f"prescription {prescription_id!r} is {prescription.status!r}; it must be 'active'")
    if prescription.refills_remaining < 1:
        raise ToolError(
            f"prescription {prescription_id!r}: refills remaining is {prescription.refills_remaining!r}, {1!r} needed"
        )
    prescription.refills_remaining -= 1
    session.add(prescription)
    fill = Fill(
        fill_id=new_id(session, Fill),
        prescription_id=prescription_id,
        pickup_date=pickup_date,
        status="queued",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(fill)
    return fill


@read
def search_medicines(
    session: Session,
    query_: str | None = None,
    active_ingredient: str | None = None,
    form: Form | None = None,
    sale_status: SaleStatus | None = None,
    max_price: float | None = None,
    min_stock: int | None = None,
    limit: int = 30,
) -> list[Medicine]:
    """Search the medicines by brand name, ingredient, form, way of sale, price and stock."""
    query = select(Medicine).order_by(Medicine.medicine_id)
    if query_ is not None:
        query = query.where(Medicine.name.icontains(query_, autoescape=True))
    if active_ingredient is not None:
        query = query.where(Medicine.active_ingredient == active_ingredient)
    if form is not None:
        query = query.where(Medicine.form == form)
    if sale_status is not None:
        query = query.where(Medicine.sale_status == sale_status)
    if max_price is not None:
        query = query.where(Medicine.price <= max_price)
    if min_stock is not None:
        query = query.where(Medicine.stock >= min_stock)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_prescription(
    session: Session,
    customer_id: str,
    medicine_id: str,
    prescriber: str,
    dosage: str,
    refills_remaining: int,
    expires_on: str,
) -> Prescription:
    """Hand in a prescription for a customer."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if session.get(Medicine, medicine_id) is None:
        raise ToolError(f"medicine {medicine_id!r} not found")
    prescription = Prescription(
        prescription_id=new_id(session, Prescription),
        customer_id=customer_id,
        medicine_id=medicine_id,
        prescriber=prescriber,
        dosage=dosage,
        refills_remaining=refills_remaining,
        expires_on=expires_on,
        status="pending_review",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(prescription)
    return prescription


@write
def update_customer_preferences(
    session: Session,
    customer_id: str,
    insurance_plan: InsurancePlan | None = None,
    contact_by: ContactBy | None = None,
) -> Customer:
    """Change the insurance plan of a customer or how the customer is contacted."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if insurance_plan is None and contact_by is None:
        raise ToolError("nothing to change; give insurance_plan or contact_by")
    if insurance_plan is not None:
        customer.insurance_plan = insurance_plan
    if contact_by is not None:
        customer.contact_by = contact_by
    session.add(customer)
    return customer
