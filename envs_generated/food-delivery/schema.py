"""Tables of the food delivery domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Courier(Base, table=True):
    """One courier."""

    __tablename__ = "courier"
    courier_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    phone: str
    city: str
    vehicle_type: str
    status: str


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    address: str
    city: str
    postal_code: str
    created_at: str


class MenuItem(Base, table=True):
    """One menu item."""

    __tablename__ = "menu_item"
    menu_item_id: str = Field(primary_key=True)
    restaurant_id: str = Field(foreign_key="restaurant.restaurant_id", index=True)
    name: str
    category: str
    price: float
    vegetarian: bool
    portions_available: int


class Order(Base, table=True):
    """One order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    restaurant_id: str = Field(foreign_key="restaurant.restaurant_id", index=True)
    courier_id: str | None = Field(default=None, foreign_key="courier.courier_id", index=True)
    total: float
    tip: float | None = None
    payment_method: str
    delivery_note: str | None = None
    status: str
    cancel_reason: str | None = None
    created_at: str


class OrderItem(Base, table=True):
    """One order item."""

    __tablename__ = "order_item"
    order_item_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="order.order_id", index=True)
    menu_item_id: str = Field(foreign_key="menu_item.menu_item_id", index=True)
    quantity: int
    unit_price: float


class Restaurant(Base, table=True):
    """One restaurant."""

    __tablename__ = "restaurant"
    restaurant_id: str = Field(primary_key=True)
    name: str
    cuisine: str
    address: str
    city: str
    average_rating: float
    delivery_charge: float
    status: str


class Review(Base, table=True):
    """One review."""

    __tablename__ = "review"
    review_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    restaurant_id: str = Field(foreign_key="restaurant.restaurant_id", index=True)
    rating: int
    comment: str | None = None
    created_at: str
