"""Tools of the car rental domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Branch, Clock, Customer, Rental, Vehicle

CancelReason = Literal["plans_changed", "found_cheaper", "booked_by_mistake", "flight_cancelled"]
Category = Literal["economy", "compact", "midsize", "suv", "van", "convertible", "luxury"]
FuelLevel = Literal["empty", "quarter", "half", "three_quarters", "full"]
FuelType = Literal["petrol", "diesel", "hybrid", "electric"]
Insurance = Literal["basic", "standard", "full"]
RentalStatus = Literal["reserved", "active", "returned", "cancelled"]
Status = Literal["active", "retired"]
Transmission = Literal["manual", "automatic"]


@write
def cancel_rental(session: Session, rental_id: str, cancel_reason: CancelReason) -> Rental:
    """Cancel a rental before pick-up."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status != "reserved":
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved'")
    rental.cancel_reason = cancel_reason
    rental.status = "cancelled"
    vehicle = session.get_one(Vehicle, rental.vehicle_id)
    vehicle.vehicles_available += 1
    session.add(vehicle)
    session.add(rental)
    return rental


@write
def change_insurance(session: Session, rental_id: str, insurance: Insurance) -> Rental:
    """Change the cover of a rental."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status != "reserved":
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved'")
    rental.insurance = insurance
    session.add(rental)
    return rental


@write
def change_return_branch(session: Session, rental_id: str, return_branch_id: str) -> Rental:
    """Change the branch a vehicle is returned to."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status not in ("reserved", "active"):
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved' or 'active'")
    if session.get(Branch, return_branch_id) is None:
        raise ToolError(f"branch {return_branch_id!r} not found")
    rental.return_branch_id = return_branch_id
    session.add(rental)
    return rental


@write
def change_vehicle_rate(session: Session, vehicle_id: str, daily_rate: float) -> Vehicle:
    """Change the price of a vehicle for future reservations."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    vehicle.daily_rate = daily_rate
    session.add(vehicle)
    return vehicle


@read
def count_vehicles(
    session: Session,
    branch_id: str,
    category: Category | None = None,
    status: Status | None = None,
) -> int:
    """Count the models a branch offers, optionally only those of one category or status."""
    if session.get(Branch, branch_id) is None:
        raise ToolError(f"branch {branch_id!r} not found")
    query = select(Vehicle).where(Vehicle.branch_id == branch_id)
    if category is not None:
        query = query.where(Vehicle.category == category)
    if status is not None:
        query = query.where(Vehicle.status == status)
    return len(session.exec(query).all())


@write
def extend_rental(session: Session, rental_id: str, rental_days: int) -> Rental:
    """Extend a rental."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status not in ("reserved", "active"):
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved' or 'active'")
    rental.rental_days = rental_days
    session.add(rental)
    return rental


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_branch(session: Session, branch_id: str) -> Branch:
    """Get a branch's address and phone number."""
    branch = session.get(Branch, branch_id)
    if branch is None:
        raise ToolError(f"branch {branch_id!r} not found")
    return branch


@read
def get_customer(session: Session, customer_id: str) -> Customer:
    """Get a customer's contact details, licence expiry, loyalty tier and status."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    return customer


@read
def get_rental(session: Session, rental_id: str) -> Rental:
    """Get a rental with its dates, daily rate, insurance and status."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    return rental


@read
def get_vehicle(session: Session, vehicle_id: str) -> Vehicle:
    """Get a vehicle's model, daily rate and the number of vehicles available."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    return vehicle


@read
def list_branches(
    session: Session,
    city: str | None = None,
    country: str | None = None,
    limit: int = 20,
) -> list[Branch]:
    """List the company's branches, optionally only those in one city or country."""
    query = select(Branch).order_by(Branch.branch_id)
    if city is not None:
        query = query.where(Branch.city == city)
    if country is not None:
        query = query.where(Branch.country == country)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_rentals(
    session: Session,
    customer_id: str | None = None,
    vehicle_id: str | None = None,
    return_branch_id: str | None = None,
    status: RentalStatus | None = None,
    pickup_after: str | None = None,
    pickup_before: str | None = None,
    limit: int = 20,
) -> list[Rental]:
    """List rentals, optionally only those of one customer, vehicle, return branch or status, or picked up in a period."""
    query = select(Rental).order_by(Rental.rental_id)
    if customer_id is not None:
        query = query.where(Rental.customer_id == customer_id)
    if vehicle_id is not None:
        query = query.where(Rental.vehicle_id == vehicle_id)
    if return_branch_id is not None:
        query = query.where(Rental.return_branch_id == return_branch_id)
    if status is not None:
        query = query.where(Rental.status == status)
    if pickup_after is not None:
        query = query.where(Rental.pickup_date >= pickup_after)
    if pickup_before is not None:
        query = query.where(Rental.pickup_date <= pickup_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pick_up_rental(session: Session, rental_id: str) -> Rental:
    """Hand a reserved vehicle over to its customer."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status != "reserved":
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved'")
    rental.status = "active"
    session.add(rental)
    return rental


@write
def register_customer(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    licence_expires_on: str,
    phone: str | None = None,
    address: str | None = None,
    city: str | None = None,
    country: str | None = None,
) -> Customer:
    """Register a new customer."""
    customer = Customer(
        customer_id=new_id(session, Customer),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        address=address,
        city=city,
        country=country,
        licence_expires_on=licence_expires_on,
        loyalty_tier="basic",
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(customer)
    return customer


@write
def reschedule_rental(session: Session, rental_id: str, pickup_date: str) -> Rental:
    """Move a rental to another pick-up day."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status != "reserved":
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'reserved'")
    rental.pickup_date = pickup_date
    session.add(rental)
    return rental


@write
def reserve_vehicle(
    session: Session,
    customer_id: str,
    vehicle_id: str,
    return_branch_id: str,
    pickup_date: str,
    rental_days: int,
    insurance: Insurance = "basic",
) -> Rental:
    """Reserve a vehicle for a customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if customer.status != "active":
        raise ToolError(f"customer {customer_id!r} is {customer.status!r}; it must be 'active'")
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    if vehicle.status != "active":
        raise ToolError(f"vehicle {vehicle_id!r} is {vehicle.status!r}; it must be 'active'")
    if vehicle.vehicles_available < 1:
        raise ToolError(f"vehicle {vehicle_id!r}: vehicles available is {vehicle.vehicles_available!r}, {1!r} needed")
    if session.get(Branch, return_branch_id) is None:
        raise ToolError(f"branch {return_branch_id!r} not found")
    vehicle.vehicles_available -= 1
    session.add(vehicle)
    rental = Rental(
        rental_id=new_id(session, Rental),
        customer_id=customer_id,
        vehicle_id=vehicle_id,
        return_branch_id=return_branch_id,
        pickup_date=pickup_date,
        rental_days=rental_days,
        daily_rate=vehicle.daily_rate,
        insurance=insurance,
        status="reserved",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(rental)
    return rental


@write
def retire_vehicle(session: Session, vehicle_id: str) -> Vehicle:
    """Retire a model, which the branch no longer offers."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    if vehicle.status != "active":
        raise ToolError(f"vehicle {vehicle_id!r} is {vehicle.status!r}; it must be 'active'")
    vehicle.status = "retired"
    session.add(vehicle)
    return vehicle


@write
def return_rental(session: Session, rental_id: str, fuel_level: FuelLevel) -> Rental:
    """Take a vehicle back at the end of its rental."""
    rental = session.get(Rental, rental_id)
    if rental is None:
        raise ToolError(f"rental {rental_id!r} not found")
    if rental.status != "active":
        raise ToolError(f"rental {rental_id!r} is {rental.status!r}; it must be 'active'")
    rental.fuel_level = fuel_level
    rental.status = "returned"
    vehicle = session.get_one(Vehicle, rental.vehicle_id)
    vehicle.vehicles_available += 1
    session.add(vehicle)
    session.add(rental)
    return rental


@read
def search_vehicles(
    session: Session,
    query_: str | None = None,
    branch_id: str | None = None,
    category: Category | None = None,
    transmission: Transmission | None = None,
    fuel_type: FuelType | None = None,
    min_seats: int | None = None,
    max_daily_rate: float | None = None,
    min_vehicles_available: int | None = None,
    status: Status | None = None,
    limit: int = 20,
) -> list[Vehicle]:
    """Search the vehicles on offer by model, branch, category, gearbox, fuel, seats, price and availability."""
    query = select(Vehicle).order_by(Vehicle.vehicle_id)
    if query_ is not None:
        query = query.where(Vehicle.model_name.icontains(query_, autoescape=True))
    if branch_id is not None:
        query = query.where(Vehicle.branch_id == branch_id)
    if category is not None:
        query = query.where(Vehicle.category == category)
    if transmission is not None:
        query = query.where(Vehicle.transmission == transmission)
    if fuel_type is not None:
        query = query.where(Vehicle.fuel_type == fuel_type)
    if min_seats is not None:
        query = query.where(Vehicle.seats >= min_seats)
    if max_daily_rate is not None:
        query = query.where(Vehicle.daily_rate <= max_daily_rate)
    if min_vehicles_available is not None:
        query = query.where(Vehicle.vehicles_available >= min_vehicles_available)
    if status is not None:
        query = query.where(Vehicle.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_vehicles_available(session: Session, vehicle_id: str, vehicles_available: int) -> Vehicle:
    """Set how many vehicles of a model can be reserved."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise ToolError(f"vehicle {vehicle_id!r} not found")
    if vehicle.status != "active":
        raise ToolError(f"vehicle {vehicle_id!r} is {vehicle.status!r}; it must be 'active'")
    vehicle.vehicles_available = vehicles_available
    session.add(vehicle)
    return vehicle


@write
def update_customer(
    session: Session,
    customer_id: str,
    email: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    city: str | None = None,
    country: str | None = None,
    licence_expires_on: str | None = None,
) -> Customer:
    """Update a customer's details."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if (
        email is None
        and phone is None
        and address is None
        and city is None
        and country is None
        and licence_expires_on is None
    ):
        raise ToolError("nothing to change; give at least one field")
    if email is not None:
        customer.email = email
    if phone is not None:
        customer.phone = phone
    if address is not None:
        customer.address = address
    if city is not None:
        customer.city = city
    if country is not None:
        customer.country = country
    if licence_expires_on is not None:
        customer.licence_expires_on = licence_expires_on
    session.add(customer)
    return customer
