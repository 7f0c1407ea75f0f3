"""Tables of the pharmacy domain."""

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
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    postal_code: str
    date_of_birth: str
    insurance_plan: str
    contact_by: str


class Fill(Base, table=True):
    """One fill."""

    __tablename__ = "fill"
    fill_id: str = Field(primary_key=True)
    prescription_id: str = Field(foreign_key="prescription.prescription_id", index=True)
    pickup_date: str
    status: str
    created_at: str


class Interaction(Base, table=True):
    """One interaction."""

    __tablename__ = "interaction"
    interaction_id: str = Field(primary_key=True)
    medicine_id: str = Field(foreign_key="medicine.medicine_id", index=True)
    other_medicine_id: str = Field(foreign_key="medicine.medicine_id", index=True)
    severity: str
    advice: str


class Medicine(Base, table=True):
    """One medicine."""

    __tablename__ = "medicine"
    medicine_id: str = Field(primary_key=True)
    name: str
    active_ingredient: str
    form: str
    strength_mg: int
    pack_size: int
    price: float
    stock: int
    sale_status: str


class Order(Base, table=True):
    """One order."""

    __tablename__ = "order"
    order_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    total: float
    delivery_method: str
    status: str
    created_at: str


class OrderItem(Base, table=True):
    """One order item."""

    __tablename__ = "order_item"
    order_item_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="order.order_id", index=True)
    medicine_id: str = Field(foreign_key="medicine.medicine_id", index=True)
    quantity: int
    unit_price: float


class Prescription(Base, table=True):
    """One prescription."""

    __tablename__ = "prescription"
    prescription_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    medicine_id: str = Field(foreign_key="medicine.medicine_id", index=True)
    prescriber: str
    dosage: str
    refills_remaining: int
    expires_on: str
    status: str
    created_at: str
