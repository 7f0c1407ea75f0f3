"""Tables of the healthcare domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Allergy(Base, table=True):
    """One allergy."""

    __tablename__ = "allergy"
    allergy_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    substance: str
    reaction: str
    severity: str


class Appointment(Base, table=True):
    """One appointment."""

    __tablename__ = "appointment"
    appointment_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    doctor_id: str = Field(foreign_key="doctor.doctor_id", index=True)
    appointment_date: str
    start_time: str
    visit_type: str
    concern: str
    status: str
    cancel_reason: str | None = None
    created_at: str


class Doctor(Base, table=True):
    """One doctor."""

    __tablename__ = "doctor"
    doctor_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    specialty: str
    clinic: str
    language: str
    fee: float
    status: str


class Patient(Base, table=True):
    """One patient."""

    __tablename__ = "patient"
    patient_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: str
    insurance_provider: str
    primary_doctor_id: str | None = Field(default=None, foreign_key="doctor.doctor_id", index=True)


class Prescription(Base, table=True):
    """One prescription."""

    __tablename__ = "prescription"
    prescription_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    doctor_id: str = Field(foreign_key="doctor.doctor_id", index=True)
    medication: str
    instructions: str
    refills_available: int
    expires_on: str
    status: str


class Refill(Base, table=True):
    """One refill."""

    __tablename__ = "refill"
    refill_id: str = Field(primary_key=True)
    prescription_id: str = Field(foreign_key="prescription.prescription_id", index=True)
    pharmacy: str
    status: str
    created_at: str
