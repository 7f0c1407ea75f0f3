"""Tools of the hotel domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Booking, Clock, Guest, Hotel, RoomType, Service, ServiceOrder

Beds = Literal["one_double", "one_king", "two_twins", "two_queens"]
CancelReason = Literal["change_of_plans", "found_better_rate", "illness", "travel_disruption", "other"]
ServiceOrderStatus = Literal["ordered", "completed", "cancelled"]
Status = Literal["confirmed", "checked_in", "checked_out", "cancelled"]


@write
def book_room(
    session: Session,
    guest_id: str,
    room_type_id: str,
    check_in_date: str,
    nights: int,
    special_requests: str | None = None,
) -> Booking:
    """Book a room of one room type for a guest."""
    if session.get(Guest, guest_id) is None:
        raise ToolError(f"guest {guest_id!r} not found")
    room_type = session.get(RoomType, room_type_id)
    if room_type is None:
        raise ToolError(f"room type {room_type_id!r} not found")
    if room_type.rooms_available < 1:
        raise ToolError(f"room type {room_type_id!r}: rooms available is {room_type.rooms_available!r}, {1!r} needed")
    room_type.rooms_available -= 1
    session.add(room_type)
    booking = Booking(
        booking_id=new_id(session, Booking),
        guest_id=guest_id,
        room_type_id=room_type_id,
        check_in_date=check_in_date,
        nights=nights,
        total_price=round(room_type.nightly_rate * nights, 2),
        special_requests=special_requests,
        status="confirmed",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(booking)
    return booking


@write
def cancel_booking(session: Session, booking_id: str, reason: CancelReason) -> Booking:
    """Cancel a booking."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "confirmed":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'confirmed'")
    booking.cancel_reason = reason
    booking.status = "cancelled"
    room_type = session.get_one(RoomType, booking.room_type_id)
    room_type.rooms_available += 1
    session.add(room_type)
    session.add(booking)
    return booking


@write
def cancel_service_order(session: Session, service_order_id: str) -> ServiceOrder:
    """Cancel a service order."""
    service_order = session.get(ServiceOrder, service_order_id)
    if service_order is None:
        raise ToolError(f"service order {service_order_id!r} not found")
    if service_order.status != "ordered":
        raise ToolError(f"service order {service_order_id!r} is {service_order.status!r}; it must be 'ordered'")
    service_order.status = "cancelled"
    session.add(service_order)
    return service_order


@write
def check_in_booking(session: Session, booking_id: str) -> Booking:
    """Check in the guest of a booking."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "confirmed":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'confirmed'")
    booking.status = "checked_in"
    session.add(booking)
    return booking


@write
def check_out_booking(session: Session, booking_id: str) -> Booking:
    """Check out the guest of a booking."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "checked_in":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'checked_in'")
    booking.status = "checked_out"
    room_type = session.get_one(RoomType, booking.room_type_id)
    room_type.rooms_available += 1
    session.add(room_type)
    session.add(booking)
    return booking


@write
def complete_service_order(session: Session, service_order_id: str) -> ServiceOrder:
    """Mark a service order as completed."""
    service_order = session.get(ServiceOrder, service_order_id)
    if service_order is None:
        raise ToolError(f"service order {service_order_id!r} not found")
    if service_order.status != "ordered":
        raise ToolError(f"service order {service_order_id!r} is {service_order.status!r}; it must be 'ordered'")
    service_order.status = "completed"
    session.add(service_order)
    return service_order


@read
def count_bookings(session: Session, room_type_id: str | None = None, status: Status | None = None) -> int:
    """Count bookings, optionally only those of one room type or with one status."""
    query = select(Booking)
    if room_type_id is not None:
        query = query.where(Booking.room_type_id == room_type_id)
    if status is not None:
        query = query.where(Booking.status == status)
    return len(session.exec(query).all())


@read
def find_guest_by_email(session: Session, email: str) -> Guest:
    """Find the guest with an email address."""
    query = select(Guest).where(Guest.email == email).order_by(Guest.guest_id)
    guest = session.exec(query).first()
    if guest is None:
        raise ToolError(f"no guest matches email {email!r}")
    return guest


@read
def get_booking_details(session: Session, booking_id: str) -> Booking:
    """Get a booking with its room type, dates, total price and status."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    return booking


@read
def get_hotel_details(session: Session, hotel_id: str) -> Hotel:
    """Get a hotel with its address, stars and amenities."""
    hotel = session.get(Hotel, hotel_id)
    if hotel is None:
        raise ToolError(f"hotel {hotel_id!r} not found")
    return hotel


@read
def get_room_type_details(session: Session, room_type_id: str) -> RoomType:
    """Get a room type with its beds, nightly rate and rooms available."""
    room_type = session.get(RoomType, room_type_id)
    if room_type is None:
        raise ToolError(f"room type {room_type_id!r} not found")
    return room_type


@read
def list_bookings(
    session: Session,
    guest_id: str | None = None,
    status: Status | None = None,
    check_in_after: str | None = None,
    check_in_before: str | None = None,
    limit: int = 50,
) -> list[Booking]:
    """List bookings, optionally only those of one guest, with one status or with arrival in a period."""
    query = select(Booking).order_by(Booking.booking_id)
    if guest_id is not None:
        query = query.where(Booking.guest_id == guest_id)
    if status is not None:
        query = query.where(Booking.status == status)
    if check_in_after is not None:
        query = query.where(Booking.check_in_date >= check_in_after)
    if check_in_before is not None:
        query = query.where(Booking.check_in_date <= check_in_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_room_types(
    session: Session,
    hotel_id: str | None = None,
    beds: Beds | None = None,
    max_nightly_rate: float | None = None,
    limit: int = 50,
) -> list[RoomType]:
    """List room types, optionally only those of one hotel, with given beds or up to a nightly rate."""
    query = select(RoomType).order_by(RoomType.room_type_id)
    if hotel_id is not None:
        query = query.where(RoomType.hotel_id == hotel_id)
    if beds is not None:
        query = query.where(RoomType.beds == beds)
    if max_nightly_rate is not None:
        query = query.where(RoomType.nightly_rate <= max_nightly_rate)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_service_orders(
    session: Session,
    booking_id: str | None = None,
    status: ServiceOrderStatus | None = None,
    limit: int = 50,
) -> list[ServiceOrder]:
    """List service orders, optionally only those for one booking or with one status."""
    query = select(ServiceOrder).order_by(ServiceOrder.service_order_id)
    if booking_id is not None:
        query = query.where(ServiceOrder.booking_id == booking_id)
    if status is not None:
        query = query.where(ServiceOrder.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_services(session: Session, max_price: float | None = None, limit: int = 50) -> list[Service]:
    """List the services guests can order, optionally only those up to a price."""
    query = select(Service).order_by(Service.service_id)
    if max_price is not None:
        query = query.where(Service.price <= max_price)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def order_service(session: Session, booking_id: str, service_id: str, quantity: int) -> ServiceOrder:
    """Order a service for a booking."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "checked_in":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'checked_in'")
    service = session.get(Service, service_id)
    if service is None:
        raise ToolError(f"service {service_id!r} not found")
    service_order = ServiceOrder(
        service_order_id=new_id(session, ServiceOrder),
        booking_id=booking_id,
        service_id=service_id,
        quantity=quantity,
        total=round(service.price * quantity, 2),
        status="ordered",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(service_order)
    return service_order


@write
def register_guest(session: Session, first_name: str, last_name: str, email: str, phone: str, country: str) -> Guest:
    """Register a new guest."""
    guest = Guest(
        guest_id=new_id(session, Guest),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        country=country,
        loyalty_tier="classic",
    )
    session.add(guest)
    return guest


@write
def reschedule_booking(session: Session, booking_id: str, check_in_date: str) -> Booking:
    """Move a booking to another day of arrival for the same number of nights."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "confirmed":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'confirmed'")
    booking.check_in_date = check_in_date
    session.add(booking)
    return booking


@read
def search_hotels(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    min_stars: int | None = None,
    pets_allowed: bool | None = None,
    limit: int = 50,
) -> list[Hotel]:
    """Search hotels by name, city and stars."""
    query = select(Hotel).order_by(Hotel.hotel_id)
    if query_ is not None:
        query = query.where(Hotel.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Hotel.city == city)
    if min_stars is not None:
        query = query.where(Hotel.stars >= min_stars)
    if pets_allowed is not None:
        query = query.where(Hotel.pets_allowed == pets_allowed)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_special_requests(session: Session, booking_id: str, special_requests: str) -> Booking:
    """Set the special requests of a booking, replacing any earlier ones."""
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise ToolError(f"booking {booking_id!r} not found")
    if booking.status != "confirmed":
        raise ToolError(f"booking {booking_id!r} is {booking.status!r}; it must be 'confirmed'")
    booking.special_requests = special_requests
    session.add(booking)
    return booking


@write
def update_guest_contact(session: Session, guest_id: str, email: str | None = None, phone: str | None = None) -> Guest:
    """Change the email address or the phone number of a guest."""
    guest = session.get(Guest, guest_id)
    if guest is None:
        raise ToolError(f"guest {guest_id!r} not found")
    if email is None and phone is None:
        raise ToolError("nothing to change; give email or phone")
    if email is not None:
        guest.email = email
    if phone is not None:
        guest.phone = phone
    session.add(guest)
    return guest
