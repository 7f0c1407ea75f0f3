"""Tables of the recruiting domain."""

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


class Application(Base, table=True):
    """One application."""

    __tablename__ = "application"
    application_id: str = Field(primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.candidate_id", index=True)
    job_id: str = Field(foreign_key="job.job_id", index=True)
    source: str
    status: str
    reject_reason: str | None = None
    created_at: str


class Candidate(Base, table=True):
    """One candidate."""

    __tablename__ = "candidate"
    candidate_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    current_title: str
    years_of_experience: int
    skills: list = Field(sa_type=JSON)
    open_to_relocate: bool


class Interview(Base, table=True):
    """One interview."""

    __tablename__ = "interview"
    interview_id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="application.application_id", index=True)
    interviewer: str
    interview_date: str
    start_time: str
    format: str
    status: str
    recommendation: str | None = None
    feedback: str | None = None


class Job(Base, table=True):
    """One job."""

    __tablename__ = "job"
    job_id: str = Field(primary_key=True)
    recruiter_id: str = Field(foreign_key="recruiter.recruiter_id", index=True)
    title: str
    division: str
    office: str
    seniority: str
    annual_salary: int
    headcount: int
    status: str
    created_at: str


class Offer(Base, table=True):
    """One offer."""

    __tablename__ = "offer"
    offer_id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="application.application_id", index=True)
    offered_salary: int
    first_day: str
    status: str
    decline_reason: str | None = None
    created_at: str


class Recruiter(Base, table=True):
    """One recruiter."""

    __tablename__ = "recruiter"
    recruiter_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    division: str
