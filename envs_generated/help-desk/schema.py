"""Tables of the help desk domain."""

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
    queue: str
    level: int
    status: str


class Article(Base, table=True):
    """One article."""

    __tablename__ = "article"
    article_id: str = Field(primary_key=True)
    author_agent_id: str = Field(foreign_key="agent.agent_id", index=True)
    title: str
    section: str
    views: int
    status: str
    created_at: str


class Reply(Base, table=True):
    """One reply."""

    __tablename__ = "reply"
    reply_id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.ticket_id", index=True)
    agent_id: str = Field(foreign_key="agent.agent_id", index=True)
    body: str
    visibility: str
    created_at: str


class Requester(Base, table=True):
    """One requester."""

    __tablename__ = "requester"
    requester_id: str = Field(primary_key=True)
    first_name: str
    last_name: str
    email: str
    plan: str
    language: str
    created_at: str


class SatisfactionRating(Base, table=True):
    """One satisfaction rating."""

    __tablename__ = "satisfaction_rating"
    satisfaction_rating_id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.ticket_id", index=True)
    score: int
    comment: str | None = None
    created_at: str


class Ticket(Base, table=True):
    """One ticket."""

    __tablename__ = "ticket"
    ticket_id: str = Field(primary_key=True)
    requester_id: str = Field(foreign_key="requester.requester_id", index=True)
    agent_id: str | None = Field(default=None, foreign_key="agent.agent_id", index=True)
    subject: str
    queue: str
    priority: str
    channel: str
    tags: list | None = Field(default=None, sa_type=JSON)
    status: str
    resolution: str | None = None
    created_at: str


class TicketArticle(Base, table=True):
    """One ticket article."""

    __tablename__ = "ticket_article"
    ticket_article_id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.ticket_id", index=True)
    article_id: str = Field(foreign_key="article.article_id", index=True)
    created_at: str
