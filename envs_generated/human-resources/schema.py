"""Tables of the human resources domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Department(Base, table=True):
    """One department."""

    __tablename__ = "department"
    department_id: str = Field(primary_key=True)
    name: str
    location: str
    cost_center: str


class Employee(Base, table=True):
    """One employee."""

    __tablename__ = "employee"
    employee_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    department_id: str = Field(foreign_key="department.department_id", index=True)
    manager_employee_id: str | None = Field(default=None, foreign_key="employee.employee_id", index=True)
    job_title: str
    employment_type: str
    annual_salary: float
    leave_days_available: int
    hired_on: str
    status: str


class Expense(Base, table=True):
    """One expense."""

    __tablename__ = "expense"
    expense_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    category: str
    description: str
    amount: float
    incurred_on: str
    status: str
    created_at: str


class LeaveRequest(Base, table=True):
    """One leave request."""

    __tablename__ = "leave_request"
    leave_request_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    leave_type: str
    starts_on: str
    days: int
    note: str | None = None
    status: str
    rejection_reason: str | None = None
    created_at: str


class Payslip(Base, table=True):
    """One payslip."""

    __tablename__ = "payslip"
    payslip_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    month: str
    gross_pay: float
    tax_withheld: float
    paid_on: str
