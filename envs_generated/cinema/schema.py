"""Tables of the cinema domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Booking(Base, table=True):
    """One booking."""

    __tablename__ = "booking"
    booking_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    screening_id: str = Field(foreign_key="screening.screening_id", index=True)
    tickets: int
    seating: str
    total: float
    gift_card_id: str | None = Field(default=None, foreign_key="gift_card.gift_card_id", index=True)
    status: str
    cancel_reason: str | None = None
    created_at: str


class Cinema(Base, table=True):
    """One cinema."""

    __tablename__ = "cinema"
    cinema_id: str = Field(primary_key=True)
    name: str
    address: str
    city: str
    screens: int
    wheelchair_access: bool


class Customer(Base, table=True):
    """One customer."""

    __tablename__ = "customer"
    customer_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    membership: str
    created_at: str


class Film(Base, table=True):
    """One film."""

    __tablename__ = "film"
    film_id: str = Field(primary_key=True)
    title: str
    genre: str
    language: str
    age_rating: str
    runtime_minutes: int
    release_date: str


class GiftCard(Base, table=True):
    """One gift card."""

    __tablename__ = "gift_card"
    gift_card_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    balance: float
    expires_on: str
    status: str
    block_reason: str | None = None


class Review(Base, table=True):
    """One review."""

    __tablename__ = "review"
    review_id: str = Field(primary_key=True)
    film_id: str = Field(foreign_key="film.film_id", index=True)
    customer_id: str = Field(foreign_key="customer.customer_id", index=True)
    stars: int
    comment: str | None = None
    created_at: str


class Screening(Base, table=True):
    """One screening."""

    __tablename__ = "screening"
    screening_id: str = Field(primary_key=True)
    film_id: str = Field(foreign_key="film.film_id", index=True)
    cinema_id: str = Field(foreign_key="cinema.cinema_id", index=True)
    screening_date: str
    start_time: str
    format: str
    price: float
    seats_available: int
    status: str
