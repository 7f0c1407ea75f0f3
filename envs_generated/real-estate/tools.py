"""Tools of the real estate domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Agent, Client, Clock, Listing, Offer, OpenHouse, OpenHouseVisit, Viewing

AgentStatus = Literal["active", "on_leave", "retired"]
Financing = Literal["cash", "mortgage", "bridge_loan"]
Language = Literal["English", "Spanish", "Mandarin", "Portuguese", "Arabic", "Polish"]
ListingStatus = Literal["draft", "active", "under_offer", "sold", "withdrawn"]
OpenHouseVisitStatus = Literal["registered", "attended", "cancelled"]
PropertyType = Literal["apartment", "house", "townhouse", "loft", "cottage", "land"]
RejectReason = Literal["too_low", "financing_uncertain", "closing_too_late", "better_offer"]
RemindBy = Literal["email", "phone", "text"]
Status = Literal["submitted", "accepted", "rejected", "withdrawn"]
ViewingStatus = Literal["scheduled", "completed", "no_show", "cancelled"]
ViewingType = Literal["in_person", "video"]
WithdrawReason = Literal["seller_changed_mind", "rented_out", "renovation", "price_too_low"]


@write
def accept_offer(session: Session, offer_id: str) -> Offer:
    """Accept an offer on the seller's behalf."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise ToolError(f"offer {offer_id!r} not found")
    if offer.status != "submitted":
        raise ToolError(f"offer {offer_id!r} is {offer.status!r}; it must be 'submitted'")
    offer.status = "accepted"
    session.add(offer)
    return offer


@write
def assign_listing_agent(session: Session, listing_id: str, agent_id: str) -> Listing:
    """Assign another agent to a listing."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status not in ("draft", "active"):
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'draft' or 'active'")
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise ToolError(f"agent {agent_id!r} not found")
    if agent.status != "active":
        raise ToolError(f"agent {agent_id!r} is {agent.status!r}; it must be 'active'")
    listing.agent_id = agent_id
    session.add(listing)
    return listing


@write
def cancel_open_house_visit(session: Session, open_house_visit_id: str) -> OpenHouseVisit:
    """Cancel a client's place at an open house."""
    open_house_visit = session.get(OpenHouseVisit, open_house_visit_id)
    if open_house_visit is None:
        raise ToolError(f"open house visit {open_house_visit_id!r} not found")
    if open_house_visit.status != "registered":
        raise ToolError(
            f"open house visit {open_house_visit_id!r} is {open_house_visit.status!r}; it must be 'registered'"
        )
    open_house_visit.status = "cancelled"
    open_house = session.get_one(OpenHouse, open_house_visit.open_house_id)
    open_house.places_available += 1
    session.add(open_house)
    session.add(open_house_visit)
    return open_house_visit


@write
def cancel_viewing(session: Session, viewing_id: str) -> Viewing:
    """Cancel a viewing."""
    viewing = session.get(Viewing, viewing_id)
    if viewing is None:
        raise ToolError(f"viewing {viewing_id!r} not found")
    if viewing.status != "scheduled":
        raise ToolError(f"viewing {viewing_id!r} is {viewing.status!r}; it must be 'scheduled'")
    viewing.status = "cancelled"
    session.add(viewing)
    return viewing


@write
def change_asking_price(session: Session, listing_id: str, asking_price: int) -> Listing:
    """Change the asking price of a listing."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status not in ("draft", "active"):
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'draft' or 'active'")
    listing.asking_price = asking_price
    session.add(listing)
    return listing


@write
def complete_viewing(session: Session, viewing_id: str, feedback: str) -> Viewing:
    """Record that a viewing took place, with what the client said."""
    viewing = session.get(Viewing, viewing_id)
    if viewing is None:
        raise ToolError(f"viewing {viewing_id!r} not found")
    if viewing.status != "scheduled":
        raise ToolError(f"viewing {viewing_id!r} is {viewing.status!r}; it must be 'scheduled'")
    viewing.feedback = feedback
    viewing.status = "completed"
    session.add(viewing)
    return viewing


@read
def find_client_by_email(session: Session, email: str) -> Client:
    """Find the client with an email address."""
    query = select(Client).where(Client.email == email).order_by(Client.client_id)
    client = session.exec(query).first()
    if client is None:
        raise ToolError(f"no client matches email {email!r}")
    return client


@read
def get_listing_details(session: Session, listing_id: str) -> Listing:
    """Get a listing with its agent, size, features, asking price and status."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    return listing


@read
def list_offers(
    session: Session,
    listing_id: str | None = None,
    buyer_client_id: str | None = None,
    status: Status | None = None,
    min_amount: int | None = None,
    limit: int = 25,
) -> list[Offer]:
    """List offers, optionally only those for one listing, of one buyer, with one status or above an amount."""
    query = select(Offer).order_by(Offer.offer_id)
    if listing_id is not None:
        query = query.where(Offer.listing_id == listing_id)
    if buyer_client_id is not None:
        query = query.where(Offer.buyer_client_id == buyer_client_id)
    if status is not None:
        query = query.where(Offer.status == status)
    if min_amount is not None:
        query = query.where(Offer.amount >= min_amount)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_open_house_visits(
    session: Session,
    open_house_id: str | None = None,
    client_id: str | None = None,
    status: OpenHouseVisitStatus | None = None,
    limit: int = 25,
) -> list[OpenHouseVisit]:
    """List who visits open houses, optionally only the visitors of one open house, the visits of one client or those with one status."""
    query = select(OpenHouseVisit).order_by(OpenHouseVisit.open_house_visit_id)
    if open_house_id is not None:
        query = query.where(OpenHouseVisit.open_house_id == open_house_id)
    if client_id is not None:
        query = query.where(OpenHouseVisit.client_id == client_id)
    if status is not None:
        query = query.where(OpenHouseVisit.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_open_houses(
    session: Session,
    listing_id: str | None = None,
    min_places_available: int | None = None,
    open_house_after: str | None = None,
    limit: int = 25,
) -> list[OpenHouse]:
    """List open houses, optionally only those of one listing, with enough free places or from a day on."""
    query = select(OpenHouse).order_by(OpenHouse.open_house_id)
    if listing_id is not None:
        query = query.where(OpenHouse.listing_id == listing_id)
    if min_places_available is not None:
        query = query.where(OpenHouse.places_available >= min_places_available)
    if open_house_after is not None:
        query = query.where(OpenHouse.open_house_date >= open_house_after)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_viewings(
    session: Session,
    listing_id: str | None = None,
    client_id: str | None = None,
    agent_id: str | None = None,
    status: ViewingStatus | None = None,
    viewing_after: str | None = None,
    viewing_before: str | None = None,
    limit: int = 25,
) -> list[Viewing]:
    """List viewings, optionally only those of one listing, client or agent, with one status or in a period."""
    query = select(Viewing).order_by(Viewing.viewing_id)
    if listing_id is not None:
        query = query.where(Viewing.listing_id == listing_id)
    if client_id is not None:
        query = query.where(Viewing.client_id == client_id)
    if agent_id is not None:
        query = query.where(Viewing.agent_id == agent_id)
    if status is not None:
        query = query.where(Viewing.status == status)
    if viewing_after is not None:
        query = query.where(Viewing.viewing_date >= viewing_after)
    if viewing_before is not None:
        query = query.where(Viewing.viewing_date <= viewing_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def publish_listing(session: Session, listing_id: str) -> Listing:
    """Publish a draft listing."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status not in ("draft", "withdrawn"):
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'draft' or 'withdrawn'")
    listing.status = "active"
    session.add(listing)
    return listing


@write
def register_client(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    budget: int | None = None,
    preapproved: bool = False,
) -> Client:
    """Register a new client."""
    client = Client(
        client_id=new_id(session, Client),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        budget=budget,
        preapproved=preapproved,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(client)
    return client


@write
def register_open_house_visit(
    session: Session,
    open_house_id: str,
    client_id: str,
    remind_by: RemindBy = "email",
) -> OpenHouseVisit:
    """Register a client for an open house."""
    open_house = session.get(OpenHouse, open_house_id)
    if open_house is None:
        raise ToolError(f"open house {open_house_id!r} not found")
    if open_house.places_available < 1:
        raise ToolError(
            f"open house {open_house_id!r}: places available is {open_house.places_available!r}, {1!r} needed"
        )
    if session.get(Client, client_id) is None:
        raise ToolError(f"client {client_id!r} not found")
    open_house.places_available -= 1
    session.add(open_house)
    open_house_visit = OpenHouseVisit(
        open_house_visit_id=new_id(session, OpenHouseVisit),
        open_house_id=open_house_id,
        client_id=client_id,
        remind_by=remind_by,
        status="registered",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(open_house_visit)
    return open_house_visit


@write
def reject_offer(session: Session, offer_id: str, reject_reason: RejectReason) -> Offer:
    """Reject an offer on the seller's behalf."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise ToolError(f"offer {offer_id!r} not found")
    if offer.status != "submitted":
        raise ToolError(f"offer {offer_id!r} is {offer.status!r}; it must be 'submitted'")
    offer.reject_reason = reject_reason
    offer.status = "rejected"
    session.add(offer)
    return offer


@write
def reschedule_viewing(session: Session, viewing_id: str, viewing_date: str, start_time: str) -> Viewing:
    """Move a viewing to another day and time."""
    viewing = session.get(Viewing, viewing_id)
    if viewing is None:
        raise ToolError(f"viewing {viewing_id!r} not found")
    if viewing.status != "scheduled":
        raise ToolError(f"viewing {viewing_id!r} is {viewing.status!r}; it must be 'scheduled'")
    viewing.viewing_date = viewing_date
    viewing.start_time = start_time
    session.add(viewing)
    return viewing


@write
def schedule_viewing(
    session: Session,
    listing_id: str,
    client_id: str,
    agent_id: str,
    viewing_date: str,
    start_time: str,
    viewing_type: ViewingType = "in_person",
) -> Viewing:
    """Schedule a viewing of a property for a client."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status != "active":
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'active'")
    if session.get(Client, client_id) is None:
        raise ToolError(f"client {client_id!r} not found")
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise ToolError(f"agent {agent_id!r} not found")
    if agent.status != "active":
        raise ToolError(f"agent {agent_id!r} is {agent.status!r}; it must be 'active'")
    viewing = Viewing(
        viewing_id=new_id(session, Viewing),
        listing_id=listing_id,
        client_id=client_id,
        agent_id=agent_id,
        viewing_date=viewing_date,
        start_time=start_time,
        viewing_type=viewing_type,
        status="scheduled",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(viewing)
    return viewing


@read
def search_agents(
    session: Session,
    neighborhood: str | None = None,
    language: Language | None = None,
    status: AgentStatus | None = None,
    limit: int = 25,
) -> list[Agent]:
    """Search agents by neighborhood, language and status."""
    query = select(Agent).order_by(Agent.agent_id)
    if neighborhood is not None:
        query = query.where(Agent.neighborhood == neighborhood)
    if language is not None:
        query = query.where(Agent.language == language)
    if status is not None:
        query = query.where(Agent.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_listings(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    property_type: PropertyType | None = None,
    min_bedrooms: int | None = None,
    min_area_sqft: int | None = None,
    max_asking_price: int | None = None,
    status: ListingStatus | None = None,
    limit: int = 25,
) -> list[Listing]:
    """Search listings by title, city, kind of property, size and asking price."""
    query = select(Listing).order_by(Listing.listing_id)
    if query_ is not None:
        query = query.where(Listing.title.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Listing.city == city)
    if property_type is not None:
        query = query.where(Listing.property_type == property_type)
    if min_bedrooms is not None:
        query = query.where(Listing.bedrooms >= min_bedrooms)
    if min_area_sqft is not None:
        query = query.where(Listing.area_sqft >= min_area_sqft)
    if max_asking_price is not None:
        query = query.where(Listing.asking_price <= max_asking_price)
    if status is not None:
        query = query.where(Listing.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_offer(
    session: Session,
    listing_id: str,
    buyer_client_id: str,
    amount: int,
    closing_date: str,
    financing: Financing = "mortgage",
) -> Offer:
    """Submit an offer to buy a property."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status != "active":
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'active'")
    if session.get(Client, buyer_client_id) is None:
        raise ToolError(f"client {buyer_client_id!r} not found")
    offer = Offer(
        offer_id=new_id(session, Offer),
        listing_id=listing_id,
        buyer_client_id=buyer_client_id,
        amount=amount,
        financing=financing,
        closing_date=closing_date,
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(offer)
    return offer


@write
def withdraw_listing(session: Session, listing_id: str, withdraw_reason: WithdrawReason) -> Listing:
    """Withdraw a listing from sale."""
    listing = session.get(Listing, listing_id)
    if listing is None:
        raise ToolError(f"listing {listing_id!r} not found")
    if listing.status not in ("active", "under_offer"):
        raise ToolError(f"listing {listing_id!r} is {listing.status!r}; it must be 'active' or 'under_offer'")
    listing.withdraw_reason = withdraw_reason
    listing.status = "withdrawn"
    session.add(listing)
    return listing
