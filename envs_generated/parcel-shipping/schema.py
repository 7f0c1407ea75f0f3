"""Tables of the parcel shipping domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Claim(Base, table=True):
    """One claim."""

    __tablename__ = "claim"
    claim_id: str = Field(primary_key=True)
    parcel_number: str = Field(foreign_key="parcel.parcel_number", index=True)
    reason: str
    claimed_amount: float
    status: str
    reject_reason: str | None = None
    created_at: str


class DeliveryService(Base, table=True):
    """One delivery service."""

    __tablename__ = "delivery_service"
    delivery_service_id: str = Field(primary_key=True)
    name: str
    price: float
    weight_limit_kg: float
    transit_days: int
    signature: bool


class Locker(Base, table=True):
    """One locker."""

    __tablename__ = "locker"
    locker_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    compartments_available: int
    outdoor: bool


class LockerReservation(Base, table=True):
    """One locker reservation."""

    __tablename__ = "locker_reservation"
    locker_reservation_id: str = Field(primary_key=True)
    locker_id: str = Field(foreign_key="locker.locker_id", index=True)
    parcel_number: str = Field(foreign_key="parcel.parcel_number", index=True)
    size: str
    status: str
    created_at: str


class Parcel(Base, table=True):
    """One parcel."""

    __tablename__ = "parcel"
    parcel_number: str = Field(primary_key=True)
    sender_id: str = Field(foreign_key="sender.sender_id", index=True)
    delivery_service_id: str = Field(foreign_key="delivery_service.delivery_service_id", index=True)
    recipient_name: str
    address: str
    city: str
    postal_code: str
    country: str
    weight_kg: float
    contents: str
    fee: float
    payer_sender_id: str | None = Field(default=None, foreign_key="sender.sender_id", index=True)
    status: str
    delivery_instructions: str | None = None
    created_at: str


class Scan(Base, table=True):
    """One scan."""

    __tablename__ = "scan"
    scan_id: str = Field(primary_key=True)
    parcel_number: str = Field(foreign_key="parcel.parcel_number", index=True)
    event_type: str
    city: str
    note: str | None = None
    created_at: str


class Sender(Base, table=True):
    """One sender."""

    __tablename__ = "sender"
    sender_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    company_name: str
    address: str
    city: str
    postal_code: str
    balance: float
    status: str
    created_at: str
