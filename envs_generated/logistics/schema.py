"""Tables of the logistics domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    company_name: str
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    status: str
    created_at: str


class Driver(Base, table=True):
    """One driver."""

    __tablename__ = "driver"
    driver_id: str = Field(primary_key=True)
    status: str
    first_name: str
    last_name: str
    phone: str
    home_warehouse_id: str = Field(foreign_key="warehouse.warehouse_id", index=True)
    licence_class: str


class Shipment(Base, table=True):
    """One shipment."""

    __tablename__ = "shipment"
    shipment_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    origin_warehouse_id: str = Field(foreign_key="warehouse.warehouse_id", index=True)
    driver_id: str | None = Field(default=None, foreign_key="driver.driver_id", index=True)
    goods_description: str
    weight_kg: float
    service_level: str
    address: str
    city: str
    postal_code: str
    country: str
    status: str
    cancel_reason: str | None = None
    received_by: str | None = None
    created_at: str


class TrackingEvent(Base, table=True):
    """One tracking event."""

    __tablename__ = "tracking_event"
    tracking_event_id: str = Field(primary_key=True)
    shipment_id: str = Field(foreign_key="shipment.shipment_id", index=True)
    event_type: str
    city: str
    note: str | None = None
    created_at: str


class Warehouse(Base, table=True):
    """One warehouse."""

    __tablename__ = "warehouse"
    warehouse_id: str = Field(primary_key=True)
    name: str
    city: str
    country: str
    slots_available: int
