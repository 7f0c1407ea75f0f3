"""Tools of the insurance domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Adjuster, Claim, ClaimDocument, Clock, Policy, Policyholder, PremiumPayment

AdjusterStatus = Literal["active", "on_leave"]
BillingCycle = Literal["monthly", "quarterly", "yearly"]
CancelReason = Literal["switching_insurer", "sold_property", "too_expensive", "no_longer_needed"]
ClaimType = Literal["accident", "theft", "water_damage", "fire", "medical"]
DocumentType = Literal["photo", "invoice", "police_report", "medical_report", "repair_estimate"]
PaymentMethod = Literal["credit_card", "debit_card", "bank_transfer", "check"]
PolicyStatus = Literal["active", "lapsed", "cancelled"]
Product = Literal["auto", "home", "renters", "travel", "pet"]
Region = Literal["northeast", "southeast", "midwest", "southwest", "west"]
RejectReason = Literal["not_covered", "late_notice", "missing_documents", "below_deductible"]
Specialty = Literal["accident", "theft", "water_damage", "fire", "medical"]
Status = Literal["submitted", "under_review", "approved", "rejected", "withdrawn"]


@write
def add_claim_document(session: Session, claim_id: str, document_type: DocumentType, file_name: str) -> ClaimDocument:
    """Add a document to a claim."""
    if session.get(Claim, claim_id) is None:
        raise ToolError(f"claim {claim_id!r} not found")
    claim_document = ClaimDocument(
        claim_document_id=new_id(session, ClaimDocument),
        claim_id=claim_id,
        document_type=document_type,
        file_name=file_name,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(claim_document)
    return claim_document


@write
def approve_claim(session: Session, claim_id: str, approved_amount: float) -> Claim:
    """Approve a claim."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    if claim.status != "under_review":
        raise ToolError(f"claim {claim_id!r} is {claim.status!r}; it must be 'under_review'")
    claim.approved_amount = approved_amount
    claim.status = "approved"
    session.add(claim)
    return claim


@write
def assign_claim_adjuster(session: Session, claim_id: str, adjuster_id: str) -> Claim:
    """Assign an adjuster to a claim, which starts the review."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    if claim.status != "submitted":
        raise ToolError(f"claim {claim_id!r} is {claim.status!r}; it must be 'submitted'")
    adjuster = session.get(Adjuster, adjuster_id)
    if adjuster is None:
        raise ToolError(f"adjuster {adjuster_id!r} not found")
    if adjuster.status != "active":
        raise ToolError(f"adjuster {adjuster_id!r} is {adjuster.status!r}; it must be 'active'")
    claim.adjuster_id = adjuster_id
    claim.status = "under_review"
    session.add(claim)
    return claim


@write
def cancel_policy(session: Session, policy_id: str, reason: CancelReason) -> Policy:
    """Cancel a policy."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status not in ("active", "lapsed"):
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'active' or 'lapsed'")
    policy.cancel_reason = reason
    policy.status = "cancelled"
    session.add(policy)
    return policy


@write
def change_billing_cycle(session: Session, policy_id: str, billing_cycle: BillingCycle) -> Policy:
    """Change how often the premium of a policy is billed."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status != "active":
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'active'")
    policy.billing_cycle = billing_cycle
    session.add(policy)
    return policy


@write
def change_policy_deductible(session: Session, policy_id: str, deductible: float) -> Policy:
    """Change the deductible of a policy."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status != "active":
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'active'")
    policy.deductible = deductible
    session.add(policy)
    return policy


@read
def count_claims(session: Session, adjuster_id: str | None = None, status: Status | None = None) -> int:
    """Count claims, optionally only those with one adjuster or with one status."""
    query = select(Claim)
    if adjuster_id is not None:
        query = query.where(Claim.adjuster_id == adjuster_id)
    if status is not None:
        query = query.where(Claim.status == status)
    return len(session.exec(query).all())


@read
def find_policyholder_by_email(session: Session, email: str) -> Policyholder:
    """Find the policyholder with an email address."""
    query = select(Policyholder).where(Policyholder.email == email).order_by(Policyholder.policyholder_id)
    policyholder = session.exec(query).first()
    if policyholder is None:
        raise ToolError(f"no policyholder matches email {email!r}")
    return policyholder


@read
def get_claim_details(session: Session, claim_id: str) -> Claim:
    """Get a claim with its amounts, adjuster and status."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    return claim


@read
def get_policy_details(session: Session, policy_id: str) -> Policy:
    """Get a policy with its coverage, deductible, premium and status."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    return policy


@read
def get_policyholder_details(session: Session, policyholder_id: str) -> Policyholder:
    """Get a policyholder's name, contact details and home address."""
    policyholder = session.get(Policyholder, policyholder_id)
    if policyholder is None:
        raise ToolError(f"policyholder {policyholder_id!r} not found")
    return policyholder


@read
def list_adjusters(
    session: Session,
    specialty: Specialty | None = None,
    region: Region | None = None,
    status: AdjusterStatus | None = None,
    limit: int = 25,
) -> list[Adjuster]:
    """List adjusters, optionally only those with one specialty, in one region or with one status."""
    query = select(Adjuster).order_by(Adjuster.adjuster_id)
    if specialty is not None:
        query = query.where(Adjuster.specialty == specialty)
    if region is not None:
        query = query.where(Adjuster.region == region)
    if status is not None:
        query = query.where(Adjuster.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_claims(
    session: Session,
    policy_id: str | None = None,
    adjuster_id: str | None = None,
    status: Status | None = None,
    incident_after: str | None = None,
    limit: int = 25,
) -> list[Claim]:
    """List claims, optionally only those on one policy, with one adjuster, with one status or from a day on."""
    query = select(Claim).order_by(Claim.claim_id)
    if policy_id is not None:
        query = query.where(Claim.policy_id == policy_id)
    if adjuster_id is not None:
        query = query.where(Claim.adjuster_id == adjuster_id)
    if status is not None:
        query = query.where(Claim.status == status)
    if incident_after is not None:
        query = query.where(Claim.incident_date >= incident_after)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_policies(
    session: Session,
    policyholder_id: str | None = None,
    product: Product | None = None,
    status: PolicyStatus | None = None,
    limit: int = 25,
) -> list[Policy]:
    """List policies, optionally only those of one policyholder, for one product or with one status."""
    query = select(Policy).order_by(Policy.policy_id)
    if policyholder_id is not None:
        query = query.where(Policy.policyholder_id == policyholder_id)
    if product is not None:
        query = query.where(Policy.product == product)
    if status is not None:
        query = query.where(Policy.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_premium_payments(
    session: Session,
    policy_id: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: int = 25,
) -> list[PremiumPayment]:
    """List premium payments, optionally only those on one policy or in a period."""
    query = select(PremiumPayment).order_by(PremiumPayment.premium_payment_id)
    if policy_id is not None:
        query = query.where(PremiumPayment.policy_id == policy_id)
    if created_after is not None:
        query = query.where(PremiumPayment.created_at >= created_after)
    if created_before is not None:
        query = query.where(PremiumPayment.created_at <= created_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pay_premium(session: Session, policy_id: str, amount: float, payment_method: PaymentMethod) -> PremiumPayment:
    """Pay premium that is owed on a policy."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status != "active":
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'active'")
    if policy.balance < amount:
        raise ToolError(f"policy {policy_id!r}: balance is {policy.balance!r}, {amount!r} needed")
    policy.balance = round(policy.balance - amount, 2)
    session.add(policy)
    premium_payment = PremiumPayment(
        premium_payment_id=new_id(session, PremiumPayment),
        policy_id=policy_id,
        amount=amount,
        payment_method=payment_method,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(premium_payment)
    return premium_payment


@write
def reject_claim(session: Session, claim_id: str, reason: RejectReason) -> Claim:
    """Reject a claim."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    if claim.status != "under_review":
        raise ToolError(f"claim {claim_id!r} is {claim.status!r}; it must be 'under_review'")
    claim.reject_reason = reason
    claim.status = "rejected"
    session.add(claim)
    return claim


@write
def remove_claim_document(session: Session, claim_document_id: str) -> ClaimDocument:
    """Remove a document from a claim."""
    claim_document = session.get(ClaimDocument, claim_document_id)
    if claim_document is None:
        raise ToolError(f"claim document {claim_document_id!r} not found")
    session.delete(claim_document)
    return claim_document


@write
def renew_policy(session: Session, policy_id: str) -> Policy:
    """Renew a policy that ran out."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status != "lapsed":
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'lapsed'")
    policy.status = "active"
    session.add(policy)
    return policy


@write
def submit_claim(
    session: Session,
    policy_id: str,
    claim_type: ClaimType,
    incident_date: str,
    description: str,
    claimed_amount: float,
) -> Claim:
    """Submit a claim on a policy."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise ToolError(f"policy {policy_id!r} not found")
    if policy.status != "active":
        raise ToolError(f"policy {policy_id!r} is {policy.status!r}; it must be 'active'")
    claim = Claim(
        claim_id=new_id(session, Claim),
        policy_id=policy_id,
        claim_type=claim_type,
        incident_date=incident_date,
        description=description,
        claimed_amount=claimed_amount,
        status="submitted",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(claim)
    return claim


@write
def update_policyholder_address(
    session: Session,
    policyholder_id: str,
    address: str,
    city: str,
    state: str,
    postal_code: str,
) -> Policyholder:
    """Change the home address of a policyholder."""
    policyholder = session.get(Policyholder, policyholder_id)
    if policyholder is None:
        raise ToolError(f"policyholder {policyholder_id!r} not found")
    policyholder.address = address
    policyholder.city = city
    policyholder.state = state
    policyholder.postal_code = postal_code
    session.add(policyholder)
    return policyholder


@write
def withdraw_claim(session: Session, claim_id: str) -> Claim:
    """Withdraw a claim at the policyholder's wish."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise ToolError(f"claim {claim_id!r} not found")
    if claim.status not in ("submitted", "under_review"):
        raise ToolError(f"claim {claim_id!r} is {claim.status!r}; it must be 'submitted' or 'under_review'")
    claim.status = "withdrawn"
    session.add(claim)
    return claim
