"""Tools of the parcel shipping domain, A to Z."""

from typing import Any, Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Claim, Clock, DeliveryService, Locker, LockerReservation, Parcel, Scan, Sender

EventType = Literal["picked_up", "sorted", "departed", "customs", "out_for_delivery", "attempted"]
LockerReservationStatus = Literal["reserved", "collected", "released"]
ParcelStatus = Literal["created", "paid", "in_transit", "delivered", "returned", "cancelled"]
Reason = Literal["lost", "damaged", "missing_contents", "late"]
RejectReason = Literal["packed_badly", "not_insured", "filed_too_late", "no_evidence"]
Size = Literal["small", "medium", "large"]
Status = Literal["submitted", "approved", "rejected"]


@write
def add_scan(session: Session, parcel_number: str, event_type: EventType, city: str, note: str | None = None) -> Scan:
    """Add a step to a parcel's journey."""
    parcel_number_row = session.get(Parcel, parcel_number)
    if parcel_number_row is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel_number_row.status not in ("paid", "in_transit"):
        raise ToolError(f"parcel {parcel_number!r} is {parcel_number_row.status!r}; it must be 'paid' or 'in_transit'")
    scan = Scan(
        scan_id=new_id(session, Scan),
        parcel_number=parcel_number,
        event_type=event_type,
        city=city,
        note=note,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(scan)
    return scan


@write
def cancel_parcel(session: Session, parcel_number: str) -> Parcel:
    """Cancel a parcel that was not picked up."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel.status not in ("created", "paid"):
        raise ToolError(f"parcel {parcel_number!r} is {parcel.status!r}; it must be 'created' or 'paid'")
    parcel.status = "cancelled"
    session.add(parcel)
    return parcel


@write
def change_parcel_address(session: Session, parcel_number: str, address: str, city: str, postal_code: str) -> Parcel:
    """Change the address a parcel goes to."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel.status not in ("created", "paid"):
        raise ToolError(f"parcel {parcel_number!r} is {parcel.status!r}; it must be 'created' or 'paid'")
    parcel.address = address
    parcel.city = city
    parcel.postal_code = postal_code
    session.add(parcel)
    return parcel


@read
def check_parcel(session: Session, parcel_number: str) -> dict[str, Any]:
    """Check the status of a parcel and where it goes."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    return {
        "parcel_number": parcel.parcel_number,
        "city": parcel.city,
        "country": parcel.country,
        "status": parcel.status,
    }


@write
def create_parcel(
    session: Session,
    sender_id: str,
    delivery_service_id: str,
    recipient_name: str,
    address: str,
    city: str,
    postal_code: str,
    country: str,
    weight_kg: float,
    contents: str,
    delivery_instructions: str | None = None,
) -> Parcel:
    """Register a parcel to be shipped."""
    sender = session.get(Sender, sender_id)
    if sender is None:
        raise ToolError(f"sender {sender_id!r} not found")
    if sender.status != "active":
        raise ToolError(f"sender {sender_id!r} is {sender.status!r}; it must be 'active'")
    delivery_service = session.get(DeliveryService, delivery_service_id)
    if delivery_service is None:
        raise ToolError(f"delivery service {delivery_service_id!r} not found")
    parcel = Parcel(
        parcel_number=new_id(session, Parcel),
        sender_id=sender_id,
        delivery_service_id=delivery_service_id,
        recipient_name=recipient_name,
        address=address,
        city=city,
        postal_code=postal_code,
        country=country,
        weight_kg=weight_kg,
        contents=contents,
        fee=delivery_service.price,
        status="created",
        delivery_instructions=delivery_instructions,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(parcel)
    return parcel


@write
def deliver_parcel(session: Session, parcel_number: str) -> Parcel:
    """Record that a parcel reached its recipient."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel.status != "in_transit":
        raise ToolError(f"parcel {parcel_number!r} is {parcel.status!r}; it must be 'in_transit'")
    parcel.status = "delivered"
    session.add(parcel)
    return parcel


@read
def find_sender_by_email(session: Session, email: str) -> Sender:
    """Find the sender with an email address."""
    query = select(Sender).where(Sender.email == email).order_by(Sender.sender_id)
    sender = session.exec(query).first()
    if sender is None:
        raise ToolError(f"no sender matches email {email!r}")
    return sender


@read
def get_parcel(session: Session, parcel_number: str) -> Parcel:
    """Get a parcel with its recipient, service, weight, fee and status."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    return parcel


@read
def list_claims(
    session: Session,
    parcel_number: str | None = None,
    reason: Reason | None = None,
    status: Status | None = None,
    min_claimed_amount: float | None = None,
    limit: int = 25,
) -> list[Claim]:
    """List claims, optionally only those for one parcel, for one reason, with one status or above an amount."""
    query = select(Claim).order_by(Claim.claim_id)
    if parcel_number is not None:
        query = query.where(Claim.parcel_number == parcel_number)
    if reason is not None:
        query = query.where(Claim.reason == reason)
    if status is not None:
        query = query.where(Claim.status == status)
    if min_claimed_amount is not None:
        query = query.where(Claim.claimed_amount >= min_claimed_amount)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_delivery_services(
    session: Session,
    max_price: float | None = None,
    max_transit_days: int | None = None,
    min_weight_limit_kg: float | None = None,
    signature: bool | None = None,
    limit: int = 25,
) -> list[DeliveryService]:
    """List delivery services, optionally only those up to a price, fast enough, for a weight or with signature."""
    query = select(DeliveryService).order_by(DeliveryService.delivery_service_id)
    if max_price is not None:
        query = query.where(DeliveryService.price <= max_price)
    if max_transit_days is not None:
        query = query.where(DeliveryService.transit_days <= max_transit_days)
    if min_weight_limit_kg is not None:
        query = query.where(DeliveryService.weight_limit_kg >= min_weight_limit_kg)
    if signature is not None:
        query = query.where(DeliveryService.signature == signature)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_locker_reservations(
    session: Session,
    locker_id: str | None = None,
    parcel_number: str | None = None,
    status: LockerReservationStatus | None = None,
    limit: int = 25,
) -> list[LockerReservation]:
    """List locker reservations, optionally only those at one locker bank, for one parcel or with one status."""
    query = select(LockerReservation).order_by(LockerReservation.locker_reservation_id)
    if locker_id is not None:
        query = query.where(LockerReservation.locker_id == locker_id)
    if parcel_number is not None:
        query = query.where(LockerReservation.parcel_number == parcel_number)
    if status is not None:
        query = query.where(LockerReservation.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_parcels(
    session: Session,
    sender_id: str | None = None,
    delivery_service_id: str | None = None,
    city: str | None = None,
    status: ParcelStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[Parcel]:
    """List parcels, optionally only those of one sender, with one service, to one city, with one status or registered in a period."""
    query = select(Parcel).order_by(Parcel.parcel_number)
    if sender_id is not None:
        query = query.where(Parcel.sender_id == sender_id)
    if delivery_service_id is not None:
        query = query.where(Parcel.delivery_service_id == delivery_service_id)
    if city is not None:
        query = query.where(Parcel.city == city)
    if status is not None:
        query = query.where(Parcel.status == status)
    if created_after is not None:
        query = query.where(Parcel.created_at >= created_after)
    if created_before is not None:
        query = query.where(Parcel.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_scans(
    session: Session,
    parcel_number: str,
    event_type: EventType | None = None,
    limit: int = 25,
) -> list[Scan]:
    """List the steps of a parcel's journey."""
    if session.get(Parcel, parcel_number) is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    query = select(Scan).where(Scan.parcel_number == parcel_number).order_by(Scan.scan_id)
    if event_type is not None:
        query = query.where(Scan.event_type == event_type)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pay_parcel(session: Session, parcel_number: str, payer_sender_id: str) -> Parcel:
    """Pay the postage of a parcel."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel.status != "created":
        raise ToolError(f"parcel {parcel_number!r} is {parcel.status!r}; it must be 'created'")
    payer_sender = session.get(Sender, payer_sender_id)
    if payer_sender is None:
        raise ToolError(f"sender {payer_sender_id!r} not found")
    if payer_sender.status != "active":
        raise ToolError(f"sender {payer_sender_id!r} is {payer_sender.status!r}; it must be 'active'")
    if payer_sender.balance < parcel.fee:
        raise ToolError(f"sender {payer_sender_id!r}: balance is {payer_sender.balance!r}, {parcel.fee!r} needed")
    parcel.payer_sender_id = payer_sender_id
    payer_sender.balance = round(payer_sender.balance - parcel.fee, 2)
    session.add(payer_sender)
    parcel.status = "paid"
    session.add(parcel)
    return parcel


@write
def reject_claim(session: Session, claim_id: str, reject_reason: RejectReason) -> Claim:
    """Reject a claim."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    if claim.status != "submitted":
        raise ToolError(f"claim {claim_id!r} is {claim.status!r}; it must be 'submitted'")
    claim.reject_reason = reject_reason
    claim.status = "rejected"
    session.add(claim)
    return claim


@write
def release_locker_reservation(session: Session, locker_reservation_id: str) -> LockerReservation:
    """Release a compartment that is not needed."""
    locker_reservation = session.get(LockerReservation, locker_reservation_id)
    if locker_reservation is None:
        raise ToolError(f"locker reservation {locker_reservation_id!r} not found")
    if locker_reservation.status != "reserved":
        raise ToolError(
            f"locker reservation {locker_reservation_id!r} is {locker_reservation.status!r}; it must be 'reserved'"
        )
    locker_reservation.status = "released"
    locker = session.get_one(Locker, locker_reservation.locker_id)
    locker.compartments_available += 1
    session.add(locker)
    session.add(locker_reservation)
    return locker_reservation


@write
def reserve_locker(session: Session, locker_id: str, parcel_number: str, size: Size = "medium") -> LockerReservation:
    """Reserve a compartment for a parcel."""
    locker = session.get(Locker, locker_id)
    if locker is None:
        raise ToolError(f"locker {locker_id!r} not found")
    if locker.compartments_available < 1:
        raise ToolError(
            f"locker {locker_id!r}: compartments available is {locker.compartments_available!r}, {1!r} needed"
        )
    if session.get(Parcel, parcel_number) is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    locker.compartments_available -= 1
    session.add(locker)
    locker_reservation = LockerReservation(
        locker_reservation_id=new_id(session, LockerReservation),
        locker_id=locker_id,
        parcel_number=parcel_number,
        size=size,
        status="reserved",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(locker_reservation)
    return locker_reservation


@read
def search_lockers(
    session: Session,
    query_: str | None = None,
    city: str | None = None,
    min_compartments_available: int | None = None,
    outdoor: bool | None = None,
    limit: int = 25,
) -> list[Locker]:
    """Search locker banks by name, city and free compartments."""
    query = select(Locker).order_by(Locker.locker_id)
    if query_ is not None:
        query = query.where(Locker.name.icontains(query_, autoescape=True))
    if city is not None:
        query = query.where(Locker.city == city)
    if min_compartments_available is not None:
        query = query.where(Locker.compartments_available >= min_compartments_available)
    if outdoor is not None:
        query = query.where(Locker.outdoor == outdoor)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_parcel_instructions(session: Session, parcel_number: str, delivery_instructions: str) -> Parcel:
    """Set what the courier of a parcel should know."""
    parcel = session.get(Parcel, parcel_number)
    if parcel is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel.status not in ("created", "paid", "in_transit"):
        raise ToolError(f"parcel {parcel_number!r} is {parcel.status!r}; it must be 'created', 'paid' or 'in_transit'")
    parcel.delivery_instructions = delivery_instructions
    session.add(parcel)
    return parcel


@write
def submit_claim(session: Session, parcel_number: str, reason: Reason, claimed_amount: float) -> Claim:
    """Submit a claim for a parcel."""
    parcel_number_row = session.get(Parcel, parcel_number)
    if parcel_number_row is None:
        raise ToolError(f"parcel {parcel_number!r} not found")
    if parcel_number_row.status not in ("in_transit", "delivered"):
        raise ToolError(
            f"parcel {parcel_number!r} is {parcel_number_row.status!r}; it must be 'in_transit' or 'delivered'"
        )
    claim = Claim(
        claim_id=new_id(session, Claim),
        parcel_number=parcel_number,
        reason=reason,
        claimed_amount=claimed_amount,
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(claim)
    return claim


@write
def top_up_postage(session: Session, sender_id: str, amount: float) -> Sender:
    """Top up the postage credit of a sender."""
    sender = session.get(Sender, sender_id)
    if sender is None:
        raise ToolError(f"sender {sender_id!r} not found")
    if sender.status != "active":
        raise ToolError(f"sender {sender_id!r} is {sender.status!r}; it must be 'active'")
    sender.balance = round(sender.balance + amount, 2)
    session.add(sender)
    return sender
