"""Tables of the parking domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Driver(Base, table=True):
    """One driver."""

    __tablename__ = "driver"
    driver_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    balance: float
    auto_top_up: bool
    status: str
    suspend_reason: str
    created_at: str


class Fine(Base, table=True):
    """One fine."""

    __tablename__ = "fine"
    fine_id: str = Field(primary_key=True)
    vehicle_id: str = Field(foreign_key="vehicle.vehicle_id", index=True)
    violation: str
    amount: float
    due_date: str
    status: str
    appeal_text: str | None = None
    payer_driver_id: str | None = Field(default=None, foreign_key="driver.driver_id", index=True)
    created_at: str


class Garage(Base, table=True):
    """One garage."""

    __tablename__ = "garage"
    garage_id: str = Field(primary_key=True)
    name: str
    address: str
    district: str
    price: float
    spaces_available: int
    charging_points: int
    max_height_m: float
    status: str


class ParkingSession(Base, table=True):
    """One parking session."""

    __tablename__ = "parking_session"
    parking_session_id: str = Field(primary_key=True)
    vehicle_id: str = Field(foreign_key="vehicle.vehicle_id", index=True)
    garage_id: str = Field(foreign_key="garage.garage_id", index=True)
    hours: int
    total: float
    status: str
    created_at: str


class Permit(Base, table=True):
    """One permit."""

    __tablename__ = "permit"
    permit_id: str = Field(primary_key=True)
    vehicle_id: str = Field(foreign_key="vehicle.vehicle_id", index=True)
    district: str
    address: str
    expires_on: str
    status: str
    refuse_reason: str | None = None
    created_at: str


class Reservation(Base, table=True):
    """One reservation."""

    __tablename__ = "reservation"
    reservation_id: str = Field(primary_key=True)
    vehicle_id: str = Field(foreign_key="vehicle.vehicle_id", index=True)
    garage_id: str = Field(foreign_key="garage.garage_id", index=True)
    arrival_date: str
    arrival_time: str
    hours: int
    total: float
    status: str
    created_at: str


class Vehicle(Base, table=True):
    """One vehicle."""

    __tablename__ = "vehicle"
    vehicle_id: str = Field(primary_key=True)
    driver_id: str = Field(foreign_key="driver.driver_id", index=True)
    plate_number: str
    model: str
    size: str
    electric: bool
