"""Tools of the event tickets domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, nest, new_id, read, write

from .schema import Buyer, Clock, Event, Order, OrderItem, TicketType, Venue, WaitlistEntry

CancelReason = Literal["changed_mind", "wrong_date", "bought_elsewhere", "cannot_attend"]
Category = Literal["concert", "theatre", "comedy", "sport", "festival", "dance"]
DeliveryMethod = Literal["mobile", "print_at_home", "box_office", "post"]
EventStatus = Literal["draft", "on_sale", "postponed", "cancelled", "held"]
PaymentMethod = Literal["credit_card", "debit_card", "bank_transfer", "voucher"]
PostponeReason = Literal["weather", "illness", "venue_problem", "low_demand"]
Status = Literal["reserved", "paid", "refunded", "cancelled"]
WaitlistEntryStatus = Literal["waiting", "offered", "expired"]


@write
def add_ticket_type(
    session: Session,
    event_id: str,
    name: str,
    price: float,
    tickets_available: int,
    max_per_order: int = 6,
) -> TicketType:
    """Add a ticket type to an event."""
    if session.get(Event, event_id) is None:
        raise ToolError(f"event {event_id!r} not found")
    ticket_type = TicketType(
        ticket_type_id=new_id(session, TicketType),
        event_id=event_id,
        name=name,
        price=price,
        tickets_available=tickets_available,
        max_per_order=max_per_order,
    )
    session.add(ticket_type)
    return ticket_type


@write
def cancel_event(session: Session, event_id: str) -> Event:
    """Cancel an event."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status not in ("draft", "on_sale", "postponed"):
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'draft', 'on_sale' or 'postponed'")
    event.status = "cancelled"
    session.add(event)
    return event


@write
def cancel_order(session: Session, order_id: str, cancel_reason: CancelReason) -> dict[str, Any]:
    """Cancel an order that was not paid."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "reserved":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'reserved'")
    order.cancel_reason = cancel_reason
    order.status = "cancelled"
    for item in session.exec(select(OrderItem).where(OrderItem.order_id == order.order_id)).all():
        ticket_type = session.get_one(TicketType, item.ticket_type_id)
        ticket_type.tickets_available += item.quantity
        session.add(ticket_type)
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def change_order_delivery(session: Session, order_id: str, delivery_method: DeliveryMethod) -> dict[str, Any]:
    """Change how the tickets of an order reach the buyer."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status not in ("reserved", "paid"):
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'reserved' or 'paid'")
    order.delivery_method = delivery_method
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def change_ticket_price(session: Session, ticket_type_id: str, price: float) -> TicketType:
    """Change the price of a ticket type."""
    ticket_type = session.get(TicketType, ticket_type_id)
    if ticket_type is None:
        raise ToolError(f"ticket type {ticket_type_id!r} not found")
    ticket_type.price = price
    session.add(ticket_type)
    return ticket_type


@write
def create_event(
    session: Session,
    venue_id: str,
    title: str,
    category: Category,
    event_date: str,
    doors_open: str,
    minimum_age: int = 0,
) -> Event:
    """Create an event at a venue."""
    if session.get(Venue, venue_id) is None:
        raise ToolError(f"venue {venue_id!r} not found")
    event = Event(
        event_id=new_id(session, Event),
        venue_id=venue_id,
        title=title,
        category=category,
        event_date=event_date,
        doors_open=doors_open,
        minimum_age=minimum_age,
        status="draft",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(event)
    return event


@write
def create_waitlist_entry(
    session: Session,
    ticket_type_id: str,
    buyer_id: str,
    tickets_wanted: int = 2,
) -> WaitlistEntry:
    """Put a buyer on the waiting list for a ticket type."""
    if session.get(TicketType, ticket_type_id) is None:
        raise ToolError(f"ticket type {ticket_type_id!r} not found")
    if session.get(Buyer, buyer_id) is None:
        raise ToolError(f"buyer {buyer_id!r} not found")
    waitlist_entry = WaitlistEntry(
        waitlist_entry_id=new_id(session, WaitlistEntry),
        ticket_type_id=ticket_type_id,
        buyer_id=buyer_id,
        tickets_wanted=tickets_wanted,
        status="waiting",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(waitlist_entry)
    return waitlist_entry


@write
def delete_waitlist_entry(session: Session, waitlist_entry_id: str) -> WaitlistEntry:
    """Take a buyer off a waiting list."""
    waitlist_entry = session.get(WaitlistEntry, waitlist_entry_id)
    if waitlist_entry is None:
        raise ToolError(f"waitlist entry {waitlist_entry_id!r} not found")
    session.delete(waitlist_entry)
    return waitlist_entry


@read
def find_buyer_id_by_email(session: Session, email: str) -> str:
    """Find the identifier of the buyer with an email address."""
    query = select(Buyer).where(Buyer.email == email).order_by(Buyer.buyer_id)
    buyer = session.exec(query).first()
    if buyer is None:
        raise ToolError(f"no buyer matches email {email!r}")
    return buyer.buyer_id


@read
def get_buyer(session: Session, buyer_id: str) -> Buyer:
    """Get a buyer's name, contact details and newsletter setting."""
    buyer = session.get(Buyer, buyer_id)
    if buyer is None:
        raise ToolError(f"buyer {buyer_id!r} not found")
    return buyer


@read
def get_event_details(session: Session, event_id: str) -> Event:
    """Get an event with its venue, day, doors and status."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    return event


@read
def get_order_details(session: Session, order_id: str) -> dict[str, Any]:
    """Get an order with its items, total, delivery method and status."""
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
def list_orders(
    session: Session,
    buyer_id: str | None = None,
    status: Status | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """List orders, optionally only those of one buyer, with one status or placed in a period."""
    query = select(Order).order_by(Order.order_id)
    if buyer_id is not None:
        query = query.where(Order.buyer_id == buyer_id)
    if status is not None:
        query = query.where(Order.status == status)
    if created_after is not None:
        query = query.where(Order.created_at >= created_after)
    if created_before is not None:
        query = query.where(Order.created_at <= created_before)
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
def list_ticket_types(
    session: Session,
    event_id: str,
    max_price: float | None = None,
    min_tickets_available: int | None = None,
    limit: int = 25,
) -> list[TicketType]:
    """List the ticket types of an event, optionally only those up to a price or with enough tickets left."""
    if session.get(Event, event_id) is None:
        raise ToolError(f"event {event_id!r} not found")
    query = select(TicketType).where(TicketType.event_id == event_id).order_by(TicketType.ticket_type_id)
    if max_price is not None:
        query = query.where(TicketType.price <= max_price)
    if min_tickets_available is not None:
        query = query.where(TicketType.tickets_available >= min_tickets_available)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_waitlist_entries(
    session: Session,
    ticket_type_id: str | None = None,
    buyer_id: str | None = None,
    status: WaitlistEntryStatus | None = None,
    limit: int = 25,
) -> list[WaitlistEntry]:
    """List waitlist entries, optionally only those for one ticket type, of one buyer or with one status."""
    query = select(WaitlistEntry).order_by(WaitlistEntry.waitlist_entry_id)
    if ticket_type_id is not None:
        query = query.where(WaitlistEntry.ticket_type_id == ticket_type_id)
    if buyer_id is not None:
        query = query.where(WaitlistEntry.buyer_id == buyer_id)
    if status is not None:
        query = query.where(WaitlistEntry.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def open_event_sales(session: Session, event_id: str) -> Event:
    """Start to sell the tickets of an event."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status not in ("draft", "postponed"):
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'draft' or 'postponed'")
    event.status = "on_sale"
    session.add(event)
    return event


@write
def pay_order(session: Session, order_id: str, payment_method: PaymentMethod) -> dict[str, Any]:
    """Pay a reserved order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "reserved":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'reserved'")
    order.payment_method = payment_method
    order.status = "paid"
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@write
def place_order(
    session: Session,
    buyer_id: str,
    items: list[dict[str, Any]],
    delivery_method: DeliveryMethod = "mobile",
) -> dict[str, Any]:
    """Place an order for tickets of one or more types."""
    if session.get(Buyer, buyer_id) is None:
        raise ToolError(f"buyer {buyer_id!r} not found")
    if not items:
        raise ToolError("items is empty; give at least one")
    order = Order(
        order_id=new_id(session, Order),
        buyer_id=buyer_id,
        status="reserved",
        total=0.0,
        delivery_method=delivery_method,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(order)
    session.flush()
    for line in items:
        ticket_type = session.get(TicketType, line["ticket_type_id"])
        if ticket_type is None:
            raise ToolError(f"ticket type {line['ticket_type_id']!r} not found")
        if ticket_type.tickets_available < line["quantity"]:
            raise ToolError(
                f"ticket type {line['ticket_type_id']!r}: tickets available is {ticket_type.tickets_available!r}, {line['quantity']!r} needed"
            )
        ticket_type.tickets_available -= line["quantity"]
        session.add(ticket_type)
        order.total = round(order.total + ticket_type.price * line["quantity"], 2)
        session.add(
            OrderItem(
                order_item_id=new_id(session, OrderItem),
                order_id=order.order_id,
                ticket_type_id=line["ticket_type_id"],
                quantity=line["quantity"],
                unit_price=ticket_type.price,
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
def postpone_event(session: Session, event_id: str, event_date: str, postpone_reason: PostponeReason) -> Event:
    """Postpone an event to a later day."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status != "on_sale":
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'on_sale'")
    event.event_date = event_date
    event.postpone_reason = postpone_reason
    event.status = "postponed"
    session.add(event)
    return event


@write
def refund_order(session: Session, order_id: str) -> dict[str, Any]:
    """Refund a paid order."""
    order = session.get(Order, order_id)
    if order is None:
        raise ToolError(f"order {order_id!r} not found")
    if order.status != "paid":
        raise ToolError(f"order {order_id!r} is {order.status!r}; it must be 'paid'")
    order.status = "refunded"
    for item in session.exec(select(OrderItem).where(OrderItem.order_id == order.order_id)).all():
        ticket_type = session.get_one(TicketType, item.ticket_type_id)
        ticket_type.tickets_available += item.quantity
        session.add(ticket_type)
    session.add(order)
    session.flush()
    return nest(
        order,
        items=session.exec(
            select(OrderItem).where(OrderItem.order_id == order.order_id).order_by(OrderItem.order_item_id)
        ).all(),
    )


@read
def search_events(
    session: Session,
    query_: str | None = None,
    category: Category | None = None,
    venue_id: str | None = None,
    event_after: str | None = None,
    event_before: str | None = None,
    status: EventStatus | None = None,
    limit: int = 25,
) -> list[Event]:
    """Search events by title, category, venue and day."""
    query = select(Event).order_by(Event.event_id)
    if query_ is not None:
        query = query.where(Event.title.icontains(query_, autoescape=True))
    if category is not None:
        query = query.where(Event.category == category)
    if venue_id is not None:
        query = query.where(Event.venue_id == venue_id)
    if event_after is not None:
        query = query.where(Event.event_date >= event_after)
    if event_before is not None:
        query = query.where(Event.event_date <= event_before)
    if status is not None:
        query = query.where(Event.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_venues(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    indoor: bool | None = None,
    min_capacity: int | None = None,
    limit: int = 25,
) -> list[Venue]:
    """Search venues by name, city and size."""
    query = select(Venue).order_by(Venue.venue_id)
    if query_ is not None:
        query = query.where(Venue.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Venue.city == city)
    if indoor is not None:
        query = query.where(Venue.indoor == indoor)
    if min_capacity is not None:
        query = query.where(Venue.capacity >= min_capacity)
    query = query.limit(limit)
    return list(session.exec(query))
