"""Tables of the ride hailing domain."""

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
    phone: str
    vehicle_model: str
    vehicle_class: str
    seats: int
    rating: float
    status: str


class Ride(Base, table=True):
    """One ride."""

    __tablename__ = "ride"
    ride_id: str = Field(primary_key=True)
    rider_id: str = Field(foreign_key="rider.rider_id", index=True)
    zone_id: str = Field(foreign_key="zone.zone_id", index=True)
    driver_id: str | None = Field(default=None, foreign_key="driver.driver_id", index=True)
    payer_rider_id: str | None = Field(default=None, foreign_key="rider.rider_id", index=True)
    pickup_address: str
    dropoff_address: str
    passengers: int
    price: float
    status: str
    cancel_reason: str | None = None
    created_at: str


class RideRating(Base, table=True):
    """One ride rating."""

    __tablename__ = "ride_rating"
    ride_rating_id: str = Field(primary_key=True)
    ride_id: str = Field(foreign_key="ride.ride_id", index=True)
    stars: int
    comment: str | None = None
    created_at: str


class Rider(Base, table=True):
    """One rider."""

    __tablename__ = "rider"
    rider_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    balance: float
    status: str
    created_at: str


class WalletPayment(Base, table=True):
    """One wallet payment."""

    __tablename__ = "wallet_payment"
    wallet_payment_id: str = Field(primary_key=True)
    rider_id: str = Field(foreign_key="rider.rider_id", index=True)
    amount: float
    payment_method: str
    created_at: str


class Zone(Base, table=True):
    """One zone."""

    __tablename__ = "zone"
    zone_id: str = Field(primary_key=True)
    name: str
    city: str
    price: float
    airport: bool
    wait_minutes: int
