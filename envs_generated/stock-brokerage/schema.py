"""Tables of the stock brokerage domain."""

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
    balance: float
    status: str
    client_id: str = Field(foreign_key="client.client_id", index=True)
    account_type: str
    reinvest_dividends: bool
    created_at: str


class CashMovement(Base, table=True):
    """One cash movement."""

    __tablename__ = "cash_movement"
    cash_movement_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    movement_type: str
    amount: float
    reference: str | None = None
    created_at: str


class Client(Base, table=True):
    """One client."""

    __tablename__ = "client"
    client_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    country: str
    risk_profile: str
    date_of_birth: str


class Order(Base, table=True):
    """One order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    stock_code: str = Field(foreign_key="stock.stock_code", index=True)
    side: str
    quantity: int
    time_in_force: str
    unit_price: float
    total: float
    limit_price: float | None = None
    status: str
    created_at: str


class Position(Base, table=True):
    """One position."""

    __tablename__ = "position"
    position_id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.account_id", index=True)
    stock_code: str = Field(foreign_key="stock.stock_code", index=True)
    shares: int
    average_cost: float


class PriceAlert(Base, table=True):
    """One price alert."""

    __tablename__ = "price_alert"
    price_alert_id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    stock_code: str = Field(foreign_key="stock.stock_code", index=True)
    direction: str
    target: float
    status: str
    created_at: str


class Stock(Base, table=True):
    """One stock."""

    __tablename__ = "stock"
    stock_code: str = Field(primary_key=True)
    name: str
    sector: str
    price: float
    day_change_percent: float
    dividend_yield: float
    status: str
