"""Tools of the help desk domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Agent, Article, Clock, Reply, Requester, SatisfactionRating, Ticket, TicketArticle

AgentStatus = Literal["online", "away", "offline"]
ArticleStatus = Literal["draft", "published", "archived"]
Channel = Literal["email", "chat", "phone", "web_form"]
Language = Literal["English", "Spanish", "German", "French", "Portuguese", "Japanese"]
Plan = Literal["free", "team", "business", "enterprise"]
Priority = Literal["low", "normal", "high", "urgent"]
Queue = Literal["billing", "technical", "onboarding", "accounts"]
Resolution = Literal["answered", "fixed", "workaround", "duplicate", "no_response"]
Section = Literal["getting_started", "billing", "troubleshooting", "integrations", "security"]
Status = Literal["new", "open", "pending", "solved", "closed"]
Visibility = Literal["public", "internal"]


@write
def add_reply(session: Session, ticket_id: str, agent_id: str, body: str, visibility: Visibility = "public") -> Reply:
    """Add a message to a ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status not in ("open", "pending"):
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'open' or 'pending'")
    if session.get(Agent, agent_id) is None:
        raise ToolError(f"agent {agent_id!r} not found")
    reply = Reply(
        reply_id=new_id(session, Reply),
        ticket_id=ticket_id,
        agent_id=agent_id,
        body=body,
        visibility=visibility,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(reply)
    return reply


@write
def add_ticket_article(session: Session, ticket_id: str, article_id: str) -> TicketArticle:
    """Link a help article to a ticket."""
    if session.get(Ticket, ticket_id) is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    article = session.get(Article, article_id)
    if article is None:
        raise ToolError(f"article {article_id!r} not found")
    if article.status != "published":
        raise ToolError(f"article {article_id!r} is {article.status!r}; it must be 'published'")
    ticket_article = TicketArticle(
        ticket_article_id=new_id(session, TicketArticle),
        ticket_id=ticket_id,
        article_id=article_id,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ticket_article)
    return ticket_article


@write
def archive_article(session: Session, article_id: str) -> Article:
    """Archive an article so that customers no longer read it."""
    article = session.get(Article, article_id)
    if article is None:
        raise ToolError(f"article {article_id!r} not found")
    if article.status != "published":
        raise ToolError(f"article {article_id!r} is {article.status!r}; it must be 'published'")
    article.status = "archived"
    session.add(article)
    return article


@write
def assign_ticket(session: Session, ticket_id: str, agent_id: str) -> Ticket:
    """Assign a ticket to an agent, who starts to work on it."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status not in ("new", "open"):
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'new' or 'open'")
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise ToolError(f"agent {agent_id!r} not found")
    if agent.status != "online":
        raise ToolError(f"agent {agent_id!r} is {agent.status!r}; it must be 'online'")
    ticket.agent_id = agent_id
    ticket.status = "open"
    session.add(ticket)
    return ticket


@write
def close_ticket(session: Session, ticket_id: str) -> Ticket:
    """Close a ticket for good."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "solved":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'solved'")
    ticket.status = "closed"
    session.add(ticket)
    return ticket


@read
def count_tickets(
    session: Session,
    agent_id: str | None = None,
    queue: Queue | None = None,
    status: Status | None = None,
) -> int:
    """Count tickets, optionally only those of one agent, in one queue or with one status."""
    query = select(Ticket)
    if agent_id is not None:
        query = query.where(Ticket.agent_id == agent_id)
    if queue is not None:
        query = query.where(Ticket.queue == queue)
    if status is not None:
        query = query.where(Ticket.status == status)
    return len(session.exec(query).all())


@read
def find_requester_by_email(session: Session, email: str) -> Requester:
    """Find the requester with an email address."""
    query = select(Requester).where(Requester.email == email).order_by(Requester.requester_id)
    requester = session.exec(query).first()
    if requester is None:
        raise ToolError(f"no requester matches email {email!r}")
    return requester


@read
def get_ticket(session: Session, ticket_id: str) -> Ticket:
    """Get a ticket with its requester, agent, priority and status."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    return ticket


@read
def list_agents(
    session: Session,
    queue: Queue | None = None,
    min_level: int | None = None,
    status: AgentStatus | None = None,
    limit: int = 25,
) -> list[Agent]:
    """List agents, optionally only those on one queue, with at least a level or with one status."""
    query = select(Agent).order_by(Agent.agent_id)
    if queue is not None:
        query = query.where(Agent.queue == queue)
    if min_level is not None:
        query = query.where(Agent.level >= min_level)
    if status is not None:
        query = query.where(Agent.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_replies(
    session: Session,
    ticket_id: str,
    visibility: Visibility | None = None,
    limit: int = 25,
) -> list[Reply]:
    """List the messages on a ticket, optionally only those that are public or internal."""
    if session.get(Ticket, ticket_id) is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    query = select(Reply).where(Reply.ticket_id == ticket_id).order_by(Reply.reply_id)
    if visibility is not None:
        query = query.where(Reply.visibility == visibility)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_tickets(
    session: Session,
    requester_id: str | None = None,
    agent_id: str | None = None,
    queue: Queue | None = None,
    priority: Priority | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Ticket]:
    """List tickets, optionally only those of one requester or agent, in one queue, with one priority or with one status."""
    query = select(Ticket).order_by(Ticket.ticket_id)
    if requester_id is not None:
        query = query.where(Ticket.requester_id == requester_id)
    if agent_id is not None:
        query = query.where(Ticket.agent_id == agent_id)
    if queue is not None:
        query = query.where(Ticket.queue == queue)
    if priority is not None:
        query = query.where(Ticket.priority == priority)
    if status is not None:
        query = query.where(Ticket.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_ticket_pending(session: Session, ticket_id: str) -> Ticket:
    """Mark a ticket as waiting for the requester."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "open":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'open'")
    ticket.status = "pending"
    session.add(ticket)
    return ticket


@write
def mark_ticket_solved(session: Session, ticket_id: str, resolution: Resolution) -> Ticket:
    """Mark a ticket as solved."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status not in ("open", "pending"):
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'open' or 'pending'")
    ticket.resolution = resolution
    ticket.status = "solved"
    session.add(ticket)
    return ticket


@write
def move_agent_queue(session: Session, agent_id: str, queue: Queue) -> Agent:
    """Move an agent to another queue."""
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise ToolError(f"agent {agent_id!r} not found")
    agent.queue = queue
    session.add(agent)
    return agent


@write
def open_ticket(
    session: Session,
    requester_id: str,
    subject: str,
    queue: Queue,
    priority: Priority = "normal",
    channel: Channel = "email",
) -> Ticket:
    """Open a ticket for a requester."""
    if session.get(Requester, requester_id) is None:
        raise ToolError(f"requester {requester_id!r} not found")
    ticket = Ticket(
        ticket_id=new_id(session, Ticket),
        requester_id=requester_id,
        subject=subject,
        queue=queue,
        priority=priority,
        channel=channel,
        status="new",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ticket)
    return ticket


@write
def publish_article(session: Session, article_id: str) -> Article:
    """Publish an article in the help center."""
    article = session.get(Article, article_id)
    if article is None:
        raise ToolError(f"article {article_id!r} not found")
    if article.status not in ("draft", "archived"):
        raise ToolError(f"article {article_id!r} is {article.status!r}; it must be 'draft' or 'archived'")
    article.status = "published"
    session.add(article)
    return article


@write
def register_requester(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    plan: Plan = "free",
    language: Language = "English",
) -> Requester:
    """Register a new requester."""
    requester = Requester(
        requester_id=new_id(session, Requester),
        first_name=first_name,
        last_name=last_name,
        email=email,
        plan=plan,
        language=language,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(requester)
    return requester


@write
def reopen_ticket(session: Session, ticket_id: str) -> Ticket:
    """Reopen a solved ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "solved":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'solved'")
    ticket.status = "open"
    session.add(ticket)
    return ticket


@read
def search_articles(
    session: Session,
    query_: str | None = None,
    section: Section | None = None,
    min_views: int | None = None,
    status: ArticleStatus | None = None,
    limit: int = 25,
) -> list[Article]:
    """Search help articles by title, section, number of readers and status."""
    query = select(Article).order_by(Article.article_id)
    if query_ is not None:
        query = query.where(Article.title.icontains(query_, autoescape=True))
    if section is not None:
        query = query.where(Article.section == section)
    if min_views is not None:
        query = query.where(Article.views >= min_views)
    if status is not None:
        query = query.where(Article.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_tickets(
    session: Session,
    query_: str,
    channel: Channel | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[Ticket]:
    """Search tickets by subject and by the time they were opened."""
    query = select(Ticket).where(Ticket.subject.icontains(query_, autoescape=True)).order_by(Ticket.ticket_id)
    if channel is not None:
        query = query.where(Ticket.channel == channel)
    if created_after is not None:
        query = query.where(Ticket.created_at >= created_after)
    if created_before is not None:
        query = query.where(Ticket.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_satisfaction_rating(
    session: Session,
    ticket_id: str,
    score: int,
    comment: str | None = None,
) -> SatisfactionRating:
    """Submit what the requester thought of the help."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status not in ("solved", "closed"):
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'solved' or 'closed'")
    satisfaction_rating = SatisfactionRating(
        satisfaction_rating_id=new_id(session, SatisfactionRating),
        ticket_id=ticket_id,
        score=score,
        comment=comment,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(satisfaction_rating)
    return satisfaction_rating


@write
def update_ticket(
    session: Session,
    ticket_id: str,
    subject: str | None = None,
    queue: Queue | None = None,
    priority: Priority | None = None,
    tags: list[str] | None = None,
) -> Ticket:
    """Update the subject, queue, priority or labels of a ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status not in ("new", "open", "pending"):
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'new', 'open' or 'pending'")
    if subject is None and queue is None and priority is None and tags is None:
        raise ToolError("nothing to change; give subject or queue or priority or tags")
    if subject is not None:
        ticket.subject = subject
    if queue is not None:
        ticket.queue = queue
    if priority is not None:
        ticket.priority = priority
    if tags is not None:
        ticket.tags = tags
    session.add(ticket)
    return ticket
