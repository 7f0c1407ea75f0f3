"""Tools of the telecom domain, A to Z."""

from typing import Literal

from sqlmodel import Session, select

from agentgym.world.dialect import ToolError, new_id, read, write

from .schema import Bill, Clock, Customer, DataPack, Line, Plan, SupportTicket

Category = Literal["coverage", "billing", "device", "roaming", "number_porting"]
DataPackStatus = Literal["active", "used_up", "cancelled"]
DisputeReason = Literal["wrong_amount", "unknown_charge", "service_outage", "already_paid"]
LineStatus = Literal["active", "suspended", "cancelled"]
Network = Literal["4G", "5G"]
PaymentMethod = Literal["credit_card", "debit_card", "bank_transfer", "direct_debit"]
Priority = Literal["low", "normal", "high"]
Region = Literal["domestic", "north_america", "europe", "worldwide"]
Status = Literal["unpaid", "paid", "disputed"]
SupportTicketStatus = Literal["open", "in_progress", "resolved", "closed"]
SuspendReason = Literal["lost_phone", "stolen_phone", "travel", "saving_money"]


@write
def add_data_pack(session: Session, line_id: str, size_gb: int, region: Region = "domestic") -> DataPack:
    """Add a data pack to a line."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "active":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'active'")
    data_pack = DataPack(
        data_pack_id=new_id(session, DataPack),
        line_id=line_id,
        size_gb=size_gb,
        region=region,
        status="active",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(data_pack)
    return data_pack


@write
def change_line_plan(session: Session, line_id: str, plan_id: str) -> Line:
    """Change the plan a line is on."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "active":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'active'")
    if session.get(Plan, plan_id) is None:
        raise ToolError(f"plan {plan_id!r} not found")
    line.plan_id = plan_id
    session.add(line)
    return line


@write
def close_support_ticket(session: Session, support_ticket_id: str) -> SupportTicket:
    """Close a support ticket."""
    support_ticket = session.get(SupportTicket, support_ticket_id)
    if support_ticket is None:
        raise ToolError(f"support ticket {support_ticket_id!r} not found")
    if support_ticket.status not in ("open", "in_progress", "resolved"):
        raise ToolError(
            f"support ticket {support_ticket_id!r} is {support_ticket.status!r}; it must be 'open', 'in_progress' or 'resolved'"
        )
    support_ticket.status = "closed"
    session.add(support_ticket)
    return support_ticket


@write
def dispute_bill(session: Session, bill_id: str, reason: DisputeReason) -> Bill:
    """Dispute a bill."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    if bill.status != "unpaid":
        raise ToolError(f"bill {bill_id!r} is {bill.status!r}; it must be 'unpaid'")
    bill.dispute_reason = reason
    bill.status = "disputed"
    session.add(bill)
    return bill


@read
def find_customer_id_by_email(session: Session, email: str) -> str:
    """Find the identifier of the customer with an email address."""
    query = select(Customer).where(Customer.email == email).order_by(Customer.customer_id)
    customer = session.exec(query).first()
    if customer is None:
        raise ToolError(f"no customer matches email {email!r}")
    return customer.customer_id


@read
def find_line_by_phone_number(session: Session, phone_number: str) -> Line:
    """Find the line with a phone number."""
    query = select(Line).where(Line.phone_number == phone_number).order_by(Line.line_id)
    line = session.exec(query).first()
    if line is None:
        raise ToolError(f"no line matches phone_number {phone_number!r}")
    return line


@read
def get_customer_details(session: Session, customer_id: str) -> Customer:
    """Get a customer's name, contact details and billing address."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    return customer


@read
def get_line_details(session: Session, line_id: str) -> Line:
    """Get a line with its plan, prepaid credit, roaming setting and status."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    return line


@read
def get_plan_details(session: Session, plan_id: str) -> Plan:
    """Get a plan with its price, data and minutes."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise ToolError(f"plan {plan_id!r} not found")
    return plan


@read
def list_bills(
    session: Session,
    customer_id: str | None = None,
    status: Status | None = None,
    due_before: str | None = None,
    limit: int = 20,
) -> list[Bill]:
    """List bills, optionally only those of one customer, with one status or due by a date."""
    query = select(Bill).order_by(Bill.bill_id)
    if customer_id is not None:
        query = query.where(Bill.customer_id == customer_id)
    if status is not None:
        query = query.where(Bill.status == status)
    if due_before is not None:
        query = query.where(Bill.due_date <= due_before)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_data_packs(
    session: Session,
    line_id: str | None = None,
    status: DataPackStatus | None = None,
    limit: int = 20,
) -> list[DataPack]:
    """List data packs, optionally only those of one line or with one status."""
    query = select(DataPack).order_by(DataPack.data_pack_id)
    if line_id is not None:
        query = query.where(DataPack.line_id == line_id)
    if status is not None:
        query = query.where(DataPack.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_lines(
    session: Session,
    customer_id: str | None = None,
    plan_id: str | None = None,
    status: LineStatus | None = None,
    limit: int = 20,
) -> list[Line]:
    """List lines, optionally only those of one customer, on one plan or with one status."""
    query = select(Line).order_by(Line.line_id)
    if customer_id is not None:
        query = query.where(Line.customer_id == customer_id)
    if plan_id is not None:
        query = query.where(Line.plan_id == plan_id)
    if status is not None:
        query = query.where(Line.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@read
def list_support_tickets(
    session: Session,
    customer_id: str | None = None,
    category: Category | None = None,
    status: SupportTicketStatus | None = None,
    limit: int = 20,
) -> list[SupportTicket]:
    """List support tickets, optionally only those of one customer, about one category or with one status."""
    query = select(SupportTicket).order_by(SupportTicket.support_ticket_id)
    if customer_id is not None:
        query = query.where(SupportTicket.customer_id == customer_id)
    if category is not None:
        query = query.where(SupportTicket.category == category)
    if status is not None:
        query = query.where(SupportTicket.status == status)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def open_support_ticket(
    session: Session,
    customer_id: str,
    category: Category,
    description: str,
    priority: Priority = "normal",
) -> SupportTicket:
    """Open a support ticket for a customer."""
    if session.get(Customer, customer_id) is None:
        raise ToolError(f"customer {customer_id!r} not found")
    support_ticket = SupportTicket(
        support_ticket_id=new_id(session, SupportTicket),
        customer_id=customer_id,
        category=category,
        priority=priority,
        description=description,
        status="open",
        created_at=session.get_one(Clock, 1).now,
    )
    session.add(support_ticket)
    return support_ticket


@write
def pay_bill(session: Session, bill_id: str, payment_method: PaymentMethod) -> Bill:
    """Pay a bill."""
    bill = session.get(Bill, bill_id)
    if bill is None:
        raise ToolError(f"bill {bill_id!r} not found")
    if bill.status != "unpaid":
        raise ToolError(f"bill {bill_id!r} is {bill.status!r}; it must be 'unpaid'")
    bill.payment_method = payment_method
    bill.status = "paid"
    session.add(bill)
    return bill


@write
def resume_line(session: Session, line_id: str) -> Line:
    """Resume a line so that it can be used again."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "suspended":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'suspended'")
    line.status = "active"
    session.add(line)
    return line


@read
def search_plans(
    session: Session,
    query_: str | None = None,
    max_price: float | None = None,
    min_data_gb: int | None = None,
    network: Network | None = None,
    limit: int = 20,
) -> list[Plan]:
    """Search the plans on offer by price, included data and network."""
    query = select(Plan).order_by(Plan.plan_id)
    if query_ is not None:
        query = query.where(Plan.name.icontains(query_, autoescape=True))
    if max_price is not None:
        query = query.where(Plan.price <= max_price)
    if min_data_gb is not None:
        query = query.where(Plan.data_gb >= min_data_gb)
    if network is not None:
        query = query.where(Plan.network == network)
    query = query.limit(limit)
    return list(session.exec(query))


@write
def set_line_roaming(session: Session, line_id: str, roaming: bool) -> Line:
    """Turn roaming on or off for a line."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "active":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'active'")
    line.roaming = roaming
    session.add(line)
    return line


@write
def set_paperless_billing(session: Session, customer_id: str, paperless_billing: bool) -> Customer:
    """Turn paperless billing on or off for a customer."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise ToolError(f"customer {customer_id!r} not found")
    customer.paperless_billing = paperless_billing
    session.add(customer)
    return customer


@write
def set_support_ticket_priority(session: Session, support_ticket_id: str, priority: Priority) -> SupportTicket:
    """Set the priority of a support ticket."""
    support_ticket = session.get(SupportTicket, support_ticket_id)
    if support_ticket is None:
        raise ToolError(f"support ticket {support_ticket_id!r} not found")
    if support_ticket.status not in ("open", "in_progress"):
        raise ToolError(
            f"support ticket {support_ticket_id!r} is {support_ticket.status!r}; it must be 'open' or 'in_progress'"
        )
    support_ticket.priority = priority
    session.add(support_ticket)
    return support_ticket


@write
def suspend_line(session: Session, line_id: str, reason: SuspendReason) -> Line:
    """Suspend a line so that it cannot be used."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "active":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'active'")
    line.suspend_reason = reason
    line.status = "suspended"
    session.add(line)
    return line


@write
def top_up_line(session: Session, line_id: str, amount: float) -> Line:
    """Top up the prepaid credit of a line."""
    line = session.get(Line, line_id)
    if line is None:
        raise ToolError(f"line {line_id!r} not found")
    if line.status != "active":
        raise ToolError(f"line {line_id!r} is {line.status!r}; it must be 'active'")
    line.balance = round(line.balance + amount, 2)
    session.add(line)
    return line
