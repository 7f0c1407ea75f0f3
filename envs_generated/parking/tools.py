"""Tools of the parking domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Driver, Fine, Garage, ParkingSession, Permit, Reservation, Vehicle

District = Literal["center", "harbor", "university", "station", "hillside"]
GarageStatus = Literal["open", "full", "closed"]
ParkingSessionStatus = Literal["parked", "left"]
PermitStatus = Literal["requested", "granted", "refused", "revoked"]
RefuseReason = Literal["no_resident", "district_full", "missing_papers", "unpaid_fines"]
ReservationStatus = Literal["booked", "used", "cancelled"]
Size = Literal["motorcycle", "compact", "standard", "oversize"]
Status = Literal["issued", "appealed", "paid", "waived"]
Violation = Literal["no_permit", "expired_session", "fire_lane", "two_spaces", "blocked_exit"]


@write
def appeal_fine(session: Session, fine_id: str, appeal_text: str) -> Fine:
    """Appeal a fine."""
    fine = session.get(Fine, fine_id)
    if fine is None:
        raise ToolError(f"fine {fine_id!r} not found")
    if fine.status != "issued":
        raise ToolError(f"fine {fine_id!r} is {fine.status!r}; it must be 'issued'")
    fine.appeal_text = appeal_text
    fine.status = "appealed"
    session.add(fine)
    return fine


@write
def cancel_reservation(session: Session, reservation_id: str) -> Reservation:
    """Cancel a reservation."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "booked":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'booked'")
    reservation.status = "cancelled"
    garage = session.get_one(Garage, reservation.garage_id)
    garage.spaces_available += 1
    session.add(garage)
    session.add(reservation)
    return reservation


@write
def delete_vehicle(session: Session, vehicle_id: str) -> Vehicle:
    """Delete a vehicle from its driver's account."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    if session.exec(select(Fine).where(Fine.vehicle_id == vehicle.vehicle_id)).first() is not None:
        raise ToolError(f"vehicle {vehicle.vehicle_id!r} still has fines; it cannot be deleted")
    if session.exec(select(ParkingSession).where(ParkingSession.vehicle_id == vehicle.vehicle_id)).first() is not None:
        raise ToolError(f"vehicle {vehicle.vehicle_id!r} still has parking sessions; it cannot be deleted")
    if session.exec(select(Permit).where(Permit.vehicle_id == vehicle.vehicle_id)).first() is not None:
        raise ToolError(f"vehicle {vehicle.vehicle_id!r} still has permits; it cannot be deleted")
    if session.exec(select(Reservation).where(Reservation.vehicle_id == vehicle.vehicle_id)).first() is not None:
        raise ToolError(f"vehicle {vehicle.vehicle_id!r} still has reservations; it cannot be deleted")
    session.delete(vehicle)
    return vehicle


@write
def end_parking_session(session: Session, parking_session_id: str) -> ParkingSession:
    """Let a vehicle out of a garage."""
    parking_session = session.get(ParkingSession, parking_session_id)
    if parking_session is None:
        raise ToolError(f"parking session {parking_session_id!r} not found")
    if parking_session.status != "parked":
        raise ToolError(f"parking session {parking_session_id!r} is {parking_session.status!r}; it must be 'parked'")
    parking_session.status = "left"
    garage = session.get_one(Garage, parking_session.garage_id)
    garage.spaces_available += 1
    session.add(garage)
    session.add(parking_session)
    return parking_session


@read
def find_driver_by_email(session: Session, email: str) -> Driver:
    """Find the driver with an email address."""
    query = select(Driver).where(Driver.email == email).order_by(Driver.driver_id)
    driver = session.exec(query).first()
    if driver is None:
        raise ToolError(f"no driver matches email {email!r}")
    return driver


@read
def find_vehicle_by_plate_number(session: Session, plate_number: str) -> Vehicle:
    """Find the vehicle with a licence plate."""
    query = select(Vehicle).where(Vehicle.plate_number == plate_number).order_by(Vehicle.vehicle_id)
    vehicle = session.exec(query).first()
    if vehicle is None:
        raise ToolError(f"no vehicle matches plate_number {plate_number!r}")
    return vehicle


@read
def get_wallet_balance(session: Session, driver_id: str) -> dict[str, Any]:
    """Get the money in a driver's wallet."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    return {
        "driver_id": driver.driver_id,
        "balance": driver.balance,
        "auto_top_up": driver.auto_top_up,
        "status": driver.status,
    }


@write
def grant_permit(session: Session, permit_id: str) -> Permit:
    """Grant a resident permit."""
    permit = session.get(Permit, permit_id)
    if permit is None:
        raise ToolError(f"permit {permit_id!r} not found")
    if permit.status != "requested":
        raise ToolError(f"permit {permit_id!r} is {permit.status!r}; it must be 'requested'")
    permit.status = "granted"
    session.add(permit)
    return permit


@read
def list_fines(
    session: Session,
    vehicle_id: str | None = None,
    violation: Violation | None = None,
    status: Status | None = None,
    due_before: str | None = None,
    limit: int = 25,
) -> list[Fine]:
    """List fines, optionally only those of one vehicle, for one violation, with one status or due by a date."""
    query = select(Fine).order_by(Fine.fine_id)
    if vehicle_id is not None:
        query = query.where(Fine.vehicle_id == vehicle_id)
    if violation is not None:
        query = query.where(Fine.violation == violation)
    if status is not None:
        query = query.where(Fine.status == status)
    if due_before is not None:
        query = query.where(Fine.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_parking_sessions(
    session: Session,
    vehicle_id: str | None = None,
    garage_id: str | None = None,
    status: ParkingSessionStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[ParkingSession]:
    """List parking sessions, optionally only those of one vehicle, in one garage, with one status or in a period."""
    query = select(ParkingSession).order_by(ParkingSession.parking_session_id)
    if vehicle_id is not None:
        query = query.where(ParkingSession.vehicle_id == vehicle_id)
    if garage_id is not None:
        query = query.where(ParkingSession.garage_id == garage_id)
    if status is not None:
        query = query.where(ParkingSession.status == status)
    if created_after is not None:
        query = query.where(ParkingSession.created_at >= created_after)
    if created_before is not None:
        query = query.where(ParkingSession.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_permits(
    session: Session,
    vehicle_id: str | None = None,
    district: District | None = None,
    status: PermitStatus | None = None,
    expires_before: str | None = None,
    limit: int = 25,
) -> list[Permit]:
    """List resident permits, optionally only those of one vehicle, in one district, with one status or valid until a day at most."""
    query = select(Permit).order_by(Permit.permit_id)
    if vehicle_id is not None:
        query = query.where(Permit.vehicle_id == vehicle_id)
    if district is not None:
        query = query.where(Permit.district == district)
    if status is not None:
        query = query.where(Permit.status == status)
    if expires_before is not None:
        query = query.where(Permit.expires_on <= expires_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_reservations(
    session: Session,
    vehicle_id: str | None = None,
    garage_id: str | None = None,
    status: ReservationStatus | None = None,
    arrival_after: str | None = None,
    arrival_before: str | None = None,
    limit: int = 25,
) -> list[Reservation]:
    """List reservations, optionally only those for one vehicle, in one garage, with one status or with arrival in a period."""
    query = select(Reservation).order_by(Reservation.reservation_id)
    if vehicle_id is not None:
        query = query.where(Reservation.vehicle_id == vehicle_id)
    if garage_id is not None:
        query = query.where(Reservation.garage_id == garage_id)
    if status is not None:
        query = query.where(Reservation.status == status)
    if arrival_after is not None:
        query = query.where(Reservation.arrival_date >= arrival_after)
    if arrival_before is not None:
        query = query.where(Reservation.arrival_date <= arrival_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_vehicles(
    session: Session,
    driver_id: str | None = None,
    size: Size | None = None,
    electric: bool | None = None,
    limit: int = 25,
) -> list[Vehicle]:
    """List vehicles, optionally only those of one driver, of one size or electric ones."""
    query = select(Vehicle).order_by(Vehicle.vehicle_id)
    if driver_id is not None:
        query = query.where(Vehicle.driver_id == driver_id)
    if size is not None:
        query = query.where(Vehicle.size == size)
    if electric is not None:
        query = query.where(Vehicle.electric == electric)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pay_fine(session: Session, fine_id: str, payer_driver_id: str) -> Fine:
    """Pay a fine from a driver's wallet."""
    fine = session.get(Fine, fine_id)
    if fine is None:
        raise ToolError(f"fine {fine_id!r} not found")
    if fine.status != "issued":
        raise ToolError(f"fine {fine_id!r} is {fine.status!r}; it must be 'issued'")
    payer_driver = session.get(Driver, payer_driver_id)
    if payer_driver is None:
        raise ToolError(f"driver {payer_driver_id!r} not found")
    if payer_driver.status != "active":
        raise ToolError(f"driver {payer_driver_id!r} is {payer_driver.status!r}; it must be 'active'")
    if payer_driver.balance < fine.amount:
        raise ToolError(f"driver {payer_driver_id!r}: balance is {payer_driver.balance!r}, {fine.amount!r} needed")
    fine.payer_driver_id = payer_driver_id
    payer_driver.balance = round(payer_driver.balance - fine.amount, 2)
    session.add(payer_driver)
    fine.status = "paid"
    session.add(fine)
    return fine


@write
def refuse_permit(session: Session, permit_id: str, refuse_reason: RefuseReason) -> Permit:
    """Refuse a resident permit."""
    permit = session.get(Permit, permit_id)
    if permit is None:
        raise ToolError(f"permit {permit_id!r} not found")
    if permit.status != "requested":
        raise ToolError(f"permit {permit_id!r} is {permit.status!r}; it must be 'requested'")
    permit.refuse_reason = refuse_reason
    permit.status = "refused"
    session.add(permit)
    return permit


@write
def register_vehicle(
    session: Session,
    driver_id: str,
    plate_number: str,
    model: str,
    size: Size = "standard",
    electric: bool = False,
) -> Vehicle:
    """Register a vehicle of a driver."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status != "active":
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'active'")
    vehicle = Vehicle(
        vehicle_id=new_id(session, Vehicle),
        driver_id=driver_id,
        plate_number=plate_number,
        model=model,
        size=size,
        electric=electric,
    )
    session.add(vehicle)
    return vehicle


@write
def request_permit(session: Session, vehicle_id: str, district: District, address: str, expires_on: str) -> Permit:
    """Request a resident permit for a vehicle."""
    if session.get(Vehicle, vehicle_id) is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    permit = Permit(
        permit_id=new_id(session, Permit),
        vehicle_id=vehicle_id,
        district=district,
        address=address,
        expires_on=expires_on,
        status="requested",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(permit)
    return permit


@write
def reschedule_reservation(session: Session, reservation_id: str, arrival_date: str, arrival_time: str) -> Reservation:
    """Move a reservation to another day and time."""
    reservation = session.get(Reservation, reservation_id)
    if reservation is None:
        raise ToolError(f"reservation {reservation_id!r} not found")
    if reservation.status != "booked":
        raise ToolError(f"reservation {reservation_id!r} is {reservation.status!r}; it must be 'booked'")
    reservation.arrival_date = arrival_date
    reservation.arrival_time = arrival_time
    session.add(reservation)
    return reservation


@write
def reserve_space(
    session: Session,
    vehicle_id: str,
    garage_id: str,
    arrival_date: str,
    arrival_time: str,
    hours: int,
) -> Reservation:
    """Reserve a space in a garage."""
    if session.get(Vehicle, vehicle_id) is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    garage = session.get(Garage, garage_id)
    if garage is None:
        raise ToolError(f"garage {garage_id!r} not found")
    if garage.status != "open":
        raise ToolError(f"garage {garage_id!r} is {garage.status!r}; it must be 'open'")
    if garage.spaces_available < 1:
        raise ToolError(f"garage {garage_id!r}: spaces available is {garage.spaces_available!r}, {1!r} needed")
    garage.spaces_available -= 1
    session.add(garage)
    reservation = Reservation(
        reservation_id=new_id(session, Reservation),
        vehicle_id=vehicle_id,
        garage_id=garage_id,
        arrival_date=arrival_date,
        arrival_time=arrival_time,
        hours=hours,
        total=round(garage.price * hours, 2),
        status="booked",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(reservation)
    return reservation


@read
def search_garages(
    session: Session,
    query_: str | None = None,
    district: District | None = None,
    max_price: float | None = None,
    min_spaces_available: int | None = None,
    min_charging_points: int | None = None,
    status: GarageStatus | None = None,
    limit: int = 25,
) -> list[Garage]:
    """Search garages by name, district, hourly price, free spaces and charging points."""
    query = select(Garage).order_by(Garage.garage_id)
    if query_ is not None:
        query = query.where(Garage.name.icontains(query_, autoescape=True))
    if district is not None:
        query = query.where(Garage.district == district)
    if max_price is not None:
        query = query.where(Garage.price <= max_price)
    if min_spaces_available is not None:
        query = query.where(Garage.spaces_available >= min_spaces_available)
    if min_charging_points is not None:
        query = query.where(Garage.charging_points >= min_charging_points)
    if status is not None:
        query = query.where(Garage.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def start_parking_session(session: Session, vehicle_id: str, garage_id: str, hours: int) -> ParkingSession:
    """Let a vehicle into a garage."""
    if session.get(Vehicle, vehicle_id) is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    garage = session.get(Garage, garage_id)
    if garage is None:
        raise ToolError(f"garage {garage_id!r} not found")
    if garage.status != "open":
        raise ToolError(f"garage {garage_id!r} is {garage.status!r}; it must be 'open'")
    if garage.spaces_available < 1:
        raise ToolError(f"garage {garage_id!r}: spaces available is {garage.spaces_available!r}, {1!r} needed")
    garage.spaces_available -= 1
    session.add(garage)
    parking_session = ParkingSession(
        parking_session_id=new_id(session, ParkingSession),
        vehicle_id=vehicle_id,
        garage_id=garage_id,
        hours=hours,
        total=round(garage.price * hours, 2),
        status="parked",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(parking_session)
    return parking_session


@write
def top_up_wallet(session: Session, driver_id: str, amount: float) -> Driver:
    """Top up the wallet of a driver."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status != "active":
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'active'")
    driver.balance = round(driver.balance + amount, 2)
    session.add(driver)
    return driver
