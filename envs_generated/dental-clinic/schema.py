"""Tables of the dental clinic domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Appointment(Base, table=True):
    """One appointment."""

    __tablename__ = "appointment"
    appointment_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    dentist_id: str = Field(foreign_key="dentist.dentist_id", index=True)
    treatment_id: str = Field(foreign_key="treatment.treatment_id", index=True)
    appointment_date: str
    start_time: str
    status: str
    cancel_reason: str | None = None
    created_at: str


class Dentist(Base, table=True):
    """One dentist."""

    __tablename__ = "dentist"
    dentist_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    specialty: str
    treatment_room: str
    accepts_new_patients: bool
    status: str


class Invoice(Base, table=True):
    """One invoice."""

    __tablename__ = "invoice"
    invoice_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    treatment_plan_id: str = Field(foreign_key="treatment_plan.treatment_plan_id", index=True)
    balance: float
    due_date: str
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
    insurer: str
    anxious: bool
    recall_months: int


class Payment(Base, table=True):
    """One payment."""

    __tablename__ = "payment"
    payment_id: str = Field(primary_key=True)
    invoice_id: str = Field(foreign_key="invoice.invoice_id", index=True)
    amount: float
    payment_method: str
    created_at: str


class PlanItem(Base, table=True):
    """One plan item."""

    __tablename__ = "plan_item"
    plan_item_id: str = Field(primary_key=True)
    treatment_plan_id: str = Field(foreign_key="treatment_plan.treatment_plan_id", index=True)
    treatment_id: str = Field(foreign_key="treatment.treatment_id", index=True)
    tooth: int
    quantity: int
    unit_price: float


class Treatment(Base, table=True):
    """One treatment."""

    __tablename__ = "treatment"
    treatment_id: str = Field(primary_key=True)
    name: str
    anesthesia: bool
    visits_needed: int
    duration_minutes: int
    price: float


class TreatmentPlan(Base, table=True):
    """One treatment plan."""

    __tablename__ = "treatment_plan"
    treatment_plan_id: str = Field(primary_key=True)
    patient_id: str = Field(foreign_key="patient.patient_id", index=True)
    dentist_id: str = Field(foreign_key="dentist.dentist_id", index=True)
    total: float
    status: str
    decline_reason: str | None = None
    created_at: str
