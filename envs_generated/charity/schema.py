"""Tables of the charity domain."""

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


class Campaign(Base, table=True):
    """One campaign."""

    __tablename__ = "campaign"
    campaign_id: str = Field(primary_key=True)
    name: str
    cause: str
    goal: float
    balance: float
    closes_on: str
    status: str
    created_at: str


class Donation(Base, table=True):
    """One donation."""

    __tablename__ = "donation"
    donation_id: str = Field(primary_key=True)
    donor_id: str = Field(foreign_key="donor.donor_id", index=True)
    campaign_id: str = Field(foreign_key="campaign.campaign_id", index=True)
    amount: float
    payment_method: str
    anonymous: bool
    dedication: str | None = None
    receipt_status: str
    created_at: str


class Donor(Base, table=True):
    """One donor."""

    __tablename__ = "donor"
    donor_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    country: str
    newsletter: bool
    interests: list = Field(sa_type=JSON)
    created_at: str


class Grant(Base, table=True):
    """One grant."""

    __tablename__ = "grant"
    grant_id: str = Field(primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.campaign_id", index=True)
    partner: str
    purpose: str
    amount: float
    created_at: str


class Pledge(Base, table=True):
    """One pledge."""

    __tablename__ = "pledge"
    pledge_id: str = Field(primary_key=True)
    donor_id: str = Field(foreign_key="donor.donor_id", index=True)
    campaign_id: str = Field(foreign_key="campaign.campaign_id", index=True)
    amount: float
    frequency: str
    next_charge_date: str
    status: str
    cancel_reason: str | None = None
    created_at: str


class Shift(Base, table=True):
    """One shift."""

    __tablename__ = "shift"
    shift_id: str = Field(primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.campaign_id", index=True)
    task: str
    shift_date: str
    start_time: str
    hours_long: int
    places_available: int


class Signup(Base, table=True):
    """One signup."""

    __tablename__ = "signup"
    signup_id: str = Field(primary_key=True)
    shift_id: str = Field(foreign_key="shift.shift_id", index=True)
    donor_id: str = Field(foreign_key="donor.donor_id", index=True)
    shirt_size: str
    status: str
    created_at: str
