"""Tools of the museum domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Artwork, Clock, ExhibitedWork, Exhibition, Institution, Loan, Ticket, Visitor

ArtworkStatus = Literal["in_storage", "on_display", "on_loan", "in_restoration"]
AudioGuide = Literal["none", "English", "Spanish", "French", "Mandarin"]
ExhibitionStatus = Literal["planned", "open", "sold_out", "closed"]
Medium = Literal["oil_on_canvas", "watercolor", "bronze", "ceramic", "photograph", "textile", "woodcut", "marble"]
Membership = Literal["none", "individual", "family", "patron"]
Status = Literal["requested", "approved", "returned", "declined"]
TicketStatus = Literal["valid", "admitted", "refunded"]
Transport = Literal["art_courier", "air_freight", "museum_van"]
Wing = Literal["east_wing", "west_wing", "sculpture_hall", "courtyard", "lower_gallery"]


@write
def admit_ticket(session: Session, ticket_id: str) -> Ticket:
    """Admit the holder of a ticket at the entrance."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "valid":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'valid'")
    ticket.status = "admitted"
    session.add(ticket)
    return ticket


@write
def approve_loan(session: Session, loan_id: str) -> Loan:
    """Approve a loan."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    if loan.status != "requested":
        raise ToolError(f"loan {loan_id!r} is {loan.status!r}; it must be 'requested'")
    loan.status = "approved"
    session.add(loan)
    return loan


@write
def change_membership(session: Session, visitor_id: str, membership: Membership) -> Visitor:
    """Change the membership of a visitor."""
    visitor = session.get(Visitor, visitor_id)
    if visitor is None:
        raise ToolError(f"visitor {visitor_id!r} not found")
    visitor.membership = membership
    session.add(visitor)
    return visitor


@read
def find_visitor_by_email(session: Session, email: str) -> Visitor:
    """Find the visitor with an email address."""
    query = select(Visitor).where(Visitor.email == email).order_by(Visitor.visitor_id)
    visitor = session.exec(query).first()
    if visitor is None:
        raise ToolError(f"no visitor matches email {email!r}")
    return visitor


@read
def get_exhibition(session: Session, exhibition_id: str) -> Exhibition:
    """Get an exhibition with its curator, dates, price and tickets available."""
    exhibition = session.get(Exhibition, exhibition_id)
    if exhibition is None:
        raise ToolError(f"exhibition {exhibition_id!r} not found")
    return exhibition


@write
def install_artwork(session: Session, artwork_id: str, wing: Wing) -> Artwork:
    """Install an artwork where visitors see it."""
    artwork = session.get(Artwork, artwork_id)
    if artwork is None:
        raise ToolError(f"artwork {artwork_id!r} not found")
    if artwork.status != "in_storage":
        raise ToolError(f"artwork {artwork_id!r} is {artwork.status!r}; it must be 'in_storage'")
    artwork.wing = wing
    artwork.status = "on_display"
    session.add(artwork)
    return artwork


@read
def list_exhibited_works(
    session: Session,
    exhibition_id: str | None = None,
    artwork_id: str | None = None,
    limit: int = 25,
) -> list[ExhibitedWork]:
    """List the works in exhibitions, optionally only those in one exhibition or the exhibitions of one artwork."""
    query = select(ExhibitedWork).order_by(ExhibitedWork.exhibited_work_id)
    if exhibition_id is not None:
        query = query.where(ExhibitedWork.exhibition_id == exhibition_id)
    if artwork_id is not None:
        query = query.where(ExhibitedWork.artwork_id == artwork_id)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_loans(
    session: Session,
    artwork_id: str | None = None,
    institution_id: str | None = None,
    status: Status | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Loan]:
    """List loans, optionally only those of one artwork, to one institution, with one status or that end by a day."""
    query = select(Loan).order_by(Loan.loan_id)
    if artwork_id is not None:
        query = query.where(Loan.artwork_id == artwork_id)
    if institution_id is not None:
        query = query.where(Loan.institution_id == institution_id)
    if status is not None:
        query = query.where(Loan.status == status)
    if due_before is not None:
        query = query.where(Loan.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_tickets(
    session: Session,
    visitor_id: str | None = None,
    exhibition_id: str | None = None,
    visit_date: str | None = None,
    status: TicketStatus | None = None,
    limit: int = 25,
) -> list[Ticket]:
    """List tickets, optionally only those of one visitor, for one exhibition, for one day or with one status."""
    query = select(Ticket).order_by(Ticket.ticket_id)
    if visitor_id is not None:
        query = query.where(Ticket.visitor_id == visitor_id)
    if exhibition_id is not None:
        query = query.where(Ticket.exhibition_id == exhibition_id)
    if visit_date is not None:
        query = query.where(Ticket.visit_date == visit_date)
    if status is not None:
        query = query.where(Ticket.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def purchase_ticket(
    session: Session,
    visitor_id: str,
    exhibition_id: str,
    visit_date: str,
    entry_time: str,
    quantity: int,
    audio_guide: AudioGuide = "none",
) -> Ticket:
    """Buy tickets for an exhibition."""
    if session.get(Visitor, visitor_id) is None:
        raise ToolError(f"visitor {visitor_id!r} not found")
    exhibition = session.get(Exhibition, exhibition_id)
    if exhibition is None:
        raise ToolError(f"exhibition {exhibition_id!r} not found")
    if exhibition.status != "open":
        raise ToolError(f"exhibition {exhibition_id!r} is {exhibition.status!r}; it must be 'open'")
    if exhibition.tickets_available < quantity:
        raise ToolError(
            f"exhibition {exhibition_id!r}: tickets available is {exhibition.tickets_available!r}, {quantity!r} needed"
        )
    exhibition.tickets_available -= quantity
    session.add(exhibition)
    ticket = Ticket(
        ticket_id=new_id(session, Ticket),
        visitor_id=visitor_id,
        exhibition_id=exhibition_id,
        visit_date=visit_date,
        entry_time=entry_time,
        quantity=quantity,
        audio_guide=audio_guide,
        total_price=round(exhibition.price * quantity, 2),
        status="valid",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ticket)
    return ticket


@write
def refund_ticket(session: Session, ticket_id: str) -> Ticket:
    """Refund a ticket that was not used."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "valid":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'valid'")
    ticket.status = "refunded"
    exhibition = session.get_one(Exhibition, ticket.exhibition_id)
    exhibition.tickets_available += ticket.quantity
    session.add(exhibition)
    session.add(ticket)
    return ticket


@write
def register_visitor(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    membership: Membership = "none",
) -> Visitor:
    """Register a new visitor."""
    visitor = Visitor(
        visitor_id=new_id(session, Visitor),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        membership=membership,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(visitor)
    return visitor


@write
def request_loan(
    session: Session,
    artwork_id: str,
    institution_id: str,
    loan_date: str,
    due_date: str,
    transport: Transport,
) -> Loan:
    """Request a loan of an artwork for another institution."""
    artwork = session.get(Artwork, artwork_id)
    if artwork is None:
        raise ToolError(f"artwork {artwork_id!r} not found")
    if artwork.status != "in_storage":
        raise ToolError(f"artwork {artwork_id!r} is {artwork.status!r}; it must be 'in_storage'")
    if session.get(Institution, institution_id) is None:
        raise ToolError(f"institution {institution_id!r} not found")
    artwork.status = "on_loan"
    session.add(artwork)
    loan = Loan(
        loan_id=new_id(session, Loan),
        artwork_id=artwork_id,
        institution_id=institution_id,
        loan_date=loan_date,
        due_date=due_date,
        transport=transport,
        status="requested",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(loan)
    return loan


@write
def return_loan(session: Session, loan_id: str, condition_note: str) -> Loan:
    """Take back the work of a loan and note its state."""
    loan = session.get(Loan, loan_id)
    if loan is None:
        raise ToolError(f"loan {loan_id!r} not found")
    if loan.status != "approved":
        raise ToolError(f"loan {loan_id!r} is {loan.status!r}; it must be 'approved'")
    loan.condition_note = condition_note
    loan.status = "returned"
    session.add(loan)
    return loan


@read
def search_artworks(
    session: Session,
    query_: str | None = None,
    artist: str | None = None,
    medium: Medium | None = None,
    min_year_made: int | None = None,
    max_year_made: int | None = None,
    max_insured_value: int | None = None,
    status: ArtworkStatus | None = None,
    limit: int = 25,
) -> list[Artwork]:
    """Search the collection by title, artist, medium, year, value and status."""
    query = select(Artwork).order_by(Artwork.artwork_id)
    if query_ is not None:
        query = query.where(Artwork.title.icontains(query_, autoescape=True))
    if artist is not None:
        query = query.where(Artwork.artist == artist)
    if medium is not None:
        query = query.where(Artwork.medium == medium)
    if min_year_made is not None:
        query = query.where(Artwork.year_made >= min_year_made)
    if max_year_made is not None:
        query = query.where(Artwork.year_made <= max_year_made)
    if max_insured_value is not None:
        query = query.where(Artwork.insured_value <= max_insured_value)
    if status is not None:
        query = query.where(Artwork.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_exhibitions(
    session: Session,
    query_: str | None = None,
    wing: Wing | None = None,
    min_tickets_available: int | None = None,
    max_price: float | None = None,
    status: ExhibitionStatus | None = None,
    limit: int = 25,
) -> list[Exhibition]:
    """Search exhibitions by title, wing, price, tickets left and status."""
    query = select(Exhibition).order_by(Exhibition.exhibition_id)
    if query_ is not None:
        query = query.where(Exhibition.title.icontains(query_, autoescape=True))
    if wing is not None:
        query = query.where(Exhibition.wing == wing)
    if min_tickets_available is not None:
        query = query.where(Exhibition.tickets_available >= min_tickets_available)
    if max_price is not None:
        query = query.where(Exhibition.price <= max_price)
    if status is not None:
        query = query.where(Exhibition.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_institutions(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    country: str | None = None,
    climate_control: bool | None = None,
    limit: int = 25,
) -> list[Institution]:
    """Search the institutions that borrow works by name, country and climate control."""
    query = select(Institution).order_by(Institution.institution_id)
    if query_ is not None:
        query = query.where(Institution.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Institution.city == city)
    if country is not None:
        query = query.where(Institution.country == country)
    if climate_control is not None:
        query = query.where(Institution.climate_control == climate_control)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def store_artwork(session: Session, artwork_id: str) -> Artwork:
    """Take an artwork to the storage rooms."""
    artwork = session.get(Artwork, artwork_id)
    if artwork is None:
        raise ToolError(f"artwork {artwork_id!r} not found")
    if artwork.status not in ("on_display", "on_loan", "in_restoration"):
        raise ToolError(
            f"artwork {artwork_id!r} is {artwork.status!r}; it must be 'on_display', 'on_loan' or 'in_restoration'"
        )
    artwork.status = "in_storage"
    session.add(artwork)
    return artwork
