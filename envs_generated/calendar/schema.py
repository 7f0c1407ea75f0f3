"""Tables of the calendar domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Calendar(Base, table=True):
    """One calendar."""

    __tablename__ = "calendar"
    calendar_id: str = Field(primary_key=True)
    owner_user_id: str = Field(foreign_key="user.user_id", index=True)
    name: str
    color: str
    visibility: str
    created_at: str


class Event(Base, table=True):
    """One event."""

    __tablename__ = "event"
    event_id: str = Field(primary_key=True)
    calendar_id: str = Field(foreign_key="calendar.calendar_id", index=True)
    title: str
    location: str | None = None
    notes: str | None = None
    starts_at: str
    duration_minutes: int
    status: str
    created_at: str


class Invitation(Base, table=True):
    """One invitation."""

    __tablename__ = "invitation"
    invitation_id: str = Field(primary_key=True)
    event_id: str = Field(foreign_key="event.event_id", index=True)
    invitee_user_id: str = Field(foreign_key="user.user_id", index=True)
    role: str
    status: str
    comment: str | None = None
    created_at: str


class Reminder(Base, table=True):
    """One reminder."""

    __tablename__ = "reminder"
    reminder_id: str = Field(primary_key=True)
    event_id: str = Field(foreign_key="event.event_id", index=True)
    user_id: str = Field(foreign_key="user.user_id", index=True)
    lead_minutes: int
    method: str
    created_at: str


class User(Base, table=True):
    """One user."""

    __tablename__ = "user"
    user_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    time_zone: str
