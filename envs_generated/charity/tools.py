"""Tools of the charity domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Campaign, Clock, Donation, Donor, Grant, Pledge, Shift, Signup

CampaignStatus = Literal["draft", "active", "paused", "ended"]
CancelReason = Literal["financial", "other_charity", "dissatisfied", "moved"]
Cause = Literal["water", "education", "health", "environment", "emergency", "animals", "housing"]
Frequency = Literal["monthly", "quarterly", "yearly"]
PaymentMethod = Literal["card", "bank_transfer", "check", "cash"]
ShirtSize = Literal["S", "M", "L", "XL"]
SignupStatus = Literal["signed_up", "attended", "cancelled"]
Status = Literal["active", "paused", "cancelled"]


@write
def award_grant(session: Session, campaign_id: str, partner: str, purpose: str, amount: float) -> Grant:
    """Award a grant to a partner."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status not in ("active", "ended"):
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'active' or 'ended'")
    if campaign.balance < amount:
        raise ToolError(f"campaign {campaign_id!r}: balance is {campaign.balance!r}, {amount!r} needed")
    campaign.balance = round(campaign.balance - amount, 2)
    session.add(campaign)
    grant = Grant(
        grant_id=new_id(session, Grant),
        campaign_id=campaign_id,
        partner=partner,
        purpose=purpose,
        amount=amount,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(grant)
    return grant


@write
def cancel_pledge(session: Session, pledge_id: str, reason: CancelReason) -> Pledge:
    """Cancel a pledge."""
    pledge = session.get(Pledge, pledge_id)
    if pledge is None:
        raise ToolError(f"pledge {pledge_id!r} not found")
    if pledge.status not in ("active", "paused"):
        raise ToolError(f"pledge {pledge_id!r} is {pledge.status!r}; it must be 'active' or 'paused'")
    pledge.cancel_reason = reason
    pledge.status = "cancelled"
    session.add(pledge)
    return pledge


@write
def cancel_signup(session: Session, signup_id: str) -> Signup:
    """Cancel a signup for a shift."""
    signup = session.get(Signup, signup_id)
    if signup is None:
        raise ToolError(f"signup {signup_id!r} not found")
    if signup.status != "signed_up":
        raise ToolError(f"signup {signup_id!r} is {signup.status!r}; it must be 'signed_up'")
    signup.status = "cancelled"
    shift = session.get_one(Shift, signup.shift_id)
    shift.places_available += 1
    session.add(shift)
    session.add(signup)
    return signup


@write
def change_pledge_amount(session: Session, pledge_id: str, amount: float) -> Pledge:
    """Change how much is given with a pledge each time."""
    pledge = session.get(Pledge, pledge_id)
    if pledge is None:
        raise ToolError(f"pledge {pledge_id!r} not found")
    if pledge.status != "active":
        raise ToolError(f"pledge {pledge_id!r} is {pledge.status!r}; it must be 'active'")
    pledge.amount = amount
    session.add(pledge)
    return pledge


@write
def create_pledge(
    session: Session,
    donor_id: str,
    campaign_id: str,
    amount: float,
    next_charge_date: str,
    frequency: Frequency = "monthly",
) -> Pledge:
    """Create a pledge of a donor to a campaign."""
    if session.get(Donor, donor_id) is None:
        raise ToolError(f"donor {donor_id!r} not found")
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status != "active":
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'active'")
    pledge = Pledge(
        pledge_id=new_id(session, Pledge),
        donor_id=donor_id,
        campaign_id=campaign_id,
        amount=amount,
        frequency=frequency,
        next_charge_date=next_charge_date,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(pledge)
    return pledge


@write
def create_signup(session: Session, shift_id: str, donor_id: str, shirt_size: ShirtSize = "M") -> Signup:
    """Sign a donor up for a volunteer shift."""
    shift = session.get(Shift, shift_id)
    if shift is None:
        raise ToolError(f"shift {shift_id!r} not found")
    if shift.places_available < 1:
        raise ToolError(f"shift {shift_id!r}: places available is {shift.places_available!r}, {1!r} needed")
    if session.get(Donor, donor_id) is None:
        raise ToolError(f"donor {donor_id!r} not found")
    shift.places_available -= 1
    session.add(shift)
    signup = Signup(
        signup_id=new_id(session, Signup),
        shift_id=shift_id,
        donor_id=donor_id,
        shirt_size=shirt_size,
        status="signed_up",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(signup)
    return signup


@write
def end_campaign(session: Session, campaign_id: str) -> Campaign:
    """End a campaign."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status not in ("active", "paused"):
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'active' or 'paused'")
    campaign.status = "ended"
    session.add(campaign)
    return campaign


@write
def extend_campaign(session: Session, campaign_id: str, closes_on: str) -> Campaign:
    """Move the last day of an appeal."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status not in ("active", "paused"):
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'active' or 'paused'")
    campaign.closes_on = closes_on
    session.add(campaign)
    return campaign


@read
def find_donor_by_email(session: Session, email: str) -> Donor:
    """Find the donor with an email address."""
    query = select(Donor).where(Donor.email == email).order_by(Donor.donor_id)
    donor = session.exec(query).first()
    if donor is None:
        raise ToolError(f"no donor matches email {email!r}")
    return donor


@read
def get_campaign(session: Session, campaign_id: str) -> Campaign:
    """Get a campaign with its goal, the money raised and its status."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    return campaign


@write
def issue_donation_receipt(session: Session, donation_id: str) -> Donation:
    """Issue the tax receipt for a donation."""
    donation = session.get(Donation, donation_id)
    if donation is None:
        raise ToolError(f"donation {donation_id!r} not found")
    if donation.receipt_status != "pending":
        raise ToolError(f"donation {donation_id!r} is {donation.receipt_status!r}; it must be 'pending'")
    donation.receipt_status = "issued"
    session.add(donation)
    return donation


@write
def launch_campaign(session: Session, campaign_id: str) -> Campaign:
    """Launch a campaign, which can then receive gifts."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status not in ("draft", "paused"):
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'draft' or 'paused'")
    campaign.status = "active"
    session.add(campaign)
    return campaign


@read
def list_donations(
    session: Session,
    donor_id: str | None = None,
    campaign_id: str | None = None,
    min_amount: float | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[Donation]:
    """List donations, optionally only those of one donor, to one campaign, of a least amount or in a period."""
    query = select(Donation).order_by(Donation.donation_id)
    if donor_id is not None:
        query = query.where(Donation.donor_id == donor_id)
    if campaign_id is not None:
        query = query.where(Donation.campaign_id == campaign_id)
    if min_amount is not None:
        query = query.where(Donation.amount >= min_amount)
    if created_after is not None:
        query = query.where(Donation.created_at >= created_after)
    if created_before is not None:
        query = query.where(Donation.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_pledges(
    session: Session,
    donor_id: str | None = None,
    campaign_id: str | None = None,
    frequency: Frequency | None = None,
    status: Status | None = None,
    limit: int = 25,
) -> list[Pledge]:
    """List pledges, optionally only those of one donor, to one campaign, of one frequency or with one status."""
    query = select(Pledge).order_by(Pledge.pledge_id)
    if donor_id is not None:
        query = query.where(Pledge.donor_id == donor_id)
    if campaign_id is not None:
        query = query.where(Pledge.campaign_id == campaign_id)
    if frequency is not None:
        query = query.where(Pledge.frequency == frequency)
    if status is not None:
        query = query.where(Pledge.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_shifts(
    session: Session,
    campaign_id: str | None = None,
    shift_after: str | None = None,
    shift_before: str | None = None,
    min_places_available: int | None = None,
    limit: int = 25,
) -> list[Shift]:
    """List volunteer shifts, optionally only those of one campaign, in a period or with places left."""
    query = select(Shift).order_by(Shift.shift_id)
    if campaign_id is not None:
        query = query.where(Shift.campaign_id == campaign_id)
    if shift_after is not None:
        query = query.where(Shift.shift_date >= shift_after)
    if shift_before is not None:
        query = query.where(Shift.shift_date <= shift_before)
    if min_places_available is not None:
        query = query.where(Shift.places_available >= min_places_available)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_signups(
    session: Session,
    shift_id: str | None = None,
    donor_id: str | None = None,
    status: SignupStatus | None = None,
    limit: int = 25,
) -> list[Signup]:
    """List signups, optionally only those for one shift, of one donor or with one status."""
    query = select(Signup).order_by(Signup.signup_id)
    if shift_id is not None:
        query = query.where(Signup.shift_id == shift_id)
    if donor_id is not None:
        query = query.where(Signup.donor_id == donor_id)
    if status is not None:
        query = query.where(Signup.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def make_donation(
    session: Session,
    donor_id: str,
    campaign_id: str,
    amount: float,
    payment_method: PaymentMethod,
    anonymous: bool = False,
    dedication: str | None = None,
) -> Donation:
    """Give money to a campaign."""
    if session.get(Donor, donor_id) is None:
        raise ToolError(f"donor {donor_id!r} not found")
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise ToolError(f"campaign {campaign_id!r} not found")
    if campaign.status != "active":
        raise ToolError(f"campaign {campaign_id!r} is {campaign.status!r}; it must be 'active'")
    campaign.balance = round(campaign.balance + amount, 2)
    session.add(campaign)
    donation = Donation(
        donation_id=new_id(session, Donation),
        donor_id=donor_id,
        campaign_id=campaign_id,
        amount=amount,
        payment_method=payment_method,
        anonymous=anonymous,
        dedication=dedication,
        receipt_status="pending",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(donation)
    return donation


@read
def search_campaigns(
    session: Session,
    query_: str | None = None,
    cause: Cause | None = None,
    max_goal: float | None = None,
    closes_after: str | None = None,
    status: CampaignStatus | None = None,
    limit: int = 25,
) -> list[Campaign]:
    """Search campaigns by name, cause, goal, end and status."""
    query = select(Campaign).order_by(Campaign.campaign_id)
    if query_ is not None:
        query = query.where(Campaign.name.icontains(query_, autoescape=True))
    if cause is not None:
        query = query.where(Campaign.cause == cause)
    if max_goal is not None:
        query = query.where(Campaign.goal <= max_goal)
    if closes_after is not None:
        query = query.where(Campaign.closes_on >= closes_after)
    if status is not None:
        query = query.where(Campaign.status == status)
    query = query.limit(limit)
    return list(session.exec(query))
