"""Tables of the museum domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Artwork(Base, table=True):
    """One artwork."""

    __tablename__ = "artwork"
    artwork_id: str = Field(primary_key=True)
    title: str
    artist: str
    medium: str
    year_made: int
    insured_value: int
    wing: str | None = None
    status: str


class ExhibitedWork(Base, table=True):
    """One exhibited work."""

    __tablename__ = "exhibited_work"
    exhibited_work_id: str = Field(primary_key=True)
    exhibition_id: str = Field(foreign_key="exhibition.exhibition_id", index=True)
    artwork_id: str = Field(foreign_key="artwork.artwork_id", index=True)
    position: int
    label_text: str


class Exhibition(Base, table=True):
    """One exhibition."""

    __tablename__ = "exhibition"
    exhibition_id: str = Field(primary_key=True)
    title: str
    curator: str
    wing: str
    start_date: str
    end_date: str
    price: float
    tickets_available: int
    status: str


class Institution(Base, table=True):
    """One institution."""

    __tablename__ = "institution"
    institution_id: str = Field(primary_key=True)
    name: str
    city: str
    country: str
    email: str
    climate_control: bool


class Loan(Base, table=True):
    """One loan."""

    __tablename__ = "loan"
    loan_id: str = Field(primary_key=True)
    artwork_id: str = Field(foreign_key="artwork.artwork_id", index=True)
    institution_id: str = Field(foreign_key="institution.institution_id", index=True)
    loan_date: str
    due_date: str
    transport: str
    condition_note: str | None = None
    status: str
    created_at: str


class Ticket(Base, table=True):
    """One ticket."""

    __tablename__ = "ticket"
    ticket_id: str = Field(primary_key=True)
    visitor_id: str = Field(foreign_key="visitor.visitor_id", index=True)
    exhibition_id: str = Field(foreign_key="exhibition.exhibition_id", index=True)
    visit_date: str
    entry_time: str
    quantity: int
    audio_guide: str
    total_price: float
    status: str
    created_at: str


class Visitor(Base, table=True):
    """One visitor."""

    __tablename__ = "visitor"
    visitor_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    membership: str
    created_at: str
