"""Tables of the crm domain."""

from sqlalchemy import JSON
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Activity(Base, table=True):
    """One activity."""

    __tablename__ = "activity"
    activity_id: str = Field(primary_key=True)
    deal_id: str = Field(foreign_key="deal.deal_id", index=True)
    sales_rep_id: str = Field(foreign_key="sales_rep.sales_rep_id", index=True)
    activity_type: str
    subject: str
    due_date: str
    status: str
    outcome: str | None = None
    created_at: str


class Company(Base, table=True):
    """One company."""

    __tablename__ = "company"
    company_id: str = Field(primary_key=True)
    company_name: str
    industry: str
    city: str
    country: str
    employees: int
    website: str
    owner_sales_rep_id: str = Field(foreign_key="sales_rep.sales_rep_id", index=True)
    segment: str
    created_at: str


class Contact(Base, table=True):
    """One contact."""

    __tablename__ = "contact"
    contact_id: str = Field(primary_key=True)
    company_id: str = Field(foreign_key="company.company_id", index=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    job_title: str
    tags: list | None = Field(default=None, sa_type=JSON)
    subscribed: bool
    created_at: str


class Deal(Base, table=True):
    """One deal."""

    __tablename__ = "deal"
    deal_id: str = Field(primary_key=True)
    company_id: str = Field(foreign_key="company.company_id", index=True)
    contact_id: str | None = Field(default=None, foreign_key="contact.contact_id", index=True)
    sales_rep_id: str = Field(foreign_key="sales_rep.sales_rep_id", index=True)
    title: str
    amount: float
    probability: int
    expected_close_date: str
    stage: str
    status: str
    lost_reason: str | None = None
    created_at: str


class Lead(Base, table=True):
    """One lead."""

    __tablename__ = "lead"
    lead_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    company_name: str
    source: str
    score: int
    sales_rep_id: str | None = Field(default=None, foreign_key="sales_rep.sales_rep_id", index=True)
    status: str
    disqualify_reason: str | None = None
    created_at: str


class SalesRep(Base, table=True):
    """One sales rep."""

    __tablename__ = "sales_rep"
    sales_rep_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    territory: str
    quota: int
    status: str
