"""Tools of the crm domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Activity, Clock, Company, Contact, Deal, Lead, SalesRep

ActivityStatus = Literal["planned", "completed", "skipped"]
ActivityType = Literal["call", "email", "meeting", "demo", "site_visit"]
DisqualifyReason = Literal["no_budget", "no_need", "wrong_contact", "competitor"]
Industry = Literal["manufacturing", "retail", "healthcare", "education", "finance", "hospitality", "technology"]
LeadStatus = Literal["new", "contacted", "qualified", "disqualified"]
LostReason = Literal["price", "competitor", "no_decision", "missing_feature", "budget_cut"]
Outcome = Literal["reached", "no_answer", "rescheduled", "interested", "not_interested"]
SalesRepStatus = Literal["active", "on_leave", "left"]
Segment = Literal["small", "mid_market", "enterprise"]
Source = Literal["website", "referral", "trade_fair", "cold_call", "webinar", "partner"]
Stage = Literal["discovery", "demo", "proposal", "negotiation"]
Status = Literal["open", "won", "lost"]
Territory = Literal["north", "south", "east", "west", "international"]


@write
def assign_lead(session: Session, lead_id: str, sales_rep_id: str) -> Lead:
    """Assign a lead to a representative, who makes the first contact."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise ToolError(f"lead {lead_id!r} not found")
    if lead.status != "new":
        raise ToolError(f"lead {lead_id!r} is {lead.status!r}; it must be 'new'")
    sales_rep = session.get(SalesRep, sales_rep_id)
    if sales_rep is None:
        raise ToolError(f"sales rep {sales_rep_id!r} not found")
    if sales_rep.status != "active":
        raise ToolError(f"sales rep {sales_rep_id!r} is {sales_rep.status!r}; it must be 'active'")
    lead.sales_rep_id = sales_rep_id
    lead.status = "contacted"
    session.add(lead)
    return lead


@write
def complete_activity(session: Session, activity_id: str, outcome: Outcome) -> Activity:
    """Complete an activity."""
    activity = session.get(Activity, activity_id)
    if activity is None:
        raise ToolError(f"activity {activity_id!r} not found")
    if activity.status != "planned":
        raise ToolError(f"activity {activity_id!r} is {activity.status!r}; it must be 'planned'")
    activity.outcome = outcome
    activity.status = "completed"
    session.add(activity)
    return activity


@read
def count_deals(
    session: Session,
    sales_rep_id: str | None = None,
    stage: Stage | None = None,
    status: Status | None = None,
) -> int:
    """Count deals, optionally only those of one representative, at one stage or with one status."""
    query = select(Deal)
    if sales_rep_id is not None:
        query = query.where(Deal.sales_rep_id == sales_rep_id)
    if stage is not None:
        query = query.where(Deal.stage == stage)
    if status is not None:
        query = query.where(Deal.status == status)
    return len(session.exec(query).all())


@write
def create_contact(
    session: Session,
    company_id: str,
    first_name: str,
    last_name: str,
    email: str,
    job_title: str,
    phone: str | None = None,
) -> Contact:
    """Create a contact at a company."""
    if session.get(Company, company_id) is None:
        raise ToolError(f"company {company_id!r} not found")
    contact = Contact(
        contact_id=new_id(session, Contact),
        company_id=company_id,
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        job_title=job_title,
        subscribed=True,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(contact)
    return contact


@write
def disqualify_lead(session: Session, lead_id: str, disqualify_reason: DisqualifyReason) -> Lead:
    """Mark a lead as not worth pursuing."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise ToolError(f"lead {lead_id!r} not found")
    if lead.status not in ("new", "contacted"):
        raise ToolError(f"lead {lead_id!r} is {lead.status!r}; it must be 'new' or 'contacted'")
    lead.disqualify_reason = disqualify_reason
    lead.status = "disqualified"
    session.add(lead)
    return lead


@read
def find_contact_by_email(session: Session, email: str) -> Contact:
    """Find the contact with an email address."""
    query = select(Contact).where(Contact.email == email).order_by(Contact.contact_id)
    contact = session.exec(query).first()
    if contact is None:
        raise ToolError(f"no contact matches email {email!r}")
    return contact


@read
def get_deal(session: Session, deal_id: str) -> Deal:
    """Get a deal with its company, value, stage and status."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    return deal


@read
def list_activities(
    session: Session,
    deal_id: str | None = None,
    sales_rep_id: str | None = None,
    status: ActivityStatus | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Activity]:
    """List activities, optionally only those for one deal, of one representative, with one status or due by a date."""
    query = select(Activity).order_by(Activity.activity_id)
    if deal_id is not None:
        query = query.where(Activity.deal_id == deal_id)
    if sales_rep_id is not None:
        query = query.where(Activity.sales_rep_id == sales_rep_id)
    if status is not None:
        query = query.where(Activity.status == status)
    if due_before is not None:
        query = query.where(Activity.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_contacts(
    session: Session,
    company_id: str | None = None,
    subscribed: bool | None = None,
    limit: int = 25,
) -> list[Contact]:
    """List contacts, optionally only those at one company or who do, or do not, accept marketing messages."""
    query = select(Contact).order_by(Contact.contact_id)
    if company_id is not None:
        query = query.where(Contact.company_id == company_id)
    if subscribed is not None:
        query = query.where(Contact.subscribed == subscribed)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_leads(
    session: Session,
    sales_rep_id: str | None = None,
    source: Source | None = None,
    status: LeadStatus | None = None,
    min_score: int | None = None,
    limit: int = 25,
) -> list[Lead]:
    """List leads, optionally only those of one representative, from one source, with one status or with at least a score."""
    query = select(Lead).order_by(Lead.lead_id)
    if sales_rep_id is not None:
        query = query.where(Lead.sales_rep_id == sales_rep_id)
    if source is not None:
        query = query.where(Lead.source == source)
    if status is not None:
        query = query.where(Lead.status == status)
    if min_score is not None:
        query = query.where(Lead.score >= min_score)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_sales_reps(
    session: Session,
    territory: Territory | None = None,
    status: SalesRepStatus | None = None,
    limit: int = 25,
) -> list[SalesRep]:
    """List sales representatives, optionally only those in one territory or with one status."""
    query = select(SalesRep).order_by(SalesRep.sales_rep_id)
    if territory is not None:
        query = query.where(SalesRep.territory == territory)
    if status is not None:
        query = query.where(SalesRep.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_deal_lost(session: Session, deal_id: str, lost_reason: LostReason) -> Deal:
    """Record that a deal was lost."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    if deal.status != "open":
        raise ToolError(f"deal {deal_id!r} is {deal.status!r}; it must be 'open'")
    deal.lost_reason = lost_reason
    deal.status = "lost"
    session.add(deal)
    return deal


@write
def mark_deal_won(session: Session, deal_id: str) -> Deal:
    """Record that a deal was signed."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    if deal.status != "open":
        raise ToolError(f"deal {deal_id!r} is {deal.status!r}; it must be 'open'")
    deal.status = "won"
    session.add(deal)
    return deal


@write
def move_deal_stage(session: Session, deal_id: str, stage: Stage) -> Deal:
    """Move a deal to another stage of the talks."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    if deal.status != "open":
        raise ToolError(f"deal {deal_id!r} is {deal.status!r}; it must be 'open'")
    deal.stage = stage
    session.add(deal)
    return deal


@write
def open_deal(
    session: Session,
    company_id: str,
    sales_rep_id: str,
    title: str,
    amount: float,
    probability: int,
    expected_close_date: str,
    contact_id: str | None = None,
) -> Deal:
    """Open a deal with a company."""
    if session.get(Company, company_id) is None:
        raise ToolError(f"company {company_id!r} not found")
    if contact_id is not None and session.get(Contact, contact_id) is None:
        raise ToolError(f"contact {contact_id!r} not found")
    sales_rep = session.get(SalesRep, sales_rep_id)
    if sales_rep is None:
        raise ToolError(f"sales rep {sales_rep_id!r} not found")
    if sales_rep.status != "active":
        raise ToolError(f"sales rep {sales_rep_id!r} is {sales_rep.status!r}; it must be 'active'")
    deal = Deal(
        deal_id=new_id(session, Deal),
        company_id=company_id,
        contact_id=contact_id,
        sales_rep_id=sales_rep_id,
        title=title,
        amount=amount,
        probability=probability,
        expected_close_date=expected_close_date,
        stage="discovery",
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(deal)
    return deal


@write
def plan_activity(
    session: Session,
    deal_id: str,
    sales_rep_id: str,
    activity_type: ActivityType,
    subject: str,
    due_date: str,
) -> Activity:
    """Plan an activity for a deal."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    if deal.status != "open":
        raise ToolError(f"deal {deal_id!r} is {deal.status!r}; it must be 'open'")
    if session.get(SalesRep, sales_rep_id) is None:
        raise ToolError(f"sales rep {sales_rep_id!r} not found")
    activity = Activity(
        activity_id=new_id(session, Activity),
        deal_id=deal_id,
        sales_rep_id=sales_rep_id,
        activity_type=activity_type,
        subject=subject,
        due_date=due_date,
        status="planned",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(activity)
    return activity


@write
def qualify_lead(session: Session, lead_id: str) -> Lead:
    """Mark a lead as qualified."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise ToolError(f"lead {lead_id!r} not found")
    if lead.status != "contacted":
        raise ToolError(f"lead {lead_id!r} is {lead.status!r}; it must be 'contacted'")
    lead.status = "qualified"
    session.add(lead)
    return lead


@write
def reassign_company(session: Session, company_id: str, owner_sales_rep_id: str) -> Company:
    """Reassign a company to another representative."""
    company = session.get(Company, company_id)
    if company is None:
        raise ToolError(f"company {company_id!r} not found")
    owner_sales_rep = session.get(SalesRep, owner_sales_rep_id)
    if owner_sales_rep is None:
        raise ToolError(f"sales rep {owner_sales_rep_id!r} not found")
    if owner_sales_rep.status != "active":
        raise ToolError(f"sales rep {owner_sales_rep_id!r} is {owner_sales_rep.status!r}; it must be 'active'")
    company.owner_sales_rep_id = owner_sales_rep_id
    session.add(company)
    return company


@read
def search_companies(
    session: Session,
    query_: str | None = None,
    industry: Industry | None = None,
    city: str | None = None,
    min_employees: int | None = None,
    segment: Segment | None = None,
    owner_sales_rep_id: str | None = None,
    limit: int = 25,
) -> list[Company]:
    """Search companies by name, industry, city, size, segment and representative."""
    query = select(Company).order_by(Company.company_id)
    if query_ is not None:
        query = query.where(Company.company_name.icontains(query_, autoescape=True))
    if industry is not None:
        query = query.where(Company.industry == industry)
    if city is not None:
        query = query.where(Company.city == city)
    if min_employees is not None:
        query = query.where(Company.employees >= min_employees)
    if segment is not None:
        query = query.where(Company.segment == segment)
    if owner_sales_rep_id is not None:
        query = query.where(Company.owner_sales_rep_id == owner_sales_rep_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_deals(
    session: Session,
    query_: str | None = None,
    company_id: str | None = None,
    sales_rep_id: str | None = None,
    stage: Stage | None = None,
    status: Status | None = None,
    min_amount: float | None = None,
    expected_close_before: str | None = None,
    limit: int = 25,
) -> list[Deal]:
    """Search deals by title, representative, stage, status, value and expected close."""
    query = select(Deal).order_by(Deal.deal_id)
    if query_ is not None:
        query = query.where(Deal.title.icontains(query_, autoescape=True))
    if company_id is not None:
        query = query.where(Deal.company_id == company_id)
    if sales_rep_id is not None:
        query = query.where(Deal.sales_rep_id == sales_rep_id)
    if stage is not None:
        query = query.where(Deal.stage == stage)
    if status is not None:
        query = query.where(Deal.status == status)
    if min_amount is not None:
        query = query.where(Deal.amount >= min_amount)
    if expected_close_before is not None:
        query = query.where(Deal.expected_close_date <= expected_close_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def update_contact(
    session: Session,
    contact_id: str,
    phone: str | None = None,
    job_title: str | None = None,
    tags: list[str] | None = None,
    subscribed: bool | None = None,
) -> Contact:
    """Update a contact's details, labels or consent to marketing messages."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise ToolError(f"contact {contact_id!r} not found")
    if phone is None and job_title is None and tags is None and subscribed is None:
        raise ToolError("nothing to change; give phone or job_title or tags or subscribed")
    if phone is not None:
        contact.phone = phone
    if job_title is not None:
        contact.job_title = job_title
    if tags is not None:
        contact.tags = tags
    if subscribed is not None:
        contact.subscribed = subscribed
    session.add(contact)
    return contact


@write
def update_deal(
    session: Session,
    deal_id: str,
    amount: float | None = None,
    probability: int | None = None,
    expected_close_date: str | None = None,
) -> Deal:
    """Update the value, chance or expected close of a deal."""
    deal = session.get(Deal, deal_id)
    if deal is None:
        raise ToolError(f"deal {deal_id!r} not found")
    if deal.status != "open":
        raise ToolError(f"deal {deal_id!r} is {deal.status!r}; it must be 'open'")
    if amount is None and probability is None and expected_close_date is None:
        raise ToolError("nothing to change; give amount or probability or expected_close_date")
    if amount is not None:
        deal.amount = amount
    if probability is not None:
        deal.probability = probability
    if expected_close_date is not None:
        deal.expected_close_date = expected_close_date
    session.add(deal)
    return deal
