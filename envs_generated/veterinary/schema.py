"""Tables of the veterinary domain."""

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


class Owner(Base, table=True):
    """One owner."""

    __tablename__ = "owner"
    owner_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    postal_code: str
    created_at: str


class Pet(Base, table=True):
    """One pet."""

    __tablename__ = "pet"
    pet_id: str = Field(primary_key=True)
    owner_id: str = Field(foreign_key="owner.owner_id", index=True)
    name: str
    species: str
    coat: str
    sex: str
    age_years: int
    weight_kg: float
    microchipped: bool
    allergies: list | None = Field(default=None, sa_type=JSON)
    status: str


class Vaccination(Base, table=True):
    """One vaccination."""

    __tablename__ = "vaccination"
    vaccination_id: str = Field(primary_key=True)
    pet_id: str = Field(foreign_key="pet.pet_id", index=True)
    vaccine_id: str = Field(foreign_key="vaccine.vaccine_id", index=True)
    vet_id: str = Field(foreign_key="vet.vet_id", index=True)
    valid_until: str
    created_at: str


class Vaccine(Base, table=True):
    """One vaccine."""

    __tablename__ = "vaccine"
    vaccine_id: str = Field(primary_key=True)
    name: str
    protects_against: str
    species: str
    doses_available: int
    price: float
    months_of_protection: int


class Vet(Base, table=True):
    """One vet."""

    __tablename__ = "vet"
    vet_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    specialty: str
    fee: float
    weekend_duty: bool
    status: str


class Visit(Base, table=True):
    """One visit."""

    __tablename__ = "visit"
    visit_id: str = Field(primary_key=True)
    pet_id: str = Field(foreign_key="pet.pet_id", index=True)
    vet_id: str = Field(foreign_key="vet.vet_id", index=True)
    visit_date: str
    visit_time: str
    reason: str
    fee: float
    diagnosis: str | None = None
    status: str
    cancel_reason: str | None = None
    created_at: str
