"""Tables of the real estate domain."""

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


class Agent(Base, table=True):
    """One agent."""

    __tablename__ = "agent"
    agent_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    neighborhood: str
    language: str
    status: str


class Client(Base, table=True):
    """One client."""

    __tablename__ = "client"
    client_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    budget: int | None = None
    preapproved: bool
    created_at: str


class Listing(Base, table=True):
    """One listing."""

    __tablename__ = "listing"
    listing_id: str = Field(primary_key=True)
    agent_id: str = Field(foreign_key="agent.agent_id", index=True)
    seller_client_id: str = Field(foreign_key="client.client_id", index=True)
    title: str
    property_type: str
    address: str
    city: str
    state: str
    postal_code: str
    bedrooms: int
    bathrooms: int
    area_sqft: int
    asking_price: int
    features: list = Field(sa_type=JSON)
    listed_on: str
    status: str
    withdraw_reason: str | None = None


class Offer(Base, table=True):
    """One offer."""

    __tablename__ = "offer"
    offer_id: str = Field(primary_key=True)
    listing_id: str = Field(foreign_key="listing.listing_id", index=True)
    buyer_client_id: str = Field(foreign_key="client.client_id", index=True)
    amount: int
    financing: str
    closing_date: str
    status: str
    reject_reason: str | None = None
    created_at: str


class OpenHouse(Base, table=True):
    """One open house."""

    __tablename__ = "open_house"
    open_house_id: str = Field(primary_key=True)
    listing_id: str = Field(foreign_key="listing.listing_id", index=True)
    open_house_date: str
    places_available: int


class OpenHouseVisit(Base, table=True):
    """One open house visit."""

    __tablename__ = "open_house_visit"
    open_house_visit_id: str = Field(primary_key=True)
    open_house_id: str = Field(foreign_key="open_house.open_house_id", index=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    remind_by: str
    status: str
    created_at: str


class Viewing(Base, table=True):
    """One viewing."""

    __tablename__ = "viewing"
    viewing_id: str = Field(primary_key=True)
    listing_id: str = Field(foreign_key="listing.listing_id", index=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    agent_id: str = Field(foreign_key="agent.agent_id", index=True)
    viewing_date: str
    start_time: str
    viewing_type: str
    status: str
    feedback: str | None = None
    created_at: str
