"""Tables of the banking domain."""

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
    account_type: str
    nickname: str | None = None
    balance: float
    status: str
    created_at: str


class Bill(Base, table=True):
    """One bill."""

    __tablename__ = "bill"
    bill_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    payee: str
    amount: float
    due_date: str
    status: str
    account_id: str | None = Field(default=None, foreign_key="account.account_id", index=True)


class Card(Base, table=True):
    """One card."""

    __tablename__ = "card"
    card_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    card_type: str
    daily_limit: float
    contactless: bool
    status: str
    cancel_reason: str | None = None


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
    country: str
    date_of_birth: str


class Transaction(Base, table=True):
    """One transaction."""

    __tablename__ = "transaction"
    transaction_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    transaction_type: str
    amount: float
    memo: str | None = None
    created_at: str


class Transfer(Base, table=True):
    """One transfer."""

    __tablename__ = "transfer"
    transfer_id: str = Field(primary_key=True)
    from_account_id: str = Field(foreign_key="account.account_id", index=True)
    to_account_id: str = Field(foreign_key="account.account_id", index=True)
    amount: float
    memo: str | None = None
    created_at: str
