"""Tables of the insurance domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Adjuster(Base, table=True):
    """One adjuster."""

    __tablename__ = "adjuster"
    adjuster_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    specialty: str
    region: str
    status: str


class Claim(Base, table=True):
    """One claim."""

    __tablename__ = "claim"
    claim_id: str = Field(primary_key=True)
    policy_id: str = Field(foreign_key="policy.policy_id", index=True)
    adjuster_id: str | None = Field(default=None, foreign_key="adjuster.adjuster_id", index=True)
    claim_type: str
    incident_date: str
    description: str
    claimed_amount: float
    approved_amount: float | None = None
    status: str
    reject_reason: str | None = None
    created_at: str


class ClaimDocument(Base, table=True):
    """One claim document."""

    __tablename__ = "claim_document"
    claim_document_id: str = Field(primary_key=True)
    claim_id: str = Field(foreign_key="claim.claim_id", index=True)
    document_type: str
    file_name: str
    created_at: str


class Policy(Base, table=True):
    """One policy."""

    __tablename__ = "policy"
    policy_id: str = Field(primary_key=True)
    policyholder_id: str = Field(foreign_key="policyholder.policyholder_id", index=True)
    product: str
    coverage_limit: float
    deductible: float
    premium: float
    billing_cycle: str
    balance: float
    start_date: str
    status: str
    cancel_reason: str | None = None


class Policyholder(Base, table=True):
    """One policyholder."""

    __tablename__ = "policyholder"
    policyholder_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    city: str
    state: str
    postal_code: str
    date_of_birth: str


class PremiumPayment(Base, table=True):
    """One premium payment."""

    __tablename__ = "premium_payment"
    premium_payment_id: str = Field(primary_key=True)
    policy_id: str = Field(foreign_key="policy.policy_id", index=True)
    amount: float
    payment_method: str
    created_at: str
