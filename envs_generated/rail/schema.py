"""Tables of the rail domain."""

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


class Departure(Base, table=True):
    """One departure."""

    __tablename__ = "departure"
    departure_id: str = Field(primary_key=True)
    train_number: str = Field(foreign_key="train.train_number", index=True)
    origin_station_code: str = Field(foreign_key="station.station_code", index=True)
    destination_station_code: str = Field(foreign_key="station.station_code", index=True)
    departure_date: str
    departure_time: str
    platform: int
    fare: float
    seats_available: int
    status: str


class LostItem(Base, table=True):
    """One lost item."""

    __tablename__ = "lost_item"
    lost_item_id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.ticket_id", index=True)
    item_type: str
    description: str
    coach: int
    status: str
    created_at: str


class Passenger(Base, table=True):
    """One passenger."""

    __tablename__ = "passenger"
    passenger_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: str
    discount_card: str


class Station(Base, table=True):
    """One station."""

    __tablename__ = "station"
    station_code: str = Field(primary_key=True)
    name: str
    city: str
    state: str
    platforms: int
    step_free: bool
    opening_time: str


class Ticket(Base, table=True):
    """One ticket."""

    __tablename__ = "ticket"
    ticket_id: str = Field(primary_key=True)
    passenger_id: str = Field(foreign_key="passenger.passenger_id", index=True)
    departure_id: str = Field(foreign_key="departure.departure_id", index=True)
    travel_class: str
    seats: int
    bicycle: bool
    total_fare: float
    status: str
    cancel_reason: str | None = None
    created_at: str


class Train(Base, table=True):
    """One train."""

    __tablename__ = "train"
    train_number: str = Field(primary_key=True)
    name: str
    train_type: str
    onboard_services: list = Field(sa_type=JSON)
    first_class: bool
    top_speed_kmh: int
