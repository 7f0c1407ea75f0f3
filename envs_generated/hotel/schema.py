"""Tables of the hotel domain."""

from sqlalchemy import JSON
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Booking(Base, table=True):
    """One booking."""

    __tablename__ = "booking"
    booking_id: str = Field(primary_key=True)
    guest_id: str = Field(foreign_key="guest.guest_id", index=True)
    room_type_id: str = Field(foreign_key="room_type.room_type_id", index=True)
    check_in_date: str
    nights: int
    total_price: float
    special_requests: str | None = None
    status: str
    cancel_reason: str | None = None
    created_at: str


class Guest(Base, table=True):
    """One guest."""

    __tablename__ = "guest"
    guest_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    country: str
    loyalty_tier: str


class Hotel(Base, table=True):
    """One hotel."""

    __tablename__ = "hotel"
    hotel_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    country: str
    stars: int
    amenities: list = Field(sa_type=JSON)
    pets_allowed: bool


class RoomType(Base, table=True):
    """One room type."""

    __tablename__ = "room_type"
    room_type_id: str = Field(primary_key=True)
    hotel_id: str = Field(foreign_key="hotel.hotel_id", index=True)
    name: str
    beds: str
    view: str
    nightly_rate: float
    rooms_available: int


class Service(Base, table=True):
    """One service."""

    __tablename__ = "service"
    service_id: str = Field(primary_key=True)
    name: str
    price: float
    available_from: str


class ServiceOrder(Base, table=True):
    """One service order."""

    __tablename__ = "service_order"
    service_order_id: str = Field(primary_key=True)
    booking_id: str = Field(foreign_key="booking.booking_id", index=True)
    service_id: str = Field(foreign_key="service.service_id", index=True)
    quantity: int
    total: float
    status: str
    created_at: str
