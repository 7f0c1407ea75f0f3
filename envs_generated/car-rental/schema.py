"""Tables of the car rental domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Branch(Base, table=True):
    """One branch."""

    __tablename__ = "branch"
    branch_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    country: str
    phone: str


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    licence_expires_on: str
    loyalty_tier: str
    status: str
    created_at: str


class Rental(Base, table=True):
    """One rental."""

    __tablename__ = "rental"
    rental_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    vehicle_id: str = Field(foreign_key="vehicle.vehicle_id", index=True)
    return_branch_id: str = Field(foreign_key="branch.branch_id", index=True)
    pickup_date: str
    rental_days: int
    daily_rate: float
    insurance: str
    fuel_level: str | None = None
    status: str
    cancel_reason: str | None = None
    created_at: str


class Vehicle(Base, table=True):
    """One vehicle."""

    __tablename__ = "vehicle"
    vehicle_id: str = Field(primary_key=True)
    branch_id: str = Field(foreign_key="branch.branch_id", index=True)
    model_name: str
    category: str
    transmission: str
    fuel_type: str
    seats: int
    vehicles_available: int
    daily_rate: float
    status: str
