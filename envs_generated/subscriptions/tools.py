"""Tools of the subscriptions domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Clock, Coupon, CreditNote, Customer, Discount, Invoice, Plan, Subscription

BillingInterval = Literal["monthly", "quarterly", "yearly"]
CancelReason = Literal["too_expensive", "missing_features", "switched_vendor", "unused", "closed_business"]
Collection = Literal["charge_automatically", "send_invoice"]
PlanStatus = Literal["active", "retired"]
Reason = Literal["service_outage", "billing_error", "goodwill", "downgrade", "duplicate_payment"]
Status = Literal["draft", "open", "paid", "void", "uncollectible"]
SubscriptionStatus = Literal["trialing", "active", "past_due", "paused", "cancelled"]


@write
def activate_subscription(session: Session, subscription_id: str, renews_on: str) -> Subscription:
    """Activate a subscription when its trial ends or an overdue payment came in."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status not in ("trialing", "past_due"):
        raise ToolError(
            f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'trialing' or 'past_due'"
        )
    subscription.renews_on = renews_on
    subscription.status = "active"
    session.add(subscription)
    return subscription


@write
def apply_coupon(session: Session, subscription_id: str, coupon_code: str) -> Discount:
    """Apply a coupon to a subscription."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status not in ("trialing", "active"):
        raise ToolError(
            f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'trialing' or 'active'"
        )
    coupon_code_row = session.get(Coupon, coupon_code)
    if coupon_code_row is None:
        raise ToolError(f"coupon {coupon_code!r} not found")
    if coupon_code_row.status != "active":
        raise ToolError(f"coupon {coupon_code!r} is {coupon_code_row.status!r}; it must be 'active'")
    if coupon_code_row.redemptions_remaining < 1:
        raise ToolError(
            f"coupon {coupon_code!r}: redemptions remaining is {coupon_code_row.redemptions_remaining!r}, {1!r} needed"
        )
    coupon_code_row.redemptions_remaining -= 1
    session.add(coupon_code_row)
    discount = Discount(
        discount_id=new_id(session, Discount),
        subscription_id=subscription_id,
        coupon_code=coupon_code,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(discount)
    return discount


@write
def cancel_subscription(session: Session, subscription_id: str, reason: CancelReason) -> Subscription:
    """Cancel a subscription."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status not in ("trialing", "active", "past_due", "paused"):
        raise ToolError(
            f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'trialing', 'active', 'past_due' or 'paused'"
        )
    subscription.cancel_reason = reason
    subscription.status = "cancelled"
    session.add(subscription)
    return subscription


@write
def change_subscription_plan(session: Session, subscription_id: str, plan_id: str) -> Subscription:
    """Move a subscription to another plan."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status not in ("trialing", "active"):
        raise ToolError(
            f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'trialing' or 'active'"
        )
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise ToolError(f"plan {plan_id!r} not found")
    if plan.status != "active":
        raise ToolError(f"plan {plan_id!r} is {plan.status!r}; it must be 'active'")
    subscription.plan_id = plan_id
    session.add(subscription)
    return subscription


@write
def create_customer(
    session: Session,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    company: str,
    country: str,
    tax_exempt: bool = False,
) -> Customer:
    """Create a customer."""
    customer = Customer(
        customer_id=new_id(session, Customer),
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone=phone,
        company=company,
        country=country,
        tax_exempt=tax_exempt,
        balance=0.0,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(customer)
    return customer


@write
def create_subscription(
    session: Session,
    customer_id: str,
    plan_id: str,
    seats: int,
    collection: Collection = "charge_automatically",
) -> Subscription:
    """Subscribe a customer to a plan."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise ToolError(f"plan {plan_id!r} not found")
    if plan.status != "active":
        raise ToolError(f"plan {plan_id!r} is {plan.status!r}; it must be 'active'")
    subscription = Subscription(
        subscription_id=new_id(session, Subscription),
        customer_id=customer_id,
        plan_id=plan_id,
        seats=seats,
        unit_price=plan.price,
        total=round(plan.price * seats, 2),
        collection=collection,
        status="trialing",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(subscription)
    return subscription


@read
def find_customer_by_email(session: Session, email: str) -> Customer:
    """Find the customer with a billing email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer


@read
def get_coupon(session: Session, coupon_code: str) -> Coupon:
    """Get a coupon with its discount, the redemptions remaining and its status."""
    coupon = session.get(Coupon, coupon_code)
    if coupon is None:
        raise ToolError(f"coupon {coupon_code!r} not found")
    return coupon


@read
def get_subscription(session: Session, subscription_id: str) -> Subscription:
    """Get a subscription with its plan, seats, total and status."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    return subscription


@write
def issue_credit_note(
    session: Session,
    customer_id: str,
    amount: float,
    reason: Reason,
    memo: str | None = None,
) -> CreditNote:
    """Give credit to a customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    customer.balance = round(customer.balance + amount, 2)
    session.add(customer)
    credit_note = CreditNote(
        credit_note_id=new_id(session, CreditNote),
        customer_id=customer_id,
        amount=amount,
        reason=reason,
        memo=memo,
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(credit_note)
    return credit_note


@read
def list_discounts(
    session: Session,
    subscription_id: str | None = None,
    coupon_code: str | None = None,
    limit: int = 20,
) -> list[Discount]:
    """List discounts, optionally only those on one subscription or from one coupon."""
    query = select(Discount).order_by(Discount.discount_id)
    if subscription_id is not None:
        query = query.where(Discount.subscription_id == subscription_id)
    if coupon_code is not None:
        query = query.where(Discount.coupon_code == coupon_code)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_invoices(
    session: Session,
    subscription_id: str | None = None,
    status: Status | None = None,
    min_amount: float | None = None,
    due_before: str | None = None,
    limit: int = 20,
) -> list[Invoice]:
    """List invoices, optionally only those for one subscription, with one status, over an amount or due by a day."""
    query = select(Invoice).order_by(Invoice.invoice_id)
    if subscription_id is not None:
        query = query.where(Invoice.subscription_id == subscription_id)
    if status is not None:
        query = query.where(Invoice.status == status)
    if min_amount is not None:
        query = query.where(Invoice.amount >= min_amount)
    if due_before is not None:
        query = query.where(Invoice.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_subscriptions(
    session: Session,
    customer_id: str | None = None,
    plan_id: str | None = None,
    status: SubscriptionStatus | None = None,
    renews_before: str | None = None,
    limit: int = 20,
) -> list[Subscription]:
    """List subscriptions, optionally only those of one customer, to one plan, with one status or that renew by a day."""
    query = select(Subscription).order_by(Subscription.subscription_id)
    if customer_id is not None:
        query = query.where(Subscription.customer_id == customer_id)
    if plan_id is not None:
        query = query.where(Subscription.plan_id == plan_id)
    if status is not None:
        query = query.where(Subscription.status == status)
    if renews_before is not None:
        query = query.where(Subscription.renews_on <= renews_before)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def pause_subscription(session: Session, subscription_id: str) -> Subscription:
    """Pause a subscription, which is not billed meanwhile."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status != "active":
        raise ToolError(f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'active'")
    subscription.status = "paused"
    session.add(subscription)
    return subscription


@write
def pay_invoice_from_credit(session: Session, invoice_id: str, customer_id: str) -> Invoice:
    """Pay an invoice from a customer's credit."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status != "open":
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'open'")
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    if customer.balance < invoice.amount:
        raise ToolError(f"customer {customer_id!r}: balance is {customer.balance!r}, {invoice.amount!r} needed")
    invoice.customer_id = customer_id
    customer.balance = round(customer.balance - invoice.amount, 2)
    session.add(customer)
    invoice.status = "paid"
    session.add(invoice)
    return invoice


@write
def resume_subscription(session: Session, subscription_id: str) -> Subscription:
    """Resume a paused subscription."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise ToolError(f"subscription {subscription_id!r} not found")
    if subscription.status != "paused":
        raise ToolError(f"subscription {subscription_id!r} is {subscription.status!r}; it must be 'paused'")
    subscription.status = "active"
    session.add(subscription)
    return subscription


@read
def search_plans(
    session: Session,
    query_: str | None = None,
    billing_interval: BillingInterval | None = None,
    max_price: float | None = None,
    min_trial_days: int | None = None,
    status: PlanStatus | None = None,
    limit: int = 20,
) -> list[Plan]:
    """Search plans by name, interval, price, trial and status."""
    query = select(Plan).order_by(Plan.plan_id)
    if query_ is not None:
        query = query.where(Plan.name.icontains(query_, autoescape=True))
    if billing_interval is not None:
        query = query.where(Plan.billing_interval == billing_interval)
    if max_price is not None:
        query = query.where(Plan.price <= max_price)
    if min_trial_days is not None:
        query = query.where(Plan.trial_days >= min_trial_days)
    if status is not None:
        query = query.where(Plan.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def void_invoice(session: Session, invoice_id: str) -> Invoice:
    """Void an invoice that was made in error."""
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise ToolError(f"invoice {invoice_id!r} not found")
    if invoice.status not in ("draft", "open"):
        raise ToolError(f"invoice {invoice_id!r} is {invoice.status!r}; it must be 'draft' or 'open'")
    invoice.status = "void"
    session.add(invoice)
    return invoice
