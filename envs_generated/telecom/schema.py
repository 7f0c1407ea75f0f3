"""Tables of the telecom domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Bill(Base, table=True):
    """One bill."""

    __tablename__ = "bill"
    bill_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    amount: float
    due_date: str
    status: str
    payment_method: str | None = None
    dispute_reason: str | None = None


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    postal_code: str
    paperless_billing: bool


class DataPack(Base, table=True):
    """One data pack."""

    __tablename__ = "data_pack"
    data_pack_id: str = Field(primary_key=True)
    line_id: str = Field(foreign_key="line.line_id", index=True)
    size_gb: int
    region: str
    status: str
    created_at: str


class Line(Base, table=True):
    """One line."""

    __tablename__ = "line"
    line_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    plan_id: str = Field(foreign_key="plan.plan_id", index=True)
    phone_number: str
    balance: float
    roaming: bool
    status: str
    suspend_reason: str | None = None


class Plan(Base, table=True):
    """One plan."""

    __tablename__ = "plan"
    plan_id: str = Field(primary_key=True)
    name: str
    price: float
    data_gb: int
    minutes: int
    network: str


class SupportTicket(Base, table=True):
    """One support ticket."""

    __tablename__ = "support_ticket"
    support_ticket_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    category: str
    priority: str
    description: str
    status: str
    created_at: str
