"""Tables of the library domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Book(Base, table=True):
    """One book."""

    __tablename__ = "book"
    book_id: str = Field(primary_key=True)
    title: str
    author: str
    genre: str
    language: str
    publication_year: int
    page_count: int | None = None
    copies_available: int


class Branch(Base, table=True):
    """One branch."""

    __tablename__ = "branch"
    branch_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    phone: str
    opens_at: str


class Fine(Base, table=True):
    """One fine."""

    __tablename__ = "fine"
    fine_id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.member_id", index=True)
    loan_id: str = Field(foreign_key="loan.loan_id", index=True)
    reason: str
    amount: float
    status: str
    payment_method: str | None = None
    created_at: str


class Hold(Base, table=True):
    """One hold."""

    __tablename__ = "hold"
    hold_id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.member_id", index=True)
    book_id: str = Field(foreign_key="book.book_id", index=True)
    pickup_branch_id: str = Field(foreign_key="branch.branch_id", index=True)
    status: str
    created_at: str


class Loan(Base, table=True):
    """One loan."""

    __tablename__ = "loan"
    loan_id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.member_id", index=True)
    book_id: str = Field(foreign_key="book.book_id", index=True)
    status: str
    due_date: str
    created_at: str


class Member(Base, table=True):
    """One member."""

    __tablename__ = "member"
    member_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    membership_type: str
    status: str
    created_at: str
