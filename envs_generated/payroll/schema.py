"""Tables of the payroll domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Bonus(Base, table=True):
    """One bonus."""

    __tablename__ = "bonus"
    bonus_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    pay_run_id: str = Field(foreign_key="pay_run.pay_run_id", index=True)
    amount: float
    reason: str
    status: str
    created_at: str


class Deduction(Base, table=True):
    """One deduction."""

    __tablename__ = "deduction"
    deduction_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    deduction_type: str
    amount: float
    pre_tax: bool
    status: str


class Employee(Base, table=True):
    """One employee."""

    __tablename__ = "employee"
    employee_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    job_title: str
    site: str
    hourly_rate: float
    payout_method: str
    status: str
    start_date: str


class PayRun(Base, table=True):
    """One pay run."""

    __tablename__ = "pay_run"
    pay_run_id: str = Field(primary_key=True)
    start_date: str
    end_date: str
    pay_date: str
    note: str | None = None
    status: str


class Payslip(Base, table=True):
    """One payslip."""

    __tablename__ = "payslip"
    payslip_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    pay_run_id: str = Field(foreign_key="pay_run.pay_run_id", index=True)
    gross_pay: float
    taxes_withheld: float
    issued_date: str


class Timesheet(Base, table=True):
    """One timesheet."""

    __tablename__ = "timesheet"
    timesheet_id: str = Field(primary_key=True)
    employee_id: str = Field(foreign_key="employee.employee_id", index=True)
    pay_run_id: str = Field(foreign_key="pay_run.pay_run_id", index=True)
    hours: int
    hourly_rate: float
    total: float
    status: str
    reject_reason: str | None = None
    created_at: str
