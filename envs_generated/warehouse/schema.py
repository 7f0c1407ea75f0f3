"""Tables of the warehouse domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class DeliveryItem(Base, table=True):
    """One delivery item."""

    __tablename__ = "delivery_item"
    delivery_item_id: str = Field(primary_key=True)
    inbound_delivery_id: str = Field(foreign_key="inbound_delivery.inbound_delivery_id", index=True)
    product_code: str = Field(foreign_key="product.product_code", index=True)
    quantity: int


class InboundDelivery(Base, table=True):
    """One inbound delivery."""

    __tablename__ = "inbound_delivery"
    inbound_delivery_id: str = Field(primary_key=True)
    supplier: str
    expected_date: str
    dock: str
    status: str
    created_at: str


class Pallet(Base, table=True):
    """One pallet."""

    __tablename__ = "pallet"
    pallet_id: str = Field(primary_key=True)
    product_code: str = Field(foreign_key="product.product_code", index=True)
    zone_id: str = Field(foreign_key="zone.zone_id", index=True)
    units_on_pallet: int
    use_by_date: str | None = None
    status: str
    quarantine_reason: str | None = None
    created_at: str


class PickItem(Base, table=True):
    """One pick item."""

    __tablename__ = "pick_item"
    pick_item_id: str = Field(primary_key=True)
    pick_order_id: str = Field(foreign_key="pick_order.pick_order_id", index=True)
    product_code: str = Field(foreign_key="product.product_code", index=True)
    quantity: int


class PickOrder(Base, table=True):
    """One pick order."""

    __tablename__ = "pick_order"
    pick_order_id: str = Field(primary_key=True)
    customer_reference: str
    worker_id: str | None = Field(default=None, foreign_key="worker.worker_id", index=True)
    priority: str
    status: str
    cancel_reason: str | None = None
    created_at: str


class Product(Base, table=True):
    """One product."""

    __tablename__ = "product"
    product_code: str = Field(primary_key=True)
    name: str
    handling: str
    stock: int
    reorder_level: int
    unit_weight_kg: float
    barcode: str
    discontinued: bool


class Worker(Base, table=True):
    """One worker."""

    __tablename__ = "worker"
    worker_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    shift: str
    forklift_licence: bool
    status: str


class Zone(Base, table=True):
    """One zone."""

    __tablename__ = "zone"
    zone_id: str = Field(primary_key=True)
    name: str
    temperature: str
    floor_level: int
    slots_available: int
