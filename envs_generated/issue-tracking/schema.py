"""Tables of the issue tracking domain."""

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


class Comment(Base, table=True):
    """One comment."""

    __tablename__ = "comment"
    comment_id: str = Field(primary_key=True)
    issue_id: str = Field(foreign_key="issue.issue_id", index=True)
    author_user_id: str = Field(foreign_key="user.user_id", index=True)
    body: str
    created_at: str


class Issue(Base, table=True):
    """One issue."""

    __tablename__ = "issue"
    issue_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.project_id", index=True)
    sprint_id: str | None = Field(default=None, foreign_key="sprint.sprint_id", index=True)
    reporter_user_id: str = Field(foreign_key="user.user_id", index=True)
    assignee_user_id: str | None = Field(default=None, foreign_key="user.user_id", index=True)
    title: str
    description: str | None = None
    issue_type: str
    priority: str
    estimated_hours: int | None = None
    labels: list | None = Field(default=None, sa_type=JSON)
    status: str
    resolution: str | None = None
    created_at: str


class Project(Base, table=True):
    """One project."""

    __tablename__ = "project"
    project_id: str = Field(primary_key=True)
    name: str
    summary: str | None = None
    lead_user_id: str = Field(foreign_key="user.user_id", index=True)
    status: str
    created_at: str


class Sprint(Base, table=True):
    """One sprint."""

    __tablename__ = "sprint"
    sprint_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.project_id", index=True)
    goal: str
    start_date: str
    duration_weeks: int
    status: str
    created_at: str


class User(Base, table=True):
    """One user."""

    __tablename__ = "user"
    user_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    role: str
    status: str
