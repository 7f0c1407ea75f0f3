"""Tables of the gym club domain."""

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


class ClassBooking(Base, table=True):
    """One class booking."""

    __tablename__ = "class_booking"
    class_booking_id: str = Field(primary_key=True)
    member_id: str = Field(foreign_key="member.member_id", index=True)
    class_session_id: str = Field(foreign_key="class_session.class_session_id", index=True)
    mat_rental: bool
    status: str
    created_at: str


class ClassSession(Base, table=True):
    """One class session."""

    __tablename__ = "class_session"
    class_session_id: str = Field(primary_key=True)
    title: str
    club_id: str = Field(foreign_key="club.club_id", index=True)
    trainer_id: str = Field(foreign_key="trainer.trainer_id", index=True)
    class_date: str
    start_time: str
    intensity: str
    spots_available: int
    status: str


class Club(Base, table=True):
    """One club."""

    __tablename__ = "club"
    club_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    opens_at: str
    facilities: list = Field(sa_type=JSON)


class Member(Base, table=True):
    """One member."""

    __tablename__ = "member"
    member_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: str
    home_club_id: str = Field(foreign_key="club.club_id", index=True)
    plan_id: str = Field(foreign_key="plan.plan_id", index=True)
    balance: float
    status: str
    freeze_reason: str | None = None
    cancel_reason: str | None = None
    created_at: str


class Plan(Base, table=True):
    """One plan."""

    __tablename__ = "plan"
    plan_id: str = Field(primary_key=True)
    name: str
    billing_cycle: str
    fee: float
    all_clubs: bool


class Trainer(Base, table=True):
    """One trainer."""

    __tablename__ = "trainer"
    trainer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    specialty: str
    club_id: str = Field(foreign_key="club.club_id", index=True)
    status: str
