"""Tables of the airline domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class BaggageReport(Base, table=True):
    """One baggage report."""

    __tablename__ = "baggage_report"
    baggage_report_id: str = Field(primary_key=True)
    reservation_id: str = Field(foreign_key="reservation.reservation_id", index=True)
    bag_type: str
    color: str
    delivery_address: str
    status: str
    created_at: str


class Flight(Base, table=True):
    """One flight."""

    __tablename__ = "flight"
    flight_id: str = Field(primary_key=True)
    origin: str
    destination: str
    departure_date: str
    departure_time: str
    duration_minutes: int
    aircraft: str
    fare: float
    seats_available: int
    status: str


class MilesAccount(Base, table=True):
    """One miles account."""

    __tablename__ = "miles_account"
    miles_account_id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.user_id", index=True)
    tier: str
    balance: int
    status: str


class Reservation(Base, table=True):
    """One reservation."""

    __tablename__ = "reservation"
    reservation_id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.user_id", index=True)
    flight_id: str = Field(foreign_key="flight.flight_id", index=True)
    cabin: str
    passengers: int
    checked_bags: int
    travel_insurance: bool
    total_price: float
    status: str
    cancel_reason: str | None = None
    created_at: str


class User(Base, table=True):
    """One user."""

    __tablename__ = "user"
    user_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: str
    meal_preference: str
