"""Tables of the utilities domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Account(Base, table=True):
    """One account."""

    __tablename__ = "account"
    account_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    tariff_id: str = Field(foreign_key="tariff.tariff_id", index=True)
    service_type: str
    address: str
    city: str
    postal_code: str
    balance: float
    autopay: bool
    status: str
    close_reason: str | None = None
    created_at: str


class Bill(Base, table=True):
    """One bill."""

    __tablename__ = "bill"
    bill_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    amount: float
    units_used: int
    period_start: str
    due_date: str
    status: str
    paying_account_id: str | None = Field(default=None, foreign_key="account.account_id", index=True)
    dispute_reason: str | None = None


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    paperless: bool
    created_at: str


class Meter(Base, table=True):
    """One meter."""

    __tablename__ = "meter"
    meter_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    model: str
    smart: bool
    installed_on: str
    location: str


class MeterReading(Base, table=True):
    """One meter reading."""

    __tablename__ = "meter_reading"
    meter_reading_id: str = Field(primary_key=True)
    meter_id: str = Field(foreign_key="meter.meter_id", index=True)
    reading: int
    source: str
    created_at: str


class OutageReport(Base, table=True):
    """One outage report."""

    __tablename__ = "outage_report"
    outage_report_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    problem: str
    details: str | None = None
    status: str
    created_at: str


class Tariff(Base, table=True):
    """One tariff."""

    __tablename__ = "tariff"
    tariff_id: str = Field(primary_key=True)
    name: str
    service_type: str
    unit_rate: float
    standing_charge: float
    renewable: bool
