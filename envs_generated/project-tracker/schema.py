"""Tables of the project tracker domain."""

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Base of this domain's tables."""


class Clock(Base, table=True):
    """The world's own time."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True)
    now: str


class Assignment(Base, table=True):
    """One assignment."""

    __tablename__ = "assignment"
    assignment_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.project_id", index=True)
    person_id: str = Field(foreign_key="person.person_id", index=True)
    hours_per_week: int
    created_at: str


class Client(Base, table=True):
    """One client."""

    __tablename__ = "client"
    client_id: str = Field(primary_key=True)
    company_name: str
    email: str
    industry: str
    city: str


class Expense(Base, table=True):
    """One expense."""

    __tablename__ = "expense"
    expense_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.project_id", index=True)
    person_id: str = Field(foreign_key="person.person_id", index=True)
    category: str
    amount: float
    status: str
    created_at: str


class Milestone(Base, table=True):
    """One milestone."""

    __tablename__ = "milestone"
    milestone_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.project_id", index=True)
    title: str
    due_date: str
    status: str


class Person(Base, table=True):
    """One person."""

    __tablename__ = "person"
    person_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    discipline: str
    hourly_rate: float
    status: str


class Project(Base, table=True):
    """One project."""

    __tablename__ = "project"
    project_id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    lead_person_id: str = Field(foreign_key="person.person_id", index=True)
    name: str
    balance: float
    billing: str
    start_date: str
    status: str
    hold_reason: str | None = None
    created_at: str


class Task(Base, table=True):
    """One task."""

    __tablename__ = "task"
    task_id: str = Field(primary_key=True)
    milestone_id: str = Field(foreign_key="milestone.milestone_id", index=True)
    assignee_person_id: str | None = Field(default=None, foreign_key="person.person_id", index=True)
    title: str
    estimate_hours: float
    priority: str
    status: str
    block_reason: str | None = None
    created_at: str


class TaskDependency(Base, table=True):
    """One task dependency."""

    __tablename__ = "task_dependency"
    task_dependency_id: str = Field(primary_key=True)
    task_id: str = Field(foreign_key="task.task_id", index=True)
    required_task_id: str = Field(foreign_key="task.task_id", index=True)


class TimeEntry(Base, table=True):
    """One time entry."""

    __tablename__ = "time_entry"
    time_entry_id: str = Field(primary_key=True)
    task_id: str = Field(foreign_key="task.task_id", index=True)
    person_id: str = Field(foreign_key="person.person_id", index=True)
    work_date: str
    hours: float
    billable: bool
    note: str | None = None
    created_at: str
