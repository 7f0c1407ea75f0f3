"""Tables of the event tickets domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Buyer(Base, table=True):
    """One buyer."""

    __tablename__ = "buyer"
    buyer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    city: str
    newsletter: bool


class Event(Base, table=True):
    """One event."""

    __tablename__ = "event"
    event_id: str = Field(primary_key=True)
    venue_id: str = Field(foreign_key="venue.venue_id", index=True)
    title: str
    category: str
    event_date: str
    doors_open: str
    minimum_age: int
    status: str
    postpone_reason: str | None = None
    created_at: str


class Order(Base, table=True):
    """One order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    buyer_id: str = Field(foreign_key="buyer.buyer_id", index=True)
    status: str
    total: float
    delivery_method: str
    payment_method: str | None = None
    cancel_reason: str | None = None
    created_at: str


class OrderItem(Base, table=True):
    """One order item."""

    __tablename__ = "order_item"
    order_item_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="order.order_id", index=True)
    ticket_type_id: str = Field(foreign_key="ticket_type.ticket_type_id", index=True)
    quantity: int
    unit_price: float


class TicketType(Base, table=True):
    """One ticket type."""

    __tablename__ = "ticket_type"
    ticket_type_id: str = Field(primary_key=True)
    event_id: str = Field(foreign_key="event.event_id", index=True)
    name: str
    price: float
    tickets_available: int
    max_per_order: int


class Venue(Base, table=True):
    """One venue."""

    __tablename__ = "venue"
    venue_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    country: str
    capacity: int
    indoor: bool


class WaitlistEntry(Base, table=True):
    """One waitlist entry."""

    __tablename__ = "waitlist_entry"
    waitlist_entry_id: str = Field(primary_key=True)
    ticket_type_id: str = Field(foreign_key="ticket_type.ticket_type_id", index=True)
    buyer_id: str = Field(foreign_key="buyer.buyer_id", index=True)
    tickets_wanted: int
    status: str
    created_at: str
