"""Tools of the cinema domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Booking, Cinema, Clock, Customer, Film, GiftCard, Review, Screening

AgeRating = Literal["G", "PG", "PG-13", "R"]
BlockReason = Literal["lost", "stolen", "fraud"]
CancelReason = Literal["change_of_plans", "wrong_screening", "illness", "double_booking"]
Format = Literal["2D", "3D", "IMAX", "35mm"]
Genre = Literal["drama", "comedy", "thriller", "animation", "documentary", "horror", "science_fiction", "musical"]
GiftCardStatus = Literal["active", "blocked", "used_up"]
Language = Literal["English", "Spanish", "French", "Korean", "Hindi", "Japanese", "Italian"]
ScreeningStatus = Literal["on_sale", "closed", "cancelled"]
Seating = Literal["front", "middle", "back", "aisle"]
Status = Literal["reserved", "paid", "collected", "cancelled"]


@write
def block_gift_card(session: Session, gift_card_id: str, block_reason: BlockReason) -> GiftCard:
    """Block a gift card so that nobody can pay with it."""
    gift_card = session.get(GiftCard, gift_card_id)
    if gift_card is None:
        raise ToolError(f"gift card {gift_card_id!r} not found")
    if gift_card.status != "active":
        raise ToolError(f"gift card {gift_card_id!r} is {gift_card.status!r}; it must be 'active'")
    gift_card.block_reason = block_reason
    gift_card.status = "blocked"
    session.add(gift_card)
    return gift_card


@write
def book_tickets(
    session: Session,
    customer_id: str,
    screening_id: str,
    tickets: int,
    seating: Seating = "middle",
) -> Booking:
    """Book tickets for a screening."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    screening = session.get(Screening, screening_id)
    if screening is None:
        raise ToolError(f"screening {screening_id!r} not found")
    if screening.status != "on_sale":
        raise ToolError(f"screening {screening_id!r} is {screening.status!r}; it must be 'on_sale'")
    if screening.seats_available < tickets:
        raise ToolError(
            f"screening {screening_id!r}: seats available is {screening.seats_available!r}, {tickets!r} needed"
        )
    screening.seats_available -= tickets
    session.add(screening)
    booking = Booking(
        booking_id=new_id(session, Booking),
        customer_id=customer_id,
        screening_id=screening_id,
        tickets=tickets,
        seating=seating,
        total=round(screening.price * tickets, 2),
        status="reserved",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(booking)
    return booking


@write
def cancel_booking(session: Session, booking_id: str, cancel_reason: CancelReason) -> Booking:
    """Cancel a booking before its tickets are handed out."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status not in ("reserved", "paid"):
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'reserved' or 'paid'")
    booking.cancel_reason = cancel_reason
    booking.status = "cancelled"
    screening = session.get_one(Screening, booking.screening_id)
    screening.seats_available += booking.tickets
    session.add(screening)
    session.add(booking)
    return booking


@write
def cancel_screening(session: Session, screening_id: str) -> Screening:
    """Cancel a screening."""
    screening = session.get(Screening, screening_id)
    if screening is None:
        raise ToolError(f"screening {screening_id!r} not found")
    if screening.status not in ("on_sale", "closed"):
        raise ToolError(f"screening {screening_id!r} is {screening.status!r}; it must be 'on_sale' or 'closed'")
    screening.status = "cancelled"
    session.add(screening)
    return screening


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_booking(session: Session, booking_id: str) -> Booking:
    """Get a booking with its screening, number of tickets, total and status."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    return booking


@read
def get_film(session: Session, film_id: str) -> Film:
    """Get a film with its genre, language, age rating and length."""
    film = session.get(Film, film_id)
    if film is None:
        raise ToolError(f"film {film_id!r} not found")
    return film


@read
def get_screening_availability(session: Session, screening_id: str) -> dict[str, Any]:
    """Get how many seats of a screening are free, and what a ticket costs."""
    screening = session.get(Screening, screening_id)
    if screening is None:
        raise ToolError(f"screening {screening_id!r} not found")
    return {
        "screening_id": screening.screening_id,
        "price": screening.price,
        "seats_available": screening.seats_available,
        "status": screening.status,
    }


@read
def list_bookings(
    session: Session,
    customer_id: str | None = None,
    screening_id: str | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Booking]:
    """List bookings, optionally only those of one customer, for one screening or with one status."""
    query = select(Booking).order_by(Booking.booking_id)
    if customer_id is not None:
        query = query.where(Booking.customer_id == customer_id)
    if screening_id is not None:
        query = query.where(Booking.screening_id == screening_id)
    if status is not None:
        query = query.where(Booking.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_cinemas(
    session: Session,
    city: str | None = None,
    wheelchair_access: bool | None = None,
    limit: int = 25,
) -> list[Cinema]:
    """List the cinemas of the chain, optionally only those in one city or with step-free access."""
    query = select(Cinema).order_by(Cinema.cinema_id)
    if city is not None:
        query = query.where(Cinema.city == city)
    if wheelchair_access is not None:
        query = query.where(Cinema.wheelchair_access == wheelchair_access)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_gift_cards(
    session: Session,
    customer_id: str | None = None,
    status: GiftCardStatus | None = None,
    min_balance: float | None = None,
    limit: int = 25,
) -> list[GiftCard]:
    """List gift cards, optionally only those of one customer, with one status or with at least some money left."""
    query = select(GiftCard).order_by(GiftCard.gift_card_id)
    if customer_id is not None:
        query = query.where(GiftCard.customer_id == customer_id)
    if status is not None:
        query = query.where(GiftCard.status == status)
    if min_balance is not None:
        query = query.where(GiftCard.balance >= min_balance)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_reviews(
    session: Session,
    film_id: str | None = None,
    customer_id: str | None = None,
    min_stars: int | None = None,
    limit: int = 25,
) -> list[Review]:
    """List reviews, optionally only those of one film, by one customer or with at least some stars."""
    query = select(Review).order_by(Review.review_id)
    if film_id is not None:
        query = query.where(Review.film_id == film_id)
    if customer_id is not None:
        query = query.where(Review.customer_id == customer_id)
    if min_stars is not None:
        query = query.where(Review.stars >= min_stars)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_screenings(
    session: Session,
    film_id: str | None = None,
    cinema_id: str | None = None,
    format: Format | None = None,
    max_price: float | None = None,
    screening_after: str | None = None,
    screening_before: str | None = None,
    status: ScreeningStatus | None = None,
    limit: int = 25,
) -> list[Screening]:
    """List screenings, optionally only those of one film, in one cinema, in one format, up to a price or in a period."""
    query = select(Screening).order_by(Screening.screening_id)
    if film_id is not None:
        query = query.where(Screening.film_id == film_id)
    if cinema_id is not None:
        query = query.where(Screening.cinema_id == cinema_id)
    if format is not None:
        query = query.where(Screening.format == format)
    if max_price is not None:
        query = query.where(Screening.price <= max_price)
    if screening_after is not None:
        query = query.where(Screening.screening_date >= screening_after)
    if screening_before is not None:
        query = query.where(Screening.screening_date <= screening_before)
    if status is not None:
        query = query.where(Screening.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def mark_booking_collected(session: Session, booking_id: str) -> Booking:
    """Record that the tickets of a booking were handed out."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "paid":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'paid'")
    booking.status = "collected"
    session.add(booking)
    return booking


@write
def pay_booking(session: Session, booking_id: str, gift_card_id: str) -> Booking:
    """Pay a reserved booking with a gift card."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "reserved":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'reserved'")
    gift_card = session.get(GiftCard, gift_card_id)
    if gift_card is None:
        raise ToolError(f"gift card {gift_card_id!r} not found")
    if gift_card.status != "active":
        raise ToolError(f"gift card {gift_card_id!r} is {gift_card.status!r}; it must be 'active'")
    if gift_card.balance < booking.total:
        raise ToolError(f"gift card {gift_card_id!r}: balance is {gift_card.balance!r}, {booking.total!r} needed")
    booking.gift_card_id = gift_card_id
    gift_card.balance = round(gift_card.balance - booking.total, 2)
    session.add(gift_card)
    booking.status = "paid"
    session.add(booking)
    return booking


@write
def register_customer(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str | None = None,
) -> Customer:
    """Register a new customer."""
    customer = Customer(
        customer_id=new_id(session, Customer),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        membership="none",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(customer)
    return customer


@read
def search_films(
    session: Session,
    query_: str | None = None,
    genre: Genre | None = None,
    language: Language | None = None,
    age_rating: AgeRating | None = None,
    max_runtime_minutes: int | None = None,
    release_after: str | None = None,
    limit: int = 25,
) -> list[Film]:
    """Search the films in the programme by title, genre, language, age rating, length and day of release."""
    query = select(Film).order_by(Film.film_id)
    if query_ is not None:
        query = query.where(Film.title.icontains(query_, autoescape=True))
    if genre is not None:
        query = query.where(Film.genre == genre)
    if language is not None:
        query = query.where(Film.language == language)
    if age_rating is not None:
        query = query.where(Film.age_rating == age_rating)
    if max_runtime_minutes is not None:
        query = query.where(Film.runtime_minutes <= max_runtime_minutes)
    if release_after is not None:
        query = query.where(Film.release_date >= release_after)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def submit_film_review(
    session: Session,
    film_id: str,
    customer_id: str,
    stars: int,
    comment: str | None = None,
) -> Review:
    """Submit a review of a film."""
    if session.get(Film, film_id) is None:
        raise ToolError(f"film {film_id!r} not found")
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    review = Review(
        review_id=new_id(session, Review),
        film_id=film_id,
        customer_id=customer_id,
        stars=stars,
        comment=comment,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(review)
    return review


@write
def top_up_gift_card(session: Session, gift_card_id: str, amount: float) -> GiftCard:
    """Top up a gift card."""
    gift_card = session.get(GiftCard, gift_card_id)
    if gift_card is None:
        raise ToolError(f"gift card {gift_card_id!r} not found")
    if gift_card.status != "active":
        raise ToolError(f"gift card {gift_card_id!r} is {gift_card.status!r}; it must be 'active'")
    gift_card.balance = round(gift_card.balance + amount, 2)
    session.add(gift_card)
    return gift_card
