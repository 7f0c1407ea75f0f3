"""Tools of the calendar domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Calendar, Clock, Event, Invitation, Reminder, User

Color = Literal["blue", "green", "red", "orange", "purple", "grey"]
EventStatus = Literal["tentative", "confirmed", "cancelled"]
Method = Literal["push", "email", "sms"]
Role = Literal["required", "optional", "presenter"]
Status = Literal["pending", "accepted", "declined"]
TimeZone = Literal[
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
]
Visibility = Literal["private", "team", "public"]


@write
def accept_invitation(session: Session, invitation_id: str, comment: str | None = None) -> Invitation:
    """Accept an invitation on behalf of the invitee."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise ToolError(f"invitation {invitation_id!r} not found")
    if invitation.status not in ("pending", "declined"):
        raise ToolError(f"invitation {invitation_id!r} is {invitation.status!r}; it must be 'pending' or 'declined'")
    if comment is not None:
        invitation.comment = comment
    invitation.status = "accepted"
    session.add(invitation)
    return invitation


@write
def add_reminder(session: Session, event_id: str, user_id: str, lead_minutes: int, method: Method = "push") -> Reminder:
    """Add a reminder for a user ahead of an event."""
    if session.get(Event, event_id) is None:
        raise ToolError(f"event {event_id!r} not found")
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    reminder = Reminder(
        reminder_id=new_id(session, Reminder),
        event_id=event_id,
        user_id=user_id,
        lead_minutes=lead_minutes,
        method=method,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(reminder)
    return reminder


@write
def cancel_event(session: Session, event_id: str) -> Event:
    """Cancel an event."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status not in ("tentative", "confirmed"):
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'tentative' or 'confirmed'")
    event.status = "cancelled"
    session.add(event)
    return event


@write
def change_reminder(
    session: Session,
    reminder_id: str,
    lead_minutes: int | None = None,
    method: Method | None = None,
) -> Reminder:
    """Change when or how a reminder is sent."""
    reminder = session.get(Reminder, reminder_id)
    if reminder is None:
        raise ToolError(f"reminder {reminder_id!r} not found")
    if lead_minutes is None and method is None:
        raise ToolError("nothing to change; give lead_minutes or method")
    if lead_minutes is not None:
        reminder.lead_minutes = lead_minutes
    if method is not None:
        reminder.method = method
    session.add(reminder)
    return reminder


@write
def confirm_event(session: Session, event_id: str) -> Event:
    """Confirm that an event will take place."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status != "tentative":
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'tentative'")
    event.status = "confirmed"
    session.add(event)
    return event


@read
def count_invitations(session: Session, event_id: str, status: Status | None = None) -> int:
    """Count the invitations to an event, optionally only those with one status."""
    if session.get(Event, event_id) is None:
        raise ToolError(f"event {event_id!r} not found")
    query = select(Invitation).where(Invitation.event_id == event_id)
    if status is not None:
        query = query.where(Invitation.status == status)
    return len(session.exec(query).all())


@write
def create_calendar(
    session: Session,
    owner_user_id: str,
    name: str,
    color: Color = "blue",
    visibility: Visibility = "private",
) -> Calendar:
    """Create an empty calendar."""
    if session.get(User, owner_user_id) is None:
        raise ToolError(f"user {owner_user_id!r} not found")
    calendar = Calendar(
        calendar_id=new_id(session, Calendar),
        owner_user_id=owner_user_id,
        name=name,
        color=color,
        visibility=visibility,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(calendar)
    return calendar


@write
def decline_invitation(session: Session, invitation_id: str, comment: str | None = None) -> Invitation:
    """Decline an invitation on behalf of the invitee."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise ToolError(f"invitation {invitation_id!r} not found")
    if invitation.status not in ("pending", "accepted"):
        raise ToolError(f"invitation {invitation_id!r} is {invitation.status!r}; it must be 'pending' or 'accepted'")
    if comment is not None:
        invitation.comment = comment
    invitation.status = "declined"
    session.add(invitation)
    return invitation


@write
def delete_reminder(session: Session, reminder_id: str) -> Reminder:
    """Delete a reminder."""
    reminder = session.get(Reminder, reminder_id)
    if reminder is None:
        raise ToolError(f"reminder {reminder_id!r} not found")
    session.delete(reminder)
    return reminder


@read
def find_user_by_email(session: Session, email: str) -> User:
    """Find the user with an email address."""
    query = select(User).where(User.email == email).order_by(User.user_id)
    user = session.exec(query).first()
    if user is None:
        raise ToolError(f"no user matches email {email!r}")
    return user


@read
def get_event(session: Session, event_id: str) -> Event:
    """Get an event with its time, location, notes and status."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    return event


@read
def list_calendars(
    session: Session,
    owner_user_id: str | None = None,
    visibility: Visibility | None = None,
    limit: int = 20,
) -> list[Calendar]:
    """List calendars, optionally only those of one user or with one visibility."""
    query = select(Calendar).order_by(Calendar.calendar_id)
    if owner_user_id is not None:
        query = query.where(Calendar.owner_user_id == owner_user_id)
    if visibility is not None:
        query = query.where(Calendar.visibility == visibility)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_events(
    session: Session,
    calendar_id: str,
    status: EventStatus | None = None,
    starts_after: str | None = None,
    starts_before: str | None = None,
    limit: int = 20,
) -> list[Event]:
    """List the events of a calendar, optionally only those with one status or in a period."""
    if session.get(Calendar, calendar_id) is None:
        raise ToolError(f"calendar {calendar_id!r} not found")
    query = select(Event).where(Event.calendar_id == calendar_id).order_by(Event.event_id)
    if status is not None:
        query = query.where(Event.status == status)
    if starts_after is not None:
        query = query.where(Event.starts_at >= starts_after)
    if starts_before is not None:
        query = query.where(Event.starts_at <= starts_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_invitations(
    session: Session,
    event_id: str | None = None,
    invitee_user_id: str | None = None,
    status: Status | None = None,
    limit: int = 20,
) -> list[Invitation]:
    """List invitations, optionally only those to one event, of one user or with one status."""
    query = select(Invitation).order_by(Invitation.invitation_id)
    if event_id is not None:
        query = query.where(Invitation.event_id == event_id)
    if invitee_user_id is not None:
        query = query.where(Invitation.invitee_user_id == invitee_user_id)
    if status is not None:
        query = query.where(Invitation.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_reminders(
    session: Session,
    user_id: str,
    event_id: str | None = None,
    method: Method | None = None,
    limit: int = 20,
) -> list[Reminder]:
    """List a user's reminders, optionally only those for one event or delivered one way."""
    if session.get(User, user_id) is None:
        raise ToolError(f"user {user_id!r} not found")
    query = select(Reminder).where(Reminder.user_id == user_id).order_by(Reminder.reminder_id)
    if event_id is not None:
        query = query.where(Reminder.event_id == event_id)
    if method is not None:
        query = query.where(Reminder.method == method)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def reschedule_event(session: Session, event_id: str, starts_at: str, duration_minutes: int | None = None) -> Event:
    """Move an event to another time."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if event.status not in ("tentative", "confirmed"):
        raise ToolError(f"event {event_id!r} is {event.status!r}; it must be 'tentative' or 'confirmed'")
    event.starts_at = starts_at
    if duration_minutes is not None:
        event.duration_minutes = duration_minutes
    session.add(event)
    return event


@write
def schedule_event(
    session: Session,
    calendar_id: str,
    title: str,
    starts_at: str,
    duration_minutes: int,
    location: str | None = None,
    notes: str | None = None,
) -> Event:
    """Schedule an event in a calendar."""
    if session.get(Calendar, calendar_id) is None:
        raise ToolError(f"calendar {calendar_id!r} not found")
    event = Event(
        event_id=new_id(session, Event),
        calendar_id=calendar_id,
        title=title,
        location=location,
        notes=notes,
        starts_at=starts_at,
        duration_minutes=duration_minutes,
        status="tentative",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(event)
    return event


@read
def search_events(
    session: Session,
    query_: str,
    calendar_id: str | None = None,
    status: EventStatus | None = None,
    min_duration_minutes: int | None = None,
    max_duration_minutes: int | None = None,
    limit: int = 20,
) -> list[Event]:
    """Search events by title, optionally only those in one calendar, with one status or of a certain length."""
    query = select(Event).where(Event.title.icontains(query_, autoescape=True)).order_by(Event.event_id)
    if calendar_id is not None:
        query = query.where(Event.calendar_id == calendar_id)
    if status is not None:
        query = query.where(Event.status == status)
    if min_duration_minutes is not None:
        query = query.where(Event.duration_minutes >= min_duration_minutes)
    if max_duration_minutes is not None:
        query = query.where(Event.duration_minutes <= max_duration_minutes)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def send_invitation(session: Session, event_id: str, invitee_user_id: str, role: Role = "required") -> Invitation:
    """Send a user an invitation to an event."""
    if session.get(Event, event_id) is None:
        raise ToolError(f"event {event_id!r} not found")
    if session.get(User, invitee_user_id) is None:
        raise ToolError(f"user {invitee_user_id!r} not found")
    invitation = Invitation(
        invitation_id=new_id(session, Invitation),
        event_id=event_id,
        invitee_user_id=invitee_user_id,
        role=role,
        status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(invitation)
    return invitation


@write
def set_user_time_zone(session: Session, user_id: str, time_zone: TimeZone) -> User:
    """Set the time zone in which times are shown to a user."""
    user = session.get(User, user_id)
    if user is None:
        raise ToolError(f"user {user_id!r} not found")
    user.time_zone = time_zone
    session.add(user)
    return user


@write
def update_calendar(
    session: Session,
    calendar_id: str,
    name: str | None = None,
    color: Color | None = None,
    visibility: Visibility | None = None,
) -> Calendar:
    """Update a calendar's appearance or visibility."""
    calendar = session.get(Calendar, calendar_id)
    if calendar is None:
        raise ToolError(f"calendar {calendar_id!r} not found")
    if name is None and color is None and visibility is None:
        raise ToolError("nothing to change; give name or color or visibility")
    if name is not None:
        calendar.name = name
    if color is not None:
        calendar.color = color
    if visibility is not None:
        calendar.visibility = visibility
    session.add(calendar)
    return calendar


@write
def update_event(
    session: Session,
    event_id: str,
    title: str | None = None,
    location: str | None = None,
    notes: str | None = None,
) -> Event:
    """Update what an event is about."""
    event = session.get(Event, event_id)
    if event is None:
        raise ToolError(f"event {event_id!r} not found")
    if title is None and location is None and notes is None:
        raise ToolError("nothing to change; give title or location or notes")
    if title is not None:
        event.title = title
    if location is not None:
        event.location = location
    if notes is not None:
        event.notes = notes
    session.add(event)
    return event
