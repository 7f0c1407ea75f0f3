"""Tables of the retail domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class ExchangeRequest(Base, table=True):
    """One exchange request."""

    __tablename__ = "exchange_request"
    exchange_request_id: str = Field(primary_key=True)
    order_item_id: str = Field(foreign_key="order_item.order_item_id", index=True)
    new_product_id: str = Field(foreign_key="product.product_id", index=True)
    reason: str
    status: str
    created_at: str


class Order(Base, table=True):
    """One order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.user_id", index=True)
    status: str
    total: float
    payment_method: str
    address: str
    city: str
    state: str
    postal_code: str
    country: str
    cancel_reason: str | None = None
    created_at: str


class OrderItem(Base, table=True):
    """One order item."""

    __tablename__ = "order_item"
    order_item_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="order.order_id", index=True)
    product_id: str = Field(foreign_key="product.product_id", index=True)
    quantity: int
    unit_price: float


class Product(Base, table=True):
    """One product."""

    __tablename__ = "product"
    product_id: str = Field(primary_key=True)
    name: str
    brand: str
    category: str
    color: str
    price: float
    stock: int
    rating: float


class ReturnRequest(Base, table=True):
    """One return request."""

    __tablename__ = "return_request"
    return_request_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="order.order_id", index=True)
    reason: str
    refund_method: str
    status: str
    created_at: str


class Review(Base, table=True):
    """One review."""

    __tablename__ = "review"
    review_id: str = Field(primary_key=True)
    product_id: str = Field(foreign_key="product.product_id", index=True)
    user_id: str = Field(foreign_key="user.user_id", index=True)
    rating: int
    title: str
    comment: str | None = None
    created_at: str


class User(Base, table=True):
    """One user."""

    __tablename__ = "user"
    user_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    postal_code: str
    country: str
    membership: str
    created_at: str
