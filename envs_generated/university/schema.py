"""Tables of the university domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Course(Base, table=True):
    """One course."""

    __tablename__ = "course"
    course_code: str = Field(primary_key=True)
    title: str
    campus: str
    credits: int
    level: str


class Enrollment(Base, table=True):
    """One enrollment."""

    __tablename__ = "enrollment"
    enrollment_id: str = Field(primary_key=True)
    student_id: str = Field(foreign_key="student.student_id", index=True)
    section_id: str = Field(foreign_key="section.section_id", index=True)
    grading_basis: str
    status: str
    grade: str | None = None
    withdraw_reason: str | None = None
    created_at: str


class Prerequisite(Base, table=True):
    """One prerequisite."""

    __tablename__ = "prerequisite"
    prerequisite_id: str = Field(primary_key=True)
    course_code: str = Field(foreign_key="course.course_code", index=True)
    required_course_code: str = Field(foreign_key="course.course_code", index=True)
    minimum_grade: str


class Section(Base, table=True):
    """One section."""

    __tablename__ = "section"
    section_id: str = Field(primary_key=True)
    course_code: str = Field(foreign_key="course.course_code", index=True)
    term: str
    instructor: str
    weekday: str
    start_time: str
    building: str
    seats_available: int
    status: str


class Student(Base, table=True):
    """One student."""

    __tablename__ = "student"
    student_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    phone: str
    major: str
    year_of_study: int
    grade_point_average: float
    status: str


class TranscriptRequest(Base, table=True):
    """One transcript request."""

    __tablename__ = "transcript_request"
    transcript_request_id: str = Field(primary_key=True)
    student_id: str = Field(foreign_key="student.student_id", index=True)
    destination: str
    delivery_method: str
    copies: int
    status: str
    created_at: str
