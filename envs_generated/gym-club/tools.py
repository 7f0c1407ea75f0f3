"""Tools of the gym club domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import ClassBooking, ClassSession, Clock, Club, Member, Plan, Trainer

BillingCycle = Literal["monthly", "quarterly", "yearly"]
CancelReason = Literal["moved_away", "too_expensive", "not_using", "switching_club"]
FreezeReason = Literal["injury", "travel", "pregnancy", "finances"]
Intensity = Literal["gentle", "moderate", "hard"]
Specialty = Literal["strength", "yoga", "pilates", "cycling", "boxing", "dance", "swimming"]
Status = Literal["booked", "checked_in", "missed", "cancelled"]
TrainerStatus = Literal["active", "on_leave"]


@write
def assign_class_trainer(session: Session, class_session_id: str, trainer_id: str) -> ClassSession:
    """Assign another trainer to a class."""
    class_session = session.get(ClassSession, class_session_id)
    if class_session is None:
        raise ToolError(f"class session {class_session_id!r} not found")
    if class_session.status != "scheduled":
        raise ToolError(f"class session {class_session_id!r} is {class_session.status!r}; it must be 'scheduled'")
    trainer = session.get(Trainer, trainer_id)
    if trainer is None:
        raise ToolError(f"trainer {trainer_id!r} not found")
    if trainer.status != "active":
        raise ToolError(f"trainer {trainer_id!r} is {trainer.status!r}; it must be 'active'")
    class_session.trainer_id = trainer_id
    session.add(class_session)
    return class_session


@write
def book_class(session: Session, member_id: str, class_session_id: str, mat_rental: bool = False) -> ClassBooking:
    """Book a place in a class for a member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    class_session = session.get(ClassSession, class_session_id)
    if class_session is None:
        raise ToolError(f"class session {class_session_id!r} not found")
    if class_session.status != "scheduled":
        raise ToolError(f"class session {class_session_id!r} is {class_session.status!r}; it must be 'scheduled'")
    if class_session.spots_available < 1:
        raise ToolError(
            f"class session {class_session_id!r}: spots available is {class_session.spots_available!r}, {1!r} needed"
        )
    class_session.spots_available -= 1
    session.add(class_session)
    class_booking = ClassBooking(
        class_booking_id=new_id(session, ClassBooking),
        member_id=member_id,
        class_session_id=class_session_id,
        mat_rental=mat_rental,
        status="booked",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(class_booking)
    return class_booking


@write
def cancel_class_booking(session: Session, class_booking_id: str) -> ClassBooking:
    """Cancel a place in a class."""
    class_booking = session.get(ClassBooking, class_booking_id)
    if class_booking is None:
        raise ToolError(f"class booking {class_booking_id!r} not found")
    if class_booking.status != "booked":
        raise ToolError(f"class booking {class_booking_id!r} is {class_booking.status!r}; it must be 'booked'")
    class_booking.status = "cancelled"
    class_session = session.get_one(ClassSession, class_booking.class_session_id)
    class_session.spots_available += 1
    session.add(class_session)
    session.add(class_booking)
    return class_booking


@write
def cancel_membership(session: Session, member_id: str, cancel_reason: CancelReason) -> Member:
    """Cancel a membership for good."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status not in ("active", "frozen"):
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active' or 'frozen'")
    member.cancel_reason = cancel_reason
    member.status = "cancelled"
    session.add(member)
    return member


@write
def change_member_plan(session: Session, member_id: str, plan_id: str) -> Member:
    """Change the membership plan of a member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    if session.get(Plan, plan_id) is None:
        raise ToolError(f"plan {plan_id!r} not found")
    member.plan_id = plan_id
    session.add(member)
    return member


@write
def check_in_class_booking(session: Session, class_booking_id: str) -> ClassBooking:
    """Check in the member of a class booking."""
    class_booking = session.get(ClassBooking, class_booking_id)
    if class_booking is None:
        raise ToolError(f"class booking {class_booking_id!r} not found")
    if class_booking.status != "booked":
        raise ToolError(f"class booking {class_booking_id!r} is {class_booking.status!r}; it must be 'booked'")
    class_booking.status = "checked_in"
    session.add(class_booking)
    return class_booking


@read
def find_member_by_email(session: Session, email: str) -> Member:
    """Find the member with an email address."""
    query = select(Member).where(Member.email == email).order_by(Member.member_id)
    member = session.exec(query).first()
    if member is None:
        raise ToolError(f"no member matches email {email!r}")
    return member


@write
def freeze_membership(session: Session, member_id: str, freeze_reason: FreezeReason) -> Member:
    """Freeze a membership so that it is not charged."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    member.freeze_reason = freeze_reason
    member.status = "frozen"
    session.add(member)
    return member


@read
def get_class_session(session: Session, class_session_id: str) -> ClassSession:
    """Get a class with its trainer, time and free places."""
    class_session = session.get(ClassSession, class_session_id)
    if class_session is None:
        raise ToolError(f"class session {class_session_id!r} not found")
    return class_session


@read
def get_member_details(session: Session, member_id: str) -> Member:
    """Get a member with contact details, plan, credit and membership status."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    return member


@read
def list_class_bookings(
    session: Session,
    member_id: str | None = None,
    class_session_id: str | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[ClassBooking]:
    """List class bookings, optionally only those of one member, for one class or with one status."""
    query = select(ClassBooking).order_by(ClassBooking.class_booking_id)
    if member_id is not None:
        query = query.where(ClassBooking.member_id == member_id)
    if class_session_id is not None:
        query = query.where(ClassBooking.class_session_id == class_session_id)
    if status is not None:
        query = query.where(ClassBooking.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_clubs(session: Session, city: str | None = None, limit: int = 25) -> list[Club]:
    """List the clubs of the chain, optionally only those in one city."""
    query = select(Club).order_by(Club.club_id)
    if city is not None:
        query = query.where(Club.city == city)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_plans(
    session: Session,
    billing_cycle: BillingCycle | None = None,
    all_clubs: bool | None = None,
    max_fee: float | None = None,
    limit: int = 25,
) -> list[Plan]:
    """List the membership plans on offer, optionally only those with one billing cycle, valid in every club or up to a fee."""
    query = select(Plan).order_by(Plan.plan_id)
    if billing_cycle is not None:
        query = query.where(Plan.billing_cycle == billing_cycle)
    if all_clubs is not None:
        query = query.where(Plan.all_clubs == all_clubs)
    if max_fee is not None:
        query = query.where(Plan.fee <= max_fee)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_trainers(
    session: Session,
    club_id: str | None = None,
    specialty: Specialty | None = None,
    status: TrainerStatus | None = None,
    limit: int = 25,
) -> list[Trainer]:
    """List trainers, optionally only those at one club, with one specialty or with one status."""
    query = select(Trainer).order_by(Trainer.trainer_id)
    if club_id is not None:
        query = query.where(Trainer.club_id == club_id)
    if specialty is not None:
        query = query.where(Trainer.specialty == specialty)
    if status is not None:
        query = query.where(Trainer.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def register_member(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    date_of_birth: str,
    home_club_id: str,
    plan_id: str,
) -> Member:
    """Register a new member at a club."""
    if session.get(Club, home_club_id) is None:
        raise ToolError(f"club {home_club_id!r} not found")
    if session.get(Plan, plan_id) is None:
        raise ToolError(f"plan {plan_id!r} not found")
    member = Member(
        member_id=new_id(session, Member),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        date_of_birth=date_of_birth,
        home_club_id=home_club_id,
        plan_id=plan_id,
        balance=0.0,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(member)
    return member


@write
def reschedule_class_session(session: Session, class_session_id: str, class_date: str, start_time: str) -> ClassSession:
    """Move a class to another day and time."""
    class_session = session.get(ClassSession, class_session_id)
    if class_session is None:
        raise ToolError(f"class session {class_session_id!r} not found")
    if class_session.status != "scheduled":
        raise ToolError(f"class session {class_session_id!r} is {class_session.status!r}; it must be 'scheduled'")
    class_session.class_date = class_date
    class_session.start_time = start_time
    session.add(class_session)
    return class_session


@write
def resume_membership(session: Session, member_id: str) -> Member:
    """Resume a frozen membership."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "frozen":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'frozen'")
    member.status = "active"
    session.add(member)
    return member


@read
def search_class_sessions(
    session: Session,
    query_: str | None = None,
    club_id: str | None = None,
    trainer_id: str | None = None,
    intensity: Intensity | None = None,
    class_after: str | None = None,
    class_before: str | None = None,
    min_spots_available: int | None = None,
    limit: int = 25,
) -> list[ClassSession]:
    """Search classes by title, club, trainer, intensity and day."""
    query = select(ClassSession).order_by(ClassSession.class_session_id)
    if query_ is not None:
        query = query.where(ClassSession.title.icontains(query_, autoescape=True))
    if club_id is not None:
        query = query.where(ClassSession.club_id == club_id)
    if trainer_id is not None:
        query = query.where(ClassSession.trainer_id == trainer_id)
    if intensity is not None:
        query = query.where(ClassSession.intensity == intensity)
    if class_after is not None:
        query = query.where(ClassSession.class_date >= class_after)
    if class_before is not None:
        query = query.where(ClassSession.class_date <= class_before)
    if min_spots_available is not None:
        query = query.where(ClassSession.spots_available >= min_spots_available)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def top_up_member_credit(session: Session, member_id: str, amount: float) -> Member:
    """Top up the credit of a member."""
    member = session.get(Member, member_id)
    if member is None:
        raise ToolError(f"member {member_id!r} not found")
    if member.status != "active":
        raise ToolError(f"member {member_id!r} is {member.status!r}; it must be 'active'")
    member.balance = round(member.balance + amount, 2)
    session.add(member)
    return member
