"""Tables of the subscriptions domain."""

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


class Coupon(Base, table=True):
    """One coupon."""

    __tablename__ = "coupon"
    coupon_code: str = Field(primary_key=True)
    percent_off: int
    duration: str
    redemptions_remaining: int
    status: str


class CreditNote(Base, table=True):
    """One credit note."""

    __tablename__ = "credit_note"
    credit_note_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    amount: float
    reason: str
    memo: str | None = None
    created_at: str


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    country: str
    tax_exempt: bool
    balance: float
    created_at: str


class Discount(Base, table=True):
    """One discount."""

    __tablename__ = "discount"
    discount_id: str = Field(primary_key=True)
    subscription_id: str = Field(foreign_key="subscription.subscription_id", index=True)
    coupon_code: str = Field(foreign_key="coupon.coupon_code", index=True)
    created_at: str


class Invoice(Base, table=True):
    """One invoice."""

    __tablename__ = "invoice"
    invoice_id: str = Field(primary_key=True)
    subscription_id: str = Field(foreign_key="subscription.subscription_id", index=True)
    amount: float
    due_date: str
    status: str
    customer_id: str | None = Field(default=None, foreign_key="customer.customer_id", index=True)


class Plan(Base, table=True):
    """One plan."""

    __tablename__ = "plan"
    plan_id: str = Field(primary_key=True)
    name: str
    billing_interval: str
    price: float
    trial_days: int
    features: list = Field(sa_type=JSON)
    status: str


class Subscription(Base, table=True):
    """One subscription."""

    __tablename__ = "subscription"
    subscription_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    plan_id: str = Field(foreign_key="plan.plan_id", index=True)
    seats: int
    unit_price: float
    total: float
    collection: str
    status: str
    renews_on: str | None = None
    cancel_reason: str | None = None
    created_at: str
