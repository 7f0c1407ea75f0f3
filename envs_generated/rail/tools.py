"""Tools of the rail domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Departure, LostItem, Passenger, Station, Ticket, Train

CancelReason = Literal["change_of_plans", "missed_connection", "illness", "travelling_by_other_means"]
DepartureStatus = Literal["scheduled", "boarding", "departed", "arrived", "cancelled"]
DiscountCard = Literal["none", "youth", "senior", "commuter"]
ItemType = Literal["bag", "phone", "laptop", "clothing", "umbrella", "keys", "other"]
LostItemStatus = Literal["open", "found", "returned", "closed"]
Status = Literal["booked", "checked_in", "used", "cancelled"]
TravelClass = Literal["standard", "comfort", "first"]


@write
def book_ticket(
    session: Session,
    passenger_id: str,
    departure_id: str,
    seats: int,
    travel_class: TravelClass = "standard",
    bicycle: bool = False,
) -> Ticket:
    """Book seats on a departure for a passenger."""
    if session.get(Passenger, passenger_id) is None:
        raise ToolError(f"passenger {passenger_id!r} not found")
    departure = session.get(Departure, departure_id)
    if departure is None:
        raise ToolError(f"departure {departure_id!r} not found")
    if departure.status != "scheduled":
        raise ToolError(f"departure {departure_id!r} is {departure.status!r}; it must be 'scheduled'")
    if departure.seats_available < seats:
        raise ToolError(
            f"departure {departure_id!r}: seats available is {departure.seats_available!r}, {seats!r} needed"
        )
    departure.seats_available -= seats
    session.add(departure)
    ticket = Ticket(
        ticket_id=new_id(session, Ticket),
        passenger_id=passenger_id,
        departure_id=departure_id,
        travel_class=travel_class,
        seats=seats,
        bicycle=bicycle,
        total_fare=round(departure.fare * seats, 2),
        status="booked",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ticket)
    return ticket


@write
def cancel_ticket(session: Session, ticket_id: str, reason: CancelReason) -> Ticket:
    """Cancel a ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "booked":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'booked'")
    ticket.cancel_reason = reason
    ticket.status = "cancelled"
    departure = session.get_one(Departure, ticket.departure_id)
    departure.seats_available += ticket.seats
    session.add(departure)
    session.add(ticket)
    return ticket


@write
def change_departure_platform(session: Session, departure_id: str, platform: int) -> Departure:
    """Change the platform a departure leaves from."""
    departure = session.get(Departure, departure_id)
    if departure is None:
        raise ToolError(f"departure {departure_id!r} not found")
    if departure.status not in ("scheduled", "boarding"):
        raise ToolError(f"departure {departure_id!r} is {departure.status!r}; it must be 'scheduled' or 'boarding'")
    departure.platform = platform
    session.add(departure)
    return departure


@write
def change_travel_class(session: Session, ticket_id: str, travel_class: TravelClass) -> Ticket:
    """Change the class of a ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "booked":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'booked'")
    ticket.travel_class = travel_class
    session.add(ticket)
    return ticket


@write
def check_in_ticket(session: Session, ticket_id: str) -> Ticket:
    """Check in the holder of a ticket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    if ticket.status != "booked":
        raise ToolError(f"ticket {ticket_id!r} is {ticket.status!r}; it must be 'booked'")
    ticket.status = "checked_in"
    session.add(ticket)
    return ticket


@read
def count_tickets(
    session: Session,
    departure_id: str | None = None,
    travel_class: TravelClass | None = None,
    status: Status | None = None,
) -> int:
    """Count tickets, optionally only those for one departure, in one class or with one status."""
    query = select(Ticket)
    if departure_id is not None:
        query = query.where(Ticket.departure_id == departure_id)
    if travel_class is not None:
        query = query.where(Ticket.travel_class == travel_class)
    if status is not None:
        query = query.where(Ticket.status == status)
    return len(session.exec(query).all())


@read
def find_passenger_by_email(session: Session, email: str) -> Passenger:
    """Find the passenger with an email address."""
    query = select(Passenger).where(Passenger.email == email).order_by(Passenger.passenger_id)
    passenger = session.exec(query).first()
    if passenger is None:
        raise ToolError(f"no passenger matches email {email!r}")
    return passenger


@read
def get_departure_details(session: Session, departure_id: str) -> Departure:
    """Get a departure with its train, stations, time, platform, fare and seats available."""
    departure = session.get(Departure, departure_id)
    if departure is None:
        raise ToolError(f"departure {departure_id!r} not found")
    return departure


@read
def get_ticket_details(session: Session, ticket_id: str) -> Ticket:
    """Get a ticket with its departure, seats, class, fare and status."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    return ticket


@read
def get_train(session: Session, train_number: str) -> Train:
    """Get a train with its name, kind and services on board."""
    train = session.get(Train, train_number)
    if train is None:
        raise ToolError(f"train {train_number!r} not found")
    return train


@read
def list_lost_items(
    session: Session,
    ticket_id: str | None = None,
    item_type: ItemType | None = None,
    status: LostItemStatus | None = None,
    limit: int = 25,
) -> list[LostItem]:
    """List lost items, optionally only those on one ticket, of one kind or with one status."""
    query = select(LostItem).order_by(LostItem.lost_item_id)
    if ticket_id is not None:
        query = query.where(LostItem.ticket_id == ticket_id)
    if item_type is not None:
        query = query.where(LostItem.item_type == item_type)
    if status is not None:
        query = query.where(LostItem.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_tickets(
    session: Session,
    passenger_id: str | None = None,
    departure_id: str | None = None,
    travel_class: TravelClass | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Ticket]:
    """List tickets, optionally only those of one passenger, for one departure, in one class or with one status."""
    query = select(Ticket).order_by(Ticket.ticket_id)
    if passenger_id is not None:
        query = query.where(Ticket.passenger_id == passenger_id)
    if departure_id is not None:
        query = query.where(Ticket.departure_id == departure_id)
    if travel_class is not None:
        query = query.where(Ticket.travel_class == travel_class)
    if status is not None:
        query = query.where(Ticket.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def register_passenger(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    date_of_birth: str,
    discount_card: DiscountCard = "none",
) -> Passenger:
    """Register a new passenger."""
    passenger = Passenger(
        passenger_id=new_id(session, Passenger),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        date_of_birth=date_of_birth,
        discount_card=discount_card,
    )
    session.add(passenger)
    return passenger


@write
def report_lost_item(session: Session, ticket_id: str, item_type: ItemType, description: str, coach: int) -> LostItem:
    """Report something that was left on a train."""
    if session.get(Ticket, ticket_id) is None:
        raise ToolError(f"ticket {ticket_id!r} not found")
    lost_item = LostItem(
        lost_item_id=new_id(session, LostItem),
        ticket_id=ticket_id,
        item_type=item_type,
        description=description,
        coach=coach,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(lost_item)
    return lost_item


@write
def return_lost_item(session: Session, lost_item_id: str) -> LostItem:
    """Hand a lost item back to its owner."""
    lost_item = session.get(LostItem, lost_item_id)
    if lost_item is None:
        raise ToolError(f"lost item {lost_item_id!r} not found")
    if lost_item.status != "found":
        raise ToolError(f"lost item {lost_item_id!r} is {lost_item.status!r}; it must be 'found'")
    lost_item.status = "returned"
    session.add(lost_item)
    return lost_item


@read
def search_departures(
    session: Session,
    origin_station_code: str | None = None,
    destination_station_code: str | None = None,
    train_number: str | None = None,
    departure_after: str | None = None,
    departure_before: str | None = None,
    max_fare: float | None = None,
    min_seats_available: int | None = None,
    status: DepartureStatus | None = None,
    limit: int = 25,
) -> list[Departure]:
    """Search departures by stations, day, fare and seats that are left."""
    query = select(Departure).order_by(Departure.departure_id)
    if origin_station_code is not None:
        query = query.where(Departure.origin_station_code == origin_station_code)
    if destination_station_code is not None:
        query = query.where(Departure.destination_station_code == destination_station_code)
    if train_number is not None:
        query = query.where(Departure.train_number == train_number)
    if departure_after is not None:
        query = query.where(Departure.departure_date >= departure_after)
    if departure_before is not None:
        query = query.where(Departure.departure_date <= departure_before)
    if max_fare is not None:
        query = query.where(Departure.fare <= max_fare)
    if min_seats_available is not None:
        query = query.where(Departure.seats_available >= min_seats_available)
    if status is not None:
        query = query.where(Departure.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_stations(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    state: str | None = None,
    step_free: bool | None = None,
    limit: int = 25,
) -> list[Station]:
    """Search stations by name, city and state."""
    query = select(Station).order_by(Station.station_code)
    if query_ is not None:
        query = query.where(Station.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Station.city == city)
    if state is not None:
        query = query.where(Station.state == state)
    if step_free is not None:
        query = query.where(Station.step_free == step_free)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def update_passenger_contact(
    session: Session,
    passenger_id: str,
    email: str | None = None,
    phone: str | None = None,
) -> Passenger:
    """Change the email address or the phone number of a passenger."""
    passenger = session.get(Passenger, passenger_id)
    if passenger is None:
        raise ToolError(f"passenger {passenger_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        passenger.email = email
    if phone is not None:
        passenger.phone = phone
    session.add(passenger)
    return passenger
