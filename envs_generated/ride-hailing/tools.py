"""Tools of the ride hailing domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Driver, Ride, Rider, RideRating, WalletPayment, Zone

CancelReason = Literal["driver_too_far", "changed_plans", "wrong_pickup", "no_driver_found", "rider_did_not_show"]
DriverStatus = Literal["offline", "online", "on_trip"]
PaymentMethod = Literal["credit_card", "debit_card", "bank_transfer", "voucher"]
Status = Literal["requested", "accepted", "in_progress", "completed", "paid", "cancelled"]
VehicleClass = Literal["economy", "comfort", "premium"]


@write
def assign_ride_driver(session: Session, ride_id: str, driver_id: str) -> Ride:
    """Assign a driver to a ride."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status != "requested":
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'requested'")
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status != "online":
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'online'")
    ride.driver_id = driver_id
    ride.status = "accepted"
    driver.status = "on_trip"
    session.add(driver)
    session.add(ride)
    return ride


@write
def bring_driver_online(session: Session, driver_id: str) -> Driver:
    """Start a driver's shift, or make a driver available again after a trip."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status not in ("offline", "on_trip"):
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'offline' or 'on_trip'")
    driver.status = "online"
    session.add(driver)
    return driver


@write
def cancel_ride(session: Session, ride_id: str, reason: CancelReason) -> Ride:
    """Cancel a ride before it starts."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status not in ("requested", "accepted"):
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'requested' or 'accepted'")
    ride.cancel_reason = reason
    ride.status = "cancelled"
    session.add(ride)
    return ride


@write
def complete_ride(session: Session, ride_id: str) -> Ride:
    """Complete a ride at its destination."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status != "in_progress":
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'in_progress'")
    ride.status = "completed"
    session.add(ride)
    return ride


@read
def find_rider_by_email(session: Session, email: str) -> Rider:
    """Find the rider with an email address."""
    query = select(Rider).where(Rider.email == email).order_by(Rider.rider_id)
    rider = session.exec(query).first()
    if rider is None:
        raise ToolError(f"no rider matches email {email!r}")
    return rider


@read
def get_ride(session: Session, ride_id: str) -> Ride:
    """Get a ride with its rider, driver, addresses, price and status."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    return ride


@read
def get_wallet_balance(session: Session, rider_id: str) -> dict[str, Any]:
    """Get how much money is in a rider's wallet."""
    rider = session.get(Rider, rider_id)
    if rider is None:
        raise ToolError(f"rider {rider_id!r} not found")
    return {"rider_id": rider.rider_id, "balance": rider.balance, "status": rider.status}


@read
def list_ride_ratings(
    session: Session,
    ride_id: str | None = None,
    min_stars: int | None = None,
    max_stars: int | None = None,
    created_after: str | None = None,
    limit: int = 20,
) -> list[RideRating]:
    """List ride ratings, optionally only those of one ride, with stars in a range or from a time on."""
    query = select(RideRating).order_by(RideRating.ride_rating_id)
    if ride_id is not None:
        query = query.where(RideRating.ride_id == ride_id)
    if min_stars is not None:
        query = query.where(RideRating.stars >= min_stars)
    if max_stars is not None:
        query = query.where(RideRating.stars <= max_stars)
    if created_after is not None:
        query = query.where(RideRating.created_at >= created_after)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_rides(
    session: Session,
    rider_id: str | None = None,
    driver_id: str | None = None,
    zone_id: str | None = None,
    status: Status | None = None,
    created_after: str | None = None,
    limit: int = 20,
) -> list[Ride]:
    """List rides, optionally only those of one rider, with one driver, in one zone, with one status or from a time on."""
    query = select(Ride).order_by(Ride.ride_id)
    if rider_id is not None:
        query = query.where(Ride.rider_id == rider_id)
    if driver_id is not None:
        query = query.where(Ride.driver_id == driver_id)
    if zone_id is not None:
        query = query.where(Ride.zone_id == zone_id)
    if status is not None:
        query = query.where(Ride.status == status)
    if created_after is not None:
        query = query.where(Ride.created_at >= created_after)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_wallet_payments(
    session: Session,
    rider_id: str | None = None,
    payment_method: PaymentMethod | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 20,
) -> list[WalletPayment]:
    """List payments into wallets, optionally only those of one rider, paid in one way or in a period."""
    query = select(WalletPayment).order_by(WalletPayment.wallet_payment_id)
    if rider_id is not None:
        query = query.where(WalletPayment.rider_id == rider_id)
    if payment_method is not None:
        query = query.where(WalletPayment.payment_method == payment_method)
    if created_after is not None:
        query = query.where(WalletPayment.created_at >= created_after)
    if created_before is not None:
        query = query.where(WalletPayment.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pay_ride(session: Session, ride_id: str, payer_rider_id: str) -> Ride:
    """Pay a ride from a rider's wallet, which may be that of a friend."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status != "completed":
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'completed'")
    payer_rider = session.get(Rider, payer_rider_id)
    if payer_rider is None:
        raise ToolError(f"rider {payer_rider_id!r} not found")
    if payer_rider.status != "active":
        raise ToolError(f"rider {payer_rider_id!r} is {payer_rider.status!r}; it must be 'active'")
    if payer_rider.balance < ride.price:
        raise ToolError(f"rider {payer_rider_id!r}: balance is {payer_rider.balance!r}, {ride.price!r} needed")
    ride.payer_rider_id = payer_rider_id
    payer_rider.balance = round(payer_rider.balance - ride.price, 2)
    session.add(payer_rider)
    ride.status = "paid"
    session.add(ride)
    return ride


@write
def request_ride(
    session: Session,
    rider_id: str,
    zone_id: str,
    pickup_address: str,
    dropoff_address: str,
    passengers: int,
) -> Ride:
    """Request a ride for a rider."""
    rider = session.get(Rider, rider_id)
    if rider is None:
        raise ToolError(f"rider {rider_id!r} not found")
    if rider.status != "active":
        raise ToolError(f"rider {rider_id!r} is {rider.status!r}; it must be 'active'")
    zone = session.get(Zone, zone_id)
    if zone is None:
        raise ToolError(f"zone {zone_id!r} not found")
    ride = Ride(
        ride_id=new_id(session, Ride),
        rider_id=rider_id,
        zone_id=zone_id,
        pickup_address=pickup_address,
        dropoff_address=dropoff_address,
        passengers=passengers,
        price=zone.price,
        status="requested",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ride)
    return ride


@read
def search_drivers(
    session: Session,
    vehicle_class: VehicleClass | None = None,
    min_seats: int | None = None,
    min_rating: float | None = None,
    status: DriverStatus | None = None,
    limit: int = 20,
) -> list[Driver]:
    """Search drivers by class of car, seats, rating and status."""
    query = select(Driver).order_by(Driver.driver_id)
    if vehicle_class is not None:
        query = query.where(Driver.vehicle_class == vehicle_class)
    if min_seats is not None:
        query = query.where(Driver.seats >= min_seats)
    if min_rating is not None:
        query = query.where(Driver.rating >= min_rating)
    if status is not None:
        query = query.where(Driver.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def search_zones(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    airport: bool | None = None,
    max_price: float | None = None,
    limit: int = 20,
) -> list[Zone]:
    """Search the zones that are served by name, city and price."""
    query = select(Zone).order_by(Zone.zone_id)
    if query_ is not None:
        query = query.where(Zone.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Zone.city == city)
    if airport is not None:
        query = query.where(Zone.airport == airport)
    if max_price is not None:
        query = query.where(Zone.price <= max_price)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def start_ride(session: Session, ride_id: str) -> Ride:
    """Start a ride when the rider is in the car."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status != "accepted":
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'accepted'")
    ride.status = "in_progress"
    session.add(ride)
    return ride


@write
def submit_ride_rating(session: Session, ride_id: str, stars: int, comment: str | None = None) -> RideRating:
    """Submit a rider's rating of a ride."""
    ride = session.get(Ride, ride_id)
    if ride is None:
        raise ToolError(f"ride {ride_id!r} not found")
    if ride.status not in ("completed", "paid"):
        raise ToolError(f"ride {ride_id!r} is {ride.status!r}; it must be 'completed' or 'paid'")
    ride_rating = RideRating(
        ride_rating_id=new_id(session, RideRating),
        ride_id=ride_id,
        stars=stars,
        comment=comment,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(ride_rating)
    return ride_rating


@write
def take_driver_offline(session: Session, driver_id: str) -> Driver:
    """End a driver's shift."""
    driver = session.get(Driver, driver_id)
    if driver is None:
        raise ToolError(f"driver {driver_id!r} not found")
    if driver.status != "online":
        raise ToolError(f"driver {driver_id!r} is {driver.status!r}; it must be 'online'")
    driver.status = "offline"
    session.add(driver)
    return driver


@write
def top_up_wallet(session: Session, rider_id: str, amount: float, payment_method: PaymentMethod) -> WalletPayment:
    """Add money to a rider's wallet."""
    rider = session.get(Rider, rider_id)
    if rider is None:
        raise ToolError(f"rider {rider_id!r} not found")
    if rider.status != "active":
        raise ToolError(f"rider {rider_id!r} is {rider.status!r}; it must be 'active'")
    rider.balance = round(rider.balance + amount, 2)
    session.add(rider)
    wallet_payment = WalletPayment(
        wallet_payment_id=new_id(session, WalletPayment),
        rider_id=rider_id,
        amount=amount,
        payment_method=payment_method,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(wallet_payment)
    return wallet_payment
