"""Tools of the airline domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import BaggageReport, Clock, Flight, MilesAccount, Reservation, User

BagType = Literal["suitcase", "duffel_bag", "backpack", "garment_bag", "stroller", "sports_equipment"]
BaggageReportStatus = Literal["open", "located", "delivered", "closed"]
Cabin = Literal["basic_economy", "economy", "premium_economy", "business"]
CancelReason = Literal["change_of_plans", "illness", "schedule_conflict", "flight_disruption", "other"]
Destination = Literal["BOS", "MIA", "LAX", "PHX", "MSP", "SFO", "AUS", "PDX", "SAN", "YVR"]
FlightStatus = Literal["scheduled", "delayed", "departed", "landed", "cancelled"]
MealPreference = Literal["regular", "vegetarian", "vegan", "gluten_free", "kosher", "halal"]
Origin = Literal["DEN", "ORD", "ATL", "SEA", "DFW"]
Status = Literal["confirmed", "checked_in", "flown", "cancelled"]
Tier = Literal["member", "silver", "gold", "platinum"]


@write
def book_reservation(
    session: Session,
    user_id: str,
    flight_id: str,
    passengers: int,
    cabin: Cabin = "basic_economy",
    checked_bags: int = 0,
    travel_insurance: bool = False,
) -> Reservation:
    """Book seats on a flight for a user."""
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    flight = session.get(Flight, flight_id)
    if flight is None:
        raise ToolError(f"flight {flight_id!r} not found")
    if flight.status != "scheduled":
        raise ToolError(f"flight {flight_id!r} is {flight.status!r}; it must be 'scheduled'")
    if flight.seats_available < passengers:
        raise ToolError(f"flight {flight_id!r}: seats available is {flight.seats_available!r}, {passengers!r} needed")
    flight.seats_available -= passengers
    session.add(flight)
    reservation = Reservation(
        reservation_id=new_id(session, Reservation),
        user_id=user_id,
        flight_id=flight_id,
        cabin=cabin,
        passengers=passengers,
        checked_bags=checked_bags,
        travel_insurance=travel_insurance,
        total_price=round(flight.fare * passengers, 2),
        status="confirmed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(reservation)
    return reservation


@write
def cancel_reservation(session: Session, reservation_id: str, reason: CancelReason) -> Reservation:
    """Cancel a reservation."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "confirmed":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'confirmed'")
    reservation.cancel_reason = reason
    reservation.status = "cancelled"
    flight = session.get_one(Flight, reservation.flight_id)
    flight.seats_available += reservation.passengers
    session.add(flight)
    session.add(reservation)
    return reservation


@write
def change_reservation_cabin(session: Session, reservation_id: str, cabin: Cabin) -> Reservation:
    """Change the cabin of a reservation."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "confirmed":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'confirmed'")
    reservation.cabin = cabin
    session.add(reservation)
    return reservation


@write
def check_in_reservation(session: Session, reservation_id: str) -> Reservation:
    """Check in the passengers of a reservation."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "confirmed":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'confirmed'")
    reservation.status = "checked_in"
    session.add(reservation)
    return reservation


@write
def close_baggage_report(session: Session, baggage_report_id: str) -> BaggageReport:
    """Close a baggage report."""
    baggage_report = session.get(BaggageReport, baggage_report_id)
    if baggage_report is None:
        raise ToolError(f"baggage report {baggage_report_id!r} not found")
    if baggage_report.status not in ("open", "delivered"):
        raise ToolError(
            f"baggage report {baggage_report_id!r} is {baggage_report.status!r}; it must be 'open' or 'delivered'"
        )
    baggage_report.status = "closed"
    session.add(baggage_report)
    return baggage_report


@read
def count_reservations(
    session: Session,
    flight_id: str | None = None,
    cabin: Cabin | None = None,
    status: Status | None = None,
) -> int:
    """Count reservations, optionally only those on one flight, in one cabin or with one status."""
    query = select(Reservation)
    if flight_id is not None:
        query = query.where(Reservation.flight_id == flight_id)
    if cabin is not None:
        query = query.where(Reservation.cabin == cabin)
    if status is not None:
        query = query.where(Reservation.status == status)
    return len(session.exec(query).all())


@read
def find_user_by_email(session: Session, email: str) -> User:
    """Find the user with an email address."""
    query = select(User).where(User.email == email).order_by(User.user_id)
    user = session.exec(query).first()
    if user is None:
        raise ToolError(f"no user matches email {email!r}")
    return user


@read
def get_baggage_report(session: Session, baggage_report_id: str) -> BaggageReport:
    """Get a baggage report and how far the search for the bag is."""
    baggage_report = session.get(BaggageReport, baggage_report_id)
    if baggage_report is None:
        raise ToolError(f"baggage report {baggage_report_id!r} not found")
    return baggage_report


@read
def get_flight_details(session: Session, flight_id: str) -> Flight:
    """Get a flight with its route, times, fare and seats available."""
    flight = session.get(Flight, flight_id)
    if flight is None:
        raise ToolError(f"flight {flight_id!r} not found")
    return flight


@read
def get_flight_status(session: Session, flight_id: str) -> dict[str, Any]:
    """Get the status and the departure of a flight."""
    flight = session.get(Flight, flight_id)
    if flight is None:
        raise ToolError(f"flight {flight_id!r} not found")
    return {
        "flight_id": flight.flight_id,
        "departure_date": flight.departure_date,
        "departure_time": flight.departure_time,
        "status": flight.status,
    }


@read
def get_reservation_details(session: Session, reservation_id: str) -> Reservation:
    """Get a reservation with its flight, cabin, passengers, bags and total price."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    return reservation


@read
def get_user_details(session: Session, user_id: str) -> User:
    """Get a user's profile: name, contact details, date of birth and meal preference."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    return user


@read
def list_baggage_reports(
    session: Session,
    reservation_id: str | None = None,
    status: BaggageReportStatus | None = None,
    limit: int = 25,
) -> list[BaggageReport]:
    """List baggage reports, optionally only those for one reservation or with one status."""
    query = select(BaggageReport).order_by(BaggageReport.baggage_report_id)
    if reservation_id is not None:
        query = query.where(BaggageReport.reservation_id == reservation_id)
    if status is not None:
        query = query.where(BaggageReport.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_miles_accounts(
    session: Session,
    user_id: str | None = None,
    tier: Tier | None = None,
    limit: int = 25,
) -> list[MilesAccount]:
    """List accounts in the mileage program, optionally only those of one user or in one tier."""
    query = select(MilesAccount).order_by(MilesAccount.miles_account_id)
    if user_id is not None:
        query = query.where(MilesAccount.user_id == user_id)
    if tier is not None:
        query = query.where(MilesAccount.tier == tier)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_reservations(
    session: Session,
    user_id: str | None = None,
    flight_id: str | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Reservation]:
    """List reservations, optionally only those of one user, on one flight or with one status."""
    query = select(Reservation).order_by(Reservation.reservation_id)
    if user_id is not None:
        query = query.where(Reservation.user_id == user_id)
    if flight_id is not None:
        query = query.where(Reservation.flight_id == flight_id)
    if status is not None:
        query = query.where(Reservation.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def redeem_miles(session: Session, miles_account_id: str, amount: int) -> MilesAccount:
    """Redeem miles for a reward."""
    miles_account = session.get(MilesAccount, miles_account_id)
    if miles_account is None:
        raise ToolError(f"miles account {miles_account_id!r} not found")
    if miles_account.status != "active":
        raise ToolError(f"miles account {miles_account_id!r} is {miles_account.status!r}; it must be 'active'")
    if miles_account.balance < amount:
        raise ToolError(f"miles account {miles_account_id!r}: balance is {miles_account.balance!r}, {amount!r} needed")
    miles_account.balance -= amount
    session.add(miles_account)
    return miles_account


@write
def report_missing_bag(
    session: Session,
    reservation_id: str,
    bag_type: BagType,
    color: str,
    delivery_address: str,
) -> BaggageReport:
    """Report that a checked bag did not arrive."""
    if session.get(Reservation, reservation_id) is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    baggage_report = BaggageReport(
        baggage_report_id=new_id(session, BaggageReport),
        reservation_id=reservation_id,
        bag_type=bag_type,
        color=color,
        delivery_address=delivery_address,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(baggage_report)
    return baggage_report


@read
def search_flights(
    session: Session,
    origin: Origin | None = None,
    destination: Destination | None = None,
    departure_after: str | None = None,
    departure_before: str | None = None,
    max_fare: float | None = None,
    status: FlightStatus | None = None,
    limit: int = 25,
) -> list[Flight]:
    """Search flights by route, day of departure and fare."""
    query = select(Flight).order_by(Flight.flight_id)
    if origin is not None:
        query = query.where(Flight.origin == origin)
    if destination is not None:
        query = query.where(Flight.destination == destination)
    if departure_after is not None:
        query = query.where(Flight.departure_date >= departure_after)
    if departure_before is not None:
        query = query.where(Flight.departure_date <= departure_before)
    if max_fare is not None:
        query = query.where(Flight.fare <= max_fare)
    if status is not None:
        query = query.where(Flight.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_meal_preference(session: Session, user_id: str, meal_preference: MealPreference) -> User:
    """Set the meal a user is served on board."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    user.meal_preference = meal_preference
    session.add(user)
    return user


@write
def update_reservation_baggage(session: Session, reservation_id: str, checked_bags: int) -> Reservation:
    """Change the number of checked bags of a reservation."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "confirmed":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'confirmed'")
    reservation.checked_bags = checked_bags
    session.add(reservation)
    return reservation


@write
def update_user_contact(session: Session, user_id: str, email: str | None = None, phone: str | None = None) -> User:
    """Change the email address or the phone number of a user."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        user.email = email
    if phone is not None:
        user.phone = phone
    session.add(user)
    return user
