"""Tables of the procurement domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Budget(Base, table=True):
    """One budget."""

    __tablename__ = "budget"
    budget_id: str = Field(primary_key=True)
    balance: float
    status: str
    name: str
    department: str
    fiscal_year: int


class CatalogItem(Base, table=True):
    """One catalog item."""

    __tablename__ = "catalog_item"
    catalog_item_id: str = Field(primary_key=True)
    supplier_id: str = Field(foreign_key="supplier.supplier_id", index=True)
    name: str
    unit: str
    unit_price: float
    lead_time_days: int


class Employee(Base, table=True):
    """One employee."""

    __tablename__ = "employee"
    employee_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    department: str
    approval_limit: int
    status: str


class Invoice(Base, table=True):
    """One invoice."""

    __tablename__ = "invoice"
    invoice_id: str = Field(primary_key=True)
    purchase_order_id: str = Field(foreign_key="purchase_order.purchase_order_id", index=True)
    amount: float
    due_date: str
    budget_id: str | None = Field(default=None, foreign_key="budget.budget_id", index=True)
    status: str
    dispute_reason: str | None = None


class OrderItem(Base, table=True):
    """One order item."""

    __tablename__ = "order_item"
    order_item_id: str = Field(primary_key=True)
    purchase_order_id: str = Field(foreign_key="purchase_order.purchase_order_id", index=True)
    catalog_item_id: str = Field(foreign_key="catalog_item.catalog_item_id", index=True)
    quantity: int
    unit_price: float


class PurchaseOrder(Base, table=True):
    """One purchase order."""

    __tablename__ = "purchase_order"
    purchase_order_id: str = Field(primary_key=True)
    supplier_id: str = Field(foreign_key="supplier.supplier_id", index=True)
    total: float
    delivery_site: str
    status: str
    cancel_reason: str | None = None
    created_at: str


class PurchaseRequest(Base, table=True):
    """One purchase request."""

    __tablename__ = "purchase_request"
    purchase_request_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    budget_id: str = Field(foreign_key="budget.budget_id", index=True)
    catalog_item_id: str = Field(foreign_key="catalog_item.catalog_item_id", index=True)
    quantity: int
    justification: str | None = None
    total_cost: float
    status: str
    approver_employee_id: str | None = Field(default=None, foreign_key="employee.employee_id", index=True)
    reject_reason: str | None = None
    created_at: str


class Supplier(Base, table=True):
    """One supplier."""

    __tablename__ = "supplier"
    supplier_id: str = Field(primary_key=True)
    company_name: str
    email: str
    phone: str
    city: str
    country: str
    category: str
    payment_days: int
    rating: int | None = None
    status: str
    block_reason: str | None = None
    created_at: str
